"""Whether a browser's request comes from a page of ours. Browsers say so, and a page cannot change what they say."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host


def is_ours(origin: str, host: str) -> bool:
    """Of the headers Origin and Host: from PUBLIC_URL, or from the address that it calls us by; or no browser ("")."""
    if not origin:
        return True
    public = settings.PUBLIC_URL
    scheme = urlsplit(origin if settings.DEBUG else public).scheme
    allowed = [public]
    if validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
        allowed.append(f"{scheme}://{host}")
    place = _place(origin)
    return place is not None and place in [_place(url) for url in allowed]


def _place(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None of what is no web address."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    except (ValueError, KeyError):
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None
