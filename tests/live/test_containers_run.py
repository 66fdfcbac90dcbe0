"""Goals with containers, run by the real processes on a real engine (E16, E-R24)."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.actuators.engine import TestEngine, running_engine
from tests.live.conftest import Stack
from tests.live.pages import Page, Terminal
from tests.live.test_actuators_run import run, shell

pytestmark = [pytest.mark.live, pytest.mark.timeout(300)]
IMAGE = "busybox:test"


@pytest.fixture(scope="module")
def engine() -> Iterator[TestEngine]:
    with running_engine() as made:
        yield made


@pytest.fixture(scope="module")
def installation(engine: TestEngine) -> Iterator[Stack]:
    made = Stack(DOCKER_ENGINES=f"main={engine.url}", DOCKER_IMAGES="busybox:*, python:3.*")
    try:
        made.until("healthy", seconds=150)
        yield made
    finally:
        made.destroy()


@pytest.fixture(scope="module")
def member(installation: Stack) -> httpx.Client:
    return installation.member("containers@example.com")


def container(**params: Any) -> dict[str, Any]:
    return {"type": "docker", "params": params}


def test_E_R24_a_goal_builds_runs_and_looks(member: httpx.Client, engine: TestEngine) -> None:
    dockerfile = "FROM busybox:test\nCOPY name /app/name\nCMD cat /app/name\n"
    goal, tasks = run(
        member,
        shell(f"printf '{dockerfile}' > Dockerfile; echo Ada > name"),
        container(action="build", tag="shop:1"),
        container(action="run", image="own/shop:1") | {"verify": {"outputContains": "Ada"}},
        container(action="run", image=IMAGE, files=["name"], outputs=["out"], command="tr a-z A-Z < name > out; exit 5")
        | {"verify": {"exitCode": 5, "fileExists": "out"}},
        shell("grep ADA out"),
    )
    assert goal["state"] == "completed", [(task["error"], task["attempts"]) for task in tasks]
    assert [task["name"] for task in tasks][2] == "run own/shop:1"
    assert engine.containers() == []


@pytest.mark.hostile
def test_E16_case_38_what_opens_a_wall_is_400_and_makes_no_container(member: httpx.Client, engine: TestEngine) -> None:
    for field in ("privileged", "binds", "devices", "cap_add", "network_mode", "pid_mode", "runtime", "sysctls"):
        body = {"type": "docker", "params": {"action": "run", "image": IMAGE, field: "x"}}
        answer = member.post("/api/execute", json=body)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [f"params.{field}"])
        assert member.post("/api/goals", json={"description": "x", "semanticPath": [body]}).status_code == 400
    assert engine.containers() == []


@pytest.mark.hostile
def test_E16_case_39_another_account_s_container_is_not_there(
    installation: Stack, member: httpx.Client, engine: TestEngine
) -> None:
    other = installation.member("other-containers@example.com")
    params = {"action": "run", "image": IMAGE, "command": "sleep 60", "detach": True, "name": "web", "lifeMs": 60_000}
    made = other.post("/api/execute", json={"type": "docker", "params": params}).json()
    assert made["success"], made
    for name in (made["data"]["container"], "web"):
        params = {"action": "exec", "container": name, "command": "true"}
        told = member.post("/api/execute", json={"type": "docker", "params": params}).json()
        assert (told["errorCode"], told["error"]) == ("container_unknown", f"There is no container {name}.")
    taken = other.post(
        "/api/execute", json={"type": "docker", "params": {"action": "remove", "container": "web"}}
    ).json()
    assert taken["data"] == {"removed": True}


@pytest.mark.hostile
def test_E16_case_40_a_cancelled_goal_and_a_killed_runner_leave_none(
    installation: Stack, member: httpx.Client, engine: TestEngine
) -> None:
    step = container(action="run", image=IMAGE, command="trap '' TERM; while true; do sleep 1; done")
    body = {"description": "x", "semanticPath": [step], "selfCorrect": False}
    goal = member.post("/api/goals", json=body).json()["id"]
    until(lambda: [one["State"] for one in engine.containers()] == ["running"], 30)
    member.post(f"/api/goals/{goal}/cancel")
    until(lambda: engine.containers() == [], 5)

    goal = member.post("/api/goals", json=body).json()["id"]
    until(lambda: [one["State"] for one in engine.containers()] == ["running"], 30)
    left = engine.containers()[0]["Id"]
    (runner,) = (pid for pid, line in installation.processes().items() if "manage.py runner" in line)
    os.kill(runner, signal.SIGKILL)
    until(lambda: left not in {one["Id"] for one in engine.containers()}, 70)
    member.post(f"/api/goals/{goal}/cancel")
    until(lambda: engine.containers() == [], 10)


def test_the_howto(installation: Stack, engine: TestEngine, tmp_path: Path) -> None:
    """docs/howto/run-containers.md as printed, but for what its image is made of."""
    engine.load("python:3.12-slim")
    page = Page("docs/howto/run-containers.md")
    replaced = {"http://127.0.0.1:8000": installation.url, "you@example.com": "containers-howto@example.com"}
    terminal = Terminal(tmp_path, installation.environment, replaced)
    try:
        while page.left:
            terminal.play(page.take(page.left[0].first))
    finally:
        terminal.close()


def until(holds: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)
