"""The addresses of every page, read from the URL map, so that a new page is looked at without being named."""

from __future__ import annotations

import re
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

NOT_OURS = ("admin/", "api/")  # the staff console and Swagger's page have looks of their own
QUERIES = {"dashboard/memory/item": "?key=notes/deploy", "dashboard/find": "?q=watched", "docs/search": "?q=goal"}
NOWHERE = {  # placeholders of addresses that only take forms
    "member_id": "00000000-0000-0000-0000-000000000000", "invitation_id": "inv_none", "session_id": "0", "pk": "0",
    "credential_key": "never", "webhook_id": "wep_none", "delivery_id": "whk_none",
}  # fmt: skip
PLACEHOLDER = re.compile(r"<(?:\w+:)?(\w+)>")


def routes(resolver: Any = None, prefix: str = "") -> list[str]:
    """Every route of the map as Django writes it, `dashboard/goals/<uuid:goal_id>`."""
    found: list[str] = []
    for entry in (resolver or get_resolver()).url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            found += routes(entry, route)
        elif isinstance(entry, URLPattern) and not route.startswith(NOT_OURS):
            found.append(route)
    return sorted({*found})


def addresses(ids: dict[str, str]) -> list[str]:
    """Every address of the map, with these ids in it."""
    ids = {**NOWHERE, "path": "tutorial/first-goal", **ids}
    unknown = {name for route in routes() for name in PLACEHOLDER.findall(route)} - {*ids}
    assert not unknown, f"say what stands for these: {unknown}"
    return ["/" + PLACEHOLDER.sub(lambda match: ids[match[1]], route) + QUERIES.get(route, "") for route in routes()]


def is_page(status: int, content_type: str) -> bool:
    """A page to look at: not a form's target, a redirect, a text, or an error about an id that is none."""
    return status == 200 and "text/html" in content_type
