"""The catalogue of fixes that ships with the product: its shape, and the check that every file of it keeps that shape.

`catalogue/*.toml` holds `[[fix]]` tables (docs/howto/add-a-fix.md explains each key) and `[[kind]]` tables, which say
of an error whether time heals it. All of it is read and checked once; a mistake raises CatalogueError, which names the
file and the entry.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from memory.commands import PROGRAM, runs
from memory.fixes import check, needs
from memory.patterns import check_pattern
from memory.signature import Signature

CATALOGUE = Path(__file__).parent / "catalogue"
FIX_KEYS = {
    "id",
    "title",
    "reason",
    "rung",
    "actuator",
    "exit",
    "match",
    "programs",
    "command",
    "fix",
    "examples",
    "near_misses",
}
FIX_REQUIRED = ("id", "title", "reason", "match", "fix", "examples", "near_misses")
KIND_KEYS = {"id", "kind", "reason", "actuator", "exit", "match", "examples", "near_misses"}
IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{1,59}")
KINDS = ("transient", "permanent")
RUNGS = ("known_fix", "alternative")
MAKE_PARENT = 'mkdir -p -- "$(dirname -- "$path")"'
REDIRECTION = r"^sh: \d{1,6}: cannot create "  # what the command's own shell says of a redirection
RUN_NOTHING = {
    *(f"GIT_{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")),
    *("TERM", "LC_ALL", "LANG", "PYTHONUTF8", "PYTHONIOENCODING", "TMPDIR"),
}
"""Variables that make no program run or load anything."""
FIELDS_OF_COMMANDS = ("command", "replacement")


class CatalogueError(ValueError):
    """An entry of the catalogue is wrong; the message names the file and the entry."""


@dataclass(frozen=True)
class Errors:
    """Which failures an entry is about: one of the exit classes, if any are named, and one of the patterns, if any."""

    actuator: str
    exits: frozenset[str]
    patterns: tuple[re.Pattern[str], ...]

    def fits(self, failure: Signature, raw: str) -> dict[str, str] | None:
        """The values that the pattern's groups found in the text, or None."""
        if failure.actuator != self.actuator or (self.exits and failure.exit_class not in self.exits):
            return None
        if not self.patterns:
            return {}
        for pattern in self.patterns:
            if found := pattern.search(raw):
                return {name: value for name, value in found.groupdict().items() if value}
        return None


@dataclass(frozen=True)
class Entry:
    """A fix and the failures it is for.

    The command that failed must itself run one of `programs`, where there are some, so that no text of a repository
    can call for a fix of a program that nobody ran. A program `$path` is what the error names as `path`. `command`,
    where there is one, must be found in the command.
    """

    id: str
    title: str
    reason: str
    rung: Literal["known_fix", "alternative"]
    errors: Errors
    programs: tuple[str, ...]
    command: re.Pattern[str] | None
    fix: Mapping[str, Any]
    examples: tuple[str, ...]
    near_misses: tuple[str, ...]

    def fits(self, failure: Signature, raw: str, command: str) -> dict[str, str] | None:
        """The values that the error names, or None.

        Only the line that the signature is made of counts, so that what is learned of it fits others with the same
        signature; and nothing that stood on standard output, where a program shows data.
        """
        if failure.printed:
            return None
        values = self.errors.fits(failure, raw.partition("\n")[0])
        if values is None or (self.command and not self.command.search(command[:COMMAND_SEEN])):
            return None
        programs = (values.get(name[1:], "") if name[0] == "$" else name for name in self.programs)
        return values if not self.programs or any(name and runs(command, name) for name in programs) else None


@dataclass(frozen=True)
class Kind:
    """Failures that pass with time (`transient`), or that no repetition heals (`permanent`)."""

    id: str
    kind: Literal["transient", "permanent"]
    reason: str
    errors: Errors
    examples: tuple[str, ...]
    near_misses: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """All entries in a fixed order: file name, then place in the file."""

    entries: tuple[Entry, ...]
    kinds: tuple[Kind, ...]

    def fixes(self, failure: Signature, raw: str, command: str) -> Iterator[tuple[Entry, dict[str, str]]]:
        """The entries that are for this failure, with the values of each."""
        for entry in self.entries:
            if (values := entry.fits(failure, raw, command)) is not None:
                yield entry, values

    def kind(self, failure: Signature, raw: str) -> Kind | None:
        """What is known about whether time heals this failure; None: nothing."""
        return next((kind for kind in self.kinds if kind.errors.fits(failure, raw) is not None), None)


COMMAND_SEEN = 4_000
STEPS = 100_000  # of a pattern at each place: ours begin with what seldom comes, and a test measures them all


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The product's own catalogue, read once."""
    return load(CATALOGUE)


def load(folder: Path) -> Catalogue:
    """Read and check every TOML file of a folder."""
    entries: dict[str, Entry] = {}
    kinds: dict[str, Kind] = {}
    for file in sorted(folder.glob("*.toml")):
        raw = _tables(file)
        for number, table in enumerate(raw.get("fix", []), start=1):
            entry = _told(file, "fix", number, table)
            assert isinstance(entry, Entry)
            _once(file, entry.id, entries)
            entries[entry.id] = entry
        for number, table in enumerate(raw.get("kind", []), start=1):
            kind = _told(file, "kind", number, table)
            assert isinstance(kind, Kind)
            _once(file, kind.id, kinds)
            kinds[kind.id] = kind
    return Catalogue(tuple(entries.values()), tuple(kinds.values()))


def _tables(file: Path) -> Mapping[str, Any]:
    """The content of a file: nothing but [[fix]] and [[kind]] tables."""
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{file.name}: not readable as TOML: {error}") from error
    if not raw or set(raw) - {"fix", "kind"} or not all(isinstance(tables, list) for tables in raw.values()):
        raise CatalogueError(f"{file.name}: holds {sorted(raw)}, expected [[fix]] and [[kind]] tables only")
    return raw


def _told(file: Path, what: str, number: int, table: object) -> Entry | Kind:
    """One entry; every error is told with the file and the entry."""
    if not isinstance(table, Mapping):
        raise CatalogueError(f"{file.name}: {what} {number} is not a table")
    try:
        return _entry(table) if what == "fix" else _kind(table)
    except (ValueError, TypeError, AttributeError) as error:
        raise CatalogueError(f"{file.name}: {what} {table.get('id', number)!r}: {error}") from error


def _once(file: Path, name: str, seen: Mapping[str, object]) -> None:
    if name in seen:
        raise CatalogueError(f"{file.name}: {name!r}: the id is used twice")


def _entry(table: Mapping[str, Any]) -> Entry:
    """Check one [[fix]] table and make it an Entry."""
    _keys(table, FIX_KEYS, FIX_REQUIRED)
    if table.get("rung", "known_fix") not in RUNGS:
        raise ValueError(f"rung must be one of {RUNGS}")
    if problems := check(table["fix"]):
        raise ValueError(f"the fix is wrong: {problems}")
    errors = _errors(table)
    groups = [set(pattern.groupindex) for pattern in errors.patterns]
    for name in FIELDS_OF_COMMANDS:
        wanted = set(needs(table["fix"].get(name, ""), set().union(*groups)))
        if any(wanted - group for group in groups):
            raise ValueError(f"the {name} uses {sorted(wanted)}, which not every pattern finds")
    command = table.get("command")
    programs = _programs(table, groups)
    if not programs and not _needs_no_program(table):
        raise ValueError("programs is missing: a fix that runs or changes something says which program must have run")
    return Entry(
        id=table["id"],
        title=_text(table, "title", 80),
        reason=_text(table, "reason", 300),
        rung=table.get("rung", "known_fix"),
        errors=errors,
        programs=programs,
        command=None if command is None else _pattern(command),
        fix=table["fix"],
        examples=tuple(_texts(table, "examples")),
        near_misses=tuple(_texts(table, "near_misses")),
    )


def _programs(table: Mapping[str, Any], groups: Sequence[set[str]]) -> tuple[str, ...]:
    """The programs, one of which must have run."""
    found = _texts(table, "programs")
    if wrong := [name for name in found if not PROGRAM.fullmatch(name) or "$" in name[1:]]:
        raise ValueError(f"programs: {wrong} is not a program and its first arguments")
    if any(name[1:] not in group for name in found if name[0] == "$" for group in groups):
        raise ValueError("programs names a value that not every pattern finds")
    return tuple(found)


def _needs_no_program(table: Mapping[str, Any]) -> bool:
    """Whether a fix can do no harm if a hostile text calls for it: it waits, sets what nothing runs, makes a folder."""
    fix = table["fix"]
    if fix["kind"] == "environment":
        return set(fix["set"]) <= RUN_NOTHING
    if fix["kind"] == "run-before":
        return bool(fix["command"] == MAKE_PARENT and all(text.startswith(REDIRECTION) for text in table["match"]))
    return fix["kind"] == "wait" or bool(fix.get("shell") and table.get("command"))


def _kind(table: Mapping[str, Any]) -> Kind:
    """Check one [[kind]] table and make it a Kind."""
    _keys(table, KIND_KEYS, ("id", "kind", "reason"))
    if table["kind"] not in KINDS:
        raise ValueError(f"kind must be one of {KINDS}")
    if not table.get("match") and not table.get("exit"):
        raise ValueError("names neither exit classes nor patterns, so it would be about every failure")
    return Kind(
        table["id"], table["kind"], _text(table, "reason", 300), _errors(table),
        tuple(_texts(table, "examples")), tuple(_texts(table, "near_misses")),
    )  # fmt: skip


def _keys(table: Mapping[str, Any], known: set[str], required: Sequence[str]) -> None:
    """Refuse a key nobody reads, which is a spelling mistake, and a missing one."""
    if unknown := sorted(set(table) - known):
        raise ValueError(f"unknown key {', '.join(unknown)}; known: {sorted(known)}")
    for key in required:
        if not table.get(key):
            raise ValueError(f"{key} is missing or empty")
    if not isinstance(table["id"], str) or not IDENTIFIER.fullmatch(table["id"]):
        raise ValueError("id must be lower-case letters, digits and underscores, at most 60")


def _errors(table: Mapping[str, Any]) -> Errors:
    return Errors(
        actuator=table.get("actuator", "shell"),
        exits=frozenset(_texts(table, "exit")),
        patterns=tuple(_pattern(text) for text in _texts(table, "match")),
    )


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern whose work on an error's text is bounded."""
    if problems := check_pattern(text, STEPS):
        raise ValueError(f"pattern {text!r}: {problems[0]}")
    return re.compile(text, re.MULTILINE)


def _text(table: Mapping[str, Any], key: str, longest: int) -> str:
    text = table[key]
    if not isinstance(text, str) or len(text) > longest:
        raise ValueError(f"{key} must be a text of at most {longest} characters")
    return text


def _texts(table: Mapping[str, Any], key: str) -> list[str]:
    """A key that holds a list of texts, empty when it is not there."""
    found = table.get(key, [])
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise ValueError(f"{key} must be a list of texts")
    return found
