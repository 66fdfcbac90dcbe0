"""Readers of large pasts: they cost the process little, and the others nothing."""

import asyncio
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from executor_one.kit.flow import Flow
from realtime.hub import GRACE_SECONDS
from tests.realtime.installation import closing, hear, hear_until
from tests.realtime.test_hostile_sockets import resident_kb

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

BIG = 65_536  # characters of output in one event, each of them six bytes as JSON


def history(follower, count, character="\x01"):
    data = json.dumps({"text": character * BIG})
    with follower.web.database() as database, database.transaction():
        database.execute(
            "INSERT INTO events_event (account_id, type, data, actor, receipt, created_at)"
            " SELECT %s, 'a.big', %s, 'test', 'rcp_test', now() FROM generate_series(1, %s)",
            [follower.id, data, count],
        )
        database.execute("SELECT pg_notify('events', %s)", [follower.id])


def stalled(follower, stack, key="", since=""):
    """A stream whose client reads nothing."""
    raw = stack.enter_context(socket.socket())
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", follower.web.port))
    lines = ["GET /api/events HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key or follower.key}"]
    raw.sendall("\r\n".join([*lines, *([f"Last-Event-ID: {since}"] if since else []), "", ""]).encode())
    return raw


def test_who_reads_nothing_of_a_large_past_costs_one_page_and_delays_nobody(web):
    heavy, other = web.member(), web.member()
    history(heavy, 150)
    made = other.post("/api/auth/keys", json={"name": "second"}).json()
    before = resident_kb(web)
    with ExitStack() as stack, other.follow(token=made["apiKey"]) as doomed:
        for _ in range(12):
            assert stalled(heavy, stack, since="0").recv(4096).startswith(b"HTTP/1.1 200 ")
        began = time.monotonic()
        assert other.delete(f"/api/auth/keys/{made['id']}").status_code in (200, 204)
        assert closing(doomed)[0] == 4401
        assert time.monotonic() - began < 4
        time.sleep(2)
        assert resident_kb(web) - before < 12 * 6_000


def test_a_large_past_is_told_whole_and_in_order(web):
    heavy = web.member()
    history(heavy, 20)
    with heavy.follow(since="0") as opened:
        heavy.tell(("a.last", {}))
        heard = [event["id"] for event in hear_until(opened, "a.last")]
    assert heard == heavy.ids()
    assert "Traceback" not in web.output()


def test_who_falls_four_mib_behind_is_dropped_and_its_seat_is_free(web):
    crowd = web.member()
    with ExitStack() as stack:
        for _ in range(30):
            stalled(crowd, stack)
        time.sleep(1)
        assert crowd.head("/api/events").status_code == 429
        for _ in range(4):
            history(crowd, 8)
            time.sleep(0.3)
        seats_are_free(crowd)
    assert "Traceback" not in web.output()


def test_a_revoked_key_s_stalled_stream_is_cut_off_and_its_seat_is_free(web):
    crowd = web.member()
    made = crowd.post("/api/auth/keys", json={"name": "second"}).json()
    with ExitStack() as stack:
        history(crowd, 12)
        raws = [stalled(crowd, stack, made["apiKey"], since="0") for _ in range(30)]
        time.sleep(1)
        assert crowd.head("/api/events").status_code == 429
        crowd.delete(f"/api/auth/keys/{made['id']}")
        seats_are_free(crowd)
        assert len(raws) == 30


def seats_are_free(follower):
    deadline = time.monotonic() + GRACE_SECONDS + 8
    while follower.head("/api/events").status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_client_that_takes_nothing_is_cut_off():
    async def waits():
        cut = []
        flow = Flow(abort=lambda: cut.append(True), patience=0.05)
        await flow.wait()
        assert not cut
        flow.pauseProducing()
        async with asyncio.timeout(2):
            await flow.wait()
        return cut

    assert asyncio.run(waits()) == [True]


def test_a_client_that_leaves_in_the_middle_is_no_error(web):
    follower = web.member()
    for _ in range(20):
        opened = follower.follow()
        for _ in range(50):
            opened.send('{"type": "ping"}')
        opened.close_socket()
    with follower.follow() as opened:
        follower.tell(("a.b", {}))
        assert hear(opened)["type"] == "a.b"
    time.sleep(2)
    assert "Traceback" not in web.output()


def read_until(lines, type):
    """The ids of what a stream says up to an event of this type."""
    read = []
    for line in lines:
        if line.startswith("id: "):
            read.append(line[4:])
        if line == f"event: {type}":
            return read
    raise AssertionError(f"the stream ended after {len(read)} events")


def test_who_keeps_up_is_not_dropped_by_a_burst_of_its_own_account(web):
    busy = web.member()
    with busy.follow() as opened, busy.stream("GET", "/api/events") as answer, ThreadPoolExecutor(2) as readers:
        lines, since = answer.iter_lines(), int(opened.resume)
        while not next(lines).startswith(": you stand behind"):
            pass
        # They read while it is written, or they would not keep up.
        heard = readers.submit(hear_until, opened, "a.last")
        read = readers.submit(read_until, lines, "a.last")
        for count, character in ((128, "x"), (32, "\x01")):  # 8 MiB at once, and 12 more
            history(busy, count, character)
        busy.tell(("a.small", {}), count=4_000)
        busy.tell(("a.last", {}))
        told = [id for id in busy.ids() if int(id) > since]
        assert [event["id"] for event in heard.result(60)] == told
        assert read.result(60) == told
