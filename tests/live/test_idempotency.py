"""Requests that are sent twice to an installation: while it still waits, and after it was killed in the middle."""

import os
import signal
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

pytestmark = pytest.mark.live

STEPS = {"description": "once", "semanticPath": ["sleep 2"]}


def ask(client, key, body, path="/api/goals", **more):
    return client.post(path, json=body, headers={"Idempotency-Key": key}, **more)


def test_a_second_request_while_the_first_still_waits_is_told_so_and_later_gets_its_bytes(client):
    key = str(uuid.uuid4())
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(ask, client, key, STEPS, params={"wait": 30})
        time.sleep(0.8)
        busy = ask(client, key, STEPS, params={"wait": 30})
        assert (busy.status_code, busy.headers["Retry-After"]) == (409, "1")
        answer = first.result()
    assert answer.json()["state"] == "completed"
    again = ask(client, key, STEPS, params={"wait": 30})
    assert (again.status_code, again.content) == (answer.status_code, answer.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == answer.headers["Location"]


def test_a_direct_execution_is_answered_again_as_it_ended(client):
    key, body = str(uuid.uuid4()), {"type": "shell", "params": {"command": "date +%N; echo done"}}
    first = ask(client, key, body, "/api/execute")
    assert first.json()["success"]
    assert ask(client, key, body, "/api/execute").content == first.content


def test_who_hung_up_gets_the_final_answer_later(client):
    key, body = str(uuid.uuid4()), {"type": "shell", "params": {"command": "sleep 2; date +%N"}}
    with pytest.raises(httpx.ReadTimeout):
        ask(client, key, body, "/api/execute", timeout=0.6)
    until = time.monotonic() + 10
    while (answer := ask(client, key, body, "/api/execute")).status_code == 409:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert answer.json()["success"] is True
    assert answer.headers["Idempotency-Replayed"] == "true"
    assert ask(client, key, body, "/api/execute").content == answer.content


def test_who_hung_up_on_a_long_goal_is_told_of_it_at_once_and_may_wait_again(client):
    key, body = str(uuid.uuid4()), {"description": "long", "semanticPath": ["sleep 6"]}
    with pytest.raises(httpx.ReadTimeout):
        ask(client, key, body, params={"wait": 60}, timeout=0.8)
    until = time.monotonic() + 4
    while (answer := ask(client, key, body)).status_code == 409:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert (answer.status_code, answer.json()["state"]) == (201, "executing")
    waited = ask(client, key, body, params={"wait": 60})
    assert (waited.json()["id"], waited.json()["state"]) == (answer.json()["id"], "completed")
    assert waited.headers["Location"] == f"/api/goals/{answer.json()['id']}"


def until_answered(client, key, body, broken):
    """As a polite client does it: the same request again until there is an answer. `broken` counts connections."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            answer = ask(client, key, body, timeout=10)
            if answer.status_code == 201:
                return answer
            assert answer.status_code in (409, 503), answer.text
        except httpx.HTTPError as fault:
            broken.append(fault)
        time.sleep(0.2)
    raise AssertionError("no answer")


def test_A_R6_a_web_that_is_killed_between_effect_and_answer_does_nothing_twice(shared_stack):
    """Rounds of requests, in the middle of which the web is killed: each key has one goal, and one answer for ever."""
    stack = shared_stack()
    client, told, broken = stack.member("killed-web@example.com"), {}, []
    for _ in range(3):
        keys = [str(uuid.uuid4()) for _ in range(30)]
        with ThreadPoolExecutor(8) as pool:
            asked = {
                key: pool.submit(until_answered, client, key, {"description": f"kill {key}"}, broken) for key in keys
            }
            time.sleep(0.05)
            web = next(pid for pid, line in stack.processes().items() if "daphne" in line)
            os.kill(web, signal.SIGKILL)
            told |= {key: one.result() for key, one in asked.items()}
    assert broken, "nobody was in the middle of anything"
    with stack.database() as database:
        for key, answer in told.items():
            found = database.execute("SELECT id FROM goals_goal WHERE description = %s", [f"kill {key}"]).fetchall()
            assert [str(id) for (id,) in found] == [answer.json()["id"]]
            assert ask(client, key, {"description": f"kill {key}"}).content == answer.content
