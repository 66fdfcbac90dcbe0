"""Values tagged `secrets`, encrypted at rest: AES-256-GCM, bound to their account and key.

A sealed value is: one byte version, four bytes that say which master key, twelve bytes nonce, ciphertext and tag.
"""

from __future__ import annotations

import hashlib
import os
import unicodedata
from collections.abc import Iterable
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"\x01"
NAME, NONCE = 4, 12  # bytes
HEAD = len(VERSION) + NAME + NONCE


SECRETS = "secrets"  # the tag


class UnknownKey(Exception):
    """It was sealed with a master key that is not at hand."""


class Damaged(Exception):
    """It is not what was sealed for this account and key: changed, cut, or moved from elsewhere."""


def is_secret(tags: Iterable[str]) -> bool:
    """Whether a memory with these tags is sealed: any that a person may take for `secrets` counts as it."""
    return any(unicodedata.normalize("NFKC", tag).strip().casefold() == SECRETS for tag in tags)


def seal(text: str, *, account: str, key: str, masters: Iterable[str]) -> bytes:
    """Encrypt with the first of the master keys."""
    name, cipher = _cipher(next(iter(masters)))
    nonce = os.urandom(NONCE)
    return VERSION + name + nonce + cipher.encrypt(nonce, text.encode(), _bound_to(account, key))


def unseal(sealed: bytes, *, account: str, key: str, masters: Iterable[str]) -> str:
    """What was sealed; UnknownKey or Damaged."""
    ciphers = dict(_cipher(master) for master in masters)
    name, nonce = sealed[1 : 1 + NAME], sealed[1 + NAME : HEAD]
    if sealed[:1] != VERSION or len(sealed) < HEAD:
        raise Damaged
    if name not in ciphers:
        raise UnknownKey
    try:
        return ciphers[name].decrypt(nonce, sealed[HEAD:], _bound_to(account, key)).decode()
    except InvalidTag as wrong:
        raise Damaged from wrong


def is_current(sealed: bytes, masters: Iterable[str]) -> bool:
    """Whether it was sealed with the first master key."""
    return sealed[: 1 + NAME] == VERSION + _cipher(next(iter(masters)))[0]


def _bound_to(account: str, key: str) -> bytes:
    return f"{account}\0{key}".encode()  # neither holds a NUL


@cache
def _cipher(master: str) -> tuple[bytes, AESGCM]:
    """A master key's name and cipher. It may be any text of some length, so the key proper is derived from it."""
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"executor.one/memory").derive(master.encode())
    return hashlib.sha256(derived).digest()[:NAME], AESGCM(derived)
