"""What the account used of its plan (E7), as JSON and as a page. It counts in several rooms: it stands above them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import ApiKey
from accounts.pages import PageView
from billing.models import Plan
from billing.queries import advice, monthly_usage
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
        counters = counted(self.caller.plan)
        return Response({name: Counter(counter).data for name, counter in counters.items()})


def counted(plan: Plan) -> dict[str, dict[str, Any]]:
    """`{"goals": {used, limit, resets_at}, "llmCalls", "memories", "apiKeys"}` of the active account on its plan."""
    return {
        **monthly_usage(plan),
        "memories": {"used": live_memories(), "limit": plan.memories, "resets_at": None},
        "apiKeys": {"used": ApiKey.objects.counted().count(), "limit": plan.api_keys, "resets_at": None},
    }


METERS = {
    "goals": ("Goals this month", "goals_per_month"),
    "llmCalls": ("Calls of the language model this month", "llm_calls_per_month"),
    "memories": ("Memories", "memories"),
    "apiKeys": ("API keys", "api_keys"),
}
HIGH = 0.8  # of a limit: from here on the plan that lifts it is named


class UsagePage(PageView):
    """The same as a page, with what each plan has."""

    permissions = {"GET": "usage.view"}
    section = "usage"
    template = "accounts/usage.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        plan = self.caller.plan
        meters = [self.meter(plan, *METERS[name], **counter) for name, counter in counted(plan).items()]
        return self.page({"plan": plan, "meters": meters, "plans": Plan.objects.filter(is_public=True)})

    def meter(self, plan: Plan, label: str, field: str, **counter: Any) -> dict[str, Any]:
        """One meter; `upgrade` is the plan that lifts its limit, where that is near."""
        used, limit = counter["used"], counter["limit"]
        share = 0 if limit is None else 1 if not limit else min(1, used / limit)
        near = limit is not None and share >= HIGH
        level = "full" if share >= 1 else "high" if near else "low"
        return {"label": label, "level": level, "upgrade": advice(plan, field) if near else None, **counter}
