"""The first minute: the first key, shown once, a curl that holds it, and a first goal. It needs several rooms."""

from __future__ import annotations

import json
import shlex
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import showing
from accounts.pages import PageView
from executor_one.kit.errors import DomainError
from goals.actions import create_goal
from goals.models import Goal

FIRST_GOAL: dict[str, Any] = {"description": "Say hello", "semanticPath": ["echo hello executor.one"]}


class Welcome(PageView):
    """What somebody sees who has just signed up."""

    permissions = {"GET": "account.view", "POST": "goals.run"}
    section = "overview"
    template = "accounts/welcome.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The key that sign-up has made, this once; a reload says that it was shown, and what to do."""
        return self.page(self._context(showing.take(request), request.GET.get("next", "")))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Run the first goal by the action of POST /api/goals, and lead to it.

        A refusal (Free pauses after the goal of the curl) is told on this page, which shows the key again: its form
        has carried it.
        """
        try:
            with transaction.atomic():  # a refusal takes back what was counted
                goal = create_goal(
                    plan=self.caller.plan, actor=self.caller.actor, description=FIRST_GOAL["description"],
                    semantic_path=FIRST_GOAL["semanticPath"],
                )  # fmt: skip
        except DomainError as refusal:
            key = showing.from_form(request.POST.get("shown", ""))
            context = self._context(key, request.POST.get("next", ""))
            response = self.page(context | {"refusal": refusal}, status=refusal.status)
            if refusal.retry_after is not None:
                response["Retry-After"] = str(refusal.retry_after)
            return response
        return self.go(f"/dashboard/goals/{goal.pk}")

    def _context(self, key: str, after: str) -> dict[str, Any]:
        return {
            "new_key": key,
            "shown": showing.for_form(key) if key else "",
            "curl": curl(key) if key else "",
            "next": after if url_has_allowed_host_and_scheme(after, allowed_hosts=None) else "",
            "goal": FIRST_GOAL,
            "newest": Goal.objects.order_by("-created_at").values_list("pk", flat=True).first(),
        }


def curl(key: str) -> str:
    """The command that states the first goal with this key."""
    return (
        f"curl -X POST {settings.PUBLIC_URL}/api/goals \\\n"
        f'  -H "Authorization: Bearer {key}" \\\n'
        f'  -H "Content-Type: application/json" \\\n'
        f"  -d {shlex.quote(json.dumps(FIRST_GOAL))}"
    )
