"""Task trees in the loop (E-R19): first drive deliberate, every drive after automatic."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from executor_one.kit import notices
from executor_one.kit.tenancy import account_scope
from goals import loop, planning
from goals.claims import Result, claim, hand_in, record_cancelled
from goals.models import Attempt, Goal, Task
from goals.tasks import pulse
from memory import trees
from memory.models import TaskTree

pytestmark = pytest.mark.smoke
JSON = "application/json"


def state_goal(api, description, *path, **fields):
    body = {"description": description, **({"semanticPath": list(path)} if path else {}), **fields}
    answer = api.post("/api/goals", json.dumps(body), content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def drive(api, description, *path, outcome=Attempt.Outcome.SUCCEEDED, **fields):
    """State a goal and let every task of it end alike; answers (goal, what ran)."""
    goal, runner, ran = state_goal(api, description, *path, **fields), uuid4(), []
    while leases := claim(runner, 10):
        for lease in leases:
            ran.append(lease.params["command"])
            assert hand_in(lease, runner, Result(outcome, 0 if outcome == "succeeded" else 1))
    return api.get(f"/api/goals/{goal}").json(), ran


def test_E_R19_the_second_drive_needs_no_planner(api, monkeypatch):
    first, deliberate = drive(api, "Ship it", "echo one", "echo two")
    assert first["planner"] == "path"
    monkeypatch.setattr(planning, "plan", lambda *_: pytest.fail("it was planned"))
    second, automatic = drive(api, "Ship it", "echo one", "echo two")
    assert (second["planner"], second["state"]) == ("crystallized", "completed")
    assert automatic == deliberate
    (tree,) = api.get("/api/task-trees").json()["data"]
    assert (tree["planner"], tree["timesUsed"], tree["successes"], tree["learnedFrom"]) == ("path", 1, 2, first["id"])


def test_E_R19_a_goal_that_failed_teaches_no_tree(api):
    drive(api, "Ship it", "false", outcome=Attempt.Outcome.FAILED, selfCorrect=False)
    assert api.get("/api/task-trees").json()["data"] == []
    again, _ = drive(api, "Ship it", "false")
    assert again["planner"] == "path"


def test_E_R19_differing_literals_hit_once_they_were_shown_to_be_slots(api):
    say = "Create a directory called {}"
    planners = []
    for name in ("alpha", "beta", "gamma", "delta-4"):
        goal, ran = drive(api, say.format(name))
        assert ran == [task.params["command"] for task in planning.plan(say.format(name)).tasks]
        planners.append(goal["planner"])
    assert planners == ["keyword", "keyword", "crystallized", "crystallized"]
    (tree,) = api.get("/api/task-trees").json()["data"]
    assert tree["description"] == "Create a directory called {name}"
    assert tree["slots"] == [{"type": "name", "step": None, "seen": ["alpha", "beta"]}]
    assert [task["actuator"] for task in tree["tasks"]] == ["shell"]


def test_E_R19_another_intent_does_not_hit(api):
    for _ in range(2):
        drive(api, "Ship it", "echo one")
    look_alike, _ = drive(api, "Do not ship it", "echo one")
    other_path, _ = drive(api, "Ship it", "echo two")
    assert (look_alike["planner"], other_path["planner"]) == ("path", "path")


def test_E_R19_another_accounts_trees_are_not_used(api, make_member, client_of):
    drive(api, "Ship it", "echo one")
    theirs, _ = drive(client_of(make_member("other@example.com").key), "Ship it", "echo one")
    assert theirs["planner"] == "path"


def test_E_R19_a_failure_lowers_the_score_below_use_and_a_success_restores_it(api, member):
    drive(api, "Ship it", "echo one")
    failed, _ = drive(api, "Ship it", "echo one", outcome=Attempt.Outcome.FAILED, selfCorrect=False)
    assert (failed["planner"], failed["state"]) == ("crystallized", "failed")
    with account_scope(member.account):
        assert TaskTree.objects.get().score < trees.HIT_SCORE
    planned, _ = drive(api, "Ship it", "echo one")
    assert planned["planner"] == "path"
    again, _ = drive(api, "Ship it", "echo one")
    assert again["planner"] == "crystallized"


def test_the_score_in_the_database_is_the_one_of_the_algorithm(api, member):
    drive(api, "Ship it", "echo one")
    for outcome in (True, True, False, True):
        with account_scope(member.account):
            before = TaskTree.objects.get()
            TaskTree.objects.update(score=max(before.score, 0.6))
            before.refresh_from_db()
        drive(api, "Ship it", "echo one", outcome="succeeded" if outcome else "failed", selfCorrect=False)
        with account_scope(member.account):
            after = TaskTree.objects.get()
        expected = trees.after_use(before.successes, before.failures, outcome, score=before.score)
        assert (after.successes, after.failures, after.score) == (*expected[:2], pytest.approx(expected[2]))


def test_E_R19_a_tree_whose_plan_is_outdated_falls_back_to_planning_in_the_same_goal(api, member, run_jobs):
    drive(api, "Ship it", "echo one", "echo two")
    with account_scope(member.account):
        tree = TaskTree.objects.get()
        tree.tree["tasks"][1]["params"]["command"] = "echo what the planner said long ago"
        tree.save()
    goal, runner = state_goal(api, "Ship it", "echo one", "echo two"), uuid4()
    ran = []
    for outcome in ("succeeded", "failed", "succeeded", "succeeded"):
        (lease,) = claim(runner, 10)
        ran.append(lease.params["command"])
        assert hand_in(lease, runner, Result(Attempt.Outcome(outcome), 127, stderr="sh: 1: shopctl: not found"))
        run_jobs()
    assert ran == ["echo one", "echo what the planner said long ago", "echo one", "echo two"]
    answer = api.get(f"/api/goals/{goal}").json()
    assert (answer["state"], answer["planner"]) == ("completed", "path")
    assert (answer["tasksCompleted"], answer["tasksTotal"], answer["progress"]) == (3, 3, 1)
    with account_scope(member.account):
        assert [task.state for task in Task.objects.filter(goal=goal)] == [
            "completed", "failed", "completed", "completed",
        ]  # fmt: skip
        assert min(TaskTree.objects.values_list("score", flat=True)) < trees.HIT_SCORE
    assert drive(api, "Ship it", "echo one", "echo two")[1] == ["echo one", "echo two"]


def test_what_still_runs_of_the_old_plan_is_stopped_and_told_before_the_new_one_begins(
    committed, api, member, run_jobs, time_machine, owner_connection
):
    owner_connection.execute(f"LISTEN {notices.TASK_CANCELLED}")
    owner_connection.commit()
    drive(api, "Ship it", "echo one", "echo two")
    with account_scope(member.account):
        tree = TaskTree.objects.get()
        tree.tree["tasks"][0]["params"]["command"] = "echo long ago"
        tree.tree["tasks"][1]["dependsOn"] = []
        tree.save()
    goal, runner = state_goal(api, "Ship it", "echo one", "echo two"), uuid4()
    fails, runs = claim(runner, 10)
    assert hand_in(fails, runner, Result(Attempt.Outcome.FAILED, 127, stderr="sh: 1: shopctl: not found"))
    run_jobs()
    assert [one.payload for one in owner_connection.notifies(timeout=5, stop_after=1)] == [str(runs.task_id)]
    assert claim(runner, 10) == [], "the new plan waits until the old one cannot write any more"
    record_cancelled(runs, Result(Attempt.Outcome.CANCELLED, None, stdout="half of it"))
    time_machine.move_to(timezone.now() + timedelta(seconds=loop.KILL_SECONDS + 0.1))
    pulse()
    (lease,) = claim(runner, 10)
    assert lease.params["command"] == "echo one"
    stopped = api.get(f"/api/goals/{goal}/tasks").json()["data"][1]
    assert (stopped["state"], stopped["attempts"][0]["outcome"]) == ("cancelled", "cancelled")


def test_a_retry_of_a_replanned_goal_takes_over_the_last_plan_only(api, member, run_jobs):
    drive(api, "Ship it", "echo one", "echo two")
    with account_scope(member.account):
        tree = TaskTree.objects.get()
        tree.tree["tasks"][0]["params"]["command"] = "echo long ago"
        tree.save()
    goal, runner = state_goal(api, "Ship it", "echo one", "echo two"), uuid4()
    for outcome in ("failed", "succeeded", "failed"):
        (lease,) = claim(runner, 10)
        assert hand_in(lease, runner, Result(Attempt.Outcome(outcome), 127, stderr="sh: 1: shopctl: not found"))
        run_jobs()
    assert api.get(f"/api/goals/{goal}").json()["state"] == "failed"
    again = api.post(f"/api/goals/{goal}/retry", content_type=JSON).json()["id"]
    with account_scope(member.account):
        tasks = list(Task.objects.filter(goal=again).order_by("position"))
    assert [(task.position, task.state, task.depends_on) for task in tasks] == [
        (0, "completed", []), (1, "released", [0]),
    ]  # fmt: skip


def test_without_the_fast_lane_trees_are_used_too(api, settings, run_jobs):
    settings.FAST_LANE = False
    for planner in ("path", "crystallized"):
        goal = state_goal(api, "Ship it", "echo one")
        run_jobs()
        runner = uuid4()
        (lease,) = claim(runner, 1)
        assert hand_in(lease, runner, Result(Attempt.Outcome.SUCCEEDED, 0))
        run_jobs()
        answer = api.get(f"/api/goals/{goal}").json()
        assert (answer["planner"], answer["state"]) == (planner, "completed")


def test_the_registry_counts_outcomes_by_kind_and_planner(api, member):
    assert api.get("/api/learning").json()["data"] == []
    for outcome in ("succeeded", "succeeded", "failed"):
        drive(api, "Ship it", "echo one", outcome=Attempt.Outcome(outcome), selfCorrect=False)
    api.delete(f"/api/goals/{state_goal(api, 'Ship it', 'echo two')}")
    (kind,) = api.get("/api/learning").json()["data"]
    assert (kind["kind"], kind["succeeded"], kind["failed"], kind["cancelled"]) == ("goal", 2, 1, 1)
    assert (kind["successRate"], kind["plansSkipped"]) == (0.6667, 2)
    assert kind["meanDurationMs"] >= 0
    assert [(one["planner"], one["succeeded"], one["failed"]) for one in kind["planners"]] == [
        ("crystallized", 1, 1), ("path", 1, 0),
    ]  # fmt: skip
    with account_scope(member.account):
        assert Goal.objects.count() == 4


def test_a_retried_goal_counts_for_the_tree_that_its_tasks_came_from(api, member):
    drive(api, "Ship it", "echo one")
    failed, _ = drive(api, "Ship it", "echo one", outcome=Attempt.Outcome.FAILED, selfCorrect=False)
    api.post(f"/api/goals/{failed['id']}/retry", content_type=JSON)
    runner = uuid4()
    (lease,) = claim(runner, 1)
    assert hand_in(lease, runner, Result(Attempt.Outcome.FAILED, 1))
    with account_scope(member.account):
        tree = TaskTree.objects.get()
    assert (tree.times_used, tree.failures) == (2, 2)
    assert api.get("/api/learning").json()["data"][0]["plansSkipped"] == 2
