"""The API as the URL resolver sees it: the generated list of endpoints and the generated tests walk this."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from executor_one.kit.api import METHODS, PUBLIC, ApiView

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# Rows of the inventory of promises, "(E13)" or "(E18, E-R27)": they tell a maintainer where a rule comes from.
SOURCES = re.compile(r" ?\((?:[EXOKA]-?R?\d+(?:, | and )?)+\)")


@dataclass(frozen=True)
class Route:
    """One method of one address."""

    method: str
    path: str  # with OpenAPI's placeholders: /api/goals/{goal_id}
    view_class: type[Any]
    permission: str
    summary: str

    @property
    def parameters(self) -> list[str]:
        return re.findall(r"{(\w+)}", self.path)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def api_routes() -> list[Route]:
    """Every method of every address under /api, by path."""
    addresses = [address for address in _views(get_resolver(), "/") if address[0].startswith("/api")]
    found = (route for address in addresses for route in _of(*address))
    return sorted(found, key=lambda route: (route.path, METHODS.index(route.method.lower())))


def _views(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield PARAMETER.sub(r"{\1}", path), entry.callback
        elif path.startswith("/api") or "/api".startswith(path.rstrip("/")):
            yield from _views(entry, path)


def _of(path: str, view: Any) -> Iterator[Route]:
    view_class = view.cls
    for method in METHODS:
        handler = getattr(view_class, method, None)
        if handler is None:
            continue
        summary = handler.__doc__ or view_class.__doc__ or view_class.__name__
        yield Route(
            method.upper(),
            path,
            view_class,
            _permission(path, method, view),
            for_customers(inspect.cleandoc(summary).partition("\n")[0]),
        )


def for_customers(text: str) -> str:
    """A docstring as customers read it: without where its rules come from."""
    return SOURCES.sub("", text)


def _permission(path: str, method: str, view: Any) -> str:
    """What our views declare; somebody else's view must have been opened to everyone in the map of addresses."""
    if issubclass(view.cls, ApiView):
        return str(view.cls.permissions[method.upper()])
    if not view.cls.permission_classes:
        return PUBLIC
    raise ImproperlyConfigured(f"{path}: a view that is no ApiView must say that it has no permission_classes")
