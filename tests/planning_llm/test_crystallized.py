"""Crystallized trees spare the model (E-R19, moonshot M1): few calls, right tasks, and back to it when a tree fails."""

import json
import re
from uuid import uuid4

import pytest

from accounts import vault
from executor_one.kit.tenancy import account_scope
from goals.claims import Result, claim, hand_in
from goals.models import Attempt
from memory.models import TaskTree
from tests.planning_llm.model_server import completion, plan

GONE = "sh: 1: shopctl: not found"  # no repetition heals it, and no fix
SAY = "Restart the service called shop-{} and look at it"


@pytest.fixture
def wise(model):
    """A model whose answer depends on what it is asked."""

    def take(request):
        model.requests.append(request)
        name = re.findall(r"called (shop-\d+)", request.body["messages"][-1]["content"])[-1]
        return completion(plan(f"echo restart {name}", f"echo {name} is up"))

    model.take = take
    return model


def drive(one, run_jobs, description, *outcomes):
    """State a goal and let its tasks end as said, or well; answers (planner, what ran)."""
    goal, runner, ran, left = one.state(description=description), uuid4(), [], list(outcomes)
    run_jobs()
    while leases := claim(runner, 1):
        ran.append(leases[0].params["command"])
        outcome = Attempt.Outcome(left.pop(0) if left else "succeeded")
        assert hand_in(leases[0], runner, Result(outcome, 0 if outcome == "succeeded" else 127, stderr=GONE))
        run_jobs()
    answer = one.goal(goal)
    assert answer["state"] == "completed", answer
    return answer["planner"], ran


def test_E_R19_a_hundred_repeats_with_other_names_cost_at_most_three_calls(one, wise, run_jobs):
    for number in range(100):
        name = f"shop-{number}"
        _, ran = drive(one, run_jobs, SAY.format(number))
        assert ran == [f"echo restart {name}", f"echo {name} is up"]
    assert len(wise.requests) <= 3
    assert one.calls() == len(wise.requests)


def test_E_R19_a_tree_that_fails_costs_one_attempt_and_then_the_model_plans(one, wise, run_jobs):
    for number in range(3):
        drive(one, run_jobs, SAY.format(number))
    before = len(wise.requests)
    planner, ran = drive(one, run_jobs, SAY.format(7), "failed")
    assert (planner, len(wise.requests) - before) == ("llm", 1)
    assert ran == ["echo restart shop-7", "echo restart shop-7", "echo shop-7 is up"]
    assert [event["goal"] for event in one.events("goal.replanned")]


def test_E_R19_a_look_alike_goes_to_the_model(one, wise, run_jobs):
    for number in range(3):
        drive(one, run_jobs, SAY.format(number))
    before = len(wise.requests)
    drive(one, run_jobs, "Do not restart the service called shop-4 and look at it")
    assert len(wise.requests) == before + 1


SECRET = "s3cret-of-the-vault-0123456789"


def asks_for(name):
    """A plan of a request and of a file, with the name at several depths of their params."""
    ask = {
        "method": "POST", "url": f"https://api.example.com/services/{name}", "credential": "api", "body": None,
        "headers": [{"name": "X-Service", "value": name}], "json": json.dumps({"services": [{"called": name}]}),
    }  # fmt: skip
    keep = {"action": "write", "path": f"{name}.txt", "content": name, "mode": None}
    return {
        "tasks": [
            {"name": f"Ask {name}", "actuator": "http-client", "params": ask, "dependsOn": [],
             "timeoutMs": 9000, "verify": {"status": 201, "outputContains": [name]}},
            {"name": "Keep it", "actuator": "file-writer", "params": keep, "dependsOn": [0]},
        ]
    }  # fmt: skip


def run_through(one, run_jobs, description):
    """State a goal and let its tasks end well; answers (planner, what ran)."""
    goal, runner, ran = one.state(description=description), uuid4(), []
    run_jobs()
    while leases := claim(runner, 1):
        ran.append((leases[0].actuator, leases[0].params, leases[0].timeout_ms, leases[0].verify))
        assert hand_in(leases[0], runner, Result(Attempt.Outcome.SUCCEEDED, 0))
    answer = one.goal(goal)
    assert answer["state"] == "completed", answer
    return answer["planner"], ran


def test_E_R19_requests_and_files_are_remembered_with_slots_within_their_params(one, model, run_jobs):
    with account_scope(one.member.account):
        vault.put("api", "bearer", {"token": SECRET}, ["api.example.com"], actor="test")

    def take(request):
        model.requests.append(request)
        name = re.findall(r"called (shop-\d+)", request.body["messages"][-1]["content"])[-1]
        return completion(asks_for(name))

    model.take = take
    for number in range(5):
        planner, ran = run_through(one, run_jobs, SAY.format(number))
        name = f"shop-{number}"
        assert ran == [
            (
                "http-client",
                {"method": "POST", "url": f"https://api.example.com/services/{name}", "credential": "api",
                 "headers": [{"name": "X-Service", "value": name}], "json": {"services": [{"called": name}]}},
                9000, {"status": 201, "outputContains": [name]},
            ),
            ("file-writer", {"action": "write", "path": f"{name}.txt", "content": name}, 300_000, None),
        ]  # fmt: skip
    assert (planner, len(model.requests) <= 3) == ("crystallized", True)
    with account_scope(one.member.account):
        assert SECRET not in json.dumps(list(TaskTree.objects.values_list("tree", flat=True)))


@pytest.mark.hostile
@pytest.mark.parametrize("name", ["shop-1/../../admin", "shop-1?x=y", "shop-1.evil.example.net", "shop-1@evil.net"])
def test_a_slot_in_a_request_takes_no_name_that_changes_it(one, model, run_jobs, name):
    def take(request):
        model.requests.append(request)
        found = re.findall(r"called (\S+) and", request.body["messages"][-1]["content"])[-1]
        ask = {"url": f"https://{found}.example.com/status"}
        task = {"name": "Ask", "actuator": "http-client", "params": ask, "dependsOn": []}
        return completion({"tasks": [task]})

    model.take = take
    for number in range(3):
        planner, _ = run_through(one, run_jobs, SAY.format(number))
    assert planner == "crystallized"
    before = len(model.requests)
    one.state(description=f"Restart the service called {name} and look at it")
    run_jobs()
    assert len(model.requests) > before, "the model was asked"
