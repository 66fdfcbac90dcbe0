"""Usage day by day and by who stated the goals, in the API and on the page; and what it costs the database."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import ApiKey, Membership, User
from executor_one.kit.tenancy import account_scope
from goals.models import Goal
from goals.queries import used_since
from tests.pages.visitors import told, visitor

HISTORY, PAGE, JSON = "/api/auth/usage/history", "/dashboard/usage", "application/json"
NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)


def state(client, **more):
    body = {"description": "counted", "semanticPath": ["true"], **more}
    answer = client.post("/api/goals", body, content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def used(days):
    return {day["day"]: (day["goals"], day["llmCalls"]) for day in days if day["goals"] or day["llmCalls"]}


@pytest.fixture
def noon(member):
    """The key of the member is older than the time the tests travel to."""
    with account_scope(member.id):
        ApiKey.objects.update(created_at=NOW - timedelta(days=90))


def test_each_of_the_last_30_days_is_there_in_utc_with_its_goals_and_calls(member, api, noon):
    for moment in ("2026-02-03T23:59:59Z", "2026-02-04T00:00:00Z", "2026-03-04T23:59:59Z", "2026-03-05T00:00:00Z"):
        with time_machine.travel(moment, tick=False):
            goal = state(api)
        with account_scope(member.id):
            Goal.objects.filter(pk=goal).update(model_calls=2)
    with time_machine.travel(NOW, tick=False):
        api.post("/api/execute", {"type": "shell", "params": {"command": "true"}}, content_type=JSON)
        days = api.get(HISTORY).json()["data"]
    assert [days[0]["day"], days[-1]["day"], len(days)] == ["2026-02-04", "2026-03-05", 30]
    assert [day["day"] for day in days] == sorted({day["day"] for day in days})
    assert used(days) == {"2026-02-04": (1, 2), "2026-03-04": (1, 2), "2026-03-05": (1, 2)}


def test_it_is_split_by_the_key_or_the_person_who_stated_them(member, api, client_for):
    other, revoked = client_for(member.account), client_for(member.account)
    for client in (other, other, other, revoked):
        state(client)
    page = visitor(member)
    for _ in range(2):
        assert (
            page.post(
                "/dashboard/goals/new", {"description": "by hand", "steps": "true", "priority": "normal"}
            ).status_code
            == 302
        )
    with account_scope(member.id):
        keys = {key.pk: key.name for key in ApiKey.objects.all()}
        first, second = Goal.objects.values_list("created_by", flat=True).order_by("created_at")[2:4]
        ApiKey.objects.filter(pk=second.removeprefix("key:")).update(name="CI", revoked_at=NOW)
        user = Membership.objects.get().user_id
        Goal.objects.filter(created_by=second).update(model_calls=1)
    found = api.get(HISTORY).json()["bySource"]
    assert [(one["source"], one["name"], one["goals"], one["llmCalls"]) for one in found] == [
        ("key", "test", 3, 0), ("user", "one@example.com", 2, 0), ("key", "CI", 1, 1),
    ]  # fmt: skip
    assert (found[0]["id"] in keys, f"key:{found[0]['id']}", found[1]["id"]) == (True, first, str(user))
    words = told(page.get(PAGE))
    assert "test 3 0" in words
    assert "CI 1 1" in words
    User.objects.filter(pk=user).delete()
    assert [one["name"] for one in api.get(HISTORY).json()["bySource"]] == ["test", None, "CI"]


def test_the_page_draws_what_the_api_answers(member, api):
    for _ in range(3):
        state(api)
    page = visitor(member).get(PAGE)
    days = api.get(HISTORY).json()["data"]
    goals, calls = page.context["charts"]
    assert [bar.used for bar in goals.bars] == [day["goals"] for day in days]
    assert [bar.used for bar in calls.bars] == [day["llmCalls"] for day in days]
    assert (goals.total, goals.most, goals.bars[-1].height, goals.bars[0].height) == (3, 3, goals.height, 0)
    html = page.content.decode()
    assert f"<title>{days[-1]['day']}: 3</title>" in html
    assert "Goals a day: 3 in 30 days, 3 on the busiest." in html
    assert f'<th scope="row">{days[-1]["day"]}</th><td class="num">3</td><td class="num">0</td>' in html


def test_an_account_without_goals_has_30_empty_days(member, api):
    answer = api.get(HISTORY).json()
    assert (len(answer["data"]), used(answer["data"]), answer["bySource"]) == (30, {}, [])
    assert "No goal was stated in these days." in told(visitor(member).get(PAGE))


def test_nothing_of_another_account_is_counted(member, api, make_member, client_of):
    state(client_of(make_member("two@example.com").key))
    assert api.get(HISTORY).json()["bySource"] == []


def test_old_goals_cost_nothing_among_50_000(member):
    with account_scope(member.id), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO goals_goal (id, account_id, kind, description, semantic_path, priority, planner, state,"
            " tasks_total, tasks_completed, error_code, error, self_correct, planned_from, fixes_applied, fixes_worked,"
            " model_asks, model_asking, model_calls, created_by, created_at, finished_at)"
            " SELECT gen_random_uuid(), %s, 'goal', 'old', '[]', 'normal', 'path', 'completed', 1, 1, '', '', true, 0,"
            " 0, 0, 0, false, 0, 'key:x', now() - n * interval '1 hour', now() FROM generate_series(1, 50000) n",
            [member.id],
        )
        first = datetime.now(UTC).date() - timedelta(days=29)
        cursor.execute("ANALYZE goals_goal")
        with CaptureQueriesContext(connection) as asked:
            assert 29 * 24 <= sum(goals for _, _, goals, _ in used_since(first)) <= 30 * 24
        cursor.execute("EXPLAIN (ANALYZE) " + asked[0]["sql"])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "goal_newest" in plan
    assert "Seq Scan" not in plan
    read = [int(float(number)) for number in re.findall(r"goal_newest.*actual time=.*rows=([\d.]+)", plan)]
    assert read
    assert max(read) <= 30 * 24, plan
