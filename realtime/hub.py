"""The hub of a web process: hears that something happened, reads it once an account, hands it to whoever follows.

One connection listens, one reads the news, one reads the past for those who catch up, and one asks what is small and
must not wait for them: credentials, where a reader stands, whether a goal exists. A subscription knows the id of
the last event it was handed: from there it catches up in pages, and goes live once no page is left and the account's
feed has not read further; so nothing is lost and nothing comes twice. See docs/decisions/0021-events-reach-people.md.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import psycopg

from events.actions import CHANNEL
from realtime.database import LONGEST_PAUSE, Asker, connected
from realtime.reading import FOLLOWING, Page, following, following_params, newest, page_of
from realtime.wire import Filter, Wire

logger = logging.getLogger(__name__)

EVERYBODY = "*"  # the payload of a notice about the installation
PAGES_AT_ONCE = 4  # in one round trip: each is a MiB or more
MOST_WAITING, MOST_BYTES = 1000, 4 << 20  # events that a live reader may be behind
PROVES_ANEW = ("key.revoked", "key.paused", "session.ended", "password.changed", "plan.changed", "staff.left")
PROVES_ANEW_FAMILIES = ("member.", "membership.", "user.")
GRACE_SECONDS = 5.0  # in which who is further behind takes what waits, or is dropped
SLOW = "You read too slowly: more than 1000 events or 4 MiB were waiting for 5 s. Connect again with since."


class Dropped(Exception):
    """The subscription was ended by us; the text says why."""


Item = Wire | str  # an event, or a word to the reader that has its place between events


class Subscription:
    """One reader of an account's events. `on_drop` is called when it is too slow."""

    def __init__(self, hub: Hub, account_id: str, filter: Filter, on_drop: Callable[[], object]) -> None:
        self.account_id, self.filter = account_id, filter
        self.position = 0  # the last event that was looked at for this reader
        self.is_live = False
        self.hub, self._on_drop = hub, on_drop
        self._waiting: list[Item] = []
        self._bytes = 0  # of the events that wait
        self._news = asyncio.Event()
        self._turn = 0  # counts what makes a page that is being read worthless
        self._taken = 0  # how often something was taken
        self._dropped = False

    @property
    def is_idle(self) -> bool:
        """Whether all that is known was handed over."""
        return self.is_live and not self._waiting

    async def start(self, since: int | None) -> None:
        """Stand behind the event `since`, or behind the newest one; an id from the future counts as the newest."""
        latest = await self.hub.join(self)
        self.position = latest if since is None else min(since, latest)
        self._go_live_if_told_all()

    async def next(self) -> list[Item]:
        """What comes next, in order; waits for it. Empty when it has just caught up."""
        while not self._waiting and not await self._wait():
            pass
        taken, self._waiting, self._bytes = self._waiting, [], 0
        self._taken += 1
        return taken

    def change(self, filter: Filter, answer: Callable[[int], str]) -> None:
        """From here on by another filter; `answer` makes the word that stands between before and after."""
        self._turn += 1
        self.filter = filter
        self._say(answer(self.position))

    async def rewind(self, since: int, filter: Filter, answer: Callable[[int], str]) -> None:
        """The same, from the event `since` on once more; what was waiting comes again if the filter lets it."""
        latest = await newest(self.hub.small, self.account_id)
        self._turn += 1
        self.filter, self.is_live, self._waiting, self._bytes = filter, False, [], 0
        self.position = min(since, latest)
        self._say(answer(self.position))

    def offer(self, events: list[Wire]) -> None:
        """What the feed has read; a subscription that still catches up reads it by itself."""
        if not self.is_live or self._dropped:
            return
        for event in events:
            if event.id > self.position:
                self.position = event.id
                if self.filter.lets(event):
                    self._waiting.append(event)
                    self._bytes += event.size
        if len(self._waiting) > MOST_WAITING or self._bytes > MOST_BYTES:
            self._fall_back()
        self._news.set()

    def _fall_back(self) -> None:
        """Nothing more is kept for it: it takes what waits and reads on in the table. Who only stands there is dropped.

        A burst comes faster than any reader takes it, so being behind for a moment does not make a slow one.
        """
        self.is_live = False
        asyncio.get_running_loop().call_later(GRACE_SECONDS, self._drop_if_none_was_taken_since, self._taken)

    def _drop_if_none_was_taken_since(self, taken: int) -> None:
        if self._taken == taken and not self._dropped:
            self._dropped, self._waiting = True, []
            self._on_drop()
            self._news.set()

    async def _wait(self) -> bool:
        """Wait for news, or read a page of the past; whether that was the last one."""
        if self._dropped:
            raise Dropped(SLOW)
        if self.is_live:
            self._news.clear()
            await self._news.wait()
            return False
        await self._catch_up()
        return self.is_live

    async def _catch_up(self) -> None:
        turn = self._turn
        page = await following(self.hub.past, self.account_id, self.position, self.filter)
        if turn != self._turn:
            return
        self._waiting.extend(page.events)
        self._bytes += sum(event.size for event in page.events)
        self.position = page.position
        if page.is_last:
            self._go_live_if_told_all()

    def _go_live_if_told_all(self) -> None:
        """No event between this look at the feed and the feed's next offer can be missed: nothing is awaited."""
        self.is_live = self.hub.position(self.account_id) <= self.position

    def _say(self, word: str) -> None:
        self._waiting.append(word)
        self._news.set()


@dataclass(eq=False)
class Feed:
    """The followers of one account. `position`: the last event that was read for them; None before the first look."""

    position: int | None = None
    followers: set[Subscription] = field(default_factory=set)


class Hub:
    """One per event loop, that is one per web process."""

    def __init__(self) -> None:
        self.now, self.past, self.small = Asker(PAGES_AT_ONCE), Asker(PAGES_AT_ONCE), Asker()
        self.feeds: dict[str, Feed] = {}
        self.on_doubt: Callable[[str], object] = lambda account_id: None  # credentials may have ended
        self._due: set[str] = set()
        self._wake = asyncio.Event()
        self._listening = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, subscription: Subscription) -> int:
        """Follow the account from now on; answers the id of its newest event."""
        self._begin()
        with suppress(TimeoutError):  # while the database is away nobody listens; all is read when it is back
            async with asyncio.timeout(LONGEST_PAUSE):
                await self._listening.wait()
        account_id = subscription.account_id
        feed = self.feeds.setdefault(account_id, Feed())
        feed.followers.add(subscription)
        try:
            latest = await newest(self.small, account_id)
        except BaseException:
            self.leave(subscription)
            raise
        if feed.position is None:
            feed.position = latest
            self._look(account_id)  # a notice may have come before there was a position to read from
        return latest

    def leave(self, subscription: Subscription) -> None:
        """Follow no longer; leaving twice is fine."""
        feed = self.feeds.get(subscription.account_id)
        if feed:
            feed.followers.discard(subscription)
            if not feed.followers:
                del self.feeds[subscription.account_id]

    def position(self, account_id: str) -> int:
        """Up to which event the feed has handed out."""
        feed = self.feeds.get(account_id)
        return (feed.position or 0) if feed else 0

    def _begin(self) -> None:
        if not self._tasks:
            loop = asyncio.get_running_loop()
            self._tasks = [loop.create_task(self._listen()), loop.create_task(self._read())]

    def _look(self, *accounts: str) -> None:
        self._due.update(accounts)
        self._wake.set()

    async def _listen(self) -> None:
        """Hear of news. Whatever came while nobody listened is read as soon as somebody does again."""
        pause = 0.1
        while True:
            try:
                async with await connected() as listening:
                    await listening.execute(f"LISTEN {CHANNEL}")
                    pause = 0.1
                    self._listening.set()
                    self._look(*self.feeds)
                    async for notice in listening.notifies():
                        if notice.payload == EVERYBODY:
                            self._look(*self.feeds)
                        elif notice.payload in self.feeds:
                            self._look(notice.payload)
            except (psycopg.Error, OSError) as error:
                logger.warning("events: listening again in %.1f s: %s", pause, str(error).strip())
            self._listening.clear()
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _read(self) -> None:
        """Read what is due, all accounts in one round trip, and hand it out."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            due, self._due = self._due, set()
            feeds = {account_id: self.feeds[account_id] for account_id in due if account_id in self.feeds}
            ready = {account_id: feed for account_id, feed in feeds.items() if feed.position is not None}
            try:
                found = await asyncio.gather(*(self._news(account_id, feed) for account_id, feed in ready.items()))
            except Exception:
                logger.exception("events: a read failed")
                await asyncio.sleep(LONGEST_PAUSE)
                self._look(*ready)
                continue
            for (account_id, feed), page in zip(ready.items(), found, strict=True):
                self._hand_out(account_id, feed, page)

    async def _news(self, account_id: str, feed: Feed) -> Page:
        params: Any = following_params(account_id, feed.position or 0, Filter())
        return page_of(await self.now.ask(account_id, FOLLOWING, *params))

    def _hand_out(self, account_id: str, feed: Feed, page: Page) -> None:
        feed.position = page.position
        for subscription in list(feed.followers):
            subscription.offer(page.events)
        if not page.is_last:
            self._look(account_id)
        if any(event.type in PROVES_ANEW or event.type.startswith(PROVES_ANEW_FAMILIES) for event in page.events):
            self.on_doubt(account_id)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
