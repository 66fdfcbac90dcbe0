"""Tables and pages that are written from the code and the rows, never by hand: Markdown out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

import yaml
from django.conf import settings

from billing.models import Plan
from events.catalogue import EVENTS
from executor_one.kit import errors
from executor_one.kit.api import PUBLIC
from executor_one.kit.routes import api_routes

UNLIMITED = "Unlimited"
# The rows of the table of plans: what the reader calls it, and how it is shown.
LIMITS: dict[str, Callable[[Plan], str]] = {
    "Goals a month": lambda plan: amount(plan.goals_per_month),
    "Memories": lambda plan: amount(plan.memories),
    "LLM decomposition": lambda plan: calls(plan.llm_calls_per_month),
    "Parallel tasks": lambda plan: amount(plan.parallel_tasks),
    "WebSocket": lambda plan: "Yes" if plan.websocket else "—",
    "API keys": lambda plan: amount(plan.api_keys),
    "Pause between goals": lambda plan: f"{plan.goal_cooldown_seconds} s" if plan.goal_cooldown_seconds else "None",
}
# What each error means for the caller, and what to do. A name without a line here fails tests/docs_site.
MEANINGS = {
    "invalid_request": (
        "The request makes no sense as it is written: a field is missing, unknown or of the wrong kind, or the body is "
        "no JSON. Nothing was done.",
        "Read `errors`: it names each field and what is wrong with it. Send the corrected request.",
    ),
    "unauthorized": (
        "You did not prove who you are: no key, or one that is unknown, expired or revoked.",
        "Send `Authorization: Bearer exo_...`. Make a new key in the dashboard if this one was revoked.",
    ),
    "payment_required": (
        "A limit of your plan is used up. `limit` names it, `allowed` says how much there is.",
        "Wait until the counter starts again (`GET /api/auth/usage` says when), or take the plan in `upgrade`.",
    ),
    "forbidden_role": (
        "Your role, or the scopes of your key, do not include this. The message names the permission.",
        "Use a key that has it, or ask an owner or admin of the account.",
    ),
    "not_found": (
        "There is nothing with this id for you: it never existed, was deleted, or belongs to another account. The "
        "answer is the same on purpose.",
        "Check the id, and that the key belongs to the account that made it.",
    ),
    "method_not_allowed": (
        "This address exists, but not with this method.",
        "Look the method up in the [list of endpoints](reference/endpoints.md).",
    ),
    "not_acceptable": (
        "The answer cannot be given in the form you ask for.",
        "Accept `application/json`.",
    ),
    "conflict": (
        "Not possible in the state it is in, such as to retry a goal that still runs.",
        "Read its state, and decide anew. Sending the same again changes nothing until the state has changed.",
    ),
    "gone": (
        "It was valid once: a link that was used already or has expired.",
        "Ask for a new one.",
    ),
    "payload_too_large": (
        "The body is larger than 2.5 MiB.",
        "Send less, or several requests.",
    ),
    "unsupported_media_type": (
        "The body says that it is something else than JSON.",
        "Send `Content-Type: application/json`.",
    ),
    "validation_failed": (
        "Well-formed, but it makes no sense, such as a deadline that has passed. `errors` names the fields.",
        "Change what the message says.",
    ),
    "rate_limited": (
        "Asked too often, or before the pause between two goals of your plan was over.",
        "Wait as many seconds as the header `Retry-After` says, then send the same request again.",
    ),
    "internal_error": (
        "Something broke on our side. The request may have been done in part or not at all.",
        "Look whether it was done, and tell support the receipt: it finds the trace in our log.",
    ),
    "not_implemented": (
        "It is documented, and not available in this installation.",
        "The message says what is missing.",
    ),
    "provider_unavailable": (
        "A part that the answer needs is down, such as the database. Nothing was changed.",
        "Try again after the seconds in `Retry-After`; `GET /api/health` says which part it is.",
    ),
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def amount(limit: int | None) -> str:
    """A limit as it is said; None is unlimited."""
    return UNLIMITED if limit is None else f"{limit:,}"


def calls(limit: int | None) -> str:
    """Calls of the language model a month; 0 is the keyword planner only."""
    if limit == 0:
        return "—"
    return UNLIMITED if limit is None else f"{limit:,} calls a month"


def plans() -> str:
    """The price plans, from their rows: one column each."""
    rows = list(Plan.objects.order_by("rank"))
    return table(["Plan", *(plan.name for plan in rows)], ([name, *map(show, rows)] for name, show in LIMITS.items()))


def error_table() -> str:
    """Each error's status and name, linked to what it means."""
    rows = (
        [str(status), f"[`{name}`](/docs/errors#{name})", MEANINGS[name][0]] for status, name in errors.NAMES.items()
    )
    return table(["status", "name", "what it means"], rows)


def errors_page() -> str:
    """/docs/errors: what the `type` of an error leads to."""
    parts = [
        "# Errors\n",
        "Every error of the API has one shape, `application/problem+json`. Its `type` leads to its place here.\n",
        f"```json\n{json.dumps(EXAMPLE, indent=2)}\n```\n",
        "`code` is the HTTP status, `name` is for programs, `message` for people. `receipt` is also in the header "
        "`X-Receipt`, and finds the request in our log. `errors` is there when fields are wrong. An error changes "
        "nothing, but for `internal_error`, which cannot promise it.\n",
    ]
    for status, name in errors.NAMES.items():
        means, remedy = MEANINGS[name]
        parts.append(f"## {name}\n\n{status} {HTTPStatus(status).phrase}. {means}\n\n{remedy}\n")
    return "\n".join(parts)


EXAMPLE = {
    "type": "/docs/errors#not_found",
    "title": "Not Found",
    "status": 404,
    "code": 404,
    "name": "not_found",
    "message": "There is no goal with this id.",
    "receipt": "rcp_01KB4TX6A8Z3N9Q5C7D2E0F1GH",
}


def endpoint_table() -> str:
    """Every endpoint: the method and path, who may call it, what it does."""
    rows = (
        [f"`{route.method} {route.path}`", "anybody" if route.permission == PUBLIC else route.permission, route.summary]
        for route in api_routes()
    )
    return table(["endpoint", "permission", "what it does"], rows)


def event_table() -> str:
    """Every type of event: when it is told, and what its data holds."""
    rows = ([f"`{name}`", kind.says, ", ".join(f"`{one}`" for one in kind.data)] for name, kind in EVENTS.items())
    return table(["type", "told when", "in `data`"], rows)


def base() -> str:
    """The base of every address of the API."""
    return f"`{settings.PUBLIC_URL}/api`"


@cache
def openapi() -> dict[str, Any]:
    """The OpenAPI document as committed; `make check` sees to it that it is what the code says."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = (settings.BASE_DIR / "docs/reference/openapi.yaml").read_text(encoding="utf-8")
    return dict(yaml.load(text, Loader=loader))  # noqa: S506 - both are safe loaders


TABLES: dict[str, Callable[[], str]] = {
    "plans": plans,
    "errors": error_table,
    "endpoints": endpoint_table,
    "events": event_table,
    "base": base,
}
PAGES: dict[str, Callable[[], str]] = {"errors": errors_page}
