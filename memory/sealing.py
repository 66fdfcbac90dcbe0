"""Values tagged `secrets`, encrypted at rest and bound to their account and key (executor_one.kit.sealing)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from executor_one.kit import sealing

SECRETS = "secrets"  # the tag
PURPOSE = "memory"

UnknownKey, Damaged = sealing.UnknownKey, sealing.Damaged


def is_secret(tags: Iterable[str]) -> bool:
    """Whether a memory with these tags is sealed: any that a person may take for `secrets` counts as it."""
    return any(unicodedata.normalize("NFKC", tag).strip().casefold() == SECRETS for tag in tags)


def seal(text: str, *, account: str, key: str, masters: Iterable[str]) -> bytes:
    """Encrypt with the first of the master keys."""
    return sealing.seal(text.encode(), bound_to=_bound_to(account, key), key=_first(masters))


def unseal(sealed: bytes, *, account: str, key: str, masters: Iterable[str]) -> str:
    """What was sealed; UnknownKey or Damaged."""
    keys = [sealing.derived(master, PURPOSE) for master in masters]
    return sealing.unseal(sealed, bound_to=_bound_to(account, key), keys=keys).decode()


def is_current(sealed: bytes, masters: Iterable[str]) -> bool:
    """Whether it was sealed with the first master key."""
    return sealing.is_of(sealed, _first(masters))


def _first(masters: Iterable[str]) -> sealing.Key:
    return sealing.derived(next(iter(masters)), PURPOSE)


def _bound_to(account: str, key: str) -> bytes:
    return f"{account}\0{key}".encode()  # neither holds a NUL
