"""POST /api/goals/preview: what it says is what then runs, and it writes nothing."""

import pytest

from executor_one.kit.tenancy import account_scope
from goals.models import Goal, Task
from memory.models import TaskTree

STATED = [
    {"description": "Two steps", "semanticPath": ["echo one", "echo two"]},
    {"description": "Install all dependencies and run all tests"},
    {"description": "Mixed", "semanticPath": ["npm ci", "run all tests"]},
]


def post(api, path, body):
    return api.post(path, body, content_type="application/json")


def steps(tasks, *names):
    return [{name: task[name] for name in names} for task in tasks]


def what_ran(api, goal_id):
    return api.get(f"/api/goals/{goal_id}/tasks?limit=100").json()["data"]


@pytest.mark.parametrize("stated", STATED)
def test_a_preview_is_what_then_runs(api, stated):
    shown = post(api, "/api/goals/preview", stated).json()
    goal_id = post(api, "/api/goals", stated).json()["id"]
    same = ("position", "name", "actuator", "params", "dependsOn", "timeoutMs")
    assert shown["tasks"], shown
    assert steps(shown["tasks"], *same) == steps(what_ran(api, goal_id), *same)
    assert shown["planner"] == api.get(f"/api/goals/{goal_id}").json()["planner"]


def test_a_preview_of_a_remembered_goal_is_the_tree_that_then_runs(api, member, work):
    stated = STATED[0]
    post(api, "/api/goals", stated)
    while work(duration_ms=5):
        pass
    shown = post(api, "/api/goals/preview", stated).json()
    goal_id = post(api, "/api/goals", stated).json()["id"]
    assert shown["planner"] == "crystallized" == api.get(f"/api/goals/{goal_id}").json()["planner"]
    with account_scope(member.account):
        assert shown["taskTree"] == str(Goal.objects.get(pk=goal_id).task_tree)
    same = ("name", "params", "dependsOn")
    assert steps(shown["tasks"], *same) == steps(what_ran(api, goal_id), *same)


def test_a_preview_tells_how_long_such_goals_took(api, member, work):
    stated = STATED[0]
    assert post(api, "/api/goals/preview", stated).json()["expected"] == {"durationMs": None, "runs": 0}
    goal_id = post(api, "/api/goals", stated).json()["id"]
    while work():
        pass
    with account_scope(member.account):
        goal = Goal.objects.get(pk=goal_id)
    took = round((goal.finished_at - goal.started_at).total_seconds() * 1000)
    assert post(api, "/api/goals/preview", stated).json()["expected"] == {"durationMs": took, "runs": 1}


def test_a_preview_says_why_nothing_can_be_planned(api):
    stated = {"description": "Ponder the nature of xyzzy"}
    shown = post(api, "/api/goals/preview", stated).json()
    assert shown["planner"] is None
    assert shown["error"]["code"] == "cannot_plan"
    goal_id = post(api, "/api/goals", stated).json()["id"]
    assert api.get(f"/api/goals/{goal_id}").json()["error"] == shown["error"]


def test_a_preview_asks_no_model_and_says_that_it_will_be_asked(api, settings, run_jobs):
    run_jobs()  # the mail of the sign-up
    settings.LLM_BASE_URL, settings.LLM_MODEL = "http://127.0.0.1:9", "none"
    shown = post(api, "/api/goals/preview", {"description": "Ponder the nature of xyzzy"}).json()
    assert (shown["planner"], shown["asksModel"], shown["tasks"]) == ("llm", True, [])
    assert run_jobs() == 0
    assert api.get("/api/auth/usage").json()["llmCalls"]["used"] == 0


def test_a_preview_writes_and_counts_nothing(api, member):
    before = api.get("/api/auth/usage").json()
    for stated in STATED:
        post(api, "/api/goals/preview", stated)
    with account_scope(member.account):
        assert (Goal.objects.count(), Task.objects.count(), TaskTree.objects.count()) == (0, 0, 0)
    assert api.get("/api/auth/usage").json() == before


def test_a_preview_is_refused_like_the_goal_itself(api, client_for, member):
    assert post(api, "/api/goals/preview", {"description": ""}).status_code == 400
    assert post(api, "/api/goals/preview", {"description": "x", "foo": 1}).status_code == 400
    assert post(client_for(member.account, "viewer"), "/api/goals/preview", STATED[0]).status_code == 403
