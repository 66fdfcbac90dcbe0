# Made by `make clients` out of aio/goals.py: change that one.
"""Goals: stating, finding, waiting for and cancelling them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, cast
from uuid import UUID

from executor_one_client._generated.api.goals import (
    goals_cancel_with_reason,
    goals_create,
    goals_events,
    goals_list,
    goals_preview,
    goals_retrieve,
    goals_retry,
    goals_tasks,
)
from executor_one_client._generated.models.cancel_input_request import CancelInputRequest
from executor_one_client._generated.models.goal_input_request import GoalInputRequest
from executor_one_client._generated.models.goal_input_request_priority import GoalInputRequestPriority
from executor_one_client._generated.models.goals_list_state import GoalsListState
from executor_one_client._generated.models.retry_input_request import RetryInputRequest
from executor_one_client.asking import (
    ENDED,
    LONGEST_LOOK,
    Log,
    Page,
    given,
    header,
    joined,
    listed,
    logs_of,
    request_of,
)
from executor_one_client.shapes import GOAL, MADE, OBJECT, TASK, page_of
from executor_one_client.sse import Event, Reconnecting
from executor_one_client.sync.transport import Transport, follow

Step = str | Mapping[str, Any]
"""A shell command, or {type, params, name, dependsOn, timeoutMs, verify} as docs/howto/structure-a-goal.md says."""
MOST = 100  # items of one page
SHORTEST_LOOK = 0.5  # seconds that one `?wait=` takes at least
Tasks = list[dict[str, Any]]


class Goal:
    """A goal as it was when it was last asked for; `data` is the whole answer, as the API writes it."""

    def __init__(self, goals: Goals, data: dict[str, Any]) -> None:
        self._goals = goals
        self.data = data

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.id} {self.status}>"

    @property
    def id(self) -> str:
        """A UUID."""
        return str(self.data["id"])

    @property
    def status(self) -> str:
        """`pending`, `planning`, `executing`, `completed`, `failed` or `cancelled`."""
        return str(self.data.get("state", "pending"))

    @property
    def is_finished(self) -> bool:
        """Whether it has ended, well or not; nothing of it changes any more."""
        return self.status in ENDED

    def refresh(self) -> Goal:
        """Ask how far it is; this same object, with the new `data`."""
        self.data = (self._goals.get(self.id)).data
        return self

    def wait(self, timeout: float | None = None) -> Goal:
        """This same object once it has ended; TimeoutError after `timeout` seconds, None: however long it takes.

        The server is asked with `?wait=`, which it answers at the moment of the end: no polling, and no stream. While
        it is away it is waited for, but no longer than `timeout`, and two seconds for an answer that is on its way.
        """
        deadline = math.inf if timeout is None else monotonic() + timeout
        while not self.is_finished:
            asked = monotonic()
            try:
                self.data = self._goals._look(self.id, deadline)
            except TimeoutError as away:
                raise TimeoutError(f"Goal {self.id} was {self.status} after {timeout:g} seconds: {away}") from away
            now = monotonic()
            if not self.is_finished and now >= deadline:
                raise TimeoutError(f"Goal {self.id} is {self.status} after {timeout:g} seconds.")
            if not self.is_finished and now - asked < SHORTEST_LOOK:  # a server that does not wait is not run over
                time.sleep(min(SHORTEST_LOOK, deadline - now))
        return self

    def tasks(self) -> Tasks:
        """All its tasks in order, each with its tries, as the API writes them."""
        return self._goals.tasks(self.id)

    def logs(self) -> list[Log]:
        """What the tries that have ended printed; `events(types=["task.output"])` tells it while it is printed."""
        return logs_of(self.tasks())

    def cancel(self, reason: str = "") -> Goal:
        """Cancel it: what runs is killed within 2 s. This same object. Conflict when it has ended."""
        self.data = (self._goals.cancel(self.id, reason=reason)).data
        return self

    def retry(self, from_task: int | None = None) -> Goal:
        """A new goal that goes on from the task that failed, or from the task at this position."""
        return self._goals.retry(self.id, from_task=from_task)

    def events(
        self, *, types: Sequence[str] = (), last_event_id: str | int | None = None,
        on_reconnect: Callable[[Reconnecting], object] | None = None,
    ) -> Iterator[Event]:  # fmt: skip
        """What happens to it, from its first event to its last; see `events` of the client."""
        return self._goals.events(self.id, types=types, last_event_id=last_event_id, on_reconnect=on_reconnect)


class Goals:
    """`client.goals`"""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self, description: str, *, steps: Sequence[Step] | None = None,
        priority: GoalInputRequestPriority | None = None, deadline: datetime | None = None,
        self_correct: bool | None = None, idempotency_key: str | UUID | None = None,
    ) -> Goal:  # fmt: skip
        """State a goal. It runs; `wait` for it. What comes back knows its id and is `pending` until it is asked for.

        The same `idempotency_key` within 24 hours is the same goal; without one each call is a goal of its own, and is
        stated once however often it has to be sent.
        """
        body = stated(description, steps, priority, deadline, self_correct)
        made = self._transport.ask(MADE, goals_create, body=body, idempotency_key=header(idempotency_key))
        return Goal(self, made)

    def preview(self, description: str, *, steps: Sequence[Step] | None = None) -> dict[str, Any]:
        """What this goal would run: `tasks`, `planner`, `expected`, `error`. Nothing runs and nothing counts."""
        body = stated(description, steps)
        return cast(dict[str, Any], self._transport.ask(OBJECT, goals_preview, body=body))

    def get(self, id: str) -> Goal:
        """A goal by its id, or NotFound."""
        return Goal(self, self._transport.ask(GOAL, goals_retrieve, cast(UUID, id)))

    def list(
        self, *, status: GoalsListState | None = None, search: str | None = None, limit: int | None = None,
        offset: int | None = None,
    ) -> Page[Goal]:  # fmt: skip
        """Goals, newest first; `limit` is 20 when not said, and at most 100."""
        found = self._transport.ask(
            page_of(GOAL),
            goals_list,
            state=given(status),
            search=given(search),
            limit=given(limit),
            offset=given(offset),
        )
        return Page((Goal(self, one) for one in found["data"]), found["meta"])

    def cancel(self, id: str, *, reason: str = "") -> Goal:
        """Cancel a goal: what runs is killed within 2 s, what it did stays done. Conflict when it has ended."""
        body = CancelInputRequest(reason=reason)
        return Goal(self, self._transport.ask(GOAL, goals_cancel_with_reason, cast(UUID, id), body=body))

    def retry(self, id: str, *, from_task: int | None = None, idempotency_key: str | UUID | None = None) -> Goal:
        """A new goal that goes on from the task that failed, or from the task at this position."""
        body, key = RetryInputRequest(from_task=given(from_task)), header(idempotency_key)
        made = self._transport.ask(MADE, goals_retry, cast(UUID, id), body=body, idempotency_key=key)
        return Goal(self, made)

    def tasks(self, id: str) -> Tasks:
        """All tasks of a goal in order, each with its tries, as the API writes them."""
        tasks: Tasks = []
        while True:
            found = self._transport.ask(page_of(TASK), goals_tasks, cast(UUID, id), limit=MOST, offset=len(tasks))
            tasks += found["data"]
            if not found["data"] or len(tasks) >= found["meta"]["total"]:
                return tasks

    def events(
        self, id: str, *, types: Sequence[str] = (), last_event_id: str | int | None = None,
        on_reconnect: Callable[[Reconnecting], object] | None = None,
    ) -> Iterator[Event]:  # fmt: skip
        """What happens to a goal, from its first event to its last; see `events` of the client."""
        request = request_of(goals_events, cast(UUID, id), types=joined("types", types))
        return follow(self._transport, request, last_event_id, on_reconnect)

    def _look(self, id: str, deadline: float) -> dict[str, Any]:
        """The goal's data when it ends, or somewhat before `deadline`. TimeoutError where none comes till then."""
        wait = math.floor(min(LONGEST_LOOK, max(0.0, deadline - monotonic())))
        request, retries = request_of(goals_retrieve, cast(UUID, id), wait=wait), self._transport.retries.patient()
        found = self._transport.send(request, shape=GOAL, extra=wait, retries=retries, until=deadline)
        return cast(dict[str, Any], found)


def stated(
    description: str, steps: Sequence[Step] | None, priority: GoalInputRequestPriority | None = None,
    deadline: datetime | None = None, self_correct: bool | None = None,
) -> GoalInputRequest:  # fmt: skip
    """What POST /api/goals takes. TypeError for one step that is not in a list."""
    chosen = None if steps is None else listed("steps", steps, str | Mapping)
    path = None if chosen is None else [step if isinstance(step, str) else dict(step) for step in chosen]
    return GoalInputRequest(
        description, semantic_path=cast(Any, given(path)), priority=given(priority), deadline=given(deadline),
        self_correct=given(self_correct),
    )  # fmt: skip
