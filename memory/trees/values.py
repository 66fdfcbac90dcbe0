"""Which values may fill a slot: those that verified successes cover, and that cannot alter a command.

Two values show that a place varies, not how far: such a slot takes what looks like them, with the same kinds of
characters, about the same size, an ending that was seen. Three different values show a slot of its kind: it is *wide*
and takes every value of the kind. The catalogue's planners decide by the value itself (they refuse a name with a dot,
and plan an `.sh` file unlike a `.py`), so in their trees a slot stays narrow, unless it was shown to be free text.
No slot takes, unless they were seen: words of intent ("production"), path parts like `..`, a dash first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

WIDE_FROM = 3
"""Different values of a slot that show that it takes any of its kind."""
USUAL_LENGTH = 40
LONG = {"url": 200, "email": 100, "ending": 8}
SPACED = 200
"""Of a text of several words, or a path of several folders."""
WIDE_LENGTH = {"url": 400, "quoted": 200, "path": 200, "file": 200, "email": 254, "host": 253, "ending": 16}
WIDE_USUAL_LENGTH = 64
NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
"""What stands for itself in a shell command, in quotes or outside, as it does in a JSON text."""
PARTS = re.compile(r"[^\W\d_]+")
NAME_LIKE = re.compile(r"[\w .*?/+@=,~-]*", re.ASCII)
"""What a quoted name, path or pattern can look like; two texts of other characters show that a slot is free text."""
ENDING = re.compile(r"\w(\.[A-Za-z][A-Za-z0-9]{0,7}|(?:\.tar)?\.[a-z0-9]{1,4})\Z")
DOUBTFUL = re.compile(r"\.\.|--|//|/\.|\A\.|/\Z|\s\s|\A\s|\s\Z|-\Z")
# In a text or an address: a part `.` or `..`, a hidden file, what a program reads as an option, a file or a home, and
# blanks that a task's name would lose.
DOUBTFUL_IN_TEXT = re.compile(r"(?:\A|[\s/=:])\.\.?(?=[\s/]|\Z)|/\.|(?<!:)//|\A[-.~@/]|\s\s|\A\s|\s\Z")
USUAL_SIGNS = {"name": "-_.", "file": "-_.", "path": "-_./", "host": "-.:", "email": "-_.+@", "version": "-.+"}
FREE = {"quoted", "url"}
"""Kinds that take any printable character; the others keep to usual signs and those that were seen."""
ASSIGNED = re.compile(
    r"""(?:set -eu\n|[a-z_][a-z0-9_]*=(?:[A-Za-z0-9_@%+=:,./-]*|'[^']*'(?:"'"'[^']*')*)\n)*[a-z_][a-z0-9_]*=\Z"""
)
FILE_LIKE = re.compile(r"[./][\w*]")
FINDING = frozenset({
    "archive", "as", "branch", "called", "characters", "chars", "command", "commits", "containing", "container",
    "content", "contents", "csv", "directory", "echo", "ending", "entries", "extension", "file", "files", "find",
    "folder", "from", "for", "in", "inside", "into", "length", "lines", "log", "matching", "message", "named", "of",
    "on", "port", "print", "say", "saying", "script", "service", "text", "to", "under", "using", "with", "write",
})  # fmt: skip
"""By these the catalogue's expressions find a value, in quotes too."""
WEIGHTY = frozenset({
    "add", "admin", "after", "all", "allow", "alpha", "any", "backup", "before", "beta", "canary", "clean",
    "cleanup", "close", "create", "default", "delete", "demo", "deny", "destroy", "dev", "develop", "development",
    "disable", "down", "downgrade", "drop", "dry", "enable", "every", "everything", "false", "force", "head",
    "install", "latest", "live", "local", "localhost", "main", "master", "never", "new", "nightly", "no", "none",
    "not", "nothing", "off", "old", "on", "open", "preview", "private", "prod", "production", "public", "purge",
    "qa", "read", "remove", "reset", "restart", "restore", "rollback", "rollout", "root", "sandbox", "stable",
    "stage", "staging", "start", "stg", "stop", "sudo", "test", "testing", "true", "trunk", "uat", "uninstall",
    "up", "upgrade", "wipe", "write", "yes",
})  # fmt: skip


def is_wide(kind: str, seen: Sequence[str], *, by_value: bool) -> bool:
    """Do these values show that a slot takes any of its kind? `by_value`: its planner looks at the value."""
    if len(set(seen)) < WIDE_FROM:
        return False
    return not by_value or (kind == "quoted" and sum(not NAME_LIKE.fullmatch(one) for one in seen) > 1)


def finds_nothing(value: str, seen: Sequence[str]) -> bool:
    """Does a quoted text hold nothing that the catalogue could find as another value: "called x", or a file's name?"""
    if value in seen or not FINDING.isdisjoint(PARTS.findall(value.casefold())):
        return value in seen
    return not FILE_LIKE.search(value) or all(FILE_LIKE.search(one) for one in seen)


def fits(kind: str, value: str, seen: Sequence[str], *, wide: bool = False) -> bool:
    """May a value fill the slot in which these were seen?"""
    if value in seen:
        return True
    if wide:
        return _fits_wide(kind, value, seen)
    if not value or not value.isprintable() or len(value) > _longest(kind, seen):
        return False
    if kind == "number":
        return _number_fits(value, seen)
    if kind == "url":
        scheme, _, value = value.partition("://")
        seen = [rest for before, _, rest in (one.partition("://") for one in seen) if before == scheme]
    return (
        bool(seen)
        and _characters_fit(kind, value, seen)
        and _ending_fits(value, seen)
        and _weight(value) <= frozenset().union(*map(_weight, seen))
        and _doubts_seen(DOUBTFUL, value, seen)
        and (kind != "version" or value.count(".") in {one.count(".") for one in seen})
    )


def _fits_wide(kind: str, value: str, seen: Sequence[str]) -> bool:
    """Is it a value of the slot's kind, without an intent or a danger that was not seen?"""
    if kind == "number":
        return NUMBER.fullmatch(value) is not None
    longest = WIDE_LENGTH.get(kind, WIDE_USUAL_LENGTH)
    if not value or not value.isprintable() or len(value) > max(longest, *map(len, seen)):
        return False
    if _weight(value) - frozenset().union(*map(_weight, seen)):
        return False
    if kind == "url":
        scheme, _, value = value.partition("://")
        seen = [rest for before, _, rest in (one.partition("://") for one in seen) if before == scheme]
        return bool(seen) and _doubts_seen(DOUBTFUL_IN_TEXT, value, seen)
    if kind == "quoted":
        return _doubts_seen(DOUBTFUL_IN_TEXT, value, seen) and (not _are_files(seen) or _ending_fits(value, seen))
    known = {_kind_of(one) for text in seen for one in text} | {"a", "A", "0", *USUAL_SIGNS.get(kind, "")}
    return (
        {_kind_of(one) for one in value} <= known
        and _doubts_seen(DOUBTFUL, value, seen)
        and (value[0] != "-" or any(one[0] == "-" for one in seen))
        and (kind not in {"file", "path"} or _ending_fits(value, seen))
        and (kind != "version" or value[0].isdigit() in {one[0].isdigit() for one in seen})
    )


def _doubts_seen(doubtful: re.Pattern[str], value: str, seen: Sequence[str]) -> bool:
    """Were all its doubtful parts seen?"""
    found = set(doubtful.findall(value))
    return not found or found <= {part for one in seen for part in doubtful.findall(one)}


def _are_files(seen: Sequence[str]) -> bool:
    """Are these quoted texts the names of files?"""
    return all(" " not in one and _ending(one) for one in seen)


def _longest(kind: str, seen: Sequence[str]) -> int:
    """How long a value may be: planners take long texts, paths and addresses, but no long names."""
    spaced = any(" " in one or "/" in one for one in seen)
    return max(SPACED if spaced else LONG.get(kind, USUAL_LENGTH), *map(len, seen))


def _number_fits(value: str, seen: Sequence[str]) -> bool:
    """Is a number of a size that was seen: above, to the end of the leading digit's range, or of two digits?"""
    if not (value.isascii() and value.isdigit()) or (value[0] == "0" and value != "0"):
        return False
    known = sorted(int(one) for one in seen if one.isascii() and one.isdigit())
    if not known:
        return False
    low, high = known[0], known[-1]
    floor = low if low < 10 else 10 if low < 100 else low - low % 10 ** (len(str(low)) - 1)
    unit = 10 ** (len(str(high)) - 1)
    ceiling = (10 if high < 10 else 100 if high < 100 else high - high % unit + unit) - 1
    return floor <= int(value) <= ceiling


def _kind_of(character: str) -> str:
    """A character's class: a lower-case letter, a capital, a digit; any other stands for itself."""
    if not character.isascii():
        return character
    return "a" if character.islower() else "A" if character.isupper() else "0" if character.isdigit() else character


def _characters_fit(kind: str, value: str, seen: Sequence[str]) -> bool:
    """Are all its characters of classes that were seen, the first of one that was seen first?"""
    known = {_kind_of(character) for one in seen for character in one}
    if "a" in known:
        known |= {"0", "-", "_"} if kind == "name" else {"0"}
    first, last = _kind_of(value[0]), _kind_of(value[-1])
    return (
        first in {_kind_of(one[0]) for one in seen}
        and (last in "aA0" or last in {_kind_of(one[-1]) for one in seen})
        and {_kind_of(character) for character in value} <= known
    )


def _ending_fits(value: str, seen: Sequence[str]) -> bool:
    """Is the file's ending one that was seen, or were two different ones seen?"""
    endings = {_ending(one) for one in seen}
    return _ending(value) in endings or (len(endings - {""}) > 1 and "" not in endings and _ending(value) != "")


def _ending(value: str) -> str:
    """The ending of a file's name, "" when it has none."""
    found = ENDING.search(value)
    return found[1].casefold() if found else ""


def _weight(value: str) -> frozenset[str]:
    """The words of intent in a value."""
    return frozenset(PARTS.findall(value.casefold())) & WEIGHTY


def is_plain(text: str) -> bool:
    """Can these characters neither end nor begin anything in a command?"""
    return PLAIN.fullmatch(text) is not None


def is_assigned(before: str, after: str) -> bool:
    """Does a shell word between these texts stand as the whole value of a variable, in the head of a script?

    So the keyword planner writes every value; nothing before it can have opened a quote, a comment or a here-document.
    """
    return after.startswith("\n") and ASSIGNED.fullmatch(before) is not None
