"""Anti-unification: what two verified decompositions have in common, and where a literal stands in them.

A template is the tasks of the first success with *holes*. A hole is a stretch of a text together with every explanation
of it that all successes so far allow: "literal 0 as it is", "literal 1 as a shell word", "`db-` and literal 0". A new
success strikes out the explanations that it contradicts. Filling asks all that are left, and they must agree: two
literals that were equal in every success so far are thereby never taken for one another.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

Part = str | tuple[int, str]
"""A constant text, or a literal's index and how it is written: "raw", or "word" (quoted for the shell when needed)."""
Explanation = tuple[Part, ...]
At = tuple[str | int, ...]
MAX_EXPLANATIONS = 16
MAX_HOLES = 400
MAX_TEXT = 40_000
WRITTEN: Mapping[str, Callable[[str], str]] = {"raw": str, "word": shlex.quote}


class Hole(NamedTuple):
    """Characters `start` to `end` of the text at `at`, and what they can be."""

    at: At
    start: int
    end: int
    explanations: frozenset[Explanation]


class Stretch(NamedTuple):
    """Where two texts differ as their literals differ: a place in each, and the explanations."""

    start: int
    end: int
    text: str
    explanations: frozenset[Explanation]


class Form(NamedTuple):
    """One way to write one literal, in the first goal and in the second."""

    part: tuple[int, str]
    first: str
    second: str


def written(explanation: Explanation, values: Sequence[str]) -> str:
    """The text that an explanation gives for these literals."""
    return "".join(part if isinstance(part, str) else WRITTEN[part[1]](values[part[0]]) for part in explanation)


def leaves(value: Any, at: At = ()) -> Iterator[tuple[At, Any]]:
    """Every text, number and empty container of a JSON value, with its place."""
    if isinstance(value, Mapping) and value:
        for key in sorted(value):
            yield from leaves(value[key], (*at, key))
    elif isinstance(value, list | tuple) and value:
        for index, item in enumerate(value):
            yield from leaves(item, (*at, index))
    else:
        yield at, value


def holes_between(
    first: Any, second: Any, before: Sequence[str], after: Sequence[str]
) -> tuple[list[Hole], dict[tuple[At, int, int], str]] | None:
    """The holes that make one template of two task lists, and what fills each in the second; None when none do."""
    forms = [
        Form((index, how), write(old), write(new))
        for index, (old, new) in enumerate(zip(before, after, strict=True))
        if old != new
        for how, write in WRITTEN.items()
    ]
    ones, others = list(leaves(first)), list(leaves(second))
    if [at for at, _ in ones] != [at for at, _ in others]:
        return None
    holes: list[Hole] = []
    texts: dict[tuple[At, int, int], str] = {}
    for (at, one), (_, other) in zip(ones, others, strict=True):
        if type(one) is not type(other):
            return None
        if one == other:
            continue
        stretches = _both_ways(one, other, forms) if isinstance(one, str) else None
        if stretches is None or len(holes) + len(stretches) > MAX_HOLES:
            return None
        for stretch in stretches:
            holes.append(Hole(at, stretch.start, stretch.end, stretch.explanations))
            texts[at, stretch.start, stretch.end] = stretch.text
    return holes, texts


def _both_ways(one: str, other: str, forms: Sequence[Form]) -> list[Stretch] | None:
    """The stretches, when reading from the left and from the right finds the same ones; else it is ambiguous."""
    if len(one) > MAX_TEXT or len(other) > MAX_TEXT:
        return None
    ahead = _stretches(one, other, forms)
    if ahead is None:
        return None
    mirrored = [Form(form.part, form.first[::-1], form.second[::-1]) for form in forms]
    back = _stretches(one[::-1], other[::-1], mirrored)
    if back is None or [(len(one) - e, len(one) - s) for s, e, *_ in reversed(back)] != [(s, e) for s, e, *_ in ahead]:
        return None
    explained = [
        stretch._replace(explanations=_explanations(one[stretch.start : stretch.end], stretch.text, forms))
        for stretch in ahead
    ]
    return explained if all(0 < len(found.explanations) <= MAX_EXPLANATIONS for found in explained) else None


def _stretches(one: str, other: str, forms: Sequence[Form]) -> list[Stretch] | None:
    """Read both texts side by side: the same characters, or a literal of each, the longest first."""
    if not forms:
        return None
    known = sorted({(form.first, form.second) for form in forms}, key=lambda pair: -len(pair[0]) - len(pair[1]))
    starts = re.compile(
        "|".join(re.escape(text) for text in sorted({text for text, _ in known}, key=len, reverse=True))
    )
    found: list[Stretch] = []
    here, there, search = 0, 0, 0
    while True:
        match = starts.search(one, search)
        stop = match.start() if match else len(one)
        gap = stop - here
        if one[here:stop] != other[there : there + gap]:
            return None
        if not match:
            return found if there + gap == len(other) else None
        place = there + gap
        pair = _at(one, other, stop, place, known)
        here, there, search = stop, place, stop + 1
        if pair:
            here, there = stop + len(pair[0]), place + len(pair[1])
            found.append(Stretch(stop, here, pair[1], frozenset()))
            search = here


def _at(one: str, other: str, here: int, there: int, known: Sequence[tuple[str, str]]) -> tuple[str, str] | None:
    """The longest pair of literals that stands at these places, whole."""
    for pair in known:
        first, second = pair
        if not (one.startswith(first, here) and other.startswith(second, there)):
            continue
        if _cut(one, here, here + len(first)) or _cut(other, there, there + len(second)):
            continue
        return pair
    return None


def _cut(text: str, start: int, end: int) -> bool:
    """Would this stretch cut a word or a number in two?"""
    return (start > 0 and _alike(text[start - 1], text[start])) or (
        end < len(text) and _alike(text[end - 1], text[end])
    )


def _alike(one: str, other: str) -> bool:
    """Two letters, or two digits."""
    return (one.isalpha() and other.isalpha()) or (one.isdigit() and other.isdigit())


def _explanations(one: str, other: str, forms: Sequence[Form]) -> frozenset[Explanation]:
    """Every way to get both texts from one literal with constants around it."""
    found: set[Explanation] = set()
    for form in forms:
        place = one.find(form.first)
        while place >= 0:
            head, tail = one[:place], one[place + len(form.first) :]
            if other == head + form.second + tail:
                found.add(tuple(part for part in (head, form.part, tail) if part))
            place = one.find(form.first, place + 1)
    return frozenset(found)


def merged(
    old: Sequence[Hole], new: tuple[list[Hole], dict[tuple[At, int, int], str]], tasks: Any, after: Sequence[str],
    varied: frozenset[int],
) -> list[Hole] | None:  # fmt: skip
    """The holes that both the earlier successes and a new one allow, or None when they contradict.

    `after` are the new goal's literals, `varied` the indexes of those that differed among the earlier ones.
    """
    fresh, texts = new
    values = dict(leaves(tasks))
    by_place = {hole[:3]: hole for hole in fresh}
    result: list[Hole] = []
    for hole in old:
        by_place.pop(hole[:3], None)
        said = texts.get(hole[:3], values[hole.at][hole.start : hole.end])
        left = frozenset(one for one in hole.explanations if written(one, after) == said)
        result.append(hole._replace(explanations=left))
    for hole in by_place.values():
        # Where the earlier successes had one constant text, a literal that differed among them cannot have stood.
        left = frozenset(one for one in hole.explanations if not literals_in([one]) & varied)
        result.append(hole._replace(explanations=left))
    result.sort(key=lambda hole: (tuple(map(str, hole.at)), hole.start))
    if any(not hole.explanations for hole in result) or _overlap(result):
        return None
    return result


def _overlap(holes: Sequence[Hole]) -> bool:
    """Do two holes of one text share a character?"""
    return any(one.at == other.at and other.start < one.end for one, other in pairwise(holes))


def literals_in(explanations: Sequence[Explanation] | frozenset[Explanation]) -> set[int]:
    """The indexes of the literals that explanations name."""
    return {part[0] for explanation in explanations for part in explanation if not isinstance(part, str)}


def filled(tasks: Any, holes: Sequence[Hole], values: Sequence[str]) -> Any | None:
    """The tasks with these literals in the holes; None when two explanations of a hole differ for them."""
    by_text: dict[At, list[tuple[int, int, str]]] = {}
    for hole in holes:
        text = text_in(tasks, hole, values)
        if text is None:
            return None
        by_text.setdefault(hole.at, []).append((hole.start, hole.end, text))
    return _rebuilt(tasks, (), by_text)


def text_in(tasks: Any, hole: Hole, values: Sequence[str]) -> str | None:
    """What these literals put into a hole; None when two explanations differ."""
    texts = {written(explanation, values) for explanation in hole.explanations}
    if len(texts) > 1 and _is_between_quotes(tasks, hole):
        # Nobody quotes for the shell what stands in quotes already.
        texts = {written(one, values) for one in hole.explanations if not _is_quoted(one)}
    return texts.pop() if len(texts) == 1 else None


def _is_quoted(explanation: Explanation) -> bool:
    """Is a literal of it quoted for the shell?"""
    return any(not isinstance(part, str) and part[1] == "word" for part in explanation)


def _is_between_quotes(tasks: Any, hole: Hole) -> bool:
    """Does a hole fill a pair of quotes?"""
    text = tasks
    for key in hole.at:
        text = text[key]
    return text[hole.start - 1 : hole.start] in {"'", '"'} and text[hole.start - 1] == text[hole.end : hole.end + 1]


def _rebuilt(value: Any, at: At, by_text: Mapping[At, list[tuple[int, int, str]]]) -> Any:
    """A copy of a JSON value with the stretches of its texts replaced."""
    if isinstance(value, Mapping):
        return {key: _rebuilt(item, (*at, key), by_text) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rebuilt(item, (*at, index), by_text) for index, item in enumerate(value)]
    if at not in by_text:
        return value
    parts, end = [], 0
    for start, stop, text in sorted(by_text[at]):
        parts += [value[end:start], text]
        end = stop
    return "".join(parts) + value[end:]
