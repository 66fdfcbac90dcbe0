"""Goals of more than shell commands, run by the real processes: files, requests, branches, what success is (E16)."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.live.conftest import Stack, ended

pytestmark = [pytest.mark.live, pytest.mark.timeout(120)]


class Answers(BaseHTTPRequestHandler):
    """A server of a customer's: it answers JSON, and what it was asked."""

    def do_GET(self) -> None:
        body = json.dumps({"path": self.path, "ready": True}).encode()
        self.send_response(404 if self.path.startswith("/missing") else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    serving = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{serving.server_port}"
    serving.shutdown()


@pytest.fixture(scope="module")
def installation(server: str) -> Iterator[Stack]:
    """One whose operator lets its customers reach this host, on the port of the server alone."""
    made = Stack(OUTBOUND_EXCEPTIONS="127.0.0.1/32,::1/128", OUTBOUND_PORTS=server.rpartition(":")[2])
    try:
        made.until("healthy")
        yield made
    finally:
        made.destroy()


@pytest.fixture(scope="module")
def member(installation: Stack) -> httpx.Client:
    return installation.member("actuators@example.com")


def run(member: httpx.Client, *path: Any, **more: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The goal of these steps as it ended, and its tasks."""
    body = {"description": "x", "semanticPath": list(path), **more}
    answer = member.post("/api/goals", json=body)
    assert answer.status_code == 201, answer.text
    goal = ended(member, answer.json()["id"])
    return goal, member.get(f"/api/goals/{goal['id']}/tasks").json()["data"]


def shell(command: str, **more: Any) -> dict[str, Any]:
    return {"type": "shell", "params": {"command": command}, **more}


def test_E_R24_files_requests_and_commands_share_a_goal(member: httpx.Client, server: str) -> None:
    goal, tasks = run(
        member,
        {"type": "file-writer", "params": {"action": "write", "path": "in/name.txt", "content": "Ada"}},
        {"type": "http-client", "params": {"url": f"http://{server}/hello"}, "dependsOn": [],
         "verify": {"status": 200, "json": {"$.ready": True, "$.path": "/hello"}}},
        shell("cat in/name.txt > out.txt", dependsOn=[0], verify={"fileExists": ["out.txt", "in/name.txt"]}),
        {"type": "file-writer", "params": {"action": "read", "path": "out.txt"}, "verify": {"outputContains": "Ada"}},
    )  # fmt: skip
    assert goal["state"] == "completed", (goal["error"], [task["error"] for task in tasks])
    asked = tasks[1]["attempts"][0]
    assert (asked["data"]["status"], asked["data"]["json"]["path"]) == (200, "/hello")
    assert [task["name"] for task in tasks][:2] == ["Write in/name.txt", f"GET http://{server}/hello"]


def test_steps_that_need_nothing_of_each_other_run_at_once(member: httpx.Client) -> None:
    meet = "touch {0}; for i in $(seq 50); do [ -e {1} ] && exit 0; sleep 0.1; done; exit 1"
    goal, _ = run(member, shell(meet.format("a", "b"), dependsOn=[]), shell(meet.format("b", "a"), dependsOn=[]))
    assert goal["state"] == "completed", "each waited for the other one to begin"


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (shell("exit 0", verify={"exitCode": 3}), "exit code 0, not 3"),
        (shell("echo no", verify={"outputMatches": "^yes$"}), "does not match"),
        (shell("ln -s /etc/passwd link", verify={"fileExists": "link"}), "no file 'link'"),
    ],
)
def test_what_is_no_success_as_the_task_says_it_fails_and_says_why(
    member: httpx.Client, step: dict[str, Any], words: str
) -> None:
    goal, tasks = run(member, step, selfCorrect=False)
    assert (goal["state"], goal["error"]["code"]) == ("failed", "verify_failed")
    assert words in tasks[0]["error"]


def test_what_is_one_succeeds_though_its_exit_code_is_not_zero(member: httpx.Client, server: str) -> None:
    goal, _ = run(member, shell("exit 3", verify={"exitCode": [0, 3]}))
    assert goal["state"] == "completed"
    missing = {"type": "http-client", "params": {"url": f"http://{server}/missing"}}
    goal, tasks = run(member, missing, selfCorrect=False)
    assert (goal["state"], tasks[0]["attempts"][0]["data"]["status"]) == ("failed", 404)
    goal, _ = run(member, {**missing, "verify": {"status": 404}})
    assert goal["state"] == "completed"


def test_E16_any_of_them_runs_directly(member: httpx.Client, server: str) -> None:
    write = {"action": "write", "path": "note.txt", "content": "hi"}
    for type, params, has in (
        ("file-writer", write, "note.txt"),
        ("file-writer", {"action": "read", "path": "note.txt"}, "hi"),
        ("http-client", {"url": f"http://{server}/direct"}, "/direct"),
    ):
        answer = member.post("/api/execute", json={"type": type, "params": params}).json()
        assert answer["success"], answer
        assert has in answer["output"]["stdout"] + json.dumps(answer["data"])


@pytest.mark.hostile
def test_the_executor_itself_is_out_of_reach(installation: Stack, member: httpx.Client) -> None:
    """Its own port is not among those that the operator named, nor is the host's other address an exception."""
    for address in (f"127.0.0.1:{installation.port}", "169.254.169.254", "[::1]:80", f"{socket.gethostname()}:80"):
        answer = member.post("/api/execute", json={"type": "http-client", "params": {"url": f"http://{address}/"}})
        told = answer.json()
        assert not told.get("success"), address
        assert told.get("errorCode", told.get("code")) in ("blocked_address", "bad_address", "connect_failed"), told


@pytest.mark.hostile
def test_a_file_of_the_host_is_out_of_reach(member: httpx.Client) -> None:
    for path in ("../../etc/passwd", "/etc/passwd"):
        answer = member.post("/api/execute", json={"type": "file-writer", "params": {"action": "read", "path": path}})
        assert answer.status_code == 400, answer.text
    run(member, shell("ln -sf /etc/passwd stolen"))
    params = {"action": "read", "path": "stolen"}
    told = member.post("/api/execute", json={"type": "file-writer", "params": params}).json()
    assert (told["success"], told["errorCode"]) == (False, "outside_workspace")
    assert "root:" not in json.dumps(told)


def may_reach(member: httpx.Client, *hosts: str) -> None:
    assert member.put("/api/egress", json={"hosts": list(hosts)}).status_code == 200


def test_a_command_reaches_the_hosts_that_its_account_has_listed(
    installation: Stack, member: httpx.Client, server: str
) -> None:
    port = server.rpartition(":")[2]
    # localhost is the one name of this server that is known everywhere; programs would not ask a proxy for it
    fetch = f"export no_proxy= NO_PROXY=; curl -sS --fail-with-body http://localhost:{port}/hello"
    goal, tasks = run(member, shell(f"env | grep -i proxy || ls -A /run; {fetch}"), selfCorrect=False)
    assert (goal["state"], tasks[0]["attempts"][0]["output"]["stdout"]) == ("failed", ""), "nobody has listed a host"
    may_reach(member, "localhost")
    goal, tasks = run(member, shell(f"{fetch}; curl -sS http://other.test:{port}/"))
    assert goal["state"] == "completed", tasks[0]["attempts"]
    printed = tasks[0]["attempts"][0]["output"]["stdout"]
    assert printed.startswith('{"path": "/hello", "ready": true}'), printed
    assert "other.test is not among the hosts" in printed
    stranger = installation.member("stranger@example.com")
    goal, tasks = run(stranger, shell(fetch), selfCorrect=False)
    assert goal["state"] == "failed", "another account has not"
    may_reach(member)
    goal, tasks = run(member, shell(fetch), selfCorrect=False)
    assert goal["state"] == "failed"
    logged = [line for line in installation.output().splitlines() if " egress account=" in line]
    assert [word for line in logged for word in line.split() if word.startswith(("host=", "verdict="))] == [
        'host="localhost"', "verdict=allowed", 'host="other.test"', "verdict=refused",
    ]  # fmt: skip


@pytest.mark.hostile
def test_a_running_command_loses_a_host_that_is_taken_back(member: httpx.Client, server: str) -> None:
    port = server.rpartition(":")[2]
    may_reach(member, "localhost")
    fetch = f"curl -sS --fail-with-body http://localhost:{port}/ || exit 3"
    loop = f"for i in $(seq 200); do {fetch}; touch begun; sleep 0.1; done"
    step = shell(f"export no_proxy= NO_PROXY=; rm -f begun; {loop}", timeoutMs=60_000)
    body = {"description": "x", "semanticPath": [step], "selfCorrect": False}
    goal = member.post("/api/goals", json=body).json()["id"]
    deadline = time.monotonic() + 20
    while not any(one["name"] == "begun" for one in member.get("/api/workspace/files").json()["data"]):
        assert time.monotonic() < deadline, "the command does not reach it"
        time.sleep(0.1)
    began = time.monotonic()
    may_reach(member)
    assert ended(member, goal)["state"] == "failed"
    assert time.monotonic() - began < 8
    attempt = member.get(f"/api/goals/{goal}/tasks").json()["data"][0]["attempts"][0]
    assert attempt["exitCode"] == 3
    assert "localhost is not among the hosts" in attempt["output"]["stdout"][-400:]


def test_an_empty_file_and_one_of_an_odd_name_are_downloaded(member: httpx.Client) -> None:
    goal, _ = run(member, shell("mkdir odd && touch odd/empty && printf there > 'odd/two\nlines'"))
    assert goal["state"] == "completed"
    for name, content in (("empty", b""), ("two%0Alines", b"there")):
        answer = member.get(f"/api/workspace/files/odd/{name}")
        assert (answer.status_code, answer.content) == (200, content)


def test_what_a_task_left_is_downloaded_while_others_are_answered(member: httpx.Client) -> None:
    goal, _ = run(member, shell("mkdir -p big && head -c 30000000 /dev/urandom > big/file && sha256sum < big/file"))
    assert goal["state"] == "completed"
    listed = member.get("/api/workspace/files", params={"path": "big"}).json()["data"]
    assert [(one["name"], one["size"]) for one in listed] == [("file", 30_000_000)]
    digest = hashlib.sha256()
    with member.stream("GET", "/api/workspace/files/big/file") as answer:
        assert answer.headers["Content-Length"] == "30000000"
        for at, piece in enumerate(answer.iter_bytes()):
            digest.update(piece)
            if at == 3:
                assert member.get("/api/state").status_code == 200
    tasks = member.get(f"/api/goals/{goal['id']}/tasks").json()["data"]
    assert digest.hexdigest() in tasks[0]["attempts"][0]["output"]["stdout"]
