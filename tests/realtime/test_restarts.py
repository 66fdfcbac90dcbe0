"""Processes and connections die; followers resume without loss or doubles."""

import asyncio
import json
import signal
import time

import psycopg
import pytest
from websockets.exceptions import ConnectionClosed

from executor_one.kit import notices
from realtime.database import Asker
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
        for pause in (0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3) * 2:  # some die while they answer, some while they wait
            end_connections(own_web)
            follower.tell(("a.b", {}), count=3)
            time.sleep(pause)
            end_connections(own_web)
            heard += [hear(opened)["id"] for _ in range(3)]
        opened.send(json.dumps({"type": "subscribe", "since": "0"}))
        assert hear(opened)["type"] == "subscribed"
        end_connections(own_web)
        follower.tell(("a.last", {}))
        again = [event["id"] for event in hear_until(opened, "a.last")]
    assert again == follower.ids()
    assert heard == follower.ids()[-43:-1]


def test_a_bad_question_is_refused_and_costs_the_others_nothing(fresh_database):
    """Beside it in one round trip, and after it: the connection goes on."""
    url = fresh_database("questions").app_url

    async def ask():
        asker = Asker()
        one = ("00000000-0000-7000-8000-000000000000", "SELECT $1::int")
        answers = await asyncio.gather(
            asker.ask(*one, 1), asker.ask(*one, "x"), asker.ask(*one, 2), asker.ask(*one, "\0"), return_exceptions=True
        )
        return [*answers, await asker.ask(*one, 3)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(notices, "connection_params", lambda: {"conninfo": url})
        first, bad, second, worse, third = asyncio.run(ask())
    assert (first, second, third) == ([(1,)], [(2,)], [(3,)])
    assert isinstance(bad, psycopg.DataError)
    assert isinstance(worse, psycopg.DataError)


def end_connections(web):
    """As if Postgres had restarted: all of the web's connections are gone."""
    with psycopg.connect(web.urls.owner_url, autocommit=True) as owner, web.database() as app:
        app.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )
        assert owner
