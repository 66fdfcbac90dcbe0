"""GET /api/health: the truth about this installation (E11)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from executor_one.kit.api import PUBLIC, ApiView
from executor_one.kit.serializers import Serializer
from goals.models import Pulse
from runners.models import Runner, heard_since
from webhooks.models import Courier
from webhooks.models import heard_since as courier_heard_since

STARTED = time.monotonic()
SILENT_SECONDS = 3  # a heartbeat silent for longer does not live; with the pulse of 0.5 s that shows within 5 s


class Check(Serializer):
    """One part of the installation."""

    name = serializers.CharField()
    ok = serializers.BooleanField()
    message = serializers.CharField()


class HealthReport(Serializer):
    """healthy; degraded: a part is missing that only some tasks need; unhealthy (503): goals do not move."""

    status = serializers.ChoiceField(["healthy", "degraded", "unhealthy"])
    uptime_ms = serializers.IntegerField(help_text="Of this web process.")
    tick_count = serializers.IntegerField(help_text="Beats of the heartbeat since the installation began.")
    checks = Check(many=True)


def check(name: str, ok: bool, message: str) -> dict[str, Any]:
    return {"name": name, "ok": ok, "message": message}


def heartbeat(pulse: Pulse | None, now: datetime) -> dict[str, Any]:
    if pulse is None:
        return check("heartbeat", False, "Never ticked")
    silent = (now - pulse.pulsed_at).total_seconds()
    if silent > SILENT_SECONDS:
        return check("heartbeat", False, f"Silent for {silent:.0f} s (count: {pulse.tick_count})")
    return check("heartbeat", True, f"Ticking (count: {pulse.tick_count})")


def runner(seen: Sequence[Runner]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The checks of the runners that were heard lately, and of their sandboxes."""
    if not seen:
        silent = check("runner", False, "No runner answers")
        return silent, check("sandbox", False, "Unknown without a runner")
    slots = sum(one.slots for one in seen)
    problems = [one.problem for one in seen if one.sandbox == "unavailable"]
    bare = any(one.sandbox == "off" for one in seen)
    message = problems[0] if problems else "OFF: commands run without isolation" if bare else "Proved itself"
    return check("runner", True, f"{len(seen)} running, {slots} slots"), check(
        "sandbox", not problems and not bare, message
    )


def courier(heard: int) -> dict[str, Any]:
    """The check of the couriers that were heard lately."""
    return check("courier", heard > 0, f"{heard} running" if heard else "No courier answers: webhooks wait")


def status_of(parts: Sequence[dict[str, Any]]) -> str:
    """healthy, degraded or unhealthy, by the checks."""
    broken = {part["name"] for part in parts if not part["ok"]}
    if broken & {"heartbeat", "state"}:
        return "unhealthy"
    return "degraded" if broken else "healthy"


def look() -> dict[str, Any]:
    """HealthReport, as it is now."""
    now = timezone.now()
    try:
        pulse = Pulse.objects.filter(pk=1).first()
        seen = list(Runner.objects.filter(seen_at__gte=heard_since(now)))
        couriers = Courier.objects.filter(seen_at__gte=courier_heard_since(now)).count()
        parts = [heartbeat(pulse, now), check("state", True, "State intact"), *runner(seen), courier(couriers)]
    except DatabaseError:
        pulse, parts = None, [check("state", False, "The database does not answer")]
    return {
        "status": status_of(parts),
        "uptimeMs": int((time.monotonic() - STARTED) * 1000),
        "tickCount": pulse.tick_count if pulse else 0,
        "checks": parts,
    }


class Health(ApiView):
    """Health of the installation."""

    permissions = {"GET": PUBLIC}
    authentication_classes: Any = ()

    @extend_schema(operation_id="health", responses={200: HealthReport, 503: HealthReport})
    def get(self, request: Request) -> Response:
        """Whether goals move, and which part does not work. Public; 503 when unhealthy (E11)."""
        report = look()
        return Response(report, status=503 if report["status"] == "unhealthy" else 200)
