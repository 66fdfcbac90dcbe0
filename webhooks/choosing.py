"""Which events an endpoint asks for. Plain values."""

from __future__ import annotations

from collections.abc import Sequence

from events.catalogue import EVENTS

FAMILY = "webhook."  # what happens to endpoints is never sent to endpoints, or one that is dead would tell for ever
TEST = "webhook.test"
MOST_TYPES = 50
KNOWN = frozenset(name for name in EVENTS if not name.startswith(FAMILY))
FAMILIES = frozenset(f"{name.partition('.')[0]}.*" for name in KNOWN)


class Wrong(ValueError):
    """These types cannot be asked for; the text says why."""


def types_of(given: Sequence[str]) -> list[str]:
    """The types as they are kept, each once, or Wrong: names of the catalogue, `goal.*` for a family, `*` for all."""
    found = list(dict.fromkeys(given))
    if not found:
        raise Wrong('Name at least one type of event; "*" is all of them.')
    if len(found) > MOST_TYPES:
        raise Wrong(f"There are more than {MOST_TYPES}.")
    for name in found:
        if name != "*" and name not in KNOWN and name not in FAMILIES:
            raise Wrong(
                f'There is no event {name[:60]!r}; docs/reference/events lists them, a family is like "goal.*".'
            )
    return found


def wants(types: Sequence[str], type: str) -> bool:
    """Whether an endpoint with these types is sent an event of this type."""
    if type.startswith(FAMILY):
        return False
    return "*" in types or type in types or f"{type.partition('.')[0]}.*" in types
