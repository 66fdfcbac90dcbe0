"""Masks for what differs between two occurrences of one error: paths, hosts, numbers, names, ids. Pure.

A line is read once from left to right; each piece is what the first fitting rule says. What a program put into quotes
is a `<name>`, whatever it looks like, for the same program quotes `x` and `a/b` in the same place. Every expression is
bounded.
"""

from __future__ import annotations

import re

from memory.gate import without_secrets
from memory.words import words

NAMES = ("path", "name", "host", "port", "url", "email", "id", "version", "date", "n")
"""What a masked value can be called; a second one of its kind is `path2`, up to `path9`. A secret has no name."""
MOST_OF_A_KIND = 9
VALUE_LENGTH = 300

WHOLE = (
    ("date", r"\d{4}-\d\d-\d\d(?:[T_]\d\d[:.]\d\d(?:[:.]\d\d)?\S{0,12})?|\d\d?:\d\d(?::\d\d)?(?:\.\d{1,9})?Z?"),
    ("id", r"(?i:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:sha\d{1,3}|md5)[:-]\S{6,200}|0x[0-9a-f]{1,40})"),
    ("host", r"(?i:(?:[0-9a-f]{1,4})?(?::[0-9a-f]{0,4}){2,7})(?:%\w{1,20})?"),
    ("email", r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"),
    ("name", r"\w{1,60}(?:::\w{1,60}){1,8}|@?[\w.-]{1,80}(?:/[\w.-]{1,80})?@[\w.^~*+-]{1,60}"),
)
"""Words that are looked at before they are taken apart at their colons and equals signs."""
WHOLES = tuple((kind, re.compile(text)) for kind, text in WHOLE)
NUMBER = re.compile(r"[-+#~]?\d[\d_,]{0,30}(?:\.\d{1,20})?(?:%|ms|[mnu\u00b5]?s|[kKMGT]?i?[bB]|[kKMGT]|x|th|st|nd|rd)?")
VERSION = re.compile(r"[v^~=><!]{0,3}\d{1,6}(?:\.\w{1,20}){1,5}(?:[-+~]\S{1,60})?")
IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
ERROR_CODE = re.compile(r"E\d{3,4}|TS\d{4}|ORA-\d{5}|CS\d{4}|LNK\d{4}|C\d{4}|SIG[A-Z]{2,8}\d{0,2}|H\d\d")
CLASS_NAME = re.compile(r"(?:[A-Za-z_]\w{0,60}\.){0,8}[A-Z][A-Za-z]{1,60}(?:Error|Exception|Timeout|Exit)")
ADDRESS = re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{1,20}://")
STATUS = re.compile(r"[1-5]\d\d")
STATUS_WORDS = re.compile(r"(?i)(?:http(?:/[\d.]{1,3})?|status(?: code)?|error|code|response|err!|\.\.\.):?\W{0,3}$")
HOST = re.compile(r"(?i)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,8}")
MANY = re.compile(r"(?:<(?:n|path)>[ ,.]{1,2}){3,100}(?=<(n|path)>)")
TRAILING = ".:!?*"
SAME_AS = {"subject": "path", "first": "path", "port_of_any": "port"}


class Masks:
    """What has been masked so far; the same value keeps its name."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}
        self.counts: dict[str, int] = {}

    def put(self, kind: str, value: str) -> str:
        """The mask that stands for the value."""
        self.keep(kind, value)
        return f"<{kind}>"

    def keep(self, kind: str, value: str) -> None:
        """Give the value a name of this kind, unless it has one."""
        number = self.counts.get(kind, 0) + 1
        mine = (self.values.get(f"{kind}{each}" if each > 1 else kind) for each in range(1, number))
        if number <= MOST_OF_A_KIND and value not in mine and len(value) <= VALUE_LENGTH:
            self.counts[kind] = number
            self.values[f"{kind}{number}" if number > 1 else kind] = value


def masked(line: str) -> tuple[str, dict[str, str]]:
    """The line with masks, and what they stand for: {"path": "/srv/app", "path2": ...}.

    What stood in quotes is there as `name`, and as `path` too if it may be one.
    """
    found = Masks()
    spared = line if "://" in line else without_secrets(line)  # an address is masked as a whole
    return without_secrets(MANY.sub("", _masked(spared, found))), found.values


def _masked(line: str, found: Masks) -> str:
    return words().parts.sub(lambda part: _part(part, found), line)


def _part(part: re.Match[str], found: Masks) -> str:
    """One piece of a line, masked."""
    kind, text = part.lastgroup or "", part[0]
    if kind == "secret":
        return f"{part['key']}{part['gap']}<secret>"
    if kind == "quoted":
        return _quoted(text, found)
    if kind == "kept":
        return text
    if kind == "word":
        return _word(text, part, found)
    value = part[kind]
    kind = SAME_AS.get(kind, kind)
    bare = value.rstrip(TRAILING + ")") if kind == "url" else value.rstrip(TRAILING)
    before, after = text[: len(text) - len(value)], value[len(bare) :]
    if kind == "name" and kind_of(bare) == "path":
        found.keep("path", bare)
    return before + found.put(kind, bare) + after if bare else text


def _quoted(text: str, found: Masks) -> str:
    """What stands in quotes is a name, unless it is a whole sentence: then what stands in that is looked at."""
    inner = text[1:-1]
    if ": " in inner or "(" in inner:
        return text[0] + _masked(inner, found) + text[-1]
    if "://" in inner:
        return found.put("url", inner)
    kind = kind_of(inner)
    if kind != "name":
        found.keep(kind, inner)
    elif not inner.isdigit():
        found.keep("path", inner)
    return found.put("name", inner)


def kind_of(value: str) -> str:
    """What a value looks like: a host, a path, or neither."""
    if IPV4.fullmatch(value) or value.lower() == "localhost":
        return "host"
    if "/" in value or ("." in value and value.rpartition(".")[2].lower() in words().extensions):
        return "path"
    return "host" if HOST.fullmatch(value) and value.lower() == value else "name"


def _word(text: str, part: re.Match[str], found: Masks) -> str:
    """A word that nothing announced."""
    if (address := ADDRESS.search(text)) and address.start():
        head = _word(text[: address.start()], part, found)
        return head + found.put("url", text[address.start() :].rstrip(TRAILING))
    bare = text.rstrip(TRAILING)
    tail = text[len(bare) :]
    if {bare.lower(), text.lower()} & words().kept:
        return text
    for kind, expression in WHOLES:
        if expression.fullmatch(bare):
            return found.put(kind, bare) + tail
    if STATUS.fullmatch(bare) and STATUS_WORDS.search(part.string[max(0, part.start() - 30) : part.start()]):
        return text
    pieces: list[str] = []
    for piece in re.split(r"([:=])", bare):
        after_host = pieces[-2:] == ["<host>", ":"] and piece.isdigit()
        pieces.append(found.put("port", piece) if after_host else _piece(piece, found))
    return "".join(pieces) + tail


def _piece(text: str, found: Masks) -> str:
    """What stands between the colons and equals signs of a word."""
    kind = "" if text in ("", ":", "=") else _kind_of_piece(text)
    return found.put(kind, text) if kind else text


def _kind_of_piece(text: str) -> str:
    """What a piece is to be masked as; "" when it stays."""
    if text.lower() in words().kept or ERROR_CODE.fullmatch(text) or CLASS_NAME.fullmatch(text):
        return ""
    if IPV4.fullmatch(text) or text.lower() == "localhost":
        return "host"
    for kind, expression in (("n", NUMBER), ("version", VERSION)):
        if expression.fullmatch(text):
            return kind
    if "/" in text.strip("/") or (text[0] in "/~" and len(text) > 1):
        return "path"
    if "@" in text.strip("@"):
        return "name"
    if "." in text.strip("."):
        return kind_of(text)
    return "id" if len(text) > 40 or any(character.isdigit() for character in text) else ""
