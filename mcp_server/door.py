"""The door of `/mcp`: who asks, and what they may call. What is said inside is the protocol's (mcp_server.protocol)."""

from __future__ import annotations

from importlib import import_module

from django.http.request import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from accounts.api.authentication import BearerAuthentication
from executor_one.kit.api import PROVEN, ApiView
from executor_one.kit.errors import Forbidden
from executor_one.kit.origins import is_ours
from mcp_server.conversation import Conversation
from mcp_server.tools import visible_to

JSON = "application/json"


class Door(ApiView):
    """Agents come in by a key, in every request; the dashboard's cookie opens nothing here.

    There is no session to go on with (GET) or to end (DELETE), so these are 405, as the protocol wants it.
    """

    authentication_classes = [BearerAuthentication]
    permissions = {"POST": PROVEN}
    http_method_names = ["post"]

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Conversation:
        """One message of the Model Context Protocol, and its answer."""
        http: HttpRequest = request._request
        if not is_ours(http.headers.get("Origin", ""), http.headers.get("Host", "")):
            raise Forbidden("Pages of other sites may not speak to /mcp (Origin).")
        if http.content_type != JSON:
            raise UnsupportedMediaType(http.content_type or "")
        said = http.body  # or 413
        import_module("mcp_server.protocol")
        return Conversation(said, [tool.name for tool in visible_to(self.caller)], getattr(http, "too_soon", None))
