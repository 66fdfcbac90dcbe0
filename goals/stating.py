"""What may be said of a goal when it is stated, over the API as on a page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from executor_one.kit.errors import Meaningless
from executor_one.kit.serializers import Flag, Instant, Serializer, Text, refuse_unstorable
from goals.models import Priority
from goals.planning import steps

MAX_STEPS = 200
MAX_STEP = 10_000
SPELLED = {"depends_on": "dependsOn", "timeout_ms": "timeoutMs"}  # as everywhere, both spellings are read
MAX_DESCRIPTION = 10_000
MAX_REASON = 500


class CancelInput(Serializer):
    """What POST /api/goals/{id}/cancel takes; nothing at all is fine."""

    reason = Text(
        max_length=MAX_REASON, required=False, allow_blank=True, default="",
        help_text="Why, at most 500 characters; it stays with the goal and is in its event.",
    )  # fmt: skip


@extend_schema_field(steps.schema(MAX_STEP))
class StepField(serializers.Field):  # type: ignore[type-arg]
    """A step: a text, or an object (goals.planning.steps), kept as it was said."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            return Text(max_length=MAX_STEP).run_validation(data)
        if len(refuse_unstorable(data)) > steps.MAX_JSON:
            raise serializers.ValidationError(f"A step has at most {steps.MAX_JSON:,} characters as JSON.")
        told = {SPELLED.get(str(name), str(name)): value for name, value in data.items()}
        if wrong := steps.check(told):
            raise serializers.ValidationError({name: [message] for name, message in wrong.items()})
        return {name: value for name, value in told.items() if value is not None}

    def to_representation(self, value: Any) -> Any:
        return value


class GoalInput(Serializer):
    """What POST /api/goals takes."""

    description = Text(max_length=MAX_DESCRIPTION, help_text="What to reach, in words; 1-10,000 characters.")
    semantic_path = serializers.ListField(
        child=StepField(), max_length=MAX_STEPS, required=False,
        help_text="Steps in order, at most 200: shell commands, descriptions that the planner knows, or structured "
        "steps. A text waits for all before it; a structured step for those that it names in dependsOn.",
    )  # fmt: skip
    priority = serializers.ChoiceField(Priority.choices, default=Priority.NORMAL)
    deadline = Instant(
        required=False,
        allow_null=True,
        default=None,
        help_text="ISO 8601 with an offset, in the future.",
    )
    self_correct = Flag(
        default=True,
        help_text="Try a failed task again: known fixes, retries, alternatives. False: its first failure is the end.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The steps' order is one in which every one can run: else Meaningless (422)."""
        try:
            steps.afters(attrs.get("semantic_path", ()))
        except steps.BadOrder as wrong:
            where = f"semanticPath.{wrong.step}.dependsOn"
            raise Meaningless(f"{where}: {wrong}", errors={where: [str(wrong)]}) from wrong
        return attrs
