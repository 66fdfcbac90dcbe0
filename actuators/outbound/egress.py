"""The ways out of one runner's sandboxes: a proxy for each account that may reach something and runs a command.

A proxy has a folder with its socket and the relay's program, and nothing else, which is bound into the account's
sandboxes. It is started for the first command, and ends when none has run for as long as a sandbox of it may wait.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import resource
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path

from actuators.given import Reach
from actuators.outbound.proxy import EgressProxy, Passage, ProxyLimits, Room
from actuators.sandbox import SandboxUnavailable, relay

IDLE_S = 70.0  # longer than a sandbox waits (actuators.sandbox.pool)
MOST_IDLE = 16
SHARE = 4  # of the descriptors that a process may have one in so many is a connection's: each has two

logger = logging.getLogger(__name__)


class Egress:
    """The proxies of a runner. ``place`` is a directory of its own, through which every sandbox's uid may pass."""

    def __init__(
        self,
        place: Path,
        *,
        limits: ProxyLimits = ProxyLimits(),  # noqa: B008 - frozen
        idle_s: float = IDLE_S,
    ) -> None:
        self._place = place
        self._limits = limits
        self._idle_s = idle_s
        self._room = Room(resource.getrlimit(resource.RLIMIT_NOFILE)[0] // SHARE)
        self._ways: dict[str, _Way] = {}
        self._changing = asyncio.Lock()  # held while a proxy starts or ends
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def accounts(self) -> list[str]:
        """Those that have a proxy."""
        return list(self._ways)

    @contextlib.asynccontextmanager
    async def way(
        self, account: str, hosts: Collection[str], reach: Reach, uid: int | None
    ) -> AsyncIterator[Path | None]:
        """The folder to bind into a sandbox of this account while it runs a command; None: it may reach nothing.

        ``hosts`` are those that it may reach from now on, whatever it might before. SandboxUnavailable when there can
        be no socket.
        """
        if not hosts:
            await self.allow(account, hosts)
            yield None
            return
        way = await self._taken(account, hosts, reach, uid)
        try:
            yield way.folder
        finally:
            self._leave(account, way)

    async def allow(self, account: str, hosts: Collection[str]) -> None:
        """What an account may reach has changed, or not. Connections to other hosts are cut, if it has any."""
        if way := self._ways.get(account):
            way.proxy.allow(hosts)
            if not hosts:
                await self._end(account, way)

    async def stop(self) -> None:
        """End them all."""
        async with self._changing:
            while self._ways:
                await self._ways.popitem()[1].stop()

    async def _taken(self, account: str, hosts: Collection[str], reach: Reach, uid: int | None) -> _Way:
        async with self._changing:
            way = self._ways.get(account)
            if way is None:
                way = _Way(self._place, account, hosts, reach, self._limits, self._room)
                await way.start(uid)
                self._ways[account] = way
            way.proxy.allow(hosts)
            way.users += 1
            return way

    def _leave(self, account: str, way: _Way) -> None:
        way.users -= 1
        way.idle_since = time.monotonic()
        way.look_in(self._idle_s, self._look, account, way)
        idle = [(each.idle_since, name) for name, each in self._ways.items() if not each.users]
        for _, name in sorted(idle)[:-MOST_IDLE]:
            self._look(name, self._ways[name])

    def _look(self, account: str, way: _Way) -> None:
        task = asyncio.get_running_loop().create_task(self._end(account, way))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end(self, account: str, way: _Way) -> None:
        """Unless a command needs it again."""
        async with self._changing:
            if not way.users and self._ways.get(account) is way:
                del self._ways[account]
                await way.stop()


class _Way:
    """One account's proxy and its folder, whose name says nothing: a sandbox can read it in its mount table."""

    def __init__(
        self, place: Path, account: str, hosts: Collection[str], reach: Reach, limits: ProxyLimits, room: Room
    ) -> None:
        self.users = 0
        self.idle_since = 0.0
        self.folder = place / secrets.token_hex(8)
        self.proxy = EgressProxy(self.folder / relay.SOCKET, hosts, reach, limits=limits, room=room, log=self._log)
        self._account = account
        self._timer: asyncio.TimerHandle | None = None

    async def start(self, uid: int | None) -> None:
        """Or nothing is left of it. SandboxUnavailable says why."""
        try:
            self.folder.mkdir()
            self.folder.chmod(0o755)
            program = self.folder / relay.PROGRAM
            shutil.copyfile(relay.__file__, program)
            program.chmod(0o644)
            await self.proxy.start(uid)
        except OSError as error:
            await self.stop()
            raise SandboxUnavailable(f"the way out of it cannot be made: {error}") from error

    async def stop(self) -> None:
        if self._timer:
            self._timer.cancel()
        await self.proxy.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def look_in(self, seconds: float, look: Callable[[str, _Way], None], account: str, way: _Way) -> None:
        """One look later, however often it is asked for."""
        if self._timer:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, look, account, way)

    def _log(self, passage: Passage) -> None:
        """One line of words that a program can take apart; what a customer has sent is quoted."""
        logger.info(
            "egress account=%s host=%s port=%d verdict=%s sent=%d received=%d ms=%d reason=%s",
            self._account, json.dumps(passage.host), passage.port, passage.verdict, passage.sent, passage.received,
            passage.duration_ms, json.dumps(passage.reason),
        )  # fmt: skip
