"""The http-client actuator against servers that mean harm: each stops at a cap, and memory stays flat (E_R24)."""

import asyncio
import contextlib
import gzip
import itertools
import threading
import time
import tracemalloc
import zlib

import pytest

from actuators import http_client
from actuators.given import Refused
from actuators.outbound import resolving
from tests.actuators.loopback import reach

pytestmark = pytest.mark.hostile
MIB = 1 << 20
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def ask(site, given):
    """The outcome of a request to the test's server, or the code of its refusal; and how long it took."""

    def run(path="/", *, names=None, limits=None, account="", **params):
        surroundings = given(limits=limits, reach=reach(site, names=names, account=account))
        began = time.monotonic()
        try:
            came = asyncio.run(http_client.run({"url": f"http://site.test:{site.port}{path}", **params}, surroundings))
        except Refused as refused:
            came = refused.code
        return came, time.monotonic() - began

    return run


@pytest.fixture
def endless(site):
    """Serves a beginning, then the same bytes again and again."""

    def serve(beginning, again, pause=None):
        async def write(request, writer):
            writer.write(beginning)
            while True:
                writer.write(again)
                await writer.drain()
                if pause:
                    await asyncio.sleep(pause)

        site.serve("/", write)

    return serve


def peak_of(work):
    tracemalloc.start()
    try:
        result = work()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_case_29_a_drip_ends_at_the_wall_clock(endless, ask):
    endless(OK + b"Content-Length: 1000000\r\n\r\n", b"x", pause=0.02)
    came, took = ask(timeoutMs=200)
    assert came == "timeout"
    assert 0.2 <= took < 0.6


def test_case_29_the_limits_of_the_try_hold_too(endless, ask):
    endless(OK + b"Content-Length: 1000000\r\n\r\n", b"x", pause=0.02)
    came, took = ask(timeoutMs=60_000, limits={"wall_s": 0.2})
    assert came == "timeout"
    assert took < 0.6


@pytest.mark.parametrize("again", [b"X-Slow: 1\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"])
def test_case_29_headers_that_never_end_stop_at_the_wall_clock(endless, ask, again):
    endless(b"" if again.startswith(b"HTTP") else OK, again, pause=0.01)
    came, took = ask(timeoutMs=200)
    assert came == "timeout"
    assert took < 0.6


@pytest.mark.parametrize("again", [b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\n"])
def test_case_29_a_flood_of_interim_answers_is_cut_off(endless, ask, again):
    endless(b"", again * 500)
    came, took = ask()
    assert came == "response_too_large"
    assert took < 3


def test_case_29_a_body_that_is_all_framing_is_cut_off(endless, ask):
    chunk = b"1;" + b"x" * 200 + b"\r\na\r\n"
    endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", chunk * 200)
    came, took = ask()
    assert came == "response_too_large"
    assert took < 8


def test_case_29_no_answer_at_all_stops_at_the_wall_clock(site, ask):
    async def silence(request, writer):
        await asyncio.sleep(5)

    site.serve("/", silence)
    came, took = ask(timeoutMs=150)
    assert came == "timeout"
    assert took < 0.6


def test_case_29_a_slow_look_up_stops_at_the_wall_clock(ask):
    ended = threading.Event()
    came, took = ask(names=lambda *_: [str(ended.wait(3))], timeoutMs=150)
    ended.set()
    assert came == "timeout"
    assert took < 0.6


def test_case_29_look_ups_that_nobody_answers_are_counted_for_each_account(site, ask, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(resolving, "LOOK_UPS", resolving.LookUps(most=5))
    site.say("/")

    def silent(host, port):
        ended.wait(3)
        return ["127.0.0.1"]

    def came(account, **more):
        return ask(account=account, timeoutMs=20, **more)[0]

    assert [came("a", names=silent) for _ in range(3)] == ["timeout", "timeout", "connect_failed"]
    assert [came("b", names=silent) for _ in range(2)] == ["timeout", "connect_failed"]
    ended.set()
    end = time.monotonic() + 1
    while ask(account="a", names=silent)[0] == "connect_failed":
        assert time.monotonic() < end, "a look-up that ended makes room"


def test_case_29_strangers_whose_look_ups_hang_leave_some_for_others():
    look_ups = resolving.LookUps(most=256)
    for stranger in range(100):
        with contextlib.suppress(Refused):
            for _ in range(16):
                look_ups.begin(f"stranger {stranger}")
    look_ups.begin("honest")


def test_case_29_others_have_their_turn_while_chunks_of_one_byte_come(endless, site, given):
    endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n" * 10_000)
    turns = []

    async def others():
        while True:
            turns.append(time.thread_time())  # of this thread alone: neither the server's nor another program's
            await asyncio.sleep(0)

    async def both():
        beside = asyncio.create_task(others())
        ask = {"url": f"http://site.test:{site.port}/"}
        with pytest.raises(Refused) as refused:
            await http_client.run(ask, given(reach=reach(site)))
        beside.cancel()
        return refused.value

    refused = asyncio.run(both())
    assert (refused.code, refused.in_doubt) == ("response_too_large", True)
    assert max(later - now for now, later in itertools.pairwise(turns)) < 0.05, "a chunk is some 30 us of work"


def test_an_answer_of_thousands_of_chunks_is_read(endless, site, ask):
    async def write(request, writer):
        writer.write(OK + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"4\r\nabcd\r\n" * 10_000 + b"0\r\n\r\n")
        await writer.drain()

    site.serve("/", write)
    assert ask()[0].stdout == "abcd" * 10_000


def test_case_29_an_endless_body_is_cut_and_memory_is_flat(endless, ask):
    endless(OK + b"Connection: close\r\n\r\n", b"x" * 65536)
    (came, took), peak = peak_of(lambda: ask(limits={"output_bytes": 1000}))
    assert (came.exit_code, came.stdout, came.stdout_truncated) == (0, "x" * 1000, True)
    assert MIB <= came.data["bytes"] <= MIB + 65536
    assert took < 0.9
    assert peak < 3 * MIB


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_case_29_a_bomb_is_cut_and_memory_is_flat(site, ask, encoding):
    pack = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    bomb = b"".join(pack.compress(bytes(MIB)) for _ in range(64)) + pack.flush()
    assert len(bomb) < 100_000
    site.say("/", headers=[f"Content-Encoding: {encoding}"], body=bomb)
    (came, _), peak = peak_of(lambda: ask(responseBytes=1000))
    assert came.stdout_truncated
    assert came.data["bytes"] == MIB + 1
    assert peak < 6 * MIB


def test_case_29_bombs_in_bombs_and_endless_wrappings_are_not_unwrapped(site, ask, endless):
    site.say("/", headers=["Content-Encoding: gzip, gzip"], body=gzip.compress(gzip.compress(b"x")))
    assert ask()[0].data["bytes"] > 1
    site.say("/", headers=["Content-Encoding: gzip"], body=gzip.compress(b"") * 20_000)
    assert ask()[1] < 0.9
    endless(OK + b"Content-Encoding: gzip\r\n\r\n" + b"\x1f\x8b\x08\x08" + bytes(6), b"n" * 65536)  # a name without end
    came, took = ask()
    assert came.stdout_truncated
    assert took < 0.9


@pytest.mark.parametrize("body", [b"no gzip", gzip.compress(b"x" * 1000)[:-9], b"\x1f"])
def test_a_body_that_cannot_be_decoded_is_told(site, ask, body):
    site.say("/", headers=["Content-Encoding: gzip"], body=body)
    assert ask()[0] == "protocol_error"


def test_case_29_two_megabytes_of_headers_are_refused(site, ask):
    site.say("/", headers=[f"X-{number}: {'y' * 1000}" for number in range(2000)])
    (came, took), peak = peak_of(ask)
    assert came == "response_too_large"
    assert took < 0.9
    assert peak < 6 * MIB
    site.say("/", headers=[f"X-{number}: {'y' * 1000}" for number in range(40)])
    assert ask()[0] == "response_too_large"
    site.say("/", headers=["X-Long: " + "y" * 200_000])
    assert ask()[0] == "response_too_large"


@pytest.mark.parametrize(
    "said",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n", b"", b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 2000 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nshort", b"HTTP/1.1 200 OK\r\nA\0: b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"HTTP/1.1 101 Switching\r\n\r\n", b"\0" * 100,
    ],
)  # fmt: skip
def test_what_is_no_http_is_a_protocol_error(site, ask, said):
    async def say(request, writer):
        writer.write(said)

    site.serve("/", say)
    assert ask(timeoutMs=900)[0] == "protocol_error"


def test_what_is_for_people_to_read_is_one_short_line(site, ask):
    async def say(request, writer):
        writer.write(b"HTTP/1.1 200 a\x1b[31mred " + b"y" * 5000 + b"\r\nContent-Length: 0\r\n\r\n")

    site.serve("/", say)
    came, _ = ask(timeoutMs=900)
    line = came if isinstance(came, str) else came.stderr
    assert len(line) < 200
    assert line.isprintable()


def test_case_28_a_redirect_to_the_metadata_is_blocked(site, ask):
    for address in ("http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://10.0.0.1/"):
        site.redirect("/", address)
        assert ask()[0] == "blocked_address"


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "gopher://a/",
        "//user@a/",
        "http://2130706433/",
        "http://a\\@b/",
        "http://[::1",
        "javascript:1",
    ],
)
def test_case_28_a_redirect_to_no_address_is_refused(site, ask, location):
    site.redirect("/", location)
    assert ask()[0] == "bad_address"


def test_case_28_a_loop_ends_after_three(site, ask):
    site.redirect("/", "/")
    assert ask()[0] == "too_many_redirects"
    assert len(site.requests) == 4
    assert ask(redirects=1)[0] == "too_many_redirects"
    assert len(site.requests) == 6


def test_case_27_a_redirect_is_looked_up_and_checked_anew(site, ask):
    site.redirect("/", f"http://turn.test:{site.port}/")
    asked = []

    def names(host, port):
        asked.append(host)
        return ["127.0.0.1"] if host == "site.test" else ["192.168.0.1"]

    assert ask(names=names)[0] == "blocked_address"
    assert asked == ["site.test", "turn.test"]
