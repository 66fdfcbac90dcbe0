"""Self-correction in the loop: rungs as attempts, what worked here first, and an honest end."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from events.models import Event
from executor_one.kit.tenancy import account_scope
from goals import loop
from goals.claims import Result, claim, hand_in
from goals.models import Attempt, Goal, Task
from goals.tasks import pulse
from memory.models import Correction, Memory

pytestmark = pytest.mark.smoke
JSON = "application/json"
NO_FOLDER = "sh: 1: cannot create {}/out.txt: Directory nonexistent"


def state_goal(api, *path, **fields):
    body = {"description": "x", "semanticPath": list(path), **fields}
    answer = api.post("/api/goals", json.dumps(body), content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def fail(stderr="boom", exit_code=1):
    """One failed try of the one released task; answers what was to run."""
    return end(Result(Attempt.Outcome.FAILED, exit_code, "", stderr, error_code="exit_code", error="It ended."))


def succeed():
    return end(Result(Attempt.Outcome.SUCCEEDED, 0))


def end(result):
    runner = uuid4()
    (lease,) = claim(runner, 1)
    assert hand_in(lease, runner, result)
    return lease.params["command"]


def attempts(api, goal):
    return api.get(f"/api/goals/{goal}/tasks").json()["data"][0]["attempts"]


def events(member, type):
    with account_scope(member.account):
        return [event.data for event in Event.objects.filter(type=type).order_by("id")]


def test_E_R20_a_catalogue_fix_is_the_first_retry_and_is_told(api, member):
    goal = state_goal(api, "echo hi > build/out.txt")
    assert fail(NO_FOLDER.format("build"), 2) == "echo hi > build/out.txt"
    assert "mkdir" in succeed()
    first, second = attempts(api, goal)
    assert (first["rung"], first["outcome"], first["params"]) == ("first", "failed", None)
    assert (second["rung"], second["outcome"]) == ("known_fix", "succeeded")
    assert second["reason"]
    assert second["params"]["command"].endswith("echo hi > build/out.txt")
    (applied,) = events(member, "correction.applied")
    assert (applied["goal"], applied["rung"], applied["correction"]) == (goal, "known_fix", second["correction"])
    answer = api.get(f"/api/goals/{goal}").json()
    assert (answer["state"], answer["fixesApplied"]) == ("completed", 1)


def test_E_R21_what_worked_is_registered_and_is_first_next_time(api, member):
    goal = state_goal(api, "echo hi > build/out.txt")
    fail(NO_FOLDER.format("build"), 2)
    succeed()
    (known,) = api.get("/api/corrections").json()["data"]
    assert (known["timesUsed"], known["timesWorked"], known["successRate"], known["source"]) == (1, 1, 1, "catalogue")
    assert known["learnedFrom"] == goal
    again = state_goal(api, "echo ho > other/out.txt")
    fail(NO_FOLDER.format("other"), 2)
    assert "other" in succeed(), "filled from the new failure, not from the old one"
    assert attempts(api, again)[1]["correction"] == known["id"]
    assert api.get(f"/api/corrections/{known['id']}").json()["timesUsed"] == 2


def test_a_customers_fix_goes_before_everything_and_waits_for_nothing(api, member):
    taught = api.post(
        "/api/corrections",
        json.dumps(
            {
                "failure": {"output": "gadget: widget-7 is not charged", "exitCode": 3},
                "fix": {"kind": "run-before", "command": "gadget charge"},
                "reason": "Charge it first.",
            }
        ),
        content_type=JSON,
    )
    assert taught.status_code == 201, taught.content
    goal = state_goal(api, "gadget run")
    fail("gadget: widget-9 is not charged", 3)
    assert "gadget charge" in succeed()
    assert attempts(api, goal)[1]["correction"] == taught.json()["id"]
    with account_scope(member.account):
        assert Correction.objects.get().times_worked == 1


def test_E_R20_an_unknown_failure_is_tried_once_more_after_a_second(api, member, run_jobs):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        goal = state_goal(api, "gadget run")
        fail("gadget: the flux is inverse")
        assert api.get(f"/api/goals/{goal}/tasks").json()["data"][0]["state"] == "delayed"
        clock.shift(0.9)
        pulse()
        assert not claim(uuid4(), 1), "not before its time"
        clock.shift(0.3)
        pulse()
        fail("gadget: the flux is inverse")
    first, second = attempts(api, goal)
    assert (first["rung"], second["rung"]) == ("first", "backoff")
    answer = api.get(f"/api/goals/{goal}").json()
    assert (answer["state"], answer["error"]["code"]) == ("failed", "exit_code")
    assert "retry" in answer["error"]["message"]


def test_without_the_fast_lane_a_failed_task_is_corrected_too(api, member, settings, run_jobs):
    settings.FAST_LANE = False
    goal = state_goal(api, "echo hi > build/out.txt")
    run_jobs()
    fail(NO_FOLDER.format("build"), 2)
    run_jobs()
    run_jobs()
    assert "mkdir" in succeed()
    run_jobs()
    assert api.get(f"/api/goals/{goal}").json()["state"] == "completed"


def test_self_correct_false_is_the_end_at_the_first_failure(api):
    goal = state_goal(api, "echo hi > build/out.txt", selfCorrect=False)
    fail(NO_FOLDER.format("build"), 2)
    assert api.get(f"/api/goals/{goal}").json()["state"] == "failed"
    assert len(attempts(api, goal)) == 1


def test_a_fix_that_does_not_help_is_undone_before_the_next_rung(api, member):
    state_goal(api, "echo hi > build/out.txt")
    fail(NO_FOLDER.format("build"), 2)
    assert "mkdir" in fail(NO_FOLDER.format("build"), 2)
    with account_scope(member.account):
        known = Correction.objects.get()
        assert (known.times_used, known.times_worked, known.rank) == (1, 0, pytest.approx(1 / 3))
        trial = Task.objects.get().next_try
    assert trial["params"]["command"] == "echo hi > build/out.txt"


@pytest.mark.parametrize("ends_well", [True, False])
def test_a_fix_that_leads_to_another_failure_is_kept_and_judged_by_the_end(api, member, ends_well):
    state_goal(api, "echo hi > build/out.txt")
    fail(NO_FOLDER.format("build"), 2)
    fail("gadget: the flux is inverse")
    with account_scope(member.account):
        assert Correction.objects.get().times_used == 0
        trial = Task.objects.get().next_try
    assert "mkdir" in trial["params"]["command"]
    with time_machine.travel(timezone.now() + timedelta(seconds=3)):
        pulse()
        ran = succeed() if ends_well else fail("gadget: the flux is inverse")
        assert "mkdir" in ran
    with account_scope(member.account):
        known = Correction.objects.get(source="catalogue")
        assert (known.times_used, known.times_worked) == (int(ends_well), int(ends_well)), "it healed what it is for"


def test_E_R21_what_waiting_healed_is_registered_and_is_the_first_retry_next_time(api, member):
    goals = []
    for _ in range(2):
        goals.append(state_goal(api, "gadget run"))
        fail("gadget: the flux is inverse")
        with time_machine.travel(timezone.now() + timedelta(seconds=3)):
            pulse()
            succeed()
    assert [attempts(api, goal)[1]["rung"] for goal in goals] == ["backoff", "known_fix"]
    (known,) = api.get("/api/corrections").json()["data"]
    assert (known["source"], known["fix"], known["timesUsed"]) == ("learned", {"kind": "wait", "seconds": 1.0}, 1)


def test_a_deadline_that_passes_in_a_pause_tells_what_had_failed(api, member):
    deadline = (timezone.now() + timedelta(seconds=60)).isoformat()
    goal = state_goal(api, "gadget run", deadline=deadline)
    fail("gadget: the flux is inverse")
    with account_scope(member.account):
        Task.objects.update(retry_at=timezone.now() + timedelta(seconds=90))
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        loop.tick(member.id)
    answer = api.get(f"/api/goals/{goal}").json()
    assert answer["error"]["code"] == "deadline_exceeded"
    assert answer["error"]["message"].endswith("gadget run had failed and was to be tried again: It ended.")
    task = api.get(f"/api/goals/{goal}/tasks").json()["data"][0]
    assert (task["state"], task["error"], task["retryAt"]) == ("failed", "It ended.", None)


def test_a_correction_crystallized_or_deleted_meanwhile_stays_so(api, member):
    state_goal(api, "echo hi > build/out.txt")
    fail(NO_FOLDER.format("build"), 2)
    (known,) = api.get("/api/corrections").json()["data"]
    api.post(f"/api/corrections/{known['id']}/crystallize")
    succeed()
    assert api.get(f"/api/corrections/{known['id']}").json()["crystallized"] is True
    state_goal(api, "echo hi > other/out.txt")
    fail(NO_FOLDER.format("other"), 2)
    api.delete(f"/api/corrections/{known['id']}")
    succeed()
    assert api.get("/api/corrections").json()["data"] == []


def test_E_R31_auto_crystallized_strictly_after_five_uses_and_above_four_fifths(api, member):
    for number in range(1, 7):
        state_goal(api, f"echo hi > build{number}/out.txt")
        fail(NO_FOLDER.format(f"build{number}"), 2)
        succeed()
        with account_scope(member.account):
            assert Correction.objects.get().crystallized is (number > 5)
    (told,) = events(member, "correction.crystallized")
    assert told["correction"] == api.get("/api/corrections").json()["data"][0]["id"]


def test_a_fix_that_keeps_failing_is_retired_and_not_applied_any_more(api, member):
    for number in range(2):
        state_goal(api, f"echo hi > build{number}/out.txt")
        fail(NO_FOLDER.format(f"build{number}"), 2)
        assert "mkdir" in fail(NO_FOLDER.format(f"build{number}"), 2)
    (known,) = api.get("/api/corrections").json()["data"]
    assert known["retired"] is True
    goal = state_goal(api, "echo hi > build9/out.txt")
    fail(NO_FOLDER.format("build9"), 2)
    with account_scope(member.account):
        assert Task.objects.get(goal=goal).next_try["rung"] != "known_fix"
    taught = {"signature": known["signature"], "fix": known["fix"]}
    assert api.post("/api/corrections", json.dumps(taught), content_type=JSON).status_code == 200
    assert api.get(f"/api/corrections/{known['id']}").json()["retired"] is False


def test_direct_execution_is_answered_as_it_was(api, member):
    api.post("/api/execute", json.dumps({"type": "shell", "params": {"command": "false"}}), content_type=JSON)
    fail()
    with account_scope(member.account):
        assert Goal.objects.get().state == Goal.State.FAILED


def test_a_cancelled_goal_takes_its_delayed_task_with_it(api, member):
    goal = state_goal(api, "gadget run")
    fail("gadget: the flux is inverse")
    assert api.delete(f"/api/goals/{goal}").json()["state"] == "cancelled"
    with account_scope(member.account):
        assert Task.objects.get().state == Task.State.CANCELLED
    with time_machine.travel(timezone.now() + timedelta(seconds=5)):
        loop.tick(member.id)
        assert not claim(uuid4(), 1)


def test_another_accounts_fix_is_not_applied(api, member, make_member, client_of):
    other = client_of(make_member("other@example.com").key)
    lesson = {"failure": {"output": "gadget: not charged"}, "fix": {"kind": "run-before", "command": "gadget charge"}}
    assert other.post("/api/corrections", json.dumps(lesson), content_type=JSON).status_code == 201
    state_goal(api, "gadget run")
    fail("gadget: not charged")
    with account_scope(member.account):
        assert Task.objects.get().next_try["rung"] == "backoff"


def test_E_R21_what_healed_is_remembered_with_the_goal_that_taught_it(api):
    goal = state_goal(api, "echo hi > build/out.txt")
    fail(NO_FOLDER.format("build"), 2)
    succeed()
    state_goal(api, "echo ho > other/out.txt")
    fail(NO_FOLDER.format("other"), 2)
    succeed()
    (lesson,) = api.get("/api/memory?query=executor/lessons/").json()["data"]
    assert lesson["learnedFrom"] == goal
    assert (lesson["value"]["healed"], lesson["value"]["tried"]) == (True, ["known_fix"])
    assert "Directory nonexistent" in lesson["value"]["failure"]


def test_what_nothing_healed_is_remembered_too(api):
    with time_machine.travel(timezone.now()) as clock:
        state_goal(api, "gadget run")
        fail("gadget: the flux is inverse")
        clock.shift(2)
        pulse()
        fail("gadget: the flux is inverse")
    (lesson,) = api.get("/api/memory?tags=lesson").json()["data"]
    assert (lesson["value"]["healed"], lesson["value"]["tried"]) == (False, ["backoff"])


@pytest.mark.parametrize("said", ["deploy --password {} failed", "login failed: mysql -p{}", "error: token {}1 is bad"])
def test_a_secret_in_a_failure_is_masked_and_the_lesson_stays_readable(api, member, said):
    with time_machine.travel(timezone.now()) as clock:
        state_goal(api, "gadget run")
        fail(said.format("correcthorse"))
        clock.shift(2)
        pulse()
        fail(said.format("correcthorse"))
    (lesson,) = api.get("/api/memory?tags=lesson").json()["data"]
    assert (lesson["sealed"], "<secret>" in lesson["value"]["failure"]) == (False, True)
    with account_scope(member.account):
        assert "correcthorse" not in str(list(Memory.objects.values())) + str(Task.objects.get().next_try)


def test_E_R28_E_R32_a_beat_collects_garbage_and_never_what_is_crystallized(api, member):
    loop.tick(member.id)
    for key, extra in (("short", {"ttl": 5}), ("long", {"ttl": 900}), ("forever", {"ttl": 5})):
        api.post("/api/memory", json.dumps({"key": key, "value": 1, **extra}), content_type=JSON)
    api.post("/api/memory/forever/crystallize")
    with account_scope(member.account):
        for name, crystallized in (("kept", True), ("gone", False)):
            Correction.objects.create(
                account=member.account, signature=name, fix={"kind": "wait", "seconds": 1}, fix_digest=name,
                source="customer", crystallized=crystallized, retired_at=timezone.now(),
            )  # fmt: skip
    with time_machine.travel(timezone.now() + timedelta(seconds=120)):
        loop.tick(member.id)
        with account_scope(member.account):
            assert set(Memory.objects.values_list("key", flat=True)) == {"long", "forever"}
    with time_machine.travel(timezone.now() + timedelta(days=400)):
        loop.tick(member.id)
        with account_scope(member.account):
            assert set(Memory.objects.values_list("key", flat=True)) == {"forever"}
            assert set(Correction.objects.values_list("signature", flat=True)) == {"kept"}
