"""Tells what tasks print while they run, so that people can watch: at most four times a second, and only of those that
run longer than a moment. What a short one printed is told with its result (goals.claims.hand_in_and_claim).
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any
from uuid import UUID

from django.db import Error

from goals.claims import tell_running, told_so_far
from goals.telling import News
from runners.work import NEXT_SECONDS, Work

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.05
InThread = Callable[[Callable[[], Any]], Awaitable[Any]]  # runs a database call in a thread


class Teller:
    """Watches the tasks that one runner works on."""

    def __init__(self, runner: UUID, works: dict[tuple[UUID, int], Work], in_thread: InThread) -> None:
        self.runner, self.works, self.in_thread = runner, works, in_thread
        self.began = asyncio.Event()  # set when there is work again

    async def watch(self) -> None:
        """For ever."""
        while True:
            if not self.works:
                self.began.clear()
                await self.began.wait()
            now = time.monotonic()
            try:
                await self.tell([work for work in self.works.values() if work.due <= now and not work.is_done])
            except Exception:  # of one moment; the next ones are to be told all the same
                logger.exception("telling of running tasks")
            await asyncio.sleep(LOOK_SECONDS)

    async def tell(self, works: Iterable[Work], *, whole: bool = False) -> None:
        """Tell of these, one transaction an account. `whole`: also a line that has not ended yet."""
        by_account = defaultdict(list)
        for work in works:
            work.due = time.monotonic() + NEXT_SECONDS
            if work.printed.news(whole=whole):
                by_account[work.lease.account_id].append(work)
        each = [self._tell_account(account, theirs, whole=whole) for account, theirs in by_account.items()]
        await asyncio.gather(*each)  # one that has to wait for its turn does not keep the others waiting

    async def _tell_account(self, account: str, works: list[Work], *, whole: bool) -> None:
        async with AsyncExitStack() as stack:
            for work in works:
                await stack.enter_async_context(work.telling)
            try:
                for work in works:
                    await self.settle(work)
                # One that has ended meanwhile tells the rest with its result.
                news = [(work, work.printed.news(whole=whole)) for work in works if whole or not work.is_done]
                held = await self.in_thread(
                    partial(tell_running, account, self.runner, [(work.lease, one) for work, one in news])
                )
            except Error as error:
                logger.warning("telling of running tasks: %s", str(error).strip())
                for work in works:
                    work.printed.is_in_doubt = True
                return
            for work, one in news:
                if (work.lease.task_id, work.lease.epoch) in held:
                    work.printed.tell(one)

    async def settle(self, work: Work) -> None:
        """Find out how far a try was told, where the connection broke over it."""
        if work.printed.is_in_doubt:
            work.printed.settle(await self.in_thread(partial(told_so_far, work.lease)))

    async def rest(self, work: Work, retry: Callable[[Callable[[], Any]], Awaitable[Any]]) -> News:
        """What is still to be told of a try that has ended; nobody else tells of it from now on."""
        work.is_done = True
        async with work.telling:
            if work.printed.is_in_doubt:
                work.printed.settle(await retry(partial(told_so_far, work.lease)))
            return work.printed.news(whole=True)
