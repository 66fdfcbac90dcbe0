"""Several ranked lists of the same things become one, and each thing says which lists it came from.

Reciprocal rank fusion (Cormack, Clarke, Buettcher, SIGIR 2009) adds 1 / (k + rank) over the lists, so that scores of
different kinds need no common scale. Ours lets a list count each of its things by `strength`: a memory that shares one
word of six with the question has not been found by its words as one is that shares all six. Without it, the first by a
chance word would stand beside the first by meaning (docs/decisions/0016-recall-by-meaning.md has the numbers).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

Thing = TypeVar("Thing", bound=Hashable)
STEADY = 20  # k: the greater, the less the first places differ; the paper's 60 has no strengths beside it


class Found(NamedTuple, Generic[Thing]):
    """A thing in one list: `why` is what the answer says of it, `strength` (0-1) how much this list counts for it."""

    thing: Thing
    why: dict[str, Any]
    strength: float = 1.0


@dataclass(slots=True)
class Hit(Generic[Thing]):
    """A thing in the fused list."""

    thing: Thing
    score: float = 0.0
    why: list[dict[str, Any]] = field(default_factory=list)


def fuse(lists: Iterable[Iterable[Found[Thing]]], most: int | None = None) -> list[Hit[Thing]]:
    """The things of all lists, the best first, at most `most`; of equal ones the one that came first.

    Each list is in its own order, the best first; a thing counts once in a list.
    """
    hits: dict[Thing, Hit[Thing]] = {}
    for ranked in lists:
        seen: set[Thing] = set()
        for thing, why, strength in ranked:
            if thing in seen:
                continue
            seen.add(thing)
            if (hit := hits.get(thing)) is None:
                hit = hits[thing] = Hit(thing)
            hit.score += strength / (STEADY + len(seen))
            hit.why.append(why)
    return sorted(hits.values(), key=lambda hit: -hit.score)[:most]
