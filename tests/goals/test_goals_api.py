"""Goals over the API: stating, reading, listing, cancelling, retrying."""

from datetime import timedelta

import pytest

from accounts.models import ApiKey
from events.models import Event
from executor_one.kit.tenancy import account_scope
from goals.models import Attempt, Goal, Task

pytestmark = pytest.mark.smoke

JSON = "application/json"


def state_goal(api, **body):
    answer = api.post("/api/goals", {"description": "My goal", **body}, content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def test_E13_a_goal_is_stated_and_answers_only_its_id(api):
    answer = api.post("/api/goals", {"description": "x", "semanticPath": ["echo hi"]}, content_type=JSON)
    assert (answer.status_code, list(answer.json())) == (201, ["id"])
    assert answer["X-Receipt"].startswith("rcp_")


def test_E14_E_R2_the_quick_start_goal_completes_with_one_task(api, work):
    goal = state_goal(api, semanticPath=["echo hello executor.one"])
    first = api.get(f"/api/goals/{goal}").json()
    assert (first["state"], first["progress"], first["currentTask"]) == (
        "executing",
        0,
        "echo hello executor.one",
    )
    assert work(stdout="hello executor.one\n", exit_code=0) == 1
    last = api.get(f"/api/goals/{goal}").json()
    assert (last["state"], last["progress"], last["tasksTotal"], last["tasksCompleted"]) == (
        "completed",
        1,
        1,
        1,
    )
    assert last["currentTask"] is None
    assert last["finishedAt"] >= last["startedAt"] >= last["createdAt"]


def test_E_R15_steps_run_one_after_another(api, work):
    goal = state_goal(api, semanticPath=["echo 1", "echo 2", "echo 3"])
    for done in range(3):
        assert api.get(f"/api/goals/{goal}").json()["tasksCompleted"] == done
        assert work() == 1
    assert api.get(f"/api/goals/{goal}").json()["state"] == "completed"


def test_a_failed_step_fails_the_goal_and_skips_the_rest(api, work):
    goal = state_goal(api, semanticPath=["false", "echo never"], selfCorrect=False)
    work(
        "failed",
        exit_code=1,
        error_code="exit_code",
        error="It ended with exit code 1.",
        stderr="no",
    )
    answer = api.get(f"/api/goals/{goal}").json()
    assert answer["state"] == "failed"
    assert answer["error"] == {"code": "exit_code", "message": "false: It ended with exit code 1."}
    tasks = api.get(f"/api/goals/{goal}/tasks").json()["data"]
    assert [task["state"] for task in tasks] == ["failed", "skipped"]
    assert tasks[0]["attempts"][0]["output"]["stderr"] == "no"
    assert work() == 0


def test_E_R13_what_cannot_be_planned_fails_at_once_and_says_what_to_do(api):
    goal = state_goal(api, description="Write a poem about the sea")
    answer = api.get(f"/api/goals/{goal}").json()
    assert (answer["state"], answer["error"]["code"]) == ("failed", "cannot_plan")
    assert "as steps" in answer["error"]["message"]


def test_goals_are_listed_by_when_and_by_whom_they_were_stated(api, member):
    early, late = state_goal(api), state_goal(api)
    with account_scope(member.account):
        Goal.objects.filter(pk=early).update(created_at="2026-01-01T12:00:00Z")
        key = Goal.objects.get(pk=late).created_by
    for query, rows in (
        ({"since": "2026-01-01T12:00:00Z", "until": "2026-01-01T13:00:01+01:00"}, [early]),
        ({"since": "2026-01-02"}, [late]),
        ({"until": "2026-01-01T12:00:00"}, []),
        ({"createdBy": key, "since": "2026-01-01"}, [late, early]),
        ({"createdBy": "user:nobody\x00"}, []),
    ):
        answer = api.get("/api/goals", query)
        assert [one["id"] for one in answer.json()["data"]] == rows, query
    for wrong in ("yesterday", "2026-13-01", "0001-01-01T00:00:00+23:00", ""):
        answer = api.get("/api/goals", {"until": wrong})
        assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["until"]), wrong


def test_E15_cancel_is_final_and_twice_is_fine(api, work):
    goal = state_goal(api, semanticPath=["sleep 9", "echo 2"])
    first = api.delete(f"/api/goals/{goal}")
    assert (first.status_code, first.json()["state"]) == (200, "cancelled")
    assert api.delete(f"/api/goals/{goal}").status_code == 200
    assert work() == 0
    assert {task["state"] for task in api.get(f"/api/goals/{goal}/tasks").json()["data"]} == {"cancelled"}


def test_E15_the_reason_of_a_cancellation_stays_with_the_goal_and_is_in_its_event(api):
    goal = state_goal(api, semanticPath=["sleep 9"])
    wrong = api.post(f"/api/goals/{goal}/cancel", {"reason": "x" * 501}, content_type=JSON)
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["reason"])
    reason = "Wrong branch, token=ghp_1234567890abcdefghijklmnopqrstuvwxyz"
    answer = api.post(f"/api/goals/{goal}/cancel", {"reason": reason}, content_type=JSON)
    assert (answer.status_code, answer.json()["state"]) == (200, "cancelled")
    assert answer.json()["error"]["message"] == f"It was cancelled by request: {reason}"
    again = api.post(f"/api/goals/{goal}/cancel", {"reason": "another"}, content_type=JSON)
    assert again.json() == answer.json()
    (told,) = [one for one in api.get(f"/api/goals/{goal}/history").json()["events"] if one["type"] == "goal.cancelled"]
    assert told["data"]["reason"].startswith("Wrong branch")
    assert "ghp_1234" not in told["data"]["reason"], "events hold no secret"


def test_E15_whoever_cancels_is_the_actor_of_its_event(api, member):
    for way in ("delete", "post"):
        goal = state_goal(api, semanticPath=["sleep 9"])
        getattr(api, way)(f"/api/goals/{goal}{'/cancel' if way == 'post' else ''}", b"", content_type=JSON)
        with account_scope(member.account):
            told = Event.objects.filter(data__goal=goal).values_list("type", "actor")
            assert dict(told)["goal.cancelled"] == f"key:{ApiKey.objects.get().pk}", way


def test_E15_a_cancellation_needs_no_reason(api):
    goal = state_goal(api, semanticPath=["sleep 9"])
    assert (
        api.post(f"/api/goals/{goal}/cancel", b"", content_type=JSON).json()["error"]["message"]
        == "It was cancelled by request."
    )
    (told,) = [one for one in api.get(f"/api/goals/{goal}/history").json()["events"] if one["type"] == "goal.cancelled"]
    assert "reason" not in told["data"]


def test_E15_a_finished_goal_cannot_be_cancelled(api, work):
    goal = state_goal(api, semanticPath=["true"])
    work()
    answer = api.delete(f"/api/goals/{goal}")
    assert (answer.status_code, answer.json()["name"]) == (409, "conflict")
    assert api.get(f"/api/goals/{goal}").json()["state"] == "completed"


def test_a_result_that_comes_after_the_cancellation_is_refused(member, api):
    from uuid import uuid4

    from goals.claims import Result, claim, hand_in

    goal, runner = state_goal(api, semanticPath=["true"]), uuid4()
    (lease,) = claim(runner, 5)
    api.delete(f"/api/goals/{goal}")
    assert not hand_in(lease, runner, Result(Attempt.Outcome.SUCCEEDED))
    with account_scope(member.account):
        assert not Attempt.objects.exists()


def test_retry_goes_on_from_the_failed_task_as_a_new_goal(api, work):
    goal = state_goal(api, semanticPath=["echo 1", "false", "echo 3"], selfCorrect=False)
    work()
    work("failed", exit_code=1)
    answer = api.post(f"/api/goals/{goal}/retry", content_type=JSON)
    assert answer.status_code == 201
    again = api.get(f"/api/goals/{answer.json()['id']}").json()
    assert (again["state"], again["tasksCompleted"], again["retryOf"]) == ("executing", 1, goal)
    assert api.post(f"/api/goals/{goal}/retry", content_type=JSON).status_code == 409, "one retry at a time"
    work()
    work()
    assert api.get(f"/api/goals/{answer.json()['id']}").json()["state"] == "completed"
    assert api.get(f"/api/goals/{goal}").json()["state"] == "failed"


def test_the_list_filters_sorts_searches_and_pages(api, work):
    made = [
        state_goal(api, description=f"goal {n}", semanticPath=["true"], priority=p)
        for n, p in ((1, "low"), (2, "high"))
    ]
    everything = api.get("/api/goals").json()
    assert [goal["id"] for goal in everything["data"]] == made[::-1]
    assert everything["meta"] == {"total": 2, "limit": 20, "offset": 0}
    assert api.get("/api/goals?priority=low").json()["data"][0]["id"] == made[0]
    assert api.get("/api/goals?search=goal 2").json()["meta"]["total"] == 1
    assert api.get("/api/goals?sort=createdAt&limit=1").json()["data"][0]["id"] == made[0]
    assert api.get("/api/goals?state=completed").json()["data"] == []


@pytest.mark.parametrize(
    "query",
    [
        "order_by=password",
        "fields=__class__",
        "_connector=OR",
        "limit=0",
        "limit=1000",
        "state=x",
        "sort=id",
        "limit=1e3",
    ],
)
def test_unknown_or_wrong_query_parameters_are_400_with_their_name(api, query):
    answer = api.get(f"/api/goals?{query}")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [query.split("=")[0]]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 400, "description"),
        ({"description": ""}, 400, "description"),
        ({"description": 5}, 400, "description"),
        ({"description": "x" * 1_048_576}, 400, "description"),
        ({"description": "a\x00b"}, 400, "description"),
        ({"description": "x", "semanticPath": "echo"}, 400, "semanticPath"),
        ({"description": "x", "semanticPath": ["true"] * 10_000}, 400, "semanticPath"),
        ({"description": "x", "semanticPath": ["a\x00"]}, 400, "semanticPath.0"),
        ({"description": "x", "semanticPath": [""]}, 400, "semanticPath.0"),
        ({"description": "x", "priority": "urgent"}, 400, "priority"),
        ({"description": "x", "deadline": "2030-01-01T00:00:00"}, 400, "deadline"),
        ({"description": "x", "deadline": "soon"}, 400, "deadline"),
        ({"description": "x", "selfCorrect": "yes"}, 400, "selfCorrect"),
        ({"description": "x", "selfCorrect": 1}, 400, "selfCorrect"),
        ({"description": "x", "deadline": "2020-01-01T00:00:00Z"}, 422, "deadline"),
        ({"description": "x", "nonsense": 1}, 400, "nonsense"),
        ({"description": "x", "semantic_path": ["true"], "semanticPath": ["true"]}, 400, "semanticPath"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_the_field_named_and_nothing_stored(member, api, body, status, field):
    answer = api.post("/api/goals", body, content_type=JSON)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert field in answer.json()["errors"]
    with account_scope(member.account):
        assert not Goal.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"description": "a", "description": "b"}',
        b"[1]",
        b'"x"',
        b'{"description": NaN}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_malformed_body_is_400(api, body):
    assert api.post("/api/goals", body, content_type=JSON).status_code == 400


def test_a_body_over_the_cap_is_413(api):
    answer = api.post("/api/goals", b'{"description": "' + b"x" * 3_000_000, content_type=JSON)
    assert (answer.status_code, answer.json()["name"]) == (413, "payload_too_large")


def test_another_media_type_is_415(api):
    assert api.post("/api/goals", "description=x", content_type="text/plain").status_code == 415


def test_E13_comments_of_the_published_sample_are_tolerated(api):
    body = '{ "description": "see http://x // y", // required\n "semanticPath": ["echo 1"] // steps\n }'
    answer = api.post("/api/goals", body, content_type=JSON)
    assert answer.status_code == 201
    assert api.get(f"/api/goals/{answer.json()['id']}").json()["description"] == "see http://x // y"


def test_E_R3_the_eleventh_goal_of_a_free_month_is_402_and_names_the_plan_that_lifts_it(
    make_member, client_of, db, time_machine
):
    from django.utils import timezone

    start = timezone.now().replace(day=2, hour=12)
    time_machine.move_to(start, tick=False)
    api = client_of(make_member("free@example.com", plan="free").key)
    for number in range(10):
        time_machine.move_to(start + timedelta(minutes=2 * number), tick=False)
        state_goal(api, semanticPath=["true"])
    time_machine.move_to(start + timedelta(hours=2), tick=False)
    answer = api.post("/api/goals", {"description": "x", "semanticPath": ["true"]}, content_type=JSON)
    assert answer.status_code == 402
    assert (answer.json()["name"], answer.json()["limit"], answer.json()["upgrade"]) == (
        "payment_required",
        "goals_per_month",
        "pro",
    )


def test_E_R9_a_free_account_pauses_60_seconds_between_goals(make_member, client_of, db, time_machine):
    from django.utils import timezone

    start = timezone.now()
    time_machine.move_to(start, tick=False)
    api = client_of(make_member("free@example.com", plan="free").key)
    state_goal(api, semanticPath=["true"])
    time_machine.shift(15)
    answer = api.post("/api/goals", {"description": "x", "semanticPath": ["true"]}, content_type=JSON)
    assert (answer.status_code, answer["Retry-After"]) == (429, "45")
    time_machine.shift(45)
    state_goal(api, semanticPath=["true"])
    with account_scope(_account("free@example.com")):
        assert Goal.objects.count() == 2


def _account(email):
    from accounts.models import Account
    from executor_one.kit.tenancy import all_accounts

    with all_accounts(reason="test"):
        return Account.objects.get(email=email)


@pytest.mark.parametrize(("plan", "parallel"), [("free", 1), ("pro", 4), ("enterprise", 8), ("ecosystem", 8)])
def test_E_R6_E_R17_parallel_tasks_follow_the_plan(make_member, db, plan, parallel):
    from billing.queries import plan_of
    from goals import actions

    member = make_member("p@example.com", plan=plan)
    with account_scope(member.account):
        limits = plan_of(member.id)
        limits.goals_per_month, limits.goal_cooldown_seconds = None, 0
        for _ in range(12):
            actions.create_goal(plan=limits, actor="t", description="x", semantic_path=["true"])
        assert Task.objects.filter(state=Task.State.RELEASED).count() == parallel


def test_E12_the_state_starts_as_documented_and_moves(api, work):
    assert api.get("/api/state").json() == {
        "urgency": 0,
        "confidence": 0.65,
        "fatigue": 0,
        "curiosity": 0.3,
        "tickCount": 0,
    }
    state_goal(api, semanticPath=["true"], priority="critical")
    assert api.get("/api/state").json()["urgency"] == 0.5
    work()
    after = api.get("/api/state").json()
    assert after["confidence"] == round(14 / 21, 4)
    assert after["tickCount"] == 2


def test_one_goal_reads_alike_alone_and_in_the_list(api, work):
    goal = state_goal(api, semanticPath=["echo 1", "false"], deadline="2099-01-01T00:00:00.5Z", selfCorrect=False)
    work()
    assert api.get(f"/api/goals/{goal}").json() == api.get("/api/goals").json()["data"][0]
    work("failed", exit_code=1)
    assert api.get(f"/api/goals/{goal}").json() == api.get("/api/goals").json()["data"][0]
