"""Crystallized trees spare the model (E-R19, moonshot M1): few calls, right tasks, and back to it when a tree fails."""

import re
from uuid import uuid4

import pytest

from goals.claims import Result, claim, hand_in
from goals.models import Attempt
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
