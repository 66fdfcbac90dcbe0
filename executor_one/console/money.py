"""GET /api/billing/overview: what comes in and what goes out, for the owners of the installation (O118)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django.conf import settings
from django.db.models import Sum
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import CreditEntry, Metric, OperatingCost, UsageCounter
from billing.queries import paying_by_plan, this_month
from executor_one.console.site import proved_twice
from executor_one.kit import tenancy
from executor_one.kit.api import STAFF, ApiView
from executor_one.kit.errors import Forbidden
from executor_one.kit.serializers import Serializer

NEEDS_FACTOR = "This needs a sign-in at the dashboard with a second factor (STAFF_MFA)."


class Income(Serializer):
    """What one plan brings a month."""

    tier = serializers.CharField(help_text="The code of the plan.")
    accounts = serializers.IntegerField(help_text="How many pay for it, late ones too.")
    cents = serializers.IntegerField(help_text="A month, in the currency's smallest unit.")
    currency = serializers.CharField()


class Cost(Serializer):
    """What one kind of cost is this month, as staff entered it."""

    kind = serializers.ChoiceField(OperatingCost.Kind.choices)
    cents = serializers.IntegerField()
    currency = serializers.CharField()


class Money(Serializer):
    """The installation's month."""

    month = serializers.DateField(help_text="Its first day.")
    mrr = Income(many=True)
    costs = Cost(many=True)
    llm_calls = serializers.IntegerField(help_text="Requests to the language model this month, of all accounts.")


class BillingOverview(ApiView):
    """The installation's money."""

    permissions = {"GET": STAFF}

    @extend_schema(operation_id="billing_overview", responses=Money)
    def get(self, request: Request) -> Response:
        """What comes in by plan, what staff entered as costs, and how often the model was asked (O118).

        Only for owners among the staff, with a session of their own: 403 for everybody else and for every API key.
        """
        if settings.STAFF_MFA and not proved_twice(request._request):
            raise Forbidden(NEEDS_FACTOR)
        with tenancy.all_accounts(reason="the installation's money is that of all accounts"):
            return Response(Money(seen()).data)


def seen() -> dict[str, Any]:
    """The values of Money, for an open scope of all accounts."""
    month = this_month()
    costs = OperatingCost.objects.filter(month__year=month.year, month__month=month.month)
    calls = UsageCounter.objects.filter(month=month, metric=Metric.LLM_CALLS).aggregate(sum=Sum("used"))["sum"]
    entries = CreditEntry.objects.filter(kind=CreditEntry.Kind.USED)
    bought = entries.filter(created_at__gte=datetime.combine(month, time(), tzinfo=UTC)).count()
    return {
        "month": month,
        "mrr": [{**row, "tier": row["code"], "accounts": row["count"]} for row in paying_by_plan()],
        "costs": list(costs.order_by("kind").values("kind", "currency").annotate(cents=Sum("cents"))),
        "llm_calls": (calls or 0) + bought,
    }
