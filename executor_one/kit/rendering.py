"""JSON in and out: strict, and patient with the comments of our own documentation."""

import json
import re
from collections.abc import Iterator, Mapping
from math import isinf
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

# One that is not closed goes to the end of the text, and what is matched is never given back: looked for again from
# each quotation mark in it, a text of 40 kB would take a minute.
STRING = r'"(?:[^"\\]|\\[\s\S])*+(?:"|\\?\Z)'
STRING_OR_COMMENT = re.compile(rf"{STRING}|//[^\n]*")
TOKEN = re.compile(rf"{STRING}|[\[\]{{}}]|NaN|-?Infinity|-?\d[-+.\deE]*")
SURROGATE = re.compile("[\ud800-\udfff]")
MAX_DEPTH = 64  # of the arrays and objects in one field


class JsonRenderer(BaseRenderer):
    """Compact JSON; U+2028 and U+2029 escaped so that it is JavaScript too, and a lone surrogate, which UTF-8 lacks."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if data is None:
            return b""
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)
        text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
        try:
            return text.encode()
        except UnicodeEncodeError:
            return _without_surrogates(text).encode()


def pretty_json(data: Any) -> str:
    """The same over several lines, for people."""
    return _without_surrogates(json.dumps(data, ensure_ascii=False, indent=2, default=str))


def _without_surrogates(text: str) -> str:
    return SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class JsonParser(BaseParser):
    """A JSON object. Strict first; only when that fails `// comments` are dropped.

    The product's published samples (seed 000, POST /goals) carry such comments and are promised to work as printed.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(raw) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise ParseError("The body is not UTF-8.") from error
        try:
            return _load(text)
        except ValueError as error:
            if "//" not in text:
                raise ParseError(f"The body is not JSON: {error}") from error
        try:
            return _load(STRING_OR_COMMENT.sub(_without_comment, text))
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from error


def _without_comment(match: re.Match[str]) -> str:
    return "" if match[0].startswith("//") else match[0]


def read_value(text: str) -> Any:
    """One JSON value that a person typed, as strictly as in a body: ValueError, or ValidationError for `value`."""
    body = _load(f'{{"value":{text}\n}}')
    if [*body] != ["value"]:
        raise ValueError("This is more than one value.")
    return body["value"]


def _load(text: str) -> Any:
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _refuse_depth(text)
    try:
        return json.loads(
            text, parse_constant=_refuse, parse_float=_finite, parse_int=_whole, object_pairs_hook=_once
        )  # fmt: skip
    except NoNumber as error:
        field = next((name for name, _, token in _tokens(text) if token == str(error)), "")
        short = str(error) if len(str(error)) < 40 else f"{str(error)[:30]}..."
        raise ValidationError({field or "body": [f"{short} is no number that can be kept."]}) from error


class NoNumber(Exception):
    """NaN, an infinity, what a double can hold only as one or as 0, or an integer of more digits than Python reads."""


def _refuse(constant: str) -> None:
    raise NoNumber(constant)


def _finite(number: str) -> float:
    found = float(number)
    is_lost = not found and any(digit in "123456789" for digit in number.lower().partition("e")[0])
    if isinf(found) or is_lost:
        raise NoNumber(number)
    return found


def _whole(number: str) -> int:
    try:
        return int(number)
    except ValueError:
        raise NoNumber(number) from None


def _refuse_depth(text: str) -> None:
    for field, depth, _ in _tokens(text):
        if depth > MAX_DEPTH + 1:  # the body is an object itself
            raise ValidationError({field or "body": [f"This is nested more than {MAX_DEPTH} levels deep."]})


def _tokens(text: str) -> Iterator[tuple[str, int, str]]:
    """(field of the body's object, depth, token) of each bracket, string and number of a JSON text."""
    field, depth = "", 0
    for match in TOKEN.finditer(text):
        found = match[0]
        depth += (found in "[{") - (found in "]}")
        if depth == 1 and found.startswith('"'):  # a name; or a string that is a value, and then a name follows
            field = found[1:-1]
        yield field, depth, found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name said twice is an error: two readers of one body must never see two meanings (RFC 8259, section 4)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found
