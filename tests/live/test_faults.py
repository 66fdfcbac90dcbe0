"""kill -9 of every kind of process: every acknowledged goal ends, no attempt counts twice, no finished goal changes."""

import os
import random
import signal
import time
from pathlib import Path

import httpx
import pytest

from tests.live.conftest import ended, run_goal
from tests.live.pages import wait

pytestmark = [pytest.mark.live, pytest.mark.timeout(280)]

KINDS = {
    "runner": "manage.py runner",
    "heartbeat": "manage.py qcluster",
    "web": "daphne",
    "postgres": "postgres",
}


def pids(stack, kind):
    return [pid for pid, line in stack.processes().items() if KINDS[kind] in line and pid != stack.process.pid]


def shoot(stack, kind, rng):
    """kill -9 one process of a kind, or all of them for Postgres."""
    found = pids(stack, kind)
    for pid in found if kind == "postgres" else rng.sample(found, min(1, len(found))):  # all of Postgres, else one
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def launcher_of(stack):
    """The sandbox launcher names its runner's pid and nothing else of the installation."""
    (runner,) = pids(stack, "runner")
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            words = (entry / "cmdline").read_text().split("\0")
            if str(runner) in words and any(word.endswith("launcher_process.py") for word in words):
                return int(entry.name)
    raise AssertionError("the runner has no launcher")


def told_of_runners(stack):
    """What health says of them."""
    return next(check["message"] for check in stack.health()["checks"] if check["name"] == "runner")


def submit(client, number):
    """A goal that the API acknowledged; one that was not acknowledged is not promised."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            steps = [f"echo {number} >> ledger-{number}", "sleep 0.05", "echo done"]
            answer = client.post("/api/goals", json={"description": f"chaos {number}", "semanticPath": steps})
            if answer.status_code == 201:
                return answer.json()["id"]
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise AssertionError("the installation did not come back within 30 s")


def outcome(stack, client, goal):
    """How a goal ended; one that does not end is shown with all that is known about it."""
    try:
        return ended(client, goal, 60)["state"]
    except AssertionError as still_open:
        with stack.database() as database:
            query = "SELECT state, runner, epoch, lease_until, released_at, now() FROM goals_task WHERE goal_id = %s"
            tasks = database.execute(query, [goal]).fetchall()
            runners = database.execute("SELECT id, pid, sandbox, problem, seen_at FROM runners_runner").fetchall()
        raise AssertionError(f"{still_open}\n{tasks}\n{runners}\n{stack.output()[-6000:]}") from None


def test_what_was_killed_runs_again_within_five_seconds(shared_stack):
    stack = shared_stack()
    for kind in KINDS:
        killed = pids(stack, kind)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        while not set(pids(stack, kind)) - set(killed):
            assert time.monotonic() - began < 5, f"{kind}: {stack.output()[-3000:]}"
            time.sleep(0.05)
        stack.until("healthy", seconds=15)


def test_a_killed_launcher_costs_one_try_which_is_told_as_lost(shared_stack):
    stack = shared_stack()
    client = stack.member("launcher@example.com")
    goal = client.post(
        "/api/goals", json={"description": "x", "semanticPath": ["echo ran >> f; sleep 2; cat f"]}
    ).json()
    time.sleep(1)
    os.kill(launcher_of(stack), signal.SIGKILL)
    assert ended(client, goal["id"])["state"] == "completed"
    (task,) = client.get(f"/api/goals/{goal['id']}/tasks").json()["data"]
    assert [one["outcome"] for one in task["attempts"]] == ["lost", "succeeded"]
    assert "it may have run in part" in task["attempts"][0]["error"]
    assert task["attempts"][1]["output"]["stdout"] == "ran\nran\n"


def test_the_first_request_after_postgres_was_away_is_answered(shared_stack):
    stack = shared_stack()
    client = stack.member("patient@example.com")
    for _ in range(20):
        assert client.get("/api/state").status_code == 200
    shoot(stack, "postgres", None)
    time.sleep(1)  # it may be back before anybody could see that it was gone
    stack.until("healthy", seconds=30)
    assert {client.get("/api/state").status_code for _ in range(40)} == {200}


def test_E11_a_heartbeat_that_stops_shows_within_five_seconds_and_is_restarted(shared_stack):
    stack = shared_stack()
    cluster = pids(stack, "heartbeat")
    for pid in cluster:
        os.kill(pid, signal.SIGSTOP)  # it lives, and does not pulse
    began = time.monotonic()
    report = stack.until("unhealthy", seconds=6)
    assert time.monotonic() - began <= 5.5
    assert httpx.get(f"{stack.url}/api/health").status_code == 503 or stack.health()["status"] == "healthy"
    assert not next(check for check in report["checks"] if check["name"] == "heartbeat")["ok"]
    stack.until("healthy", seconds=20)
    assert not set(cluster) & set(pids(stack, "heartbeat"))


def test_a_second_start_on_the_same_data_goes_on_where_it_stopped(shared_stack):
    stack = shared_stack()
    client = stack.member("again@example.com")
    wait("those that other tests killed to be forgotten", lambda: told_of_runners(stack).startswith("1 running"), 15)
    goal = client.post("/api/goals", json={"description": "x", "semanticPath": ["sleep 2", "echo on"]}).json()["id"]
    stack.stop()
    assert stack.processes() == {}
    stack.start()
    stack.until("healthy")
    assert told_of_runners(stack).startswith("1 running"), "the one that stopped is gone"
    assert ended(client, goal, 40)["state"] == "completed"


def test_kill_9_of_anything_at_any_moment_loses_no_goal(shared_stack):
    rng = random.Random(7)
    stack = shared_stack()
    client = stack.member("chaos@example.com")
    goals, seen = [], {}
    for round_ in range(8):
        goals += [submit(client, f"{round_}-{n}") for n in range(4)]
        time.sleep(rng.random() * 0.3)
        shoot(stack, list(KINDS)[round_ % 4], rng)
        for goal in goals[:-4]:
            try:
                state = client.get(f"/api/goals/{goal}").json()
            except (httpx.HTTPError, ValueError):
                continue
            if state.get("state") in ("completed", "failed", "cancelled"):
                assert seen.setdefault(goal, state) == state, "a finished goal changed"
    stack.until("healthy", seconds=30)
    for goal in goals:
        assert outcome(stack, client, goal) == "completed"
    with stack.database() as database:
        (twice,) = database.execute(
            "SELECT count(*) FROM (SELECT FROM goals_attempt WHERE outcome = 'succeeded' "
            "GROUP BY task_id HAVING count(*) > 1) twice"
        ).fetchone()
        (missing,) = database.execute(
            "SELECT count(*) FROM goals_task t WHERE state = 'completed' AND NOT EXISTS "
            "(SELECT FROM goals_attempt a WHERE a.task_id = t.id AND a.outcome = 'succeeded')"
        ).fetchone()
    assert (twice, missing) == (0, 0)


def test_without_bwrap_nothing_runs_and_health_says_degraded(shared_stack):
    stack = shared_stack("degraded", EXECUTOR_BWRAP="/nonexistent/bwrap")
    report = stack.until("degraded", seconds=20)
    assert not next(check for check in report["checks"] if check["name"] == "sandbox")["ok"]
    client = stack.member("bare@example.com")
    goal = run_goal(client, "touch ran")
    assert (goal["state"], goal["error"]["code"]) == ("failed", "sandbox_unavailable")
    assert not list((stack.base / "data").glob("workspaces/*/ran"))


def test_with_the_fast_lane_off_everything_still_completes(shared_stack):
    stack = shared_stack(EXECUTOR_FAST_LANE="off")
    client = stack.member("slow@example.com")
    goal = run_goal(client, "echo 1", "echo 2", "echo 3")
    assert (goal["state"], goal["tasksCompleted"]) == ("completed", 3)
