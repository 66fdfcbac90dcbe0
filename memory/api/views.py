"""Memory: store, recall, crystallize, delete, audit (E17-E21)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from executor_one.kit.api import PAGING, ApiView
from executor_one.kit.errors import NotFound
from executor_one.kit.pagination import BadQuery, between, flag, whole
from executor_one.kit.serializers import NUL
from memory import actions, queries
from memory.api import serializers as shapes
from memory.limits import MAX_QUESTION, MAX_TAGS
from memory.models import Memory
from memory.queries import MAX_OFFSET, Wanted
from memory.semantic import recall_by_meaning

SECRETS = "memory.secrets"  # the permission
MODES = ("prefix", "semantic")


def listed(memory: Memory, now: datetime) -> dict[str, Any]:
    """A memory as lists and answers to writes show it: a sealed value is left out, whoever asks."""
    return shapes.represent(memory, now, None if memory.is_sealed else memory.value)


def known_key(raw: str) -> str:
    """A key out of an address; what cannot be a key is simply not there."""
    form = shapes.KeyOnly(data={"key": raw})
    if not form.is_valid():
        raise NotFound("There is no memory with this key.")
    return raw


def new_key(raw: str) -> str:
    """A key out of an address that may not exist yet, or 400."""
    form = shapes.KeyOnly(data={"key": raw})
    form.is_valid(raise_exception=True)
    return raw


def wrong(name: str, message: str) -> BadQuery:
    """400 that names the query parameter."""
    return BadQuery(f"{name}: {message}", errors={name: [message]})


def text(request: Request, name: str) -> str:
    """A query parameter, "" when not given."""
    value = request.query_params.get(name, "")
    if NUL in value:
        raise wrong(name, "A NUL character is not allowed.")
    return value


def choice(request: Request, name: str, known: tuple[str, ...]) -> str:
    """A query parameter out of an allow-list; the first of it when not given."""
    value = request.query_params.get(name, known[0])
    if value not in known:
        raise wrong(name, f"This must be one of {', '.join(known)}.")
    return value


def question(request: Request) -> str:
    """What `query` asks where it is no prefix."""
    value = text(request, "query").strip()
    if not 1 <= len(value) <= MAX_QUESTION:
        raise wrong("query", f"This must have 1-{MAX_QUESTION} characters where mode is semantic.")
    return value


def share(request: Request, name: str) -> float:
    """A query parameter from 0 to 1; 0 when not given."""
    try:
        value = float(request.query_params.get(name, "0"))
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise wrong(name, "This must be a number from 0 to 1.")
    return value


def tags(request: Request) -> tuple[str, ...]:
    """`tags=a,b&tags=c`: each of them once."""
    given = ",".join(request.query_params.getlist("tags"))
    found = tuple(dict.fromkeys(tag for tag in given.split(",") if tag))
    if NUL in given:
        raise wrong("tags", "A NUL character is not allowed.")
    if len(found) > MAX_TAGS:
        raise wrong("tags", f"These are more than {MAX_TAGS} tags.")
    return found


def wanted(request: Request) -> Wanted:
    """What the query parameters of the list ask for."""
    return Wanted(
        prefix=text(request, "query"),
        tags=tags(request),
        crystallized_only=flag(request, "crystallizedOnly"),
        min_importance=share(request, "minImportance"),
        limit=whole(request, "limit", 20, least=1, most=100),
        offset=whole(request, "offset", 0, least=0, most=MAX_OFFSET),
    )


class MemoryList(ApiView):
    """Memories of the account."""

    permissions = {"GET": "memory.view", "POST": "memory.edit"}
    refusals = {"GET": (501,)}
    query = {"GET": (*PAGING, "query", "mode", "tags", "crystallizedOnly", "minImportance")}

    @extend_schema(
        operation_id="memory_list",
        parameters=[
            OpenApiParameter("query", description="How the key begins; upper and lower case differ. Or a question."),
            OpenApiParameter("mode", enum=list(MODES), description="What `query` is; prefix when not said."),
            OpenApiParameter("tags", description="Comma-separated, or said several times; all must match. At most 32."),
            OpenApiParameter("crystallizedOnly", OpenApiTypes.BOOL),
            OpenApiParameter("minImportance", {"type": "number", "minimum": 0, "maximum": 1}),
            OpenApiParameter("limit", between(1, 100), description="How many at most; 20 when not said."),
            OpenApiParameter("offset", between(0, 10_000), description="How many are skipped."),
        ],
        responses=shapes.RecallPage,
    )
    def get(self, request: Request) -> Response:
        """Recall memories by key prefix, tags, importance; by relevance = importance x recency (E18, E-R27).

        Being listed is no access. `meta.total` is the number of matches where `meta.exact` is true; else at least so
        many match (counting on would cost more the more is remembered). A `secrets` memory is listed without its value.

        With `mode=semantic`, `query` is a question of 1-1,000 characters, in any words. Memories are found by what they
        mean, by its words, by the tags it names and as a key's beginning, and come best first; tags, crystallizedOnly
        and minImportance restrict them as ever. Each has `why`: `[{"by": "meaning", "similarity": 0.71}, {"by":
        "words", "words": ["nginx"]}, {"by": "prefix"}, {"by": "tags", "tags": ["infra"]}]`, where similarity is a
        cosine. `meta.total` counts what was found: all that matches where `meta.exact` is true. That is false where a
        way of finding stopped early (after 200 memories in all; 400 by meaning, 100 by words, 300 by one word, 50 by
        prefix, 50 by one tag), after 16 words of the question, or where memories still wait to be read. Then at least
        so many match, and no page goes beyond `meta.total`: ask more narrowly; the conditions restrict before that. Of
        a `secrets` memory only key and tags are read. 501 where the installation has no model; the message says what
        to install.
        """
        asked = wanted(request)
        if choice(request, "mode", MODES) == "semantic":
            return self.meant(question(request), asked)
        found = queries.recall(asked)
        now = timezone.now()
        meta = {"total": found.total, "exact": found.exact, "limit": asked.limit, "offset": asked.offset}
        return Response({"data": [listed(memory, now) for memory in found.memories], "meta": meta})

    def meant(self, asked_for: str, asked: Wanted) -> Response:
        """The answer of `mode=semantic`."""
        found = recall_by_meaning(asked_for, asked, wakes=not self.caller.is_onlooker)
        now = timezone.now()
        meta = {"total": found.total, "exact": found.exact, "limit": asked.limit, "offset": asked.offset}
        return Response({"data": [{**listed(one.memory, now), "why": one.why} for one in found.page], "meta": meta})

    @extend_schema(
        operation_id="memory_store",
        request=shapes.MemoryInput,
        responses={201: shapes.MemoryStored, 200: shapes.MemoryStored},
    )
    def post(self, request: Request) -> Response:
        """Store a memory: 201, or 200 when one with this key was there and is updated (E17).

        Fields that are not given keep their value on an update. With `dedupe` and a new key, a memory that says the
        same (exactly or restated) is refreshed and answered instead, see `duplicate`; only where its value holds a
        sentence (4 plain words) and the keys differ in the date at their end, as `notes/2026-11-28` and
        `notes/2026-11-29` (below `notes/` and the like also in a UUID or hash), not in another number; where the key
        has no `/ . :` before that, a restatement needs the same tags too. It gets all tags, the higher importance and
        the longer life.
        402 at the plan's ceiling; nothing is evicted. The answer does not repeat a `secrets` value.
        """
        form = self.read(shapes.MemoryInput, request)
        key, dedupe = form.pop("key"), form.pop("dedupe")
        caller = self.caller
        who = {"plan": caller.plan, "actor": caller.actor, "see_secrets": caller.may(SECRETS)}
        if dedupe:
            memory, is_new, match = actions.store_once(key, form, **who)
        else:
            (memory, is_new), match = actions.store(key, form, **who), None
        duplicate = {"kind": match.kind, "similarity": match.similarity} if match else None
        answer = {**listed(memory, timezone.now()), "duplicate": duplicate}
        return Response(answer, status=201 if is_new else 200)


class MemoryDetail(ApiView):
    """One memory."""

    permissions = {"GET": "memory.view", "PUT": "memory.edit", "PATCH": "memory.edit", "DELETE": "memory.edit"}
    query = {"GET": ("exact",)}

    @extend_schema(
        operation_id="memory_retrieve",
        parameters=[OpenApiParameter("exact", OpenApiTypes.BOOL, description="Needed for the key `audit` only: true.")],
        responses=shapes.MemorySerializer,
    )
    def get(self, request: Request, key: str) -> Response:
        """The memory with exactly this key; it counts as an access (E19, E-R33). 404 when absent or expired.

        The value of a `secrets` memory is shown to callers with the permission memory.secrets only.
        """
        flag(request, "exact")
        memory = queries.read(known_key(key), counts=not self.caller.is_onlooker)
        if memory is None:
            raise NotFound("There is no memory with this key.")
        value = queries.value_of(memory) if not memory.is_sealed or self.caller.may(SECRETS) else None
        return Response(shapes.represent(memory, timezone.now(), value))

    @extend_schema(
        operation_id="memory_replace",
        request=shapes.MemoryReplacement,
        responses={201: shapes.MemorySerializer, 200: shapes.MemorySerializer},
    )
    def put(self, request: Request, key: str) -> Response:
        """Replace a memory whole (200), or create it (201). What is not given becomes its default."""
        form = self.read(shapes.MemoryReplacement, request)
        caller = self.caller
        memory, is_new = actions.store(new_key(key), form, plan=caller.plan, actor=caller.actor, replace=True)
        return Response(listed(memory, timezone.now()), status=201 if is_new else 200)

    @extend_schema(operation_id="memory_change", request=shapes.MemoryChange, responses=shapes.MemorySerializer)
    def patch(self, request: Request, key: str) -> Response:
        """Change the given fields of a memory. Taking the tag `secrets` off needs memory.secrets: it shows it."""
        form = self.read(shapes.MemoryChange, request)
        may = self.caller.may(SECRETS)
        memory = actions.change(known_key(key), form, actor=self.caller.actor, see_secrets=may)
        return Response(listed(memory, timezone.now()))

    @extend_schema(operation_id="memory_delete", responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        """Forget a memory; a crystallized one too (E21)."""
        actions.delete(known_key(key), actor=self.caller.actor)
        return Response(status=204)


memory_of_key: Callable[..., HttpResponseBase] = MemoryDetail.as_view()


class Audit(ApiView):
    """The state of the account's memory."""

    permissions = {"GET": "memory.view"}
    refusals = {"GET": (404,)}  # of the memory with this key, where `exact` asks for that
    query = {"GET": ("exact",)}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A memory may have the key `audit`: it is meant by `?exact=true`, and by whatever is neither GET nor HEAD."""
        is_read = request.method in ("GET", "HEAD") and request.GET.get("exact") != "true"
        if is_read or request.method == "OPTIONS":
            return super().dispatch(request, *args, **kwargs)
        return memory_of_key(request, key="audit")

    @extend_schema(
        operation_id="memory_audit",
        parameters=[OpenApiParameter("exact", OpenApiTypes.BOOL, description="true: the memory with the key `audit`.")],
        responses=shapes.MemoryAudit,
    )
    def get(self, request: Request) -> Response:
        """How many memories there are, and how many are duplicates, stale, never read, expired, crystallized, sealed.

        It looks at every memory of the account: its cost grows with them.
        """
        flag(request, "exact")
        return Response(shapes.MemoryAudit(queries.audit()).data)


class Crystallize(ApiView):
    """Making a memory permanent."""

    permissions = {"POST": "memory.edit"}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A key may end in /crystallize itself: whatever is not a POST means the memory with that key."""
        if request.method in ("POST", "OPTIONS"):
            return super().dispatch(request, *args, **kwargs)
        return memory_of_key(request, key=f"{kwargs['key']}/crystallize")

    @extend_schema(operation_id="memory_crystallize", request=None, responses=shapes.MemorySerializer)
    def post(self, request: Request, key: str) -> Response:
        """Make a memory permanent: it never expires and is never collected; deleting still deletes (E20, E-R28)."""
        memory = actions.crystallize(known_key(key), actor=self.caller.actor)
        return Response(listed(memory, timezone.now()))
