"""What is tried again by itself: only what doing twice does no harm, but for commands (decision 0036)."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from executor_one.kit.tenancy import account_scope
from goals import loop
from goals.claims import Result, claim, hand_in
from goals.effects import WORDS
from goals.models import Attempt, Task

JSON = "application/json"
GET = {"type": "http-client", "params": {"url": "https://example.com/x"}}
POST = {"type": "http-client", "params": {"url": "https://example.com/x", "method": "POST"}}
PUT = {"type": "http-client", "params": {"url": "https://example.com/x", "method": "PUT"}}
KEYED = {
    "type": "http-client",
    "params": {"url": "https://example.com/x", "method": "POST", "headers": {"idempotency-key": "order-7"}},
}
READS = {"type": "database", "params": {"engine": "sqlite", "path": "a", "sql": "SELECT 1"}}
WRITES = {"type": "database", "params": {"engine": "sqlite", "path": "a", "sql": "DELETE FROM t", "readOnly": False}}
APPENDS = {"type": "file-writer", "params": {"action": "append", "path": "a", "content": "x"}}
SHELL = {"type": "shell", "params": {"command": "curl -X POST https://example.com"}}


def answered(status, redirects=0):
    line = f"HTTP/1.1 {status} X, 5 B in 3 ms; expected 2xx"
    return Result(
        Attempt.Outcome.FAILED, 1, "Fatal error: it broke", line, error_code="exit_code", error="It ended with 1.",
        data={"status": status, "redirects": redirects},
    )  # fmt: skip


def refused(code, done):
    return Result(Attempt.Outcome.FAILED, error_code=code, error="No.", data={"done": done})


def state(api, *path, **fields):
    body = {"description": "x", "semanticPath": list(path), **fields}
    answer = api.post("/api/goals", json.dumps(body), content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def end(result):
    runner = uuid4()
    (lease,) = claim(runner, 1)
    assert hand_in(lease, runner, result)
    return lease


def tasks(api, goal):
    return api.get(f"/api/goals/{goal}/tasks").json()["data"]


@pytest.mark.parametrize(
    ("step", "effect"),
    [(GET, "pure"), (POST, "external"), (PUT, "idempotent"), (KEYED, "idempotent"), (READS, "pure"),
     (WRITES, "external"), (APPENDS, "external"), (SHELL, "external")],
)  # fmt: skip
def test_E_R24_a_task_says_what_a_second_try_may_do_twice(api, step, effect):
    (task,) = tasks(api, state(api, step))
    assert task["effect"] == effect


TRIED_AGAIN = {
    "a read that was not answered": (GET, refused("timeout", "unknown")),
    "a read of a server in need": (GET, answered(503)),
    "a PUT that was not answered": (PUT, refused("protocol_error", "unknown")),
    "a POST with the customer's own key": (KEYED, answered(502)),
    "a POST that was never sent": (POST, refused("connect_failed", "nothing")),
    "a POST that the server put off": (POST, answered(429)),
    "a query": (READS, refused("timeout", "unknown")),
    "a write that reached no server": (WRITES, refused("connect_failed", "nothing")),
    "a command, whatever it did": (
        SHELL, Result(Attempt.Outcome.FAILED, 1, "", "boom", error_code="exit_code", error="It ended with 1.")),
}  # fmt: skip
LEFT_ALONE = {
    "a POST that was not answered": (POST, refused("timeout", "unknown")),
    "a POST of a server in need": (POST, answered(503)),
    "a POST that was put off behind a redirect": (POST, answered(429, redirects=1)),
    "a POST behind a redirect": (POST, refused("blocked_address", "unknown")),
    "a write that was not answered": (WRITES, refused("timeout", "unknown")),
    "a write that the server refused": (WRITES, refused("database_error", "unknown")),
    "an answer that is no success": (
        POST, Result(Attempt.Outcome.FAILED, 0, "{}", "HTTP/1.1 200 OK, 2 B in 3 ms", error_code="verify_failed",
                     error="It is no success.", data={"status": 200})),
    "a try without a word of what was done": (POST, Result(Attempt.Outcome.FAILED, error_code="timeout", error="No.")),
}  # fmt: skip


@pytest.mark.parametrize("case", TRIED_AGAIN)
def test_E_R20_what_can_be_done_twice_is_tried_again(api, member, case):
    step, result = TRIED_AGAIN[case]
    goal = state(api, step)
    end(result)
    assert api.get(f"/api/goals/{goal}").json()["state"] == "executing"
    with account_scope(member.account):
        assert Task.objects.get().next_try["rung"] == "backoff"


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_E_R20_what_may_have_been_done_is_left_to_the_customer(api, case):
    step, result = LEFT_ALONE[case]
    goal = state(api, step)
    end(result)
    ended = api.get(f"/api/goals/{goal}").json()
    assert (ended["state"], ended["error"]["code"]) == ("failed", result.error_code)
    assert WORDS in ended["error"]["message"]
    assert len(tasks(api, goal)[0]["attempts"]) == 1
    assert claim(uuid4(), 1) == []


def test_how_often_a_request_is_tried_depends_on_its_answer(api, member, time_machine):
    waits = {}
    for status in (503, 404):
        goal = state(api, GET)
        tries = 0
        while leases := claim(uuid4(), 1):
            tries += 1
            assert hand_in(leases[0], held_by(member, leases[0]), answered(status))
            time_machine.move_to(timezone.now() + timedelta(seconds=20), tick=False)
            loop.tick(member.id)
        waits[status] = tries
        assert api.get(f"/api/goals/{goal}").json()["state"] == "failed"
    assert waits == {503: 4, 404: 1}


def held_by(member, lease):
    with account_scope(member.account):
        return Task.objects.get(pk=lease.task_id).runner


@pytest.mark.parametrize("step", [GET, POST, WRITES, SHELL])
def test_after_a_lost_lease_every_task_is_done_at_least_once(api, member, step, time_machine):
    goal = state(api, step)
    (lost,) = claim(uuid4(), 1)
    time_machine.move_to(timezone.now() + timedelta(seconds=loop.LEASE_SECONDS + 1))
    loop.tick(member.id)
    again = end(Result(Attempt.Outcome.SUCCEEDED, 0))
    assert (again.task_id, again.epoch) == (lost.task_id, 2), "the same task, so the same Idempotency-Key"
    assert [one["outcome"] for one in tasks(api, goal)[0]["attempts"]] == ["lost", "succeeded"]


def test_a_plan_from_memory_is_not_begun_anew_once_a_request_was_made(api, member):
    path = [POST, {"type": "shell", "params": {"command": "false"}}]
    ok = Result(Attempt.Outcome.SUCCEEDED, 0)
    for _ in range(2):
        goal = state(api, *path)
        for _ in path:
            end(ok)
    assert api.get(f"/api/goals/{goal}").json()["planner"] == "crystallized"
    with account_scope(member.account):
        from memory.models import TaskTree

        tree = TaskTree.objects.get()
        tree.tree["tasks"][1]["params"]["command"] = "true"  # so that a fresh plan would be another one
        tree.save()
    goal = state(api, *path)
    end(ok)
    failed = Result(Attempt.Outcome.FAILED, 127, "", "sh: 1: shopctl: not found", error_code="exit_code", error="It.")
    end(failed)
    assert api.get(f"/api/goals/{goal}").json()["state"] == "failed"
    assert [task["actuator"] for task in tasks(api, goal)] == ["http-client", "shell"], "it was not planned anew"
