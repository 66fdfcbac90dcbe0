"""Secrets that we hand out: made here, shown once, stored as SHA-256 only.

They carry 190 random bits, so a slow hash adds nothing; a checksum lets scanners recognise a leaked one offline.
"""

import hashlib
import secrets
import zlib

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_CHARACTERS = 32
CHECKSUM_CHARACTERS = 6
KEY, SESSION, VERIFY, RESET, INVITE = "exo", "ses", "verify", "reset", "invite"
SHOWN = 12  # characters of the secret that lists show


def make(kind: str) -> str:
    """`exo_<32 random base-62 characters><6 of checksum>`."""
    return _dressed(kind, "".join(secrets.choice(BASE62) for _ in range(RANDOM_CHARACTERS)))


def derive(kind: str, key: bytes) -> str:
    """A secret that is the same for the same 32 bytes: a job that runs twice mails one link, not two."""
    number, body = int.from_bytes(key, "big"), ""
    for _ in range(RANDOM_CHARACTERS):
        number, index = divmod(number, 62)
        body += BASE62[index]
    return _dressed(kind, body)


def _dressed(kind: str, body: str) -> str:
    return f"{kind}_{body}{_checksum(kind + body)}"


def is_well_formed(secret: str) -> bool:
    """Whether this could be a secret of ours; a cheap look before the database is asked."""
    kind, _, rest = secret.partition("_")
    body, checksum = rest[:RANDOM_CHARACTERS], rest[RANDOM_CHARACTERS:]
    return len(body) == RANDOM_CHARACTERS and secrets.compare_digest(checksum.encode(), _checksum(kind + body).encode())


def digest(secret: str) -> str:
    """What is stored of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(text: str) -> str:
    number, letters = zlib.crc32(text.encode()), ""
    for _ in range(CHECKSUM_CHARACTERS):
        number, index = divmod(number, 62)
        letters = BASE62[index] + letters
    return letters
