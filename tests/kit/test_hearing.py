"""One connection that listens: it says when something may have been missed, and notices that it is dead."""

import asyncio

import psycopg

from executor_one.kit import notices

CHANNEL = "test_hearing"


def heard_while(happen):
    """What is heard of what `happen(say, news)` makes happen."""

    async def hear():
        news = notices.heard(CHANNEL)
        async with await psycopg.AsyncConnection.connect(**notices.connection_params(), autocommit=True) as other:
            try:
                async with asyncio.timeout(20):
                    assert await anext(news) is None, "it begins by saying that something may have come before"
                    return await happen(other, news)
            finally:
                await news.aclose()

    return asyncio.run(hear())


async def say(other, payload):
    await other.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def test_notices_are_heard_in_their_order(committed):
    async def happen(other, news):
        for payload in "abc":
            await say(other, payload)
        return [(await anext(news)).payload for _ in range(3)]

    assert heard_while(happen) == ["a", "b", "c"]


def test_who_was_cut_off_says_so_and_listens_again(committed):
    async def happen(other, news):
        listening = asyncio.ensure_future(anext(news))
        await asyncio.sleep(0)
        await other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = %s", [f"LISTEN {CHANNEL}"]
        )
        again = await listening
        await say(other, "after")
        return again, (await anext(news)).payload

    assert heard_while(happen) == (None, "after")


def test_a_connection_that_does_not_answer_is_given_up(committed, monkeypatch):
    """As one whose other end is gone without a word: nothing comes, and nothing can be asked."""
    monkeypatch.setattr(notices, "ASK_SECONDS", 0.3)
    real, listening = psycopg.AsyncConnection.execute, []

    async def execute(connection, query, *arguments):
        if str(query).startswith("LISTEN"):
            listening.append(connection)
        if query == "SELECT 1" and connection is listening[0]:
            await asyncio.sleep(60)
        return await real(connection, query, *arguments)

    monkeypatch.setattr(psycopg.AsyncConnection, "execute", execute)

    async def happen(other, news):
        again = await anext(news)
        await say(other, "after")
        return again, (await anext(news)).payload, len(listening)

    assert heard_while(happen) == (None, "after", 2)
