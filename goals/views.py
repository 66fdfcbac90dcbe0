"""The pages of goals: the list, a new one with the preview of its plan, one goal as it runs."""

from __future__ import annotations

import json
import shlex
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone

from accounts.pages import PageView
from executor_one.kit.errors import DomainError, Meaningless, NotFound
from executor_one.kit.rendering import pretty_json
from goals import actions, record, telling
from goals.forms import SPANS, GoalFilter, GoalForm, steps_of
from goals.models import Goal, Priority, Task
from goals.preview import preview
from goals.queries import SEARCHED, add_current_tasks, goal_or_404, goals_wanted, is_searched_in_part
from goals.record_shapes import everything
from goals.shown import PLANNERS, Log, ShownTask, goal_as_text, happened_to, shown_goals, spent, timeline
from goals.stating import CancelInput

HOME = "/dashboard/goals"
ROWS = 50  # of one page
FRESH_SECONDS = 3  # in which a row that appeared is highlighted
HISTORIES = ("events", "json")  # ways to look at a goal that read its whole history, so only when they are asked for
LONGEST_JSON = 1_000_000  # characters that are shown; a longer one is downloaded
GRAPH_LIMIT = 150  # tasks up to which the run graph is drawn
SORTED = [
    ("-createdAt", "Newest first"),
    ("createdAt", "Oldest first"),
    ("-finishedAt", "Ended last"),
    ("deadline", "Deadline"),
    ("state", "State"),
]
KEY_HERE = "exo_your_key"


def said(wanted: dict[str, str], **more: Any) -> str:
    """Filters as the query of an address."""
    return urlencode(wanted | {name: value for name, value in more.items() if value})


class GoalsPage(PageView):
    """Every goal, the newest first; it updates itself."""

    permissions = {"GET": "goals.view"}
    section = "goals"
    template = "goals/list.html"
    fragment = "goals/_rows.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, filtered and sorted as the address says; only its rows for htmx."""
        form = GoalFilter(request.GET)
        wanted, number = form.wanted, form.number
        start = (number - 1) * ROWS
        found = list(goals_wanted(**form.asked)[start : start + ROWS + 1])
        goals = found[:ROWS]
        add_current_tasks(goals)
        made_by = [goal.created_by for goal in goals]
        if self.is_partial:
            names, actors = record.names_of(made_by), list[tuple[str, str]]()
        else:
            names, actors = record.names_and_actors(made_by, keys=self.caller.may("keys.view"))
        query = said(wanted, page=number if number > 1 else 0)
        address = f"{HOME}?{query}" if query else HOME
        context = {
            "goals": shown_goals(goals, names, fresh=FRESH_SECONDS if self.is_partial else 0),
            "wanted": wanted,
            "filtered": bool(wanted.keys() - {"sort"}),
            "states": Goal.State.values,
            "priorities": Priority.values,
            "sorts": SORTED,
            "spans": [(name, words) for name, (words, _) in SPANS.items()],
            "actors": actors,
            "number": number,
            "first": start + 1,
            "last": start + len(goals),
            "newer": said(wanted, page=number - 1 if number > 2 else 0) if number > 1 else None,
            "searched": SEARCHED if wanted.get("search") and is_searched_in_part() else 0,
            "older": said(wanted, page=number + 1) if len(found) > ROWS else None,
            "address": address,
        }
        response = self.page(context)
        if self.is_partial:
            response["HX-Push-Url" if self._is_other(wanted, number) else "HX-Replace-Url"] = address
        return response

    def _is_other(self, wanted: dict[str, str], number: int) -> bool:
        """Whether it is another list than the one that the browser shows, so that Back leads there.

        A search is written letter by letter, and an update shows the same list: both stay the same step.
        """
        before = GoalFilter(QueryDict(urlsplit(self.request.headers.get("HX-Current-URL", "")).query))
        return before.number != number or {**before.wanted, "search": ""} != {**wanted, "search": ""}


class NewGoalPage(PageView):
    """State a goal."""

    permissions = {"GET": "goals.run", "POST": "goals.run"}
    section = "goals"
    template = "goals/new.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form, or filled in as a goal was (`?from=`)."""
        source = source_of(request.GET.get("from", ""))
        if source is None:
            return self.page({"form": GoalForm(initial={"description": request.GET.get("description", "")[:10_000]})})
        shown = preview(self.caller.plan, self.caller.account, description=source.description, path=steps_of(source))
        return self.page({"form": GoalForm.of(source), "preview": shown, "source": source})

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begin it, and on to its page; what is refused is said above the form, which keeps what was written."""
        form, source = GoalForm(request.POST), source_of(request.POST.get("from", ""))
        if not form.is_valid():
            return self.page({"form": form, "source": source}, status=422)
        before = source if source and source.is_finished else None
        caller = self.caller
        try:
            with transaction.atomic():  # a refusal takes back what was counted
                goal = actions.create_goal(plan=caller.plan, actor=caller.actor, retry_of=before, **form.stated)
        except DomainError as refusal:
            self._mark(form, refusal)
            context = {"form": form, "refusal": refusal, "source": source}  # the page asks for its preview by itself
            response = self.page(context, status=refusal.status)
            if refusal.retry_after is not None:
                response["Retry-After"] = str(refusal.retry_after)
            return response
        return self.go(f"{HOME}/{goal.pk}")

    def _mark(self, form: GoalForm, refusal: DomainError) -> None:
        for name, texts in (refusal.errors or {}).items():
            if name in form.fields:
                form.add_error(name, texts)


class PreviewPart(PageView):
    """The plan of what is written so far."""

    permissions = {"POST": "goals.run"}
    template = "goals/_preview.html"

    def post(self, request: HttpRequest) -> HttpResponse:
        """The tasks that would run; nothing is written."""
        form = GoalForm(request.POST)
        if not form.is_valid():
            return self.page({"form": form})
        stated = form.stated
        found = preview(
            self.caller.plan,
            self.caller.account,
            description=stated["description"],
            path=stated.get("semantic_path", []),
        )
        return self.page({"form": form, "preview": found})


class GoalPage(PageView):
    """One goal as it runs."""

    permissions = {"GET": "goals.view"}
    section = "goals"
    template = "goals/goal.html"
    fragment = "goals/_live.html"

    def get(self, request: HttpRequest, goal_id: UUID) -> HttpResponse:
        """The goal and the chosen task; for htmx the parts that change, and the log when another is chosen."""
        found = record.record_or_404(goal_id)
        goal, tasks = found.goal, found.tasks
        task = record.choose(tasks, number_in(request, "task"))
        more = record.details(goal, task, number_in(request, "try"))
        chosen = more.chosen
        log = Log.of(chosen) if chosen else None
        context = {
            "goal": goal,
            "tasks": [ShownTask.of(one, goal) for one in tasks],
            "chosen": chosen,
            "selected": ShownTask.of(chosen.task, goal) if chosen else None,
            "log": log,
            "log_changed": log is not None and request.GET.get("log") != log.name,
            "tree": more.tree,
            "who": "you" if goal.created_by == self.caller.actor else more.names.get(goal.created_by, "somebody"),
            "planned_by": PLANNERS.get(goal.planner, ""),
            "since": self.caller.newest_event,
            "graph": 1 < len(tasks) <= GRAPH_LIMIT,
            "bars": timeline(goal, tasks),
            "spent": spent(goal, tasks),
            "cancelled_because": telling.reason_of(goal),
        }
        if not self.is_partial:
            context["curl"] = as_curl(goal)
        return self.page(context | self._view(goal, tasks, bool(context["graph"])))

    def _view(self, goal: Goal, tasks: list[Task], graph: bool) -> dict[str, Any]:
        """Which of the ways to look at it the address asks for, and what that one needs.

        While the goal runs, a part that htmx asks for leaves the history out: it would be read whole at every event.
        """
        views = [*(["graph"] if graph else []), "list", "time", *HISTORIES]
        wanted = self.request.GET.get("view", "")
        view = wanted if wanted in views else views[0]
        found: dict[str, Any] = {"view": view, "views": views, "read": view in HISTORIES}
        if view not in HISTORIES or (self.is_partial and not goal.is_finished):
            return found | {"read": False}
        history = list(record.history_of(goal))
        if view == "events":
            return found | {"lines": happened_to(history, tasks)}
        text = pretty_json(everything(goal, tasks, history))
        return found | {"json": text if len(text) <= LONGEST_JSON else "", "json_length": len(text)}


class CancelGoal(PageView):
    """End a goal."""

    permissions = {"POST": "goals.run"}
    section = "goals"

    def post(self, request: HttpRequest, goal_id: UUID) -> HttpResponse:
        """Cancel it, with the reason that was written, and back to its page."""
        goal_or_404(goal_id)
        said = CancelInput(data={"reason": request.POST.get("reason", "")})
        if not said.is_valid():
            raise Meaningless(f"reason: {said.errors['reason'][0]}")
        actions.cancel_goal(goal_id, actor=self.caller.actor, **said.validated_data)
        return self.go(f"{HOME}/{goal_id}")


class RetryGoal(PageView):
    """Run a goal again from a task."""

    permissions = {"POST": "goals.run"}
    section = "goals"

    def post(self, request: HttpRequest, goal_id: UUID) -> HttpResponse:
        """Begin the retry, from the task that failed or from the one that is said, and on to its page."""
        said_task = request.POST.get("task", "")
        if said_task and not is_position(said_task):
            raise Meaningless("task: This must be the position of a task.")
        again = actions.retry_goal(
            goal_or_404(goal_id),
            plan=self.caller.plan,
            actor=self.caller.actor,
            from_task=int(said_task) if said_task else None,
        )
        return self.go(f"{HOME}/{again.pk}")


class GoalLog(PageView):
    """What a goal printed, as a file."""

    permissions = {"GET": "goals.view"}

    def get(self, request: HttpRequest, goal_id: UUID) -> HttpResponse:
        """The output of every try in order; of one task with `?task=`."""
        goal = goal_or_404(goal_id)
        text = goal_as_text(goal, number_in(request, "task"))
        return as_file(text, f"goal-{goal_id}.log", "text/plain; charset=utf-8")


def as_file(text: str, name: str, type: str) -> HttpResponse:
    """An answer that a browser saves."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(text.encode("utf-8", "replace"), content_type=type, headers=headers)


def as_curl(goal: Goal) -> str:
    """The command that states this goal again over the API."""
    body: dict[str, Any] = {"description": goal.description}
    if goal.kind != Goal.Kind.GOAL:
        action = goal.semantic_path[0]
        return _curl("execute", {"type": action["type"], "params": action["params"], "timeoutMs": action["timeoutMs"]})
    if goal.semantic_path:
        body["semanticPath"] = goal.semantic_path
    if goal.priority != Priority.NORMAL:
        body["priority"] = goal.priority
    if goal.deadline and goal.deadline > timezone.now():  # one that has passed would be refused
        body["deadline"] = goal.deadline.isoformat()
    if not goal.self_correct:
        body["selfCorrect"] = False
    return _curl("goals", body)


def _curl(path: str, body: dict[str, Any]) -> str:
    return (
        f"curl -X POST {settings.PUBLIC_URL}/api/{path} \\\n"
        f'  -H "Authorization: Bearer {KEY_HERE}" \\\n'
        f'  -H "Content-Type: application/json" \\\n'
        f"  -d {shlex.quote(json.dumps(body, ensure_ascii=False))}"
    )


def read_id(text: str) -> UUID:
    """The id of a goal out of an address; what is none is not there."""
    try:
        return UUID(text)
    except ValueError:
        raise NotFound("There is no goal with this id.") from None


def source_of(text: str) -> Goal | None:
    """The goal that a new one begins with, by its id; None where none is named."""
    return goal_or_404(read_id(text)) if text else None


def number_in(request: HttpRequest, name: str) -> int | None:
    """A number of the address; None when there is none."""
    text = request.GET.get(name, "")
    return int(text) if is_position(text) else None


def is_position(text: str) -> bool:
    """Whether it is a whole number that can be a task's position."""
    return text.isascii() and text.isdecimal() and len(text) <= 9
