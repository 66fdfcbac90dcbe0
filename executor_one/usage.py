"""What the account used of its plan (E7), as JSON and as a page. It counts in several rooms: it stands above them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.pages import PageView
from billing import credit
from billing.api.serializers import UsedLimits
from billing.api.serializers import used as used_limits
from billing.limits import counted
from billing.models import Metric, Plan
from billing.queries import advice
from executor_one.kit.api import ApiView
from executor_one.kit.serializers import Serializer
from goals.queries import used_since
from goals.record import names_of


class UsageView(ApiView):
    """Usage of the plan."""

    permissions = {"GET": "usage.view"}

    @extend_schema(operation_id="auth_usage", responses=UsedLimits)
    def get(self, request: Request) -> Response:
        """Each counter with what is used, its limit (null: unlimited) and when it starts again (E7)."""
        return Response(UsedLimits(used_limits(self.caller.plan)).data)


class UsedOnDay(Serializer):
    """What was used on one day (UTC)."""

    day = serializers.DateField()
    goals = serializers.IntegerField(help_text="Goals stated that count towards the plan.")
    llm_calls = serializers.IntegerField(help_text="Requests to a language model for the goals of this day.")


class UsedBySource(Serializer):
    """What was used by one key, or by one person on the dashboard or with a session token."""

    source = serializers.ChoiceField(["key", "user", "other"])  # type: ignore[assignment] # the metaclass takes it away
    id = serializers.CharField(help_text="Of the key or the person.")
    name = serializers.CharField(allow_null=True, help_text="Null for somebody who is not known any more.")
    goals = serializers.IntegerField()
    llm_calls = serializers.IntegerField()


class UsageHistory(Serializer):
    """The last 30 days of an account, today included."""

    data = UsedOnDay(many=True)  # type: ignore[assignment] # the metaclass takes it away
    by_source = UsedBySource(many=True)


class UsageHistoryView(ApiView):
    """Usage day by day."""

    permissions = {"GET": "usage.view"}

    @extend_schema(operation_id="auth_usage_history", responses=UsageHistory)
    def get(self, request: Request) -> Response:
        """The goals and model calls of each of the last 30 days (UTC), and who stated them.

        Every day is there, the oldest first; who used most comes first. A call counts on the day of its goal.
        """
        return Response(UsageHistory(history()).data)


def history() -> dict[str, list[dict[str, Any]]]:
    """Of the active account, as UsageHistory says: each of the last days, and who used how much in them."""
    today = timezone.now().date()
    days = {today - timedelta(days=back): [0, 0] for back in reversed(range(DAYS))}
    sources: dict[str, list[int]] = {}
    for day, actor, goals, calls in used_since(min(days)):
        # A goal that a clock ahead of ours has stated belongs to no day yet.
        for sums in (days.get(day, [0, 0]), sources.setdefault(actor, [0, 0])):
            sums[0] += goals
            sums[1] += calls
    names = names_of(sources)
    return {
        "data": [{"day": day, "goals": goals, "llm_calls": calls} for day, (goals, calls) in days.items()],
        "by_source": [
            {**_source(actor, names), "goals": goals, "llm_calls": calls}
            for actor, (goals, calls) in sorted(sources.items(), key=lambda one: (-one[1][0], one[0]))
        ],
    }


def _source(actor: str, names: dict[str, str]) -> dict[str, str | None]:
    kind, _, id = actor.partition(":")
    name = names.get(actor)
    if kind not in ("key", "user"):
        return {"source": "other", "id": actor, "name": name}
    return {"source": kind, "id": id, "name": name.removeprefix("key ") if name and kind == "key" else name}


METERS = {
    "goals": ("Goals this month", "goals_per_month"),
    "llmCalls": ("Model calls this month", "llm_calls_per_month"),
    "memories": ("Memories", "memories"),
    "apiKeys": ("API keys", "api_keys"),
}
DAYS = 30  # of the history, today included
SOURCES_SHOWN = 12
HIGH = 0.8  # of a limit: from here on the plan that lifts it is named


class UsagePage(PageView):
    """The same as a page, with what each plan has."""

    permissions = {"GET": "usage.view"}
    section = "usage"
    template = "accounts/usage.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        plan = self.caller.plan
        plans = list(Plan.objects.filter(is_public=True))
        spare = {Metric.LLM_CALLS.value: credit.left() if plan.llm_calls_per_month else 0}
        meters = [
            self.meter(plans, *METERS[name], **counter, spare=spare.get(name, 0))
            for name, counter in counted(plan).items()
        ]
        past = history()
        days, sources = past["data"], past["by_source"]
        context = {
            "plan": plan,
            "meters": meters,
            "plans": plans,
            "days": days,
            "charts": [
                chart("Goals a day", [(day["day"], day["goals"]) for day in days]),
                chart("Model calls a day", [(day["day"], day["llm_calls"]) for day in days]),
            ],
            "sources": sources[:SOURCES_SHOWN],
            "more_sources": len(sources) - SOURCES_SHOWN,
        }
        return self.page(context)

    def meter(self, plans: list[Plan], label: str, field: str, **counter: Any) -> dict[str, Any]:
        """One meter; `upgrade` is the plan that lifts its limit, where that is near."""
        used, limit = counter["used"], counter["limit"]
        share = 0 if limit is None else 1 if not limit else min(1, used / limit)
        near = limit is not None and share >= HIGH
        level = (
            "low" if limit == 1 == used else "full" if share >= 1 else "high" if near else "low"
        )  # one of one: normal
        upgrade = advice(self.caller.plan, field, plans) if near else None
        return {"label": label, "level": level, "upgrade": upgrade, **counter}


STEP, BAR, HIGHEST = 10, 7, 48  # of a chart: from bar to bar, a bar's width, the tallest one


@dataclass(frozen=True)
class Bar:
    """One day in a chart."""

    day: date
    used: int
    x: int
    y: float
    height: float


@dataclass(frozen=True)
class Chart:
    """One number day by day, ready to be drawn."""

    title: str
    total: int
    most: int
    bars: list[Bar]
    width: int = DAYS * STEP
    height: int = HIGHEST
    bar: int = BAR


def chart(title: str, days: list[tuple[date, int]]) -> Chart:
    """The bars of a number; one that is not zero is seen, however small it is beside the tallest."""
    most = max(used for _, used in days)
    bars = []
    for at, (day, used) in enumerate(days):
        height = max(1.0, round(HIGHEST * used / most, 2)) if used else 0
        bars.append(Bar(day, used, at * STEP + (STEP - BAR) // 2, HIGHEST - height, height))
    return Chart(title, sum(used for _, used in days), most, bars)
