"""The docker actuator: containers of an account on an engine of the operator's, behind walls that we write.

A customer never sees the engine, nor a field of its API: decision 33.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from actuators.engine import building, pulling, running
from actuators.engine.endpoint import Engine
from actuators.engine.params import PARAMS as PARAMS
from actuators.engine.params import check
from actuators.engine.session import Ended, Heard, Session, supervised
from actuators.given import Given, Refused
from actuators.sandbox import Outcome

NAME = "docker"
EFFECT = "external"  # the worst of them; effect_of() says it for one set of params
EFFECTS = {
    "run": "external", "exec": "external", "build": "external", "logs": "pure",
    "stop": "idempotent", "remove": "idempotent", "pull": "idempotent",
}  # fmt: skip
ACTIONS: dict[str, Callable[[Mapping[str, Any], Given, Session, Heard], Outcome]] = {
    "run": running.run,
    "exec": running.execute,
    "logs": running.logs,
    "stop": running.stop,
    "remove": running.take_away,
    "pull": pulling.pull,
    "build": building.build,
}

__all__ = ["EFFECT", "NAME", "PARAMS", "check", "effect_of", "run", "title"]


def effect_of(params: Mapping[str, Any]) -> str:
    """What a second try of these may do twice."""
    return EFFECTS.get(str(params.get("action")), EFFECT)


def title(params: Mapping[str, Any]) -> str:
    """What a task with these params is called where nobody named it: `run python:3.12: pytest`."""
    about = next((str(params[name]) for name in ("image", "container", "tag") if name in params), "")
    command = params.get("command")
    words = " ".join(command) if isinstance(command, list) else command
    return f"{params['action']} {about}{f': {words}' if words else ''}"


async def run(params: Mapping[str, Any], given: Given) -> Outcome:
    """Do what ``params`` say. Raises ValueError when ``check`` finds fault, Refused for what could not be done.

    A command that fails is an Outcome. Codes of Refused: actuator_unavailable, engine_error, cannot_start, over_limit,
    quota_exceeded; image_forbidden, image_unknown, pull_failed, bad_dockerfile; container_unknown, not_running, exists;
    output_missing, too_large, bad_archive and those of the file-writer; credential_unknown, _kind, _host.
    """
    if problems := check(params):
        raise ValueError("; ".join(f"{name}: {text}" for name, text in problems.items()))
    began = time.monotonic()
    session = Session(_engine(params, given), given.limits.wall_s)
    heard = Heard(session, given.limits.output_bytes, given.on_output)
    try:
        return await supervised(session, partial(_act, params, given, session, heard, began))
    except Refused as refused:
        raise Refused(refused.code, str(refused), in_doubt=refused.in_doubt or session.began) from refused


def _act(params: Mapping[str, Any], given: Given, session: Session, heard: Heard, began: float) -> Outcome:
    try:
        return ACTIONS[params["action"]](params, given, session, heard)
    except Ended:
        return heard.outcome(None, began, {}, killed=session.ended)


def _engine(params: Mapping[str, Any], given: Given) -> Engine:
    """The engine that is meant. There may be none: then the operator runs no containers for anybody."""
    if not given.engines:
        raise Refused("actuator_unavailable", "The operator of this installation has no engine for containers.")
    name = params.get("engine", next(iter(given.engines)))
    if name not in given.engines:
        raise Refused("actuator_unavailable", f"There is no engine {name}.")
    found: Engine = given.engines[name]
    return found
