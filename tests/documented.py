"""A test client that holds each answer of the API against the committed OpenAPI document."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.test import Client
from django.urls import Resolver404, resolve

from executor_one.kit.routes import PARAMETER

DOCUMENT = Path(__file__).parent.parent / "docs" / "reference" / "openapi.yaml"
UNDECLARED = {"OPTIONS", "HEAD", "TRACE"}


@cache
def document() -> dict[str, Any]:
    """The committed document."""
    loaded: dict[str, Any] = yaml.load(DOCUMENT.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


class DocumentedClient(Client):
    """Django's, for which an answer with a status that its operation does not name is an AssertionError."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        path, method = request.get("PATH_INFO", ""), request.get("REQUEST_METHOD", "GET")
        if path.startswith("/api/") and method not in UNDECLARED:
            known = statuses(path, method)
            assert known is None or str(response.status_code) in known, (
                f"{method} {path}: {response.status_code} is not in the OpenAPI document: {response.content[:300]!r}"
            )
        return response


def statuses(path: str, method: str) -> set[str] | None:
    """Those that the document names for an operation; None for what is no operation."""
    try:
        route = resolve(path).route
    except Resolver404:
        return None
    template = "/" + PARAMETER.sub(r"{\1}", route)
    operation = document()["paths"].get(re.sub(r"/+", "/", template), {}).get(method.lower())
    return set(operation["responses"]) if operation else None
