"""POST /api/goals/{id}/retry with fromTask: what is taken over and what runs again."""

import pytest

from executor_one.kit.tenancy import account_scope
from goals.models import Goal, Task

STEPS = ["echo one", "echo two", "echo three"]


def post(api, path, body=None):
    return api.post(path, body or {}, content_type="application/json")


def ran(api, work, *outcomes, steps=STEPS):
    """A goal whose tasks ended so, one after the other."""
    body = {"description": "steps", "semanticPath": steps, "selfCorrect": False}
    goal_id = post(api, "/api/goals", body).json()["id"]
    for outcome in outcomes:
        assert work(outcome) == 1
    return goal_id


def states(api, goal_id):
    return [task["state"] for task in api.get(f"/api/goals/{goal_id}/tasks").json()["data"]]


def retry(api, goal_id, **body):
    answer = post(api, f"/api/goals/{goal_id}/retry", body)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def test_a_completed_goal_runs_again_from_a_task_and_what_depends_on_it(api, work):
    goal_id = ran(api, work, "succeeded", "succeeded", "succeeded")
    again = retry(api, goal_id, fromTask=1)
    assert states(api, again) == ["completed", "released", "waiting"]
    goal = api.get(f"/api/goals/{again}").json()
    assert (goal["tasksTotal"], goal["tasksCompleted"], goal["retryOf"]) == (3, 1, goal_id)
    assert work() == 1
    assert work() == 1
    assert api.get(f"/api/goals/{again}").json()["state"] == "completed"


def test_a_failed_goal_can_go_back_further_than_to_what_failed(api, work):
    goal_id = ran(api, work, "succeeded", "succeeded", "failed")
    assert states(api, retry(api, goal_id, fromTask=0)) == ["released", "waiting", "waiting"]


def test_a_cancelled_goal_runs_again_from_a_task(api, work):
    goal_id = ran(api, work, "succeeded")
    assert api.delete(f"/api/goals/{goal_id}").status_code == 200
    assert states(api, retry(api, goal_id, from_task=0)) == ["released", "waiting", "waiting"]


def test_without_a_task_the_retry_goes_on_from_the_failed_one(api, work):
    goal_id = ran(api, work, "succeeded", "failed")
    assert states(api, retry(api, goal_id)) == ["completed", "released", "waiting"]
    again = api.generic("POST", f"/api/goals/{goal_id}/retry")
    assert again.status_code == 409, "an empty body is fine, a second retry is not"


def test_a_task_that_does_not_depend_on_the_chosen_one_is_taken_over(api, member, work):
    goal_id = ran(api, work, "succeeded", "succeeded", "succeeded")
    with account_scope(member.account):
        Task.objects.filter(goal_id=goal_id, position=2).update(depends_on=[0])
    assert states(api, retry(api, goal_id, fromTask=1)) == ["completed", "released", "completed"]


def test_positions_are_those_of_the_last_plan(api, member, work):
    goal_id = ran(api, work, "succeeded", "succeeded", "succeeded")
    with account_scope(member.account):
        Goal.objects.filter(pk=goal_id).update(planned_from=1)
        Task.objects.filter(goal_id=goal_id, position=1).update(depends_on=[])
    assert post(api, f"/api/goals/{goal_id}/retry", {"fromTask": 0}).status_code == 422
    assert states(api, retry(api, goal_id, fromTask=2)) == ["completed", "released"]


@pytest.mark.parametrize(
    ("body", "status"), [({"fromTask": 3}, 422), ({"fromTask": -1}, 400), ({"fromTask": "1"}, 400)]
)
def test_a_task_that_is_not_there_is_named(api, work, body, status):
    goal_id = ran(api, work, "succeeded", "failed")
    answer = post(api, f"/api/goals/{goal_id}/retry", body)
    assert answer.status_code == status
    assert "fromTask" in answer.json()["errors"]
    assert len(api.get("/api/goals").json()["data"]) == 1, "nothing was begun"


def test_open_and_completed_goals_are_refused_with_what_to_do(api, work):
    goal_id = ran(api, work, "succeeded")
    assert post(api, f"/api/goals/{goal_id}/retry", {"fromTask": 0}).status_code == 409
    work(), work()
    answer = post(api, f"/api/goals/{goal_id}/retry")
    assert answer.status_code == 409
    assert "fromTask" in answer.json()["message"]
