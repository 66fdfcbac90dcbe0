"""The files of a workspace: what tasks have left there, listed and downloaded. Links are shown, never followed."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from actuators.given import Refused
from actuators.sandbox import Workspace
from actuators.workspace_files import MAX_LIMIT, Entry, OpenFile, list_files, open_file
from executor_one.kit.api import ApiView
from executor_one.kit.errors import DomainError, NotFound, Unavailable
from executor_one.kit.flow import Flow
from executor_one.kit.pagination import BadQuery, whole
from executor_one.kit.serializers import Serializer
from executor_one.kit.streams import Stream

PIECE = 256 * 1024  # bytes that are read at once
NOT_THERE = "There is no such file or folder in the workspace."
BYTES = "application/octet-stream"


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
    query = {"GET": ("path", "limit", "after")}

    @extend_schema(
        operation_id="workspace_files_list",
        parameters=[
            OpenApiParameter("path", description="The folder, relative to the workspace; the workspace without it."),
            OpenApiParameter("limit", OpenApiTypes.INT, description=f"1-{MAX_LIMIT:,}, 100 without it."),
            OpenApiParameter("after", description="The name after which this page begins."),
        ],
        responses=FileList,
    )
    def get(self, request: Request) -> Response:
        """What is in a folder, by name. One that is not there is 404; a workspace without tasks is empty."""
        path, after = request.query_params.get("path", ""), request.query_params.get("after", "")
        limit = whole(request, "limit", 100, least=1, most=MAX_LIMIT)
        workspace = workspace_of(self.caller)
        if workspace is None and path in ("", "."):
            return Response(FileList({"data": [], "after": None}).data)
        try:
            found = list_files(_there(workspace), path, limit, after)
        except Refused as refused:
            raise refusal(refused) from refused
        return Response(FileList({"data": [entry(one) for one in found.entries], "after": found.after}).data)


class WorkspaceFile(ApiView):
    """One file of your workspace."""

    permissions = {"GET": "files.view"}

    @extend_schema(operation_id="workspace_files_download", responses={(200, BYTES): OpenApiTypes.BINARY})
    def get(self, request: Request, path: str) -> HttpResponseBase:
        """The bytes of a regular file as it is now; a link, a folder and what is none of these are 404."""
        try:
            found = open_file(_there(workspace_of(self.caller)), path)
        except Refused as refused:
            raise refusal(refused) from refused
        return Download(found, path.rpartition("/")[2])


class Download(Stream):
    """An open file as the answer: never shown by a browser, whatever is in it."""

    goodbye = b""

    def __init__(self, file: OpenFile, name: str) -> None:
        self.file = file
        super().__init__(self.pieces, self.read(), partial(os.close, file.fd), BYTES)
        self["Content-Length"] = str(file.size)
        self["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        self["Content-Security-Policy"] = "sandbox; default-src 'none'"

    def read(self) -> Iterator[bytes]:
        """Its bytes; what is written to it meanwhile is not among them, and nothing makes up for what is cut off."""
        left = self.file.size
        while left and (piece := os.read(self.file.fd, min(left, PIECE))):
            left -= len(piece)
            yield piece

    async def pieces(self, flow: Flow) -> AsyncIterator[bytes]:
        pieces, end = self.read(), b""
        while piece := await asyncio.to_thread(next, pieces, end):
            yield piece


def workspace_of(caller: Any) -> Workspace | None:
    """Where the tasks of the caller's account work; None before the first one did."""
    path = settings.WORKSPACES_DIR / caller.account.workspace
    return Workspace(path, None) if path.is_dir() else None


def _there(workspace: Workspace | None) -> Workspace:
    if workspace is None:
        raise NotFound(NOT_THERE)
    return workspace


def entry(one: Entry) -> dict[str, Any]:
    """As FileEntry declares it."""
    return {
        "name": one.name, "kind": one.kind, "size": one.size, "mode": f"{one.mode:04o}",
        "modified_at": datetime.fromtimestamp(one.modified, UTC),
    }  # fmt: skip


def refusal(refused: Refused) -> DomainError:
    """An actuator's refusal as one of the API's. Where a link leads is nobody's business: it is not there."""
    if refused.code == "bad_path":
        return BadQuery(f"path: {refused}", errors={"path": [str(refused)]})
    if refused.code == "actuator_unavailable":
        return Unavailable(str(refused))
    return NotFound(NOT_THERE)
