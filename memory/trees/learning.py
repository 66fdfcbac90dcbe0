"""What a verified success teaches: a new tree, or that two successes are one tree with slots."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any
from uuid import UUID

from memory.trees import values
from memory.trees.matching import (
    NAME_LIMIT,
    VERSION,
    Known,
    StoredTree,
    fits,
    is_exact,
    is_free,
    is_same_text,
    known_from,
)
from memory.trees.score import after_use
from memory.trees.shape import Literal, Shape
from memory.trees.template import Hole, filled, holes_between, literals_in, merged

MAX_TREES = 8
"""Trees kept of one shape."""
MAX_SEEN = 24
"""Values kept of one slot as the evidence of what fits it."""


@dataclass(frozen=True)
class Learned:
    """What to write: the row `tree_id`, or a new one when it is None; `drop` names a row that makes room for it.

    The other fields are the columns of memory.models.TaskTree.
    """

    tree_id: UUID | str | None
    shape: str
    description: str
    tree: dict[str, Any]
    planner: str
    successes: int
    failures: int
    score: float
    drop: UUID | str | None = None


def learn(
    shape: Shape, tasks: Sequence[Mapping[str, Any]], stored: Sequence[StoredTree], *, description: str,
    path: Sequence[str | Mapping[str, object]], planner: str,
) -> Learned | None:  # fmt: skip
    """What the verified success of a planned goal teaches; None when nothing is to be kept.

    `stored` are the account's trees of this shape's digest. Its own tree is confirmed; else the first tree that it
    generalises gains slots; else it becomes a tree of its own. None: the goal is too long, has no tasks, or all the
    trees of its shape are crystallized and there are MAX_TREES of them.
    """
    if not shape.usable or not tasks:
        return None
    new = _instance(shape, tasks, planner)
    for row, known in _candidates(shape, stored, planner):
        grown = generalised(known, new)
        if grown:
            successes, failures, score = after_use(row.successes, row.failures, True, score=row.score)
            tree = {**_stored(grown), "path": row.tree["path"]}
            return Learned(row.id, shape.digest, described(grown), tree, planner, successes, failures, score)
    drop = None
    if len(stored) >= MAX_TREES:
        weakest = min((row for row in stored if not row.crystallized), key=lambda row: row.score, default=None)
        if weakest is None:
            return None
        drop = weakest.id
    tree = {**_stored(new), "path": list(path)}
    return Learned(None, shape.digest, description, tree, planner, *after_use(0, 0, True), drop)


def _instance(shape: Shape, tasks: Sequence[Mapping[str, Any]], planner: str) -> Known:
    """A success as a tree without slots."""
    return Known(planner, shape.literals, shape.pieces, shape.steps, shape.whole, tasks, (), {})


def _candidates(shape: Shape, stored: Sequence[StoredTree], planner: str) -> list[tuple[StoredTree, Known]]:
    """The trees that this planner made: first the goal's own, then those with slots, then by score."""
    read = [(row, known_from(row.tree)) for row in stored]
    usable = [(row, known) for row, known in read if known and known.planner == planner and _same_kinds(known, shape)]
    return sorted(usable, key=lambda pair: (not is_exact(pair[1], shape), not pair[1].seen, -pair[0].score))


def _same_kinds(known: Known, shape: Shape) -> bool:
    """A digest promises this; a wrong row must not break anything."""
    return [one.kind for one in known.literals] == [one.kind for one in shape.literals]


def generalised(known: Known, new: Known) -> Known | None:
    """The tree that also covers a new success, or None when the two are different trees.

    A literal that differs is a slot when the tasks differ exactly where it stands. One that differs and stands nowhere,
    or tasks that differ elsewhere, make different trees.
    """
    if not is_same_text(known, Shape("", new.literals, new.pieces, new.steps, new.whole)):
        return None
    before = [literal.value for literal in known.literals]
    after = [
        literal.value if is_free(known, literal) else other.value
        for literal, other in zip(known.literals, new.literals, strict=True)
    ]
    between = holes_between(known.tasks, new.tasks, before, after)
    holes = merged(known.holes, between, known.tasks, after, known.varied) if between else None
    if holes is None or _cut_names(holes, known.tasks, new.tasks):
        return None
    varied = known.varied | {index for index, (a, b) in enumerate(zip(before, after, strict=True)) if a != b}
    explained = {index for hole in holes for index in literals_in(hole.explanations)}
    if not varied <= explained or filled(known.tasks, holes, after) != list(new.tasks):
        return None
    seen = {index: _seen(known, index, before[index], after[index]) for index in sorted(varied)}
    return replace(known, holes=holes, seen=seen)


def _cut_names(holes: Sequence[Hole], *lists: Sequence[Any]) -> bool:
    """Is a task's name with a slot so long that the planner may have cut it?"""
    named = {hole.at[0] for hole in holes if hole.at[1:] == ("name",)}
    return any(len(tasks[index]["name"]) >= NAME_LIMIT - 1 for tasks in lists for index in named)  # type: ignore[index]


def _seen(known: Known, index: int, first: str, value: str) -> list[str]:
    """The values of a slot that tell what fits it, with a new one when it is not covered yet."""
    have = list(known.seen.get(index, [first]))
    few = len(have) < values.WIDE_FROM and value not in have
    if few or (len(have) < MAX_SEEN and not fits(replace(known, seen={index: have}), index, value)):
        have.append(value)
    return have


def _stored(known: Known) -> dict[str, Any]:
    """A tree as the JSON that matching.known_from reads, but for the path."""
    return {
        "version": VERSION,
        "planner": known.planner,
        "literals": [list(astuple(literal)) for literal in known.literals],
        "pieces": list(known.pieces),
        "whole": known.whole,
        "tasks": [dict(task) for task in known.tasks],
        "holes": [
            {**hole._asdict(), "at": list(hole.at), "explanations": sorted(map(_listed, hole.explanations), key=str)}
            for hole in known.holes
        ],
        "seen": {str(index): list(texts) for index, texts in known.seen.items()},
    }


def _listed(explanation: Sequence[Any]) -> list[Any]:
    """An explanation as JSON."""
    return [part if isinstance(part, str) else list(part) for part in explanation]


def described(known: Known) -> str:
    """The description with its slots as {kind}, numbered from the second of a kind on."""
    counts: dict[str, int] = {}
    text = known.pieces[0]
    inside = [(index, literal) for index, literal in enumerate(known.literals) if literal.step < 0]
    for (index, literal), piece in zip(inside, known.pieces[1:], strict=True):
        text += _named(literal, counts) if index in known.seen else literal.value
        text += piece
    return text


def _named(literal: Literal, counts: dict[str, int]) -> str:
    """The next name of a slot of this kind."""
    counts[literal.kind] = number = counts.get(literal.kind, 0) + 1
    return f"{{{literal.kind}{number if number > 1 else ''}}}"
