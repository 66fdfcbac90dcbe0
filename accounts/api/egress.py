"""What the account's commands may reach, over the API."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions, egress
from executor_one.kit.api import ApiView
from executor_one.kit.serializers import Serializer, Text


class EgressInput(Serializer):
    """What PUT /egress takes."""

    hosts = serializers.ListField(
        child=Text(max_length=egress.LONGEST), max_length=egress.MOST,
        help_text="example.com, or *.example.com for every name below it. No address, port or path. Empty: no network.",
    )  # fmt: skip


class EgressShown(EgressInput):
    """What commands may reach."""

    enabled = serializers.BooleanField(help_text="False where the operator lets no command out: then the list is idle.")


class EgressView(ApiView):
    """What the account's commands may reach."""

    permissions = {"GET": "account.view", "PUT": "egress.edit"}

    @extend_schema(operation_id="egress", responses=EgressShown)
    def get(self, request: Request) -> Response:
        """The hosts that the commands of this account may reach; without any they have no network."""
        caller: Any = self.caller
        return Response(_shown(caller.account.egress_hosts))

    @extend_schema(operation_id="egress_set", request=EgressInput, responses=EgressShown)
    def put(self, request: Request) -> Response:
        """Say which hosts the commands of this account may reach, in the place of those before. For admins and owners.

        They are reached on ports 80, 443 and 8443 (or those that the operator names), by programs that heed
        HTTP_PROXY and HTTPS_PROXY, and only where a host is at public addresses. A command that runs already loses a
        host within seconds. 409 where the operator lets no command out.
        """
        form = self.read(EgressInput, request)
        return Response(_shown(actions.set_egress(form["hosts"], actor=self.caller.actor)))


def _shown(hosts: list[str]) -> dict[str, Any]:
    return {"hosts": hosts, "enabled": settings.EGRESS}
