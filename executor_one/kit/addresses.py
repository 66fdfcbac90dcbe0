"""From where a request came. Apart from kit.api, because authentication is loaded before REST framework's views."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest

if TYPE_CHECKING:
    from rest_framework.request import Request


def address_of(request: HttpRequest | Request) -> str:
    """The caller's network address; X-Forwarded-For counts only as deep as TRUSTED_PROXIES says."""
    direct = str(request.META.get("REMOTE_ADDR") or "unknown")
    hops = settings.TRUSTED_PROXIES
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    return forwarded[-hops] if hops and len(forwarded) >= hops else direct


def is_address(text: str) -> bool:
    """Whether that is one: a test, or a proxy, may tell something else."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
