"""The pages of what was learned: corrections and task trees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from accounts.callers import Principal
from accounts.pages import PageView
from events.models import Event
from executor_one.kit.errors import NotFound
from memory import fixes, learned
from memory.learned_forms import Teach
from memory.models import Correction, TaskTree
from memory.registry import learning
from memory.teaching import change_of, failing

SECRETS = "memory.secrets"  # the permission
CORRECTIONS, TREES = "/dashboard/corrections", "/dashboard/trees"
PAGE = 25
LOOKED_BACK = 5_000  # events in which the uses of one correction are looked for
# What a list can be narrowed to, in its address: `?only=crystallized`.
ONLY: Mapping[str, Mapping[str, Any]] = {
    "crystallized": {"crystallized": True},
    "mine": {"source": Correction.Source.CUSTOMER},
    "retired": {"retired_at__isnull": False},
}


def shown(correction: Correction, caller: Principal) -> dict[str, Any]:
    """A correction as the caller may see it: what looks like a secret is masked exactly as in the API."""
    clear = caller.may(SECRETS)
    reason = fixes.shown_command(correction.reason, fixes.secrets_of(correction.fix))
    return {
        "row": correction,
        "failing": failing(correction.signature),
        "change": change_of(correction.fix if clear else fixes.shown(correction.fix)),
        "reason": correction.reason if clear else reason,
    }


def found_or_404(model: Any, pk: UUID, words: str) -> Any:
    """A row of the active account; a foreign id answers like one that never was."""
    row = model.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound(f"There is no {words} with this id.")
    return row


def page_of(rows: QuerySet[Any], request: HttpRequest) -> Any:
    """One page of a list, as `?page=` says."""
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


class Corrections(PageView):
    """The fixes that this account knows, the last used first."""

    permissions = {"GET": "learning.view"}
    section = "corrections"
    template = "learned/corrections.html"
    fragment = "learned/_corrections.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        only = request.GET.get("only", "")
        rows = Correction.objects.filter(**ONLY.get(only, {})).order_by("-last_used_at", "-id")
        page = page_of(rows, request)
        context: dict[str, Any] = {
            "page": page,
            "rows": [shown(one, self.caller) for one in page],
            "only": only if only in ONLY else "",
            "query": f"{urlencode({'only': only})}&" if only in ONLY else "",
            "here": request.get_full_path(),
        }
        if not self.is_partial:
            context["learning"] = next((kind for kind in learning() if kind["kind"] == "goal"), None)
        return self.page(context)


class TeachPage(PageView):
    """Teaching a fix for a failure. It needs goals.run too: what is taught will run in the account's goals."""

    permissions = {"GET": "learning.edit goals.run", "POST": "learning.edit goals.run"}
    section = "corrections"
    template = "learned/teach.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        given = {name: request.GET[name] for name in ("output", "exit_code") if name in request.GET}
        return self.page({"form": Teach(initial=given)})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = Teach(request.POST)
        if not form.is_valid():
            return self.page({"form": form}, status=422)
        correction, is_new = learned.teach(**form.taught(), actor=self.caller.actor)
        messages.success(request, "Taught." if is_new else "It was known; if it had been retired, it has a new chance.")
        return self.go(f"{CORRECTIONS}/{correction.pk}")


class CorrectionPage(PageView):
    """One correction: what failed, what is done about it, how often that worked, where it was used lately."""

    permissions = {"GET": "learning.view"}
    section = "corrections"
    template = "learned/correction.html"

    def get(self, request: HttpRequest, correction_id: UUID) -> HttpResponse:
        correction = found_or_404(Correction, correction_id, "correction")
        lately = Event.objects.order_by("-pk").values("pk")[:LOOKED_BACK]
        about = Event.objects.filter(pk__in=lately, type__startswith="correction.", data__correction=str(correction.pk))
        return self.page({**shown(correction, self.caller), "history": list(about.order_by("-pk")[:10])})


class CrystallizeCorrection(PageView):
    """Making a correction permanent."""

    permissions = {"POST": "learning.edit"}
    section = "corrections"

    def post(self, request: HttpRequest, correction_id: UUID) -> HttpResponse:
        correction = found_or_404(Correction, correction_id, "correction")
        learned.crystallize_correction(correction, actor=self.caller.actor)
        if self.is_partial:
            return self.page(
                {"one": shown(correction, self.caller), "fresh": True}, template="learned/_correction.html"
            )
        messages.success(request, "Crystallized: it is never collected.")
        return self.go(f"{CORRECTIONS}/{correction.pk}")


class ForgetCorrection(PageView):
    """Forgetting a correction."""

    permissions = {"POST": "learning.edit"}
    section = "corrections"

    def post(self, request: HttpRequest, correction_id: UUID) -> HttpResponse:
        learned.forget_correction(found_or_404(Correction, correction_id, "correction"), actor=self.caller.actor)
        messages.success(request, "Forgotten. What is known of that failure otherwise is tried anew.")
        return self.go(CORRECTIONS)


def slots_of(tree: TaskTree) -> list[dict[str, Any]]:
    """What may differ in a goal that a tree answers: [{type, step, seen}]; step None is the description."""
    literals, seen = tree.tree.get("literals", []), tree.tree.get("seen", {})
    found = [(literals[int(index)], values) for index, values in seen.items()]
    return [
        {"type": kind, "step": step + 1 if step >= 0 else None, "seen": values} for (kind, _, step), values in found
    ]


def tree_shown(tree: TaskTree) -> dict[str, Any]:
    """A tree with its tasks, its slots, and how often it was right."""
    ended = tree.successes + tree.failures
    tasks = [
        {**task, "needs": [need + 1 for need in task.get("dependsOn", [])], "text": told(task)}
        for task in tree.tree.get("tasks", [])
    ]
    return {"row": tree, "tasks": tasks, "slots": slots_of(tree), "rate": tree.successes / ended if ended else None}


def told(task: Mapping[str, Any]) -> str:
    """What a task does: its command, or its parameters as `name: value` lines."""
    params = task.get("params", {})
    if isinstance(params.get("command"), str):
        return str(params["command"])
    return "\n".join(f"{name}: {value}" for name, value in params.items())


class Trees(PageView):
    """The trees that repeats of goals can use instead of a planner, the last used first."""

    permissions = {"GET": "learning.view"}
    section = "trees"
    template = "learned/trees.html"
    fragment = "learned/_trees.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        page = page_of(TaskTree.objects.order_by("-used_at", "-id"), request)
        return self.page({"page": page, "rows": [tree_shown(tree) for tree in page], "here": request.get_full_path()})


class TreePage(PageView):
    """One tree: its text with slots, its tasks, how often it was right."""

    permissions = {"GET": "learning.view"}
    section = "trees"
    template = "learned/tree.html"

    def get(self, request: HttpRequest, tree_id: UUID) -> HttpResponse:
        return self.page(tree_shown(found_or_404(TaskTree, tree_id, "task tree")))


class CrystallizeTree(PageView):
    """Making a task tree permanent."""

    permissions = {"POST": "learning.edit"}
    section = "trees"

    def post(self, request: HttpRequest, tree_id: UUID) -> HttpResponse:
        tree = found_or_404(TaskTree, tree_id, "task tree")
        learned.crystallize_tree(tree, actor=self.caller.actor)
        if self.is_partial:
            return self.page({"one": tree_shown(tree), "fresh": True}, template="learned/_tree.html")
        messages.success(request, "Crystallized: it is never collected.")
        return self.go(f"{TREES}/{tree.pk}")


class ForgetTree(PageView):
    """Forgetting a task tree."""

    permissions = {"POST": "learning.edit"}
    section = "trees"

    def post(self, request: HttpRequest, tree_id: UUID) -> HttpResponse:
        learned.forget_tree(found_or_404(TaskTree, tree_id, "task tree"), actor=self.caller.actor)
        messages.success(request, "Forgotten. The next such goal is planned anew.")
        return self.go(TREES)
