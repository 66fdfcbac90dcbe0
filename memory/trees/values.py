"""Which values may fill a slot: those that look like what verified successes had there, and cannot alter a command.

A planner decides by more than a literal's place: it refuses a name with a dot, or plans an `.sh` file unlike a `.py`.
So a slot takes what its evidence covers: the same kinds of characters, about the same size, an ending that was seen
unless endings were shown to vary, no word of intent ("production") that was not seen there. Anything else is planned,
succeeds, and widens the slot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

USUAL_LENGTH = 40
LONG = {"url": 200, "email": 100, "ending": 8}
SPACED = 200
"""Of a text of several words, or a path of several folders."""
PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
"""What stands for itself in a shell command, in quotes or outside, as it does in a JSON text."""
PARTS = re.compile(r"[^\W\d_]+")
ENDING = re.compile(r"\w(\.[A-Za-z][A-Za-z0-9]{0,7}|(?:\.tar)?\.[a-z0-9]{1,4})\Z")
DOUBTFUL = re.compile(r"\.\.|--|//|/\.|\A\.|/\Z|\s\s|\A\s|\s\Z|-\Z")
ASSIGNED = re.compile(
    r"""(?:set -eu\n|[a-z_][a-z0-9_]*=(?:[A-Za-z0-9_@%+=:,./-]*|'[^']*'(?:"'"'[^']*')*)\n)*[a-z_][a-z0-9_]*=\Z"""
)
# Where the next word is a program: at the start of a line or list, in a substitution, after a word that runs its words.
RUNS = re.compile(
    r"""(?:\A|[\n;|&(`{!]|\b(?:then|do|else|elif|if|while|until|sudo|exec|xargs|env|eval|command|nohup|time|sh|bash)\s)\s*["']?\Z"""
)
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


def fits(kind: str, value: str, seen: Sequence[str]) -> bool:
    """Does a value look like those that were seen in this slot?"""
    if value in seen:
        return True
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
        and set(DOUBTFUL.findall(value)) <= {found for one in seen for found in DOUBTFUL.findall(one)}
        and (kind != "version" or value.count(".") in {one.count(".") for one in seen})
    )


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


def is_program(before: str) -> bool:
    """Would a word after this text of a command be the program to run?"""
    return RUNS.search(before[-40:] if len(before) > 40 else before) is not None


def is_assigned(before: str, after: str) -> bool:
    """Does a shell word between these texts stand as the whole value of a variable, in the head of a script?

    So the keyword planner writes every value; nothing before it can have opened a quote, a comment or a here-document.
    """
    return after.startswith("\n") and ASSIGNED.fullmatch(before) is not None
