"""What of an agent's messages counts against its rate: a call of a tool counts as the request that it makes."""

import json

import pytest
from django.test import RequestFactory

from accounts.throttling import is_counted

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "usage"}}


def posted(body, path="/mcp"):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RequestFactory().post(path, content, content_type="application/json")


def test_A_R11_a_call_of_a_tool_is_counted_where_it_is_done():
    assert not is_counted(posted(CALL))
    assert is_counted(posted({}, "/api/goals"))


@pytest.mark.parametrize(
    "said", [{**CALL, "method": "tools/list"}, [CALL], {}, "tools/call", None, b"{", b"\xff", b"[" * 100_000, b""]
)
def test_A_R11_everything_else_that_is_said_counts(said):
    assert is_counted(posted(said))


def test_A_R11_pages_do_not():
    assert not is_counted(posted(CALL, "/mcp/"))
    assert not is_counted(RequestFactory().get("/SKILL.md"))
