"""The Python client against a real installation: what its README shows, and what goes wrong for real."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from secrets import token_hex

import httpx
import pytest

from executor_one_client import AsyncClient, Client, Conflict, Invalid, Retries, Unauthorized
from executor_one_client._generated.api.workspace import workspace_files_download, workspace_files_list
from tests.clients.faulty import RESET, Faulty, answer
from tests.live.pages import ROOT

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

README = ROOT / "clients/python/README.md"
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
INSTALLS = "pip install ./clients/python"


def a_key(stack):
    with stack.member(f"{token_hex(4)}@example.com") as made:
        return made.headers["X-Key"]


@pytest.fixture(scope="module")
def key(stack):
    return a_key(stack)


@pytest.fixture
def one(stack, key):
    with Client(key, stack.url) as made:
        yield made


# --- the README ------------------------------------------------------------------------------------


def test_the_readme_s_examples_run_as_printed(stack, capsys):
    known = {}
    blocks = PYTHON.findall(README.read_text())
    real = {"exo_...": a_key(stack), "http://127.0.0.1:8000": stack.url, "whsec_...": "whsec_x"}
    for block in blocks:
        for printed, value in real.items():
            block = block.replace(printed, value)
        exec(compile(block, str(README), "exec"), known)
    said = capsys.readouterr().out
    known["client"].close()
    assert "completed ['hello\\n']" in said
    assert "task.output hello" in said
    assert "failed" in said
    assert "404 not_found" in said
    assert {"one", "two"} & set(said.splitlines())
    assert known["receive"](b"{}", {}) == 400


def test_every_block_of_the_readme_is_run():
    every = re.findall(r"^```(\w+)\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    assert [text.strip() for language, text in every if language != "python"] == [INSTALLS]


def test_it_is_installed_alone(stack, key, tmp_path):
    """By its own metadata into an empty environment, where nothing of the server is."""
    uv = Path(sys.executable).with_name("uv")
    folder = tmp_path / "empty"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(folder)], check=True)
    python = str(folder / "bin" / "python")
    install = [uv, "pip", "install", "--quiet", "--python", python, str(ROOT / INSTALLS.split()[-1])]
    subprocess.run(install, check=True)
    program = (
        "import importlib.util, executor_one_client as e\n"
        "assert importlib.util.find_spec('django') is None\n"
        "print(e.__version__, e.Client().goals.create('x', steps=['true']).wait(60).status)"
    )
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "EXO_API_KEY": key, "EXO_URL": f"{stack.url}/api/"}
    done = subprocess.run([python, "-c", program], env=clean, cwd=tmp_path, capture_output=True, text=True, check=False)
    version = re.search(r"^  version: (\S+)$", (ROOT / "docs/reference/openapi.yaml").read_text(), re.MULTILINE)[1]
    assert done.stdout.split() == [version, "completed"], done.stderr
    assert (folder / "bin" / "exo").exists()


# --- what goes wrong -------------------------------------------------------------------------------


def test_A_R5_a_goal_whose_answer_was_lost_is_stated_once(stack, one, key):
    """The answer to what was done is thrown away, once on its way to the client and once by a reset."""

    def upstream(request):
        kept = {name: request.headers[name] for name in ("authorization", "idempotency-key", "content-type")}
        answered = httpx.request(
            request.method, f"{stack.url}{request.path}", headers=kept, content=request.body, timeout=30
        )
        return answer(answered.status_code, body=answered.content)

    def lose(request):
        upstream(request)
        return RESET

    with (
        Faulty(lose, lose, upstream) as between,
        Client(key, between.url, retries=Retries(first_pause=0.05)) as client,
    ):
        made = client.goals.create("stated once")
    assert [goal.id for goal in one.goals.list(search="stated once")] == [made.id]
    assert len({request.headers["idempotency-key"] for request in between.asked}) == 1


def test_E_R35_events_survive_a_server_that_is_killed_in_the_middle(shared_stack):
    stack = shared_stack()
    with Client(a_key(stack), stack.url, timeout=10) as client:
        goal = client.goals.create("count", steps=["for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 1; done"])
        told, broken = [], []
        for event in goal.events(on_reconnect=broken.append):
            told.append(event)
            if event.type == "task.output" and not broken:
                kill_web(stack)
        assert broken
        assert [event.id for event in told] == [event.id for event in goal.events()]
        assert goal.wait(60).status == "completed"
        assert goal.logs()[0].text.split() == list("123456789")


def kill_web(stack):
    for pid, line in stack.processes().items():
        if "daphne" in line:
            os.kill(pid, signal.SIGKILL)


def test_waiting_survives_a_server_that_is_killed(shared_stack):
    stack = shared_stack()
    with Client(a_key(stack), stack.url, timeout=10) as client:
        goal = client.goals.create("wait", steps=["sleep 3; echo done"])
        kill_web(stack)
        assert goal.wait(90).status == "completed"


def test_refusals_are_told_as_the_server_tells_them(stack, one):
    with pytest.raises(Invalid) as refused:
        one.goals.create("x", steps=[{"type": "shell", "params": {}}])
    assert any(field.startswith("semanticPath") for field in refused.value.errors)
    with Client("exo_wrong", stack.url) as wrong, pytest.raises(Unauthorized, match="exo login"):
        wrong.usage.get()
    ended = one.goals.create("x", steps=["true"]).wait(60)
    with pytest.raises(Conflict):
        ended.cancel()


def test_a_stream_ends_when_its_key_is_revoked(stack, one):
    weak = one.keys.create("short lived", role="viewer")
    with Client(weak["apiKey"], stack.url) as client:
        events = client.events(last_event_id="0")
        assert next(events).id
        one.keys.revoke(weak["id"])
        with pytest.raises(Unauthorized):
            list(events)


# --- what is shared by both clients ----------------------------------------------------------------


def test_a_wait_that_takes_too_long_leaves_the_goal_running(one):
    goal = one.goals.create("long", steps=["sleep 60"])
    with pytest.raises(TimeoutError, match=goal.id):
        goal.wait(timeout=1)
    assert goal.refresh().status == "executing"
    assert goal.cancel("enough").status == "cancelled"
    assert goal.is_finished
    assert goal.wait() is goal


def test_pages_have_all_and_memories_any_key(one):
    steps = [f"echo {number}" for number in range(120)]
    goal = one.goals.create("many", steps=steps)
    goal.wait(120)
    assert [log.text for log in goal.logs()] == [f"{number}\n" for number in range(120)]
    for name in ("audit", "a/b c?d=ü", "x/crystallize"):
        one.memories.create(name, {"is": name})
        assert one.memories.get(name)["value"] == {"is": name}
        one.memories.delete(name)
    assert one.memories.list(prefix="a/b c").total == 0


def test_any_operation_can_be_called_and_a_file_is_bytes(one):
    one.goals.create("write", steps=["printf 'a\\0b' > file.bin"]).wait(60)
    assert [file["name"] for file in one.call(workspace_files_list, limit=100)["data"]].count("file.bin") == 1
    assert one.call(workspace_files_download, "file.bin") == b"a\0b"


def test_the_asynchronous_client_does_the_same(stack, key):
    async def run():
        async with AsyncClient(key, stack.url) as client:
            goal = await client.goals.create("async", steps=["echo hi"])
            told = [event.type async for event in client.events(goal=goal.id)]
            await goal.wait(60)
            return told, goal.status, await goal.logs(), await client.goals.list(limit=1)

    told, status, logs, listed = asyncio.run(run())
    assert (told[0], told[-1], status) == ("goal.created", "goal.completed", "completed")
    assert [log.text for log in logs] == ["hi\n"]
    assert listed.total >= 1
