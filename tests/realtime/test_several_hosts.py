"""Two web processes on one database, as on two hosts, with a Redis between them that comes and goes."""

import json
import shutil
import signal
import socket
import subprocess
import time

import pytest

from tests.realtime.installation import Follower, Web, closing, hear, hear_until

REDIS = shutil.which("redis-server")
NOT_RUN_HERE = (
    "NOT RUN HERE: redis-server is missing, so nothing was tried on several hosts: apt-get install redis-server"
)
pytestmark = [
    pytest.mark.live,
    pytest.mark.timeout(240),
    pytest.mark.skipif(REDIS is None, reason=NOT_RUN_HERE),
]

CAP = 4  # sockets and streams of an account
WITHIN = 5.0


class Redis:
    """A Redis of our own, that keeps nothing."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder, self.url = folder, f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            [REDIS, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait(10)


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    made = Redis(tmp_path_factory.mktemp("redis"))
    yield made
    made.kill()


@pytest.fixture(scope="module")
def hosts(redis, fresh_database, tmp_path_factory):
    urls, folder = fresh_database("hosts"), tmp_path_factory.mktemp("hosts")
    shared = {"REDIS_URL": redis.url, "REALTIME_PER_ACCOUNT": str(CAP), "SECRET_KEY": "hosts" * 10}
    made = [Web(urls, folder / f"log-{number}", **shared) for number in (1, 2)]
    yield made
    for web in made:
        web.end(signal.SIGKILL)


@pytest.fixture
def both(hosts):
    """One account, as it meets each of the two."""
    here = hosts[0].member()
    there = Follower(hosts[1], here.id, here.key, here.login)
    yield here, there
    here.close()
    there.close()


def enters(follower):
    """An open socket, or None where the account has as many as it may."""
    opened = follower.web.socket()
    opened.send(json.dumps({"type": "auth", "token": follower.key}))
    if hear(opened)["type"] == "connected":
        return opened
    assert closing(opened)[0] == 4429
    return None


def until(wanted, follower, seconds=15.0):
    """Try until a socket is let in (or refused), and answer it."""
    deadline = time.monotonic() + seconds
    while bool(opened := enters(follower)) != wanted:
        assert time.monotonic() < deadline, f"never {'let in' if wanted else 'refused'}"
        if opened:
            opened.close()
        time.sleep(0.3)
    return opened


def says(web, words, seconds=15.0):
    """Wait for a line of the log: each notices in its own time, since Redis' client tries again by itself first."""
    deadline = time.monotonic() + seconds
    while words not in web.output():
        assert time.monotonic() < deadline, f"never said: {words}"
        time.sleep(0.1)


def close(*sockets):
    for opened in sockets:
        opened.close()


def test_events_reach_the_sockets_of_both_and_follow_on_from_one_to_the_other(both):
    here, there = both
    with here.follow() as one, there.follow() as other:
        here.tell(("a.b", {"n": 1}), ("a.last", {}))
        heard = hear_until(one, "a.last")
        assert [event["id"] for event in hear_until(other, "a.last")] == [event["id"] for event in heard]
    here.tell(("a.again", {}))
    with there.follow(since=heard[0]["id"]) as resumed:
        assert [event["type"] for event in hear_until(resumed, "a.again")] == ["a.last", "a.again"]


def test_the_cap_of_an_account_holds_over_both(both):
    here, there = both
    held = [enters(here), enters(here), enters(there)]
    held.append(until(True, there))
    until(False, here)
    until(False, there)
    held.pop().close()
    held.append(until(True, here))
    until(False, there)
    close(*held)


def test_E22_a_key_revoked_at_one_closes_its_sockets_at_the_other(both):
    here, there = both
    made = here.post("/api/auth/keys", json={"name": "second"}).json()
    with there.follow(token=made["apiKey"]) as doomed:
        began = time.monotonic()
        assert here.delete(f"/api/auth/keys/{made['id']}").status_code == 204
        assert closing(doomed)[0] == 4401
        assert time.monotonic() - began < WITHIN


def test_what_a_killed_process_held_is_given_back(both, hosts):
    here, there = both
    held = [enters(here) for _ in range(CAP)]
    until(False, there)
    hosts[0].end(signal.SIGKILL)
    until(True, there).close()
    close(*held)
    hosts[0].start()


def test_without_redis_each_counts_its_own_and_every_event_arrives(both, hosts, redis):
    here, there = both
    held = [enters(here) for _ in range(CAP)]
    until(False, there)
    redis.kill()
    held += [until(True, there)]
    held += [enters(there) for _ in range(CAP - 1)]
    assert all(held)
    assert enters(here) is None
    assert enters(there) is None
    for web in hosts:
        says(web, "the channel layer is away")
    here.tell(("a.b", {}))
    assert {hear_until(opened, "a.b")[-1]["type"] for opened in held} == {"a.b"}
    redis.start()
    held.pop().close()
    until(False, there)  # what the other one holds counts again
    close(*held)
