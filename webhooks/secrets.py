"""The secrets of endpoints: made here, sealed at rest, opened by who signs. Plain values."""

from __future__ import annotations

from collections.abc import Iterable

from accounts import secrets
from executor_one.kit import sealing

KIND = "whsec"
PURPOSE = "webhooks"

UnknownKey, Damaged = sealing.UnknownKey, sealing.Damaged


def make() -> str:
    """`whsec_...`: 190 random bits and a checksum, as text; the text itself is the key of the signature."""
    return secrets.make(KIND)


def seal(secret: str, *, account: str, endpoint: str, masters: Iterable[str]) -> bytes:
    """Encrypt with the first of the master keys, bound to the endpoint."""
    first = sealing.derived(next(iter(masters)), PURPOSE)
    return sealing.seal(secret.encode(), bound_to=_place(account, endpoint), key=first)


def unseal(sealed: bytes, *, account: str, endpoint: str, masters: Iterable[str]) -> str:
    """What was sealed; UnknownKey or Damaged."""
    keys = [sealing.derived(master, PURPOSE) for master in masters]
    return sealing.unseal(sealed, bound_to=_place(account, endpoint), keys=keys).decode()


def is_current(sealed: bytes, masters: Iterable[str]) -> bool:
    """Whether it was sealed with the first master key."""
    return sealing.is_of(sealed, sealing.derived(next(iter(masters)), PURPOSE))


def _place(account: str, endpoint: str) -> bytes:
    return f"{account}\0{endpoint}".encode()
