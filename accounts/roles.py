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
    VIEWER: {
        "account.view", "activity.view", "credentials.view", "goals.view", "learning.view", "members.view",
        "memory.view", "state.view", "usage.view",
    },
    OPERATOR: {"activity.edit", "files.view", "goals.run", "learning.edit", "memory.edit"},
    DEVELOPER: {"execute.run", "keys.view", "keys.edit", "memory.secrets", "webhooks.view", "webhooks.edit"},
    ADMIN: {
        "account.edit", "audit.edit", "audit.view", "billing.view", "credentials.edit", "credentials.read",
        "egress.edit", "members.edit",
    },
    OWNER: {"billing.edit"},
}  # fmt: skip
PERMISSIONS: dict[str, frozenset[str]] = {
    role: frozenset().union(*(ADDED[lower] for lower in ROLES[: rank + 1])) for rank, role in enumerate(ROLES)
}
ALL_PERMISSIONS = PERMISSIONS[OWNER]
EVERYTHING = "*"  # the scope of a key that may do all that its role may, but for what is explicit
EXPLICIT = frozenset({"credentials.read"})  # a key has these only where its scopes name them
OF_A_PERSON = (EVERYTHING, *EXPLICIT)


def rank(role: str) -> int:
    """0 for a viewer, 4 for an owner."""
    return ROLES.index(role)


def allows(role: str, scopes: Iterable[str], permission: str) -> bool:
    """Whether a caller with this role, narrowed to these scopes, has the permission."""
    return permission in PERMISSIONS[role] and may_give(scopes, [permission])


def may_give(own: Iterable[str], scopes: Iterable[str]) -> bool:
    """Whether who has the scopes `own` has these too, and so may give them to a key."""
    held = set(own)
    missing = set(scopes) - held
    return not missing or (EVERYTHING in held and not missing & EXPLICIT)


def implied(scopes: Iterable[str]) -> list[str]:
    """What a new key gets that names no scopes, made by who has these: never what is explicit."""
    return [scope for scope in scopes if scope not in EXPLICIT]
