"""The keyword planner: a description in, the catalogue's tasks out, no model (E-R29).

A clause asks for an intent when it *begins* with one of the intent's verbs (after "please" and
the like) and its other words are the intent's own. Each clause is scored:

    the verb's weight (2 stands alone, 1 needs an object)
    + 1 for each distinct object word, + 1 for each slot found ("called shop")
    + 0.5 when a context word is there ("application"), however many
    - 0.5 for an unknown word right before one of the intent's `named` nouns ("the checkout
      service": the name of what the workspace holds)

Any other unknown word refuses the intent: "a project plan" is no project, and an "app with
authentication" is more than an app. Half a goal done silently is a wrong answer.

An intent whose `needs` are not all said, the verb included, is out. The best score of at least 2
wins; ties go to the intent with more `needs`, then to catalogue
order. A clause with a negation, a condition, a time or a finite verb is refused, as is a whole
description of which one clause is not understood: half a goal done silently is a wrong answer.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from goals.planning.intents import Catalogue, Intent, Slot, catalogue
from goals.planning.taskplan import CannotPlan, PlannedTask, Step, TaskPlan, append_part, shorten
from goals.planning.words import MAX_TOKENS, Token, clauses, lexicon, stem, tokens

THRESHOLD = 2.0
NAME_COST = 0.5
CONTEXT_GAIN = 0.5
MAX_CLAUSES = 20
MAX_CLAUSE_LENGTH = 1000
# Left over outside quotes and slots, these say "a shell command", which a description is not.
SHELL_MARKS = re.compile(r"[|&;<>$`\\{}*]")

ADVICE = "Give the shell commands to run as steps, or say it with a verb known here"
Spans = tuple[tuple[int, int], tuple[int, int]]


class Match:
    """An intent that a clause asks for, with the values of its slots."""

    __slots__ = ("intent", "score", "values")

    def __init__(self, intent: Intent, score: float, values: Mapping[str, str | None]) -> None:
        self.intent = intent
        self.score = score
        self.values = values


def plan(description: str, semantic_path: Sequence[Step] = ()) -> TaskPlan:
    """Plan a description alone; a semantic path is not this planner's business."""
    tasks: list[PlannedTask] = []
    found = matches(description)
    for match in found:
        append_part(tasks, render(match))
    return TaskPlan(tuple(tasks), "keyword", tuple(match.intent.id for match in found))


def matches(description: str, known: Catalogue | None = None) -> list[Match]:
    """The intents a description asks for, in the order said, or CannotPlan."""
    known = known or catalogue()
    found = tokens(description)
    if len(found) > MAX_TOKENS:
        raise CannotPlan(f"The description is too long for the keyword planner. {ADVICE}.")
    parts = clauses(found, known.by_verb)
    if len(parts) > MAX_CLAUSES:
        raise CannotPlan(
            f"The description asks for {len(parts)} things, at most {MAX_CLAUSES} can be planned at once. {ADVICE}."
        )
    if not parts:
        raise CannotPlan(f"The description says nothing that can be planned. {ADVICE}.")
    return [_best(description, part, known) for part in parts]


def _best(description: str, clause: Sequence[Token], known: Catalogue) -> Match:
    """The intent of one clause; raises CannotPlan when there is none."""
    text = description[clause[0].start : clause[-1].end]
    if len(text) > MAX_CLAUSE_LENGTH:
        raise CannotPlan(f"“{shorten(text, 80)}” is too long for the keyword planner. {ADVICE}.")
    lead = lexicon().lead
    polite = clause[0].text == "please"
    rest = clause
    while len(rest) > 1 and rest[0].text in lead:
        rest = rest[1:]
    if rest[-1].text.startswith("?") and polite:
        rest = rest[:-1]
    best: Match | None = None
    for intent in known.by_verb.get(rest[0].text, ()):
        match = _score(intent, description[rest[0].start : rest[-1].end], rest)
        if match and match.score >= THRESHOLD and (best is None or _rank(match) > _rank(best)):
            best = match
    if best is None:
        raise CannotPlan(_refusal(text, rest, known))
    return _with_slots(best, text)


def _rank(match: Match) -> tuple[float, int]:
    """The order between matches; equal ranks keep the one that comes first in the catalogue."""
    return match.score, len(match.intent.needs)


def _score(intent: Intent, text: str, clause: Sequence[Token]) -> Match | None:
    """How much a clause asks for an intent, by the formula in this module's docstring."""
    values: dict[str, str | None] = {}
    spans: list[Spans] = []
    for slot in intent.slots:
        values[slot.name] = _find(slot, text, spans)
    words = [stem(token.text) if token.kind == "word" else token.text for token in clause]
    if any(group.isdisjoint(words) for group in intent.needs):
        return None
    said = [
        (token, word, _place(token, clause[0].start, spans)) for token, word in zip(clause[1:], words[1:], strict=True)
    ]
    nouns = {word for _, word, place in said if place != "value"}
    cost = _unknown_cost(intent, [(token, word) for token, word, place in said if not place])
    if cost is None:
        return None
    filled = sum(value is not None for value in values.values())
    context = CONTEXT_GAIN if nouns & intent.context else 0.0
    gain = intent.verbs[clause[0].text] + len(nouns & intent.objects) + filled + context
    return Match(intent, gain - cost, values)


def _place(token: Token, offset: int, spans: Sequence[Spans]) -> str:
    """Where a word stands: in a slot's "value", in the "phrase" that names it, or "" elsewhere."""
    start, end = token.start - offset, token.end - offset
    for phrase, value in spans:
        if start < value[1] and value[0] < end:
            return "value"
        if start < phrase[1] and phrase[0] < end:
            return "phrase"
    return ""


def _unknown_cost(intent: Intent, said: Sequence[tuple[Token, str]]) -> float | None:
    """What the names among the words cost; None when another word is not the intent's own."""
    known, cost = lexicon(), 0.0
    nouns = intent.objects | intent.context
    for index, (token, word) in enumerate(said):
        if word in nouns or token.text in known.filler or token.text == ",":
            continue
        if token.text in known.blockers or token.text.endswith("n't"):
            return None
        if token.kind != "quoted" and SHELL_MARKS.search(token.text):
            return None
        if index + 1 == len(said) or said[index + 1][1] not in intent.named:
            return None
        cost += NAME_COST
    return cost


def _find(slot: Slot, text: str, spans: list[Spans]) -> str | None:
    """The raw value of a slot; `spans` gains the phrase and the value, which no other may take."""
    for expression in slot.find:
        match = expression.search(text)
        if match and not any(a < match.end() and match.start() < b for (a, b), _ in spans):
            spans.append((match.span(), match.span("value")))
            return _unquoted(match.group("value"))
    return None


def _unquoted(value: str) -> str:
    """A value without its quotes; without the punctuation of the sentence when it had none."""
    pairs = {'"': '"', "'": "'", "`": "`", "“": "”"}
    if len(value) > 1 and pairs.get(value[0]) == value[-1]:
        return value[1:-1]
    return value.rstrip(".,;:!?") or value


def _with_slots(match: Match, text: str) -> Match:
    """The match with every slot filled and checked; CannotPlan tells which value is at fault."""
    values: dict[str, str | None] = {}
    for slot in match.intent.slots:
        value = match.values[slot.name]
        if value is None and slot.default is None:
            raise CannotPlan(
                f"“{shorten(text, 80)}” does not say which {slot.name.replace('_', ' ')}. "
                f"Say it like this: “{match.intent.examples[0]}”."
            )
        if value is not None and not slot.pattern.fullmatch(value):
            raise CannotPlan(
                f"“{shorten(value, 80)}” cannot be used as {slot.name.replace('_', ' ')}: "
                f"allowed is {slot.hint}. {ADVICE}."
            )
        values[slot.name] = slot.default if value is None else value
    return Match(match.intent, match.score, values)


def render(match: Match) -> list[PlannedTask]:
    """The tasks of a match, as plain POSIX sh.

    A slot's value is never pasted into a command: it is assigned, quoted by shlex.quote, to a
    shell variable before the command, and a shell never reads the value of a variable as code.
    """
    values = {name: value or "" for name, value in match.values.items()}
    assigned = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    head = f"set -eu\n{assigned}{match.intent.prelude}"
    return [
        PlannedTask(
            name=shorten(re.sub(r"\{(\w+)\}", lambda part: values[part[1]], task.name)),
            params={"command": head + task.command},
            depends_on=task.depends_on,
        )
        for task in match.intent.tasks
    ]


def _refusal(text: str, clause: Sequence[Token], known: Catalogue) -> str:
    """Tell a person what was not understood and what would be."""
    near = [f"“{intent.examples[0]}”" for intent in _near(clause, known)]
    return f"The keyword planner does not understand “{shorten(text, 80)}”. {ADVICE}, for example {', '.join(near)}."


def _near(clause: Sequence[Token], known: Catalogue) -> list[Intent]:
    """Up to four intents: verbs spelled alike first, then the most words in common."""
    head = clause[0].text[:24]
    verbs = [head] if head in known.by_verb else get_close_matches(head, known.by_verb, n=2)
    found = [intent for verb in verbs for intent in known.by_verb[verb]]
    words = {stem(token.text) for token in clause[:60] if token.kind == "word"}

    def in_common(intent: Intent) -> int:
        return len(words & intent.objects) + 2 * len(words & intent.verbs.keys())

    found += sorted(known.intents, key=in_common, reverse=True)
    return list({intent.id: intent for intent in found}.values())[:4]
