"""The egress proxy on its unix socket, and the relay that leads to it from inside of a sandbox."""

import asyncio
import os
import threading
import time

import pytest

from actuators.outbound.proxy import EgressProxy, ProxyLimits
from tests.actuators.loopback import reach

HOSTS = ("site.test", "*.wild.test")


class Proxy:
    """A running proxy on the loop of the servers; ``say`` sends it bytes and answers what came back."""

    def __init__(self, loop, path, allowed, wanted, **limits):
        self.loop, self.path, self.log = loop, path, []
        self.proxy = EgressProxy(path, allowed, wanted, limits=ProxyLimits(**limits), log=self.log.append)
        loop.do(self.proxy.start(os.getuid()))

    def close(self):
        self.loop.do(self.proxy.stop())

    def say(self, *pieces, end=True):
        async def talk():
            reader, writer = await asyncio.open_unix_connection(str(self.path))
            said = b""
            for piece in pieces:
                writer.write(piece)
                if piece is not pieces[-1]:
                    said += await reader.readuntil(b"\r\n\r\n")
            if end:
                writer.write_eof()
            try:
                return said + await asyncio.wait_for(reader.read(), 5)
            except ConnectionResetError:
                return said
            finally:
                writer.close()

        return self.loop.do(talk())

    def passage(self):
        """The last that was logged, as soon as it is."""
        for _ in range(100):
            if self.log:
                return self.log.pop()
            self.loop.do(asyncio.sleep(0.01))
        raise AssertionError("nothing was logged")


@pytest.fixture
def new_proxy(servers_loop, tmp_path, site):
    made = []

    def make(*, names=None, allowed=HOSTS, **limits):
        made.append(Proxy(servers_loop, tmp_path / f"egress{len(made)}", allowed, reach(site, names=names), **limits))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def proxy(new_proxy):
    return new_proxy()


def test_a_tunnel_leads_to_an_allowed_host(site, proxy):
    site.say("/", body=b"through")
    for host in (f"site.test:{site.port}", f"A.Wild.test:{site.port}"):
        said = proxy.say(f"CONNECT {host} HTTP/1.1\r\nHost: x\r\n\r\n".encode(), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 Said")
        assert said.endswith(b"through")
        passage = proxy.passage()
        assert (passage.host, passage.port, passage.verdict) == (host.lower().partition(":")[0], site.port, "allowed")
        assert (passage.sent, passage.received > 30) == (27, True)


def test_http_is_asked_for_its_client(site, proxy):
    site.say("/a", body=b"plain")
    head = (
        f"GET http://site.test:{site.port}/a?b=1 HTTP/1.1\r\nHost: evil.test\r\nAccept: x\r\n"
        "Connection: keep-alive, X-Hop\r\nX-Hop: 1\r\nProxy-Authorization: Basic eA==\r\nTE: trailers\r\n\r\n"
    ).encode()
    said = proxy.say(head + b"GET http://site.test/second HTTP/1.1\r\n\r\n")
    assert said.endswith(b"\r\n\r\nplain")
    [request] = site.requests
    assert (request.method, request.target) == ("GET", "/a?b=1")
    assert request.headers == {"host": f"site.test:{site.port}", "accept": "x", "connection": "close"}
    assert proxy.passage().verdict == "allowed"


@pytest.mark.hostile
@pytest.mark.parametrize(
    "target",
    [
        "other.test:443",
        "evilsite.test:443",
        "wild.test:443",
        "site.test.evil.test:443",
        "site.test\0.evil.test:443",
        "evil.test\0.site.test:443",
        "evil.test\t.site.test:443",
        "site.test.:443",
        "site.test@evil.test:443",
        "127.0.0.1:443",
        "169.254.169.254:80",
        "[::1]:443",
        "[::ffff:127.0.0.1]:443",
        "2130706433:443",
        "0x7f.1:443",
        "x.127.0.0.1:443",
        "",
        ":443",
        "site.test:0",
        "site.test:22",
        "site.test:99999",
        "http://site.test/",
        "site.test:443/x",
        "site.test%00:443",
    ],
)
def test_case_09_other_hosts_are_refused_and_never_looked_up(site, new_proxy, target):
    asked = []
    proxy = new_proxy(names=lambda host, port: asked.append(host) or ["127.0.0.1"])
    said = proxy.say(f"CONNECT {target} HTTP/1.1\r\n\r\n".encode())
    assert said.split(b"\r\n")[0] in (b"HTTP/1.1 403 Forbidden", b"HTTP/1.1 400 Bad Request")
    passage = proxy.passage()
    assert passage.verdict == "refused"
    assert passage.reason
    assert passage.reason.encode() in said
    assert asked == []
    assert site.connections == 0


@pytest.mark.hostile
@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["127.0.0.1", "169.254.169.254"], ["::1"]])
def test_case_27_an_allowed_name_that_leads_inside_is_refused(site, new_proxy, addresses):
    proxy = new_proxy(names=lambda *_: addresses)
    said = proxy.say(f"CONNECT site.test:{site.port} HTTP/1.1\r\n\r\n".encode())
    assert said.startswith(b"HTTP/1.1 403 Forbidden\r\n")
    assert b"10.0" not in said
    assert site.connections == 0


@pytest.mark.hostile
@pytest.mark.parametrize(
    "head",
    [
        "POST http://site.test/ HTTP/1.1",
        "GET https://site.test/ HTTP/1.1",
        "GET / HTTP/1.1",
        "connect site.test:443 HTTP/1.1",
        "GET http://site.test/ HTTP/1.1\r\nContent-Length: 5",
        "GET http://site.test/ HTTP/1.1\r\nTransfer-Encoding: chunked",
        "GET http://site.test/ HTTP/1.1\r\nA: b\nX: c",
        "GET http://site.test/ HTTP/1.1\r\n folded",
        "GET http://site.test/ x",
        "GET http://site.test/ HTTP/1.1\r\nA\0: b",
        "GET http://site.test/ HTTP/1.1\r\nNo colon",
        "\x16\x03\x01",
        "SSH-2.0-x",
        "GET http://site.test/ HTTP/1.1\r\nA: " + "x" * 20_000,
    ],
)
def test_what_is_no_request_to_a_proxy_is_refused(site, proxy, head):
    said = proxy.say(head.replace("site.test", f"site.test:{site.port}").encode("latin-1") + b"\r\n\r\n")
    assert said.split(b"\r\n")[0] in (b"HTTP/1.1 400 Bad Request", b"HTTP/1.1 403 Forbidden")
    assert proxy.passage().verdict == "refused"
    assert site.connections == 0


@pytest.mark.hostile(case=9)
def test_case_09_a_host_that_is_taken_back_while_it_is_dialled_is_not_reached(site, new_proxy):
    asked = threading.Event()

    def slow(host, port):
        asked.set()
        time.sleep(0.3)
        return ["127.0.0.1"]

    proxy = new_proxy(names=slow)
    take_back = threading.Thread(target=lambda: asked.wait(5) and proxy.proxy.allow([]))
    take_back.start()
    said = proxy.say(f"CONNECT site.test:{site.port} HTTP/1.1\r\n\r\n".encode(), end=False)
    take_back.join()
    assert said.startswith(b"HTTP/1.1 403 Forbidden")
    assert proxy.passage().verdict == "refused"


def test_an_allowed_host_that_does_not_listen_is_told(site, proxy):
    site.close()
    said = proxy.say(f"CONNECT site.test:{site.port} HTTP/1.1\r\n\r\n".encode())
    assert said.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


@pytest.mark.hostile
def test_case_29_a_connection_has_so_many_bytes_and_so_much_time(site, new_proxy):
    async def endless(request, writer):
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async def silence(request, writer):
        await asyncio.sleep(5)

    site.serve("/", endless)
    site.serve("/silence", silence)
    greedy = new_proxy(bytes=300_000)
    assert len(greedy.say(f"GET http://site.test:{site.port}/ HTTP/1.1\r\n\r\n".encode())) < 400_000
    assert greedy.passage().verdict == "cut"
    slow = new_proxy(seconds=0.2)
    slow.say(f"CONNECT site.test:{site.port} HTTP/1.1\r\n\r\n".encode(), b"GET /silence HTTP/1.1\r\nA: b\r\n\r\n")
    passage = slow.passage()
    assert passage.verdict == "cut"
    assert 200 <= passage.duration_ms < 600
    slow.say(b"CONNECT ", end=False)
    assert slow.passage().verdict == "cut"


@pytest.mark.hostile
def test_connections_are_counted(servers_loop, new_proxy):
    proxy = new_proxy(connections=2)

    async def hold():
        return [await asyncio.open_unix_connection(str(proxy.path)) for _ in range(2)]

    held = servers_loop.do(hold())
    assert proxy.say(b"").startswith(b"HTTP/1.1 503 Service Unavailable")
    assert "At most 2" in proxy.passage().reason

    async def let_go():
        for _, writer in held:
            writer.close()
        await asyncio.sleep(0.05)

    servers_loop.do(let_go())
    assert proxy.say(b"CONNECT other.test:443 HTTP/1.1\r\n\r\n").startswith(b"HTTP/1.1 403")


@pytest.mark.hostile
def test_openings_have_a_pace(new_proxy):
    proxy = new_proxy(openings=2, connections=64)  # so 10 at once, and then 2 a second

    async def ask():
        began = time.monotonic()
        asked = [(await asyncio.open_unix_connection(str(proxy.path)))[1] for _ in range(30)]
        for writer in asked:
            writer.write(b"CONNECT other.test:443 HTTP/1.1\r\n\r\n")
        await asyncio.sleep(0.7)
        answered, took = len(proxy.log), time.monotonic() - began
        for writer in asked:
            writer.close()
        return answered, took

    answered, took = proxy.loop.do(ask())
    assert 0 < answered <= 10 + 2 * took + 1


@pytest.mark.hostile
@pytest.mark.parametrize("head", ["CONNECT {} HTTP/1.1\r\n\r\n", "GET http://{}/ HTTP/1.1\r\n\r\n"])
def test_a_client_that_is_gone_is_not_waited_for(site, proxy, head, monkeypatch):
    """The far end is silent, so nothing is ever written that would fail; who is only done speaking is waited for."""
    monkeypatch.setattr("actuators.outbound.proxy.HANGING_S", 0.05)
    asked = asyncio.Event()

    async def silence(request, writer):
        asked.set()
        await asyncio.sleep(0.4)
        writer.write(b"late")

    site.serve("/", silence)

    async def come(*, leave):
        reader, writer = await asyncio.open_unix_connection(str(proxy.path))
        writer.write(head.format(f"site.test:{site.port}").encode())
        if head.startswith("CONNECT"):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"GET / HTTP/1.1\r\nA: b\r\n\r\n")
        await asked.wait()
        asked.clear()
        if not leave:
            writer.write_eof()
            return await reader.read()
        writer.close()
        await asyncio.sleep(0.2)
        return len(proxy.proxy._open)

    assert proxy.loop.do(come(leave=False)) == b"late"
    assert proxy.loop.do(come(leave=True)) == 0


def test_the_socket_is_its_owners_and_goes_with_the_proxy(new_proxy):
    proxy = new_proxy()
    assert proxy.path.stat().st_mode & 0o777 == 0o600
    again = EgressProxy(proxy.path, HOSTS, proxy.proxy.reach)
    proxy.loop.do(again.start())
    proxy.loop.do(again.stop())
    assert not proxy.path.exists()
