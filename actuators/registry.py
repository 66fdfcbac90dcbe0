"""The actuators that there are, by name. One is loaded when it is asked for: docker's client alone takes 0.2 s."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

MODULES = {
    "shell": "actuators.shell",
    "file-writer": "actuators.file_writer",
    "http-client": "actuators.http_client",
    "docker": "actuators.docker",
    "database": "actuators.database",
}
NAMES = tuple(MODULES)


@cache
def actuator(name: str) -> Any:
    """The module of an actuator; KeyError where there is none of this name."""
    return import_module(MODULES[name])


def is_known(name: object) -> bool:
    return isinstance(name, str) and name in MODULES


def title(name: str, params: dict[str, Any]) -> str:
    """What a task that nobody named is called: of the shell its command, of http-client `GET https://...`."""
    told = getattr(actuator(name), "title", None)
    return str(told(params)) if told else name


def effect(name: str, params: dict[str, Any]) -> str:
    """What a second try of such a task may do twice: nothing (`pure`), the same again (`idempotent`), or `external`."""
    module = actuator(name)
    told = getattr(module, "effect_of", None)
    return str(told(params) if told else module.EFFECT)
