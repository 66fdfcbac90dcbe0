"""/mcp as agents meet it: the official client, both ages of the protocol, goals that really run."""

import asyncio
import json
import os
import signal
import socket
from contextlib import ExitStack
from uuid import uuid4

import httpx
import pytest
from mcp import MCPError

from mcp_server.tools import TOOLS
from tests.live.agents import AGES, LIST, call, names, post, speak
from tests.live.conftest import ENDED
from tests.live.pages import wait

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]
each_age = pytest.mark.parametrize("age", AGES)


@pytest.fixture
def key(stack):
    return stack.member(f"{uuid4().hex}@example.com").headers["X-Key"]


def scoped(stack, key, *scopes):
    """Another key of the same account, with these scopes only."""
    answer = httpx.post(
        f"{stack.url}/api/auth/keys", json={"scopes": scopes}, headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


# --- the way of an agent ---------------------------------------------------------------------------


@each_age
def test_E_R22_an_agent_previews_runs_reads_remembers_and_recalls(stack, key, age):
    async def way(client):
        assert await names(client) == list(TOOLS)
        steps = {"description": "say hello", "semanticPath": ["echo hello from an agent"]}
        plan = await call(client, "preview_plan", **steps)
        assert [task["params"]["command"] for task in plan["tasks"]] == ["echo hello from an agent"]
        made = await call(client, "create_goal", **steps, idempotency_key=str(uuid4()))
        goal = await call(client, "get_goal", goal_id=made["id"], wait_seconds=60)
        assert goal["state"] == "completed"
        logs = await call(client, "goal_logs", goal_id=goal["id"])
        assert logs["data"][0]["attempts"][-1]["output"]["stdout"] == "hello from an agent\n"
        await call(client, "remember", key="agents/greeting", value={"said": "hello"}, tags=["agents"])
        assert [one["value"] for one in (await call(client, "recall", query="agents/"))["data"]] == [{"said": "hello"}]
        assert (await call(client, "corrections", limit=5))["meta"]["limit"] == 5
        assert (await call(client, "usage"))["goals"]["used"] == 1
        assert [one["id"] for one in (await call(client, "list_goals", state="completed"))["data"]] == [goal["id"]]

    speak(stack.url, key, way, mode=age)


def test_E_R22_a_goal_can_be_waited_for_where_it_is_stated_and_cancelled(stack, key):
    async def way(client):
        goal = await call(client, "create_goal", description="x", semanticPath=["echo done"], wait_seconds=60)
        assert goal["state"] == "completed"
        long = await call(client, "create_goal", description="x", semanticPath=["sleep 600"])
        ended = await call(client, "cancel_goal", goal_id=long["id"], reason="not needed any more")
        assert ended["state"] == "cancelled"

    speak(stack.url, key, way)


def test_E_R22_the_client_negotiates_the_newest_age_and_an_old_one_shakes_hands(stack, key):
    async def version(client):
        return client.protocol_version

    assert speak(stack.url, key, version) == "2026-07-28"
    assert speak(stack.url, key, version, mode="legacy") == "2025-11-25"


def test_E_R22_each_call_is_a_request_of_the_key_with_the_receipt_that_the_result_has(stack, key):
    async def receipt(client):
        return (await client.call_tool("usage", {})).meta["one.executor/receipt"]

    found = speak(stack.url, key, receipt)
    asked = httpx.get(f"{stack.url}/api/v1/audit/receipts/{found}", headers={"Authorization": f"Bearer {key}"})
    assert asked.status_code == 200, asked.text
    assert "/api/auth/usage" in asked.text


def test_E_R22_the_same_idempotency_key_states_one_goal(stack, key):
    async def twice(client):
        once = {"description": "once", "semanticPath": ["true"], "idempotency_key": str(uuid4())}
        return [await client.call_tool("create_goal", {**once, **wait}) for wait in ({}, {}, {"wait_seconds": 60})]

    answers = speak(stack.url, key, twice)
    assert len({answer.structured_content["id"] for answer in answers}) == 1
    assert [answer.meta.get("one.executor/replayed") for answer in answers] == [None, True, True]
    assert answers[-1].structured_content["state"] == "completed"


# --- who may ---------------------------------------------------------------------------------------


@each_age
def test_E_R22_a_key_without_a_scope_of_the_tools_sees_none_and_is_refused(stack, key, age):
    async def look(client):
        return await names(client), await client.call_tool("create_goal", {"description": "x"})

    seen, refused = speak(stack.url, scoped(stack, key, "keys.view")["apiKey"], look, mode=age)
    assert seen == []
    assert refused.is_error
    assert refused.structured_content["name"] == "forbidden_role"
    assert "goals.run" in refused.content[0].text


def test_E_R22_a_key_sees_the_tools_of_its_scopes(stack, key):
    narrow = scoped(stack, key, "memory.view", "usage.view")["apiKey"]
    assert speak(stack.url, narrow, names) == ["recall", "usage"]


@pytest.mark.parametrize("wrong", ["-", "nonsense", "exo_" + "0" * 38])
def test_E_R22_without_a_key_that_is_valid_it_is_401_which_says_how(stack, wrong):
    answer = post(stack, wrong, LIST)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["receipt"] == answer.headers["X-Receipt"]


@each_age
def test_E_R22_a_key_is_refused_from_the_moment_it_is_revoked_in_the_middle_of_a_session_too(stack, key, age):
    other = scoped(stack, key, "usage.view")

    async def revoked(client):
        await call(client, "usage")
        gone = httpx.delete(f"{stack.url}/api/auth/keys/{other['id']}", headers={"Authorization": f"Bearer {key}"})
        assert gone.status_code < 300, gone.text
        with pytest.raises(MCPError):
            await client.call_tool("usage", {})

    speak(stack.url, other["apiKey"], revoked, mode=age)
    assert post(stack, other["apiKey"], LIST).status_code == 401


def test_E_R22_the_goal_of_another_account_is_not_found(stack, key):
    theirs = stack.member(f"{uuid4().hex}@example.com")
    goal = theirs.post("/api/goals", json={"description": "theirs", "semanticPath": ["true"]}).json()["id"]

    async def look(client):
        return [await client.call_tool(name, {"goal_id": each})
                for name in ("get_goal", "goal_logs", "cancel_goal") for each in (goal, str(uuid4()))]  # fmt: skip

    answers = speak(stack.url, key, look)
    assert {answer.structured_content["name"] for answer in answers} == {"not_found"}
    assert len({answer.structured_content["message"] for answer in answers}) == 1


# --- faults ----------------------------------------------------------------------------------------


def test_E_R22_twenty_calls_at_once(stack, key):
    async def many(client):
        goals = [
            call(client, "create_goal", description=f"goal {n}", semanticPath=[f"echo {n}"], wait_seconds=60)
            for n in range(20)
        ]
        return await asyncio.gather(*goals)

    assert {goal["state"] for goal in speak(stack.url, key, many)} == {"completed"}


def test_E_R22_who_hangs_up_ends_what_was_begun_but_the_goal(stack, key):
    """More at once than the web has threads. An answer that nobody waited for to its end is kept as one that is not."""
    unfinished, finished = (f"SELECT digest FROM kit_keptanswer WHERE is_final = {is_it}" for is_it in (False, True))
    with stack.database() as database, ExitStack() as connected:
        before = set(database.execute(unfinished).fetchall())
        for number in range(20):
            connection = connected.enter_context(socket.create_connection(("127.0.0.1", stack.port)))
            connection.sendall(waiting_call(key, number))
        wait("all are waited for", lambda: len(set(database.execute(unfinished).fetchall()) - before) == 20)
        ours = set(database.execute(unfinished).fetchall()) - before
        connected.close()
        assert len(speak(stack.url, key, names)) == len(TOOLS)
        headers = {"Authorization": f"Bearer {key}"}
        completed = f"{stack.url}/api/goals?state=completed"
        wait("they go on", lambda: httpx.get(completed, headers=headers).json()["meta"]["total"] == 20)
        speak(stack.url, key, lambda client: call(client, "create_goal", description="x", wait_seconds=60))
        assert ours.isdisjoint(database.execute(finished).fetchall())


def waiting_call(key, number):
    """A request that states a goal of two seconds and waits for its end, as it goes over the wire."""
    arguments = {
        "description": "x", "semanticPath": ["sleep 2"], "wait_seconds": 60, "idempotency_key": f"hung-up-{number}"
    }  # fmt: skip
    message = {"jsonrpc": "2.0", "id": number, "method": "tools/call"}
    body = json.dumps({**message, "params": {"name": "create_goal", "arguments": arguments}})
    head = ("POST /mcp HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {key}", "Accept: application/json",
            "Content-Type: application/json", f"Content-Length: {len(body)}", "", body)  # fmt: skip
    return "\r\n".join(head).encode()


@each_age
def test_E_R22_a_server_that_dies_in_the_middle_of_a_call_is_an_error_and_who_comes_back_goes_on(shared_stack, age):
    """The SDK's client gives its connection up where one breaks, so the agent connects anew; we kept no session."""
    stack = shared_stack()
    member = stack.member(f"{uuid4().hex}@example.com")
    key = member.headers["X-Key"]
    once = {"description": "cut", "semanticPath": ["sleep 8"], "wait_seconds": 30, "idempotency_key": str(uuid4())}

    def goals():
        return member.get("/api/goals").json()["data"]

    async def cut(client):
        waiting = asyncio.ensure_future(client.call_tool("create_goal", once))
        while not await asyncio.to_thread(goals):
            pass
        os.kill(next(pid for pid, line in stack.processes().items() if "daphne" in line), signal.SIGKILL)
        await waiting

    with pytest.raises((MCPError, BaseExceptionGroup)):
        speak(stack.url, key, cut, mode=age)
    stack.until("healthy")

    async def again(client):
        answer = await client.call_tool("create_goal", once)
        while answer.is_error:
            assert answer.structured_content["name"] == "conflict", "it still runs"
            assert "send the same request again" in answer.content[0].text
            await asyncio.sleep(answer.structured_content["retryAfter"])
            answer = await client.call_tool("create_goal", once)
        return answer.structured_content

    goal = speak(stack.url, key, again, mode=age)
    assert goal["state"] in ENDED
    assert [one["id"] for one in goals()] == [goal["id"]]


# --- the wire --------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD"])
def test_E_R22_there_is_no_session_to_resume_or_to_end(stack, key, method):
    answer = httpx.request(method, f"{stack.url}/mcp", headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("version", [None, "2025-06-18", "2026-07-28"])
@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"{", -32700),
        (b"\xff", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", None),
        (b'"text"', None),
        (b'{"jsonrpc": "2.0", "id": 1}', None),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": []}', None),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}]', None),
    ],
)
def test_E_R22_what_is_no_message_is_an_error_of_the_protocol(stack, key, said, code, version):
    answer = post(stack, key, said, **({"MCP-Protocol-Version": version} if version else {}))
    assert 400 <= answer.status_code < 500, answer.text
    error = answer.json()["error"]
    assert code in (None, error["code"])
    assert "Traceback" not in answer.text
    assert answer.headers["X-Receipt"].startswith("rcp_")


def test_E_R22_a_message_for_a_tool_or_method_that_is_not_there(stack, key):
    unknown = post(stack, key, {**LIST, "method": "no/such"}).json()["error"]
    assert unknown["code"] == -32601
    tool = post(stack, key, {**LIST, "method": "tools/call", "params": {"name": "rm", "arguments": {}}}).json()
    assert (tool["error"]["code"], "There is no tool rm" in tool["error"]["message"]) == (-32602, True)


@pytest.mark.parametrize("arguments", [{}, {"goal_id": 7}, {"goal_id": "../keys"}, {"goal_id": "a/b"}, {"goal_id": ""}])
def test_E_R22_an_id_leads_to_no_other_address(stack, key, arguments):
    params = {"name": "get_goal", "arguments": arguments}
    answer = post(stack, key, {**LIST, "method": "tools/call", "params": params}).json()["result"]
    assert answer["isError"]
    assert answer["structuredContent"]["name"] == "invalid_request"
    assert list(answer["structuredContent"]["errors"]) == ["goal_id"]


@pytest.mark.parametrize(
    ("tool", "arguments", "field"),
    [
        ("create_goal", {"description": "x", "colour": "red"}, "colour"),
        ("create_goal", {"description": 5, "semanticPath": "x"}, "semanticPath"),
        ("list_goals", {"limit": "many"}, "limit"),
        ("usage", {"more": True}, "more"),
        ("remember", {"key": "k"}, "value"),
    ],
)  # fmt: skip
def test_E_R22_the_api_says_what_is_wrong_with_the_arguments(stack, key, tool, arguments, field):
    params = {"name": tool, "arguments": arguments}
    answer = post(stack, key, {**LIST, "method": "tools/call", "params": params}).json()["result"]
    assert answer["isError"]
    assert answer["structuredContent"]["status"] in (400, 422)
    assert field in answer["structuredContent"]["errors"]


@pytest.mark.parametrize("version", [None, "2026-07-28"])
@pytest.mark.parametrize(
    "value", ["[" * 940 + "]" * 940, "9" * 5_000, '"\\ud800"', "NaN", '"' + "x" * 70_000 + '"', '"\\u0000"']
)
def test_E_R22_what_cannot_be_a_value_is_said_and_breaks_nothing(stack, key, value, version):
    arguments = '{"key": "odd", "value": %s, "idempotency_key": %s}' % (value, value)  # noqa: UP031
    params = f'{{"name": "remember", "arguments": {arguments}}}'
    said = f'{{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {params}}}'
    answer = post(stack, key, with_envelope(said) if version else said.encode(), **of_version(version))
    assert answer.status_code < 500, answer.text
    assert "Traceback" not in answer.text
    told = answer.json()
    assert told["error"]["code"] == -32700 if "error" in told else told["result"]["isError"]


def of_version(version):
    """The headers of a call of `remember` in the new age; none of the older one."""
    if version is None:
        return {}
    return {"MCP-Protocol-Version": version, "Mcp-Method": "tools/call", "Mcp-Name": "remember"}


def with_envelope(said):
    """The message as the new age has it: who speaks, and in which version, stands in it."""
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    }
    return said.replace('"params": {', f'"params": {{"_meta": {json.dumps(meta)}, ', 1).encode()


def test_E_R22_pages_of_other_sites_and_other_names_of_the_host_are_kept_out(stack, key):
    assert post(stack, key, LIST, Origin="https://evil.example").status_code == 403
    assert post(stack, key, LIST, Origin="null").status_code == 403
    assert post(stack, key, LIST, Host="rebound.example").status_code == 400
    assert post(stack, key, LIST, Origin=stack.url).status_code == 200


def test_E_R22_a_body_that_is_too_large_or_no_json_is_refused(stack, key):
    assert post(stack, key, b" " * 2_700_000).status_code == 413
    assert post(stack, key, LIST, **{"Content-Type": "text/plain"}).status_code == 415
    assert post(stack, key, LIST, Accept="text/html").status_code == 406


def test_E_R22_the_dashboards_cookie_does_not_open_it(stack):
    address = f"{uuid4().hex}@example.com"
    stack.member(address)
    with httpx.Client(base_url=stack.url) as browser:
        signed = browser.post("/api/auth/login", json={"email": address, "password": "correct-horse-battery-9"})
        assert signed.status_code == 200
        assert browser.get("/api/auth/me").status_code == 200, "the cookie opens the API"
        headers = {
            "Accept": "application/json",
            "Origin": stack.url,
            "X-CSRFToken": browser.cookies.get("csrftoken", ""),
        }
        assert browser.post("/mcp", json=LIST, headers=headers).status_code == 401
