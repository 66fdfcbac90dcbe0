"""What of an agent's messages counts against its rate: each of them, and not what its tool then asks."""

import json

import pytest
from django.test import RequestFactory

from accounts.throttling import COUNTED, SHORT, calls_a_tool, is_counted, is_told_inside
from executor_one.kit.rates import Bucket

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "usage"}}
NONE_ANSWERED = [{**CALL, "method": "tools/list"}, {**CALL, "id": None}, [CALL], {}, "tools/call", None, b"{", b"\xff",
                 b"[" * 100_000, b""]  # fmt: skip


def posted(body, path="/mcp"):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RequestFactory().post(path, content, content_type="application/json")


@pytest.mark.parametrize("said", [CALL, *NONE_ANSWERED])
def test_A_R11_each_message_counts(said):
    assert is_counted(posted(said))


def test_A_R11_what_a_tool_asks_does_not_count_again_and_no_client_can_say_that():
    asked = posted({}, "/api/goals")
    assert is_counted(asked)
    asked.scope = {COUNTED: True}
    assert not is_counted(asked)
    assert is_counted(RequestFactory().get("/api/goals", headers={COUNTED: "True"}))


def test_a_call_that_gets_an_answer_is_refused_as_a_tool_all_else_as_a_request():
    assert calls_a_tool(json.dumps(CALL).encode())
    assert not any(calls_a_tool(posted(said).body) for said in NONE_ANSWERED)


def test_A_R11_a_long_message_is_refused_without_being_read():
    own, network = (Bucket(key, 0, 0, 1, False) for key in ("account:acc_1", "address:192.0.2.1"))
    assert is_told_inside(posted(CALL), own)
    assert not is_told_inside(posted(CALL), network)
    assert not is_told_inside(posted({**CALL, "params": {"name": "usage", "arguments": {"x": "x" * SHORT}}}), own)


def test_A_R11_pages_do_not():
    assert not is_counted(posted(CALL, "/mcp/"))
    assert not is_counted(RequestFactory().get("/SKILL.md"))
