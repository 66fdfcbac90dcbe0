"""What start-up itself reads from the environment and `.env`; all else is for settings.py."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class ConfigError(Exception):
    """A value that start-up cannot use; one sentence that names the variable."""


@dataclass(frozen=True)
class Config:
    """Where to listen, where data lives, whose database."""

    host: str
    port: int
    data_dir: Path
    database_url: str  # empty: the embedded one
    owner_url: str  # empty: made from database_url, which is then a privileged login
    secret_key: str  # empty: the data folder's
    environment: Mapping[str, str]  # what the children inherit

    @property
    def address(self) -> str:
        """The URL that a browser on this machine uses."""
        everywhere = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - read
        host = everywhere.get(self.host, f"[{self.host}]" if ":" in self.host else self.host)
        return f"http://{host}:{self.port}"

    @property
    def has_model(self) -> bool:
        """Whether a language model is set that a planner process asks."""
        return all(self.environment.get(name, "").strip() for name in ("EXECUTOR_LLM_BASE_URL", "EXECUTOR_LLM_MODEL"))


def read_config(environ: Mapping[str, str], env_file: Path = ROOT / ".env") -> Config:
    """The configuration; the environment goes above the file. Raises ConfigError."""
    values = {**_env_file(env_file), **environ}
    set_ = {name: value.strip() for name, value in values.items() if value.strip()}
    return Config(
        host=set_.get("HOST", "127.0.0.1"),
        port=_port(set_.get("PORT", "8000")),
        data_dir=Path(set_.get("EXECUTOR_DATA_DIR", ROOT / ".data")).expanduser().absolute(),
        database_url=_postgres(set_, "DATABASE_URL"),
        owner_url=_postgres(set_, "DATABASE_OWNER_URL"),
        secret_key=set_.get("SECRET_KEY", ""),
        environment=values,
    )


def _env_file(path: Path) -> dict[str, str]:
    """`NAME=value` lines, as django-environ reads them; comments and anything else are skipped."""
    if not path.exists():
        return {}
    found = {}
    for line in path.read_text().splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name.strip().isidentifier():
            found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()


def _port(raw: str) -> int:
    if not raw.isdecimal() or not 1 <= int(raw) <= 65535:
        raise ConfigError(f"PORT is wrong: {raw!r} is not between 1 and 65535.")
    return int(raw)


def _postgres(values: Mapping[str, str], name: str) -> str:
    url = values.get(name, "")
    if url and not url.startswith(("postgres://", "postgresql://")):
        raise ConfigError(f"{name} is wrong: only postgres:// URLs are supported.")
    return url


def current() -> Config:
    """The configuration of this process."""
    return read_config(os.environ)
