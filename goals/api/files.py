"""The files of a workspace: what tasks have left there, listed and downloaded. Links are shown, never followed."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from actuators.workspace_files import MAX_LIMIT, Entry
from executor_one.kit.api import ApiView
from executor_one.kit.pagination import between, whole
from executor_one.kit.serializers import Serializer
from goals import workspace
from goals.downloads import BYTES


class FileEntry(Serializer):
    """One name in a folder of the workspace."""

    name = serializers.CharField()
    kind = serializers.ChoiceField(["file", "directory", "link", "other"])
    size = serializers.IntegerField(help_text="Bytes.")
    mode = serializers.CharField(help_text="Its permissions in octal, like 0644.")
    modified_at = serializers.DateTimeField()


class FileList(Serializer):
    """A page of a folder, by name."""

    data = FileEntry(many=True)  # type: ignore[assignment] # the metaclass takes it away
    after = serializers.CharField(allow_null=True, help_text="Ask for the next page with it; null: there is none.")


class WorkspaceFiles(ApiView):
    """The files of your workspace."""

    permissions = {"GET": "files.view"}
    refusals = {"GET": (404,)}
    query = {"GET": ("path", "limit", "after")}

    @extend_schema(
        operation_id="workspace_files_list",
        parameters=[
            OpenApiParameter("path", description="The folder, relative to the workspace; the workspace without it."),
            OpenApiParameter("limit", between(1, MAX_LIMIT), description="How many at most; 100 when not said."),
            OpenApiParameter("after", description="The name after which this page begins."),
        ],
        responses=FileList,
    )
    def get(self, request: Request) -> Response:
        """What is in a folder, by name. One that is not there is 404; a workspace without tasks is empty."""
        path, after = request.query_params.get("path", ""), request.query_params.get("after", "")
        limit = whole(request, "limit", 100, least=1, most=MAX_LIMIT)
        found = workspace.listed(self.caller, path, limit, after)
        return Response(FileList({"data": [entry(one) for one in found.entries], "after": found.after}).data)


class WorkspaceFile(ApiView):
    """One file of your workspace."""

    permissions = {"GET": "files.view"}

    @extend_schema(operation_id="workspace_files_download", responses={(200, BYTES): OpenApiTypes.BINARY})
    def get(self, request: Request, path: str) -> HttpResponseBase:
        """The bytes of a regular file as it is now; a link, a folder and what is none of these are 404.

        The connection is closed before Content-Length is reached when the file is deleted, replaced or shortened
        meanwhile, and when less than 1 MiB is taken in a minute. An account may have 8 downloads open; one more is 429.
        """
        return workspace.download(self.caller, path)


def entry(one: Entry) -> dict[str, Any]:
    """As FileEntry declares it."""
    return {
        "name": one.name, "kind": one.kind, "size": one.size, "mode": f"{one.mode:04o}",
        "modified_at": workspace.changed_at(one),
    }  # fmt: skip
