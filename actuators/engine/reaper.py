"""Removes what outlived its time: what a runner left that was killed, and what stayed until its deadline. It blocks."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from actuators.engine import walls
from actuators.engine.client import connected
from actuators.engine.endpoint import Engine
from actuators.engine.session import remove

YOUNG_SECONDS = 60  # a network without a container may just have been made for one
NAMELESS_SECONDS = 600  # an image without a name may be about to get one, and clocks differ


@dataclass(frozen=True)
class Reaped:
    """How many were removed."""

    containers: int = 0
    networks: int = 0
    images: int = 0


def reap(engine: Engine, alive: Collection[str], now: float | None = None) -> Reaped:
    """Remove what is this installation's and past its deadline, or of a runner that is not ``alive``.

    ``engine.owner`` says which installation. Refused where the engine does not answer.
    """
    now = time.time() if now is None else now
    labels = {"label": walls.of_installation(engine.owner)}
    with connected(engine) as api:
        containers = sum(
            remove(api, one["Id"])
            for one in api.containers(all=True, filters=labels)
            if is_due(one["Labels"], alive, now)
        )
        networks = sum(
            _remove_network(api, one) for one in api.networks(filters=labels) if _age(one, now) > YOUNG_SECONDS
        )
        images = 0
        for one in api.images(all=True, filters=labels):
            if is_due(one["Labels"] or {}, alive, now):
                images += _remove_image(api, one["Id"], force=True)
            elif is_replaced(one, now):
                images += _remove_image(api, one["Id"])
        return Reaped(containers, networks, images)


def is_due(said: dict[str, str], alive: Collection[str], now: float) -> bool:
    """Whether something with these labels has to go. What is kept names no runner: it has only its deadline."""
    runner = said.get(f"{walls.PREFIX}runner", "")
    return walls.is_past(said, now) or bool(runner and runner not in alive)


def is_replaced(image: dict[str, Any], now: float) -> bool:
    """Whether an image has no name: a newer one has it, and it stayed because something was made of it."""
    kind = (image["Labels"] or {}).get(f"{walls.PREFIX}kind")
    named = [tag for tag in image.get("RepoTags") or () if tag != "<none>:<none>"]
    return kind == walls.IMAGE and not named and now - image["Created"] > NAMELESS_SECONDS


def _remove_network(api: Any, network: dict[str, Any]) -> bool:
    """Unless a container is in it: then the engine refuses."""
    from docker.errors import APIError

    with contextlib.suppress(APIError):
        api.remove_network(network["Id"])
        return True
    return False


def _remove_image(api: Any, image: str, *, force: bool = False) -> bool:
    """Unless something is made of it; with ``force`` a container that does not run is nothing."""
    from docker.errors import APIError

    with contextlib.suppress(APIError):
        api.remove_image(image, force=force)
        return True
    return False


def _age(network: dict[str, Any], now: float) -> float:
    made = datetime.datetime.fromisoformat(f"{network['Created'][:19]}+00:00")
    return now - made.timestamp()
