"""Keeps the values of opened credentials out of whatever an actuator answers. Pure.

Unlike memory's shapes of secrets this knows the values. It finds them as they are and as programs write them: base64
at each of its three alignments, also broken into lines or percent-encoded itself, percent-encoded, escaped in JSON or
HTML, hexadecimal, also in lines. What else a program can make of them is not found (docs/explanation/security.md).
The sign is that of memory.hiding, which so sees that nothing is left to hide.
"""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

MARK = "[secret]"
HALF = "\ufffd"  # what a decoder makes of a character whose last bytes never came
LEAST = 6  # characters: what is shorter stands in any text by chance
LEAST_OF_A_LINE = 16  # a key of many lines is printed line by line too
MOST_LINES = 200  # of one value; more has no key
PIECE = 256  # characters: a longer value is hidden piece by piece, which bounds what a look costs
FEW = 64  # beginnings that are looked for one by one; more are looked up at each character
URL_SAFE = str.maketrans("+/", "-_")
# As it is or as JSON writes it, with what the next line is indented by. One alone, for an empty line is no break within
# a value; at the end of a piece its second half may still come.
LINE_END = re.compile(r"(?<![\r\n])(?:\r?\n[ \t]*+(?![\r\n])|\r\Z)|(?:\\r)?\\n[ \t]*+(?!\\[rn])|(?:\\r?|\\r\\)\Z")
ESCAPED = re.compile(r"%[0-9A-F]{2}|\\u[0-9a-f]{4}")
# Go, Rails and PHP escape in JSON what HTML would read; .NET also what stands in quotes or in addresses.
OF_HTML, OF_NET = re.compile("[&<>\u2028\u2029]"), re.compile("[&<>'+`\x7f]|\\\\\"")
HTML = re.compile("[&<>\"'+]")
# How libraries write quotes in HTML: Python and Django, Go and Jinja, XML, attributes, text.
QUOTES = [
    ("&quot;", "&#x27;"), ("&#34;", "&#39;"), ("&quot;", "&#39;"), ("&quot;", "&apos;"), ("&quot;", "'"), ('"', "'"),
]  # fmt: skip


class Scrubber:
    """Hides these values: a whole text by ``scrub``, all in a JSON value by ``scrub_json``, a stream by ``stream``.

    What it costs grows with the text and hardly with the values, whatever they are: customers choose both.
    """

    def __init__(self, values: Iterable[str]) -> None:
        known = [*_with_lines(values)]
        in_lines = {form for value in known for form in (*_base64_forms(value), *_hexadecimal(value))}
        self._forms = Forms({form for value in known for form in _forms(value)} | in_lines)
        self._in_lines = Forms(in_lines)
        self.longest = self._forms.longest
        self.forms = self._forms.count + self._in_lines.count  # what it keeps in memory: half a KiB for each

    def scrub(self, text: str) -> str:
        return self._marked(text, self._found(text))

    def scrub_cut(self, text: str) -> str:
        """Of a text that may have been cut: at its end the beginning of a value is one too, if it is not by chance."""
        stream = self.stream()
        said, rest = stream.feed(text), stream.end()
        return said + (MARK if len(rest) >= LEAST else rest)

    def scrub_json(self, value: Any) -> Any:
        """Names and texts of a JSON value, at any depth."""
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, list):
            return [self.scrub_json(item) for item in value]
        if isinstance(value, dict):
            return {self.scrub(name): self.scrub_json(item) for name, item in value.items()}
        return value

    def stream(self) -> Stream:
        """For a text that comes in pieces: a value that a border cuts is hidden too."""
        return Stream(self)

    def _found(self, text: str) -> list[tuple[int, int]]:
        """Where hidden values stand, those that overlap as one."""
        spans = [*self._forms.found(text)]
        if lines := Lines.of(text):
            broken = self._in_lines.found(lines.joined)
            spans += [(lines.place(start), lines.place(end - 1) + 1) for start, end in broken]
        spans.sort()
        merged: list[tuple[int, int]] = []
        for start, end in spans:
            if merged and start < merged[-1][1]:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((start, end))
        return merged

    @staticmethod
    def _marked(text: str, spans: list[tuple[int, int]]) -> str:
        pieces, done = [], 0
        for start, end in spans:
            pieces += [text[done:start], MARK]
            done = end
        return "".join([*pieces, text[done:]])

    def _unfinished(self, text: str) -> int:
        """Where the longest end of the text begins that may be the beginning of a value; its length where none may.

        Before half a character too: a stream that ends within one has HALF there, which begins no value.
        """
        first = self._forms.beginning(text)
        if text.endswith(HALF):
            before = self._forms.beginning(text[:-1])
            first = min(first, before if before < len(text) - 1 else first)
        if lines := Lines.of(text):
            broken = self._in_lines.beginning(lines.joined)
            first = min(first, lines.place(broken) if broken < len(lines.joined) else first)
        return first


class Forms:
    """Texts that are looked for together. In their order, one that another begins with stands before it."""

    def __init__(self, forms: Iterable[str]) -> None:
        self._sorted = sorted(forms)
        self.count = len(self._sorted)
        self.longest = max(map(len, self._sorted), default=0)
        self._firsts = {form[0] for form in self._sorted}
        self._starts = {form[:LEAST] for form in self._sorted}
        self._within: list[int] = []  # for each, the longest other that it begins with; -1 for none
        self._far: list[int] = []  # and a shorter one: far apart, so that few steps lead along many
        depths: list[int] = []
        open_forms: list[int] = []
        for at, form in enumerate(self._sorted):
            while open_forms and not form.startswith(self._sorted[open_forms[-1]]):
                open_forms.pop()
            self._within.append(open_forms[-1] if open_forms else -1)
            self._far.append(self._far_of(self._within[at], depths))
            depths.append(len(open_forms))
            open_forms.append(at)

    def _far_of(self, near: int, depths: list[int]) -> int:
        """How far to leap over what begins with `near`: twice as far wherever two leaps before it were equal."""
        if near < 0 or (middle := self._far[near]) < 0:
            return near
        end = self._far[middle]
        is_equal = end >= 0 and depths[near] - depths[middle] == depths[middle] - depths[end]
        return end if is_equal else near

    def found(self, text: str) -> Iterator[tuple[int, int]]:
        """(start, end) of the longest at each place where there is any."""
        for start in self._candidates(text):
            if length := self._longest_at(text, start):
                yield start, start + length

    def beginning(self, text: str) -> int:
        """Where the longest end of the text begins that one begins with, but is not whole; its length where none is."""
        for start in range(max(0, len(text) - self.longest + 1), len(text)):
            if text[start] in self._firsts:
                end = text[start:]
                at = bisect_left(self._sorted, end)
                if at < len(self._sorted) and self._sorted[at].startswith(end):
                    return start
        return len(text)

    def _candidates(self, text: str) -> Iterator[int]:
        if len(self._starts) > FEW:
            yield from (at for at in range(len(text) - LEAST + 1) if text[at : at + LEAST] in self._starts)
        else:
            for begin in self._starts:
                yield from _occurrences(begin, text)

    def _longest_at(self, text: str, start: int) -> int:
        at = bisect_right(self._sorted, text[start : start + self.longest]) - 1
        while at >= 0 and not text.startswith(self._sorted[at], start):
            far = self._far[at]
            is_too_long = far >= 0 and not text.startswith(self._sorted[far], start)
            at = far if is_too_long else self._within[at]
        return len(self._sorted[at]) if at >= 0 else 0


class Lines:
    """A text without the ends of its lines, and where each character of it stands."""

    def __init__(self, pieces: list[tuple[int, str]]) -> None:
        self.joined = "".join(piece for _, piece in pieces)
        self._places = [place for place, _ in pieces]
        self._starts = [0]
        for _, piece in pieces[:-1]:
            self._starts.append(self._starts[-1] + len(piece))

    @classmethod
    def of(cls, text: str) -> Lines | None:
        """None for a text of one line."""
        pieces, done = [], 0
        for end in LINE_END.finditer(text):
            pieces.append((done, text[done : end.start()]))
            done = end.end()
        return cls([*pieces, (done, text[done:])]) if pieces else None

    def place(self, position: int) -> int:
        """Where in the text the character at this position stands."""
        piece = bisect_right(self._starts, position) - 1
        return self._places[piece] + position - self._starts[piece]


class Stream:
    """One text in pieces; what came out is together what ``scrub`` says of the whole text.

    ``feed`` holds back what may be the beginning of a value, less than the longest form; ``end`` answers the rest.
    """

    def __init__(self, scrubber: Scrubber) -> None:
        self._scrubber = scrubber
        self._held = ""
        self._hidden = 0  # characters of what is held that belong to a value whose mark is out already

    def feed(self, piece: str) -> str:
        text = self._held + piece
        return self._out(text, self._scrubber._unfinished(text))

    def end(self) -> str:
        return self._out(self._held, len(self._held))

    def _out(self, text: str, upto: int) -> str:
        """What can be said of the text up to there. A value that reaches beyond is marked now and hides its rest."""
        out, covered = [], self._hidden
        for start, end in self._scrubber._found(text):
            if start < covered:  # goes on behind the mark that is out
                covered = max(covered, end)
            elif start < upto:
                out += [text[covered:start], MARK]
                covered = end
        out.append(text[covered:upto])
        self._held, self._hidden = text[upto:], max(0, covered - upto)
        return "".join(out)


def _with_lines(values: Iterable[str]) -> Iterator[str]:
    """The values, those of many lines also line by line, and what is long in pieces."""
    for value in values:
        if len(value) >= LEAST:
            yield from _pieces(value)
            if "\n" in value:
                lines = [line for line in map(str.strip, value.splitlines()) if len(line) >= LEAST_OF_A_LINE]
                for line in lines[:MOST_LINES]:
                    yield from _pieces(line)


def _pieces(value: str) -> Iterator[str]:
    """A value in pieces of PIECE characters, its last up to twice as long."""
    whole = max(1, len(value) // PIECE)
    for number in range(whole):
        yield value[number * PIECE : (number + 1) * PIECE if number < whole - 1 else None]


def _base64_forms(value: str) -> Iterator[str]:
    """A value in base64, behind anything: only the characters that depend on nothing before or after it."""
    coded = value.encode("utf-8", "surrogatepass")
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + coded).decode()
        inner = text[-(-shift * 8 // 6) : (shift + len(coded)) * 8 // 6]
        yield inner
        yield inner.translate(URL_SAFE)


def _hexadecimal(value: str) -> Iterator[str]:
    coded = value.encode("utf-8", "surrogatepass").hex()
    yield coded
    yield coded.upper()


def _forms(value: str) -> Iterator[str]:
    """The other ways a value is written; those of escapes in small letters and in capitals."""
    coded = value.encode("utf-8", "surrogatepass")
    yield value
    yield from _html(value)
    yield from _quoted(value)
    escaped = {*_percent(coded), *_json(value)}
    escaped |= {text.replace("~", "%7E") for text in escaped if "~" in text}
    for form in _base64_forms(value):
        slashed = form.replace("+", "%2B")
        escaped |= {slashed, slashed.replace("/", "%2F")}
    for text in escaped:
        yield text
        yield ESCAPED.sub(lambda found: found[0].lower() if found[0][0] == "%" else "\\u" + found[0][2:].upper(), text)


def _percent(coded: bytes) -> list[str]:
    return [
        quote(coded, safe=""), quote(coded), quote_plus(coded), quote(coded, safe="!'()*"),
        quote(coded, safe=";,/?:@&=+$#!'()*"), quote_plus(coded, safe="*"), "".join(f"%{byte:02X}" for byte in coded),
    ]  # fmt: skip


def _json(value: str) -> list[str]:
    """As a text within JSON, as writers differ, and within a text within JSON."""
    ascii_only, as_it_is = json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]
    once = [ascii_only, as_it_is, as_it_is.replace("/", "\\/")]
    once += [OF_HTML.sub(_as_code, ascii_only), OF_HTML.sub(_as_code, as_it_is), OF_NET.sub(_as_code, ascii_only)]
    within = [(ascii_only, True), (as_it_is, False), (OF_HTML.sub(_as_code, as_it_is), False)]
    return once + [json.dumps(text, ensure_ascii=ensure)[1:-1] for text, ensure in within]


def _as_code(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0][-1]):04x}"


def _quoted(value: str) -> Iterator[str]:
    """Between single quotes: by a shell that tells what it runs (`set -x`), by Python's shlex and repr."""
    if "'" in value:
        yield value.replace("'", "'\\''")
        yield value.replace("'", "'\"'\"'")
        yield value.replace("\\", "\\\\").replace("'", "\\'")


def _html(value: str) -> Iterator[str]:
    """As text of HTML or XML; Go's templates escape a plus too."""
    if not HTML.search(value):
        return
    text = value.replace("&", "&amp;").replace("<", "&lt;")
    for double, single in QUOTES:
        quoted = text.replace('"', double).replace("'", single)
        yield quoted
        yield quoted.replace(">", "&gt;")
    yield quoted.replace(">", "&gt;").replace("+", "&#43;").replace('"', "&#34;").replace("'", "&#39;")


def _occurrences(form: str, text: str) -> Iterator[int]:
    start = text.find(form)
    while start >= 0:
        yield start
        start = text.find(form, start + 1)
