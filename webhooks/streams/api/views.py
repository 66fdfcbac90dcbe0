"""Audit streams: the account's events to a system that keeps logs (A14).

Who makes or changes one reads the audit log by it: so they need audit.view too.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from executor_one.kit.api import PAGING, ApiView
from executor_one.kit.pagination import Page
from webhooks.models import AuditStream
from webhooks.streams import actions
from webhooks.streams.api import serializers as shapes
from webhooks.streams.queries import newest_seq, stream_or_404

VIEW, EDIT = "audit.view", "audit.edit"
SENDS = f"{VIEW} {EDIT}"


def shown(*rows: AuditStream) -> list[dict[str, Any]]:
    """Streams as the API shows them."""
    return list(shapes.StreamSerializer(rows, many=True, context={"newest": newest_seq()}).data)


class StreamList(ApiView):
    """Audit streams of the account."""

    permissions = {"GET": VIEW, "POST": SENDS}
    refusals = {"POST": (501,)}
    query = {"GET": PAGING}
    pagination_class = Page

    @extend_schema(operation_id="audit_streams_list", responses=shapes.StreamSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The account's audit streams and how each stands, the newest first (A14)."""
        paginator = Page()
        rows = paginator.paginate_queryset(AuditStream.objects.order_by("-created_at", "-id"), request, view=self)
        return paginator.get_paginated_response(shown(*rows or []))

    @extend_schema(
        operation_id="audit_streams_create", request=shapes.StreamInput, responses={201: shapes.StreamSerializer}
    )
    def post(self, request: Request) -> Response:
        """Have the account's events sent to Splunk, a web or syslog server or a file, in order, at least once (A14).

        409 when the account has 5 already; 501 for a file where the operator allows none. A target that cannot be
        reached from here (private, loopback, a port that is not dialled, without TLS) is 400.
        """
        row = actions.create(**self.read(shapes.StreamInput, request), actor=self.caller.actor)
        return Response(shown(row)[0], status=201)


class StreamDetail(ApiView):
    """One audit stream."""

    permissions = {"GET": VIEW, "PATCH": SENDS, "DELETE": EDIT}

    @extend_schema(operation_id="audit_streams_read", responses=shapes.StreamSerializer)
    def get(self, request: Request, stream_id: str) -> Response:
        """One audit stream: how far it is, and what is wrong where it fails (A14)."""
        return Response(shown(stream_or_404(stream_id))[0])

    @extend_schema(operation_id="audit_streams_change", request=shapes.StreamChange, responses=shapes.StreamSerializer)
    def patch(self, request: Request, stream_id: str) -> Response:
        """Change its name, types or target, or pause it and let it go on (A14).

        Nothing is lost while it is paused: it goes on behind the last event that was taken. An address on another
        server needs the secret too, for the one that is kept is not sent there.
        """
        stream_or_404(stream_id)
        row = actions.change(stream_id, self.read(shapes.StreamChange, request), actor=self.caller.actor)
        return Response(shown(row)[0])

    @extend_schema(operation_id="audit_streams_delete", responses={204: None})
    def delete(self, request: Request, stream_id: str) -> Response:
        """Delete an audit stream; nothing more is sent. What the target has, it keeps (A14)."""
        actions.delete(stream_id, actor=self.caller.actor)
        return Response(status=204)


class StreamTest(ApiView):
    """A test."""

    permissions = {"POST": EDIT}

    @extend_schema(operation_id="audit_streams_test", request=None, responses={202: shapes.StreamSerializer})
    def post(self, request: Request, stream_id: str) -> Response:
        """Tell of a test, an event that this stream sends whatever its types, and try at once (A14). 409 if paused."""
        return Response(shown(actions.send_test(stream_id, actor=self.caller.actor))[0], status=202)
