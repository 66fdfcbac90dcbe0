"""Crystallized task trees: what a goal that verifiably succeeded spares its repeats (E-R19, moonshot M1).

Pure: plain values in and out, no Django, no clock. Four steps, in the order of a goal's life:

1.  `shape_of` a submitted goal: the digest under which its trees are stored, and its literals.
2.  `match` it against the trees of that digest: the tasks, every slot filled from the goal's own text, or None: plan.
3.  `after_use` when a goal that came from a tree has ended.
4.  `learn` when a goal that was planned otherwise has verifiably succeeded.

docs/explanation/crystallized-trees.md tells what makes a slot and why.
"""

from __future__ import annotations

from memory.trees.learning import Learned, learn
from memory.trees.matching import Hit, StoredTree, match
from memory.trees.score import HIT_SCORE, after_use
from memory.trees.shape import Literal, Shape, shape_of

__all__ = [
    "HIT_SCORE",
    "Hit",
    "Learned",
    "Literal",
    "Shape",
    "StoredTree",
    "after_use",
    "learn",
    "match",
    "shape_of",
]
