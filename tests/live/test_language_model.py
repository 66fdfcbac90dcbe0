"""A language model plans on the real installation: planner process, sandbox, a model's server on a real socket."""

import json
import os
import signal
import subprocess
import time

import pytest

from tests.live.conftest import ended, run_goal
from tests.live.pages import blocks
from tests.live.test_dev_examples import NODE, SAMPLES, WITHOUT_NODE, command, parsed
from tests.planning_llm.model_server import KEY, NAME, Answer, ModelServer, completion, plan

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

DESCRIPTION = "Deploy a small web app; its secret token is zwiebel-42-kuchen"
FILES = {
    "package.json": '{"name": "app", "scripts": {"start": "sh server.sh"}}',
    "server.sh": 'echo "serving on $(cat config/port) with SECRET_1"',
    "docker-compose.yml": "services: {app: {build: .}}",
    "Dockerfile": "FROM scratch",
    "config/port": "8080",
}


def task(name, command, *needs):
    return {"name": name, "actuator": "shell", "params": {"command": command}, "dependsOn": list(needs)}


def write(file):
    return f"cat > app/{file} <<'EOF'\n{FILES[file]}\nEOF"


# E-R30's example, as far as a sandbox without a network goes
TEN = {
    "tasks": [
        task("Make the folder", "mkdir -p app/config"),
        *(task(f"Write {file}", write(file), 0) for file in FILES),
        task("Install", "cd app && mkdir -p node_modules && touch node_modules/.installed", 1),
        task("Compose", "cd app && grep -q app docker-compose.yml && test -s Dockerfile", 3, 4),
        task("Start", "cd app && sh server.sh > out.txt", 2, 5, 6, 7),
        task("Verify", "grep -x 'serving on 8080 with zwiebel-42-kuchen' app/out.txt", 8),
    ]
}


@pytest.fixture(scope="module")
def server():
    made = ModelServer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def settings(server):
    """What the how-to says to set, with the server's address and our values in the places of its own."""
    (block,) = blocks("docs/howto/use-a-language-model.md")
    said = dict(line.split("=", 1) for line in block.text.splitlines())
    ours = {"https://api.example.com/v1": server.url, "name-of-the-model": NAME, "sk-...": KEY, "60": "4"}
    return {name: ours[value] for name, value in said.items()} | {"LOG_LEVEL": "DEBUG"}


@pytest.fixture
def stack_with_model(shared_stack, settings, server):
    stack = shared_stack(**settings)
    server.requests.clear()
    return stack


def planner_of(stack):
    found = [pid for pid, line in stack.processes().items() if "manage.py planner" in line]
    assert len(found) <= 1, found
    return found[0] if found else None


def test_E_R30_a_description_alone_becomes_ten_tasks_that_run(stack_with_model, server):
    server.answers(completion(TEN))
    client = stack_with_model.member("ten@example.com", plan="pro")
    remembered = {"key": "deploy", "value": "port 8080", "tags": ["planning"]}
    assert client.post("/api/memory", json=remembered).status_code == 201
    client.post("/api/memory", json={"key": "vault", "value": "s3same-0pen", "tags": ["secrets", "planning"]})
    goal = client.post("/api/goals", json={"description": DESCRIPTION}).json()["id"]
    done = ended(client, goal)
    assert (done["state"], done["planner"], done["tasksTotal"], done["tasksCompleted"]) == ("completed", "llm", 10, 10)
    tasks = client.get(f"/api/goals/{goal}/tasks", params={"limit": 100}).json()["data"]
    assert {one["attempts"][0]["exitCode"] for one in tasks} == {0}
    assert tasks[-1]["attempts"][0]["output"]["stdout"] == "serving on 8080 with zwiebel-42-kuchen\n"
    assert client.get("/api/auth/usage").json()["llmCalls"]["used"] == 1
    the_request_holds_what_it_should(server.requests, client)
    run = stack_with_model.output()
    assert not [secret for secret in (KEY, "zwiebel", "Deploy a small", client.headers["X-Key"]) if secret in run]


def the_request_holds_what_it_should(requests, client):
    (request,) = requests
    assert (request.body["model"], request.headers["authorization"]) == (NAME, f"Bearer {KEY}")
    assert request.body["response_format"]["type"] == "json_schema"
    told = json.loads(request.body["messages"][1]["content"])
    assert told == {
        "goal": DESCRIPTION.replace("zwiebel-42-kuchen", "SECRET_1"),
        "memories": [{"key": "deploy", "value": "port 8080"}],
    }
    for secret in (KEY, "zwiebel", "s3same", client.headers["X-Key"], "ten@example.com"):
        assert secret not in request.text


@pytest.mark.parametrize("sample", [one for one in SAMPLES if one.name == "complex-goal"], ids=str)
def test_E_R30_the_sample_of_dev_is_planned_by_the_model(sample, stack_with_model, server, tmp_path):
    server.answers(completion(plan(*["true"] * 10)))
    client = stack_with_model.member(f"{sample}@example.com", plan="pro")
    script = sample.text.replace("https://executor.one", stack_with_model.url)
    script = script.replace("exo_YOUR_KEY", client.headers["X-Key"])
    if sample.language == "javascript" and not NODE:
        pytest.skip(WITHOUT_NODE)
    ran = subprocess.run(
        command(sample.language, script, tmp_path), capture_output=True, text=True, timeout=60, check=True
    )
    done = ended(client, parsed(ran.stdout, sample.language)["id"])
    assert (done["state"], done["planner"], done["tasksCompleted"]) == ("completed", "llm", 10)
    assert json.loads(server.requests[0].body["messages"][1]["content"])["goal"] == done["description"]


def test_E_R29_beside_it_free_plans_by_keywords_and_a_slow_model_stops_no_clock(stack_with_model, server):
    server.answers(Answer(completion(plan("true")).body, wait=2.5))
    client = stack_with_model.member("slow-model@example.com", plan="pro")
    free = stack_with_model.member("free@example.com", plan="free")
    goals = [client.post("/api/goals", json={"description": f"think {n}"}).json()["id"] for n in range(8)]
    began, ticks = time.monotonic(), stack_with_model.health()["tickCount"]
    assert run_goal(client, "echo at once")["state"] == "completed"
    free_goal = {"description": "Create a directory called reports"}
    words = ended(free, free.post("/api/goals", json=free_goal).json()["id"])
    assert (words["planner"], words["state"]) == ("keyword", "completed")
    assert time.monotonic() - began < 2.5, "nobody waited for the model"
    time.sleep(1)
    assert stack_with_model.health()["tickCount"] >= ticks + 2
    assert {ended(client, goal)["planner"] for goal in goals} == {"llm"}
    assert time.monotonic() - began < 8, "eight are asked for at once"
    assert len(server.requests) == 8


def other(actuator, params, *needs, **more):
    return {"name": f"A {actuator} task", "actuator": actuator, "params": params, "dependsOn": list(needs), **more}


def test_E_R24_files_and_databases_that_a_model_plans_run_and_are_remembered(stack_with_model, server):
    make = {"engine": "sqlite", "path": "shop.db", "sql": "CREATE TABLE IF NOT EXISTS t (n)", "readOnly": False}
    count = {"engine": "sqlite", "path": "shop.db", "sql": "SELECT count(*) AS n FROM t WHERE n = ?", "params": "[7]"}
    planned = {
        "tasks": [
            other("file-writer", {"action": "write", "path": "in.txt", "content": "seven\n", "mode": None}),
            other("database", make),
            other("database", count, 1, verify={"json": '{"$.rows[0][0]": 0}', "outputContains": None}),
            other("shell", {"command": "grep -x seven in.txt", "credentials": None}, 0, 2, verify={"exitCode": 0}),
        ]
    }
    server.answers(completion(planned))
    client = stack_with_model.member("files-by-model@example.com", plan="pro")
    for planner in ("llm", "crystallized"):
        goal = client.post("/api/goals", json={"description": "Count the sevens of the shop"}).json()["id"]
        done = ended(client, goal)
        assert (done["state"], done["planner"], done["tasksCompleted"]) == ("completed", planner, 4), done["error"]
    assert len(server.requests) == 1


@pytest.mark.hostile
def test_a_private_host_that_a_model_names_is_refused_when_it_runs(stack_with_model, server):
    client = stack_with_model.member("led-astray@example.com", plan="pro")
    for host in ("127.0.0.1", "169.254.169.254", "[::1]", "localhost"):
        server.answers(completion({"tasks": [other("http-client", {"url": f"http://{host}/latest/meta-data/"})]}))
        body = {"description": f"Read what {host} says", "selfCorrect": False}
        done = ended(client, client.post("/api/goals", json=body).json()["id"])
        assert (done["state"], done["planner"], done["error"]["code"]) == ("failed", "llm", "blocked_address"), host


def test_a_planner_killed_in_the_call_loses_no_goal(stack_with_model, server):
    server.answers(Answer(completion(plan("true")).body, wait=3), completion(plan("echo second try")))
    client = stack_with_model.member("killed-planner@example.com", plan="pro")
    goal = client.post("/api/goals", json={"description": "think"}).json()["id"]
    until = time.monotonic() + 20
    while not server.requests:
        assert time.monotonic() < until
        time.sleep(0.05)
    os.kill(planner_of(stack_with_model), signal.SIGKILL)
    done = ended(client, goal, 60)
    assert (done["state"], done["planner"]) == ("completed", "llm")
    assert (len(server.requests), client.get("/api/auth/usage").json()["llmCalls"]["used"]) == (2, 2)


def test_stopping_does_not_wait_for_the_model(stack_with_model, server):
    server.answers(Answer(completion(plan("true")).body, wait=3.5))
    client = stack_with_model.member("stopped-planner@example.com", plan="pro")
    goal = client.post("/api/goals", json={"description": "think"}).json()["id"]
    until = time.monotonic() + 20
    while not server.requests:
        assert time.monotonic() < until
        time.sleep(0.05)
    planner, began = planner_of(stack_with_model), time.monotonic()
    os.kill(planner, signal.SIGTERM)
    while planner in stack_with_model.processes():
        assert time.monotonic() - began < 2
        time.sleep(0.02)
    client.delete(f"/api/goals/{goal}")  # the next planner need not ask again


def test_without_a_model_there_is_no_planner(stack):
    assert planner_of(stack) is None
