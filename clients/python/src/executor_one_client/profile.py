"""Who calls and where: what is passed, else the environment, else the profile that `exo login` wrote."""

from __future__ import annotations

import json
import os
import string
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from executor_one_client.errors import Unsendable

DEFAULT_URL = "http://127.0.0.1:8000"
AROUND = string.whitespace + "\ufeff"


@dataclass(frozen=True)
class Profile:
    """An installation and a key of it, which is never shown by repr."""

    url: str
    api_key: str | None = field(repr=False)


def path() -> Path:
    """The file: `$XDG_CONFIG_HOME/exo/config.toml`."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(home) if os.path.isabs(home) else Path.home() / ".config") / "exo" / "config.toml"


def find(api_key: str | None = None, url: str | None = None) -> Profile:
    """Put together from what is passed, EXO_API_KEY and EXO_URL, and the file.

    The file's key is never sent to another place than the file's: with another `url` or EXO_URL it does not count.
    White space around a key is no part of it. Unsendable where what is left cannot be one.
    """
    told_url = url or os.environ.get("EXO_URL")
    told_key = _trimmed(api_key) or _trimmed(os.environ.get("EXO_API_KEY"))
    kept = Profile(DEFAULT_URL, None) if told_url and told_key else read()
    where = cleaned(told_url or kept.url)
    return Profile(where, _checked(told_key or (kept.api_key if where == cleaned(kept.url) else None)))


def _trimmed(key: str | None) -> str:
    """A file that a key was read from ends with a line's end, and may begin with a mark."""
    return key.strip(AROUND) if isinstance(key, str) else key or ""


def _checked(key: str | None) -> str | None:
    """Unsendable for what is no key; it is not shown there, for most of it may be one."""
    key = _trimmed(key) or None
    if key and not (isinstance(key, str) and key.isascii() and key.isprintable() and " " not in key):
        raise Unsendable("This is no API key: one begins with exo_, and has letters and digits only.")
    return key


def cleaned(url: str) -> str:
    """The base of all addresses; with or without `/api` at its end it is the same. ValueError for no URL."""
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not the address of an installation: it looks like {DEFAULT_URL}.")
    return url.strip().rstrip("/").removesuffix("/api")


def read() -> Profile:
    """What the file says; without one, no key and the default address. ValueError where it is not TOML in UTF-8."""
    try:
        content = path().read_bytes()
    except FileNotFoundError:
        return Profile(DEFAULT_URL, None)
    try:
        kept = tomllib.loads(content.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{path()} cannot be read ({error}). Write it anew: exo login") from None
    return Profile(str(kept.get("url") or DEFAULT_URL), str(kept.get("api_key") or "") or None)


def write(profile: Profile) -> Path:
    """Keep it, readable by its owner only; whole or not at all."""
    target = path()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    # A JSON text is a TOML text too.
    lines = [f"url = {json.dumps(profile.url)}", f"api_key = {json.dumps(profile.api_key or '')}", ""]
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
    draft.replace(target)
    return target
