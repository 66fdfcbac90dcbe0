"""Processes and connections die; followers resume without loss or doubles."""

import json
import signal
import time

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed

from tests.realtime.installation import Web, closing, hear, hear_until

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def own_web(fresh_database, tmp_path_factory):
    made = Web(fresh_database("restarts"), tmp_path_factory.mktemp("restarts") / "log")
    yield made
    made.end(signal.SIGKILL)


def test_a_killed_web_process_costs_no_event_and_doubles_none(own_web):
    follower = own_web.member()
    heard = []
    with follower.follow() as opened:
        since = opened.resume
        follower.tell(("a.b", {}), count=5)
        heard += [hear(opened)["id"] for _ in range(5)]
        own_web.end(signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            opened.recv(10)
    follower.tell(("a.b", {}), count=5)
    own_web.start()
    with follower.follow(since=heard[-1]) as opened:
        follower.tell(("a.last", {}))
        heard += [event["id"] for event in hear_until(opened, "a.last")]
    assert heard == [id for id in follower.ids() if int(id) > int(since)]


def test_a_stopped_web_process_says_goodbye(own_web):
    follower = own_web.member()
    with follower.follow() as opened, own_web.socket() as nameless, follower.stream("GET", "/api/events") as answer:
        lines = answer.iter_lines()
        next(lines)
        began = time.monotonic()
        own_web.process.send_signal(signal.SIGTERM)
        assert closing(opened) == (1012, "The server restarts. Connect again with since.")
        assert closing(nameless)[0] == 1012
        assert ": the server restarts, connect again" in list(lines)
    own_web.process.wait(10)
    assert time.monotonic() - began < 8
    assert "Traceback" not in own_web.output()
    own_web.start()


def test_lost_database_connections_cost_no_event(own_web):
    follower = own_web.member()
    with follower.follow() as opened:
        heard = []
        for _ in range(3):
            end_connections(own_web)
            follower.tell(("a.b", {}), count=3)
            heard += [hear(opened)["id"] for _ in range(3)]
        opened.send(json.dumps({"type": "subscribe", "since": "0"}))
        assert hear(opened)["type"] == "subscribed"
        end_connections(own_web)
        follower.tell(("a.last", {}))
        again = [event["id"] for event in hear_until(opened, "a.last")]
    assert again == follower.ids()
    assert heard == follower.ids()[-10:-1]


def end_connections(web):
    """As if Postgres had restarted: all of the web's connections are gone."""
    with psycopg.connect(web.urls.owner_url, autocommit=True) as owner, web.database() as app:
        app.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
        assert owner
