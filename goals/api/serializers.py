"""Shapes of goals, tasks, attempts and the executor's state."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rest_framework import serializers

from executor_one.kit.serializers import ModelSerializer, Serializer, Whole, instant
from goals.models import Attempt, Goal, Task
from memory.fixes import shown_command

MAX_TIMEOUT_MS = 600_000


class GoalError(Serializer):
    """Why a goal failed."""

    code = serializers.CharField()
    message = serializers.CharField()


class RetryInput(Serializer):
    """What POST /api/goals/{id}/retry takes; nothing at all is fine."""

    from_task = Whole(
        min_value=0, max_value=2_147_483_647, required=False, allow_null=True, default=None,
        help_text="Position of the task to begin again from, 0 or more: it and what depends on it run again, all else "
        "that was completed is taken over. Null: the task that failed.",
    )  # fmt: skip


class PreviewTask(Serializer):
    """A task that a goal would run."""

    position = serializers.IntegerField()
    name = serializers.CharField()
    actuator = serializers.CharField()
    params = serializers.DictField()
    depends_on = serializers.ListField(child=serializers.IntegerField(), help_text="Positions of the tasks before it.")
    timeout_ms = serializers.IntegerField()
    touches = serializers.CharField(allow_null=True, help_text="What it can reach, in words; null: not known.")


class PreviewTime(Serializer):
    """How long such a goal took."""

    duration_ms = serializers.IntegerField(allow_null=True, help_text="Median of the runs; null before the first.")
    runs = serializers.IntegerField(help_text="Completed runs of the same goal or tree among the last 500, at most 20.")


class Preview(Serializer):
    """What POST /api/goals/preview answers."""

    planner = serializers.ChoiceField(
        ["path", "keyword", "llm", "crystallized"],
        allow_null=True,
        help_text="Where the tasks come from: your steps, keywords of the description, a language model, a remembered "
        "run. Null: nothing can plan it, and `error` says why.",
    )
    asks_model = serializers.BooleanField(help_text="A language model plans it when it runs; `tasks` is empty.")
    task_tree = serializers.UUIDField(allow_null=True, help_text="The remembered tree that the tasks come from.")
    tasks = PreviewTask(many=True)
    expected = PreviewTime()
    error = GoalError(allow_null=True, help_text="Why the goal would fail at once; null otherwise.")


class GoalCreated(Serializer):
    """What POST /api/goals answers."""

    id = serializers.UUIDField()


class GoalSerializer(ModelSerializer):
    """A goal and how far it is (E14)."""

    progress = serializers.FloatField(read_only=True, help_text="Completed share of the tasks, 0-1.")
    current_task = serializers.CharField(
        read_only=True, allow_null=True, help_text="What runs or is next; null at the end."
    )
    retry_of = serializers.UUIDField(source="retry_of_id", allow_null=True, read_only=True)
    error = GoalError(read_only=True, allow_null=True, help_text="Why it failed; null otherwise.")

    class Meta:
        model = Goal
        fields = [
            "id", "state", "progress", "tasks_total", "tasks_completed", "current_task", "kind", "description",
            "semantic_path", "priority", "deadline", "planner", "self_correct", "fixes_applied",
            "retry_of", "created_at", "started_at", "finished_at", "error",
        ]  # fmt: skip

    def to_representation(self, instance: Goal) -> dict[str, Any]:
        return represent(instance)


def represent(goal: Goal) -> dict[str, Any]:
    """A goal as GoalSerializer declares it, made by hand: building the fields costs a millisecond on the hot path."""
    share = goal.tasks_completed / goal.tasks_total if goal.tasks_total else 0
    return {
        "id": str(goal.pk),
        "state": goal.state,
        "progress": int(share) if share in (0, 1) else round(share, 4),
        "tasksTotal": goal.tasks_total,
        "tasksCompleted": goal.tasks_completed,
        "currentTask": goal.current_task,
        "kind": goal.kind,
        "description": goal.description,
        "semanticPath": goal.semantic_path,
        "priority": goal.priority,
        "deadline": instant(goal.deadline),
        "planner": goal.planner,
        "selfCorrect": goal.self_correct,
        "fixesApplied": goal.fixes_applied,
        "retryOf": str(goal.retry_of_id) if goal.retry_of_id else None,
        "createdAt": instant(goal.created_at),
        "startedAt": instant(goal.started_at),
        "finishedAt": instant(goal.finished_at),
        "error": {"code": goal.error_code, "message": goal.error} if goal.error_code else None,
    }


class AttemptSerializer(ModelSerializer):
    """One try of a task; output is text of at most 64 KiB a stream."""

    output = serializers.SerializerMethodField(help_text="{stdout, stderr, stdoutTruncated, stderrTruncated}")

    class Meta:
        model = Attempt
        fields = [
            "number", "outcome", "rung", "reason", "correction", "params", "output", "exit_code", "duration_ms",
            "error_code", "error", "started_at", "finished_at",
        ]  # fmt: skip

    def to_representation(self, instance: Attempt) -> dict[str, Any]:
        """What a fix has set before the command may be a secret, which whoever sees the goal need not see.

        The try with that fix tells it for sure; in a later try another fix may have wrapped or changed the command.
        """
        shown = super().to_representation(instance)
        params = instance.params or {}
        if isinstance(params.get("command"), str):
            shown["params"] = {**params, "command": shown_command(params["command"], instance.task.secrets_set)}
        return shown

    def get_output(self, attempt: Attempt) -> dict[str, Any]:
        return {
            "stdout": attempt.stdout,
            "stderr": attempt.stderr,
            "stdoutTruncated": attempt.stdout_truncated,
            "stderrTruncated": attempt.stderr_truncated,
        }


class TaskSerializer(ModelSerializer):
    """A task with its tries."""

    attempts = AttemptSerializer(many=True, read_only=True)

    class Meta:
        model = Task
        fields = [
            "id", "position", "name", "actuator", "params", "state", "score", "depends_on", "timeout_ms", "error",
            "retry_at", "started_at", "finished_at", "attempts",
        ]  # fmt: skip


class History(Serializer):
    """What GET /api/goals/{id}/history answers."""

    goal = GoalSerializer()
    tasks = TaskSerializer(many=True)
    events = serializers.ListField(
        child=serializers.DictField(), help_text="{id, type, timestamp, data} each, in order; at most 10,000."
    )


def everything(goal: Goal, happened: Iterable[tuple[int, str, Any, datetime]]) -> dict[str, Any]:
    """All that is known of a goal, as History declares it; `happened` is goals.record.history_of."""
    tasks = goal.tasks.prefetch_related("attempts").order_by("position")
    events = [{"id": str(id), "type": type, "timestamp": instant(at), "data": data} for id, type, data, at in happened]
    return {"goal": represent(goal), "tasks": TaskSerializer(tasks, many=True).data, "events": events}


class ExecutorStateSerializer(Serializer):
    """The executor's internal state (E12); the formulas are in docs/explanation/the-loop.md."""

    urgency = serializers.FloatField(help_text="0-1: the most pressing open goal.")
    confidence = serializers.FloatField(help_text="0-1: smoothed share of goals that succeed.")
    fatigue = serializers.FloatField(help_text="0-1: share of busy slots over ten minutes.")
    curiosity = serializers.FloatField(help_text="0-1: share of recent goals that were new.")
    tick_count = serializers.IntegerField(help_text="Beats of this account's executor.")


class ExecutorStatePoint(Serializer):
    """The values of the executor at one time."""

    at = serializers.DateTimeField()
    urgency = serializers.FloatField()
    confidence = serializers.FloatField()
    fatigue = serializers.FloatField()
    curiosity = serializers.FloatField()
    sampled = serializers.BooleanField(help_text="Written at that time; else reckoned by the formulas.")


class ExecutorStateHistory(Serializer):
    """The last 24 hours of the executor's values."""

    data = ExecutorStatePoint(many=True)  # type: ignore[assignment] # the metaclass takes it away


class ExecuteInput(Serializer):
    """What POST /api/execute takes."""

    type = serializers.ChoiceField(["shell", "file-writer", "http-client", "docker", "database"])
    params = serializers.DictField(help_text='For shell: {"command": "ls -la"}.')
    timeout_ms = Whole(min_value=1, max_value=MAX_TIMEOUT_MS, default=30_000, help_text="1-600,000 milliseconds.")


class ExecuteOutput(Serializer):
    """stdout and stderr of the action."""

    stdout = serializers.CharField()
    stderr = serializers.CharField()


class ExecuteResult(Serializer):
    """What POST /api/execute answers."""

    success = serializers.BooleanField()
    output = ExecuteOutput()
    duration_ms = serializers.IntegerField()
    exit_code = serializers.IntegerField(allow_null=True)
    truncated = serializers.BooleanField(
        help_text="Output past 64 KiB a stream was dropped; past 256 MiB the command is killed."
    )
    error = serializers.CharField(allow_null=True)
    error_code = serializers.CharField(allow_null=True)
    goal_id = serializers.UUIDField()
