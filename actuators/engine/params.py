"""What the docker actuator is told: the schema of its params, and what is wrong with some."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from actuators.beneath import MAX_PATH_BYTES, check_path, parts_of
from actuators.engine import images
from actuators.engine.endpoint import NAME as ENGINE_NAME

MAX_COMMAND_BYTES = 64 * 1024
MAX_ARGUMENTS = 500
MAX_VARIABLES = 100
MAX_ENV_BYTES = 64 * 1024
MAX_PATHS = 100
MAX_LIFE_MS = 3_600_000
DEFAULT_LIFE_MS = 600_000
NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
CONTAINER = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
USER = re.compile(r"([1-9][0-9]{0,4})(?::([1-9][0-9]{0,4}))?")
LARGEST_ID = 65_534
CREDENTIAL = re.compile(r"[^\x00-\x1f\x7f]{1,100}")
KERNEL = ("proc", "sys", "dev")  # CVE-2024-21626: a working directory that is the engine's own

# A container's own limits, within those of the account: (least, most).
SHARE = {"memoryMiB": (6, 65_536), "pids": (1, 4096), "cpus": (0.01, 64)}
NUMBERS = {"lifeMs": (1000, MAX_LIFE_MS), "graceSeconds": (0, 30), "tail": (1, 10_000)}
PROCESS = {"command", "env", "workdir", "user"}
TAKES = {
    "run": PROCESS | {"image", "detach", "name", "lifeMs", "network", "files", "outputs"} | SHARE.keys(),
    "exec": PROCESS | {"container"},
    "logs": {"container", "tail"},
    "stop": {"container", "graceSeconds"},
    "remove": {"container", "image"},
    "pull": {"image", "credential"},
    "build": {"context", "dockerfile", "tag"} | SHARE.keys(),
}
MAX_TAG = 128
REQUIRED = {
    "run": {"image"}, "exec": {"container", "command"}, "logs": {"container"}, "stop": {"container"},
    "remove": set[str](), "pull": {"image"}, "build": {"tag"},
}  # fmt: skip


def _text(most: int, words: str) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": most, "description": words}


def _paths(words: str) -> dict[str, Any]:
    return {"type": "array", "items": _text(MAX_PATH_BYTES, ""), "maxItems": MAX_PATHS, "description": words}


PARAMS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "action": {"type": "string", "enum": list(TAKES)},
        "engine": _text(50, "One of the operator's engines by its name; the first one unless given."),
        "image": _text(
            images.LONGEST,
            "run, pull: one that the operator allows, or own/name:tag that you built. remove: one of your own.",
        ),
        "command": {
            "type": ["string", "array"],
            "items": {"type": "string"},
            "minLength": 1,
            "maxLength": MAX_COMMAND_BYTES,
            "minItems": 1,
            "maxItems": MAX_ARGUMENTS,
            "description": "A text is run by the image's /bin/sh -c; a list goes to the image's entry point. The "
            "image's own unless given; exec needs one.",
        },
        "env": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "maxProperties": MAX_VARIABLES,
            "description": "Variables of the command.",
        },
        "workdir": _text(MAX_PATH_BYTES, "An absolute path; /workspace where files or outputs are named."),
        "user": _text(11, "Numbers, like 1000 or 1000:1000; never 0. 65534:65534 unless given."),
        "detach": {
            "type": "boolean",
            "default": False,
            "description": "Leave it running when the task ends, until lifeMs are over or it is removed.",
        },
        "name": _text(40, "What a detached one is called afterwards, and by its neighbours in a private network."),
        "lifeMs": {
            "type": "integer", "minimum": 1000, "maximum": MAX_LIFE_MS, "default": DEFAULT_LIFE_MS,
            "description": "When a detached one is removed, whatever it does.",
        },
        "network": {
            "type": "string", "enum": ["none", "private"], "default": "none",
            "description": "private: with your other containers of this network, and nobody else; there is no way out.",
        },
        "files": _paths("Files and directories of the workspace that are copied to /workspace; . is all of it."),
        "outputs": _paths("Files and directories below /workspace that are copied into the workspace afterwards."),
        "memoryMiB": {
            "type": "integer", "minimum": SHARE["memoryMiB"][0], "maximum": SHARE["memoryMiB"][1],
            "description": "Less memory than the task may use.",
        },
        "cpus": {
            "type": "number", "minimum": SHARE["cpus"][0], "maximum": SHARE["cpus"][1],
            "description": "Less processors than the task may use.",
        },
        "pids": {
            "type": "integer", "minimum": SHARE["pids"][0], "maximum": SHARE["pids"][1],
            "description": "Fewer processes than the task may have.",
        },
        "container": _text(64, "A container of yours: its name, or its id (12 digits at least)."),
        "tail": {
            "type": "integer", "minimum": 1, "maximum": 10_000, "default": 1000, "description": "The last lines.",
        },
        "graceSeconds": {
            "type": "integer", "minimum": 0, "maximum": 30, "default": 5,
            "description": "Between asking it to end and killing it.",
        },
        "credential": _text(100, "Key of a credential of kind registry, which names the hosts that it is for."),
        "context": _text(MAX_PATH_BYTES, "A directory of the workspace; all of it unless given."),
        "dockerfile": _text(MAX_PATH_BYTES, "A file of the workspace; Dockerfile in the context unless given."),
        "tag": _text(MAX_TAG, "name or name:tag; afterwards the image is called own/name:tag."),
    },
    "required": ["action"],
    "additionalProperties": False,
}  # fmt: skip


def check(params: Mapping[str, Any]) -> dict[str, str]:
    """Field -> message for everything wrong with ``params``; empty when they can be run."""
    problems = {str(name): "Unknown field." for name in params if name not in PARAMS["properties"]}
    action = params.get("action")
    if not isinstance(action, str) or action not in TAKES:
        wrong = f"The action must be one of {', '.join(TAKES)}." if "action" in params else "This field is required."
        return problems | {"action": wrong}
    for name in PARAMS["properties"].keys() & params.keys() - TAKES[action] - {"action", "engine"}:
        problems[name] = f"The action {action} does not take this field."
    for name in REQUIRED[action] - params.keys():
        problems[name] = "This field is required."
    for name, value in params.items():
        if name not in problems and name != "action" and (problem := CHECKS[name](value)):
            problems[name] = problem
    return problems | _check_together(action, params, problems)


def _check_together(action: str, params: Mapping[str, Any], problems: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with fields that are right by themselves."""
    if problems:
        return {}
    if action == "remove" and ("container" in params) == ("image" in params):
        return {"container": "Exactly one of container and image is required."}
    if action == "pull" and params["image"].startswith("own/"):
        return {"image": "An image of your own is not pulled: it is built."}
    if action == "run" and params.get("detach"):
        named = [name for name in ("files", "outputs") if name in params]
        return dict.fromkeys(named, "A detached container takes no files: build an image of them first.")
    if action == "run":
        return dict.fromkeys({"name", "lifeMs"} & params.keys(), "This is for a detached container.")
    return {}


def _check_bytes(value: object, most: int) -> str | None:
    if not isinstance(value, str) or not value:
        return "This must be a text."
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        return "This is not valid Unicode text."
    if "\0" in value:
        return "This contains a NUL character."
    return f"This is {size} bytes long; the limit is {most}." if size > most else None


def _check_command(value: object) -> str | None:
    if isinstance(value, str):
        return _check_bytes(value, MAX_COMMAND_BYTES)
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_ARGUMENTS:
        return f"This must be a text, or a list of 1 to {MAX_ARGUMENTS} texts."
    if not value[0]:
        return "The program has no name."
    problems = [problem for one in value if one != "" and (problem := _check_bytes(one, MAX_COMMAND_BYTES))]
    if problems:
        return problems[0]
    return None if sum(len(one.encode()) for one in value) <= MAX_COMMAND_BYTES else "This is too long."


def _check_env(value: object) -> str | None:
    if not isinstance(value, dict) or len(value) > MAX_VARIABLES:
        return f"This must be an object of at most {MAX_VARIABLES} texts."
    size = 0
    for name, text in value.items():
        if not isinstance(name, str) or not VARIABLE.fullmatch(name):
            return "A variable's name has letters, digits and underscores, and begins with no digit."
        if text != "" and (problem := _check_bytes(text, MAX_ENV_BYTES)):
            return f"{name}: {problem}"
        size += len(name) + len(text.encode())
    return None if size <= MAX_ENV_BYTES else f"All together they may have {MAX_ENV_BYTES} bytes."


def check_workdir(value: object) -> str | None:
    """Why this cannot be where a command begins, or None when it can."""
    if problem := _check_bytes(value, MAX_PATH_BYTES):
        return problem
    parts = parts_of(str(value))
    if not str(value).startswith("/") or ".." in parts or any(ord(sign) < 32 for sign in str(value)):
        return "This must be an absolute path without '..'."
    if parts and parts[0] in KERNEL:
        return f"This cannot be below /{parts[0]}."
    return None


def check_user(value: object) -> str | None:
    found = USER.fullmatch(value) if isinstance(value, str) else None
    if not found or any(int(number) > LARGEST_ID for number in found.groups() if number):
        return "This must be a number, or two as in 1000:1000, from 1 to 65534."
    return None


def user_of(text: str) -> str:
    """With the group of the same number where none is said: it would be 0."""
    return text if ":" in text else f"{text}:{text}"


def _check_image(value: object) -> str | None:
    if problem := _check_bytes(value, images.LONGEST):
        return problem
    try:
        images.own(str(value), "x") or images.parse(str(value))
    except ValueError as wrong:
        return str(wrong)
    return None


def _check_tag(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > MAX_TAG:
        return f"This must be a text of at most {MAX_TAG} characters."
    return _check_image(f"own/{value}")


def _check_a_path(value: object) -> str | None:
    return None if value == "." else check_path(value)


def _check_paths(value: object) -> str | None:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_PATHS:
        return f"This must be a list of 1 to {MAX_PATHS} paths."
    return next((problem for one in value if (problem := _check_a_path(one))), None)


def _is_number(value: object, least: float, most: float, *, whole: bool = True) -> bool:
    if not isinstance(value, int | float) or isinstance(value, bool) or (whole and not isinstance(value, int)):
        return False
    return least <= value <= most


def _numeric(name: str) -> Any:
    least, most = (SHARE | NUMBERS)[name]
    words = f"This must be a {'' if name == 'cpus' else 'whole '}number from {least} to {most}."
    return lambda value: None if _is_number(value, least, most, whole=name != "cpus") else words


def _like(pattern: re.Pattern[str], words: str) -> Any:
    return lambda value: None if isinstance(value, str) and pattern.fullmatch(value) else words


CHECKS: dict[str, Any] = {
    "engine": _like(ENGINE_NAME, "This must be the name of an engine."),
    "image": _check_image,
    "command": _check_command,
    "env": _check_env,
    "workdir": check_workdir,
    "user": check_user,
    "detach": lambda value: None if isinstance(value, bool) else "This must be true or false.",
    "name": _like(NAME, "This must be 1 to 40 small letters, digits and dashes."),
    "network": lambda value: None if value in ("none", "private") else "This must be none or private.",
    "files": _check_paths,
    "outputs": _check_paths,
    "container": _like(CONTAINER, "This must be a container's name or id."),
    "credential": _like(CREDENTIAL, "This must be the key of a credential."),
    "context": _check_a_path,
    "dockerfile": check_path,
    "tag": _check_tag,
    **{name: _numeric(name) for name in SHARE.keys() | NUMBERS.keys()},
}
