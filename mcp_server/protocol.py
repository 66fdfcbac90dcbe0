"""The protocol, as the official SDK speaks it. Loading that takes a second and 28 MB: only who is asked imports this.

Both ages of it: since 2026-07-28 each request stands alone; before, clients shake hands first, and we keep no session
of that either. So any web process answers any request, and each proves who asks.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from mcp import MCPError
from mcp.server.lowlevel.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    ToolAnnotations,
)
from mcp.types import Tool as ListedTool

from executor_one.docs.generated import MEANINGS, openapi
from executor_one.kit.errors import DomainError, problem
from mcp_server.agent import Agent
from mcp_server.arguments import RENAMED, input_schema, request_of
from mcp_server.calls import Answer
from mcp_server.tools import TOOLS, Tool

AGENT = "executor_one.agent"  # where a request's scope has its Agent
RECEIPT = "one.executor/receipt"  # in `_meta` of every result
REPLAYED = "one.executor/replayed"  # there too, where an idempotency key had done it before
UNWRITABLE = "The arguments cannot be written as JSON: something in them is too deep, or a number too long."
INSTRUCTIONS = (
    "executor.one runs goals: state one with create_goal and it is planned, run in a sandbox, verified, healed and "
    "remembered. preview_plan first where you are not sure; get_goal with wait_seconds until it has ended; goal_logs "
    "says what happened. recall before you work something out, remember what is worth keeping. An error says what to "
    "do; rate_limited says after how many seconds."
)


async def converse(agent: Agent, scope: Any, receive: Any, send: Any) -> None:
    """Answer one request; all that was begun for it ends with it."""
    manager = StreamableHTTPSessionManager(_server(), json_response=True, stateless=True)
    async with manager.run():
        await manager.handle_request({**scope, AGENT: agent}, receive, send)


@cache
def _server() -> Server[Any]:
    return Server(
        "executor.one", version=openapi()["info"]["version"], title="executor.one", instructions=INSTRUCTIONS,
        on_list_tools=list_tools, on_call_tool=call_tool, get_tool_input_schema=lambda name: None,
    )  # fmt: skip


async def list_tools(context: Any, params: PaginatedRequestParams | None) -> ListToolsResult:
    """The tools that the caller may call."""
    return ListToolsResult(tools=[listed(TOOLS[name]) for name in _agent(context).tools])


async def call_tool(context: Any, params: CallToolRequestParams) -> CallToolResult:
    """Ask the API what the tool asks it. One that the caller may not call is refused by the API, which says why."""
    agent, tool = _agent(context), TOOLS.get(params.name)
    if tool is None:
        raise MCPError(INVALID_PARAMS, f"There is no tool {params.name}. tools/list says which there are.")
    if agent.too_soon:
        refusal = problem(agent.too_soon.status, agent.too_soon.message, receipt=agent.receipt)
        return failed(refusal, str(agent.too_soon.retry_after))
    try:
        asked = request_of(tool, params.arguments or {})
    except DomainError as refused:
        return failed(problem(refused.status, refused.message, receipt=agent.receipt, errors=refused.errors))
    except (ValueError, RecursionError):
        return failed(problem(400, UNWRITABLE, receipt=agent.receipt))
    return result(await agent.api.ask(asked))


def renamed(body: dict[str, Any]) -> dict[str, Any]:
    """An error of the API, by the names that the tool has for what is wrong."""
    errors, message = body.get("errors") or {}, body["message"]
    for name in errors.keys() & RENAMED.keys():
        message = re.sub(rf"^{re.escape(name)}:", f"{RENAMED[name]}:", message)
    return {**body, "message": message, "errors": {RENAMED.get(name, name): wrong for name, wrong in errors.items()}}


def _agent(context: Any) -> Agent:
    agent: Agent = context.request.scope[AGENT]
    return agent


def listed(tool: Tool) -> ListedTool:
    """A tool as it is listed."""
    return ListedTool(
        name=tool.name,
        title=tool.title,
        description=tool.says,
        input_schema=input_schema(tool),
        annotations=ToolAnnotations(
            read_only_hint=tool.is_reading,
            destructive_hint=tool.is_ending or tool.name == "create_goal",  # a goal does what its steps do
            open_world_hint=tool.name == "create_goal",
        ),
    )


def result(answer: Answer) -> CallToolResult:
    """What the API answered, as the result of the tool."""
    data = answer.data
    if not isinstance(data, dict):  # no operation of a tool answers anything else
        receipt = answer.headers.get("x-receipt", "")
        return failed(problem(500, "Something broke on our side. Tell support the receipt.", receipt=receipt))
    if answer.status >= 400:
        return failed(renamed(data), answer.headers.get("retry-after", ""))
    said = _said(data, json.dumps(data, ensure_ascii=False), answer.headers.get("x-receipt", ""))
    if answer.headers.get("idempotency-replayed") and said.meta:
        said.meta[REPLAYED] = True
    return said


def failed(body: dict[str, Any], retry_after: str = "") -> CallToolResult:
    """An error of the API in its own words, with what to do about it."""
    # A conflict that ends by itself, with what has the same idempotency key, is one to wait for.
    name = "rate_limited" if retry_after and body["status"] == 409 else body["name"]
    _, remedy = MEANINGS.get(name, ("", ""))
    lines = [f"{body['name']} ({body['status']}): {body['message']}"]
    more: dict[str, Any] = {"whatToDo": remedy}
    if body.get("errors"):
        lines.append(f"Errors: {json.dumps(body['errors'], ensure_ascii=False)}")
    if retry_after.isdigit():
        more["retryAfter"] = int(retry_after)
        lines.append(f"Retry-After: {retry_after}")
    lines += [f"What to do: {remedy}", f"Receipt: {body['receipt']}"]
    return _said({**body, **more}, "\n".join(lines), body["receipt"], is_error=True)


def _said(data: dict[str, Any], text: str, receipt: str, *, is_error: bool = False) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(text=text)], structured_content=data, is_error=is_error, _meta={RECEIPT: receipt}
    )
