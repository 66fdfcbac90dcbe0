"""The courier: makes deliveries of what happens, sends what is due, clears up. The process, not what is sent.

Audit streams are a part of it (webhooks.streams.carrying). Several may run. It hears of events as everybody does, over
NOTIFY; what came while it did not listen it finds by a look at all endpoints and streams when it listens (again). What
is due later it finds by a look every two seconds. Whose turn it is says webhooks.turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any
from uuid import UUID

from django.db import DatabaseError
from django.utils import timezone

from events.actions import CHANNEL, EVERYONE
from executor_one.kit import notices
from executor_one.kit.ids import uuid7
from executor_one.kit.threads import DatabaseThreads
from webhooks import chores, secrets
from webhooks.claims import Lease, claim, due_accounts, hand_in, settle
from webhooks.models import Courier
from webhooks.sending import BROKEN, SEALED, STOPPED, Outcome, send
from webhooks.spreading import spread, with_endpoints
from webhooks.streams.carrying import Carrier
from webhooks.streams.claims import due_accounts as due_streams
from webhooks.streams.claims import ring
from webhooks.streams.queries import with_streams
from webhooks.turns import Turns, slots_of

logger = logging.getLogger(__name__)

# Tries at a time; of streams fewer, since each has up to half a MiB of events on its way.
SLOTS, STREAM_SLOTS = 2000, 400
LOOK_SECONDS = 2.0  # for what is due
AGAIN_SECONDS = 0.1  # where another courier was at it
TOGETHER_SECONDS = 0.02  # in which notices gather, while there are many
ALIVE_SECONDS = 2.0  # a sign of life
CLEAR_SECONDS, BUSY_CLEAR_SECONDS = 60.0, 1.0
DRAIN_SECONDS = 5.0  # in which tries that have begun may end when it stops

Look = Callable[[str], Awaitable[None]]


class CourierProcess:
    """One courier."""

    def __init__(self) -> None:
        self.id: UUID = uuid7()
        slots, stream_slots = slots_of(SLOTS, STREAM_SLOTS)
        self.turns = Turns(slots)
        self.running: dict[asyncio.Task[None], Lease] = {}
        self.sending: set[asyncio.Task[None]] = set()  # those that wait for an answer, and write nothing yet
        self.wanted, self.stopping = asyncio.Event(), asyncio.Event()
        self.news: set[str] = set()  # accounts to which something happened; EVERYONE: look at all
        self.told = asyncio.Event()
        self.looking: dict[tuple[Look, str], bool] = {}  # at whom; True: it was told of again meanwhile
        self.looks: set[asyncio.Task[None]] = set()
        # Apart, so that neither a claim nor a sign of life waits until all is looked at or a thousand results written.
        self.claiming, self.database = DatabaseThreads(1), DatabaseThreads(3)
        self.writing, self.carrying = DatabaseThreads(3), DatabaseThreads(2)
        turns = Turns(stream_slots)
        self.streams = Carrier(turns, self.claiming.insist, self.carrying.insist, self.wanted.set)

    async def run(self) -> None:
        """Work until `ask_to_stop()`; then begin nothing, let what has begun end for a while, say goodbye."""
        await self.database.insist(self._say_hello)
        beside = [asyncio.create_task(each) for each in self._beside()]
        try:
            while not self.stopping.is_set():
                self.wanted.clear()
                has_begun = await self._fill()
                if not (await self.streams.fill() or has_begun):
                    await self.wanted.wait()
        finally:
            beside += self.looks
            for each in beside:
                each.cancel()
            await asyncio.gather(*beside, return_exceptions=True)
            await self._stop()

    def _beside(self) -> Iterable[Coroutine[Any, Any, None]]:
        return self._listen(), self._spread(), self._look(), self._keep(), self._clear()

    def ask_to_stop(self) -> None:
        """`run()` ends soon."""
        self.stopping.set()
        self.wanted.set()

    # --- sending ---------------------------------------------------------------------------------

    async def _fill(self) -> bool:
        """Begin what is due of those whose turn it is. False: it is nobody's."""
        turns = self.turns.take()
        leases = await self.claiming.insist(lambda: claim(turns)) if turns else []
        self.turns.begun(turns, (lease.account for lease in leases))
        for lease in leases:
            task = asyncio.create_task(self._work(lease))
            self.running[task] = lease
            task.add_done_callback(self._end)
        return bool(turns)

    def _end(self, task: asyncio.Task[None]) -> None:
        self.turns.end(self.running.pop(task).account)
        self.wanted.set()

    async def _work(self, lease: Lease) -> None:
        try:
            if lease.is_held or not lease.delivery:
                await self.writing.insist(lambda: settle(lease, rest=lease.is_held))
                return
            outcome = await self._try(lease)
            await self.writing.insist(lambda: hand_in(lease, outcome))
        except Exception:  # its lease runs out, and it is tried again
            logger.exception("delivery %s: what came of it is not written", lease.delivery)

    async def _try(self, lease: Lease) -> Outcome:
        """What came of sending, whatever happens: what is not written down as a try would be tried for ever."""
        begun, task = timezone.now(), asyncio.current_task()
        assert task is not None
        self.sending.add(task)
        try:
            return await send(lease.account, lease.url, lease.delivery, lease.secrets(), lease.text)
        except (secrets.UnknownKey, secrets.Damaged):
            logger.error("webhook %s: no key opens its secret", lease.endpoint)
            return Outcome(begun, None, SEALED, 0)
        except asyncio.CancelledError:
            return Outcome(begun, None, STOPPED, int((timezone.now() - begun).total_seconds() * 1000))
        except Exception:
            logger.exception("delivery %s: it cannot be sent", lease.delivery)
            return Outcome(begun, None, BROKEN, 0)
        finally:
            self.sending.discard(task)

    # --- hearing ---------------------------------------------------------------------------------

    async def _listen(self) -> None:
        """Hear of events, and of all that came while nobody listened."""
        async for notice in notices.heard(CHANNEL):
            self._tell(notice.payload if notice else EVERYONE)

    def _tell(self, *accounts: str) -> None:
        self.news.update(accounts)
        self.told.set()

    def _tell_later(self, seconds: float, *accounts: str) -> None:
        asyncio.get_running_loop().call_later(seconds, self._tell, *accounts)

    async def _spread(self) -> None:
        """Look at whom something happened to; accounts without endpoints cost one question for all of them."""
        while True:
            await self.told.wait()
            self.told.clear()
            news, self.news = self.news, set()
            named = None if EVERYONE in news else news
            try:
                accounts = await self.claiming.insist(lambda named=named: with_endpoints(named))  # type: ignore[misc]
                streaming = await self.claiming.insist(lambda named=named: with_streams(named))  # type: ignore[misc]
            except Exception:
                logger.exception("what happened is looked at again")
                self._tell_later(LOOK_SECONDS, *news)
                continue
            for look, found in ((self._spread_one, accounts), (self._ring_one, streaming)):
                for account in found:
                    self._begin_look(look, account)
            await asyncio.sleep(TOGETHER_SECONDS)

    def _begin_look(self, look: Look, account: str) -> None:
        """One at a time of each account, and none waits for another's. Who is told of meanwhile is looked at again."""
        if (look, account) in self.looking:
            self.looking[look, account] = True
            return
        self.looking[look, account] = False
        task = asyncio.create_task(self._look_at(look, account))
        self.looks.add(task)
        task.add_done_callback(self.looks.discard)

    async def _look_at(self, look: Look, account: str) -> None:
        try:
            await look(account)
        except Exception:
            logger.exception("%s: what happened is looked at again", account)
            self._tell_later(LOOK_SECONDS, account)
        if self.looking.pop((look, account)):
            self._tell(account)

    async def _spread_one(self, account: str) -> None:
        found = await self.database.insist(lambda: spread(account))
        self.turns.ready([account])
        self.wanted.set()  # also for what was made in a request: a test, something sent again
        if found.is_behind:
            self._tell_later(0 if found.made else AGAIN_SECONDS, account)

    async def _ring_one(self, account: str) -> None:
        is_missed = await self.database.insist(lambda: ring(account))
        self.streams.turns.ready([account])
        self.wanted.set()
        if is_missed:
            self._tell_later(AGAIN_SECONDS, account)

    async def _look(self) -> None:
        """Find what is due later, or was left by a courier that died."""
        while True:
            try:
                self.turns.ready(await self.database.insist(due_accounts))
                self.streams.turns.ready(await self.database.insist(due_streams))
                self.wanted.set()
            except Exception:
                logger.exception("what is due is not found")
            await asyncio.sleep(LOOK_SECONDS)

    # --- being there -----------------------------------------------------------------------------

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            await self.claiming.insist(lambda: Courier.objects.filter(pk=self.id).update(seen_at=timezone.now()))

    async def _clear(self) -> None:
        while True:
            try:
                left = await self.database.once(chores.clear)
            except Exception:
                logger.exception("nothing is cleared up")
                left = 0
            await asyncio.sleep(BUSY_CLEAR_SECONDS if left else CLEAR_SECONDS)

    def _say_hello(self) -> None:
        now, host = timezone.now(), socket.gethostname()[:255]
        Courier.objects.create(id=self.id, host=host, pid=os.getpid(), started_at=now, seen_at=now)

    async def _stop(self) -> None:
        """Let what has begun end; what takes too long is written down as a try that failed, and is tried again."""
        streams = asyncio.create_task(self.streams.stop(DRAIN_SECONDS))
        if self.running:
            await asyncio.wait(self.running, timeout=DRAIN_SECONDS)
        for task in list(self.sending):
            task.cancel()
        if self.running:
            await asyncio.wait(self.running, timeout=DRAIN_SECONDS)
        await streams
        with contextlib.suppress(DatabaseError):
            await self.database.once(lambda: Courier.objects.filter(pk=self.id).delete())
        for threads in (self.claiming, self.database, self.writing, self.carrying):
            threads.shutdown()
