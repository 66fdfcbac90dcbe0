"""The page of the workspace's files: a folder at a time, and each file as a download."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from accounts.pages import PageView
from actuators.beneath import check_path, parts_of
from actuators.workspace_files import Entry
from executor_one.kit.errors import NotFound
from goals import workspace

FILES = "/dashboard/files"
DOWNLOAD = f"{FILES}/download"
ROWS = 500  # names of one page
NOT_TEXT = "Its name is not UTF-8, so it has no address. A task can rename it."


@dataclass(frozen=True)
class Row:
    """A name in a folder, as the page shows it: `href` leads into a folder or downloads a file.

    `href` is empty for what is neither, and for what cannot be addressed; then `note` says why.
    """

    entry: Entry
    changed_at: datetime
    href: str = ""
    note: str = ""


class FilesPage(PageView):
    """What tasks have left in a folder of the workspace, folders first; it updates itself."""

    permissions = {"GET": "files.view"}
    section = "files"
    template = "goals/files.html"
    fragment = "goals/_files.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The folder `?path=`, from the names after `?after=` on; one that is gone is 404, with the way up."""
        path, after = request.GET.get("path", ""), request.GET.get("after", "")
        parts = parts_of(path)
        context = {"crumbs": list(crumbs(parts)), "after": after, "address": address(parts, after), "most": ROWS}
        try:
            found = workspace.listed(self.caller, path, ROWS, after)
        except NotFound as gone:
            if self.is_partial:
                raise
            return self.page({**context, "gone": gone.message}, status=gone.status)
        rows = [row(one, parts) for one in sorted(found.entries, key=lambda one: one.kind != "directory")]
        more = address(parts, found.after) if found.after is not None else ""
        return self.page({**context, "rows": rows, "more": more, "start": address(parts)})


class FileDownload(PageView):
    """A file of the workspace."""

    permissions = {"GET": "files.view"}
    section = "files"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """The bytes of `?path=` to save, never to show. In the query: a name can hold what a path of an URL cannot."""
        return workspace.download(self.caller, request.GET.get("path", ""))


def address(parts: list[str], after: str = "") -> str:
    """The page of a folder, and of its names after one."""
    asked = query(path="/".join(parts), after=after)
    return f"{FILES}?{asked}" if asked else FILES


def query(**wanted: str) -> str:
    """The part of an address behind the question mark; what is empty is not in it."""
    return urlencode({name: value for name, value in wanted.items() if value})


def crumbs(parts: list[str]) -> Iterator[tuple[str, str]]:
    """The folders on the way down, each with its address."""
    for depth, name in enumerate(parts, 1):
        yield name, address(parts[:depth])


def row(entry: Entry, above: list[str]) -> Row:
    """A name in the folder `above`, with where it leads."""
    changed_at = workspace.changed_at(entry)
    if entry.kind == "link":
        return Row(entry, changed_at, note="A link. It is shown, never followed.")
    if entry.kind == "other":
        return Row(entry, changed_at, note="Neither a file nor a folder.")
    parts = [*above, entry.name]
    path = "/".join(parts)
    if problem := check_path(path) if entry.is_text else NOT_TEXT:
        return Row(entry, changed_at, note=problem)
    return Row(entry, changed_at, address(parts) if entry.kind == "directory" else f"{DOWNLOAD}?{query(path=path)}")
