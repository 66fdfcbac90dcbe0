"""How many sockets and streams the accounts have in the other web processes, told over the channel layer (Redis).

Each process tells its counts when they change and every TELL_SECONDS; what it told is forgotten when it is silent.
So the cap of an account is that of the installation, give or take what happens within a moment. Without a layer, or
while it is away, each process counts its own.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from typing import Any

from channels import layers
from channels.exceptions import InvalidChannelLayerError

from realtime.seats import Seats

logger = logging.getLogger(__name__)
get_channel_layer: Any = layers.get_channel_layer

GROUP = "realtime.seats"
LOOK_SECONDS, TELL_SECONDS, FORGET_SECONDS = 0.2, 2.0, 6.0
PAUSE_SECONDS = 2.0  # before another try when the layer is away


class Neighbours:
    """Tells what is taken here, hears what is taken elsewhere."""

    def __init__(self, seats: Seats) -> None:
        self.seats = seats
        self._told: dict[str, tuple[float, Counter[str]]] = {}

    async def run(self) -> None:
        """For ever; ends at once where there is no layer."""
        try:
            layer = get_channel_layer()
        except (ImportError, InvalidChannelLayerError) as reason:  # executor_one.W005 says it at the start
            logger.warning("events: no channel layer: %s", reason)
            return
        while layer is not None:
            try:
                await self._talk(layer)
            except Exception as reason:  # noqa: BLE001 - a layer's errors are those of its backend
                logger.warning("events: the channel layer is away: %s", reason)
            self._told.clear()
            self.seats.elsewhere = Counter()
            await asyncio.sleep(PAUSE_SECONDS)

    async def _talk(self, layer: Any) -> None:
        name = await layer.new_channel()
        await layer.group_add(GROUP, name)
        hearing = asyncio.ensure_future(self._hear(layer, name))
        try:
            last, told_at = None, 0.0
            while not hearing.done():
                counts = dict(self.seats.of_accounts)
                if counts != last or time.monotonic() - told_at > TELL_SECONDS:
                    await layer.group_add(GROUP, name)  # a membership runs out after a day
                    await layer.group_send(GROUP, {"type": "seats", "from": name, "counts": counts})
                    last, told_at = counts, time.monotonic()
                self._add_up()
                await asyncio.sleep(LOOK_SECONDS)
            hearing.result()
        finally:
            hearing.cancel()

    async def _hear(self, layer: Any, name: str) -> None:
        while True:
            message = await layer.receive(name)
            if message["from"] != name:
                self._told[message["from"]] = (time.monotonic(), Counter(message["counts"]))
                self._add_up()

    def _add_up(self) -> None:
        silent = time.monotonic() - FORGET_SECONDS
        self._told = {name: told for name, told in self._told.items() if told[0] > silent}
        self.seats.elsewhere = sum((counts for _, counts in self._told.values()), Counter())
