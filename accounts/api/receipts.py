"""What one request did (A-R8, A-R9): the log of requests and the log of events, read together."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import request_log
from accounts.models import ApiRequest
from events import audit
from events.actions import EXECUTOR
from events.api.serializers import AuditEvent
from executor_one.kit import tenancy
from executor_one.kit.api import ApiView
from executor_one.kit.errors import NotFound
from executor_one.kit.serializers import NUL, ModelSerializer, Serializer

LONGEST = 40


class MadeRequest(ModelSerializer):
    """The request itself."""

    class Meta:
        model = ApiRequest
        fields = ["at", "method", "path", "status", "duration_ms"]


class Receipt(Serializer):
    """What one request did, or one job."""

    receipt = serializers.CharField()
    actor = serializers.CharField(help_text="Whoever asked for it; executor: nobody did.")
    key = serializers.CharField(allow_null=True, help_text="The id of the API key that was used.")
    request = MadeRequest(allow_null=True, help_text="For a week after it; null for jobs and requests of pages.")
    replay_of = serializers.CharField(
        allow_null=True, help_text="The receipt of the request whose answer was repeated: that one did it."
    )
    goals = serializers.ListField(child=serializers.CharField(), help_text="The ids of the goals that it touched.")
    events = AuditEvent(many=True, help_text="The first 100, oldest first.")
    has_more = serializers.BooleanField(help_text="Whether there are more: /api/v1/audit/events?receipt= has them.")


class ReceiptDetail(ApiView):
    """What one request did."""

    permissions = {"GET": "audit.view"}

    @extend_schema(operation_id="audit_receipt", responses=Receipt)
    def get(self, request: Request, receipt: str) -> Response:
        """What the request with this X-Receipt was and did: who asked, with which key, its events, goals (A-R8, A-R9).

        404 where nothing is known of it here: it is another account's, or it only read something more than a week ago.
        """
        name = receipt.replace(NUL, "")[: LONGEST + 1]
        request_log.write()
        made = ApiRequest.objects.filter(receipt=name).first()
        found = audit.receipt(tenancy.active_account_id(), name)
        if not made and not found.rows:
            raise NotFound("Nothing is known here of a request with this receipt.")
        return Response(told(name, made, found))


def told(receipt: str, made: ApiRequest | None, found: audit.Page) -> dict[str, Any]:
    """The request and its events as one answer."""
    asked = made.actor if made else next((row["actor"] for row in found.rows if row["actor"] != EXECUTOR), EXECUTOR)
    kind, _, id = asked.partition(":")
    return {
        "receipt": receipt,
        "actor": asked,
        "key": id if kind == "key" else None,
        "request": MadeRequest(made).data if made else None,
        "replayOf": (made.replay_of or None) if made else None,
        "goals": [*dict.fromkeys(row["data"]["goal"] for row in found.rows if row["data"].get("goal"))],
        "events": found.rows,
        "hasMore": found.position is not None,
    }
