"""From an HTTP answer to an Outcome: text that can be stored and shown, without a secret in it."""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

from actuators.http_params import covers
from actuators.outbound import Answer, Url
from actuators.outbound.credentials import is_telling
from actuators.sandbox import Outcome
from actuators.scrubber import MARK, Scrubber

MAX_JSON_CHARACTERS = 64 * 1024
MAX_JSON_DEPTH = 50
CHARSET = re.compile(r"""(?i);\s*charset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""")
# Of Python's codecs those of real texts: others make surrogates, take quadratic time or are no encodings at all.
REAL_CHARSETS = re.compile(r"(?:utf-(?:8|16|32)|iso8859|ascii|cp\d|koi8|mac-|shift_jis|euc_|gb|big5|iso2022|tis).*")
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def outcome(answer: Answer, url: Url, *, expected: Any, keep: int, scrubber: Scrubber, duration_ms: int) -> Outcome:
    """Of a body that was cut, what may be the beginning of a secret at its end is left out."""
    content_type = answer.header("content-type")
    text = decoded(answer.body, content_type, whole=answer.whole)
    text = scrubber.scrub(text) if answer.whole else scrubber.stream().feed(text)
    stdout, cut = _cut(text, keep)
    truncated = cut or not answer.whole
    data: dict[str, Any] = {
        "status": answer.status,
        "headers": _headers(answer, scrubber),
        "url": scrubber.scrub(str(url)),
        "bytes": answer.size,
    }
    if not truncated and _is_json(content_type) and len(stdout) <= MAX_JSON_CHARACTERS:
        data |= _json(stdout, scrubber)
    as_expected = covers(expected, answer.status)
    return Outcome(
        exit_code=0 if as_expected else 1,
        stdout=stdout,
        stderr=scrubber.scrub(_line(answer, duration_ms, None if as_expected else expected)),
        stdout_truncated=truncated,
        stderr_truncated=False,
        duration_ms=duration_ms,
        killed=None,
        data=data,
    )


def decoded(body: bytes, content_type: str, *, whole: bool = True) -> str:
    """The body as text; of a cut one without the half of a character at its end. Neither NUL nor surrogates."""
    found = CHARSET.search(content_type)
    try:
        codec = codecs.lookup(found[1] if found else "utf-8")
    except LookupError:
        codec = codecs.lookup("utf-8")
    if not REAL_CHARSETS.fullmatch(codec.name):
        codec = codecs.lookup("utf-8")
    return UNSTORABLE.sub("", codec.incrementaldecoder("replace").decode(body, whole))


def _cut(text: str, keep: int) -> tuple[str, bool]:
    coded = text.encode()
    return (text, False) if len(coded) <= keep else (coded[:keep].decode("utf-8", "ignore"), True)


def _headers(answer: Answer, scrubber: Scrubber) -> dict[str, str]:
    """In small letters; several of a name as one, as HTTP reads them."""
    said: dict[str, str] = {}
    for name, value in answer.headers:
        known = scrubber.scrub(name.lower())
        text = MARK if is_telling(known) else scrubber.scrub(UNSTORABLE.sub("", value))
        said[known] = f"{said[known]}, {text}" if known in said else text
    return said


def _is_json(content_type: str) -> bool:
    kind = content_type.partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def _json(text: str, scrubber: Scrubber) -> dict[str, Any]:
    """{"json": the value}, or nothing where the text is no JSON that can be stored."""
    try:
        value = json.loads(text, parse_constant=_finite, parse_float=_finite)
        return {"json": scrubber.scrub_json(_storable(value, MAX_JSON_DEPTH))}
    except (ValueError, RecursionError):
        return {}


def _finite(text: str) -> float:
    """Postgres knows no infinity in JSON, nor has JSON one."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _storable(value: Any, depth: int) -> Any:
    """Without what Postgres cannot store. Raises ValueError for what is nested too deep for whoever walks it."""
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if not isinstance(value, list | dict):
        return value
    if depth == 0:
        raise ValueError("nested too deep")
    if isinstance(value, list):
        return [_storable(item, depth - 1) for item in value]
    return {UNSTORABLE.sub("", name): _storable(item, depth - 1) for name, item in value.items()}


def _line(answer: Answer, duration_ms: int, expected: Any) -> str:
    """``HTTP/1.1 200 OK, 1.2 KiB in 130 ms``, and what was expected where that is not it."""
    status = " ".join(filter(None, (answer.version, str(answer.status), answer.reason)))
    line = f"{status}, {_size(answer.size)} in {duration_ms} ms"
    if expected is None:
        return line
    items = expected if isinstance(expected, list) else [expected]
    return f"{line}; expected {' or '.join(map(str, items))}"


def _size(count: int) -> str:
    if count < 1024:
        return f"{count} B"
    return f"{count / 1024:.1f} KiB" if count < 1 << 20 else f"{count / (1 << 20):.1f} MiB"
