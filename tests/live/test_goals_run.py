"""Goals on the real installation: web, heartbeat, runner, sandbox."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.live.conftest import ended, run_goal

pytestmark = pytest.mark.live


def test_E_R2_the_first_goal_completes(client):
    goal = run_goal(client, "echo hello executor.one")
    assert (goal["state"], goal["progress"], goal["tasksTotal"]) == ("completed", 1, 1)
    task = client.get(f"/api/goals/{goal['id']}/tasks").json()["data"][0]
    assert task["attempts"][0]["output"]["stdout"] == "hello executor.one\n"
    assert task["attempts"][0]["exitCode"] == 0


def test_E_R37_files_stay_and_cd_does_not_leak(client):
    first = "mkdir -p app && cd app && echo kept > file && export X=1"
    goal = run_goal(client, first, "pwd; cat app/file; echo x=$X $GOAL_DIR")
    tasks = client.get(f"/api/goals/{goal['id']}/tasks").json()["data"]
    assert tasks[1]["attempts"][0]["output"]["stdout"] == "/workspace\nkept\nx= /workspace\n"


def test_E_R14_a_failing_step_is_told_honestly(client):
    goal = run_goal(client, "echo out; echo err >&2; exit 7", "echo never")
    assert (goal["state"], goal["error"]["code"]) == ("failed", "exit_code")
    first = client.get(f"/api/goals/{goal['id']}/tasks").json()["data"][0]["attempts"][0]
    assert (first["exitCode"], first["output"]["stdout"], first["output"]["stderr"]) == (7, "out\n", "err\n")


def test_E16_execute_answers_output_and_duration(client):
    action = {"type": "shell", "params": {"command": "echo a; echo b >&2"}, "timeoutMs": 30000}
    answer = client.post("/api/execute", json=action)
    body = answer.json()
    assert answer.status_code == 200
    assert (body["success"], body["output"]) == (True, {"stdout": "a\n", "stderr": "b\n"})
    assert 0 <= body["durationMs"] < 10_000


def test_E16_the_time_limit_kills_the_tree_and_says_so(client):
    began = time.monotonic()
    body = client.post(
        "/api/execute", json={"type": "shell", "params": {"command": "setsid sleep 60 & sleep 60"}, "timeoutMs": 700}
    ).json()
    assert time.monotonic() - began < 5
    assert (body["success"], body["errorCode"]) == (False, "timeout")


def test_E16_output_is_capped_and_marked(client):
    body = client.post(
        "/api/execute", json={"type": "shell", "params": {"command": "head -c 200000 /dev/zero | tr '\\0' x"}}
    ).json()
    assert len(body["output"]["stdout"]) == 65536
    assert body["truncated"]


def test_E_R24_containers_without_an_engine_are_said_to_be_unavailable(client):
    answer = client.post("/api/execute", json={"type": "docker", "params": {"action": "logs", "container": "web"}})
    assert (answer.status_code, answer.json()["errorCode"]) == (200, "actuator_unavailable")
    wrong = client.post("/api/execute", json={"type": "docker", "params": {"action": "run", "privileged": True}})
    assert wrong.status_code == 400
    assert {"params.privileged", "params.image"} <= set(wrong.json()["errors"])


def test_E15_cancelling_kills_what_runs_within_two_seconds(client, stack):
    body = {"description": "x", "semanticPath": ["sleep 3141 & sleep 3141"]}
    goal = client.post("/api/goals", json=body).json()["id"]
    while not any("sleep 3141" in line for line in _host_processes()):
        time.sleep(0.05)
    began = time.monotonic()
    assert client.delete(f"/api/goals/{goal}").status_code == 200
    while any("sleep 3141" in line for line in _host_processes()):
        assert time.monotonic() - began < 2
        time.sleep(0.05)


@pytest.mark.parametrize("end", ["cancel", "deadline"])
def test_what_a_killed_task_had_printed_is_kept(client, end):
    deadline = (datetime.now(UTC) + timedelta(seconds=1.5)).isoformat() if end == "deadline" else None
    body = {"description": "x", "semanticPath": ["echo precious; sleep 30", "echo never"], "deadline": deadline}
    goal = client.post("/api/goals", json=body).json()["id"]
    time.sleep(0.5)
    if end == "cancel":
        client.delete(f"/api/goals/{goal}")
    assert ended(client, goal)["state"] == ("cancelled" if end == "cancel" else "failed")
    until = time.monotonic() + 3
    while not (attempts := client.get(f"/api/goals/{goal}/tasks").json()["data"][0]["attempts"]):
        assert time.monotonic() < until
    assert [(one["outcome"], one["output"]["stdout"]) for one in attempts] == [("cancelled", "precious\n")]
    first = client.get(f"/api/goals/{goal}/tasks").json()["data"][0]
    assert first["state"] == "cancelled"
    assert ("cancelled by request" if end == "cancel" else "deadline passed") in first["error"]


def test_E22_what_a_task_prints_is_told_while_it_runs(client, stack):
    told = "SELECT type, data->>'text' FROM events_event WHERE data->>'goal' = %s AND type LIKE 'task.%%' ORDER BY id"
    steps = ["echo one; echo oops >&2; sleep 2; printf two"]
    goal = client.post("/api/goals", json={"description": "x", "semanticPath": steps}).json()["id"]
    with stack.database() as database:
        until = time.monotonic() + 10
        while len(rows := database.execute(told, [goal]).fetchall()) < 3:
            assert time.monotonic() < until, rows
            time.sleep(0.05)
        assert rows[0] == ("task.started", None)
        assert set(rows[1:]) == {("task.output", "one\n"), ("task.output", "oops\n")}
        assert client.get(f"/api/goals/{goal}").json()["state"] == "executing"
        ended(client, goal)
        rows = database.execute(told, [goal]).fetchall()
        assert rows[3:] == [("task.output", "two"), ("task.completed", None)]
        booted = database.execute("SELECT data FROM events_event WHERE type = 'executor.booted' AND account_id IS NULL")
        assert [row[0]["sandbox"] for row in booted] == ["on"]


def _host_processes():
    from pathlib import Path

    for entry in Path("/proc").iterdir():
        try:
            yield (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue


def test_wait_answers_as_soon_as_the_goal_ends(client):
    goal = client.post("/api/goals", json={"description": "x", "semanticPath": ["sleep 1"]}).json()["id"]
    began = time.monotonic()
    state = client.get(f"/api/goals/{goal}", params={"wait": 30}).json()
    assert state["state"] == "completed"
    assert time.monotonic() - began < 4
    assert client.get(f"/api/goals/{goal}", params={"wait": 61}).status_code == 400


def test_a_body_sent_in_chunks_is_read_like_any_other(client):
    def chunks():
        yield b'{"name": "narrow", '
        yield b'"scopes": ["state.view"]}'

    made = client.post("/api/auth/keys", content=chunks(), headers={"Content-Type": "application/json"})
    assert (made.status_code, made.json()["name"], made.json()["scopes"]) == (201, "narrow", ["state.view"])


def test_E_R6_eight_tasks_run_side_by_side_on_enterprise(client):
    began = time.monotonic()
    body = {"description": "x", "semanticPath": ["sleep 1"]}
    goals = [client.post("/api/goals", json=body).json()["id"] for _ in range(8)]
    assert {ended(client, goal)["state"] for goal in goals} == {"completed"}
    assert time.monotonic() - began < 6


def test_another_account_sees_nothing_of_the_workspace(client, stack):
    run_goal(client, "echo secret > mine")
    other = stack.member("other@example.com")
    goal = run_goal(other, "ls -la; cat mine; find / -name mine 2>/dev/null | head")
    output = other.get(f"/api/goals/{goal['id']}/tasks").json()["data"][0]["attempts"][0]["output"]
    assert "secret" not in output["stdout"]
    assert "mine" not in output["stdout"]
