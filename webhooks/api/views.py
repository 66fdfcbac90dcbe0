"""Webhooks (A15) and their deliveries (A16).

Who makes or changes a webhook, or reads what one was sent, reads events by it: so they need goals.view too, or a key
that is kept from goals would have a way round.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from executor_one.kit.api import PAGING, ApiView
from executor_one.kit.pagination import BadQuery, Page, moment
from webhooks import actions
from webhooks.api import serializers as shapes
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.queries import chosen, delivery_or_404, endpoint_or_404

VIEW, EDIT = "webhooks.view", "webhooks.edit"
READS, SENDS = f"{VIEW} goals.view", f"{EDIT} goals.view"
NO_STORE = {"Cache-Control": "no-store"}
FILTERS = [
    OpenApiParameter("webhook", description="The id of a webhook: its deliveries alone."),
    OpenApiParameter("state", enum=WebhookDelivery.State.values),
    OpenApiParameter("type", description="The type of an event, e.g. goal.completed."),
    OpenApiParameter("from", description="Made at this time or later, ISO 8601."),
    OpenApiParameter("to", description="Made before this time, ISO 8601."),
]


def with_secret(row: WebhookEndpoint, secret: str) -> dict[str, Any]:
    """A webhook as it is shown once, with its secret."""
    row.secret = secret  # type: ignore[attr-defined]
    return dict(shapes.WebhookShown(row).data)


class WebhookList(ApiView):
    """Webhooks of the account."""

    permissions = {"GET": VIEW, "POST": SENDS}
    query = {"GET": PAGING}
    pagination_class = Page

    @extend_schema(operation_id="webhooks_list", responses=shapes.WebhookSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The account's webhooks, the newest first, without their secrets (A15)."""
        return self.page(WebhookEndpoint.objects.live().order_by("-created_at", "-id"), shapes.WebhookSerializer)

    @extend_schema(operation_id="webhooks_create", request=shapes.WebhookInput, responses={201: shapes.WebhookShown})
    def post(self, request: Request) -> Response:
        """Have events sent to an address from now on; answers the secret that signs them, once (A15).

        409 when the account has 20 already. An address that cannot be reached from here (private, loopback, an unusual
        port, http) is 400.
        """
        row, secret = actions.create(**self.read(shapes.WebhookInput, request), actor=self.caller.actor)
        return Response(with_secret(row, secret), status=201, headers=NO_STORE)


class WebhookDetail(ApiView):
    """One webhook."""

    permissions = {"GET": VIEW, "PATCH": SENDS, "DELETE": EDIT}

    @extend_schema(operation_id="webhooks_read", responses=shapes.WebhookSerializer)
    def get(self, request: Request, webhook_id: str) -> Response:
        """One webhook, without its secret (A15)."""
        return Response(shapes.WebhookSerializer(endpoint_or_404(webhook_id)).data)

    @extend_schema(operation_id="webhooks_change", request=shapes.WebhookChange, responses=shapes.WebhookSerializer)
    def patch(self, request: Request, webhook_id: str) -> Response:
        """Change its address, types or description, or switch it off and on (A15).

        While it is off no delivery is made, and what waits is given up a day after it was made. On again, it begins
        with what happens from then on, and with what still waits.
        """
        endpoint_or_404(webhook_id)
        row = actions.change(webhook_id, self.read(shapes.WebhookChange, request), actor=self.caller.actor)
        return Response(shapes.WebhookSerializer(row).data)

    @extend_schema(operation_id="webhooks_delete", responses={204: None})
    def delete(self, request: Request, webhook_id: str) -> Response:
        """Delete a webhook and its deliveries; nothing more is sent, from this moment on (A15)."""
        actions.delete(webhook_id, actor=self.caller.actor)
        return Response(status=204)


class Rotation(ApiView):
    """Another secret."""

    permissions = {"POST": SENDS}

    @extend_schema(operation_id="webhooks_rotate", request=shapes.RotationInput, responses=shapes.WebhookShown)
    def post(self, request: Request, webhook_id: str) -> Response:
        """Give a webhook another secret, answered once; for `graceHours` both sign, the new one first (A-R26)."""
        endpoint_or_404(webhook_id)
        hours = self.read(shapes.RotationInput, request)["grace_hours"]
        row, secret = actions.rotate(webhook_id, hours, actor=self.caller.actor)
        return Response(with_secret(row, secret), headers=NO_STORE)


class TestDelivery(ApiView):
    """A test."""

    permissions = {"POST": EDIT}

    @extend_schema(operation_id="webhooks_test", request=None, responses={201: shapes.DeliverySerializer})
    def post(self, request: Request, webhook_id: str) -> Response:
        """Send a `webhook.test` at once, signed and tried like every delivery; answers the delivery. 409 when off."""
        delivery = actions.send_test(webhook_id, actor=self.caller.actor)
        return Response(shapes.DeliverySerializer(delivery).data, status=201)


class DeliveryList(ApiView):
    """Deliveries of the account."""

    permissions = {"GET": VIEW}
    query = {"GET": (*PAGING, "webhook", "state", "type", "from", "to")}
    pagination_class = Page

    @extend_schema(
        operation_id="webhooks_deliveries", parameters=FILTERS, responses=shapes.DeliverySerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        """What was sent or waits to be, the newest first; each is kept for 30 days (A16)."""
        asked = request.query_params
        state = asked.get("state", "")
        if "state" in asked and state not in WebhookDelivery.State.values:
            message = f"This must be one of {', '.join(WebhookDelivery.State.values)}."
            raise BadQuery(f"state: {message}", errors={"state": [message]})
        found = chosen(
            webhook=asked.get("webhook", ""), state=state, type=asked.get("type", ""),
            since=moment(request, "from"), until=moment(request, "to"),
        )  # fmt: skip
        return self.page(found, shapes.DeliverySerializer)


class DeliveryDetail(ApiView):
    """One delivery."""

    permissions = {"GET": READS}

    @extend_schema(operation_id="webhooks_delivery", responses=shapes.DeliveryShown)
    def get(self, request: Request, delivery_id: str) -> Response:
        """One delivery with what is sent, every try, and the beginning of the last answer (A16)."""
        return Response(shapes.DeliveryShown(delivery_or_404(delivery_id)).data)


class Redelivery(ApiView):
    """Sending again."""

    permissions = {"POST": EDIT}

    @extend_schema(operation_id="webhooks_redeliver", request=None, responses=shapes.DeliverySerializer)
    def post(self, request: Request, delivery_id: str) -> Response:
        """Send a delivery once more, with the same Webhook-Id and body, and tries for a day (A16). 409 when off."""
        row = actions.redeliver(delivery_id, actor=self.caller.actor)
        return Response(shapes.DeliverySerializer(row).data)
