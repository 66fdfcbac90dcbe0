"""The registry: each tool is an operation of the public API, said for an agent. Everything else is derived from it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from executor_one.kit.routes import api_routes


class Caller(Protocol):
    """Who asks for tools (accounts.callers.Principal)."""

    def may(self, permission: str) -> bool: ...


@dataclass(frozen=True)
class Tool:
    """One tool. Its arguments are those of the operation (mcp_server.arguments), its answer is the operation's."""

    name: str
    title: str
    says: str  # what it does for an agent, and what to do with the answer
    method: str
    path: str  # as the OpenAPI document writes it
    is_reading: bool = False  # changes nothing, so it may be called without asking anybody
    is_ending: bool = False  # takes something away that cannot be brought back

    @property
    def permissions(self) -> list[str]:
        """All of these the caller must have: what the view of the operation declares. A key's scopes are such."""
        return _declared()[self.method, self.path].split()

    @property
    def operation(self) -> str:
        """`POST /api/goals`."""
        return f"{self.method} {self.path}"


TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            "create_goal", "State a goal",
            "State a goal; it is broken into tasks, run in a sandbox, verified and remembered. Say the steps in "
            "`semanticPath` where you know them: shell commands, or objects of an actuator. With `wait_seconds` the "
            "answer is the goal as it ended or stands by then, else its id only. Give an `idempotency_key` (a UUID): "
            "the same call again with the same key does nothing twice.",
            "POST", "/api/goals",
        ),
        Tool(
            "get_goal", "Look at a goal",
            "State, progress, what it is doing and why it failed. With `wait_seconds` it answers when the goal has "
            "ended, or after so many seconds; ask again while `state` is pending, planning or executing.",
            "GET", "/api/goals/{goal_id}", is_reading=True,
        ),
        Tool(
            "list_goals", "List goals",
            "The goals of the account, the newest first, by state, priority, time, who stated them or words of the "
            "description.",
            "GET", "/api/goals", is_reading=True,
        ),
        Tool(
            "cancel_goal", "Cancel a goal",
            "End a goal that is not over. Running tasks are killed within 2 s; what they did already stays done.",
            "POST", "/api/goals/{goal_id}/cancel", is_ending=True,
        ),
        Tool(
            "goal_logs", "Read a goal's logs",
            "Each task of a goal in order, with its tries: output (stdout, stderr), exit code, duration, and what was "
            "done about a failure.",
            "GET", "/api/goals/{goal_id}/tasks", is_reading=True,
        ),
        Tool(
            "preview_plan", "Preview a plan",
            "The tasks that a goal would run, and where they come from, without running or counting anything. It takes "
            "what create_goal takes, but for `wait_seconds` and `idempotency_key`.",
            "POST", "/api/goals/preview", is_reading=True,
        ),
        Tool(
            "remember", "Remember something",
            "Store any JSON under a key, for later goals and sessions. The same key again updates it. Tag it `secrets` "
            "and it is encrypted, and never listed with its value.",
            "POST", "/api/memory",
        ),
        Tool(
            "recall", "Recall memories",
            "Memories by how their key begins (`query`), by tags and importance, best first. With `mode` semantic, "
            "`query` is a question in any words (501 where the installation has no model for it).",
            "GET", "/api/memory", is_reading=True,
        ),
        Tool(
            "corrections", "List known fixes",
            "The fixes that the account has learned for failures, the last used first, and how often each one worked.",
            "GET", "/api/corrections", is_reading=True,
        ),
        Tool(
            "usage", "See what is used",
            "Each limit of the plan with what is used of it and when it starts again. Look here before many goals.",
            "GET", "/api/auth/usage", is_reading=True,
        ),
    )
}  # fmt: skip


@cache
def _declared() -> dict[tuple[str, str], str]:
    return {(route.method, route.path): route.permission for route in api_routes()}


def visible_to(caller: Caller) -> list[Tool]:
    """The tools that this caller may call; none for a key that has the scope of none."""
    return [tool for tool in TOOLS.values() if all(caller.may(permission) for permission in tool.permissions)]


def scopes_of(tools: Iterable[Tool]) -> list[str]:
    """The scopes that a key needs for all of these tools."""
    return sorted({permission for tool in tools for permission in tool.permissions})
