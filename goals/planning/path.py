"""The path planner: the steps of a semantic path (E-R12), one after the other (E-R13) or as they depend on each other.

A shell command runs as it stands; a description goes to the keyword planner and may become
several tasks. Which of the two a step is, is decided by the first rule that fits:

1.  It begins like shell: a path (`./ ../ / ~/`), an assignment (`FOO=1 ...`), `$ ( { [ ! : #`,
    a quote: a command.
2.  The first word is a program nobody says in a sentence (`npm`, `cd`, `echo`): a command.
3.  The first word begins with a capital letter: a description.
4.  Something in it is written only in a shell (`-x`, `--flag`, `&&`, `|`, `;`, `>`, `$(`, a line
    break): a command.
5.  The first word is a program that is an English verb too (`make`, `test`, `find`), followed
    by an article: a description. `make` followed by anything else: a command, as its targets are
    words of the catalogue.
6.  The catalogue understands the step: a description.
7.  Three words or more with an article and the like among them: a description (which nobody
    understands, so it is refused). A program by rule 5 is exempt.
8.  Anything else is a command: it runs as it stands and fails honestly.

`command Foo` runs a program whose name begins with a capital letter (rule 2).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from goals.planning import keyword, steps
from goals.planning.taskplan import CannotPlan, PlannedTask, Step, TaskPlan, append_part, shorten
from goals.planning.words import lexicon

SHELL_START = re.compile(r"\.{0,2}/|~/|[A-Za-z_][A-Za-z0-9_]{0,200}\+?=|[$({\[!:#\"'`<>]|\.\s")
SHELL_INSIDE = re.compile(r"\s--?[A-Za-z0-9]|&&|\|\||[|;<>`\n]|\$[({\w]|&\s*$")


def plan(description: str, semantic_path: Sequence[Step]) -> TaskPlan:
    """One task for each command or structured step, the catalogue's tasks for each description, in order."""
    parts: list[Sequence[PlannedTask]] = []
    intents: list[str] = []
    for index, step in enumerate(semantic_path):
        part, found = _step(step, index) if isinstance(step, str) else ([steps.task_of(step)], ())
        parts.append(part)
        intents.extend(found)
    return TaskPlan(tuple(_joined(parts, semantic_path)), "path", tuple(intents))


def _joined(parts: Sequence[Sequence[PlannedTask]], semantic_path: Sequence[Step]) -> list[PlannedTask]:
    if any(not isinstance(step, str) for step in semantic_path):
        waits = steps.afters(semantic_path)
        return steps.joined([steps.Part(part, after) for part, after in zip(parts, waits, strict=True)])
    tasks: list[PlannedTask] = []  # one after the other, which is the usual case and the cheaper one
    for part in parts:
        append_part(tasks, part)
    return tasks


def is_command(step: str) -> bool:
    """Is this step a shell command? By the rules in this module's docstring."""
    text = step.strip()
    word = text.split(maxsplit=1)[0]
    if SHELL_START.match(text) or word.rstrip(";") in lexicon().programs:
        return True
    if word[0].isupper():
        return False
    if SHELL_INSIDE.search(text):
        return True
    second = text.split(maxsplit=2)[1:2]
    verb_too = word in lexicon().ambiguous
    if verb_too and second and second[0].casefold() in lexicon().determiners:
        return False
    if word != "make" and _understood(text):
        return False
    return verb_too or not _reads_like_a_sentence(text)


def _understood(text: str) -> bool:
    """Does the catalogue know what is asked?"""
    try:
        keyword.matches(text)
    except CannotPlan:
        return False
    return True


def _reads_like_a_sentence(text: str) -> bool:
    """Three words or more, one of them an article or the like."""
    words = text[:1000].casefold().split()
    return len(words) >= 3 and any(word.strip(",.") in lexicon().determiners for word in words)


def _step(step: str, index: int) -> tuple[Sequence[PlannedTask], Sequence[str]]:
    """The tasks of one step and the intents it used."""
    if is_command(step):
        return [PlannedTask(name=shorten(step), params={"command": step})], ()
    try:
        found = keyword.plan(step)
    except CannotPlan as refusal:
        raise CannotPlan(
            f"Step {index + 1} was read as a description, because it does not look like a shell command. "
            f"{refusal.message} To run it as it stands, begin it with `command `.",
            step=index,
        ) from refusal
    return found.tasks, found.intents
