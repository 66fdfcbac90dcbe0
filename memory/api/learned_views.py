"""Corrections, task trees and the learning registry."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from executor_one.kit.api import PAGING, ApiView, Caller
from executor_one.kit.errors import NotFound
from memory import learned
from memory.api import learned_serializers as shapes
from memory.models import Correction, TaskTree
from memory.registry import learning
from memory.teaching import signature_of

SECRETS = "memory.secrets"  # the permission


def found_or_404(model: Any, pk: UUID, words: str) -> Any:
    """A row of the active account; a foreign id answers like one that never was."""
    row = model.objects.filter(pk=pk).first()
    if row is None:
        raise NotFound(f"There is no {words} with this id.")
    return row


def shape_for(caller: Caller) -> type[shapes.CorrectionSerializer]:
    """How a caller sees corrections: with the secrets in them, or without."""
    return shapes.ClearCorrectionSerializer if caller.may(SECRETS) else shapes.CorrectionSerializer


class CorrectionList(ApiView):
    """Corrections of the account."""

    permissions = {"GET": "learning.view", "POST": "learning.edit goals.run"}  # what is taught will run in goals
    query = {"GET": PAGING}

    @extend_schema(operation_id="corrections_list", responses=shapes.CorrectionSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The fixes this account knows, the last used first (E-R21).

        What looks like a secret in a fix is shown to callers with the permission memory.secrets only.
        """
        newest = Correction.objects.order_by("-last_used_at", "-id")
        return self.page(newest, shape_for(self.caller))

    @extend_schema(
        operation_id="corrections_create",
        request=shapes.CorrectionInput,
        responses={200: shapes.CorrectionSerializer, 201: shapes.CorrectionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Teach a fix for a failure. 201; 200 when it was known, and then a retired one gets a new chance.

        Needs goals.run besides learning.edit, because what is taught will run in the account's goals.
        """
        form = self.read(shapes.CorrectionInput, request)
        text = form.get("signature") or signature_of(**form["failure"])
        correction, is_new = learned.teach(
            signature=text, fix=form["fix"], reason=form["reason"], actor=self.caller.actor
        )
        location = {"Location": f"/api/corrections/{correction.pk}"}
        return Response(shape_for(self.caller)(correction).data, status=201 if is_new else 200, headers=location)


class CorrectionDetail(ApiView):
    """One correction."""

    permissions = {"GET": "learning.view", "DELETE": "learning.edit"}

    @extend_schema(operation_id="corrections_retrieve", responses=shapes.CorrectionSerializer)
    def get(self, request: Request, correction_id: UUID) -> Response:
        """A correction and how often it worked."""
        correction = found_or_404(Correction, correction_id, "correction")
        return Response(shape_for(self.caller)(correction).data)

    @extend_schema(operation_id="corrections_delete", responses={204: None})
    def delete(self, request: Request, correction_id: UUID) -> Response:
        """Forget it, crystallized or not; what the catalogue knows of that failure is tried anew."""
        learned.forget_correction(found_or_404(Correction, correction_id, "correction"), actor=self.caller.actor)
        return Response(status=204)


class CorrectionCrystallize(ApiView):
    """Making a correction permanent."""

    permissions = {"POST": "learning.edit"}

    @extend_schema(operation_id="corrections_crystallize", request=None, responses=shapes.CorrectionSerializer)
    def post(self, request: Request, correction_id: UUID) -> Response:
        """Make it permanent: garbage collection never takes it (E-R18)."""
        correction = found_or_404(Correction, correction_id, "correction")
        learned.crystallize_correction(correction, actor=self.caller.actor)
        return Response(shape_for(self.caller)(correction).data)


class TaskTreeList(ApiView):
    """Task trees of the account."""

    permissions = {"GET": "learning.view"}
    query = {"GET": PAGING}

    @extend_schema(operation_id="task_trees_list", responses=shapes.TaskTreeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The trees that repeats of goals can use instead of a planner, the last used first (E-R19)."""
        return self.page(TaskTree.objects.order_by("-used_at", "-id"), shapes.TaskTreeSerializer)


class TaskTreeDetail(ApiView):
    """One task tree."""

    permissions = {"GET": "learning.view", "DELETE": "learning.edit"}

    @extend_schema(operation_id="task_trees_retrieve", responses=shapes.TaskTreeSerializer)
    def get(self, request: Request, tree_id: UUID) -> Response:
        """A tree: its text with slots, its tasks, how often it was right."""
        return Response(shapes.TaskTreeSerializer(found_or_404(TaskTree, tree_id, "task tree")).data)

    @extend_schema(operation_id="task_trees_delete", responses={204: None})
    def delete(self, request: Request, tree_id: UUID) -> Response:
        """Forget it, crystallized or not; the next such goal is planned."""
        learned.forget_tree(found_or_404(TaskTree, tree_id, "task tree"), actor=self.caller.actor)
        return Response(status=204)


class TaskTreeCrystallize(ApiView):
    """Making a task tree permanent."""

    permissions = {"POST": "learning.edit"}

    @extend_schema(operation_id="task_trees_crystallize", request=None, responses=shapes.TaskTreeSerializer)
    def post(self, request: Request, tree_id: UUID) -> Response:
        """Make it permanent: garbage collection never takes it (E-R18)."""
        tree = found_or_404(TaskTree, tree_id, "task tree")
        learned.crystallize_tree(tree, actor=self.caller.actor)
        return Response(shapes.TaskTreeSerializer(tree).data)


class LearningView(ApiView):
    """The learning registry."""

    permissions = {"GET": "learning.view"}

    @extend_schema(operation_id="learning_list", responses=shapes.Learning(many=True))
    def get(self, request: Request) -> Response:
        """What came of this account's goals: success rate, mean duration, fixes applied, plans skipped, by kind."""
        kinds = learning()
        answer = [shapes.Learning(kind).data for kind in kinds]
        return Response({"data": answer, "meta": {"total": len(answer), "limit": len(answer), "offset": 0}})
