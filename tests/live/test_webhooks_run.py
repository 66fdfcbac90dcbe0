"""Webhooks on the real installation: `make run` starts a courier, replaces one that dies, and health tells of it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.actuators.loopback import Loop
from tests.live.conftest import Stack, run_goal
from tests.webhooks.receiving import Receiver, signed_by, wait_for

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    loop = Loop()
    made = Receiver(loop)
    yield made
    made.close()
    loop.close()


@pytest.fixture(scope="module")
def installation(receiver: Receiver) -> Iterator[Stack]:
    """One whose operator lets its customers reach the receiver."""
    made = Stack(OUTBOUND_EXCEPTIONS="127.0.0.1/32", OUTBOUND_PORTS=str(receiver.port))
    try:
        made.until("healthy")
        yield made
    finally:
        made.destroy()


@pytest.fixture(scope="module")
def member(installation: Stack) -> httpx.Client:
    return installation.member("webhooks@example.com")


def couriers(installation: Stack) -> set[int]:
    return {pid for pid, command in installation.processes().items() if " courier" in command}


def check(installation: Stack) -> dict[str, Any]:
    """What health says of couriers; {} while it does not answer."""
    return next((one for one in installation.health().get("checks", ()) if one["name"] == "courier"), {})


def types_of(receiver: Receiver, goal: str) -> list[str]:
    return [event["type"] for event in receiver.events() if event["data"].get("goal") == goal]


def test_A15_a_goal_that_runs_is_told_to_its_receiver_in_order(
    installation: Stack, member: httpx.Client, receiver: Receiver
) -> None:
    body = {"url": receiver.url, "types": ["goal.*", "task.*"]}
    made = member.post("/api/v1/webhooks", json=body).json()
    goal = run_goal(member, "echo one", "echo two")["id"]
    wait_for(lambda: "goal.completed" in types_of(receiver, goal))
    told = types_of(receiver, goal)
    assert (told[0], told[-1]) == ("goal.created", "goal.completed")
    ids = [int(event["id"]) for event in receiver.events() if event["data"].get("goal") == goal]
    assert ids == sorted(ids)
    assert all(signed_by(made["secret"], one) == one.headers["webhook-signature"] for one in receiver.requests)
    delivery = member.get("/api/v1/webhooks/deliveries?type=goal.completed").json()["data"][0]
    shown = member.get(f"/api/v1/webhooks/deliveries/{delivery['id']}").json()
    sent = next(one for one in receiver.requests if one.headers["webhook-id"] == delivery["id"])
    assert shown["payload"] == json.loads(sent.body)


@pytest.mark.parametrize("signum", [signal.SIGKILL, signal.SIGSTOP])
def test_a_courier_that_dies_or_freezes_is_replaced_and_loses_nothing(
    installation: Stack, member: httpx.Client, receiver: Receiver, signum: int
) -> None:
    (courier,) = couriers(installation)
    os.kill(courier, signum)
    goal = run_goal(member, "echo three")["id"]
    wait_for(lambda: couriers(installation) not in (set(), {courier}), 60)
    wait_for(lambda: "goal.completed" in types_of(receiver, goal), 60)
    wait_for(lambda: bool(check(installation).get("ok")))
