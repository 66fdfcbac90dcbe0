"""The asking survives whatever happens to its job: lost, doubled, late, killed; and waits with nothing held."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from billing.models import Plan
from executor_one.kit.tenancy import account_scope
from goals import asking, loop, model_planner
from goals.models import Goal, Task
from goals.tasks import plan_by_model, pulse
from tests.planning_llm.model_server import completion, plan

KNOWN = "Create a directory called reports"


def jobs():
    """(function, arguments) of what is queued for goals, and the queue's name."""
    from django_q.models import OrmQ
    from django_q.signing import SignedPackage

    found = [(job.key, SignedPackage.loads(job.payload)) for job in OrmQ.objects.order_by("id")]
    others = ("accounts.", "events.")
    return [(key, job["func"], job["args"]) for key, job in found if not job["func"].startswith(others)]


def forget_jobs():
    from django_q.models import OrmQ

    OrmQ.objects.all().delete()


def of(one, goal):
    with account_scope(one.member.account):
        return Goal.objects.get(pk=goal)


def later(time_machine, seconds):
    time_machine.move_to(timezone.now() + timedelta(seconds=seconds), tick=True)


def test_the_job_holds_ids_only_and_goes_to_the_queue_that_may_wait(one, model):
    goal = one.state()
    assert jobs() == [("slow", "goals.tasks.plan_by_model", (one.member.id, goal, 1))]


def test_a_waiting_goal_is_looked_at_a_little_after_an_answer_must_be_there(one, model, settings):
    goal = one.state()
    left = (of(one, goal).wake_at - timezone.now()).total_seconds()
    assert settings.LLM_SECONDS < left <= asking.patience()
    loop.tick(one.member.id)
    loop.tick(one.member.id)
    assert len(jobs()) == 1, "ticks that come before do not ask again"


def test_a_lost_job_is_made_good_by_the_pulse(one, model, run_jobs, time_machine):
    goal = one.state()
    forget_jobs()
    later(time_machine, asking.patience() + 1)
    pulse()
    assert jobs() == [("slow", "goals.tasks.plan_by_model", (one.member.id, goal, 2))]
    run_jobs()
    assert (one.goal(goal)["planner"], one.calls()) == ("llm", 1)


def test_a_planner_that_died_in_the_call_is_made_good_and_both_calls_count(one, model, run_jobs, time_machine):
    goal = one.state()
    asked = model_planner.take_up(one.member.id, goal, 1)
    model_planner.converse(asked)  # and then it was killed
    run_jobs()
    assert one.goal(goal)["state"] == "planning", "the same job delivered once more finds it taken up"
    later(time_machine, asking.patience() + 1)
    pulse()
    run_jobs()
    assert (one.goal(goal)["planner"], one.calls(), len(model.requests)) == ("llm", 2, 2)


def test_after_three_lost_askings_the_keyword_planner_takes_over(one, model, time_machine):
    goal = one.state(description=KNOWN)
    for _ in range(asking.MAX_ASKS):
        forget_jobs()
        later(time_machine, asking.patience() + 1)
        pulse()
    assert jobs() == []
    assert (one.goal(goal)["planner"], one.goal(goal)["state"]) == ("keyword", "executing")
    assert (one.reasons(), one.calls()) == (["no_answer"], 0)


def test_a_model_that_is_taken_away_leaves_nobody_waiting(one, model, time_machine, settings, run_jobs):
    goal = one.state(description=KNOWN)
    settings.LLM_BASE_URL = ""
    run_jobs()
    later(time_machine, asking.patience() + 1)
    pulse()
    assert (one.goal(goal)["planner"], one.reasons()) == ("keyword", ["no_answer"])


@pytest.mark.parametrize("number", [1, 2, 0])
def test_a_doubled_or_late_job_does_nothing(one, model, run_jobs, number):
    goal = one.state()
    run_jobs()
    plan_by_model(one.member.id, goal, number)
    assert (len(model.requests), len(one.tasks(goal)), one.calls()) == (1, 1, 1)


def test_a_job_of_an_older_asking_does_nothing(one, model, time_machine):
    goal = one.state()
    later(time_machine, asking.patience() + 1)
    pulse()
    plan_by_model(one.member.id, goal, 1)
    assert (model.requests, one.goal(goal)["state"]) == ([], "planning")


def test_a_late_plan_is_taken_and_a_late_failure_leaves_it_to_the_newer_asking(one, model, time_machine):
    first, second = one.state(), one.state()
    late = [model_planner.take_up(one.member.id, goal, 1) for goal in (first, second)]
    tree = model_planner.converse(late[0])
    later(time_machine, asking.patience() + 1)
    pulse()
    model_planner.conclude(late[0], tree, "")
    model_planner.conclude(late[1], None, "timeout")
    assert (one.goal(first)["state"], one.goal(second)["state"]) == ("executing", "planning")
    model_planner.conclude(late[0], tree, "")
    assert len(one.tasks(first)) == 1, "a plan is placed once"


@pytest.mark.parametrize("when", ["before", "in the call"])
def test_E15_a_cancelled_goal_stays_cancelled(one, model, run_jobs, work, when):
    goal = one.state()
    if when == "before":
        one.client.delete(f"/api/goals/{goal}")
        run_jobs()
        assert model.requests == []
    else:
        asked = model_planner.take_up(one.member.id, goal, 1)
        tree = model_planner.converse(asked)
        one.client.delete(f"/api/goals/{goal}")
        model_planner.conclude(asked, tree, "")
    assert (one.goal(goal)["state"], one.tasks(goal), work()) == ("cancelled", [], 0)


def test_a_deadline_holds_while_the_model_thinks(one, model, run_jobs, time_machine):
    goal = one.state(deadline=(timezone.now() + timedelta(seconds=10)).isoformat())
    asked = model_planner.take_up(one.member.id, goal, 1)
    later(time_machine, 11)
    pulse()
    assert one.goal(goal)["error"]["code"] == "deadline_exceeded"
    model_planner.conclude(asked, model_planner.converse(asked), "")
    assert one.goal(goal)["state"] == "failed"


def test_another_account_s_goal_is_not_planned_for_it(one, watch, model, run_jobs):
    goal = one.state()
    stranger = watch("stranger@example.com", "pro")
    plan_by_model(stranger.member.id, goal, 1)
    assert (model.requests, one.goal(goal)["state"]) == ([], "planning")


# --- with real commits and threads -------------------------------------------------------------------


def test_no_transaction_is_open_and_no_lock_held_while_the_model_thinks(committed, one, model, database_urls, run_jobs):
    import psycopg

    seen = []

    def look():
        with psycopg.connect(database_urls.app_url, autocommit=True) as other:
            state = "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            seen.append({row[0] for row in other.execute(state)})
            other.execute("SELECT set_config('app.account', '*', false)")
            locked = "SELECT account_id FROM goals_executorstate FOR UPDATE NOWAIT"
            seen.append([row[0] for row in other.execute(locked)])
        one.state(semanticPath=["true"])  # the account goes on

    model.on_request = look
    goal = one.state()
    run_jobs()
    assert "idle in transaction" not in seen[0]
    assert seen[1] == [one.member.id]
    assert one.goal(goal)["planner"] == "llm"


def test_E_R5_goals_side_by_side_cannot_race_past_the_limit(committed, one, model):
    Plan.objects.filter(pk="enterprise").update(llm_calls_per_month=3)
    try:
        model.answers(completion(plan("true")))
        goals = [one.state(description=KNOWN) for _ in range(8)]
        forget_jobs()
        planners = [threading.Thread(target=planned, args=[one.member.id, goal]) for goal in goals]
        for planner in planners:
            planner.start()
        for planner in planners:
            planner.join(20)
        made = sorted(one.goal(goal)["planner"] for goal in goals)
        assert made == ["keyword"] * 5 + ["llm"] * 3
        assert (one.calls(), len(model.requests), one.reasons()) == (3, 3, ["limit_reached"] * 5)
        with account_scope(one.member.account):
            assert Task.objects.filter(state=Task.State.RELEASED).count() == 8
    finally:
        Plan.objects.filter(pk="enterprise").update(llm_calls_per_month=None)


def planned(account_id, goal):
    try:
        plan_by_model(account_id, goal, 1)
    finally:
        connection.close()


def test_a_doubled_job_that_runs_at_the_same_time_asks_once(committed, one, model):
    goal = one.state()
    forget_jobs()
    twins = [threading.Thread(target=planned, args=[one.member.id, goal]) for _ in range(4)]
    for twin in twins:
        twin.start()
    for twin in twins:
        twin.join(20)
    assert (len(model.requests), one.calls(), len(one.tasks(goal))) == (1, 1, 1)
