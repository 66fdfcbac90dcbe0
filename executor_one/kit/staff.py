"""Who of the staff may do what. Not to be confused with the roles of an account's people (accounts.roles)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest

SUPPORT, OPERATOR, OWNER = ROLES = ("support", "operator", "owner")  # reads; and acts; and edits plans and staff


def role_of(user: Any) -> str:
    """The role of a member of the staff; empty for everybody else. Who was made a superuser is an owner."""
    if user is None or not (user.is_authenticated and user.is_active and user.is_staff):
        return ""
    return OWNER if user.is_superuser else user.staff_role or SUPPORT


def may(user: Any, role: str) -> bool:
    """Whether the user's role is this one or a higher one."""
    has = role_of(user)
    return bool(has) and ROLES.index(has) >= ROLES.index(role)


@dataclass(frozen=True)
class StaffCaller:
    """A member of the staff where an action asks who calls: as mighty as an account's owner, and named in events."""

    actor: str
    role: str = "owner"
    scopes: list[str] = field(default_factory=lambda: ["*"])
    user: None = None


def caller(request: HttpRequest) -> StaffCaller:
    return StaffCaller(f"staff:{request.user.pk}")
