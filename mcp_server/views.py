"""`/SKILL.md` (X28) and `/skills/connect-agent.md` (X29): public texts, true for this installation."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from mcp_server.skill import text

MARKDOWN = "text/markdown; charset=utf-8"
FRESH = 300  # seconds that a cache may keep them


def _tag(request: HttpRequest, name: str) -> str:
    return f'"{hashlib.sha256(text(name).encode()).hexdigest()[:32]}"'


@require_safe
@cache_control(public=True, max_age=FRESH)
@condition(etag_func=_tag)
def document(request: HttpRequest, name: str) -> HttpResponse:
    """One of the texts, by its name."""
    return HttpResponse(text(name), content_type=MARKDOWN)
