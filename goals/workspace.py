"""The workspace of an account as its people look into it, over the API and on the dashboard."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from actuators.beneath import parts_of
from actuators.given import Refused
from actuators.sandbox import Workspace
from actuators.workspace_files import Entry, Listing, list_files, open_file
from executor_one.kit.errors import DomainError, NotFound, Unavailable
from executor_one.kit.pagination import BadQuery
from goals.downloads import Download

NOT_THERE = "There is no such file or folder in the workspace."
FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def listed(caller: Any, path: str, limit: int, after: str) -> Listing:
    """A page of a folder of the workspace of the caller's account, by name. It blocks.

    A workspace without tasks is empty. Raises NotFound for a folder that is not there, BadQuery for what is no path,
    Unavailable where the workspace cannot be opened.
    """
    workspace = _workspace_of(caller)
    if workspace is None and path in ("", "."):
        return Listing((), None)
    try:
        return list_files(_there(workspace), path, limit, after)
    except Refused as refused:
        raise _refusal(refused) from refused


def download(caller: Any, path: str) -> Download:
    """A regular file of the workspace, as the answer. Raises as `listed`; a link or a folder is NotFound.

    TooSoon where the account has as many open as it may.
    """
    try:
        found = open_file(_there(_workspace_of(caller)), path)
    except Refused as refused:
        raise _refusal(refused) from refused
    return Download(str(caller.account_id), found, parts_of(path)[-1])


def changed_at(one: Entry) -> datetime:
    """When it was changed. Its owner can set any time; what no calendar has becomes the nearest one that it has."""
    try:
        return datetime.fromtimestamp(one.modified, UTC)
    except (OverflowError, ValueError, OSError):
        return LAST if one.modified > 0 else FIRST


def _workspace_of(caller: Any) -> Workspace | None:
    """Where the tasks of the caller's account work; None before the first one did."""
    path = settings.WORKSPACES_DIR / caller.account.workspace
    return Workspace(path, None) if path.is_dir() else None


def _there(workspace: Workspace | None) -> Workspace:
    if workspace is None:
        raise NotFound(NOT_THERE)
    return workspace


def _refusal(refused: Refused) -> DomainError:
    """An actuator's refusal as one of the API's. Where a link leads is nobody's business: it is not there."""
    if refused.code == "bad_path":
        return BadQuery(f"path: {refused}", errors={"path": [str(refused)]})
    if refused.code == "actuator_unavailable":
        return Unavailable(str(refused))
    return NotFound(NOT_THERE)
