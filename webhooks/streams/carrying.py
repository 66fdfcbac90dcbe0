"""The part of a courier that sends audit streams. Each has one parcel on its way; none waits for another's target."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.utils import timezone

from webhooks import secrets
from webhooks.sending import BROKEN, SEALED, STOPPED, Outcome
from webhooks.streams.claims import Lease, Parcel, claim, hand_in, take
from webhooks.streams.sending import send
from webhooks.turns import Turns

logger = logging.getLogger(__name__)

WRITERS = 4  # threads that wait for the disk

Retry = Callable[[Callable[[], Any]], Awaitable[Any]]


class Carrier:
    """Streams on their way. `wake` has `fill` called again.

    `claiming` and `retry` run a call of the database until it is there; no claim waits for what others write.
    """

    def __init__(self, turns: Turns, claiming: Retry, retry: Retry, wake: Callable[[], None]) -> None:
        self.turns, self.claiming, self.retry, self.wake = turns, claiming, retry, wake
        self.running: dict[asyncio.Task[None], Lease] = {}
        self.sending: set[asyncio.Task[None]] = set()  # those that wait for a target, and write nothing yet
        self.writers = ThreadPoolExecutor(WRITERS, thread_name_prefix="audit-file")

    async def fill(self) -> bool:
        """Begin what is due of those whose turn it is. False: it is nobody's."""
        turns = self.turns.take()
        leases: list[Lease] = await self.claiming(lambda: claim(turns)) if turns else []
        self.turns.begun(turns, (lease.account for lease in leases))
        for lease in leases:
            task = asyncio.create_task(self._work(lease))
            self.running[task] = lease
            task.add_done_callback(self._end)
        return bool(turns)

    async def stop(self, seconds: float) -> None:
        """Let what has begun end; what takes longer is written down as a try that failed, and goes out again."""
        if self.running:
            await asyncio.wait(self.running, timeout=seconds)
        for task in list(self.sending):
            task.cancel()
        if self.running:
            await asyncio.wait(self.running, timeout=seconds)
        self.writers.shutdown(wait=False)

    def _end(self, task: asyncio.Task[None]) -> None:
        self.turns.end(self.running.pop(task).account)
        self.wake()

    async def _work(self, lease: Lease) -> None:
        try:
            parcel, outcome = None, None
            try:
                parcel = await self.retry(lambda: take(lease))
            except (secrets.UnknownKey, secrets.Damaged):
                logger.error("audit stream %s: no key opens its secret", lease.stream)
                outcome = Outcome(timezone.now(), None, SEALED, 0)
            if parcel is not None:
                outcome = await self._try(lease, parcel)
            if outcome is not None:
                await self.retry(lambda: hand_in(lease, parcel, outcome))
        except Exception:  # its lease runs out, and it is tried again
            logger.exception("audit stream %s: what came of it is not written", lease.stream)

    async def _try(self, lease: Lease, parcel: Parcel) -> Outcome:
        begun, task = timezone.now(), asyncio.current_task()
        assert task is not None
        self.sending.add(task)
        try:
            return await send(lease, parcel, self.writers)
        except asyncio.CancelledError:
            return Outcome(begun, None, STOPPED, 0)
        except Exception:
            logger.exception("audit stream %s: it cannot be sent", lease.stream)
            return Outcome(begun, None, BROKEN, 0)
        finally:
            self.sending.discard(task)
