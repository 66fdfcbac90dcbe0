"""The catalogue of intents: its shape, and the check that every file of it keeps that shape.

`catalogue/*.toml` holds `[[intent]]` tables; docs/howto/add-an-intent.md explains each key. The
whole catalogue is read and checked once; a mistake raises CatalogueError, which names the file
and the entry, so that a broken catalogue stops the process at start and not a customer's goal.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from goals.planning.words import HERE, lexicon, stem

CATALOGUE = HERE / "catalogue"
INTENT_KEYS = {
    "id", "summary", "examples", "verbs", "objects", "context", "named", "needs", "uses", "slots", "tasks",
}  # fmt: skip
INTENT_REQUIRED = ("id", "summary", "examples", "verbs", "tasks")
SLOT_KEYS = {"name", "find", "pattern", "hint", "default"}
TASK_KEYS = {"id", "name", "command", "depends_on"}
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{1,40}")
IN_QUOTES = r""""[^"\n]{1,800}"|'[^'\n]{1,800}'|`[^`\n]{1,800}`|“[^”\n]{1,800}”"""
QUOTED = f"(?P<value>{IN_QUOTES})"
VALUE = rf"""(?!(?:the|a|an|my|our|your)\s)(?P<value>{IN_QUOTES}|[^\s"'`“]\S{{0,199}}(?!\S))"""
"""`<value>` in a slot's `find` stands for a quoted text or one word, `<quoted>` for the former."""
MACRO = re.compile(r"(?<!\?P)<(value|quoted)>")
# A slot reaches the script as a shell variable; these would read its value as code again.
REREADS_TEXT = re.compile(r"(?m)(?:^|[;&|(]|\bthen|\bdo)\s*(?:eval|\.|source)\s|\bsh\s+-c\b")


class CatalogueError(ValueError):
    """An entry of the catalogue is wrong; the message names the file and the entry."""


@dataclass(frozen=True)
class Slot:
    """A value taken from the clause: found by `find`, accepted only when `pattern` fits whole."""

    name: str
    find: tuple[re.Pattern[str], ...]
    pattern: re.Pattern[str]
    hint: str
    default: str | None


@dataclass(frozen=True)
class TaskTemplate:
    """One shell task of an intent; `depends_on` holds indexes of earlier tasks."""

    name: str
    command: str
    depends_on: tuple[int, ...]


@dataclass(frozen=True)
class Intent:
    """One thing the keyword planner can do, and the words that ask for it."""

    id: str
    summary: str
    examples: tuple[str, ...]
    verbs: Mapping[str, float]
    objects: frozenset[str]
    context: frozenset[str]
    named: frozenset[str]
    needs: tuple[frozenset[str], ...]
    slots: tuple[Slot, ...]
    prelude: str
    tasks: tuple[TaskTemplate, ...]


@dataclass(frozen=True)
class Catalogue:
    """All intents in a fixed order (file name, then place in the file), and those of each verb."""

    intents: tuple[Intent, ...]
    by_verb: Mapping[str, tuple[Intent, ...]]


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The product's own catalogue, read once."""
    return load(CATALOGUE)


def load(folder: Path) -> Catalogue:
    """Read and check every TOML file of a folder."""
    snippets = tomllib.loads((HERE / "snippets.toml").read_text(encoding="utf-8"))
    intents: dict[str, Intent] = {}
    for file in sorted(folder.glob("*.toml")):
        for intent in _file_intents(file, snippets):
            if intent.id in intents:
                raise CatalogueError(f"{file.name}: intent {intent.id!r}: the id is used twice")
            intents[intent.id] = intent
    by_verb: dict[str, list[Intent]] = {}
    for intent in intents.values():
        for verb in intent.verbs:
            by_verb.setdefault(verb, []).append(intent)
    return Catalogue(tuple(intents.values()), {verb: tuple(found) for verb, found in by_verb.items()})


def _file_intents(file: Path, snippets: Mapping[str, str]) -> list[Intent]:
    """The intents of one file; every error is told with the file and the entry."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{file.name}: not readable as TOML: {error}") from error
    tables = raw.get("intent")
    if set(raw) != {"intent"} or not isinstance(tables, list):
        raise CatalogueError(f"{file.name}: holds {sorted(raw)}, expected [[intent]] tables only")
    found = []
    for number, entry in enumerate(tables, start=1):
        if not isinstance(entry, dict):
            raise CatalogueError(f"{file.name}: intent {number} is not a table")
        try:
            found.append(_intent(entry, snippets))
        except (ValueError, TypeError, AttributeError, re.error) as error:
            place = f"{file.name}: intent {entry.get('id', number)!r}"
            raise CatalogueError(f"{place}: {error}") from error
    return found


def _intent(entry: Mapping[str, Any], snippets: Mapping[str, str]) -> Intent:
    """Check one `[[intent]]` table and make it an Intent."""
    _known_keys(entry, INTENT_KEYS, "intent")
    for key in INTENT_REQUIRED:
        if not entry.get(key):
            raise ValueError(f"{key} is missing or empty")
    if not IDENTIFIER.fullmatch(entry["id"]):
        raise ValueError("id must be lower-case letters, digits and underscores")
    words = {key: _texts(entry, key) for key in ("examples", "objects", "context", "named", "needs")}
    needs = tuple(_words(group.split()) for group in words["needs"])
    uses = _texts(entry, "uses")
    unknown = [name for name in uses if name not in snippets]
    if unknown:
        raise ValueError(f"uses {unknown}, which snippets.toml does not hold")
    slots = tuple(_slot(slot) for slot in entry.get("slots", []))
    if len({slot.name for slot in slots}) != len(slots):
        raise ValueError("two slots have the same name")
    return Intent(
        id=entry["id"],
        summary=entry["summary"],
        examples=tuple(words["examples"]),
        verbs=_verbs(entry["verbs"]),
        objects=_words(words["objects"]).union(*needs),
        context=_words(words["context"] + words["named"]),
        named=_words(words["named"]),
        needs=needs,
        slots=slots,
        prelude="".join(snippets[name].lstrip("\n") for name in uses),
        tasks=_tasks(entry["tasks"], {slot.name for slot in slots}),
    )


def _known_keys(entry: Mapping[str, Any], known: set[str], what: str) -> None:
    """Refuse a key nobody reads: it is a spelling mistake."""
    unknown = sorted(set(entry) - known)
    if unknown:
        raise ValueError(f"unknown {what} key {', '.join(unknown)}; known: {sorted(known)}")


def _texts(entry: Mapping[str, Any], key: str) -> list[str]:
    """A key that holds a list of texts, empty when it is not there."""
    found = entry.get(key, [])
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise ValueError(f"{key} must be a list of texts")
    return found


def _verbs(entry: Mapping[str, Any]) -> dict[str, float]:
    """Verbs with their weights: 2 stands alone ("deploy"), 1 needs an object ("run")."""
    for verb, weight in entry.items():
        if weight not in (1, 2) or verb != verb.casefold() or " " in verb:
            raise ValueError(f"verb {verb!r} must be one lower-case word with weight 1 or 2")
    return {verb: float(weight) for verb, weight in entry.items()}


def _words(words: list[str]) -> frozenset[str]:
    """Nouns as they are compared: stemmed, with the groups of the lexicon ("@project") opened."""
    found: set[str] = set()
    for word in words:
        if not word.startswith("@"):
            found.add(stem(word.casefold()))
        elif word[1:] in lexicon().groups:
            found.update(stem(member) for member in lexicon().groups[word[1:]])
        else:
            raise ValueError(f"no group {word!r} in lexicon.toml")
    return frozenset(found)


def _slot(entry: Mapping[str, Any]) -> Slot:
    """Check one slot: it has a pattern, finds a value, and its default fits the pattern."""
    _known_keys(entry, SLOT_KEYS, "slot")
    name = entry.get("name", "")
    if not IDENTIFIER.fullmatch(name):
        raise ValueError(f"slot name {name!r} must be lower-case letters, digits and underscores")
    if not entry.get("pattern"):
        raise ValueError(f"slot {name!r} has no pattern")
    named = lexicon().patterns.get(entry["pattern"].removeprefix("@"))
    if entry["pattern"].startswith("@") and named is None:
        raise ValueError(f"slot {name!r}: no pattern {entry['pattern']!r} in lexicon.toml")
    pattern = re.compile(named["pattern"] if named else entry["pattern"])
    default = entry.get("default")
    if default is not None and default != "" and not pattern.fullmatch(default):
        raise ValueError(f"slot {name!r}: the default {default!r} does not fit the pattern")
    find = tuple(re.compile(MACRO.sub(_opened, expression), re.IGNORECASE) for expression in entry.get("find", []))
    if not find or any("value" not in expression.groupindex for expression in find):
        raise ValueError(f"slot {name!r}: find needs expressions that hold <value> or <quoted>")
    hint = entry.get("hint") or (named["hint"] if named else f"what fits {pattern.pattern}")
    return Slot(name, find, pattern, hint, default)


def _opened(macro: re.Match[str]) -> str:
    """The expression a macro of a slot's `find` stands for."""
    return VALUE if macro[1] == "value" else QUOTED


def _tasks(entries: list[Mapping[str, Any]], slots: set[str]) -> tuple[TaskTemplate, ...]:
    """Check the tasks of an intent and put them into an order in which they can run.

    A task without `depends_on` waits for the one written before it; `depends_on = []` waits for
    nothing inside its intent.
    """
    ids = [str(entry.get("id", number)) for number, entry in enumerate(entries)]
    if len(set(ids)) != len(ids):
        raise ValueError(f"two tasks have the same id: {ids}")
    waits: dict[str, list[str]] = {}
    for number, entry in enumerate(entries):
        _check_task(entry, slots)
        waits[ids[number]] = [str(name) for name in entry.get("depends_on", ids[number - 1 : number] if number else [])]
    order = _order(waits)
    place = {name: index for index, name in enumerate(order)}
    by_id = dict(zip(ids, entries, strict=True))
    return tuple(
        TaskTemplate(
            by_id[name]["name"],
            by_id[name]["command"].strip() + "\n",
            tuple(sorted(place[other] for other in waits[name])),
        )
        for name in order
    )


def _check_task(entry: Mapping[str, Any], slots: set[str]) -> None:
    """A task has a name and a command, names only slots that exist, and never re-reads text."""
    _known_keys(entry, TASK_KEYS, "task")
    for key in ("name", "command"):
        if not entry.get(key, "").strip():
            raise ValueError(f"a task has no {key}")
    unknown = set(re.findall(r"\{(\w+)\}", entry["name"])) - slots
    if unknown:
        raise ValueError(f"task {entry['name']!r} names slots that do not exist: {unknown}")
    if REREADS_TEXT.search(entry["command"]):
        raise ValueError(f"task {entry['name']!r} uses eval, source or sh -c: a slot could inject")


def _order(waits: Mapping[str, list[str]]) -> list[str]:
    """Task ids so that each comes after what it waits for, otherwise as written."""
    done: list[str] = []
    for name, others in waits.items():
        unknown = [other for other in others if other not in waits]
        if unknown:
            raise ValueError(f"task {name!r} depends on {unknown}, which does not exist")
    while len(done) < len(waits):
        ready = [name for name, others in waits.items() if name not in done and all(other in done for other in others)]
        if not ready:
            raise ValueError(f"tasks {sorted(set(waits) - set(done))} depend on each other")
        done.append(ready[0])
    return done
