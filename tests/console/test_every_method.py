"""OPTIONS and HEAD of every address of the product, by nobody, by a customer's key and by staff: nothing breaks."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RegexPattern

HONEST = {"/status": 503, "/api/health": 503}  # no runner is there while this runs
KNOWN = {"uuid": str(uuid4()), "int": "1"}  # by converter; a word for all others


def addresses(resolver=None, prefix="/"):
    """Every address of the map, with something that fits in each of its gaps."""
    for entry in (resolver or get_resolver()).url_patterns:
        part = "x" if isinstance(entry.pattern, RegexPattern) else str(entry.pattern)
        path = prefix + re.sub(r"<(?:(\w+):)?\w+>", lambda gap: KNOWN.get(gap[1], "x"), part)
        if isinstance(entry, URLPattern):
            yield path
        else:
            yield from addresses(entry, path)


ADDRESSES = sorted(set(addresses()))


def test_the_map_is_walked():
    assert {"/", "/api/docs", "/api/goals", "/admin/billing/plan/import/", "/dashboard"} <= set(ADDRESSES)


@pytest.mark.parametrize("method", ["OPTIONS", "HEAD"])
@pytest.mark.parametrize(("who", "below"), [("anonymous", "/"), ("api", "/api/"), ("owner", "/admin/")])
def test_nothing_breaks(db, request, who, below, method):
    client = request.getfixturevalue(who)
    client.raise_request_exception = False
    asked = [path for path in ADDRESSES if path.startswith(below) and "logout" not in path]
    found = {path: client.generic(method, path).status_code for path in asked}
    assert {path: status for path, status in found.items() if status >= 500}.items() <= HONEST.items()


@pytest.mark.parametrize("method", ["OPTIONS", "POST"])
def test_the_api_s_browser_is_read_only(db, anonymous, method):
    answer = anonymous.generic(method, "/api/docs")
    assert answer.status_code == 405
    assert answer["Allow"] == "GET, HEAD"
