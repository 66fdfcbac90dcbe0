"""The first minute: the first key, shown once, a curl that holds it, and a first goal. It needs several rooms."""

from __future__ import annotations

import json
import shlex
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import showing
from accounts.pages import PageView
from goals.actions import create_goal

FIRST_GOAL: dict[str, Any] = {"description": "Say hello", "semanticPath": ["echo hello executor.one"]}


class Welcome(PageView):
    """What somebody sees who has just signed up."""

    permissions = {"GET": "account.view", "POST": "goals.run"}
    section = "overview"
    template = "accounts/welcome.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The key that sign-up has made, this once; a reload says that it was shown, and what to do."""
        key = showing.take(request)
        after = request.GET.get("next", "")
        return self.page(
            {
                "new_key": key,
                "curl": curl(key) if key else "",
                "next": after if url_has_allowed_host_and_scheme(after, allowed_hosts=None) else "",
                "goal": FIRST_GOAL,
            }
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Run the first goal by the action of POST /api/goals, and lead to it."""
        goal = create_goal(
            plan=self.caller.plan, actor=self.caller.actor, description=FIRST_GOAL["description"],
            semantic_path=FIRST_GOAL["semanticPath"],
        )  # fmt: skip
        return self.go(f"/dashboard/goals/{goal.pk}")


def curl(key: str) -> str:
    """The command that states the first goal with this key."""
    return (
        f"curl -X POST {settings.PUBLIC_URL}/api/goals \\\n"
        f'  -H "Authorization: Bearer {key}" \\\n'
        f'  -H "Content-Type: application/json" \\\n'
        f"  -d {shlex.quote(json.dumps(FIRST_GOAL))}"
    )
