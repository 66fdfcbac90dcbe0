"""What events hold of a step whose name is its command: its program, and nothing of what it was given."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from events.models import Event
from executor_one.kit.tenancy import account_scope
from goals import loop
from goals.claims import Result, claim, hand_in
from goals.models import Attempt

JSON = "application/json"
OK = Result(Attempt.Outcome.SUCCEEDED, 0)
FAILED = Result(Attempt.Outcome.FAILED, 1, "", "boom", error_code="exit_code", error="It ended with exit code 1.")
TOKEN = "ghp_abcdefghijklmnopqrst1234abcdefghijkl"
COMMANDS = {
    "a token": f"git clone https://{TOKEN}@github.com/a/b",
    "a secret without a pattern": "./login.sh bob swordfish-of-bob",
    "a token where a name is cut": f"echo {'x' * 180} {TOKEN}",
    "a variable": "PGPASS=swordfish-of-bob psql",
}


def state(api, *path, **fields):
    body = {"description": "Look after it", "semanticPath": list(path), **fields}
    answer = api.post("/api/goals", json.dumps(body), content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def end(result):
    runner = uuid4()
    (lease,) = claim(runner, 1)
    assert hand_in(lease, runner, result)


def told(member):
    with account_scope(member.account):
        return list(Event.objects.order_by("id").values_list("type", "data"))


@pytest.mark.hostile
@pytest.mark.parametrize("result", [OK, FAILED])
@pytest.mark.parametrize("case", COMMANDS)
def test_no_event_holds_a_command(api, member, case, result):
    state(api, COMMANDS[case], selfCorrect=False)
    end(result)
    written = json.dumps(told(member))
    for secret in (TOKEN[:12], "swordfish", "xxx"):
        assert secret not in written
    assert {"task.started", "goal.completed" if result is OK else "goal.failed"} <= {type for type, _ in told(member)}


def test_a_step_is_told_by_its_program_or_by_the_name_that_somebody_gave_it(api, member):
    named = {"type": "shell", "params": {"command": "npm test"}, "name": "Run the tests"}
    asks = {"type": "http-client", "params": {"url": "https://example.com/x?key=swordfish"}}
    state(api, "npm ci --no-audit", named, asks)
    for _ in range(3):
        end(OK)
    names = [data["name"] for type, data in told(member) if type == "task.started"]
    assert names == ["npm …", "Run the tests", "GET https://example.com/x"]


def test_why_a_goal_failed_is_told_without_the_command_and_shown_to_its_owner_with_it(api, member):
    goal = state(api, "./login.sh bob swordfish-of-bob", selfCorrect=False)
    end(FAILED)
    (failed,) = [data for type, data in told(member) if type == "goal.failed"]
    assert failed["message"] == "login.sh …: It ended with exit code 1."
    assert api.get(f"/api/goals/{goal}").json()["error"]["message"].startswith("./login.sh bob swordfish-of-bob: ")


def test_a_deadline_is_told_without_what_was_to_be_tried_again(api, member, time_machine):
    now = timezone.now()
    time_machine.move_to(now, tick=False)
    soon = now + timedelta(seconds=0.5)  # before its next try
    goal = state(api, "./login.sh bob swordfish-of-bob", deadline=soon.isoformat())
    end(FAILED)
    time_machine.move_to(soon + timedelta(seconds=0.1), tick=False)
    loop.tick(member.id)
    assert "swordfish" in api.get(f"/api/goals/{goal}").json()["error"]["message"]
    assert "swordfish" not in json.dumps(told(member))
