"""The activity log over HTTP (O52-O54)."""

from __future__ import annotations

from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import Principal
from executor_one.kit.api import PAGING, ApiView
from executor_one.kit.pagination import BadQuery, Page, one_of, text
from executor_one.kit.serializers import Json, Serializer, Text, camel, refuse_unstorable
from realtime import activity
from realtime.activity import ACTOR_TYPES, METADATA_BYTES, Sought

LONGEST = {"actor_id": 60, "action": 100, "entity_type": 60, "entity_id": 200}  # characters
SPELLED = tuple(name for each in ("actor_type", "actor_id", "action") for name in dict.fromkeys((each, camel(each))))


class Metadata(Json):
    """An object of the client's, 16 KiB at most."""

    def to_internal_value(self, data: Any) -> Any:
        if len(refuse_unstorable(data).encode()) > METADATA_BYTES:
            raise serializers.ValidationError("This is larger than 16 KiB.")
        return super().to_internal_value(data)


class ActivityInput(Serializer):
    """An entry as a client writes it."""

    actor_type = serializers.ChoiceField(ACTOR_TYPES)
    actor_id = Text(
        max_length=LONGEST["actor_id"],
        help_text="Of a user: the id of a member or of an API key of the account. Else a name of yours.",
    )
    action = Text(max_length=LONGEST["action"], help_text="What was done, like deploy.approved; no type of an event.")
    entity_type = Text(max_length=LONGEST["entity_type"], required=False, help_text="To what kind of thing.")
    entity_id = Text(max_length=LONGEST["entity_id"], required=False, help_text="To which.")
    metadata = Metadata(required=False, help_text="Whatever belongs to it; what looks like a secret is masked.")


class Activity(Serializer):
    """One thing that somebody did."""

    id = serializers.CharField(help_text="As in /api/events.")
    actor_type = serializers.ChoiceField(ACTOR_TYPES, help_text="agent: the executor, too.")
    actor_id = serializers.CharField()
    action = serializers.CharField(help_text="The type of the event, or what a client wrote.")
    entity_type = serializers.CharField(allow_null=True)
    entity_id = serializers.CharField(allow_null=True)
    metadata = serializers.DictField()
    asserted_by = serializers.CharField(
        allow_null=True, help_text="Who wrote the entry; null: it is no client's, it was told by whoever did it."
    )
    receipt = serializers.CharField()
    created_at = serializers.CharField(help_text="UTC.")


class ActionCount(Serializer):
    """How often an action was done."""

    action = serializers.CharField()
    count = serializers.IntegerField(min_value=0)


class DayCount(Serializer):
    """How much was done on a day."""

    day = serializers.CharField(help_text="In UTC, like 2026-11-29.")
    count = serializers.IntegerField(min_value=0)


class ActivityStatistics(Serializer):
    """Counts of the last 30 days."""

    since = serializers.DateTimeField()
    total = serializers.IntegerField(min_value=0)
    is_complete = serializers.BooleanField(help_text="false: only the newest 50,000 events were counted.")
    by_actor_type = serializers.DictField(child=serializers.IntegerField(min_value=0))
    by_action = ActionCount(many=True, help_text="The 100 most frequent ones.")
    by_day = DayCount(many=True)


class ActivityList(ApiView):
    """The activity log."""

    permissions = {"GET": "activity.view", "POST": "activity.edit"}
    refusals = {"POST": (422,)}
    query = {"GET": (*PAGING, *SPELLED)}
    pagination_class = Page

    @extend_schema(
        operation_id="activity_log_list",
        parameters=[
            OpenApiParameter("actor_type", OpenApiTypes.STR, enum=ACTOR_TYPES, description="Or actorType."),
            OpenApiParameter("actor_id", OpenApiTypes.STR, description="Or actorId."),
            OpenApiParameter("action", OpenApiTypes.STR, description="A type of an event, or what a client wrote."),
        ],
        responses=Activity(many=True),
    )
    def get(self, request: Request) -> Response:
        """Who did what, newest first, of the newest 10,000 events; the audit log has all (O52)."""
        kind = "actor_type" if self._spelling("actor_type") in request.query_params else None
        sought = Sought(
            one_of(request, self._spelling("actor_type"), ACTOR_TYPES) if kind else None,
            text(request, self._spelling("actor_id"), most=LONGEST["actor_id"]),
            text(request, "action", most=LONGEST["action"]),
        )
        paginator = Page()
        paginator.limit, paginator.offset = paginator.get_limit(request), paginator.get_offset(request)
        paginator.count, rows = activity.activities(sought, paginator.limit, paginator.offset)
        return paginator.get_paginated_response(rows)

    @extend_schema(operation_id="activity_log_create", request=ActivityInput, responses={201: Activity})
    def post(self, request: Request) -> Response:
        """Write an entry; `assertedBy` says for ever who wrote it (O53).

        422 for a user who is not of this account, for the executor's own name, and for a type of event as the action.
        """
        written = self.read(ActivityInput, request)
        return Response(activity.record(written, by=cast(Principal, self.caller)), status=201)

    def _spelling(self, name: str) -> str:
        """How the request spells a parameter; 400 for both ways at once."""
        given = [one for one in (name, camel(name)) if one in self.request.query_params]
        if len(given) > 1:
            raise BadQuery(f"{name}: This parameter is given twice.", errors={name: ["This is given twice."]})
        return given[0] if given else name


class ActivityStats(ApiView):
    """Statistics of the activity log."""

    permissions = {"GET": "activity.view"}

    @extend_schema(operation_id="activity_log_stats", responses=ActivityStatistics)
    def get(self, request: Request) -> Response:
        """How much was done in the last 30 days, by kind of actor, by action and by day in UTC (O54)."""
        return Response(activity.statistics())
