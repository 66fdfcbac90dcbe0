"""The keys that sign heads: Ed25519 (RFC 8032), derived from AUDIT_SIGNING_KEYS, which are not in the database."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

PURPOSE = b"executor.one/audit-signing"


@dataclass(frozen=True)
class SigningKey:
    """A pair of keys; `id` is made of the public one: `aud_` and 16 digits of its SHA-256."""

    id: str
    public: bytes
    private: Ed25519PrivateKey = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """64 bytes."""
        return self.private.sign(message)

    def has_signed(self, message: bytes, signature: bytes) -> bool:
        """Whether the signature is of this message and this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


@cache
def derived(master: str) -> SigningKey:
    """The pair of a master key, which may be any text."""
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(master.encode())
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return SigningKey(f"aud_{hashlib.sha256(public).hexdigest()[:16]}", public, private)


def known_keys() -> list[SigningKey]:
    """All that verify; the first one signs."""
    return [*{key.id: key for key in map(derived, settings.AUDIT_SIGNING_KEYS)}.values()]
