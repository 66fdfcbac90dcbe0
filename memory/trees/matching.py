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
from memory.trees.template import At, Hole, filled, leaves, literals_in, written

VERSION = 1
NAME_LIMIT = 200
"""Longer task names are cut by the planners, so a filled one of this length would not be what they write."""
WHOLE_PARAMS = frozenset({"content", "body", "message", "text", "url"})
"""Params that may be a value of any characters, when they are nothing but the value."""
MAX_DIFFERING = 20
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
            if not values.fits(one.kind, other.value, known.seen[index]):
                return None
        elif one.value != other.value:
            return None
    tasks: list[Task] | None = filled(known.tasks, known.holes, [literal.value for literal in shape.literals])
    return tasks if tasks is not None and _is_sound(known, shape, tasks) else None


def is_same_text(known: Known, shape: Shape) -> bool:
    """Is the text around the literals the tree's own, up to what no task contains?

    The digest lets letter case and white space of the description pass. "Say Hello" and "say hello" are two messages
    all the same, so words that are written differently must not occur in the tasks.
    """
    if known.whole or shape.whole:
        return known.whole == shape.whole and known.pieces == shape.pieces and known.steps == shape.steps
    if [literal.kind for literal in known.literals] != [literal.kind for literal in shape.literals]:
        return False
    if known.pieces == shape.pieces or known.planner == "path":
        return True
    differing = _differing(known.pieces, shape.pieces)
    if not all(differing) or len(differing) > MAX_DIFFERING:
        return False
    said = "\n".join(str(value) for _, value in leaves(known.tasks)).casefold()
    return not any(re.search(rf"(?<!\w){re.escape(text.casefold())}(?!\w)", said) for text in differing)


def _differing(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """What the tree's text has where the goal's is written differently; the first letter of all is free.

    White space is told with the words at its sides; "" when there is none to tell it by.
    """
    texts: list[str] = []
    for index, (old, new) in enumerate(zip(one, other, strict=True)):
        before, after = re.findall(r"\s+|\S+", old), re.findall(r"\s+|\S+", new)
        if len(before) != len(after):
            return [""]
        for place, (a, b) in enumerate(zip(before, after, strict=True)):
            first = index == 0 and place == 0 and a[1:] == b[1:]
            if a != b and not first:
                texts.append("".join(before[max(place - 1, 0) : place + 2]).strip() if a.isspace() else a)
    return texts


def _is_sound(known: Known, shape: Shape, tasks: Sequence[Task]) -> bool:
    """Is every filled text safe where it stands, and no name longer than planners write them?"""
    now = dict(leaves(tasks))
    by_text: dict[At, list[Hole]] = {}
    for hole in known.holes:
        by_text.setdefault(hole.at, []).append(hole)
    return all(_is_safe(at, now, holes, shape) for at, holes in by_text.items())


def _is_safe(at: At, now: Mapping[At, Any], holes: Sequence[Hole], shape: Shape) -> bool:
    """Can the values in this text change nothing but themselves?

    The text is a task's name; or it is a step of this goal's own path; or it is a message and nothing else; or each
    value is of plain characters and not the program of a command, or is quoted and the whole of a variable in its head.
    """
    text = now[at]
    if at[-1] == "name" and len(at) == 2:
        return len(text) < NAME_LIMIT
    if text in shape.steps:
        return True
    used = {shape.literals[index].value for hole in holes for index in literals_in(hole.explanations)}
    if at[-1] in WHOLE_PARAMS and used == {text}:
        return True
    return _stand_safely(text, holes, shape, command=at[1:] == ("params", "command"))


def _stand_safely(text: str, holes: Sequence[Hole], shape: Shape, *, command: bool) -> bool:
    """Is every value in a text plain, or assigned as one quoted word in the head of the command?"""
    said = [literal.value for literal in shape.literals]
    moved = 0
    for hole in sorted(holes, key=lambda hole: hole.start):
        word = written(next(iter(hole.explanations)), said)
        start = hole.start + moved
        moved += len(word) - (hole.end - hole.start)
        before, after = text[:start], text[start + len(word) :]
        if values.is_plain(word):
            if command and values.is_program(before):
                return False
            continue
        whole = any(word == shlex.quote(said[index]) for index in literals_in(hole.explanations))
        if not (command and whole and values.is_assigned(before, after)):
            return False
    return True
