"""JSON in and out: strict, and patient with the comments of our own documentation."""

import json
import re
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer

STRING_OR_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*')
MAX_DEPTH = 64


class JsonRenderer(BaseRenderer):
    """Compact JSON; U+2028 and U+2029 escaped so that it is JavaScript too."""

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
        return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()


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


def _load(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name said twice is an error: two readers of one body must never see two meanings (RFC 8259, section 4)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is given twice")
    return found
