"""What must be read again but not by whoever reads the database: the seeds of second factors, a key's first showing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Unreadable(Exception):
    """It was sealed with another key, or is not what was sealed."""


def seal(text: str, masters: Iterable[str]) -> str:
    """Encrypt with the first of the master keys."""
    return _ciphers(masters).encrypt(text.encode()).decode()


def unseal(sealed: str, masters: Iterable[str], *, seconds: int | None = None) -> str:
    """What was sealed with any of the master keys, at most `seconds` ago; or Unreadable."""
    try:
        return _ciphers(masters).decrypt(sealed.encode(), ttl=seconds).decode()
    except InvalidToken as wrong:
        raise Unreadable from wrong


def _ciphers(masters: Iterable[str]) -> MultiFernet:
    """Each master key makes one that is used for nothing else."""
    derived = (hashlib.sha256(b"accounts.sealing\x00" + master.encode()).digest() for master in masters)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])
