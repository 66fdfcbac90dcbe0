"""Goals the keyword planner knows, with other literals in them: seeded chance, so a failure can be repeated."""

import random

from goals.planning import catalogue
from memory.trees import shape_of
from tests.planning.phrases import COMPOUND, MEANT
from tests.trees.account import can_plan, planned

WORDS = [
    "shop", "web", "api", "billing", "cart", "orders", "search", "mailer", "ledger", "atlas", "pulse", "hub", "crm",
    "wiki", "feed", "blog", "stats", "media", "vault",
]  # fmt: skip
PHRASES = [
    *(example for intent in catalogue().intents for example in intent.examples),
    *(phrase for phrases in MEANT.values() for phrase in phrases),
    *COMPOUND,
]


def word(chance):
    return chance.choice(WORDS) + chance.choice(["", "", "2", "7"])


def value_like(chance, kind, old):
    """Another literal of the same kind; a file keeps its ending, a glob its star."""
    if kind == "name":
        return chance.choice([word, word, lambda c: f"{word(c)}-{word(c)}", lambda c: f"{word(c)}_{word(c)}"])(chance)
    if kind == "number":
        return str(chance.randint(10, 99))
    if kind == "url":
        ending = ".git" if old.endswith(".git") else ""
        return f"https://{word(chance)}.example.com/" + "/".join([word(chance), word(chance)]) + ending
    if kind == "quoted" and " " in old:
        return " ".join(chance.choice(WORDS) for _ in range(chance.randint(2, 6)))
    if kind in {"path", "file", "quoted"}:
        head, dot, ending = old.partition(".") if "." in old.rpartition("/")[2] else (old, "", "")
        return "/".join(part if part == "*" else word(chance) for part in head.split("/")) + dot + ending
    return old


def goal_with(shape, values):
    """The description of a shape with these literals."""
    text = shape.pieces[0]
    for value, piece in zip(values, shape.pieces[1:], strict=True):
        text += value + piece
    return text


def open_literals(phrase):
    """The shape of a phrase and the indexes of its literals that its tasks hold, those that a customer varies."""
    shape = shape_of(phrase, ())
    said = str(planned(phrase)[1])
    inside = [index for index, literal in enumerate(shape.literals) if literal.value in said]
    values = [value_like(random.Random(phrase), literal.kind, literal.value) for literal in shape.literals]
    return shape, [index for index in inside if can_plan(goal_with(shape, _one(shape, index, values[index])))]


def _one(shape, index, value):
    return [value if index == place else literal.value for place, literal in enumerate(shape.literals)]


def varied(chance, shape, places):
    """The goal with other literals at these places."""
    return goal_with(
        shape,
        [
            value_like(chance, literal.kind, literal.value) if index in places else literal.value
            for index, literal in enumerate(shape.literals)
        ],
    )


OPEN = [phrase for phrase in PHRASES if open_literals(phrase)[1]]
