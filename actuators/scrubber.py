"""Keeps the values of opened credentials out of whatever an actuator answers. Pure.

Unlike memory's shapes of secrets this knows the values. It finds them as they are and as programs write them: base64
at each of its three alignments, percent-encoded, escaped in JSON, hexadecimal. The sign is that of memory.hiding, which
so sees that nothing is left to hide.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote, quote_plus

MARK = "[secret]"
LEAST = 6  # characters: what is shorter stands in any text by chance
LEAST_OF_A_LINE = 16  # a key of many lines is printed line by line too
URL_SAFE = str.maketrans("+/", "-_")
ESCAPED = re.compile(r"%[0-9A-F]{2}|\\u[0-9a-f]{4}")


class Scrubber:
    """Hides these values: a whole text by ``scrub``, all in a JSON value by ``scrub_json``, a stream by ``stream``."""

    def __init__(self, values: Iterable[str]) -> None:
        forms = {form for value in _with_lines(values) for form in _forms(value)}
        self._forms = sorted(forms, key=len)
        self.longest = len(self._forms[-1]) if self._forms else 0

    def scrub(self, text: str) -> str:
        return self._marked(text, self._found(text))

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
        spans = sorted(span for form in self._forms for span in _occurrences(form, text))
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
        """Where the longest end of the text begins that may be the beginning of a value; its length where none may."""
        first = len(text)
        for form in self._forms:
            start = text.find(form[0], max(0, len(text) - len(form) + 1), first)
            while start >= 0:
                if form.startswith(text[start:]):
                    first = start
                    break
                start = text.find(form[0], start + 1, first)
        return first


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
    for value in values:
        if len(value) >= LEAST:
            yield value
            if "\n" in value:
                yield from (line for line in map(str.strip, value.splitlines()) if len(line) >= LEAST_OF_A_LINE)


def _forms(value: str) -> Iterator[str]:
    """The ways a value is written."""
    coded = value.encode("utf-8", "surrogatepass")
    yield value
    for shift in range(3):
        text = base64.b64encode(bytes(shift) + coded).decode()
        # Only the characters that depend on nothing before or after the value.
        inner = text[-(-shift * 8 // 6) : (shift + len(coded)) * 8 // 6]
        yield inner
        yield inner.translate(URL_SAFE)
    escaped = [
        quote(coded, safe=""), quote(coded), quote_plus(coded),
        json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1],
    ]  # fmt: skip
    escaped.append(escaped[-1].replace("/", "\\/"))
    for text in escaped:
        yield text
        yield ESCAPED.sub(lambda found: found[0].lower() if found[0][0] == "%" else "\\u" + found[0][2:].upper(), text)
    yield coded.hex()
    yield coded.hex().upper()


def _occurrences(form: str, text: str) -> Iterator[tuple[int, int]]:
    start = text.find(form)
    while start >= 0:
        yield start, start + len(form)
        start = text.find(form, start + 1)
