"""The same events as server-sent events, for every plan."""

import json
import socket
import struct
import time
from contextlib import contextmanager
from itertools import takewhile

import httpx
import pytest

from tests.realtime.installation import Follower

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]


@contextmanager
def stream(follower, path="/api/events", headers=None, **query):
    with follower.stream("GET", path, params=query, headers=headers or {}) as answer:
        assert answer.status_code == 200, answer.read()
        yield answer, events_of(answer)


def events_of(answer):
    """(id, event, data) of each event as it comes."""
    fields = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if line and name:
            fields[name] = value
        elif fields:
            if "data" in fields:
                yield fields.get("id"), fields["event"], json.loads(fields["data"])
            fields = {}


def test_E_R35_a_stream_tells_the_same_as_a_socket(follower):
    with stream(follower) as (answer, events), follower.follow() as opened:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Accel-Buffering"] == "no"
        assert answer.headers["X-Receipt"].startswith("rcp_")
        follower.tell(("goal.completed", {"goal": "x"}))
        id, type, data = next(events)
        assert data == json.loads(opened.recv(20))
        assert (id, type) == (data["id"], data["type"])


def test_free_may_follow_by_a_stream(web):
    free = web.member(plan="free")
    with stream(free) as (_, events):
        free.tell(("goal.completed", {}))
        assert next(events)[1] == "goal.completed"


def test_a_stream_goes_on_where_it_broke_off(follower):
    follower.tell(("a.b", {}), count=700)
    ids = follower.ids()
    for how in ({"since": ids[100]}, {"headers": {"Last-Event-ID": ids[100]}, "since": ids[600]}):
        with stream(follower, **how) as (_, events):
            assert [next(events)[0] for _ in ids[101:]] == ids[101:]


def test_who_loses_a_stream_before_its_first_event_loses_none(follower):
    with follower.stream("GET", "/api/events") as answer:
        greeting = takewhile(lambda line: not line.startswith(": you stand"), answer.iter_lines())
        (position,) = [line[4:] for line in greeting if line.startswith("id: ")]
    follower.tell(("a.b", {}), ("a.c", {}))
    with stream(follower, headers={"Last-Event-ID": position}) as (_, events):
        assert [next(events)[1], next(events)[1]] == ["a.b", "a.c"]


def test_a_stream_is_filtered_by_types(follower):
    with stream(follower, types="goal.*,task.failed") as (_, events):
        follower.tell(("task.started", {}), ("task.failed", {}), ("goalkeeper.x", {}), ("goal.failed", {}))
        assert [next(events)[1], next(events)[1]] == ["task.failed", "goal.failed"]


def test_a_goal_s_stream_begins_at_its_beginning_and_ends_with_it(follower):
    follower.tell(("noise.x", {}), count=100)
    goal, other = follower.goal(), follower.goal()
    with stream(follower, f"/api/goals/{goal}/events") as (_, events):
        first = next(events)
        assert (first[1], first[2]["data"]["goal"]) == ("goal.created", goal)
        follower.tell(
            ("task.started", {"goal": goal, "task": "t", "attempt": 1}),
            ("goal.completed", {"goal": other}),
            ("goal.cancelled", {"goal": goal}),
        )
        follower.tell(("task.cancelled", {"goal": goal, "task": "t", "attempt": 1}))
        rest = list(events)
    told = [type for _, type, _ in rest if type != "goal.planned"]
    assert told == ["task.started", "goal.cancelled", "task.cancelled", "end"]
    assert rest[-1][2]["reason"] == "goal_ended"


def test_a_goal_that_ended_is_told_whole_and_the_stream_ends(follower):
    goal = follower.goal()
    assert follower.delete(f"/api/goals/{goal}").status_code == 200
    began = time.monotonic()
    with stream(follower, f"/api/goals/{goal}/events", types="goal.cancelled") as (_, events):
        assert [type for _, type, _ in events] == ["goal.cancelled", "end"]
    with stream(follower, f"/api/goals/{goal}/events", since=follower.ids()[-1]) as (_, events):
        assert [type for _, type, _ in events] == ["end"]
    assert time.monotonic() - began < 15


@pytest.mark.parametrize(
    "query", ["since=x", "since=-1", "since=99999999999999999999", "types=a..b", "types=" + "a," * 60, "colour=red"]
)
def test_a_query_that_makes_no_sense_is_400(follower, query):
    answer = follower.get(f"/api/events?{query}")
    assert (answer.status_code, answer.json()["name"]) == (400, "invalid_request")


def test_a_stream_needs_a_caller_and_an_own_goal(web, follower):
    assert httpx.get(f"{web.url}/api/events").status_code == 401
    assert follower.get(f"/api/goals/{web.member().goal()}/events").status_code == 404


def test_head_of_a_stream_has_no_body_and_no_end_to_wait_for(follower):
    answer = follower.head("/api/events")
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_stream_takes_a_seat_and_gives_it_back(web):
    many = web.member()
    for _ in range(40):  # more than the 30 that may be open at once
        with stream(many):
            pass
    deadline = time.monotonic() + 10
    while (answer := many.head("/api/events")).status_code != 200:
        assert time.monotonic() < deadline, answer
    assert isinstance(many, Follower)


def test_waiting_streams_hold_no_thread(web):
    """More of them than the web has threads (WEB_THREADS, 16), and the API answers as before."""
    many = web.member()
    streams = []
    try:
        for _ in range(25):
            context = stream(many)
            streams.append((context, context.__enter__()))
        began = time.monotonic()
        assert many.get("/api/state").status_code == 200
        assert time.monotonic() - began < 5
        many.tell(("a.b", {}))
        assert {next(events)[1] for _, (_, events) in streams} == {"a.b"}
    finally:
        for context, _ in streams:
            context.__exit__(None, None, None)


def test_a_client_that_leaves_at_once_leaves_no_trace(follower):
    before = len(follower.web.output())
    asked = f"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {follower.key}\r\n\r\n".encode()
    for step in range(30):
        with socket.create_connection(("127.0.0.1", follower.web.port), timeout=20) as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # close() resets
            raw.sendall(asked)
            time.sleep(step * 0.001)  # while the request is looked at
    time.sleep(1)
    assert follower.get("/api/auth/account").status_code == 200
    assert follower.web.output()[before:] == ""
