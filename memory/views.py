"""The pages of memory: recall, one memory, a new one, the audit."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.pages import PageView
from events.models import Event
from executor_one.kit.errors import NotFound
from memory import actions, queries, values
from memory.forms import KEEP, Edit, Key, NewMemory, Recall
from memory.models import Memory
from memory.queries import Wanted
from memory.ranking import relevance
from memory.recalling import ask

SECRETS = "memory.secrets"  # the permission
HOME = "/dashboard/memory"
IMPORTANCES = (("0", "any importance"), ("0.25", "0.25"), ("0.5", "0.5, as most are"), ("0.75", "0.75"), ("0.9", "0.9"))
LOOKED_BACK = 5_000  # events in which the history of one memory is looked for


def address_of(key: str) -> str:
    """The page of a memory; a key may hold slashes and anything else, so it is a parameter."""
    return f"{HOME}/item?{urlencode({'key': key})}"


def key_of(data: Any) -> str:
    """The key in an address or a form; what cannot be a key is simply not there."""
    form = Key(data)
    if not form.is_valid():
        raise NotFound("There is no memory with this key.")
    return str(form.cleaned_data["key"])


def said(question: str, wanted: Wanted, **changed: Any) -> str:
    """A question and its conditions as the query of an address, without what is not said."""
    parts = {
        "q": question,
        "tags": ",".join(wanted.tags),
        "importance": f"{wanted.min_importance:g}" if wanted.min_importance else "",
        "crystallized": "on" if wanted.crystallized_only else "",
        "offset": wanted.offset or "",
    } | changed
    return urlencode({name: value for name, value in parts.items() if value})


class MemoryPage(PageView):
    """What the account remembers, and a box that recalls as one types."""

    permissions = {"GET": "memory.view"}
    section = "memory"
    template = "memory/list.html"
    fragment = "memory/_hits.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        question, wanted = Recall(request.GET).wanted()
        answer = ask(question, wanted)
        last = wanted.offset + len(answer.hits)
        more = last < answer.total or (not answer.exact and len(answer.hits) == wanted.limit)
        here = said(question, wanted)
        response = self.page({
            "question": question,
            "wanted": wanted,
            "answer": answer,
            "here": f"{HOME}?{here}" if here else HOME,
            "last": last,
            "newer": said(question, wanted, offset=max(0, wanted.offset - wanted.limit)) if wanted.offset else None,
            "older": said(question, wanted, offset=last) if more and answer.hits else None,
            "importances": IMPORTANCES,
            "importance": f"{wanted.min_importance:g}",
            "is_asked": bool(question or wanted.restricts),
        })  # fmt: skip
        if self.is_partial:
            response["HX-Replace-Url"] = f"{HOME}?{here}" if here else HOME
        return response


class NewMemoryPage(PageView):
    """A form for a new memory."""

    permissions = {"GET": "memory.edit", "POST": "memory.edit"}
    section = "memory"
    template = "memory/new.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page({"form": NewMemory(initial={"key": request.GET.get("key", "")})})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewMemory(request.POST)
        if not form.is_valid():
            return self.page({"form": form}, status=422)
        changes = dict(form.cleaned_data)
        key, dedupe = changes.pop("key"), changes.pop("dedupe")
        caller = self.caller
        who: dict[str, Any] = {"plan": caller.plan, "actor": caller.actor, "see_secrets": caller.may(SECRETS)}
        if dedupe:
            memory, is_new, match = actions.store_once(key, changes, **who)
        else:
            (memory, is_new), match = actions.store(key, changes, **who), None
        if match:
            messages.info(request, "Another memory says this already. It was refreshed instead, and here it is.")
        else:
            messages.success(request, "Remembered." if is_new else "There was one with this key: it has the new value.")
        return self.go(address_of(memory.key))


class MemoryItem(PageView):
    """One memory: its value, its edges, its history; opened it counts as read, like GET /api/memory/{key}."""

    permissions = {"GET": "memory.view", "POST": "memory.edit"}
    section = "memory"
    template = "memory/item.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        memory = queries.read(key_of(request.GET), counts=not self.caller.is_onlooker)
        if memory is None:
            raise NotFound("There is no memory with this key.")
        return self.show(memory)

    def post(self, request: HttpRequest) -> HttpResponse:
        memory = actions.locked(key_of(request.POST))
        text = self.seen(memory)
        form = self.form(memory, text, request.POST)
        if not form.is_valid():
            return self.show(memory, form, status=422)
        if changes := form.changes(text):
            actions.change(memory.key, changes, actor=self.caller.actor, see_secrets=self.caller.may(SECRETS))
            messages.success(request, "Saved.")
        else:
            messages.info(request, "Nothing was changed.")
        return self.go(address_of(memory.key))

    def seen(self, memory: Memory) -> str | None:
        """The JSON text of the value where the caller may see it."""
        return queries.value_of(memory) if not memory.is_sealed or self.caller.may(SECRETS) else None

    def form(self, memory: Memory, text: str | None, data: Any = None) -> Edit:
        initial = {
            "key": memory.key,
            "value": values.pretty(text) if text is not None else "",
            "tags": ", ".join(memory.tags),
            "importance": memory.importance,
            "ttl": KEEP,
        }
        return Edit(data, initial=initial, shows_value=text is not None, crystallized=memory.crystallized)

    def show(self, memory: Memory, form: Edit | None = None, *, status: int = 200) -> HttpResponse:
        text = self.seen(memory)
        context = {
            "memory": memory,
            "value": values.pretty(text) if text is not None else None,
            "relevance": relevance(memory.rank, timezone.now().timestamp()),
            "form": form or self.form(memory, text),
            "is_editing": form is not None,
            "history": history(memory),
        }
        return self.page(context, status=status)


def history(memory: Memory) -> list[Event]:
    """What happened to a memory lately, the newest first."""
    lately = Event.objects.order_by("-pk").values("pk")[:LOOKED_BACK]
    mine = Event.objects.filter(pk__in=lately, type__startswith="memory.", data__memory=str(memory.pk))
    return list(mine.order_by("-pk")[:8])


class CrystallizeMemory(PageView):
    """Making a memory permanent."""

    permissions = {"POST": "memory.edit"}
    section = "memory"

    def post(self, request: HttpRequest) -> HttpResponse:
        memory = actions.crystallize(key_of(request.POST), actor=self.caller.actor)
        if self.is_partial:
            row = {
                "one": {"memory": memory},
                "score": relevance(memory.rank, timezone.now().timestamp()),
                "fresh": True,
            }
            return self.page(row, template="memory/_hit.html")
        messages.success(request, "Crystallized: it never expires and is never collected.")
        return self.go(address_of(memory.key))


class DeleteMemory(PageView):
    """Forgetting a memory."""

    permissions = {"POST": "memory.edit"}
    section = "memory"

    def post(self, request: HttpRequest) -> HttpResponse:
        key = key_of(request.POST)
        actions.delete(key, actor=self.caller.actor)
        messages.success(request, f"Forgotten: {key}")
        return self.go(HOME)


class AuditPage(PageView):
    """The state of the account's memory. It looks at every memory, so it is asked for, not part of the list."""

    permissions = {"GET": "memory.view"}
    section = "memory"
    template = "memory/audit.html"
    fragment = "memory/_audit.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page({"audit": queries.audit(), "limit": self.caller.plan.memories})
