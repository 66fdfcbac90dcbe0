"""What a task calls success, beyond the default: exit code 0, a status of 2xx. Looked at on what a try answered. Pure.

`{"exitCode": 0 | [0, 2], "status": 200 | [200, 404] | "2xx", "outputContains": text | [...], "outputMatches": RE2,
"fileExists": path | [...], "json": {"$.items[0].id": 7}}`. All of it must hold. A pattern is RE2, whose time is linear
in what it reads: a customer's pattern cannot hang a runner.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import re2  # type: ignore[import-untyped]

from actuators.sandbox import Outcome

MOST, LONGEST = 20, 1_000  # of texts in a list, characters of each
SHOWN = 100  # characters of a value that was found or wanted
PATTERN_BYTES = 1 << 20  # of memory for a pattern
ONE_OR_MORE = {"minItems": 1, "maxItems": MOST}
TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": LONGEST}
TEXTS: dict[str, Any] = {"oneOf": [TEXT, {"type": "array", "items": TEXT, **ONE_OR_MORE}]}
EXIT: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": 255}
STATUS: dict[str, Any] = {
    "oneOf": [{"type": "integer", "minimum": 100, "maximum": 599}, {"type": "string", "pattern": "^[1-5]xx$"}]
}
VERIFY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "exitCode": {
            "oneOf": [EXIT, {"type": "array", "items": EXIT, **ONE_OR_MORE}],
            "description": "Of a shell command; 0 unless it is said.",
        },
        "status": {
            "oneOf": [*STATUS["oneOf"], {"type": "array", "items": STATUS, **ONE_OR_MORE}],
            "description": "Of an HTTP answer, or a class like 2xx.",
        },
        "outputContains": {**TEXTS, "description": "Each of these is in stdout or stderr, in what is kept of them."},
        "outputMatches": {
            **TEXTS,
            "description": "Each of these patterns (RE2) is found in stdout or stderr; ^ and $ are of a line.",
        },
        "fileExists": {**TEXTS, "description": "Paths in the workspace, links not followed."},
        "json": {
            "type": "object",
            "minProperties": 1,
            "maxProperties": MOST,
            "description": "JSON paths ($.a.b[0]) with the value that each must have, in stdout or the answer.",
        },
    },
    "additionalProperties": False,
    "minProperties": 1,
}
BY = {"exitCode": {"shell", "docker"}, "status": {"http-client"}}  # what only some actuators answer
STEP = re.compile(r"""\.([A-Za-z_][\w-]{0,99})|\[(\d{1,6})\]|\["((?:[^"\\]|\\["\\]){1,100})"\]""")
NOTHING = object()


def check(verify: Any, actuator: str) -> dict[str, str]:
    """Field -> message for everything wrong with it; empty when it can be looked at."""
    if not isinstance(verify, Mapping) or not verify:
        return {"verify": 'This must be an object with at least one of its fields, like {"exitCode": 0}.'}
    problems = {str(name): "Unknown field." for name in verify if name not in VERIFY["properties"]}
    for name, value in verify.items():
        if name in CHECKS and (problem := CHECKS[name](value)):
            problems[name] = problem
        elif actuator not in BY.get(name, {actuator}):
            problems[name] = f"The actuator {actuator} answers none."
    return problems


def failed(verify: Mapping[str, Any], outcome: Outcome, exists: Callable[[str], bool]) -> str:
    """What does not hold of a try that ended by itself, in a sentence; "" when all does."""
    return next(_faults(verify, outcome, exists), "")


def _faults(verify: Mapping[str, Any], outcome: Outcome, exists: Callable[[str], bool]) -> Iterator[str]:
    status = (outcome.data or {}).get("status")
    if "exitCode" in verify and outcome.exit_code not in _listed(verify["exitCode"]):
        yield f"It ended with exit code {outcome.exit_code}, not {_or(verify['exitCode'])}."
    if "status" in verify and not is_status(status, verify["status"]):
        yield f"It was answered {status}, not {_or(verify['status'])}."
    yield from _wrong_output(verify, (outcome.stdout, outcome.stderr))
    for path in _listed(verify.get("fileExists", ())):
        if not exists(path):
            yield f"There is no file {path!r} in the workspace."
    if "json" in verify:
        yield from _wrong_json(verify["json"], outcome)


def _wrong_output(verify: Mapping[str, Any], printed: tuple[str, str]) -> Iterator[str]:
    for text in _listed(verify.get("outputContains", ())):
        if not any(text in one for one in printed):
            yield f"{text!r} is not in its output."
    for pattern in _listed(verify.get("outputMatches", ())):
        if not any(_compiled(pattern).search(one) for one in printed):
            yield f"Its output does not match {pattern!r}."


def _compiled(pattern: str) -> Any:
    """The pattern, in a memory that is bounded; re2.error where it is none."""
    options = re2.Options()
    options.max_mem, options.log_errors = PATTERN_BYTES, False
    return re2.compile(f"(?m){pattern}", options)  # `^` and `$` of each line: output ends with the end of one


def _wrong_json(wanted: Mapping[str, Any], outcome: Outcome) -> Iterator[str]:
    data = outcome.data or {}
    document = data.get("json", data if "rows" in data else NOTHING)  # of a database what stdout may be too short for
    if document is NOTHING:
        try:
            document = json.loads(outcome.stdout)
        except (ValueError, RecursionError):
            yield "Its output is not JSON."
            return
    for path, value in wanted.items():
        found = at(document, path)
        if found is NOTHING:
            yield f"There is no {path} in its output."
        elif not is_equal(found, value):
            yield f"{path} is {_shown(found)}, not {_shown(value)}."


def _shown(value: Any) -> str:
    try:
        return json.dumps(value)[:SHOWN]
    except RecursionError:
        return "too deep to be shown"


def is_status(status: Any, wanted: Any) -> bool:
    """Whether an HTTP status is one of these, or of this class."""
    return any(
        status == one if isinstance(one, int) else isinstance(status, int) and f"{status // 100}xx" == one
        for one in _listed(wanted)
    )


def at(document: Any, path: str) -> Any:
    """What stands at `$.a["b c"][0]` of a document; NOTHING where nothing does."""
    for name, index, quoted in STEP.findall(path):
        key: Any = int(index) if index else name or re.sub(r"\\(.)", r"\1", quoted)
        is_there = isinstance(document, list) and 0 <= key < len(document) if index else (
            isinstance(document, Mapping) and key in document
        )  # fmt: skip
        if not is_there:
            return NOTHING
        document = document[key]
    return document


def is_equal(one: Any, other: Any) -> bool:
    """As JSON has it: 1 and 1.0 are the same number, 1 and true are not the same."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_equal, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(is_equal(one[name], other[name]) for name in one)
    return bool(one == other)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _or(value: Any) -> str:
    return " or ".join(str(one) for one in _listed(value))


def _wrong_codes(value: Any, least: int, most: int, words: str, known: str = "") -> str:
    codes = _listed(value)
    right = 1 <= len(codes) <= MOST and all(
        (isinstance(one, int) and not isinstance(one, bool) and least <= one <= most)
        or (known and isinstance(one, str) and re.fullmatch(known, one))
        for one in codes
    )
    return "" if right else f"This must be {words}, or a list of at most {MOST}."


def _wrong_texts(value: Any) -> str:
    texts = _listed(value)
    right = 1 <= len(texts) <= MOST and all(isinstance(one, str) and 1 <= len(one) <= LONGEST for one in texts)
    if not right:
        return f"This must be a text of 1 to {LONGEST:,} characters, or a list of at most {MOST}."
    return "A NUL character is not allowed." if any("\0" in one for one in texts) else ""


def _wrong_patterns(value: Any) -> str:
    if problem := _wrong_texts(value):
        return problem
    for pattern in _listed(value):
        try:
            _compiled(pattern)
        except re2.error as error:
            return f"{pattern[:100]!r} is no pattern of RE2: {_said(error)}."
    return ""


def _said(error: Exception) -> str:
    text = error.args[0] if error.args else error
    return text.decode(errors="replace") if isinstance(text, bytes) else str(text)


def _wrong_json_paths(value: Any) -> str:
    if not isinstance(value, Mapping) or not 1 <= len(value) <= MOST:
        return f'This must be an object of 1 to {MOST} paths, like {{"$.items[0].id": 7}}.'
    for path in value:
        if not re.fullmatch(rf"\$(?:{STEP.pattern})*", str(path)[:LONGEST]) or len(str(path)) > LONGEST:
            return f'{str(path)[:100]!r} is no path: write $.name, $["a name"] or $[0], one after the other.'
    return ""


CHECKS: dict[str, Callable[[Any], str]] = {
    "exitCode": lambda value: _wrong_codes(value, 0, 255, "a number from 0 to 255"),
    "status": lambda value: _wrong_codes(value, 100, 599, "a status from 100 to 599, a class like 2xx", "[1-5]xx"),
    "outputContains": _wrong_texts,
    "outputMatches": _wrong_patterns,
    "fileExists": _wrong_texts,
    "json": _wrong_json_paths,
}
