"""The loop: idempotent ticks, lost runners, deadlines, and the same end without the fast lane."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.queries import plan_of
from executor_one.kit.tenancy import account_scope
from goals import actions, loop, tasks
from goals.claims import Result, abandon, claim, hand_in, hand_in_and_claim, renew
from goals.models import Attempt, ExecutorState, Goal, Task
from goals.tasks import pulse

pytestmark = pytest.mark.smoke


def create(member, **fields):
    with account_scope(member.account):
        fields = {"description": "x", "semantic_path": ["true"], **fields}
        return actions.create_goal(plan=plan_of(member.id), actor="t", **fields)


def fresh(member, goal):
    with account_scope(member.account):
        return Goal.objects.get(pk=goal.pk)


def test_E_R16_the_loop_runs_its_eight_steps_in_order(member, monkeypatch):
    steps = ["sense", "assess", "plan", "select", "execute", "verify", "learn", "persist"]
    seen = []
    for name in steps:
        real = getattr(loop, name)
        monkeypatch.setattr(loop, name, lambda beat, real=real, name=name: (seen.append(name), real(beat))[1])
    loop.tick(member.id)
    assert seen == steps


@pytest.mark.parametrize("ticks", [1, 3])
def test_without_the_fast_lane_everything_completes_on_ticks_however_often_they_come(
    member, settings, work, run_jobs, ticks
):
    settings.FAST_LANE = False
    goal = create(member, semantic_path=["echo 1", "echo 2"])
    assert fresh(member, goal).state == Goal.State.PENDING
    for _ in range(2):
        run_jobs()
        for _ in range(ticks):
            loop.tick(member.id)
        assert work() == 1
    run_jobs()
    for _ in range(ticks):
        loop.tick(member.id)
    assert fresh(member, goal).state == Goal.State.COMPLETED
    with account_scope(member.account):
        assert Attempt.objects.count() == 2
        assert ExecutorState.objects.get().succeeded == 1


def test_a_lost_doorbell_is_made_good_by_the_pulse(member, settings, work, time_machine):
    from django_q.models import OrmQ

    settings.FAST_LANE = False
    goal = create(member)
    OrmQ.objects.all().delete()
    pulse()
    assert work() == 1
    OrmQ.objects.all().delete()
    time_machine.move_to(timezone.now() + timedelta(seconds=loop.RECHECK_SECONDS + 1))
    pulse()
    assert fresh(member, goal).state == Goal.State.COMPLETED


def test_a_tick_that_breaks_for_one_account_holds_up_no_other(
    member, make_member, settings, time_machine, caplog, monkeypatch
):
    settings.FAST_LANE = False
    other = make_member("other@example.com")
    monkeypatch.setattr(tasks, "DUE_ACCOUNTS", 1)
    broken, sound = create(member), create(other)
    for _ in range(2):
        create(member)
    with account_scope(member.account):
        Goal.objects.update(semantic_path=5)
    time_machine.move_to(timezone.now() + timedelta(seconds=loop.RECHECK_SECONDS + 1))
    pulse()  # the one account that there is room for breaks, and makes room
    pulse()
    assert fresh(member, broken).state == Goal.State.PENDING
    assert fresh(other, sound).state == Goal.State.EXECUTING
    assert f"the tick of {member.account.pk} failed" in caplog.text


def test_a_lost_runner_costs_one_attempt_and_the_task_runs_again(member, time_machine):
    goal, dead, alive = create(member), uuid4(), uuid4()
    (old,) = claim(dead, 5)
    time_machine.move_to(timezone.now() + timedelta(seconds=loop.RECHECK_SECONDS + 1))
    pulse()
    (new,) = claim(alive, 5)
    assert new.task_id == old.task_id
    assert new.epoch == old.epoch + 1
    assert not hand_in(old, dead, Result(Attempt.Outcome.SUCCEEDED)), "a stale epoch's write must be refused"
    assert hand_in(new, alive, Result(Attempt.Outcome.SUCCEEDED))
    assert not hand_in(new, alive, Result(Attempt.Outcome.SUCCEEDED)), "a result counts once"
    with account_scope(member.account):
        assert [a.outcome for a in Attempt.objects.order_by("number")] == ["lost", "succeeded"]
    assert fresh(member, goal).state == Goal.State.COMPLETED


def test_a_task_that_loses_its_runner_three_times_fails(member, time_machine):
    goal = create(member)
    for _ in range(loop.MAX_LOST):
        assert len(claim(uuid4(), 5)) == 1
        time_machine.move_to(timezone.now() + timedelta(seconds=loop.RECHECK_SECONDS + 1))
        pulse()
    loop.tick(member.id)
    assert fresh(member, goal).error_code == "runner_lost"


@pytest.mark.parametrize("room", [1, 2])
def test_a_claim_leases_no_more_than_there_is_room_for(member, room):
    for _ in range(4):
        create(member)
    assert len(claim(uuid4(), room)) == room


def test_a_renewed_lease_is_kept(member):
    create(member)
    runner = uuid4()
    (lease,) = claim(runner, 5)
    with account_scope(member.account):
        Task.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert renew(runner, [lease.task_id]) == {(lease.task_id, lease.epoch): []}
    loop.tick(member.id)
    assert claim(uuid4(), 5) == []
    assert renew(uuid4(), [lease.task_id]) == {}


def test_a_claim_whose_answer_was_lost_is_not_kept_alive(member, time_machine):
    goal, runner = create(member), uuid4()
    claim(runner, 5)  # the database committed it, and the connection broke before the runner heard
    assert renew(runner, []) == {}
    time_machine.move_to(timezone.now() + timedelta(seconds=loop.RECHECK_SECONDS + 1))
    pulse()
    (again,) = claim(runner, 5)
    assert hand_in(again, runner, Result(Attempt.Outcome.SUCCEEDED))
    assert fresh(member, goal).state == Goal.State.COMPLETED


def test_what_a_stopping_runner_leaves_is_taken_up_at_the_next_pulse(member):
    goal, stopping = create(member), uuid4()
    (left,) = claim(stopping, 5)
    abandon(stopping)
    pulse()
    (taken,) = claim(uuid4(), 5)
    assert (taken.task_id, taken.epoch) == (left.task_id, left.epoch + 1)
    assert not hand_in(left, stopping, Result(Attempt.Outcome.SUCCEEDED))
    assert fresh(member, goal).state == Goal.State.EXECUTING


def test_a_result_and_the_next_claim_are_one_commit(committed, member, make_member):
    other = make_member("other@example.com")
    goal, runner = create(member, semantic_path=["echo 1", "echo 2"]), uuid4()
    (first,) = claim(runner, 1)
    create(other)
    accepted, taken = hand_in_and_claim(first, runner, Result(Attempt.Outcome.SUCCEEDED), room=5)
    assert accepted
    assert {lease.account_id for lease in taken} == {member.id, other.id}
    assert [hand_in(lease, runner, Result(Attempt.Outcome.SUCCEEDED)) for lease in taken] == [True, True]
    assert fresh(member, goal).state == Goal.State.COMPLETED


def test_a_refused_result_claims_nothing(member):
    create(member)
    runner = uuid4()
    (lease,) = claim(runner, 1)
    assert hand_in(lease, runner, Result(Attempt.Outcome.SUCCEEDED))
    create(member)
    assert hand_in_and_claim(lease, runner, Result(Attempt.Outcome.SUCCEEDED), room=5) == (False, [])
    assert len(claim(runner, 5)) == 1


def test_a_passed_deadline_fails_the_goal(member, time_machine):
    goal = create(member, deadline=timezone.now() + timedelta(seconds=30))
    claim(uuid4(), 5)
    time_machine.move_to(timezone.now() + timedelta(seconds=31))
    pulse()
    assert fresh(member, goal).error_code == "deadline_exceeded"
    assert claim(uuid4(), 5) == []


def test_E_R23_a_pressing_goal_goes_first(member, work):
    with account_scope(member.account):
        plan = plan_of(member.id)
        plan.parallel_tasks = 1
        for priority in ("normal", "low", "critical"):
            actions.create_goal(
                plan=plan,
                actor="t",
                description=priority,
                semantic_path=[f"echo {priority}"],
                priority=priority,
            )
        beat = loop.open_tick(plan)
        Task.objects.filter(state=Task.State.RELEASED).update(state=Task.State.CANCELLED)
        loop.select(beat)
        assert [task.name for task in beat.chosen] == ["echo critical"]


def test_an_open_goal_without_a_wake_up_is_refused_by_the_database(member):
    from django.db import IntegrityError, transaction

    goal = create(member)
    with account_scope(member.account), pytest.raises(IntegrityError), transaction.atomic():
        Goal.objects.filter(pk=goal.pk).update(wake_at=None)


def test_attempts_cannot_be_changed_by_the_app(member, work):
    from django.db import ProgrammingError, transaction

    create(member)
    work()
    with account_scope(member.account):
        for change in (
            lambda: Attempt.objects.update(exit_code=0),
            lambda: Attempt.objects.all()._raw_delete("default"),
        ):
            with pytest.raises(ProgrammingError), transaction.atomic():
                change()
