"""Events over HTTP: server-sent events of an account, and of one goal."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request

from executor_one.kit.api import ApiView
from executor_one.kit.pagination import BadQuery
from executor_one.kit.streams import Stream
from goals.api.views import goal_or_404
from realtime import sse
from realtime.connections import PERMISSION, credential
from realtime.seats import seats
from realtime.wire import Filter, Unreadable, read_since, read_types

LONG_AGO = timedelta(seconds=10)
EVENT_ID = {"type": "string", "pattern": "^[0-9]{0,18}$"}
PARAMETERS = [
    OpenApiParameter(
        "since",
        EVENT_ID,
        description="The id of an event: begin behind it. The header Last-Event-ID goes before.",
    ),
    OpenApiParameter("types", description="Comma-separated, e.g. goal.*,task.failed; without it all types are sent."),
    OpenApiParameter(
        "Last-Event-ID",
        EVENT_ID,
        location=OpenApiParameter.HEADER,
        description="What browsers send when they connect again.",
    ),
]
TEXT = {"type": "string"}
JSON_TEXT = {"type": "string", "contentMediaType": "application/json"}
STREAM = {
    (200, "text/event-stream"): OpenApiResponse(
        {"type": "object", "properties": {"id": TEXT, "event": TEXT, "data": JSON_TEXT}},
        description="Events as they happen: `id`, `event` (the type) and `data`, which is the JSON object "
        "{id, type, timestamp, data}. It begins with an `id` alone: where you stand, to be kept like that of an event. "
        "A comment every 15 s while nothing happens.",
    )
}


def wanted_types(request: Request) -> Filter:
    """`?types=`, or 400."""
    given = request.query_params.get("types", "")
    return Filter(_read("types", lambda: read_types([name.strip() for name in given.split(",") if name.strip()])))


def wanted_since(request: Request) -> int | None:
    """The header Last-Event-ID, else `?since=`, or 400."""
    given = request.META.get("HTTP_LAST_EVENT_ID") or request.query_params.get("since")
    since: int | None = _read("since", lambda: read_since(given))
    return since


def _read(name: str, work: Any) -> Any:
    try:
        return work()
    except Unreadable as reason:
        message = str(reason).partition(": ")[2]
        raise BadQuery(str(reason), errors={name: [message]}) from None


def stream(request: Request, wish: sse.Wish) -> Stream:
    """The answer, with a seat taken for as long as it is open."""
    caller: Any = request.auth
    held = credential(caller, request._request.session)
    seat = seats.take(held.account_id)
    return Stream(partial(sse.live, held, wish), sse.known(held.account_id, wish), seat.give_back)


class Events(ApiView):
    """The account's events."""

    permissions = {"GET": PERMISSION}
    query = {"GET": ("since", "types")}

    @extend_schema(operation_id="events_stream", parameters=PARAMETERS, responses=STREAM)
    def get(self, request: Request) -> Stream:
        """Everything that happens to the account, as server-sent events, from now on or behind the event `since`."""
        return stream(request, sse.Wish(wanted_since(request), wanted_types(request)))


class GoalEvents(ApiView):
    """The events of one goal."""

    permissions = {"GET": PERMISSION}
    query = {"GET": ("since", "types")}

    @extend_schema(operation_id="goals_events", parameters=PARAMETERS, responses=STREAM)
    def get(self, request: Request, goal_id: UUID) -> Stream:
        """What happens to one goal, as server-sent events, from its first event on; ends when the goal has ended."""
        goal = goal_or_404(goal_id)
        since, types = wanted_since(request), wanted_types(request)
        long_over = bool(goal.finished_at and goal.finished_at < timezone.now() - LONG_AGO)
        return stream(request, sse.Wish(since, types, str(goal.pk), goal.created_at, goal.is_finished, long_over))
