"""An engine that the operator named, and whose containers a try makes there. Plain values."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from actuators.engine.images import Pattern

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?")
TLS_FILES = ("ca.pem", "cert.pem", "key.pem")
DEFAULT_PORT = 2376


@dataclass(frozen=True)
class Owner:
    """For whom something is made: it is written on it, and only who is the same finds it again."""

    installation: str = ""
    account: str = ""
    goal: str = ""
    task: str = ""
    runner: str = ""

    @property
    def mark(self) -> str:
        """The account in what an engine calls its things: opaque, small letters and digits."""
        return hashlib.sha256(f"{self.installation}\0{self.account}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Engine:
    """One engine for one try. ``certificates`` is a folder with ca.pem, cert.pem and key.pem, for tcp:// alone.

    ``images`` are those that may be run on it.
    """

    name: str
    url: str
    certificates: Path | None = None
    images: tuple[Pattern, ...] = ()
    owner: Owner = field(default=Owner())

    def of(self, owner: Owner, images: tuple[Pattern, ...]) -> Engine:
        return replace(self, owner=owner, images=images)


def engine_of(text: str) -> Engine:
    """From ``name=unix:///path`` or ``name=tcp://host:2376?certs=/folder``. ValueError says what is wrong with it.

    There is no tcp without TLS: whoever reaches such a port is root on its host.
    """
    name, _, url = text.strip().partition("=")
    if not NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name of an engine: small letters, digits and dashes, then = and its address")
    parts = urlsplit(url)
    asked = parse_qsl(parts.query, keep_blank_values=True)
    if parts.scheme == "unix":
        if parts.netloc or not parts.path.startswith("/") or asked or parts.fragment:
            raise ValueError(f"{name}: a socket is written unix:///path")
        return Engine(name, f"unix://{parts.path}")
    if parts.scheme != "tcp":
        raise ValueError(f"{name}: only unix:///path and tcp://host:port?certs=/folder are addresses of engines")
    if not parts.hostname or parts.username is not None or parts.path.strip("/") or parts.fragment:
        raise ValueError(f"{name}: an engine on another host is written tcp://host:port?certs=/folder")
    if [key for key, _ in asked] != ["certs"] or not asked[0][1].startswith("/"):
        raise ValueError(f"{name}: tcp needs TLS: ?certs=/folder with {', '.join(TLS_FILES)}")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return Engine(name, f"tcp://{host}:{parts.port or DEFAULT_PORT}", Path(asked[0][1]))


def engines_of(text: str) -> list[Engine]:
    """A comma-separated list of engines, each with a name of its own; the first is meant where none is named."""
    found = [engine_of(word) for word in text.split(",") if word.strip()]
    names = [one.name for one in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{', '.join(sorted(twice))} is there twice")
    return found
