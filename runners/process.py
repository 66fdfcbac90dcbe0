"""The runner: claims released tasks, runs them side by side in sandboxes, hands in what came of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, DataError, InterfaceError
from django.utils import timezone

from accounts.vault import hidden_of
from actuators.drafts import remove_abandoned
from actuators.engine.session import in_thread
from actuators.given import Secret
from actuators.outbound.egress import Egress
from actuators.sandbox import (
    BareShell,
    Sandboxes,
    SandboxLost,
    SandboxUnavailable,
)
from actuators.scrubber import Scrubber
from executor_one.kit import notices
from executor_one.kit.ids import uuid7
from executor_one.kit.threads import DatabaseThreads
from goals.claims import Lease, Result, abandon, claim, hand_in_and_claim, record_cancelled, renew
from goals.correction.catalogue import catalogue
from goals.telling import News
from runners import engines
from runners.actions import say_goodbye, say_hello
from runners.broken import broken
from runners.masks import Masks
from runners.models import Runner, heard_lately
from runners.telling import Teller
from runners.trying import NoShell, cancelled, opened, tried
from runners.work import Printed, Work

logger = logging.getLogger(__name__)
T = TypeVar("T")

RENEW_SECONDS = 2.0
SWEEP_SECONDS = 300.0
CLEAR_SECONDS = 10.0
CLAIM_SECONDS = 1.0  # looks without a notice, in case one was lost


class RunnerProcess:
    """One runner with its slots."""

    def __init__(self, slots: int) -> None:
        self.id: UUID = uuid7()
        self.slots = slots
        self.sandbox, self.problem = "on", ""
        self.boxes: Any = Sandboxes(bwrap=settings.BWRAP or None) if settings.SANDBOX else BareShell()
        self.egress: Egress | None = None
        self.running: dict[tuple[UUID, int], Work] = {}
        self.wanted = asyncio.Event()
        self.stopping = asyncio.Event()
        # What cannot be written at all is raised, all else written as often as it takes.
        self.database = DatabaseThreads(4, retried=(DatabaseError, InterfaceError), raised=(DataError,))
        self.masks = Masks(lambda account: self.database.insist(lambda: hidden_of(account)))
        self.teller = Teller(self.id, self.running, self.database.once)

    async def run(self) -> None:
        """Work until `stopping` is set; then finish nothing new, kill what runs, say goodbye."""
        await self._prove_sandbox()
        await self.database.once(catalogue)  # not while a failed task waits
        started = timezone.now()
        await self.database.insist(lambda: self._say_hello(started))
        chores = (self._listen(), self._keep(), self._sweep(), self._clear())
        beside = [asyncio.create_task(each) for each in chores]
        telling = asyncio.create_task(self.teller.watch())
        try:
            while not self.stopping.is_set():
                await self._fill()
                await self._pause()
        finally:
            for each in beside:
                each.cancel()
            await self._stop()
            telling.cancel()  # not before: it might be cut off while it writes

    async def _prove_sandbox(self) -> None:
        try:
            await self.boxes.start()
        except SandboxUnavailable as reason:
            self.sandbox, self.problem = "unavailable", str(reason)
            logger.error("no sandbox, shell tasks are refused: %s", reason)
        else:
            self.egress = Egress(self.boxes.sockets) if settings.SANDBOX and settings.EGRESS else None
        if not settings.SANDBOX:
            self.sandbox = "off"
            logger.warning("EXECUTOR_SANDBOX=off: commands run without isolation")

    def _say_hello(self, started: Any) -> None:
        say_hello(
            Runner(
                id=self.id, host=socket.gethostname()[:255], pid=os.getpid(), slots=self.slots, sandbox=self.sandbox,
                problem=self.problem, started_at=started, seen_at=timezone.now(),
            )
        )  # fmt: skip

    async def _fill(self) -> None:
        """Claim as many tasks as there are free slots, until there are none."""
        self.wanted.clear()
        room = self.slots - len(self.running)
        if room > 0:
            self._begin(await self.database.insist(lambda: claim(self.id, room)))

    def _begin(self, leases: list[Lease]) -> None:
        for lease in leases:
            self.running[lease.task_id, lease.epoch] = Work(lease, asyncio.create_task(self._work(lease)))
        if leases:
            self.teller.began.set()

    async def _pause(self) -> None:
        """Until something is released, at most CLAIM_SECONDS; `ask_to_stop()` ends it too."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLAIM_SECONDS):
                await self.wanted.wait()

    def ask_to_stop(self) -> None:
        """`run()` ends soon."""
        self.stopping.set()
        self.wanted.set()

    async def _work(self, lease: Lease) -> None:
        key = (lease.task_id, lease.epoch)
        work = self.running[key]
        try:
            result = await self._try(lease, work.printed)
            await self._hand_in(lease, result, await self.teller.rest(work, self.database.insist))
        except asyncio.CancelledError:
            logger.info("task %s epoch %s: stopped", *key)
            if work.is_cancelled:
                # Or a look at the leases would cancel the writing too.
                news = await self.teller.rest(work, self.database.insist)
                result = cancelled(work.printed)
                await self.database.insist(lambda: record_cancelled(lease, result, news, runner=self.id))
        except SandboxLost as reason:
            logger.error("task %s epoch %s: %s", *key, reason)
            work.is_done = True
            await self.teller.tell([work], whole=True)
            await self.database.insist(lambda: abandon(self.id, lease.task_id))
        except Exception as fault:  # noqa: BLE001 whatever it is, its task must end: left alone it would be done again
            await self._break_off(work, fault)
        finally:
            del self.running[key]

    async def _break_off(self, work: Work, fault: Exception) -> None:
        """Its result could not be written: write that instead."""
        work.is_done = True
        result = broken(work.lease, fault)
        try:
            await self._hand_in(work.lease, result, News(not work.printed.is_begin_told))
        except Exception as another:  # noqa: BLE001 its lease runs out, and others go on
            broken(work.lease, another)

    async def _hand_in(self, lease: Lease, result: Result, news: News) -> None:
        """Write the result and, in the same commit, claim for the slot that it frees."""
        room = 0 if self.stopping.is_set() else 1
        accepted, leases = await self.database.insist(
            lambda: hand_in_and_claim(lease, self.id, result, room=room, news=news)
        )
        self._begin(leases)
        if not accepted:
            logger.warning("task %s epoch %s: result refused, the lease was lost", lease.task_id, lease.epoch)
            # If it was for that.
            await self.database.insist(lambda: record_cancelled(lease, result, news, runner=self.id))
            self.wanted.set()

    async def _try(self, lease: Lease, printed: Printed) -> Result:
        shell = NoShell(self.problem) if self.sandbox == "unavailable" else self.boxes
        try:
            return await tried(lease, shell, printed, self._opened, self.egress, runner=str(self.id))
        except SandboxLost:
            raise
        except Exception as fault:  # noqa: BLE001 an actuator's, of whatever kind: this task's end and nobody else's
            return broken(lease, fault)

    async def _opened(self, lease: Lease) -> tuple[dict[str, Secret], Scrubber]:
        secrets = await self.database.insist(lambda: opened(lease))
        return secrets, await self.masks.of(lease, [value for one in secrets.values() for value in one.hidden])

    async def _keep(self) -> None:
        """Renew leases and the runner's own sign of life; stop what is no longer ours."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            ours = set(self.running)
            held = await self.database.insist(lambda ours=ours: self._renew(ours))  # type: ignore[misc]
            await self._allow(held)
            for key in ours - held.keys():
                if key in self.running and not self.running[key].is_done:
                    self.running[key].is_cancelled = True  # or its lease is another's; what is recorded says which
                    self.running[key].running.cancel()

    async def _allow(self, held: Mapping[tuple[UUID, int], list[str]]) -> None:
        """Take a host back from commands that run already."""
        if self.egress:
            now = {self.running[key].lease.account_id: hosts for key, hosts in held.items() if key in self.running}
            for account, hosts in now.items():
                await self.egress.allow(account, hosts)

    def _renew(self, ours: set[tuple[UUID, int]]) -> dict[tuple[UUID, int], list[str]]:
        Runner.objects.filter(pk=self.id).update(seen_at=timezone.now())
        return renew(self.id, [task_id for task_id, _ in ours])

    async def _sweep(self) -> None:
        """Now and then, clear up after runners that were killed: a machine may run for weeks without a start."""
        while True:
            try:
                left = await self.boxes.sweep() + await asyncio.to_thread(remove_abandoned, settings.WORKSPACES_DIR)
            except OSError as error:
                logger.warning("leftovers stay: %s", error)
            else:
                if left:
                    logger.info("cleared up %d leftovers of runners that are gone", left)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _clear(self) -> None:
        """Rid the engines of containers whose time is over, or whose runner was killed; at once, and then again."""
        while settings.DOCKER_ENGINES:
            alive = await self.database.insist(lambda: {str(one) for one in heard_lately(timezone.now())})
            try:
                await in_thread(partial(engines.clear, alive | {str(self.id)}))
            except Exception:
                logger.exception("containers are not cleared")
            await asyncio.sleep(CLEAR_SECONDS)

    async def _listen(self) -> None:
        """Wake on released tasks; stop the tasks that were cancelled, each or with their goals."""
        async for notice in notices.heard(notices.TASK_RELEASED, notices.TASK_CANCELLED):
            if notice is None or notice.channel == notices.TASK_RELEASED:
                self.wanted.set()
            else:
                self._cancel(notice.payload)

    def _cancel(self, named: str) -> None:
        """Stop a task, or all of a goal."""
        for work in list(self.running.values()):
            if named in (str(work.lease.goal_id), str(work.lease.task_id)) and not work.is_done:
                work.is_cancelled = True
                work.running.cancel()

    async def _stop(self) -> None:
        """Kill what runs, let what has ended be written, and leave the rest to the next tick."""
        await self.teller.tell([work for work in self.running.values() if not work.is_done], whole=True)
        while self.running:
            for work in self.running.values():
                if not work.is_done:
                    work.running.cancel()
            await asyncio.gather(*(work.running for work in self.running.values()), return_exceptions=True)
        if self.egress:
            await self.egress.stop()
        await self.boxes.stop()
        with contextlib.suppress(DatabaseError):  # the leases run out by themselves, only later
            await self.database.once(lambda: say_goodbye(self.id))
        self.database.shutdown()
