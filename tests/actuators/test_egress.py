"""The ways out of sandboxes: who has one, where it leads, for how long. Real sandboxes, proxies and servers."""

import asyncio
import os
import re
from pathlib import Path

import pytest

from actuators.outbound.egress import MOST_IDLE
from actuators.sandbox import SandboxUnavailable, pool, relay
from tests.actuators.loopback import reach
from tests.actuators.outside import HOSTS, python

essential = pytest.mark.essential
pytestmark = pytest.mark.skipif(not os.access("/usr/bin/python3", os.X_OK), reason="the relay needs it")
FETCH = "import urllib.request as u; print(u.urlopen({!r}, timeout=4).read().decode())"


# --- what it is for --------------------------------------------------------------------------------


@essential
def test_a_program_reaches_the_listed_host_and_is_told_of_the_others(outside, site):
    site.say("/", body=b"from the far end")
    at = f"site.test:{site.port}"
    outcome = outside.run(
        f"{python(FETCH.format(f'http://{at}/'))}\n"
        f"curl -s -m 4 http://{at}/; echo\n"
        f"curl -s -m 4 --proxytunnel http://{at}/; echo\n"
        f"curl -s -m 4 http://Sub.Wild.test:{site.port}/; echo\n"
        f"curl -s -m 4 http://other.test/",
        HOSTS, reach(site),
    )  # fmt: skip
    assert outcome.stdout.splitlines()[:4] == ["from the far end"] * 4, outcome
    told = outcome.stdout.splitlines()[4]
    assert "other.test is not among the hosts" in told
    assert "PUT /api/egress" in told
    assert outcome.exit_code == 0
    assert [request.headers["host"] for request in site.requests][:3] == [at] * 3


@essential
def test_a_command_that_serves_itself_is_not_led_outside(outside, site):
    serve = "/usr/bin/python3 -I -m http.server -b 127.0.0.1 8000 >/dev/null 2>&1 & for i in $(seq 20); do sleep 0.2;"
    outcome = outside.run(
        f"echo mine > index.html; {serve} curl -sf http://127.0.0.1:8000/ && exit; done", HOSTS, reach(site)
    )
    assert outcome.stdout == "mine\n", outcome


def test_much_comes_whole_both_ways(outside, site):
    size = 3_000_000

    async def measure(request, writer):
        writer.write(b"HTTP/1.1 200 Said\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size)
        await writer.drain()

    site.serve("/big", measure)
    address = f"http://site.test:{site.port}/big"
    outcome = outside.run(
        f"curl -s -m 8 {address} | wc -c; curl -s -m 8 --proxytunnel {address} | wc -c", HOSTS, reach(site)
    )
    assert outcome.stdout.split() == [str(size)] * 2, outcome

    async def take(request, writer):
        writer.write(b"HTTP/1.1 200 Said\r\nContent-Length: 7\r\n\r\n%7d" % len(request.body))
        await writer.drain()

    site.serve("/up", take)
    up = f"http://site.test:{site.port}/up"
    outcome = outside.run(
        f"head -c {size} /dev/zero > up; curl -s -m 8 --proxytunnel -H Expect: --data-binary @up {up}",
        HOSTS,
        reach(site),
    )
    assert outcome.stdout == f"{size:7d}", outcome


def test_its_relay_neither_holds_the_end_nor_counts_as_the_command(outside, site):
    outcome = outside.run("echo out; echo err >&2; exit 7", HOSTS, reach(site))
    assert (outcome.stdout, outcome.stderr, outcome.exit_code, outcome.killed) == ("out\n", "err\n", 7, None)
    assert outcome.duration_ms < 4000
    killed = outside.run(
        f"kill -9 $(pgrep -f ^/usr/bin/python3.*{relay.PROGRAM}); echo on; curl -s http://site.test/; echo $?",
        HOSTS,
        reach(site),
    )
    assert killed.stdout == "on\n7\n", "who kills the relay is cut off, and nothing else"


# --- who has one -----------------------------------------------------------------------------------

LOOK = (
    "env | grep -ic proxy; ls -A /run | wc -l; find / -type s 2>/dev/null | wc -l; "
    "grep -c egress /proc/self/mountinfo; pgrep -fc ^/usr/bin/python3.*relay"
)


@essential
@pytest.mark.hostile
def test_an_account_without_one_has_no_relay_no_socket_and_no_variable(outside, site):
    with_one = outside.run(LOOK, HOSTS, reach(site), account="listed").stdout.split()
    assert with_one == ["6", "2", "1", "1", "1"]
    for account in ("listed", "unlisted"):
        seen = outside.run(LOOK, (), reach(site), account=account).stdout.split()
        assert seen == ["0", "0", "0", "0", "0"]
        tried = outside.run(
            "curl -s -m 2 -x http://127.0.0.1:3128 http://site.test/; echo $?", (), reach(site), account=account
        )
        assert tried.stdout == "7\n"


@pytest.mark.hostile
def test_waiting_sandboxes_with_and_without_are_never_mixed(outside, site, house):
    """Whatever is waiting from the run before, the next is as its list says; an ended proxy's is not used."""
    look = "env | grep -c ^HTTP_PROXY; test -S /run/egress.sock; echo $?"
    for hosts in (HOSTS, (), HOSTS, HOSTS, (), ()):
        outcome = outside.run(look, hosts, reach(site), account="mixed")
        assert outcome.stdout.split() == (["1", "0"] if hosts else ["0", "1"])
        house.rest(0.15)
    waiting = {birth.egress for birth in house.sandboxes._idle if birth.path == str(house.account("mixed").path)}
    assert len(waiting) > 1, "both kinds wait"
    outside.run("true", HOSTS, reach(site), account="mixed")
    house.rest(0.15)
    house.do(outside.egress.stop())
    site.say("/", body=b"again")
    again = outside.run(f"curl -s http://site.test:{site.port}/", HOSTS, reach(site), account="mixed")
    assert again.stdout == "again", again


@pytest.mark.hostile
def test_the_socket_is_for_the_account_s_own_uid_and_its_folder_holds_nothing_else(outside, site, house):
    async def look():
        async with (
            outside.egress.way("one", HOSTS, reach(site), outside.uid("one")) as mine,
            outside.egress.way("two", HOSTS, reach(site), outside.uid("two")) as theirs,
        ):
            peek = f"ls -A /run; cat {theirs}/{relay.PROGRAM}; ls {theirs.parent}; find / -name '*.sock' 2>/dev/null"
            outcome = await house.sandboxes.run(peek, workspace=house.account("one"), egress=mine)
            return mine, theirs, [each.stat() for each in (mine / relay.SOCKET, theirs / relay.SOCKET)], outcome

    mine, theirs, sockets, outcome = house.do(look())
    assert outcome.stdout.split() == [relay.SOCKET, relay.PROGRAM, f"/run/{relay.SOCKET}"], outcome
    assert mine != theirs
    assert re.fullmatch(r"[0-9a-f]{16}", mine.name)
    assert mine.parent.stat().st_mode & 0o777 == 0o711
    for socket, account in zip(sockets, ("one", "two"), strict=True):
        assert socket.st_mode & 0o777 == 0o600
        assert socket.st_uid == (outside.uid(account) or os.geteuid())


@pytest.mark.hostile
def test_what_is_bound_in_cannot_be_changed(outside, site):
    outcome = outside.run(
        "rm -f /run/egress.sock; mv /run/relay.py /run/x; echo x >> /run/relay.py; chmod 777 /run/egress.sock; "
        "touch /run/new; ls -A /run",
        HOSTS, reach(site), account="changes",
    )  # fmt: skip
    assert outcome.stdout.split() == [relay.SOCKET, relay.PROGRAM], outcome
    assert outcome.stderr.count("Read-only") >= 4, outcome


# --- for how long ----------------------------------------------------------------------------------


def folders(house):
    return {each.name for each in Path(house.sandboxes.sockets).iterdir()}


def test_it_begins_with_the_first_command_and_ends_when_none_has_run_for_a_while(new_outside, site, house):
    before = folders(house)
    outside = new_outside(idle_s=0.3)
    outside.run("true", (), reach(site))
    assert (outside.egress.accounts, folders(house)) == ([], before), "who may reach nothing costs nothing"
    outside.run("true", HOSTS, reach(site))
    first = folders(house) - before
    assert (outside.egress.accounts, len(first)) == (["a"], 1)
    outside.run("true", HOSTS, reach(site))
    assert folders(house) - before == first, "the next command finds the same"
    house.rest(0.6)
    assert (outside.egress.accounts, folders(house)) == ([], before)


def test_those_that_idle_are_counted_and_an_emptied_list_ends_one_at_once(outside, site, house):
    async def visit(account, hosts):
        async with outside.egress.way(account, hosts, reach(site), None if outside.uid("a") is None else 299_001):
            pass

    async def many():
        for number in range(MOST_IDLE + 5):
            await visit(f"account{number}", HOSTS)
        await asyncio.sleep(0.1)

    house.do(many())
    assert outside.egress.accounts == [f"account{number}" for number in range(5, MOST_IDLE + 5)]
    house.do(visit("account7", ()))
    assert "account7" not in outside.egress.accounts


def test_a_machine_without_python_refuses_and_says_so(outside, site, house, monkeypatch):
    monkeypatch.setattr(pool, "PYTHON", "/usr/bin/python-that-is-not-there")
    assert outside.run("echo fine", (), reach(site)).stdout == "fine\n"
    with pytest.raises(SandboxUnavailable, match="the relay to them needs /usr/bin/python"):
        outside.run("echo never", HOSTS, reach(site))


def test_each_passage_is_a_line_in_the_log(outside, site, caplog, house):
    site.say("/", body=b"12345")
    at = f"site.test:{site.port}"
    with caplog.at_level("INFO", logger="actuators.outbound.egress"):
        outside.run(f"curl -s http://{at}/; curl -s 'http://other.test/'", HOSTS, reach(site), account="acc_1")
        house.rest(0.1)
    passed, refused = (record.getMessage() for record in caplog.records)
    wanted = (
        rf'egress account=acc_1 host="site.test" port={site.port} verdict=allowed sent=\d+ received=(\d+) ms=\d+ .*'
    )
    assert int(re.fullmatch(wanted, passed)[1]) > 5
    assert 'account=acc_1 host="other.test" port=80 verdict=refused sent=0 received=0' in refused
