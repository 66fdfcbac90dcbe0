"""What accounts know, as staff see it: what there is and how it stands. Values are the customer's and are not shown."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from executor_one.kit.columns import badge, yes
from executor_one.kit.errors import Conflict
from executor_one.kit.screens import LongAdmin, StaffAdmin, deed, display
from executor_one.kit.staff import StaffCaller
from executor_one.kit.templatetags.look import NOTHING
from memory import actions, learned
from memory.hiding import replaced
from memory.models import Correction, Memory, Tally, TaskTree


class CrystallizingAdmin(LongAdmin):
    """The screen of what can be made permanent."""

    deeds = ("crystallize",)

    @deed("Crystallize", fits=lambda row: not row.crystallized)
    def crystallize(self, row: Any, by: StaffCaller, words: str) -> str:
        """Make it permanent, as the customer could."""
        if row.crystallized:
            raise Conflict("It is permanent already.")
        self.make_permanent(row, by.actor)
        return "permanent now."

    def make_permanent(self, row: Any, actor: str) -> None:
        raise NotImplementedError


@admin.register(Memory)
class MemoryAdmin(CrystallizingAdmin):
    """Memories, without their values."""

    called = ("memory", "memories")

    list_display = [
        "key",
        "whose",
        "importance",
        "crystallized",
        "is_secret",
        "access_count",
        "written_at",
        "expires_at",
    ]
    list_filter = ["crystallized"]
    list_select_related = ["account"]
    exclude = ["value", "sealed", "value_digest", "gist"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Memory]:
        return super().get_queryset(request).defer("value")  # type: ignore[no-any-return]

    @display("Secret")
    def is_secret(self, row: Memory) -> str:
        return yes(row.is_sealed)

    def make_permanent(self, row: Memory, actor: str) -> None:
        actions.crystallize(row.key, actor=actor)


@admin.register(Correction)
class CorrectionAdmin(CrystallizingAdmin):
    """Fixes that accounts have learned."""

    list_display = ["does", "whose", "source", "fix_id", "times_used", "times_worked", "crystallized", "stands"]
    list_filter = ["source", "crystallized", ("retired_at", admin.EmptyFieldListFilter)]
    list_select_related = ["account"]
    exclude = ["fix", "fix_digest", "signature", "reason"]
    readonly_fields = ["does"]

    @display("What it does", "reason")
    def does(self, row: Correction) -> str:
        return replaced(row.reason, lambda secret: "[secret]", told=True) or NOTHING

    @display("State", "retired_at")
    def stands(self, row: Correction) -> SafeString:
        return badge("cancelled", "retired") if row.retired_at else badge("completed", "in use")

    def make_permanent(self, row: Correction, actor: str) -> None:
        learned.crystallize_correction(row, actor=actor)


@admin.register(TaskTree)
class TaskTreeAdmin(CrystallizingAdmin):
    """Plans that accounts have learned."""

    list_display = [
        "id",
        "whose",
        "planner",
        "times_used",
        "successes",
        "failures",
        "score",
        "crystallized",
        "used_at",
    ]
    list_filter = ["crystallized"]
    list_select_related = ["account"]
    exclude = ["tree", "description", "shape"]

    def make_permanent(self, row: TaskTree, actor: str) -> None:
        learned.crystallize_tree(row, actor=actor)


@admin.register(Tally)
class TallyAdmin(StaffAdmin):
    """What came of goals, by account, kind and planner."""

    called = ("line of the registry", "lines of the registry")

    list_display = ["whose", "kind", "planner", "succeeded", "failed", "cancelled", "fixes_applied", "fixes_worked"]
    list_filter = ["kind", "planner"]
    list_select_related = ["account"]
    search_fields = ["account__id"]
