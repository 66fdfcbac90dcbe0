"""The audit log over HTTP: events, receipts, signed heads and the keys to verify them (A13, A-R8, A-R9)."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from events import audit, signing
from events.api import serializers as shapes
from events.audit import Page, Wanted
from events.catalogue import EVENTS
from executor_one.kit import tenancy
from executor_one.kit.api import PUBLIC, ApiView
from executor_one.kit.pagination import BadQuery, between, moment, one_of, text, whole

PERMISSION = "audit.view"
MOST, USUAL = 1000, 100  # events of a page
LARGEST = 2**62
TYPE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)+|[A-Za-z][A-Za-z0-9_]*\.\*")
PLACE = ("after", "before", "chain", "limit", "order")
FILTERS = ("actor", "from", "goal", "key", "receipt", "to", "type")


def parameter(name: str, description: str, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, description=description, **more)


PLACES = [
    parameter("limit", f"How many at most; {USUAL} when not said.", type=between(1, MOST)),
    parameter("order", "Newest first, unless this is asc.", enum=["asc", "desc"]),
    parameter("after", "Only what has a greater seq.", type=between(0, LARGEST)),
    parameter("before", "Only what has a smaller seq.", type=between(0, LARGEST)),
    parameter("chain", "The account's, unless this is installation.", enum=["account", "installation"]),
]
NARROWING = [
    parameter("type", "One type, or goal.* for all of a family."),
    parameter("actor", "Who did it, as events say it: key:key_..., user:..., executor."),
    parameter("key", "The id of an API key: what it was used for."),
    parameter("goal", "The id of a goal: what happened to it."),
    parameter("receipt", "What one request or job did."),
    parameter("from", "Not before this time.", type=OpenApiTypes.DATETIME),
    parameter("to", "Before this time.", type=OpenApiTypes.DATETIME),
]


def wanted_types(request: Request) -> tuple[str, ...] | None:
    """`?type=`, or 400. A family is what the catalogue has of it."""
    given = text(request, "type", most=60)
    if given is None:
        return None
    family = given.removesuffix("*")
    found = tuple(name for name in EVENTS if name.startswith(family)) if given.endswith("*") else (given,)
    if not TYPE.fullmatch(given) or not found:
        message = "This must be a type like goal.created, or a family like goal.*"
        raise BadQuery(f"type: {message}", errors={"type": [message]})
    return found


def wanted_actor(request: Request) -> str | None:
    """`?actor=`, or the actor that the key of `?key=` is."""
    actor, key = text(request, "actor", most=60), text(request, "key", most=40)
    if actor is not None and key is not None:
        message = "Say actor or key, not both."
        raise BadQuery(f"key: {message}", errors={"key": [message]})
    return f"key:{key}" if key is not None else actor


def place(request: Request) -> dict[str, Any]:
    """Which chain, from where, in which order."""
    is_own = one_of(request, "chain", ("account", "installation")) == "account"
    return {
        "account": tenancy.active_account_id() if is_own else None,
        "after": seq(request, "after", 0),
        "before": seq(request, "before", LARGEST),
        "oldest_first": one_of(request, "order", ("desc", "asc")) == "asc",
    }


def seq(request: Request, name: str, default: int) -> int:
    """A query parameter that is a seq, or 400."""
    raw = request.query_params.get(name)
    if raw is None:
        return default
    if not raw.isdecimal() or not raw.isascii() or len(raw) > 19 or int(raw) > LARGEST:
        message = "This is not the seq of an event."
        raise BadQuery(f"{name}: {message}", errors={name: [message]})
    return int(raw)


def paged(page: Page, limit: int) -> Response:
    return Response({"data": page.rows, "meta": {"limit": limit, "next": page.position}})


class AuditEvents(ApiView):
    """The audit log of the account."""

    permissions = {"GET": PERMISSION}
    query = {"GET": PLACE + FILTERS}

    @extend_schema(operation_id="audit_events", parameters=[*NARROWING, *PLACES], responses=shapes.AuditEvents)
    def get(self, request: Request) -> Response:
        """Everything that happened to the account, newest first, each event with its place in the chain (A13).

        `meta.next` is the seq to go on with. A page looks at 5,000 events at most: with several filters at once it may
        be short, or empty, and there is still a next one. Nothing of it can be changed or deleted, and the signed heads
        prove that nothing was.
        """
        limit = whole_limit(request)
        wanted = Wanted(
            **place(request),
            types=wanted_types(request),
            receipt=text(request, "receipt", most=40),
            goal=text(request, "goal", most=40),
            actor=wanted_actor(request),
            since=moment(request, "from"),
            until=moment(request, "to"),
        )
        return paged(audit.page(wanted, limit), limit)


class AuditHeads(ApiView):
    """The signed heads of the log."""

    permissions = {"GET": PERMISSION}
    query = {"GET": PLACE}

    @extend_schema(operation_id="audit_heads", parameters=PLACES, responses=shapes.SignedHeads)
    def get(self, request: Request) -> Response:
        """The ends of the chain as they were signed, newest first; one a minute in which something happened.

        Keep them: with one of them you can prove later that nothing up to its event was changed or cut off.
        """
        limit = whole_limit(request)
        return paged(audit.heads(Wanted(**place(request)), limit), limit)


class AuditKeys(ApiView):
    """The keys to verify heads with."""

    permissions = {"GET": PUBLIC}
    authentication_classes: Any = ()

    @extend_schema(operation_id="audit_keys", responses=shapes.AuditKeys)
    def get(self, request: Request) -> Response:
        """The public keys of the signatures under heads, the one that signs now first."""
        shown = [
            {"id": key.id, "algorithm": "Ed25519", "publicKey": key.public.hex(), "signs": at == 0}
            for at, key in enumerate(signing.known_keys())
        ]
        return Response({"data": shown})


def whole_limit(request: Request) -> int:
    """`?limit=`, or 400."""
    return whole(request, "limit", USUAL, least=1, most=MOST)
