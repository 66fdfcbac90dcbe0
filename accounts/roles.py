"""Who may do what: permissions by role, as data."""

from collections.abc import Iterable

VIEWER, OPERATOR, DEVELOPER, ADMIN, OWNER = ROLES = (
    "viewer",
    "operator",
    "developer",
    "admin",
    "owner",
)

# What each role adds to the one before it.
ADDED: dict[str, set[str]] = {
    VIEWER: {"account.view", "goals.view", "learning.view", "members.view", "memory.view", "state.view", "usage.view"},
    OPERATOR: {"files.view", "goals.run", "learning.edit", "memory.edit"},
    DEVELOPER: {"execute.run", "keys.view", "keys.edit", "memory.secrets"},
    ADMIN: {"account.edit", "billing.view", "members.edit"},
    OWNER: {"billing.edit"},
}
PERMISSIONS: dict[str, frozenset[str]] = {
    role: frozenset().union(*(ADDED[lower] for lower in ROLES[: rank + 1])) for rank, role in enumerate(ROLES)
}
ALL_PERMISSIONS = PERMISSIONS[OWNER]
EVERYTHING = "*"  # the scope of a key that may do all that its role may


def rank(role: str) -> int:
    """0 for a viewer, 4 for an owner."""
    return ROLES.index(role)


def allows(role: str, scopes: Iterable[str], permission: str) -> bool:
    """Whether a caller with this role, narrowed to these scopes, has the permission."""
    wanted = set(scopes)
    return permission in PERMISSIONS[role] and (EVERYTHING in wanted or permission in wanted)
