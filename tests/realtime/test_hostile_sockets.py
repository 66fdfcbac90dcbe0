"""Sockets of who means no good: they harm nobody but themselves."""

import json
import os
import resource
import socket
import struct
import time
from contextlib import ExitStack, suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from realtime.hub import GRACE_SECONDS
from tests.realtime.installation import closing, hear

pytestmark = [pytest.mark.hostile, pytest.mark.live, pytest.mark.timeout(180)]

HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


def handshake(web, *headers):
    """(status line, body) of a handshake with these header lines."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as raw:
        raw.sendall(HANDSHAKE + b"".join(line + b"\r\n" for line in headers) + b"\r\n")
        head, _, body = raw.recv(65536).partition(b"\r\n\r\n")
        return head.split(b"\r\n")[0].decode(), body


def test_a_frame_of_64_mib_is_refused_before_it_has_come(web, follower):
    before = resident_kb(web)
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as raw:
        raw.sendall(HANDSHAKE + b"\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 101 ")
        raw.sendall(b"\x81" + bytes([0x80 | 127]) + struct.pack("!Q", 64 << 20) + b"\0\0\0\0")
        closed = raw.recv(4096)
        assert (closed[0], struct.unpack("!H", closed[2:4])) == (0x88, (1009,))
        with suppress(OSError):
            for _ in range(64):
                raw.sendall(b"a" * (1 << 20))
    assert resident_kb(web) - before < 20_000
    follower.follow().close()


def resident_kb(web):
    with open(f"/proc/{web.process.pid}/status") as status:
        return int(next(line for line in status if line.startswith("VmRSS")).split()[1])


def test_many_small_frames_of_one_message_are_as_large_as_one(web):
    with web.socket() as opened:
        assert not opened.protocol.extensions, "no compression: a bomb would be small on the wire"
        with suppress(ConnectionClosed):
            opened.send("a" * 30_000 for _ in range(100))
        assert closing(opened)[0] == 1009


@pytest.mark.parametrize("evil", [b"\x0b", b"\x01", b"\x1b[2J", b"\x7f", b"\x0c", b"\x1c", b"\x00"])
def test_control_characters_in_a_handshake_are_400_and_never_in_the_log(web, evil):
    line, body = handshake(web, b"X-Evil: before" + evil + b"after")
    assert line == "HTTP/1.1 400 Bad Request"
    assert json.loads(body)["name"] == "invalid_request"
    assert f"before{evil.decode()}" not in web.output()


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example", "file://"])
def test_a_browser_from_elsewhere_is_403_at_the_handshake(web, origin):
    with pytest.raises(InvalidStatus) as refused, web.socket(origin=origin):
        pass
    assert refused.value.response.status_code == 403
    assert json.loads(refused.value.response.body)["name"] == "forbidden_role"


def test_a_browser_from_another_port_or_scheme_of_this_host_is_403(web):
    for origin in ("http://127.0.0.1:9", "http://127.0.0.1", f"https://127.0.0.1:{web.port}"):
        with pytest.raises(InvalidStatus) as refused, web.socket(origin=origin):
            pass
        assert refused.value.response.status_code == 403


def test_a_browser_that_calls_us_by_another_name_of_ours_is_let_in(web):
    """By the port that it called, and by no other."""
    for host, origin, status in (
        ("localhost:81", "http://localhost:81", "101"),
        ("localhost:81", "http://localhost:82", "403"),
        ("evil.example", "http://evil.example", "403"),
    ):
        with socket.create_connection(("127.0.0.1", web.port), timeout=20) as raw:
            lines = HANDSHAKE.replace(b"Host: 127.0.0.1", f"Host: {host}\r\nOrigin: {origin}".encode())
            raw.sendall(lines + b"\r\n")
            assert raw.recv(4096).startswith(f"HTTP/1.1 {status} ".encode())


def test_a_browser_from_here_is_let_in(web):
    with web.socket(origin=web.url) as opened:
        opened.send('{"type": "auth"}')
        assert closing(opened)[0] == 4401  # without a cookie


def test_an_unknown_version_is_refused_in_the_one_shape(web):
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as raw:
        raw.sendall(HANDSHAKE.replace(b"Version: 13", b"Version: 99") + b"\r\n")
        head, _, body = raw.recv(65536).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 4")
    assert json.loads(body)["receipt"].startswith("rcp_")


def test_a_wish_for_a_socket_elsewhere_is_ignored(web):
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as raw:
        raw.sendall(HANDSHAKE.replace(b"/ws", b"/wsx") + b"\r\n")
        assert raw.recv(65536).startswith(b"HTTP/1.1 404 ")


def test_one_account_s_500_sockets_are_30(web, follower):
    refused = 0
    with ExitStack() as stack:
        for _ in range(500):
            opened = stack.enter_context(web.socket())
            opened.send(json.dumps({"type": "auth", "token": follower.key}))
            said = hear(opened)
            if said["type"] == "error":
                assert (said["code"], said["name"]) == (429, "rate_limited")
                assert closing(opened)[0] == 4429
                refused += 1
        assert refused == 470
        assert web.member().follow() is not None
    wait_for_room(follower)


def wait_for_room(follower):
    deadline = time.monotonic() + 20
    while True:
        try:
            follower.follow().close()
            return
        except AssertionError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_sockets_that_do_not_say_who_they_are_are_few(web, follower):
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(web.socket())
        with pytest.raises(InvalidStatus) as refused, web.socket():
            pass
        assert refused.value.response.status_code == 429
        assert follower.get("/api/state").status_code == 200
    deadline = time.monotonic() + 10
    while True:
        try:
            return follower.follow().close()
        except InvalidStatus:
            assert time.monotonic() < deadline


GARBAGE = [
    "",
    "nonsense",
    "[]",
    "7",
    "{}",
    '{"type": 7}',
    '{"type": "shout"}',
    "[" * 20_000,
    '{"type": "auth", "x": 1}',
]


@pytest.mark.parametrize("garbage", [*GARBAGE, b"\x00\x01"])
def test_garbage_is_answered_and_repeated_garbage_closes(follower, garbage):
    with follower.follow() as opened:
        for _ in range(10):
            opened.send(garbage)
            said = hear(opened)
            assert (said["type"], said["name"]) == ("error", "invalid_request")
            assert said["receipt"].startswith("rcp_")
        assert closing(opened)[0] == 4400


@pytest.mark.parametrize(
    "wrong",
    [
        {"types": "goal.*"}, {"types": [7]}, {"types": ["a"] * 51}, {"types": ["goal.%"]}, {"types": ["a" * 61]},
        {"goal": "x"}, {"goal": 7}, {"since": 5}, {"since": "-1"}, {"since": "9" * 19}, {"since": "1; DROP TABLE"},
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_changes_nothing(follower, wrong):
    with follower.follow(types=["own.*"]) as opened:
        opened.send(json.dumps({"type": "subscribe", **wrong}))
        assert hear(opened)["name"] == "invalid_request"
        follower.tell(("other.x", {}), ("own.x", {}))
        assert hear(opened)["type"] == "own.x"


def test_saying_twice_who_one_is_changes_nothing(web, follower):
    other = web.member()
    with follower.follow() as opened:
        opened.send(json.dumps({"type": "auth", "token": other.key}))
        assert hear(opened)["name"] == "conflict"
        other.tell(("theirs.x", {}))
        follower.tell(("own.x", {}))
        assert hear(opened)["type"] == "own.x"


def test_who_talks_without_end_is_cut_off(follower):
    with follower.follow() as opened:
        with suppress(ConnectionClosed):
            for _ in range(1000):
                opened.send('{"type": "ping"}')
        assert closing(opened)[0] == 4429


def test_a_slow_reader_is_dropped_and_others_are_not_slowed(web):
    crowd = web.member()
    big = {"x": "y" * 20_000}
    with socket.create_connection(("127.0.0.1", web.port)) as slow, crowd.follow() as quick:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(HANDSHAKE + b"\r\n")
        slow.recv(4096)
        slow.sendall(masked(json.dumps({"type": "auth", "token": crowd.key}).encode()))
        assert b"connected" in slow.recv(4096)
        before, slowest = resident_kb(web), 0.0
        for number in range(30):
            began = time.monotonic()
            crowd.tell(("a.b", big), ("a.n", {"n": number}), count=50)
            while hear(quick)["data"].get("n") != number:
                pass
            for _ in range(98):
                hear(quick)
            slowest = max(slowest, time.monotonic() - began)
        assert resident_kb(web) - before < 60_000
        assert slowest < 10
        time.sleep(GRACE_SECONDS)
        slow.settimeout(20)
        heard = b""
        with suppress(ConnectionResetError):
            while piece := slow.recv(65536):
                heard += piece
        assert heard.count(b'"a.n"') < 1500, "it was cut off before the end"


def masked(text):
    assert len(text) < 126, "or its length is written in another way"
    return b"\x81" + bytes([0x80 | len(text)]) + b"\0\0\0\0" + text


def test_the_process_may_open_as_many_files_as_the_system_lets_it(web):
    soft, hard = resource.prlimit(web.process.pid, resource.RLIMIT_NOFILE)
    assert soft == hard
    assert os.path.exists(f"/proc/{web.process.pid}")


PING, PONG, NOTHING_MORE = b"\x89\x80\0\0\0\0", b"\x8a\x80\0\0\0\0", b"\x00\x80\0\0\0\0"
BEGIN = b"\x01\x80\0\0\0\0"  # of a message that does not end


@pytest.mark.parametrize("flood", [[PING], [PONG], [BEGIN, NOTHING_MORE]], ids=["pings", "pongs", "empty pieces"])
def test_a_flood_of_frames_that_are_no_message_is_closed_and_cut(web, flood):
    with socket.create_connection(("127.0.0.1", web.port), timeout=20) as raw:
        raw.sendall(HANDSHAKE + b"\r\n")
        assert raw.recv(4096).startswith(b"HTTP/1.1 101 ")
        raw.sendall(flood[0] + flood[-1] * 400)
        time.sleep(0.3)
        raw.setblocking(False)
        assert b"\x88" not in read_all(raw), "a burst is taken"
        raw.setblocking(True)
        began, said = time.monotonic(), b""
        with suppress(OSError):
            while time.monotonic() - began < 20:
                raw.sendall(flood[-1] * 10_000)
                raw.settimeout(0.05)
                with suppress(TimeoutError):
                    piece = raw.recv(65536)
                    if not piece:
                        break
                    said += piece
                raw.settimeout(20)
        assert time.monotonic() - began < 10, "it was cut"
        code, reason = closing_frame(said)
        assert code == 4429
        assert reason.startswith("More frames than are read: 100 a second")


def read_all(raw):
    said = b""
    with suppress(BlockingIOError):
        while piece := raw.recv(65536):
            said += piece
    return said


def closing_frame(said):
    """(code, reason) of the close frame behind empty pongs."""
    at = said.index(b"\x88")
    assert said[:at].replace(b"\x8a\0", b"") == b""
    return struct.unpack("!H", said[at + 2 : at + 4])[0], said[at + 4 : at + 2 + said[at + 1]].decode()


def test_who_pings_every_second_stays(web, follower):
    opened = follower.follow()
    for _ in range(5):
        assert opened.ping().wait(5)
        time.sleep(1)
    follower.tell(("goal.created", {"goal": "one"}))
    assert hear(opened)["type"] == "goal.created"
    opened.close()
