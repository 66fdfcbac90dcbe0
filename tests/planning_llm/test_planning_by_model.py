"""Which goals a language model plans, what is counted, and what happens when it does not answer well."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from actuators import registry
from billing import credit
from billing.models import Plan
from executor_one.kit.tenancy import account_scope
from goals.planning.by_model import MAX_TASKS
from tests.planning_llm.model_server import KEY, NAME, Answer, completion, plan

KNOWN = "Create a directory called reports"  # the keyword planner understands it
GOOD = completion(plan("echo planned"))


def test_E_R5_E_R29_on_pro_a_description_is_planned_by_the_model(watch, model, run_jobs, work):
    pro = watch("pro@example.com", "pro")
    model.answers(completion(plan("mkdir app", "touch app/file", "test -f app/file")))
    goal = pro.state()
    waiting = pro.goal(goal)
    assert (waiting["state"], waiting["tasksTotal"], model.requests) == ("planning", 0, [])
    run_jobs()
    planned = pro.goal(goal)
    assert (planned["state"], planned["planner"], planned["tasksTotal"]) == ("executing", "llm", 3)
    for _ in range(3):
        assert work() == 1, "each task waits for the one before"
    assert pro.goal(goal)["state"] == "completed"
    assert [task["name"] for task in pro.tasks(goal)] == ["Step 1", "Step 2", "Step 3"]
    assert (pro.calls(), len(model.requests), pro.reasons()) == (1, 1, [])


def test_E_R5_the_request_is_what_the_protocol_asks(one, model, run_jobs):
    one.state(description="Set up a web server")
    run_jobs()
    (request,) = model.requests
    assert (request.path, request.headers["authorization"]) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert request.body["model"] == NAME
    shape = request.body["response_format"]
    assert (shape["type"], shape["json_schema"]["strict"]) == ("json_schema", True)
    tasks = shape["json_schema"]["schema"]["properties"]["tasks"]["items"]["anyOf"]
    assert [task["properties"]["actuator"]["enum"] for task in tasks] == [
        [name] for name in registry.MODULES if name != "docker"
    ]
    for task in tasks:
        assert task["required"] == ["name", "actuator", "params", "dependsOn", "timeoutMs", "verify"]
        assert task["additionalProperties"] is False
    assert tasks[0]["properties"]["params"]["required"] == ["command", "credentials"]
    assert [turn["role"] for turn in request.body["messages"]] == ["system", "user"]
    assert json.loads(request.body["messages"][1]["content"]) == {"goal": "Set up a web server"}


def test_E_R29_free_accounts_use_the_keyword_planner(watch, model, run_jobs, work):
    free = watch("free@example.com", "free")
    goal = free.state(description=KNOWN)
    assert (free.goal(goal)["planner"], free.goal(goal)["state"]) == ("keyword", "executing")
    run_jobs()
    assert (model.requests, free.calls(), free.reasons()) == ([], 0, [])


@pytest.mark.parametrize("missing", ["LLM_BASE_URL", "LLM_MODEL"])
def test_without_a_model_every_plan_uses_the_keyword_planner(one, model, run_jobs, settings, missing):
    setattr(settings, missing, "")
    goal = one.state(description=KNOWN)
    assert one.goal(goal)["planner"] == "keyword"
    run_jobs()
    assert (model.requests, one.reasons()) == ([], [])


def test_E_R13_a_path_of_commands_needs_no_model(one, model, run_jobs):
    goal = one.state(semanticPath=["echo 1", KNOWN])
    assert (one.goal(goal)["planner"], one.goal(goal)["state"]) == ("path", "executing")
    run_jobs()
    assert model.requests == []


def test_a_path_that_nobody_else_can_read_goes_to_the_model_with_its_steps(one, model, run_jobs):
    goal = one.state(description="Ship", semanticPath=["echo 1", "Delight the customer"])
    assert one.goal(goal)["state"] == "planning"
    run_jobs()
    assert one.goal(goal)["planner"] == "llm"
    said = json.loads(model.requests[0].body["messages"][1]["content"])
    assert said == {"goal": "Ship", "path": ["echo 1", "Delight the customer"]}


def test_E16_a_direct_action_needs_no_model(one, model, run_jobs):
    body = {"type": "shell", "params": {"command": "true"}}
    one.client.post("/api/execute", body, content_type="application/json")
    run_jobs()
    assert model.requests == []


def test_without_the_fast_lane_the_model_plans_too(one, model, run_jobs, work, settings):
    settings.FAST_LANE = False
    goal = one.state()
    assert one.goal(goal)["state"] == "pending"
    run_jobs()
    assert (one.goal(goal)["planner"], work()) == ("llm", 1)
    run_jobs()
    assert one.goal(goal)["state"] == "completed"


def test_a_key_is_sent_only_where_there_is_one(one, model, run_jobs, settings):
    settings.LLM_API_KEY = ""
    one.state()
    run_jobs()
    assert "authorization" not in model.requests[0].headers


def test_what_openai_s_own_variables_hold_is_not_sent(one, model, run_jobs, monkeypatch, settings):
    names = ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID")
    for name in names:
        monkeypatch.setenv(name, f"{name.lower()}-of-somebody-else")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    one.state()
    settings.LLM_API_KEY = ""
    one.state()
    run_jobs()
    assert len(model.requests) == 2
    assert "somebody-else" not in str([request.headers for request in model.requests])


def test_a_goal_too_long_for_a_model_is_not_sent(one, model, run_jobs):
    goal = one.state(semanticPath=["Delight the customer " + "x" * 9_000] * 6)
    assert one.goal(goal)["state"] == "failed"
    run_jobs()
    assert (model.requests, one.reasons()) == ([], [])


# --- answers that are not good -----------------------------------------------------------------------

WRONG = completion({"tasks": [{"name": "x", "actuator": "teleport", "params": {}, "dependsOn": []}]})
HALF = completion("half a character \ud800")
REPAIRED = [completion("no JSON"), HALF, WRONG, completion({"tasks": []}), completion({**plan("true"), "notes": "x"})]


@pytest.mark.parametrize("first", REPAIRED)
def test_a_faulty_plan_is_repaired_once_and_both_calls_count(one, model, run_jobs, first):
    model.answers(first, GOOD)
    goal = one.state()
    run_jobs()
    assert (one.goal(goal)["planner"], one.calls(), len(model.requests), one.reasons()) == ("llm", 2, 2, [])
    assert one.calls_by_day() == 2
    turns = model.requests[1].body["messages"]
    assert [turn["role"] for turn in turns] == ["system", "user", "assistant", "user"]
    said = json.loads(first.body)["choices"][0]["message"]["content"]
    assert turns[2]["content"] == said.replace("\ud800", "?")
    assert "cannot be used:\n- " in turns[3]["content"]


def test_of_a_long_faulty_answer_only_the_beginning_is_shown_again(one, model, run_jobs):
    model.answers(completion("x" * 900_000), GOOD)
    goal = one.state()
    run_jobs()
    assert (one.goal(goal)["planner"], len(model.requests[1].text) < 50_000) == ("llm", True)


def test_the_repair_says_what_is_wrong_where(one, model, run_jobs):
    model.answers(WRONG, GOOD)
    one.state()
    run_jobs()
    assert (
        "- tasks[0].actuator: must be one of shell, file-writer, http-client, database."
        in model.requests[1].body["messages"][3]["content"]
    )


def in_seconds(seconds):
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


FAILURES = {
    "wrong twice": ([WRONG, WRONG], "invalid_answer", 2),
    "too many requests, come back later": ([Answer(status=429, headers={"Retry-After": "3600"})], "rate_limited", 1),
    "the same as a date": ([Answer(status=429, headers={"Retry-After": in_seconds(3600)})], "rate_limited", 1),
    "too many requests, twice": ([Answer(status=429, headers={"Retry-After": "0"})], "rate_limited", 2),
    "server error, twice": ([Answer(status=500, headers={"Retry-After": "0"})], "unavailable", 2),
    "cut connection, twice": ([Answer(GOOD.body, cut=True)], "unavailable", 2),
    "no JSON at all": ([Answer(b"{ not json")], "invalid_answer", 1),
    "JSON of another shape": ([Answer(b'{"choices": {"0": 1}}')], "invalid_answer", 1),
    "deep JSON": ([Answer(b"[" * 200_000)], "invalid_answer", 1),
    "no choices": ([Answer(b'{"choices": []}')], "invalid_answer", 1),
    "a choice of null": ([Answer(b'{"choices": [null]}')], "invalid_answer", 1),
    "no content": ([completion(None)], "invalid_answer", 1),
    "content in parts": ([Answer(b'{"choices": [{"message": {"content": [1]}}]}')], "invalid_answer", 1),
    "a page": ([Answer(b"<html>Welcome</html>", headers={"Content-Type": "text/html"})], "invalid_answer", 1),
    "an empty body": ([Answer(b"")], "invalid_answer", 1),
    "not UTF-8": ([Answer(b'{"choices": "\xff"}')], "invalid_answer", 1),
    "a compressed body": ([Answer(b"x", headers={"Content-Encoding": "gzip"})], "invalid_answer", 1),
    "a refusal": ([completion(None, refusal="I cannot help with that.")], "refused", 1),
    "a filter": ([completion("", finish="content_filter")], "refused", 1),
    "too long for the model": ([completion('{"tasks": [', finish="length")], "cut_off", 1),
    "a wrong key": ([Answer(b'{"error": {"message": "bad key"}}', status=401)], "not_authorized", 1),
    "an unknown model": ([Answer(b'{"error": {}}', status=404)], "bad_request", 1),
    "another address": ([Answer(status=307, headers={"Location": "http://127.0.0.1:9/"})], "redirected", 1),
    "a huge body": ([Answer(b" " * 3_000_000)], "too_large", 1),
    "a huge error": ([Answer(b"x" * 3_000_000, status=400)], "too_large", 1),
    "a bare number": ([Answer(b"1")], "invalid_answer", 1),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILURES)
def test_E_R29_whatever_goes_wrong_the_keyword_planner_takes_over_and_says_why(one, model, run_jobs, work, case):
    script, reason, calls = FAILURES[case]
    model.answers(*script)
    goal = one.state(description=KNOWN)
    run_jobs()
    assert one.reasons() == [reason]
    assert (one.calls(), one.calls_by_day(), len(model.requests)) == (calls, calls, calls)
    assert one.goal(goal)["planner"] == "keyword"
    assert work() >= 1


@pytest.mark.parametrize("said", ["0", "1", "soon", "-5", "nan", "", "Mon, 01 Jan 0001 00:00:00 +2359"])
def test_a_busy_server_is_asked_again_when_it_says(one, model, run_jobs, said):
    model.answers(Answer(status=429, headers={"Retry-After": said}), GOOD)
    goal = one.state()
    run_jobs()
    assert (one.goal(goal)["planner"], one.calls()) == ("llm", 2)


@pytest.mark.parametrize("first", [Answer(status=500), Answer(status=503), Answer(GOOD.body, cut=True)])
def test_a_server_that_stumbles_is_asked_once_more(one, model, run_jobs, first):
    model.answers(first, GOOD)
    goal = one.state()
    run_jobs()
    assert (one.goal(goal)["planner"], one.calls(), one.reasons()) == ("llm", 2, [])


def test_where_nobody_listens_the_keyword_planner_takes_over(one, model, run_jobs, settings):
    settings.LLM_BASE_URL = "http://127.0.0.1:9/v1"
    goal = one.state(description=KNOWN)
    run_jobs()
    assert (one.reasons(), one.goal(goal)["planner"], one.calls()) == (["unavailable"], "keyword", 2)


SLOW = {
    "silence": Answer(GOOD.body, wait=30),
    "a trickle": Answer(GOOD.body, chunk=1, pause=0.2),
    "a trickle of errors": Answer(b"x" * 500, status=500, chunk=1, pause=0.2),
}


@pytest.mark.parametrize("case", SLOW)
def test_one_time_limit_holds_for_the_whole_answer(one, model, run_jobs, settings, case):
    settings.LLM_SECONDS = 1
    model.answers(SLOW[case])
    goal = one.state(description=KNOWN)
    began = datetime.now(UTC)
    run_jobs()
    assert (datetime.now(UTC) - began).total_seconds() < 6
    assert (one.reasons(), one.goal(goal)["planner"]) == (["timeout"], "keyword")


def test_a_goal_that_nobody_can_plan_fails_with_both_reasons(one, model, run_jobs):
    model.answers(completion(None, refusal="no"))
    goal = one.state()
    run_jobs()
    ended = one.goal(goal)
    assert (ended["state"], ended["error"]["code"]) == ("failed", "cannot_plan")
    assert "The language model was asked first, but it refused." in ended["error"]["message"]


# --- counting ----------------------------------------------------------------------------------------


def test_E_R5_past_the_months_calls_the_keyword_planner_takes_over_openly(one, model, run_jobs):
    Plan.objects.filter(pk="enterprise").update(llm_calls_per_month=2)
    goals = [one.state(description=KNOWN) for _ in range(3)]
    run_jobs()
    assert [one.goal(goal)["planner"] for goal in goals] == ["llm", "llm", "keyword"]
    assert (one.calls(), len(model.requests), one.reasons()) == (2, 2, ["limit_reached"])
    last = one.state()
    run_jobs()
    assert "LLM calls of this month are used up" in one.goal(last)["error"]["message"]


def test_O122_past_the_months_calls_those_that_were_bought_go_on(one, model, run_jobs):
    Plan.objects.filter(pk="enterprise").update(llm_calls_per_month=1)
    with account_scope(one.member.account):
        credit.give(1, "to try", actor="staff:1")
    goals = [one.state(description=KNOWN) for _ in range(3)]
    run_jobs()
    assert [one.goal(goal)["planner"] for goal in goals] == ["llm", "llm", "keyword"]
    assert (one.calls(), one.calls_by_day(), len(model.requests), one.reasons()) == (1, 2, 2, ["limit_reached"])
    entries = one.client.get("/api/billing/credits").json()["data"]
    assert [(entry["kind"], entry["balance"]) for entry in entries] == [("used", 0), ("given", 1)]


def test_a_repair_past_the_limit_is_not_made(one, model, run_jobs):
    Plan.objects.filter(pk="enterprise").update(llm_calls_per_month=1)
    model.answers(WRONG, GOOD)
    one.state(description=KNOWN)
    run_jobs()
    assert (one.calls(), len(model.requests), one.reasons()) == (1, 1, ["limit_reached"])


# --- what a model may not do -------------------------------------------------------------------------


def task(**changes):
    return {"name": "x", "actuator": "shell", "params": {"command": "true"}, "dependsOn": []} | changes


HOSTILE = {
    "another actuator": [task(actuator="python")],
    "an actuator that is a path": [task(actuator="../../etc/passwd")],
    "another key": [task(timeoutMs=10**9)],
    "a key of ours": [task(accountId="acc_1")],
    "params of another kind": [task(params={"command": "true", "uid": 0})],
    "params that are text": [task(params="true")],
    "a command that is a list": [task(params={"command": ["rm", "-rf", "/"]})],
    "a NUL": [task(params={"command": "a\0b"})],
    "half a character": [task(params={"command": "\ud800"})],
    "a name of two lines": [task(name="a\nb")],
    "a name with half a character": [task(name="\ud800")],
    "a long name": [task(name="x" * 201)],
    "no name": [task(name=" ")],
    "a command beyond the limit": [task(params={"command": "x" * 100_001})],
    "a huge plan": [task()] * (MAX_TASKS + 1),
    "a circle": [task(dependsOn=[1]), task(dependsOn=[0])],
    "itself": [task(dependsOn=[0])],
    "out of range": [task(dependsOn=[7])],
    "from the end": [task(), task(dependsOn=[-1])],
    "a truth for a number": [task(), task(dependsOn=[False])],
    "a fraction": [task(), task(dependsOn=[0.0])],
    "needs that are no list": [task(dependsOn={"0": 1})],
    "a task that is text": ["rm -rf /"],
    "a null": [None],
}


@pytest.mark.parametrize("case", HOSTILE)
def test_E_R29_what_does_not_fit_the_actuators_schemas_is_refused(one, model, run_jobs, case):
    model.answers(completion({"tasks": HOSTILE[case]}))
    goal = one.state()
    run_jobs()
    assert (one.reasons(), one.goal(goal)["state"], one.tasks(goal)) == (["invalid_answer"], "failed", [])
    assert len(model.requests) == 2, "it was told what is wrong"


def test_tasks_are_put_in_an_order_in_which_they_can_run(one, model, run_jobs, work):
    tasks = [task(name="last", dependsOn=[2, 2]), task(name="first"), task(name="second", dependsOn=[1])]
    model.answers(completion({"tasks": tasks}))
    goal = one.state()
    run_jobs()
    found = one.tasks(goal)
    assert [one["name"] for one in found] == ["first", "second", "last"]
    assert [one["dependsOn"] for one in found] == [[], [0], [1]]


def test_tasks_that_need_nothing_run_side_by_side(one, model, run_jobs, work):
    model.answers(completion(plan("a", "b", "c", chain=False)))
    one.state()
    run_jobs()
    assert work() == 3
