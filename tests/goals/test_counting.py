"""What counts against the month and begins the pause: what was planned, and no endless stream of what was not."""

import threading

import pytest
from django.db import connection

from billing.models import Plan
from executor_one.kit.tenancy import account_scope
from goals.counting import GIVEN_BACK
from goals.models import Goal
from goals.tasks import tick

JSON = "application/json"
UNKNOWN = {"description": "Ponder the nature of xyzzy"}
KNOWN = {"description": "x", "semanticPath": ["true"]}


@pytest.fixture
def free(request, make_member, client_of):
    if "committed" not in request.fixturenames:
        request.getfixturevalue("db")
    member = make_member("free@example.com", plan="free")
    return member, client_of(member.key)


def state(api, body, status=201):
    answer = api.post("/api/goals", body, content_type=JSON)
    assert answer.status_code == status, answer.content
    return answer


def used(api):
    return api.get("/api/auth/usage").json()["goals"]["used"]


@pytest.mark.parametrize("fast", [True, False])
def test_E_R9_a_mistyped_goal_costs_neither_a_goal_of_the_month_nor_the_pause(free, settings, run_jobs, fast):
    settings.FAST_LANE = fast
    _, api = free
    goal = state(api, UNKNOWN).json()["id"]
    run_jobs()
    assert api.get(f"/api/goals/{goal}").json()["error"]["code"] == "cannot_plan"
    assert used(api) == 0
    state(api, KNOWN)
    assert used(api) == 1
    state(api, UNKNOWN, 429)


def test_E_R9_a_goal_that_ran_and_failed_counts(free, work):
    _, api = free
    state(api, {**KNOWN, "selfCorrect": False})
    work("failed", exit_code=1)
    assert used(api) == 1
    state(api, KNOWN, 429)


def test_a_stream_of_goals_that_cannot_be_planned_counts_and_pauses_in_the_end(free, time_machine):
    member, api = free
    time_machine.move_to("2026-11-10T12:00:00Z", tick=False)
    for _ in range(GIVEN_BACK[0]):
        state(api, UNKNOWN)
    assert used(api) == 0
    state(api, UNKNOWN)
    assert used(api) == 1, "more than anybody mistypes"
    state(api, UNKNOWN, 429)
    with account_scope(member.account):
        assert Goal.objects.filter(counted=True).count() == 1


def test_it_is_given_back_to_the_month_it_was_counted_in(free, settings, run_jobs, time_machine):
    settings.FAST_LANE = False
    member, api = free
    time_machine.move_to("2026-11-30T23:59:59Z", tick=False)
    state(api, UNKNOWN)
    assert used(api) == 1
    time_machine.move_to("2026-12-01T00:00:01Z", tick=False)
    run_jobs()
    with account_scope(member.account), connection.cursor() as cursor:
        cursor.execute("SELECT month::text, used FROM billing_usagecounter ORDER BY month")
        assert cursor.fetchall() == [("2026-11-01", 0)]


@pytest.mark.parametrize("fast", [True, False])
def test_requests_and_ticks_at_one_moment_count_right_and_never_wait_for_each_other(
    committed, free, client_of, settings, run_jobs, fast
):
    """On an account without a goal, so that the rows which they lock are made at the same moment too."""
    settings.FAST_LANE = fast
    Plan.objects.filter(pk="free").update(goals_per_month=None, goal_cooldown_seconds=0)
    member, api = free
    said, start, rounds = [], threading.Barrier(6), GIVEN_BACK[0] // 2

    def ask(body):
        client = client_of(member.key)
        start.wait()
        said.extend(client.post("/api/goals", body, content_type=JSON).status_code for _ in range(rounds))
        connection.close()

    def beat():
        start.wait()
        for _ in range(4 * rounds):
            tick(member.id)
        connection.close()

    threads = [threading.Thread(target=ask, args=[body]) for body in (UNKNOWN, KNOWN) * 2]
    threads += [threading.Thread(target=beat) for _ in range(2)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        run_jobs()
        assert said == [201] * 4 * rounds
        assert used(api) == 2 * rounds, "those that were planned"
    finally:
        Plan.objects.filter(pk="free").update(goals_per_month=10, goal_cooldown_seconds=60)


def test_of_two_goals_at_one_moment_only_one_is_within_the_pause(committed, free, client_of):
    member, api = free
    said, start = [], threading.Barrier(4)

    def ask():
        client = client_of(member.key)
        start.wait()
        said.append(client.post("/api/goals", KNOWN, content_type=JSON).status_code)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(said) == [201, 429, 429, 429]
    assert used(api) == 1
