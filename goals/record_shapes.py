"""Shapes of a goal, its tasks and their tries: what the API answers, and what the goal's page shows as JSON."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import prefetch_related_objects
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from actuators import registry
from executor_one.kit.serializers import ModelSerializer, Serializer, instant
from goals.models import Attempt, Goal, Task
from memory.fixes import shown_command


class GoalError(Serializer):
    """Why a goal failed."""

    code = serializers.CharField()
    message = serializers.CharField()


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
            "error_code", "error", "data", "started_at", "finished_at",
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

    effect = serializers.SerializerMethodField(
        help_text="What a second try may do twice: nothing (pure), the same again (idempotent), or more (external)."
    )
    attempts = AttemptSerializer(many=True, read_only=True)

    class Meta:
        model = Task
        fields = [
            "id", "position", "name", "actuator", "params", "effect", "state", "score", "depends_on", "timeout_ms",
            "verify", "error", "retry_at", "started_at", "finished_at", "attempts",
        ]  # fmt: skip

    @extend_schema_field({"type": "string", "enum": ["pure", "idempotent", "external"]})
    def get_effect(self, task: Task) -> str:
        return registry.effect(task.actuator, task.params) if registry.is_known(task.actuator) else "external"


class History(Serializer):
    """What GET /api/goals/{id}/history answers."""

    goal = GoalSerializer()
    tasks = TaskSerializer(many=True)
    events = serializers.ListField(
        child=serializers.DictField(), help_text="{id, type, timestamp, data} each, in order; at most 10,000."
    )


def everything(goal: Goal, tasks: Sequence[Task], happened: Iterable[tuple[int, str, Any, datetime]]) -> dict[str, Any]:
    """All that is known of a goal and its tasks, as History declares it; `happened` is goals.record.history_of."""
    prefetch_related_objects(tasks, "attempts")
    events = [{"id": str(id), "type": type, "timestamp": instant(at), "data": data} for id, type, data, at in happened]
    return {"goal": represent(goal), "tasks": TaskSerializer(tasks, many=True).data, "events": events}
