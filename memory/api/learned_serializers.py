"""Shapes of corrections, task trees and the learning registry."""

from __future__ import annotations

import re
from typing import Any

from rest_framework import serializers

from executor_one.kit.serializers import ModelSerializer, Serializer, Text, Whole
from memory import fixes
from memory.models import Correction, TaskTree
from memory.signature import masked_again
from memory.teaching import ACTUATORS

SIGNATURE = re.compile(r"([a-z-]{1,40})/(?:any|[a-z_]+(?:_\d+)?): .+")


class CorrectionSerializer(ModelSerializer):
    """A fix for a failure's signature, and how often it worked here."""

    success_rate = serializers.FloatField(
        read_only=True, allow_null=True, help_text="timesWorked / timesUsed; null before the first use."
    )
    retired = serializers.SerializerMethodField(
        help_text="It had failed too often and is not applied any more; teaching it again gives it a new chance."
    )
    fix_id = serializers.CharField(allow_null=True, help_text="The catalogue's entry; null for one's own.")

    class Meta:
        model = Correction
        fields = [
            "id", "signature", "fix", "reason", "source", "fix_id", "times_used", "times_worked", "success_rate",
            "crystallized", "retired", "learned_from", "last_used_at", "created_at",
        ]  # fmt: skip

    def get_retired(self, correction: Correction) -> bool:
        return correction.retired_at is not None

    def to_representation(self, instance: Correction) -> dict[str, Any]:
        shown = super().to_representation(instance)
        return {**shown, **self.told(instance), "fixId": shown["fixId"] or None}

    def told(self, correction: Correction) -> dict[str, Any]:
        """What was written by hand, so that it can hold a secret."""
        reason = fixes.shown_command(correction.reason, fixes.secrets_of(correction.fix))
        return {"fix": fixes.shown(correction.fix), "reason": reason}


class ClearCorrectionSerializer(CorrectionSerializer):
    """The same for who may see secrets."""

    def told(self, correction: Correction) -> dict[str, Any]:
        return {"fix": dict(correction.fix), "reason": correction.reason}


class Failure(Serializer):
    """A failure as it was seen; its signature is what stays when paths, ids, numbers and hosts are masked."""

    actuator = serializers.ChoiceField(ACTUATORS, default="shell")
    exit_code = Whole(
        required=False, allow_null=True, default=None, min_value=-255, max_value=255,
        help_text="How it ended; not said: however it ends.",
    )  # fmt: skip
    output = Text(max_length=65_536, help_text="What it printed, the error's lines at least.")


class CorrectionInput(Serializer):
    """What POST /api/corrections takes: what failed, and what to do about it."""

    failure = Failure(required=False, help_text="What failed; or its `signature`, as a correction shows it.")
    signature = Text(
        required=False, max_length=400,
        help_text="As a correction shows it: `shell/exit_2: ...` or `shell/any: ...`. What varies is masked.",
    )  # fmt: skip
    fix = serializers.JSONField(
        help_text="{kind: run-before | replace-command | environment | wait | alternative, ...}; see the how-to guide."
    )
    reason = Text(required=False, max_length=300, default="", help_text="What it does, in words.")

    def validate_signature(self, text: str) -> str:
        found = SIGNATURE.fullmatch(text)
        if not found:
            raise serializers.ValidationError("Must be a signature, as `shell/exit_2: cannot create <path>`.")
        if found[1] not in ACTUATORS:
            raise serializers.ValidationError(f"Unknown actuator; known: {', '.join(ACTUATORS)}.")
        return masked_again(text)

    def validate_fix(self, fix: Any) -> dict[str, Any]:
        if wrong := fixes.check(fix):
            raise serializers.ValidationError(wrong.get("fix", wrong))
        return dict(fix)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("failure" in attrs) == ("signature" in attrs):
            raise serializers.ValidationError({"failure": ["Say either the failure or its signature."]})
        return attrs


class TaskTreeSerializer(ModelSerializer):
    """The tasks of a goal that succeeded, kept so that its repeat needs no planner."""

    slots = serializers.SerializerMethodField(
        help_text="What may differ: [{type, step, seen}]; step is its place in the path, null in the description."
    )
    tasks = serializers.SerializerMethodField(
        help_text="[{name, actuator, params, dependsOn, timeoutMs}], as they were the first time."
    )

    class Meta:
        model = TaskTree
        fields = [
            "id", "description", "slots", "tasks", "planner", "score", "times_used", "successes", "failures",
            "crystallized", "learned_from", "used_at", "created_at",
        ]  # fmt: skip

    def get_slots(self, tree: TaskTree) -> list[dict[str, Any]]:
        literals, seen = tree.tree.get("literals", []), tree.tree.get("seen", {})
        slots = [(literals[int(index)], values) for index, values in seen.items()]
        return [
            {"type": kind, "step": step if step >= 0 else None, "seen": values} for (kind, _, step), values in slots
        ]

    def get_tasks(self, tree: TaskTree) -> list[dict[str, Any]]:
        return list(tree.tree.get("tasks", []))


class Sums(Serializer):
    """What came of goals."""

    succeeded = serializers.IntegerField()
    failed = serializers.IntegerField()
    cancelled = serializers.IntegerField()
    success_rate = serializers.FloatField(allow_null=True, help_text="Of those that succeeded or failed; null: none.")
    mean_duration_ms = serializers.IntegerField(allow_null=True, help_text="From start to end, of the succeeded.")
    fixes_applied = serializers.IntegerField(help_text="Tries with a fix that have ended.")
    fixes_worked = serializers.IntegerField(help_text="Those of them after which the task succeeded.")
    plans_skipped = serializers.IntegerField(help_text="Goals whose tasks came from a crystallized tree.")


class LearningOfPlanner(Sums):
    """The same of one planner."""

    planner = serializers.CharField(help_text="path, keyword, llm, crystallized, direct; empty: it was never planned.")


class Learning(Sums):
    """What came of the goals of one kind."""

    kind = serializers.CharField(help_text="goal, or direct for POST /api/execute.")
    planners = LearningOfPlanner(many=True)
