"""Several web processes count an account's sockets together, over a channel layer."""

import asyncio
import os
from secrets import token_hex

import pytest
from channels.layers import channel_layers

from executor_one.kit.errors import TooSoon, Unavailable
from realtime import neighbours
from realtime.neighbours import Neighbours
from realtime.seats import Seats

pytestmark = pytest.mark.smoke


@pytest.fixture
def layer(settings):
    """Redis where there is one (REDIS_URL), else the layer that Channels keeps in memory."""
    redis = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"prefix": token_hex(4)}}
    if url := os.environ.get("REDIS_URL"):
        redis["CONFIG"]["hosts"] = [url]
    settings.CHANNEL_LAYERS = {"default": redis if url else {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    channel_layers.backends.clear()
    yield
    channel_layers.backends.clear()


async def until(true):
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.02)


async def two_processes(work):
    here, there = Seats(), Seats()
    talking = [asyncio.ensure_future(Neighbours(seats).run()) for seats in (here, there)]
    try:
        await work(here, there, talking)
    finally:
        for one in talking:
            one.cancel()


def test_the_cap_of_an_account_is_that_of_the_installation(layer, settings):
    settings.REALTIME_PER_ACCOUNT = 3

    async def work(here, there, _):
        taken = [here.take("acc_1"), here.take("acc_1"), there.take("acc_1")]
        await until(lambda: there.elsewhere["acc_1"] == 2)
        for seats in (here, there):
            with pytest.raises(TooSoon):
                seats.take("acc_1")
        there.take("acc_2")
        taken[0].give_back()
        taken[0].give_back()
        await until(lambda: there.elsewhere["acc_1"] == 1)
        there.take("acc_1")

    asyncio.run(two_processes(work))


def test_what_a_dead_process_held_is_forgotten(layer, settings, monkeypatch):
    monkeypatch.setattr(neighbours, "FORGET_SECONDS", 1.0)
    monkeypatch.setattr(neighbours, "TELL_SECONDS", 0.2)

    async def work(here, there, talking):
        here.take("acc_1")
        await until(lambda: there.elsewhere["acc_1"] == 1)
        talking[0].cancel()
        await until(lambda: there.elsewhere["acc_1"] == 0)

    asyncio.run(two_processes(work))


def test_without_a_layer_each_process_counts_its_own(settings):
    settings.CHANNEL_LAYERS = {}
    channel_layers.backends.clear()
    asyncio.run(asyncio.wait_for(Neighbours(Seats()).run(), 5))


def test_a_full_process_takes_nobody(settings):
    settings.REALTIME_PER_PROCESS = 2
    seats = Seats()
    seats.take("acc_1")
    seats.enter("1.2.3.4")
    with pytest.raises(Unavailable):
        seats.take("acc_2")
    with pytest.raises(Unavailable):
        seats.enter("5.6.7.8")
    seats.prove("1.2.3.4")
    seats.take("acc_2")
