"""The form of the API's answers, as far as the commands show them: whatever else answers is told as another server."""

from __future__ import annotations

from executor_one_client.shapes import ANY, GOAL, Shape, page_of

WORD_OR_NONE = str | None
NUMBER = int | float


def page(entry: Shape) -> Shape:
    """A page of a list of such entries, which says where it stands in it."""
    return page_of(entry) | {"meta": {"total": int, "offset": int}}


ME: Shape = {"accountId": str, "role": str, "permissions": [str]}
ACCOUNT: Shape = {"name": str, "plan": str}
GOALS = page(GOAL | {"createdAt": str, "description": str})
GOAL_SHOWN: Shape = GOAL | {
    "description": str, "tasksCompleted": int, "tasksTotal": int, "priority": str, "createdAt": str,
    "finishedAt": WORD_OR_NONE, "error": dict | None,
}  # fmt: skip
TRY: Shape = {"number": int, "durationMs": NUMBER, "output": {}}
TASKS: Shape = [{"id": str, "position": int, "name": str, "state": str, "attempts": [TRY]}]
HISTORY: Shape = {
    "goal": {"state": str},
    "tasks": [{"id": str, "name": str, "attempts": [{"output": {}}]}],
    "events": [{"type": str, "data": {}}],
}
MEMORIES = page({"key": str, "relevance": NUMBER, "tags": [str]})
STORED: Shape = {"key": str}
KEYS = page({"id": str, "prefix": str, "role": str, "name": str, "lastUsedAt": WORD_OR_NONE})
KEY_MADE: Shape = {"id": str, "role": str, "name": str, "apiKey": str}
CORRECTIONS = page({
    "id": str, "timesWorked": int, "timesUsed": int, "reason": ANY, "retired": ANY, "crystallized": ANY, "source": ANY,
})  # fmt: skip
USED: Shape = {"used": NUMBER, "limit": int | float | None, "resetsAt": WORD_OR_NONE}
USAGE: Shape = {"goals": USED, "llmCalls": USED, "memories": USED, "apiKeys": USED}
