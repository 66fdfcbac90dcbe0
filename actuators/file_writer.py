"""The file-writer actuator: writes, appends, deletes and reads inside the account's workspace, and only there."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import time
from collections.abc import Mapping
from typing import Any

from actuators import files
from actuators.beneath import MAX_PATH_BYTES, check_path
from actuators.given import Given
from actuators.sandbox import Outcome
from actuators.sandbox.limits import MIB

NAME = "file-writer"
EFFECT = "external"  # the worst of them: append. ``effect_of`` says it for one set of params
EFFECTS = {"write": "idempotent", "append": "external", "mkdir": "idempotent", "delete": "idempotent", "read": "pure"}
MAX_CONTENT = 10 * MIB
EVERYTHING = "."  # as the path of a delete: what has a name that is no text can be named in no other way
MODE = re.compile(r"0?[0-7]{3}\Z")  # no fourth digit: nothing is ever setuid, setgid or sticky

# Which fields an action takes besides ``action`` and ``path``.
TAKES = {
    "write": {"content", "contentBase64", "mode", "parents"},
    "append": {"content", "contentBase64", "mode", "parents"},
    "mkdir": {"mode", "parents"},
    "delete": {"recursive"},
    "read": set[str](),
}

PARAMS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": list(TAKES)},
        "path": {
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_PATH_BYTES,
            "description": "Relative to the workspace. No '..', and no symbolic link on the way. To delete all that is "
            f"in the workspace, whatever it is called: {EVERYTHING!r}, with recursive.",
        },
        "content": {"type": "string", "maxLength": MAX_CONTENT, "description": "Text to write, as UTF-8."},
        "contentBase64": {
            "type": "string",
            "maxLength": MAX_CONTENT * 4 // 3 + 4,
            "description": "Bytes to write, in base64, instead of content.",
        },
        "mode": {
            "type": "string",
            "pattern": "^0?[0-7]{3}$",
            "description": "In octal. Unless given: as it was, 0644 for a new file, 0755 for a new directory.",
        },
        "parents": {"type": "boolean", "default": True, "description": "Make the directories that are missing."},
        "recursive": {"type": "boolean", "default": False, "description": "Delete a directory with all that is in it."},
    },
    "required": ["action", "path"],
    "additionalProperties": False,
}


def effect_of(params: Mapping[str, Any]) -> str:
    """What a second try of these may do twice."""
    return EFFECTS.get(params.get("action", ""), EFFECT)


def title(params: Mapping[str, Any]) -> str:
    """What a task with these params is called where nobody named it."""
    return f"{params['action'].capitalize()} {params['path']}"


def check(params: Mapping[str, Any]) -> dict[str, str]:
    """Field -> message for everything wrong with ``params``; empty when they can be run."""
    problems = {name: "Unknown field." for name in params if name not in PARAMS["properties"]}
    problems |= {name: "This field is required." for name in PARAMS["required"] if name not in params}
    if "path" in params and not _means_everything(params) and (problem := check_path(params["path"])):
        problems["path"] = problem
    action = params.get("action")
    if "action" in params and (not isinstance(action, str) or action not in TAKES):
        problems["action"] = f"The action must be one of {', '.join(TAKES)}."
    if problems.keys() & {"action", "path"}:
        return problems
    taken = {"action", "path"} | TAKES[str(action)]
    for name in PARAMS["properties"].keys() & params.keys() - taken:
        problems[name] = f"The action {action} does not take this field."
    return problems | _check_values(params) | _check_content(params, "content" in taken)


def _means_everything(params: Mapping[str, Any]) -> bool:
    return params.get("action") == "delete" and params["path"] == EVERYTHING


def _check_values(params: Mapping[str, Any]) -> dict[str, str]:
    problems = {}
    mode = params.get("mode", "0644")
    if not isinstance(mode, str) or not MODE.match(mode):
        problems["mode"] = "The mode must be three octal digits, like 0644."
    for name in ("parents", "recursive"):
        if not isinstance(params.get(name, False), bool):
            problems[name] = "This field must be true or false."
    if _means_everything(params) and not params.get("recursive", False):
        problems["recursive"] = f"The path {EVERYTHING!r} is all of the workspace: it needs recursive."
    return problems


def _check_content(params: Mapping[str, Any], wanted: bool) -> dict[str, str]:
    named = [name for name in ("content", "contentBase64") if name in params]
    if not wanted:
        return {}
    if len(named) != 1:
        return {"content": "Exactly one of content and contentBase64 is required."}
    try:
        size = len(_content(params))
    except (TypeError, AttributeError):
        return {named[0]: "This field must be a string."}
    except UnicodeEncodeError:
        return {named[0]: "The text is not valid Unicode."}
    except (binascii.Error, ValueError):
        return {named[0]: "This is not base64."}
    if size > MAX_CONTENT:
        return {named[0]: f"The content is {size} bytes long; the limit is {MAX_CONTENT}."}
    return {}


def _content(params: Mapping[str, Any]) -> bytes:
    if "content" in params:
        return bytes(params["content"].encode())
    return base64.b64decode(params["contentBase64"].encode("ascii"), validate=True)


async def run(params: Mapping[str, Any], given: Given) -> Outcome:
    """Do what ``params`` say. Raises ValueError when ``check`` finds fault, Refused when it cannot be done.

    The work is done in a thread; when the try is cancelled or its time is over a long delete stops where it is.
    """
    problems = check(params)
    if problems:
        raise ValueError("; ".join(f"{name}: {text}" for name, text in problems.items()))
    began = time.monotonic()
    until = files.Until(began + given.limits.wall_s)
    try:
        text, truncated, data = await asyncio.to_thread(_act, params, given, until)
    finally:
        until.stop()
    return Outcome(
        exit_code=0,
        stdout=text,
        stderr="",
        stdout_truncated=truncated,
        stderr_truncated=False,
        duration_ms=round((time.monotonic() - began) * 1000),
        killed=None,
        data={"action": params["action"], "path": params["path"]} | data,
    )


def _act(params: Mapping[str, Any], given: Given, until: files.Until) -> tuple[str, bool, dict[str, Any]]:
    """(text for people, whether it was cut, what is so now)."""
    place = files.Place(given.workspace, given.limits, until)
    action, path = params["action"], params["path"]
    parents = params.get("parents", True)
    if action == "read":
        return _read(place, path)
    if action == "delete":
        gone = place.delete(path, recursive=params.get("recursive", False))
        words = f"Deleted {path}.\n" if gone else f"{path} was not there.\n"
        if path == EVERYTHING:
            words = "Emptied the workspace.\n" if gone else "The workspace was empty.\n"
        return words, False, {"deleted": gone}
    if action == "mkdir":
        made = place.mkdir(path, mode=int(params.get("mode", "0755"), 8), parents=parents)
        return (f"Made {path}.\n" if made else f"{path} was there.\n"), False, {"created": made}
    content = _content(params)
    mode = int(params["mode"], 8) if "mode" in params else None
    if action == "append":
        size = place.append(path, content, mode=mode, parents=parents)
    else:
        size = place.write(path, content, mode=mode, parents=parents)
    return f"Wrote {len(content)} bytes to {path}.\n", False, {"bytes": len(content), "size": size}


def _read(place: files.Place, path: str) -> tuple[str, bool, dict[str, Any]]:
    """Text as it is; bytes that are no UTF-8, or hold a NUL, which no database of texts takes, in base64."""
    raw, size = place.read(path)
    truncated = size > len(raw)
    try:
        text = _whole_characters(raw, truncated)
        encoding = "utf-8"
    except UnicodeDecodeError:
        raw = raw[: place.room // 4 * 3]
        truncated = size > len(raw)
        text, encoding = base64.b64encode(raw).decode(), "base64"
    return text, truncated, {"size": size, "encoding": encoding, "truncated": truncated}


def _whole_characters(raw: bytes, cut: bool) -> str:
    if b"\0" in raw:
        raise UnicodeDecodeError("utf-8", raw, 0, 1, "NUL")
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        if cut and error.end == len(raw) and error.reason == "unexpected end of data":
            return raw[: error.start].decode()
        raise
