"""GET /api/auth/usage: what the account used of its plan (E7). It counts in several rooms, so it stands above them."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey
from billing.queries import monthly_usage
from executor_one.kit.api import ApiView
from executor_one.kit.serializers import Serializer
from memory.queries import live_memories


class Counter(Serializer):
    """How much of a limit is used; a null limit is unlimited, a null reset never resets."""

    used = serializers.IntegerField()
    limit = serializers.IntegerField(allow_null=True)
    resets_at = serializers.DateTimeField(allow_null=True)


class Usage(Serializer):
    """What the account used of its plan (E7)."""

    goals = Counter()
    llm_calls = Counter()
    memories = Counter()
    api_keys = Counter()


class UsageView(ApiView):
    """Usage of the plan."""

    permissions = {"GET": "usage.view"}

    @extend_schema(operation_id="auth_usage", responses=Usage)
    def get(self, request: Request) -> Response:
        """Each counter with what is used, its limit (null: unlimited) and when it starts again (E7)."""
        plan = self.caller.plan
        counters = {
            **monthly_usage(plan),
            "memories": {"used": live_memories(), "limit": plan.memories, "resets_at": None},
            "apiKeys": {"used": ApiKey.objects.counted().count(), "limit": plan.api_keys, "resets_at": None},
        }
        return Response({name: Counter(counter).data for name, counter in counters.items()})
