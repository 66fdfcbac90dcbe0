"""A fault of ours in a try: it ends that task, once, with honest words; the runner and everybody else go on."""

import asyncio
import json
import logging

import pytest
from django.db import connection

from actuators import database
from actuators.sandbox import Outcome
from executor_one.kit.tenancy import account_scope
from goals.effects import WORDS
from goals.faults import MESSAGES
from goals.models import Attempt
from runners.process import RunnerProcess

JSON = "application/json"
SECRET = "hunter2-of-the-customer"
WRITES = {"engine": "sqlite", "path": "a", "sql": f"DELETE FROM t -- {SECRET}", "readOnly": False}
FAULTS = [
    RecursionError(SECRET), MemoryError(SECRET), TypeError(SECRET), IndexError(SECRET), AssertionError(SECRET),
    ExceptionGroup(SECRET, [KeyError(SECRET)]),
]  # fmt: skip


@pytest.fixture
def goal_of(committed, api, settings):
    """``goal_of(*steps)``: the goal as it ended, run by a runner without a sandbox in this process."""
    settings.SANDBOX = settings.EGRESS = False

    def ended(goal):
        try:
            return api.get(f"/api/goals/{goal}").json()["state"] in ("completed", "failed")
        finally:
            connection.close()

    async def work_off(goals):
        runner = RunnerProcess(2)
        running = asyncio.create_task(runner.run())
        async with asyncio.timeout(30):
            for goal in goals:
                while not await asyncio.to_thread(ended, goal):
                    await asyncio.sleep(0.05)
        assert not running.done()
        runner.ask_to_stop()
        await running

    def run(*goals):
        made = []
        for steps in goals:
            answer = api.post("/api/goals", json.dumps({"description": "x", "semanticPath": steps}), content_type=JSON)
            assert answer.status_code == 201, answer.content
            made.append(answer.json()["id"])
        asyncio.run(work_off(made))
        return [api.get(f"/api/goals/{goal}").json() for goal in made]

    return run


def breaks_by(monkeypatch, fault):
    """How often the actuator was run is in what is answered."""
    tries = []

    async def run(params, given):
        tries.append(params)
        if isinstance(fault, Exception):
            raise fault
        return fault

    monkeypatch.setattr(database, "run", run)
    return tries


@pytest.mark.hostile
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
@pytest.mark.parametrize("read_only", [True, False])
def test_case_63_a_task_that_breaks_its_actuator_fails_once_and_says_so(
    goal_of, member, monkeypatch, caplog, fault, read_only
):
    tries = breaks_by(monkeypatch, fault)
    caplog.set_level(logging.INFO)
    poison = {"type": "database", "params": WRITES | {"readOnly": read_only}}
    broken, other = goal_of([poison], ["echo fine"])
    assert (broken["state"], broken["error"]["code"]) == ("failed", "actuator_failed")
    assert MESSAGES["actuator_failed"] in broken["error"]["message"]
    assert (WORDS in broken["error"]["message"]) is not read_only
    assert other["state"] == "completed"
    assert len(tries) == 1
    with account_scope(member.account):
        attempt = Attempt.objects.get(error_code="actuator_failed")
    assert (attempt.data, attempt.outcome) == ({"done": "unknown"}, "failed")
    assert f"database failed by {type(fault).__name__}" in caplog.text
    assert "test_broken_tries.py" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.hostile
@pytest.mark.parametrize(
    "data", [{"a": object()}, {"a": "\0"}, {"a": "\ud800"}, {"a": float("nan")}], ids=["object", "nul", "half", "nan"]
)
def test_case_63_a_result_that_cannot_be_written_fails_its_task_once(goal_of, monkeypatch, data):
    outcome = Outcome(0, "", "", False, False, 1, None, data)
    tries = breaks_by(monkeypatch, outcome)
    broken, other = goal_of([{"type": "database", "params": WRITES}], ["echo fine"])
    assert (broken["state"], broken["error"]["code"]) == ("failed", "actuator_failed")
    assert other["state"] == "completed"
    assert len(tries) == 1


def test_an_error_of_the_system_after_it_began_is_in_doubt(goal_of, member, monkeypatch):
    breaks_by(monkeypatch, OSError("No space left on device"))
    (ended,) = goal_of([{"type": "database", "params": WRITES}])
    assert (ended["state"], ended["error"]["code"]) == ("failed", "cannot_start")
    with account_scope(member.account):
        assert Attempt.objects.get().data == {"done": "unknown"}
