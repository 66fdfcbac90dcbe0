"""The operator's container engines, as one try is given them, and what clears them of what was left."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection

from django.conf import settings

from actuators.engine.endpoint import Engine, Owner
from actuators.engine.reaper import reap
from actuators.given import Refused
from goals.claims import Lease

logger = logging.getLogger(__name__)


def installation() -> str:
    """Whose containers are whose where several installations share an engine: of the secret that their hosts share."""
    return hashlib.sha256(f"containers of {settings.SECRET_KEY}".encode()).hexdigest()[:16]


def engines_for(lease: Lease, runner: str) -> dict[str, Engine]:
    """What a try is given: the operator's engines by name, with its owner for all that it makes there."""
    owner = Owner(installation(), lease.account_id, str(lease.goal_id), str(lease.task_id), runner)
    return {one.name: one.of(owner, tuple(settings.DOCKER_IMAGES)) for one in settings.DOCKER_ENGINES}


_away: set[str] = set()  # engines that did not answer when they were asked last: said once, not every few seconds


def clear(alive: Collection[str]) -> None:
    """Remove from every engine what is past its time or was left by a runner that is not alive. It blocks."""
    for engine in settings.DOCKER_ENGINES:
        try:
            done = reap(engine.of(Owner(installation()), ()), alive)
        except Refused as reason:
            if engine.name not in _away:
                logger.warning("containers are not cleared: %s", reason)
            _away.add(engine.name)
            continue
        if engine.name in _away:
            _away.discard(engine.name)
            logger.info("engine %s answers again", engine.name)
        if done.containers or done.networks or done.images:
            logger.info("cleared from engine %s: %s", engine.name, done)
