"""A new secret on its way to the one page that shows it, across a redirect: sealed in the session, gone once shown."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts import sealing

MINUTES = 15
AGAIN_HOURS = 12
NEW_KEY = "new_key"


def keep(request: HttpRequest, raw: str) -> None:
    """Keep a new key for the next page. What the session's row holds is of no use without our keys."""
    request.session[NEW_KEY] = sealing.seal(raw, settings.MEMORY_KEYS)


def take(request: HttpRequest) -> str:
    """The key that the last page has made, this once; empty when it was shown already, or waited too long."""
    sealed: Any = request.session.pop(NEW_KEY, "")
    try:
        return sealing.unseal(sealed, settings.MEMORY_KEYS, seconds=MINUTES * 60) if sealed else ""
    except sealing.Unreadable:
        return ""


def for_form(raw: str) -> str:
    """A key that a page shows, sealed, for a form of that page: so that a refusal of the form can show it once more."""
    return sealing.seal(raw, settings.MEMORY_KEYS)


def from_form(sealed: str) -> str:
    """The key that `for_form` has sealed; empty when it is not one, or waited too long."""
    try:
        return sealing.unseal(sealed, settings.MEMORY_KEYS, seconds=AGAIN_HOURS * 3600) if sealed else ""
    except sealing.Unreadable:
        return ""
