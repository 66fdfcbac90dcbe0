"""Goals, their tasks, the executor's state, direct execution."""

from __future__ import annotations

from contextlib import ExitStack, closing
from functools import partial
from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from executor_one.kit import notices
from executor_one.kit.api import PAGING, ApiView
from executor_one.kit.idempotency import REPLAYED, Replay
from executor_one.kit.later import Later
from executor_one.kit.pagination import BadQuery, between, moment, whole
from executor_one.kit.tenancy import account_scope
from goals import actions
from goals.api.serializers import (
    ExecuteInput,
    ExecuteResult,
    ExecutorStateHistory,
    ExecutorStateSerializer,
    GoalCreated,
    Preview,
    RetryInput,
)
from goals.models import Attempt, Goal, Priority, Task
from goals.planning import steps
from goals.preview import preview
from goals.queries import SEARCHED, SORTS, add_current_tasks, executor_state, goal_now, goals_wanted
from goals.queries import goal_or_404 as goal_or_404
from goals.record import history_of, record_or_404
from goals.record_shapes import GoalSerializer, History, TaskSerializer, everything, represent
from goals.sampling import state_history
from goals.stating import CancelInput, GoalInput

MAX_WAIT = 60
WAIT = OpenApiParameter("wait", between(0, MAX_WAIT), description="Answer when it ends, or after so many seconds.")


def look_at_goal(account_id: str, goal_id: UUID) -> tuple[bool, Any]:
    """For kit.later: whether the goal has ended, and what GET answers of it."""
    goal = goal_now(goal_id, account_id)
    return (goal.is_finished, represent(goal)) if goal else (True, None)


def told_of(goal_id: UUID, seconds: int, **more: Any) -> Response:
    """The goal as it ended, or as it stands after so many seconds. NotFound."""
    with ExitStack() as stack:
        waiter = stack.enter_context(closing(notices.goal_ended.expect(str(goal_id))))
        goal = goal_or_404(goal_id)
        if goal.is_finished:
            return Response(represent(goal), **more)
        stack.pop_all()  # from here on the answer closes it
    look = partial(look_at_goal, goal.account_id, goal_id)
    return Later(represent(goal), waiter=waiter, seconds=seconds, look=look, **more)


def look_at_execution(account_id: str, goal_id: UUID) -> tuple[bool, Any]:
    """For kit.later: whether the direct execution has ended, and what POST /api/execute answers of it."""
    with account_scope(account_id):
        goal = goal_or_404(goal_id)
        return goal.is_finished, executed(goal)


def choice(request: Request, name: str, known: Any) -> str | None:
    """A query parameter out of an allow-list, or 400."""
    value = request.query_params.get(name)
    if value is not None and value not in known:
        message = f"This must be one of {', '.join(known)}."
        raise BadQuery(f"{name}: {message}", errors={name: [message]})
    return value


class GoalList(ApiView):
    """Goals of the account."""

    permissions = {"GET": "goals.view", "POST": "goals.run"}
    refusals = {"POST": (422,)}
    query = {"GET": (*PAGING, "state", "priority", "search", "sort", "since", "until", "createdBy"), "POST": ("wait",)}

    @extend_schema(
        operation_id="goals_list",
        parameters=[
            OpenApiParameter("state", enum=Goal.State.values),
            OpenApiParameter("priority", enum=Priority.values),
            OpenApiParameter("search", description=f"Part of the description; of the newest {SEARCHED:,} goals."),
            OpenApiParameter("sort", enum=list(SORTS)),
            OpenApiParameter("since", OpenApiTypes.DATETIME, description="Stated at this time or later."),
            OpenApiParameter("until", OpenApiTypes.DATETIME, description="Stated before this time."),
            OpenApiParameter(
                "createdBy", description="Who stated it: `key:` or `user:` and the id of a key or person."
            ),
        ],
        responses=GoalSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """List goals, newest first; filter by state, priority, time and who stated them, search the description."""
        goals = goals_wanted(
            state=choice(request, "state", Goal.State.values) or "",
            priority=choice(request, "priority", Priority.values) or "",
            search=request.query_params.get("search", ""),
            sort=choice(request, "sort", SORTS) or "",
            stated=(moment(request, "since"), moment(request, "until")),
            created_by=request.query_params.get("createdBy", "").replace("\x00", ""),
        )
        return self.page(goals, GoalSerializer, prepare=add_current_tasks)

    @extend_schema(
        operation_id="goals_create",
        parameters=[WAIT],
        request=GoalInput,
        responses={201: GoalCreated},
    )
    def post(self, request: Request) -> Response:
        """State a goal; it is decomposed into tasks and run (E13). With `wait` the answer is the goal as it ended."""
        seconds = whole(request, "wait", 0, least=0, most=MAX_WAIT)
        wanted = self.read(GoalInput, request)
        goal = actions.create_goal(plan=self.caller.plan, actor=self.caller.actor, **wanted)
        answer = represent(goal) if seconds else {"id": str(goal.pk)}
        location = {"Location": f"/api/goals/{goal.pk}"}
        if not seconds or goal.is_finished:
            return Response(answer, status=201, headers=location)
        waiter = notices.goal_ended.expect(str(goal.pk))  # before the commit, so that no notice is missed
        look = partial(look_at_goal, goal.account_id, goal.pk)
        return Later(answer, waiter=waiter, seconds=seconds, look=look, status=201, headers=location)

    def replayed(self, replay: Replay) -> Response:
        """Who waits longer than who asked first, or at all, is told of the goal as it stands or ends now."""
        seconds = whole(self.request, "wait", 0, least=0, most=MAX_WAIT)
        kept = replay.answer
        if not seconds or not replay.waits_otherwise or kept.status_code != 201:
            return super().replayed(replay)
        location = kept["Location"]
        headers = {"Location": location, REPLAYED: "true"}
        return told_of(UUID(location.rpartition("/")[2]), seconds, status=201, headers=headers)


class GoalPreview(ApiView):
    """What a goal would do."""

    permissions = {"POST": "goals.run"}
    refusals = {"POST": (422,)}

    @extend_schema(operation_id="goals_preview", request=GoalInput, responses=Preview)
    def post(self, request: Request) -> Response:
        """The tasks that this goal would run, without running or counting anything; no language model is asked."""
        wanted = self.read(GoalInput, request)
        caller: Any = self.caller
        found = preview(
            caller.plan,
            caller.account,
            description=wanted["description"],
            path=wanted.get("semantic_path", []),
        )
        return Response(Preview(found).data)


class GoalDetail(ApiView):
    """One goal."""

    permissions = {"GET": "goals.view", "DELETE": "goals.run"}
    query = {"GET": ("wait",)}

    @extend_schema(
        operation_id="goals_retrieve",
        parameters=[WAIT],
        responses=GoalSerializer,
    )
    def get(self, request: Request, goal_id: UUID) -> Response:
        """State, progress and what it is doing (E14)."""
        seconds = whole(request, "wait", 0, least=0, most=MAX_WAIT)
        if not seconds:
            return Response(represent(goal_or_404(goal_id)))
        return told_of(goal_id, seconds)

    @extend_schema(operation_id="goals_cancel", responses={200: GoalSerializer})
    def delete(self, request: Request, goal_id: UUID) -> Response:
        """Cancel a goal (E15). Running tasks are killed within 2 s; what they did already stays done."""
        goal_or_404(goal_id)
        return Response(represent(actions.cancel_goal(goal_id, actor=self.caller.actor)))


class GoalCancel(ApiView):
    """Cancelling a goal with a reason."""

    permissions = {"POST": "goals.run"}

    @extend_schema(operation_id="goals_cancel_with_reason", request=CancelInput, responses=GoalSerializer)
    def post(self, request: Request, goal_id: UUID) -> Response:
        """Cancel a goal like DELETE, and say why: `reason` stays with the goal and is in its event."""
        goal_or_404(goal_id)
        said = self.read(CancelInput, request) if request._request.body else {}
        return Response(represent(actions.cancel_goal(goal_id, actor=self.caller.actor, **said)))


class GoalTasks(ApiView):
    """The tasks of a goal."""

    permissions = {"GET": "goals.view"}
    query = {"GET": PAGING}

    @extend_schema(
        operation_id="goals_tasks",
        responses=TaskSerializer(many=True),
    )
    def get(self, request: Request, goal_id: UUID) -> Response:
        """Each task in order, with its tries, output, exit code and duration."""
        tasks = goal_or_404(goal_id).tasks.prefetch_related("attempts").order_by("position")
        return self.page(tasks, TaskSerializer)


class GoalHistory(ApiView):
    """All that is known of a goal."""

    permissions = {"GET": "goals.view"}

    @extend_schema(operation_id="goals_history", responses=History)
    def get(self, request: Request, goal_id: UUID) -> Response:
        """The goal, its tasks with their tries and output, and its events: everything in one document."""
        found = record_or_404(goal_id)
        return Response(everything(found.goal, found.tasks, history_of(found.goal)))


class GoalRetry(ApiView):
    """Trying a goal again."""

    permissions = {"POST": "goals.run"}
    refusals = {"POST": (422,)}

    @extend_schema(operation_id="goals_retry", request=RetryInput, responses={201: GoalCreated})
    def post(self, request: Request, goal_id: UUID) -> Response:
        """Go on from the task that failed, or from `fromTask`, as a new goal that takes over what was completed."""
        goal = goal_or_404(goal_id)
        wanted = self.read(RetryInput, request) if request._request.body else {}  # of whatever type, when it is empty
        again = actions.retry_goal(
            goal, plan=self.caller.plan, actor=self.caller.actor, from_task=wanted.get("from_task")
        )
        return Response({"id": str(again.pk)}, status=201, headers={"Location": f"/api/goals/{again.pk}"})


class StateView(ApiView):
    """The executor's state."""

    permissions = {"GET": "state.view"}

    @extend_schema(operation_id="state_retrieve", responses=ExecutorStateSerializer)
    def get(self, request: Request) -> Response:
        """Urgency, confidence, fatigue and curiosity of your executor, and its tick count (E12)."""
        return Response(ExecutorStateSerializer(executor_state()).data)


class StateHistory(ApiView):
    """The executor's state over time."""

    permissions = {"GET": "state.view"}

    @extend_schema(operation_id="state_history", responses=ExecutorStateHistory)
    def get(self, request: Request) -> Response:
        """The four values over the last 24 hours, every five minutes and now, the oldest first.

        `sampled` is true for what was written while it worked; the rest is what the formulas say of an executor at
        rest. A time is left out where nothing is known: before its first goal, or while it did not beat though it
        should have.
        """
        points = state_history()
        return Response(ExecutorStateHistory({"data": [point for point in points if point]}).data)


class Execute(ApiView):
    """Direct execution."""

    permissions = {"POST": "execute.run"}
    refusals = {"POST": (422,)}

    @extend_schema(operation_id="execute", request=ExecuteInput, responses=ExecuteResult)
    def post(self, request: Request) -> Response:
        """Run one action now, without the planner, and answer its output (E16)."""
        action = self.read(ExecuteInput, request)
        if wrong := steps.check({name: action[name] for name in ("type", "params", "verify")}):
            name, text = next(iter(wrong.items()))
            raise BadQuery(f"{name}: {text}", errors={name: [text] for name, text in wrong.items()})
        goal = actions.execute_directly(plan=self.caller.plan, actor=self.caller.actor, **action)
        return Later(
            executed(goal),
            waiter=notices.goal_ended.expect(str(goal.pk)),
            seconds=action["timeout_ms"] / 1000 + MAX_WAIT,
            look=partial(look_at_execution, goal.account_id, goal.pk),
            only_at_end=True,
        )


def executed(goal: Goal) -> dict[str, Any]:
    """What POST /api/execute answers of its goal."""
    task = Task.objects.filter(goal=goal).first()
    last = Attempt.objects.filter(task=task).order_by("-number").first()
    return {
        "success": goal.state == Goal.State.COMPLETED,
        "output": {
            "stdout": last.stdout if last else "",
            "stderr": last.stderr if last else "",
        },
        "durationMs": last.duration_ms if last else 0,
        "data": last.data if last else None,
        "exitCode": last.exit_code if last else None,
        "truncated": bool(last and (last.stdout_truncated or last.stderr_truncated)),
        "error": (last.error if last else goal.error) or None,
        "errorCode": goal.error_code or (None if goal.is_finished else "still_running"),
        "goalId": str(goal.pk),
    }
