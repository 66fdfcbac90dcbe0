"""A tool's request as it goes through this process, without a socket."""

import asyncio
import json
from types import SimpleNamespace

import pytest
from mcp.types import CallToolRequestParams

from mcp_server.agent import Agent
from mcp_server.arguments import Asked
from mcp_server.calls import Api, _asked
from mcp_server.protocol import AGENT, call_tool
from mcp_server.tools import TOOLS

OUTER = {
    "scheme": "https", "client": ("203.0.113.9", 4000), "server": ("10.0.0.1", 8000), "root_path": "",
    "headers": [
        (b"host", b"executor.example"), (b"authorization", b"Bearer k"), (b"cookie", b"sessionid=s"),
        (b"x-forwarded-for", b"198.51.100.7"), (b"idempotency-key", b"of the message"), (b"content-length", b"999"),
    ],
}  # fmt: skip


def answering(seen, *, status=200, content=b"{}"):
    """An application that answers at once."""

    async def application(scope, receive, send):
        seen.append((scope, await receive()))
        await send({"type": "http.response.start", "status": status, "headers": [(b"X-Receipt", b"rcp_1")]})
        await send({"type": "http.response.body", "body": content[:1], "more_body": True})
        await send({"type": "http.response.body", "body": content[1:]})

    return application


def test_E_R22_it_carries_who_asks_and_nothing_else_of_the_message():
    seen = []
    asked = Asked("POST", "/api/goals", "wait=1", {"Idempotency-Key": "k"}, b'{"a": 1}')
    answer = asyncio.run(Api(answering(seen), OUTER).ask(asked))
    ((scope, message),) = seen
    headers = dict(scope["headers"])
    assert message == {"type": "http.request", "body": b'{"a": 1}', "more_body": False}
    assert (scope["method"], scope["path"], scope["query_string"]) == ("POST", "/api/goals", b"wait=1")
    assert (scope["client"], scope["scheme"]) == (("203.0.113.9", 4000), "https")
    assert headers[b"authorization"] == b"Bearer k"
    assert headers[b"x-forwarded-for"] == b"198.51.100.7"
    assert headers[b"idempotency-key"] == b"k"
    assert headers[b"content-length"] == b"8"
    assert b"cookie" not in headers
    assert (answer.status, answer.headers, answer.data) == (200, {"x-receipt": "rcp_1"}, {})


def test_E_R22_what_is_no_json_has_no_data():
    answer = asyncio.run(Api(answering([], content=b"<html>"), OUTER).ask(Asked("GET", "/api/goals")))
    assert answer.data is None
    assert json.dumps(answer.data) == "null"


def test_E_R22_who_hangs_up_is_told_to_the_request_which_ends_by_itself():
    ended, begun = [], asyncio.Event()

    async def waiting(scope, receive, send):
        await receive()
        begun.set()
        ended.append((await receive())["type"])

    async def hang_up():
        asking = asyncio.ensure_future(Api(waiting, OUTER).ask(Asked("GET", "/api/goals")))
        await begun.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.gather(*_asked)
        await asyncio.sleep(0)

    asyncio.run(hang_up())
    assert ended == ["http.disconnect"]
    assert not _asked


def nested(levels):
    found = []
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize("value", [nested(5_000), 10**5_000], ids=["deep", "long"])
def test_E_R22_what_cannot_be_written_as_json_is_said(value):
    """Readers of JSON stop a little later than writers do."""
    agent = Agent(list(TOOLS), Api(answering([]), OUTER), "rcp_of_the_message")
    context = SimpleNamespace(request=SimpleNamespace(scope={AGENT: agent}))
    asked = CallToolRequestParams(name="remember", arguments={"key": "k", "value": value})
    said = asyncio.run(call_tool(context, asked))
    assert said.is_error
    assert said.structured_content["name"] == "invalid_request"
    assert said.structured_content["receipt"] == "rcp_of_the_message"


def test_E_R22_an_answer_that_is_no_object_is_our_fault_and_says_so():
    agent = Agent(list(TOOLS), Api(answering([], content=b"<html>"), OUTER), "rcp_of_the_message")
    context = SimpleNamespace(request=SimpleNamespace(scope={AGENT: agent}))
    said = asyncio.run(call_tool(context, CallToolRequestParams(name="usage")))
    assert (said.is_error, said.structured_content["name"]) == (True, "internal_error")
    assert said.structured_content["receipt"] == "rcp_1"
