"""An account's events over WebSocket, through real sockets of a real web process."""

import json
import time

import pytest

from tests.realtime.installation import closing, hear, hear_until

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]


def test_E22_a_socket_says_who_it_is_and_is_told_what_happens(follower):
    with follower.follow() as opened:
        goal = follower.goal()
        heard = hear_until(opened, "goal.created")
        assert heard[-1]["data"]["goal"] == goal
        assert set(heard[-1]) == {"id", "type", "timestamp", "data"}
        assert heard[-1]["timestamp"].endswith("Z")
        assert heard[-1]["id"] in follower.ids()


def test_E22_a_socket_that_says_nothing_is_closed(web):
    began = time.monotonic()
    with web.socket() as opened:
        code, reason = closing(opened)
    assert (code, reason) == (4401, "You did not say who you are within 10 s.")
    assert 9 < time.monotonic() - began < 16


@pytest.mark.parametrize("token", ["exo_no", "", 7, {"a": 1}, "exo_" + "0" * 38, "ses_" + "0" * 38, "x" * 5000])
def test_E22_a_wrong_token_is_4401(web, token):
    with web.socket() as opened:
        opened.send(json.dumps({"type": "auth", "token": token}))
        assert hear(opened)["name"] == "unauthorized"
        assert closing(opened)[0] == 4401


def test_E22_free_is_4402_and_hears_which_plan_has_it(web):
    free = web.member(plan="free")
    with web.socket() as opened:
        opened.send(json.dumps({"type": "auth", "token": free.key}))
        said = hear(opened)
        assert (said["code"], said["limit"], said["upgrade"]) == (402, "websocket", "pro")
        assert closing(opened) == (4402, "Free has no WebSocket. Pro has it.")


@pytest.mark.parametrize("plan", ["pro", "enterprise", "ecosystem"])
def test_E22_the_other_plans_have_it(web, plan):
    web.member(plan=plan).follow().close()


def test_E22_nobody_hears_of_another_account(web, follower):
    other = web.member()
    with follower.follow() as opened:
        other.tell(("goal.created", {"goal": "theirs"}))
        follower.tell(("goal.created", {"goal": "own"}))
        assert hear(opened)["data"] == {"goal": "own"}


def test_resuming_loses_nothing_and_doubles_nothing(follower):
    with follower.follow() as opened:
        since = opened.resume
    follower.tell(("a.b", {}), count=1234)  # more than two pages
    with follower.follow(since=since) as opened:
        follower.tell(("a.b", {}), ("a.last", {}))
        heard = [event["id"] for event in hear_until(opened, "a.last")]
    everything = follower.ids()
    assert heard == [id for id in everything if int(id) > int(since)]
    assert len(heard) == 1236


def test_events_that_come_while_one_catches_up_come_once(follower):
    follower.tell(("a.b", {"x": "y" * 2000}), count=600)
    with follower.follow(since="0") as opened:
        for _ in range(20):
            follower.tell(("a.b", {}))
        follower.tell(("a.last", {}))
        heard = [event["id"] for event in hear_until(opened, "a.last")]
    assert heard == follower.ids()


def test_a_filter_chooses_and_a_later_one_replaces_it(follower):
    goal, other = follower.goal(), follower.goal()
    with follower.follow(types=["goal.*"]) as opened:
        follower.tell(("task.started", {"goal": goal}), ("goal.failed", {"goal": goal}))
        assert hear(opened)["type"] == "goal.failed"
        opened.send(json.dumps({"type": "subscribe", "types": ["task.started"], "goal": goal}))
        said = hear(opened)
        assert (said["type"], said["types"], said["goal"]) == ("subscribed", ["task.started"], goal)
        follower.tell(
            ("goal.failed", {"goal": goal}), ("task.started", {"goal": other}), ("task.started", {"goal": goal, "n": 2})
        )
        assert hear(opened)["data"] == {"goal": goal, "n": 2}
        opened.send(json.dumps({"type": "subscribe", "types": ["goal.failed"], "since": "0"}))
        assert [event["type"] for event in (hear(opened), hear(opened), hear(opened))] == ["subscribed"] + 2 * [
            "goal.failed"
        ]
        opened.send(json.dumps({"type": "subscribe"}))
        assert hear(opened)["type"] == "subscribed"
        follower.tell(("any.thing", {}))
        assert hear(opened)["type"] == "any.thing"


def test_a_foreign_goal_is_one_that_never_was(web, follower):
    theirs = web.member().goal()
    with follower.follow() as opened:
        answers = []
        for goal in (theirs, "00000000-0000-7000-8000-000000000000"):
            opened.send(json.dumps({"type": "subscribe", "goal": goal}))
            answers.append({name: value for name, value in hear(opened).items() if name != "receipt"})
        assert answers[0] == answers[1]
        assert (answers[0]["type"], answers[0]["name"]) == ("error", "not_found")


def test_who_asks_at_once_for_a_foreign_goal_is_connected_and_hears_that_there_is_none(web, follower):
    theirs = web.member().goal()
    with follower.follow(goal=theirs, types=["goal.*"]) as opened:
        said = hear(opened)
        assert (said["type"], said["code"], said["name"]) == ("error", 404, "not_found")
        follower.tell(("own.x", {}))
        assert hear(opened)["type"] == "own.x"


def test_a_ping_is_answered(follower):
    with follower.follow() as opened:
        opened.send('{"type": "ping"}')
        assert hear(opened) == {"type": "pong"}


def test_since_of_another_account_is_only_a_place_in_time(web, follower):
    other = web.member()
    other.tell(("theirs.secret", {}))
    since = other.ids()[-1]
    follower.tell(("own.one", {}))
    with follower.follow(since=since) as opened:
        assert hear(opened)["type"] == "own.one"


def test_a_since_from_the_future_is_now(follower):
    with follower.follow(since="9223372036854775807") as opened:
        assert opened.resume == follower.ids()[-1]
        follower.tell(("own.one", {}))
        assert hear(opened)["type"] == "own.one"
