"""What may be said of a goal when it is stated, over the API as on a page."""

from __future__ import annotations

from rest_framework import serializers

from executor_one.kit.serializers import Flag, Instant, Serializer, Text
from goals.models import Priority

MAX_STEPS = 200
MAX_STEP = 10_000
MAX_DESCRIPTION = 10_000
MAX_REASON = 500


class CancelInput(Serializer):
    """What POST /api/goals/{id}/cancel takes; nothing at all is fine."""

    reason = Text(
        max_length=MAX_REASON, required=False, allow_blank=True, default="",
        help_text="Why, at most 500 characters; it stays with the goal and is in its event.",
    )  # fmt: skip


class GoalInput(Serializer):
    """What POST /api/goals takes."""

    description = Text(max_length=MAX_DESCRIPTION, help_text="What to reach, in words; 1-10,000 characters.")
    semantic_path = serializers.ListField(
        child=Text(max_length=MAX_STEP), max_length=MAX_STEPS, required=False,
        help_text="Steps in order, at most 200: shell commands, or descriptions the planner knows.",
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
