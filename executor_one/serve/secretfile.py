"""`<data>/secrets.json`: what must survive a restart and be known to nobody else."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True)
class Secrets:
    """Generated once; 256 bits each, safe in a URL as they stand."""

    secret_key: str
    owner_password: str
    app_password: str
    superuser_password: str


def load_secrets(data_dir: Path) -> Secrets:
    """Read the file, or make it (0600). Of two processes that make it at once, one wins."""
    path = data_dir / "secrets.json"
    if not path.exists():
        _create(path)
    return Secrets(**json.loads(path.read_text()))


def _create(path: Path) -> None:
    fresh = Secrets(*(secrets.token_urlsafe(32) for _ in fields(Secrets)))
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    write_private(draft, json.dumps(asdict(fresh), indent=2) + "\n")
    try:
        os.link(draft, path)  # unlike rename, refuses to replace the winner's file
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, also when it existed with another mode."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        os.fchmod(file.fileno(), 0o600)
        file.write(text)


def derive(secret_key: str, purpose: str) -> str:
    """A password that every host with this SECRET_KEY computes alike (256 bits, hex)."""
    message = f"executor.one/{purpose}".encode()
    return hmac.new(secret_key.encode(), message, hashlib.sha256).hexdigest()
