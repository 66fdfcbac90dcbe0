"""Which events an endpoint asks for. Plain values."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from events.catalogue import EVENTS

FAMILY = "webhook."  # what happens to endpoints is never sent to endpoints, or one that is dead would tell for ever
TEST = "webhook.test"
MOST_TYPES = 50
KNOWN = frozenset(name for name in EVENTS if not name.startswith(FAMILY))


def family_of(type: str) -> str:
    """`goal.*` of goal.completed."""
    return f"{type.partition('.')[0]}.*"


class Wrong(ValueError):
    """These types cannot be asked for; the text says why."""


def types_of(given: Sequence[str], known: Collection[str] = KNOWN) -> list[str]:
    """The types as they are kept, each once, or Wrong: those that are `known`, `goal.*` for a family, `*` for all."""
    families = {family_of(name) for name in known}
    found = list(dict.fromkeys(given))
    if not found:
        raise Wrong('Name at least one type of event; "*" is all of them.')
    if len(found) > MOST_TYPES:
        raise Wrong(f"There are more than {MOST_TYPES}.")
    for name in found:
        if name != "*" and name not in known and name not in families:
            raise Wrong(
                f'There is no event {name[:60]!r}; docs/reference/events lists them, a family is like "goal.*".'
            )
    return found


def wants(types: Sequence[str], type: str) -> bool:
    """Whether an endpoint with these types is sent an event of this type."""
    if type.startswith(FAMILY):
        return False
    return wants_any(types) or type in types or family_of(type) in types


def wants_any(types: Sequence[str]) -> bool:
    """Whether these types are all there are."""
    return "*" in types
