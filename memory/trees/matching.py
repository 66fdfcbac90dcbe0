"""Does a stored tree know this goal: its tasks with the goal's own literals in the slots, or nothing."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from memory.trees import values
from memory.trees.score import HIT_SCORE
from memory.trees.shape import Literal, Shape, steps_of
from memory.trees.shell import Reader
from memory.trees.template import At, Hole, filled, leaves, literals_in, text_in

VERSION = 2
NAME_LIMIT = 200
"""Longer task names are cut by the planners, so a filled one of this length would not be what they write."""
WHOLE_PARAMS = frozenset({"content", "body", "message", "text", "url"})
"""Params that may be a value of any characters, when they are nothing but the value."""
MAX_DIFFERING = 20
BY_VALUE = frozenset({"keyword", "path"})
"""Planners that decide by a literal's value; asking them again costs no model."""
LAST_WORD = re.compile(r"\w+\.\Z")
ENDS_QUOTE = {"'": re.compile(r"'"), '"': re.compile(r"[\"$`\\]")}
LINE_ENDS = re.compile(r"(?=[\s;&]|\Z)[^|`(\n]*+(?:\n|\Z)")
Task = dict[str, Any]


@dataclass(frozen=True)
class StoredTree:
    """A row of memory.models.TaskTree; `tree` is what `learn` wrote."""

    id: UUID | str
    tree: Mapping[str, Any]
    score: float
    crystallized: bool = False
    successes: int = 0
    failures: int = 0


@dataclass(frozen=True)
class Hit:
    """The tree that stands in for the planner, and the tasks {name, actuator, params, dependsOn, timeoutMs}."""

    tree_id: UUID | str
    tasks: list[Task]


@dataclass(frozen=True)
class Known:
    """A tree as it is reasoned about: the first success, what varied since, and where."""

    planner: str
    literals: tuple[Literal, ...]
    pieces: tuple[str, ...]
    steps: tuple[str, ...]
    whole: bool
    tasks: Sequence[Any]
    holes: Sequence[Hole]
    seen: Mapping[int, Sequence[str]]

    @property
    def varied(self) -> frozenset[int]:
        """Indexes of the literals that differed among its successes: its slots."""
        return frozenset(self.seen)


def match(shape: Shape, stored: Sequence[StoredTree]) -> Hit | None:
    """The tree, among those of this shape's digest, whose tasks are this goal's; None means: plan it.

    An exact repeat goes first. When two trees with slots would give different tasks, neither is believed.
    """
    found: list[Hit] = []
    for row in sorted(stored, key=lambda row: -row.score):
        known = known_from(row.tree) if shape.usable and row.score >= HIT_SCORE else None
        tasks = tasks_for(known, shape) if known else None
        if known is None or tasks is None:
            continue
        if is_exact(known, shape):
            return Hit(row.id, tasks)
        found.append(Hit(row.id, tasks))
    return found[0] if found and all(hit.tasks == found[0].tasks for hit in found) else None


def known_from(tree: Mapping[str, Any]) -> Known | None:
    """Read a stored tree; None when another version wrote it."""
    if tree.get("version") != VERSION:
        return None
    return Known(
        planner=tree["planner"],
        literals=tuple(Literal(*literal) for literal in tree["literals"]),
        pieces=tuple(tree["pieces"]),
        steps=tuple(steps_of(tree["path"]) or ()),
        whole=tree["whole"],
        tasks=tree["tasks"],
        holes=[_hole(hole) for hole in tree["holes"]],
        seen={int(index): texts for index, texts in tree["seen"].items()},
    )


def _hole(stored: Mapping[str, Any]) -> Hole:
    """Read a hole; JSON has lists where a hole has tuples."""
    explanations = frozenset(
        tuple(part if isinstance(part, str) else (int(part[0]), str(part[1])) for part in explanation)
        for explanation in stored["explanations"]
    )
    return Hole(tuple(stored["at"]), stored["start"], stored["end"], explanations)


def is_exact(known: Known, shape: Shape) -> bool:
    """Does the goal have the very literals of the tree's first success?"""
    return all(
        one.value == other.value or is_free(known, one)
        for one, other in zip(known.literals, shape.literals, strict=True)
    )


def is_free(known: Known, literal: Literal) -> bool:
    """May this literal be anything? The path planner reads the path only, so the description's literals are."""
    return known.planner == "path" and literal.step < 0


def tasks_for(known: Known, shape: Shape) -> list[Task] | None:
    """The tree's tasks for a goal of its shape, or None when in doubt."""
    if not is_same_text(known, shape):
        return None
    for index, (one, other) in enumerate(zip(known.literals, shape.literals, strict=True)):
        if is_free(known, one):
            continue
        if index in known.seen:
            if not fits(known, index, other.value):
                return None
        elif one.value != other.value:
            return None
    tasks: list[Task] | None = filled(known.tasks, known.holes, [literal.value for literal in shape.literals])
    return tasks if tasks is not None and _is_sound(known, shape, tasks) else None


def fits(known: Known, index: int, value: str) -> bool:
    """May this value fill this slot?"""
    kind, seen = known.literals[index].kind, known.seen[index]
    by_value = known.planner in BY_VALUE
    wide = values.is_wide(kind, seen, by_value=by_value)
    if by_value and kind == "quoted" and not values.finds_nothing(value, seen):
        return False
    return values.fits(kind, value, seen, wide=wide)


def is_same_text(known: Known, shape: Shape) -> bool:
    """Is the text around the literals the tree's own, up to what no task contains?

    The digest lets the case of the first letter, runs of blanks and a full stop at the end pass. Where the tasks hold
    the text that is written differently, it is a message: "Hello to all" is not "hello to all".
    """
    if known.whole or shape.whole:
        return known.whole == shape.whole and known.pieces == shape.pieces and known.steps == shape.steps
    if [literal.kind for literal in known.literals] != [literal.kind for literal in shape.literals]:
        return False
    if known.pieces == shape.pieces or known.planner == "path":
        return True
    one, stop = _unclosed(known.pieces, known.literals)
    other, goal_stop = _unclosed(shape.pieces, shape.literals)
    differing = _differing(one, other)
    if stop and not goal_stop:
        differing.append(stop)
    if not all(differing) or len(differing) > MAX_DIFFERING:
        return False
    said = "\n".join(str(value) for _, value in leaves(known.tasks))
    return not any(re.search(rf"(?<!\w){re.escape(text)}(?!\w)", said) for text in differing)


def _unclosed(pieces: Sequence[str], literals: Sequence[Literal]) -> tuple[list[str], str]:
    """The pieces without a full stop after the last word, and that word with its stop, "" when there is none."""
    inside = [literal.value for literal in literals if literal.step < 0]
    text = (inside[-1] if inside else "") + pieces[-1]
    word = LAST_WORD.search(text)
    return ([*pieces[:-1], pieces[-1][:-1]], word.group()) if word and pieces[-1] else (list(pieces), "")


def _differing(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """What the tree's text has where the goal's is written differently.

    White space is told with the words at its sides; "" when there is none to tell it by.
    """
    texts: list[str] = []
    for old, new in zip(one, other, strict=True):
        before, after = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
        if len(before) != len(after):
            return [""]
        for place, (a, b) in enumerate(zip(before, after, strict=True)):
            if a != b:
                texts.append("".join(before[max(place - 1, 0) : place + 2]).strip() if a.isspace() else a)
    return texts


def _is_sound(known: Known, shape: Shape, tasks: Sequence[Task]) -> bool:
    """Is every filled text safe where it stands, and no name longer than planners write them?"""
    now = dict(leaves(tasks))
    by_text: dict[At, list[Hole]] = {}
    for hole in known.holes:
        by_text.setdefault(hole.at, []).append(hole)
    return all(_is_safe(at, now, holes, shape, known) for at, holes in by_text.items())


def _is_safe(at: At, now: Mapping[At, Any], holes: Sequence[Hole], shape: Shape, known: Known) -> bool:
    """Can the values in this text change nothing but themselves?

    The text is a task's name; or it is a step of this goal's own path; or it is a message and nothing else; or each
    value is of plain characters and not the program of a command, or is quoted where a word can be nothing but text.
    """
    text = now[at]
    if at[-1] == "name" and len(at) == 2:
        return len(text) < NAME_LIMIT
    if text in shape.steps:
        return True
    used = {shape.literals[index].value for hole in holes for index in literals_in(hole.explanations)}
    if at[-1] in WHOLE_PARAMS and (used == {text} or (at[-1] != "url" and used == {text.removesuffix("\n")})):
        return True
    if at[1:] == ("params", "command"):
        return _is_sound_command(text, holes, shape, known)
    if at[1:3] == ("params", "command"):
        return False
    said = [literal.value for literal in shape.literals]
    return all(values.is_plain(text_in(known.tasks, hole, said) or "") for hole in holes)


def _is_sound_command(text: str, holes: Sequence[Hole], shape: Shape, known: Known) -> bool:
    """Is every value no program, and plain, or quoted as one word where a word can be nothing but text?

    A script of the catalogue is not searched for what it does with its variables: the catalogue is checked when it is
    loaded, and no value is read as code there.
    """
    said = [literal.value for literal in shape.literals]
    catalogue = known.planner in BY_VALUE
    reader, assigned = Reader(), set()
    moved, read = 0, 0
    for hole in sorted(holes, key=lambda hole: hole.start):
        word = text_in(known.tasks, hole, said) or ""
        start = hole.start + moved
        end = start + len(word)
        moved += len(word) - (hole.end - hole.start)
        quoted = word in (shlex.quote(said[index]) for index in literals_in(hole.explanations))
        if catalogue and quoted and values.is_assigned(text[:start], text[end : end + 1]):
            continue
        reader.feed(text[read:start])
        if reader.place().is_program:
            return False
        assigned.add(reader.assigned())
        literals = literals_in(hole.explanations)
        if not values.is_plain(word):
            url = all(shape.literals[index].kind == "url" for index in literals)
            if not any(_is_quoted_safely(reader, text, (start, end), said[index], url=url) for index in literals):
                return False
        reader.feed(word)
        read = end
    if catalogue or not assigned - {""}:
        return True
    reader.feed(text[read:] + "\n")
    return not reader.unsure and assigned.isdisjoint(reader.run_variables)


def _is_quoted_safely(reader: Reader, text: str, place: tuple[int, int], value: str, *, url: bool) -> bool:
    """Is a value, quoted, the whole of a variable in the command's head, or of an argument that is only text?

    The quotes are those that shlex.quote put around the value, or those of the tree, which it must not be able to end.
    """
    start, end = place
    word, quote = text[start:end], reader.quote
    if quote:
        closed = word == value and text.startswith(quote, end) and not ENDS_QUOTE[quote].search(word)
        return closed and reader.is_whole_argument(url=url) and LINE_ENDS.match(text, end + 1) is not None
    if word != shlex.quote(value):
        return False
    if reader.is_whole_argument(url=url) and LINE_ENDS.match(text, end):
        return True
    return text.startswith("\n", end) and values.is_assigned(text[:start], text[end : end + 1])
