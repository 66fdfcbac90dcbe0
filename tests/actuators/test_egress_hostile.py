"""The ways out of sandboxes: where none of them leads, and what they withstand."""

import asyncio
import contextlib
import ipaddress
import os
import platform
import shlex
import socket
import time

import pytest

from actuators.given import Reach
from actuators.outbound import clients, proxy
from actuators.outbound.proxy import HANGING_S, ProxyLimits
from actuators.sandbox import Limits
from tests.actuators.loopback import reach
from tests.actuators.outside import HOSTS, python
from tests.actuators.test_sandbox_disk import MIB, lowest_free

essential = pytest.mark.essential
pytestmark = pytest.mark.skipif(not os.access("/usr/bin/python3", os.X_OK), reason="the relay needs it")


# --- where it does not lead ------------------------------------------------------------------------


@essential
@pytest.mark.hostile
def test_nothing_is_reached_beside_it(outside, site, server):
    direct = """
import socket
for family, address in ((2, ("127.0.0.1", PORT)), (2, ("169.254.169.254", 80)), (2, ("10.0.0.1", 80)),
                        (2, ("1.1.1.1", 443)), (10, ("::1", PORT)), (10, ("::ffff:127.0.0.1", PORT)),
                        (1, "\\0ABSTRACT")):
    s = socket.socket(family); s.settimeout(1)
    try: s.connect(address); print("REACHED", address)
    except OSError as e: print("no")
for kind in (socket.SOCK_DGRAM,):
    s = socket.socket(2, kind)
    try: s.sendto(b"x", ("1.1.1.1", 53)); print("SENT")
    except OSError: print("no")
try: print("RESOLVED", socket.getaddrinfo("site.test", 80))
except OSError: print("no")
"""
    port, abstract = server
    text = direct.replace("PORT", str(port)).replace("ABSTRACT", abstract)
    assert outside.run(python(text), HOSTS, reach(site)).stdout.split() == ["no"] * 9
    assert outside.run("grep -c : /proc/net/dev; cat /proc/net/route | wc -l", HOSTS, reach(site)).stdout.split() == [
        "1",
        "1",
    ]


TALK = """
import socket, sys
for line in sys.argv[1:]:
    s = socket.socket(1); s.settimeout(4); s.connect("/run/egress.sock")
    s.sendall(line.encode().decode("unicode_escape").encode("latin-1"))
    said = b""
    try:
        while piece := s.recv(4096): said += piece
    except OSError: pass
    print(said.split(b"\\r\\n")[0].decode("latin-1") or "nothing")
"""


def talk(*heads):
    """A command that says each of these to the socket itself and prints the first line of what comes back."""
    return f"/usr/bin/python3 -I -c {shlex.quote(TALK)} " + " ".join(map(shlex.quote, heads))


@pytest.mark.hostile
def test_case_09_27_no_spelling_leads_elsewhere_from_inside(outside, site):
    """The proxy's own tests have more of them; here the whole way is gone, by who speaks to the socket himself."""
    port = site.port
    targets = [
        f"127.0.0.1:{port}", "localhost:80", "[::1]:80", f"[::ffff:127.0.0.1]:{port}", "169.254.169.254:80",
        "[fd00:ec2::254]:80", "10.0.0.1:80", f"2130706433:{port}", f"0x7f.1:{port}", f"127.1:{port}",
        f"site.test\\x00.other.test:{port}", f"other.test\\x00.site.test:{port}", f"site.test@127.0.0.1:{port}",
        f"other.test\\x1f.site.test:{port}", f"site.test.:{port}", f"site.test%00:{port}", "\\xef\\xbc\\x91.1.1.1:80",
        "site.test:22", "site.test:25", "site.test:0", "a.b.c.other.test:443", f"evil-site.test:{port}",
    ]  # fmt: skip
    heads = [f"CONNECT {target} HTTP/1.1\\r\\n\\r\\n" for target in targets]
    said = outside.run(talk(*heads), HOSTS, reach(site)).stdout.splitlines()
    assert len(said) == len(targets)
    for target, line in zip(targets, said, strict=True):
        assert line in ("HTTP/1.1 403 Forbidden", "HTTP/1.1 400 Bad Request"), (target, line)
    assert site.connections == 0


@pytest.mark.hostile
@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["192.168.1.1", "93.184.216.34"],
        ["::ffff:10.0.0.1"],
        ["fd00::1"],
        ["0.0.0.0"],
    ],
)
def test_a_listed_name_that_leads_inside_is_refused(outside, site, addresses):
    wanted = reach(site, names=lambda *_: addresses)
    outcome = outside.run(f"curl -s -m 4 http://site.test:{site.port}/", HOSTS, wanted, account="rebound")
    assert "cannot be reached from here" in outcome.stdout
    assert addresses[0] not in outcome.stdout


@pytest.mark.hostile
def test_what_follows_a_plain_request_goes_nowhere(outside, site):
    """Neither a second request behind the first, nor one hidden in a body, reaches the far end or another host."""
    site.say("/a", body=b"first")
    at = f"site.test:{site.port}"
    second = "GET /smuggled HTTP/1.1\\r\\n\\r\\n"
    heads = [
        f"GET http://{at}/a HTTP/1.1\\r\\n\\r\\nGET http://{at}/smuggled HTTP/1.1\\r\\n\\r\\n",
        f"GET http://{at}/a HTTP/1.1\\r\\nContent-Length: 28\\r\\n\\r\\n{second}",
        f"GET http://{at}/a HTTP/1.1\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n{second}",
        f"GET http://{at}/a\\r\\nX: HTTP/1.1\\r\\n\\r\\n",
        f"GET http://{at}/a HTTP/1.1\\r\\nHost: other.test\\r\\nHost: other.test\\r\\n\\r\\n",
    ]
    said = outside.run(talk(*heads), HOSTS, reach(site)).stdout.splitlines()
    assert said == ["HTTP/1.1 200 Said", *["HTTP/1.1 400 Bad Request"] * 3, "HTTP/1.1 200 Said"]
    assert {(request.target, request.headers["host"]) for request in site.requests} == {("/a", at)}
    assert site.connections == 2


# --- what it withstands ----------------------------------------------------------------------------


@pytest.mark.hostile
def test_one_account_s_hundreds_do_not_keep_another_out(new_outside, site, house):
    """Connections of one account are counted, and openings have a pace; another's goes through at once meanwhile."""
    site.say("/", body=b"through")
    outside = new_outside(limits=ProxyLimits(connections=8))
    flood = python(
        "import socket, time\n"
        "held = []\n"
        "for n in range(400):\n"
        "    s = socket.socket(1); s.setblocking(False)\n"
        "    try: s.connect('/run/egress.sock'); held.append(s)\n"
        "    except OSError: s.close(); time.sleep(0.005)\n"  # the queue of those who wait is full for a moment
        "print('held', len(held), flush=True)\n"
        "time.sleep(30)"
    )

    async def go():
        async with outside.egress.way("flood", HOSTS, reach(site), outside.uid("flood")) as bad:
            flooding = asyncio.create_task(house.sandboxes.run(flood, workspace=house.account("flood"), egress=bad))
            for _ in range(100):
                await asyncio.sleep(0.05)
                if len(outside.egress._ways["flood"].proxy._open) >= 8:
                    break
            else:
                raise AssertionError("the flood did not come")
            async with outside.egress.way("calm", HOSTS, reach(site), outside.uid("calm")) as good:
                began = time.monotonic()
                outcome = await house.sandboxes.run(
                    f"curl -s -m 4 http://site.test:{site.port}/", workspace=house.account("calm"), egress=good
                )
            flooding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await flooding
            return outcome, time.monotonic() - began

    outcome, took = house.do(go())
    assert outcome.stdout == "through", outcome
    assert took < 3


@pytest.mark.hostile
def test_bytes_have_a_pace(new_outside, site):
    site.say("/", body=b"x" * 100_000)
    slow = new_outside(limits=ProxyLimits(flow=400_000))
    at = f"http://site.test:{site.port}/"
    outcome = slow.run(
        f"date +%s%N; for i in 1 2 3 4 5; do curl -s -m 9 {at} >/dev/null; done; date +%s%N", HOSTS, reach(site)
    )
    begin, end = map(int, outcome.stdout.split())
    assert (end - begin) / 1e9 > 0.8, "500,000 bytes, of which 100,000 at once"


@pytest.mark.hostile
@pytest.mark.parametrize("left", [(), ("*.wild.test",)], ids=["emptied", "another list"])
def test_an_open_connection_is_cut_when_its_host_is_taken_back(outside, site, house, left):
    async def trickle(request, writer):
        writer.write(b"HTTP/1.1 200 Said\r\n\r\nbegun\n")
        for _ in range(200):
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.05)

    site.serve("/", trickle)
    at = f"http://site.test:{site.port}/"

    async def go():
        begun = asyncio.Event()
        async with outside.egress.way("cut", HOSTS, reach(site), outside.uid("cut")) as way:
            running = asyncio.create_task(
                house.sandboxes.run(
                    f"curl -sN --proxytunnel {at}; echo; curl -s {at}", workspace=house.account("cut"), egress=way,
                    on_output=lambda stream, text: begun.set(),
                )
            )  # fmt: skip
            await asyncio.wait_for(begun.wait(), 5)
            began = time.monotonic()
            await outside.egress.allow("cut", left)
            outcome = await running
            assert outside.egress.accounts == ["cut"], "who runs still is told why"
            return outcome, time.monotonic() - began

    outcome, took = house.do(go())
    assert took < 2
    assert outcome.stdout.startswith("begun\n."), outcome
    assert "site.test is not among the hosts" in outcome.stdout
    house.do(outside.egress.allow("cut", ()))
    assert outside.egress.accounts == []


# --- what does not stay in it ----------------------------------------------------------------------

KEEP = """
import array, os, socket, time
b = bytes(1 << 20)
def tunnel():
    s = socket.socket(socket.AF_UNIX); s.connect('/run/egress.sock')
    s.send(b'CONNECT site.test:PORT HTTP/1.1\\r\\n\\r\\n')
    assert s.recv(99).startswith(b'HTTP/1.1 200'); return s
def stuff(s):
    s.settimeout(0.5)
    try:
        while True: s.send(bytes(65536))
    except OSError: s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)  # room for a little more
def leave(s, file):
    s.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [file]))])
full = tunnel(); stuff(full)
for n in range(12):
    f = os.open('f', os.O_CREAT | os.O_WRONLY); os.unlink('f')
    for i in range(16): os.write(f, b)
    try: leave(full, f); print('left')
    except OSError as error: print('refused', error.errno)
    os.close(f)
    time.sleep(PAUSE)
"""


@pytest.fixture
def deaf():
    """The port of a far end that accepts and never reads."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def deaf_reach(port):
    return Reach(
        exceptions=(ipaddress.ip_network("127.0.0.0/8"),),
        ports=frozenset({port}),
        resolve=lambda host, port: ["127.0.0.1"],
        account="a",
    )


def keep(port, pause=0.0):
    return python(KEEP.replace("PORT", str(port)).replace("PAUSE", str(pause)))


def version():
    """The kernel's. Since 6.16 a socket can refuse descriptors (SO_PASSRIGHTS)."""
    return tuple(map(int, platform.release().split("-")[0].split(".")[:2]))


@essential
@pytest.mark.hostile(case=11)
@pytest.mark.skipif(version() < (6, 16), reason="NOT TESTED: no SO_PASSRIGHTS; the next test is for this kernel")
def test_deleted_files_are_not_left_with_a_proxy_that_does_not_read(outside, deaf, place):
    with lowest_free(place) as fell:
        outcome = outside.run(keep(deaf), HOSTS, deaf_reach(deaf), limits=Limits(wall_s=20))
    assert outcome.stdout.split("\n")[:-1] == ["refused 1"] * 12, outcome
    assert fell[0] < 64 * MIB


@essential
@pytest.mark.hostile(case=11)
def test_who_leaves_descriptors_is_cut_where_no_kernel_refuses_them(outside, deaf, place, monkeypatch):
    monkeypatch.setattr(clients, "SO_PASSRIGHTS", 9999)  # as before Linux 6.16
    with lowest_free(place) as fell:
        outcome = outside.run(keep(deaf, 0.1), HOSTS, deaf_reach(deaf), limits=Limits(wall_s=20))
    said = outcome.stdout.split("\n")[:-1]
    assert "left" in said[:1], outcome
    assert said[-1] == "refused 32", "it is gone"
    assert fell[0] < 128 * MIB, "of 192"


@essential
@pytest.mark.hostile(case=11)
def test_descriptors_in_what_waits_to_be_accepted_are_closed_too(outside, deaf, monkeypatch):
    monkeypatch.setattr(clients, "SO_PASSRIGHTS", 9999)
    monkeypatch.setattr(proxy, "BURST_S", 0.1)  # the third one waits
    text = KEEP.partition("full = ")[0] + (
        "waiting = []\n"
        "for n in range(60):\n"
        "    s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect('/run/egress.sock'); waiting.append(s)\n"
        "    leave(s, 0)\n"
        "time.sleep(0.4)\n"
        "alive = 0\n"
        "for s in waiting[20:]:\n"
        "    s.setblocking(False)\n"
        "    try: alive += s.recv(1) != b''\n"
        "    except BlockingIOError: alive += 1\n"
        "    except ConnectionResetError: pass\n"
        "print(alive)"
    )
    outcome = outside.run(python(text), HOSTS, deaf_reach(deaf))
    assert outcome.stdout == "0\n", outcome


@essential
@pytest.mark.hostile
def test_a_connection_that_is_not_read_ends_with_its_command(outside, deaf, house):
    text = keep(deaf).replace("for n in range(12)", "for n in range(0)")
    outcome = outside.run(text, HOSTS, deaf_reach(deaf), limits=Limits(wall_s=20))
    assert outcome.exit_code == 0, outcome
    (way,) = outside.egress._ways.values()
    assert way.proxy._open
    house.rest(HANGING_S + 1.0)
    assert not way.proxy._open


@pytest.mark.hostile
def test_an_answer_that_nobody_takes_counts_as_open_to_its_limit(new_outside, site):
    """What does not fit into the socket waits in the proxy, also when the far end has said all."""
    outside = new_outside(limits=ProxyLimits(seconds=1.0))
    sizes = [100_000, 240_000, 280_000]
    for size in sizes:
        site.say(f"/{size}", body=b"x" * size)
    text = """
import socket, time
socks = []
for size in SIZES:
    s = socket.socket(socket.AF_UNIX); s.connect('/run/egress.sock'); socks.append(s)
    s.sendall(f'GET http://site.test:PORT/{size} HTTP/1.1\\r\\n\\r\\n'.encode())
time.sleep(2.5)
for s in socks:
    got = 0
    try:
        while piece := s.recv(1 << 16): got += len(piece)
    except OSError: pass
    print(got)
"""
    text = text.replace("SIZES", repr(sizes)).replace("PORT", str(site.port))
    got = [int(each) for each in outside.run(python(text), HOSTS, reach(site)).stdout.split()]
    assert got[0] > sizes[0], "what fits is given whole"
    assert got[-1] < sizes[-1], "and the rest was cut with its connection"
