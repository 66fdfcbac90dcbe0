"""Credentials in tasks: given inside the lease, and read nowhere afterwards (O38-O41)."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from tests.live.conftest import Stack
from tests.live.test_actuators_run import Answers, installation, member, run, server, shell  # noqa: F401 - fixtures

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]

TOKEN = "tok-4f9a1c77b2"
PASSWORD = "correct/horse+battery=9"


@pytest.fixture(scope="module")
def vault(member: httpx.Client) -> httpx.Client:  # noqa: F811
    for body in (
        {"key": "deploy", "kind": "env", "value": {"DEPLOY_TOKEN": TOKEN, "DB_PASSWORD": PASSWORD}},
        {"key": "api", "value": TOKEN, "hosts": ["127.0.0.1"]},
        {"key": "elsewhere", "value": TOKEN, "hosts": ["api.example.com"]},
    ):
        answer = member.post("/api/credentials", json=body)
        assert answer.status_code == 201, answer.text
    return member


def everything(member: httpx.Client, goal: str) -> str:  # noqa: F811
    """All that the account can read of a goal and of what happened."""
    return json.dumps(member.get(f"/api/goals/{goal}/history").json())


def test_E_R38_a_command_has_it_and_nobody_reads_it(vault: httpx.Client, installation: Stack) -> None:  # noqa: F811
    command = (
        'test "$DEPLOY_TOKEN" = tok-4f9a1c""77b2 && echo "it is $DEPLOY_TOKEN" && printf %s "$DEPLOY_TOKEN" | base64 '
        '&& for i in 1 2 3; do printf "%.6s" "$DEPLOY_TOKEN"; sleep 0.4; printf "%s\\n" "${DEPLOY_TOKEN#tok-4f}"; done '
        '&& echo "$DB_PASSWORD" >&2 && exit 7'
    )
    goal, tasks = run(vault, {"type": "shell", "params": {"command": command, "credentials": ["deploy"]}},
                      selfCorrect=False)  # fmt: skip
    attempt = tasks[0]["attempts"][0]
    assert attempt["exitCode"] == 7, attempt
    assert attempt["output"]["stdout"].startswith("it is [secret]\n")
    told = everything(vault, goal["id"]) + installation.output()
    for value in (TOKEN, PASSWORD, base64.b64encode(TOKEN.encode()).decode()[:-4]):
        assert value not in told, value
    assert "credential.used" in told or "credential.used" in vault.get("/api/events").text


def test_a_command_that_names_none_has_none(vault: httpx.Client) -> None:
    _, tasks = run(vault, shell("env"))
    assert "DEPLOY_TOKEN" not in tasks[0]["attempts"][0]["output"]["stdout"]


def test_a_request_carries_it_to_its_host_alone(vault: httpx.Client, server: str, monkeypatch: Any) -> None:  # noqa: F811
    heard = []

    def do_get(self: Answers) -> None:
        heard.append(self.headers.get("Authorization"))
        body = json.dumps({"you": self.headers.get("Authorization")}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    monkeypatch.setattr(Answers, "do_GET", do_get)
    ask = {"url": f"http://{server}/", "credential": "api"}
    goal, tasks = run(vault, {"type": "http-client", "params": ask})
    assert goal["state"] == "completed", tasks[0]["error"]
    assert heard == [f"Bearer {TOKEN}"]
    assert "[secret]" in tasks[0]["attempts"][0]["output"]["stdout"]
    assert TOKEN not in everything(vault, goal["id"])
    for name, code in (
        ("elsewhere", "credential_host"),
        ("nobody", "credential_unknown"),
        ("deploy", "credential_host"),
    ):
        goal, _ = run(vault, {"type": "http-client", "params": {**ask, "credential": name}}, selfCorrect=False)
        assert (goal["state"], goal["error"]["code"]) == ("failed", code)
    assert heard == [f"Bearer {TOKEN}"], "nothing was asked without the right one"


def test_what_cannot_be_set_is_refused_before_anything_runs(vault: httpx.Client) -> None:
    for name, code in (("api", "credential_kind"), ("nobody", "credential_unknown")):
        params = {"command": "touch ran", "credentials": [name]}
        goal, _ = run(vault, {"type": "shell", "params": params}, selfCorrect=False)
        assert goal["error"]["code"] == code
    names = [one["name"] for one in vault.get("/api/workspace/files").json()["data"]]
    assert "ran" not in names


@pytest.mark.hostile(case=51)
def test_case_51_a_secret_where_the_output_is_cut_is_in_no_event(vault: httpx.Client) -> None:
    command = "head -c 65528 /dev/zero | tr '\\0' x; printf %s \"$DEPLOY_TOKEN\"; sleep 0.5; echo more"
    params = {"command": command, "credentials": ["deploy"]}
    goal, tasks = run(vault, {"type": "shell", "params": params}, selfCorrect=False)
    assert tasks[0]["attempts"][0]["output"]["stdoutTruncated"] is True
    told = everything(vault, goal["id"]) + vault.get(f"/api/goals/{goal['id']}/events").text
    assert "xxxx" in told
    assert TOKEN[:8] not in told


@pytest.mark.hostile(case=51)
def test_case_51_what_a_command_left_in_a_file_nothing_tells(vault: httpx.Client, installation: Stack) -> None:  # noqa: F811
    save = {"command": "printf '//registry/:_authToken=%s\\n' \"$DEPLOY_TOKEN\" > .npmrc", "credentials": ["deploy"]}
    look = {"type": "file-writer", "params": {"action": "read", "path": ".npmrc"}}
    fail = shell("cat .npmrc; sleep 0.5; cat .npmrc >&2; exit 3")
    told = installation.output()
    for steps in ([{"type": "shell", "params": save}], [look], [fail]):
        goal, _ = run(vault, *steps, selfCorrect=False)
        told += everything(vault, goal["id"]) + vault.get(f"/api/goals/{goal['id']}/events").text
    told += vault.post("/api/execute", json=shell("cat .npmrc")).text + vault.post("/api/execute", json=look).text
    assert told.count("_authToken=[secret]") >= 5
    assert TOKEN not in told
