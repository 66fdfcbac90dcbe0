"""Values that nobody reads who has the database alone: AES-256-GCM, bound to the place where they lie. Plain values.

What is sealed is: one byte version, four bytes that say which key, twelve bytes nonce, ciphertext and tag.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = b"\x01"
NAME, NONCE, KEY = 4, 12, 32  # bytes
HEAD = len(VERSION) + NAME + NONCE


class UnknownKey(Exception):
    """It was sealed with a key that is not at hand."""


class Damaged(Exception):
    """It is not what was sealed for this place: changed, cut, or moved from elsewhere."""


@dataclass(frozen=True)
class Key:
    """32 bytes that seal, and the name by which what they have sealed finds them again."""

    name: bytes
    cipher: AESGCM = field(repr=False)


def key_of(raw: bytes) -> Key:
    """The key that these 32 bytes are."""
    return Key(hashlib.sha256(raw).digest()[:NAME], AESGCM(raw))


@cache
def derived(master: str, purpose: str) -> Key:
    """A master key's key for one purpose: no two of them tell anything of each other. It may be any text."""
    info = f"executor.one/{purpose}".encode()
    return key_of(HKDF(algorithm=SHA256(), length=KEY, salt=None, info=info).derive(master.encode()))


def seal(plain: bytes, *, bound_to: bytes, key: Key) -> bytes:
    """Encrypt; it opens with the same `bound_to` only."""
    nonce = os.urandom(NONCE)
    return VERSION + key.name + nonce + key.cipher.encrypt(nonce, plain, bound_to)


def unseal(sealed: bytes, *, bound_to: bytes, keys: Iterable[Key]) -> bytes:
    """What was sealed with one of the keys; UnknownKey or Damaged."""
    known = {key.name: key for key in keys}
    name, nonce = sealed[1 : 1 + NAME], sealed[1 + NAME : HEAD]
    if sealed[:1] != VERSION or len(sealed) < HEAD:
        raise Damaged
    if name not in known:
        raise UnknownKey
    try:
        return known[name].cipher.decrypt(nonce, sealed[HEAD:], bound_to)
    except InvalidTag as wrong:
        raise Damaged from wrong


def is_of(sealed: bytes, key: Key) -> bool:
    """Whether this key has sealed it."""
    return sealed[: 1 + NAME] == VERSION + key.name
