"""Identifiers: time-ordered UUIDs and prefixed public ids."""

import secrets
import time
import uuid

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U


def uuid7() -> uuid.UUID:
    """A random UUID that sorts by creation time (RFC 9562, version 7)."""
    milliseconds = time.time_ns() // 1_000_000
    value = milliseconds << 80 | 0x7 << 76 | secrets.randbits(12) << 64
    return uuid.UUID(int=value | 0b10 << 62 | secrets.randbits(62))


def prefixed(prefix: str) -> str:
    """`acc_01JD...`: the prefix and 26 characters of a time-ordered id."""
    number, letters = uuid7().int, ""
    for _ in range(26):
        number, digit = divmod(number, 32)
        letters = ALPHABET[digit] + letters
    return f"{prefix}_{letters}"
