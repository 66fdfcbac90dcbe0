"""Every example of /SKILL.md and /skills/connect-agent.md, as an agent reads them from a running installation.

And of docs/howto/connect-an-agent.md.
"""

import json
import os
import subprocess
import sys
from uuid import uuid4

import httpx
import pytest

from executor_one.kit.errors import NAMES
from mcp_server.tools import TOOLS
from tests.live.agents import names, speak
from tests.live.pages import Page, Terminal, blocks

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]
ADDRESSES = ("/SKILL.md", "/skills/connect-agent.md")
READING = [tool.name for tool in TOOLS.values() if tool.method == "GET"]


@pytest.fixture(scope="module")
def key(stack):
    return stack.member(f"{uuid4().hex}@example.com").headers["X-Key"]


def examples(stack, key, address):
    """The code blocks of a text, with a real key."""
    answer = httpx.get(f"{stack.url}{address}")
    assert answer.status_code == 200
    return [block.text.replace("exo_YOUR_KEY", key) for block in blocks(address, answer.text)]


def run(example, folder):
    """What a shell, or Python, prints for an example."""
    command = ["bash", "-ec", example] if example.startswith("curl") else [sys.executable, "-c", example]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, f"{example}\n{done.stderr}"
    return done.stdout


def configured(stack, example):
    """The tools that a client with this configuration sees."""
    (server,) = json.loads(example)["mcpServers"].values()
    assert server["url"] == f"{stack.url}/mcp"
    return speak(stack.url, server["headers"]["Authorization"].removeprefix("Bearer "), names)


def with_scopes(stack, key, example):
    """The tools that a key with these scopes sees."""
    body = {"scopes": json.loads(f"[{example}]"), "role": "operator"}
    made = httpx.post(f"{stack.url}/api/auth/keys", json=body, headers={"Authorization": f"Bearer {key}"})
    assert made.status_code == 201, made.text
    return speak(stack.url, made.json()["apiKey"], names)


def test_X28_the_examples_of_skill_md(stack, key, tmp_path):
    every, reading, config, listing, goal = examples(stack, key, "/SKILL.md")
    assert with_scopes(stack, key, every) == list(TOOLS)
    assert with_scopes(stack, key, reading) == READING
    assert configured(stack, config) == list(TOOLS)
    assert [tool["name"] for tool in json.loads(run(listing, tmp_path))["result"]["tools"]] == list(TOOLS)
    assert json.loads(run(goal, tmp_path))["state"] == "completed"


def test_X29_the_examples_of_connect_agent_md(stack, key, tmp_path):
    making, reading, config, program, curl = examples(stack, key, "/skills/connect-agent.md")
    made = json.loads(run(making, tmp_path))
    assert speak(stack.url, made["apiKey"], names) == list(TOOLS)
    assert with_scopes(stack, key, reading) == READING
    assert configured(stack, config) == list(TOOLS)
    listed, planned, state, said = run(program, tmp_path).strip().split("\n", 3)
    assert listed == str(list(TOOLS))
    assert planned in {"1 task(s) planned by path", "1 task(s) planned by crystallized"}  # it may have run before
    assert (state, said) == ("completed", "hello")
    assert json.loads(run(curl, tmp_path))["result"]["structuredContent"]["goals"]["used"] >= 1


@pytest.mark.parametrize("address", ADDRESSES)
def test_X28_X29_errors_that_are_named_are_errors_of_ours(stack, key, address):
    text = httpx.get(f"{stack.url}{address}").text
    known = {name for name in NAMES.values() if f"`{name}`" in text}
    assert known >= {"rate_limited", "payment_required", "forbidden_role"}


def test_X29_the_howto(stack, key, tmp_path):
    page = Page("docs/howto/connect-an-agent.md")
    terminal = Terminal(tmp_path, dict(os.environ), {"http://127.0.0.1:8000": stack.url, "exo_...": key})
    try:
        terminal.play(page.take("KEY="))
        made = json.loads(terminal.play(page.take("curl -s -X POST"))[-1])
        config = page.take('{"mcpServers"').text.replace("exo_...", made["apiKey"])
        assert configured(stack, config.replace("http://127.0.0.1:8000", stack.url)) == [
            name for name in TOOLS if f"`{name}`" in page.said(r"open the tools ([^:]+):")
        ]
        skill, connect = terminal.play(page.take("curl -s http://127.0.0.1:8000/SKILL.md"))
        assert "# executor.one, for agents" in skill
        assert "# Connect an agent" in connect
        answer = json.loads(terminal.play(page.take("AGENT="))[-1])["result"]
        assert answer["structuredContent"]["state"] == "completed"
        assert not page.left
    finally:
        terminal.close()
