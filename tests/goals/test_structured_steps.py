"""Goals of structured steps over the API: what is refused, what runs when, and what stays of it."""

import pytest

from billing.queries import plan_of
from executor_one.kit.tenancy import account_scope
from goals.actions import execute_directly
from goals.models import Goal, Task


def step(command="true", **more):
    return {"type": "shell", "params": {"command": command}, **more}


@pytest.fixture
def state(api):
    def send(*path, description="x", **more):
        body = {"description": description, "semanticPath": list(path), **more}
        return api.post("/api/goals", body, content_type="application/json")

    return send


def tasks_of(api, goal):
    return api.get(f"/api/goals/{goal}/tasks").json()["data"]


def test_E_R12_texts_and_structured_steps_stand_side_by_side(state, api, work):
    path = ["begin", step("left", dependsOn=[0], name="Left"), step("right", dependsOn=[0], timeoutMs=5_000), "end"]
    goal = state(*path).json()["id"]
    told = tasks_of(api, goal)
    assert [(task["name"], task["dependsOn"], task["timeoutMs"]) for task in told] == [
        ("begin", [], 300_000), ("Left", [0], 300_000), ("right", [0], 5_000), ("end", [1, 2], 300_000),
    ]  # fmt: skip
    assert [work(), work(), work(), work()] == [1, 2, 1, 0], "left and right ran at once"
    assert api.get(f"/api/goals/{goal}").json()["state"] == "completed"


def test_what_was_said_is_kept_and_answered_as_it_was_said(state, api):
    path = ["one", step("two", verify={"exitCode": [0, 1]}, dependsOn=[])]
    goal = state(*path).json()["id"]
    assert api.get(f"/api/goals/{goal}").json()["semanticPath"] == path
    assert tasks_of(api, goal)[1]["verify"] == {"exitCode": [0, 1]}
    assert tasks_of(api, goal)[0]["verify"] is None


def test_a_command_may_write_a_nul_with_a_backslash(state, api):
    command = r"printf 'a\u0000b \\u0000'"
    goal = state(step(command)).json()["id"]
    assert tasks_of(api, goal)[0]["params"]["command"] == command


def test_both_spellings_of_a_field_are_read(state, api):
    goal = state("one", {**step("two"), "depends_on": [], "timeout_ms": 7}).json()["id"]
    assert [(task["dependsOn"], task["timeoutMs"]) for task in tasks_of(api, goal)][1] == ([], 7)


@pytest.mark.parametrize(
    ("path", "where", "status"),
    [
        ([step(dependsOn=[0])], "semanticPath.0.dependsOn", 422),
        (["true", step(dependsOn=[2]), step(dependsOn=[1])], "semanticPath.1.dependsOn", 422),
        ([step(dependsOn=[3])], "semanticPath.0.dependsOn", 422),
        ([step(dependsOn="0")], "semanticPath.0.dependsOn", 400),
        (["true", {"type": "sudo", "params": {}}], "semanticPath.1.type", 400),
        ([{"type": "shell", "params": {"command": ""}}], "semanticPath.0.params.command", 400),
        ([{"type": "shell"}], "semanticPath.0.params", 400),
        ([step(verify={"outputMatches": "("})], "semanticPath.0.verify.outputMatches", 400),
        ([step(cwd="/")], "semanticPath.0.cwd", 400),
        ([step("x" * 200_001)], "semanticPath.0", 400),
        ([step(verify={"json": {"$": "\0"}})], "semanticPath.0", 400),
        ([step(verify={"outputMatches": "\ud800"})], "semanticPath.0", 400),
        ([step(name="\udfff")], "semanticPath.0", 400),
        ([{"type": "http-client", "params": {"url": "https://a.example", "json": {"a\0": 1}}}], "semanticPath.0", 400),
        ([{"type": "shell", "params": {"command": "ls", "credentials": ["\ud800"]}}], "semanticPath.0", 400),
        ([7], "semanticPath.0", 400),
        ([None], "semanticPath.0", 400),
        ([["true"]], "semanticPath.0", 400),
    ],
)
def test_what_is_wrong_is_refused_by_name_and_nothing_is_written(state, member, path, where, status):
    answer = state(*path)
    assert answer.status_code == status, answer.content
    assert where in answer.json()["errors"], answer.json()
    with account_scope(member.account):
        assert not Goal.objects.exists()


def test_its_repeat_is_remembered_with_what_its_success_is(state, api, member, work):
    """E-R19: a tree keeps what a structured step says; another verify is another goal."""
    path = [step("one", verify={"outputContains": "a"}), step("two", dependsOn=[])]
    for _ in range(2):
        goal = state(*path, description="Ship it").json()["id"]
        while work(stdout="a"):
            pass
    assert api.get(f"/api/goals/{goal}").json()["planner"] == "crystallized"
    assert [(task["verify"], task["dependsOn"]) for task in tasks_of(api, goal)] == [
        ({"outputContains": "a"}, []), (None, []),
    ]  # fmt: skip
    other = [step("one", verify={"outputContains": "b"}), step("two", dependsOn=[])]
    goal = state(*other, description="Ship it").json()["id"]
    assert tasks_of(api, goal)[0]["verify"] == {"outputContains": "b"}


def test_a_retry_takes_over_what_success_is(state, api, member, work):
    goal = state("one", step("two", verify={"exitCode": 3}), selfCorrect=False).json()["id"]
    work()
    work("failed", error_code="verify_failed", error="no")
    assert api.get(f"/api/goals/{goal}").json()["state"] == "failed"
    again = api.post(f"/api/goals/{goal}/retry", {}, content_type="application/json").json()["id"]
    assert [task["verify"] for task in tasks_of(api, again)] == [None, {"exitCode": 3}]


def test_what_a_try_answered_besides_its_output_is_kept(state, api, work):
    goal = state(step("one")).json()["id"]
    work(data={"status": 200})
    assert tasks_of(api, goal)[0]["attempts"][0]["data"] == {"status": 200}


def test_the_preview_says_what_would_run(api):
    body = {"description": "x", "semanticPath": ["one", step("two", dependsOn=[])]}
    told = api.post("/api/goals/preview", body, content_type="application/json").json()
    assert [(task["name"], task["dependsOn"], task["touches"]) for task in told["tasks"]] == [
        ("one", [], "the files of your workspace; no network"), ("two", [], "the files of your workspace; no network"),
    ]  # fmt: skip
    api.put("/api/egress", {"hosts": ["pypi.org"]}, content_type="application/json")
    told = api.post("/api/goals/preview", body, content_type="application/json").json()
    assert told["tasks"][0]["touches"] == "the files of your workspace, and the hosts that the account has listed"
    body["semanticPath"][1]["dependsOn"] = [1]
    assert api.post("/api/goals/preview", body, content_type="application/json").status_code == 422


def test_a_direct_execution_can_say_what_its_success_is(api, member):
    body = {"type": "shell", "params": {"command": "exit 3"}, "verify": {"exitCode": 3}}
    with account_scope(member.account):
        execute_directly(plan=plan_of(member.id), actor="test", timeout_ms=1000, **body)
        assert Task.objects.get().verify == {"exitCode": 3}
    for params in ({"command": "ls", "credentials": ["\0"]}, {"command": "ls", "credentials": ["\ud800"]}):
        odd = api.post("/api/execute", {**body, "params": params}, content_type="application/json")
        assert "params" in odd.json()["errors"]
    body["verify"] = {"exitCode": 300}
    answer = api.post("/api/execute", body, content_type="application/json")
    assert "verify.exitCode" in answer.json()["errors"]
