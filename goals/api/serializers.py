"""Shapes of goals, tasks, attempts and the executor's state."""

from rest_framework import serializers

from actuators import registry
from executor_one.kit.serializers import Json, Serializer, Whole
from goals.record_shapes import GoalError

MAX_TIMEOUT_MS = 600_000


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

    type = serializers.ChoiceField([*registry.NAMES])
    params = Json(help_text='What this one takes; for shell {"command": "ls -la"}.')
    timeout_ms = Whole(min_value=1, max_value=MAX_TIMEOUT_MS, default=30_000, help_text="1-600,000 milliseconds.")
    verify = Json(
        required=False, allow_null=True, default=None,
        help_text="What its success is, as in a structured step of a goal; exit code 0 or a 2xx if absent.",
    )  # fmt: skip


class ExecuteOutput(Serializer):
    """stdout and stderr of the action."""

    stdout = serializers.CharField()
    stderr = serializers.CharField()


class ExecuteResult(Serializer):
    """What POST /api/execute answers."""

    success = serializers.BooleanField()
    output = ExecuteOutput()
    data = serializers.DictField(  # type: ignore[assignment] # the metaclass takes it away
        allow_null=True, help_text="What it answered besides: an HTTP status, rows."
    )
    duration_ms = serializers.IntegerField()
    exit_code = serializers.IntegerField(allow_null=True)
    truncated = serializers.BooleanField(
        help_text="Output past 64 KiB a stream was dropped; past 256 MiB the command is killed."
    )
    error = serializers.CharField(allow_null=True)
    error_code = serializers.CharField(allow_null=True)
    goal_id = serializers.UUIDField()
