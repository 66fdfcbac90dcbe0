"""/status: GET /api/health in words, for everybody."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from executor_one.health import look

WORDS = {
    "healthy": ("completed", "Everything works", "Goals are taken, run and verified."),
    "degraded": ("running", "Something is missing", "Goals move, but tasks that need what is missing wait or fail."),
    "unhealthy": ("failed", "Goals do not move", "What was stated is kept and goes on by itself once this is over."),
}
PARTS = {
    "heartbeat": "Heartbeat: looks after every open goal",
    "state": "Database: holds all that is known",
    "runner": "Runners: carry out tasks",
    "sandbox": "Sandbox: keeps tasks apart",
    "courier": "Couriers: send events to webhooks and audit streams",
}


def status(request: HttpRequest) -> HttpResponse:
    """The health of this installation; 503 when goals do not move, as in the API."""
    report = look()
    state, title, words = WORDS[report["status"]]
    context = {
        "state": state,
        "heading": title,
        "words": words,
        "parts": [{**part, "title": PARTS[part["name"]]} for part in report["checks"]],
        "up_ms": report["uptimeMs"],
        "ticks": report["tickCount"],
        "now": timezone.now(),
    }
    response = render(request, "status.html", context, status=503 if report["status"] == "unhealthy" else 200)
    response["Cache-Control"] = "no-store"
    return response
