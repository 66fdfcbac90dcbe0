"""Reads the environment for settings.py; a wrong value becomes a system check, never a traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from actuators.engine.endpoint import Engine, engines_of
from actuators.engine.images import Pattern, patterns

T = TypeVar("T")
Rate = tuple[int, int]  # (times, seconds)

DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

env = environ.Env()
# (variable, reason) of every value that could not be read; executor_one.checks reports them.
problems: list[tuple[str, str]] = []


def read(name: str, parse: Callable[[str], T], default: T) -> T:
    """The variable `name` through `parse`; unset or empty gives `default`, a wrong value too (and a check)."""
    raw = env.str(name, default="").strip()
    if not raw:
        return default
    try:
        return parse(raw)
    except Exception as reason:  # noqa: BLE001 - whatever a parser raises is one named problem
        problems.append((name, str(reason) or type(reason).__name__))
        return default


def flag(raw: str) -> bool:
    """on/off, true/false, yes/no, 1/0; anything else is a problem, never a guess."""
    words = {"on": True, "true": True, "yes": True, "1": True}
    words |= {"off": False, "false": False, "no": False, "0": False}
    if raw.lower() not in words:
        raise ValueError(f"{raw!r} is not one of on, off, true, false, yes, no, 1, 0")
    return words[raw.lower()]


def words(raw: str) -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in raw.split(",") if word.strip()]


def hosts(raw: str) -> list[str]:
    """A comma-separated list of at least one host name."""
    found = words(raw)
    if not found:
        raise ValueError("it names no host")
    return found


def domains(raw: str) -> list[str]:
    """A comma-separated list of the right sides of e-mail addresses."""
    found = [word.lower() for word in words(raw)]
    for name in found:
        if not DOMAIN.fullmatch(name):
            raise ValueError(f"{name!r} is no domain")
    return found


def networks(raw: str) -> list[IPv4Network | IPv6Network]:
    """A comma-separated list of networks like 10.1.0.0/16; one address is a network of its own."""
    return [ip_network(word) for word in words(raw)]


def ports(raw: str) -> list[int]:
    """A comma-separated list of TCP ports."""
    found = [int(word) for word in words(raw)]
    if wrong := [port for port in found if not 1 <= port <= 65_535]:
        raise ValueError(f"{wrong[0]} is no port")
    return found


def engines(raw: str) -> list[Engine]:
    """A comma-separated list of name=unix:///path and name=tcp://host:2376?certs=/folder; tcp takes TLS."""
    return engines_of(raw)


def images(raw: str) -> list[Pattern]:
    """A comma-separated list of images like python:3.12, python:3.* and name@sha256:..."""
    return patterns(raw)


def folder(raw: str) -> Path | None:
    """A folder by its whole path; empty: none."""
    if raw and not Path(raw).is_absolute():
        raise ValueError("this is not a whole path: begin with /")
    return Path(raw) if raw else None


def secret(raw: str) -> str:
    """A key of at least 32 characters."""
    if len(raw) < 32:
        raise ValueError("it has fewer than 32 characters")
    return raw


def secrets(raw: str) -> list[str]:
    """A comma-separated list of keys, each of at least 32 characters."""
    return [secret(word) for word in words(raw)]


def level(raw: str) -> str:
    """One of Python's log levels, in any case."""
    if raw.upper() not in LEVELS:
        raise ValueError(f"{raw!r} is not one of {', '.join(LEVELS)}")
    return raw.upper()


def sender(raw: str) -> str:
    """An e-mail address, with or without a name: `Name <name@example.com>`."""
    try:
        validate_email(parseaddr(raw)[1])
    except ValidationError:
        raise ValueError("it holds no e-mail address") from None
    return raw


def hops(raw: str) -> int:
    """A whole number from 0 to 100."""
    number = int(raw)
    if not 0 <= number <= 100:
        raise ValueError(f"{number} is not between 0 and 100")
    return number


def count(raw: str) -> int:
    """A whole number from 1 to 10,000."""
    number = int(raw)
    if not 1 <= number <= 10_000:
        raise ValueError(f"{number} is not between 1 and 10000")
    return number


def count_to(most: int) -> Callable[[str], int]:
    """Of a whole number from 1 to `most`."""

    def parse(raw: str) -> int:
        number = count(raw)
        if number > most:
            raise ValueError(f"{number} is not between 1 and {most}")
        return number

    return parse


def rate(raw: str) -> Rate | None:
    """`20/hour` -> (20, 3600); `none` -> no limit. Units: second, minute, hour, day."""
    if raw.lower() == "none":
        return None
    number, _, unit = raw.partition("/")
    seconds = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
    if unit not in seconds or not number.isdigit() or int(number) < 1:
        raise ValueError(f"{raw!r} is not like 20/hour (second, minute, hour, day) or none")
    return int(number), seconds[unit]


def database(raw: str) -> dict[str, Any]:
    """A postgres:// URL as Django's settings; any other engine is refused."""
    parsed: dict[str, Any] = environ.Env.db_url_config(raw)
    if "postgresql" not in str(parsed.get("ENGINE", "")):
        raise ValueError("only postgres:// URLs are supported (PostgreSQL 15 or newer)")
    if not parsed.get("NAME"):
        raise ValueError("the URL names no database")
    return parsed


def redis(raw: str) -> str:
    """A redis:// or rediss:// URL."""
    if not raw.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("only redis://, rediss:// and unix:// URLs are supported")
    return raw


def mail(raw: str) -> dict[str, Any]:
    """An smtp:// URL as Django's settings."""
    parsed: dict[str, Any] = environ.Env.email_url_config(raw)
    return parsed


def public_url(raw: str) -> str:
    """The address customers use, without a trailing slash."""
    if not raw.startswith(("http://", "https://")):
        raise ValueError("it must start with http:// or https://")
    return raw.rstrip("/")


def api_url(raw: str) -> str:
    """The address of an API that we call, without a trailing slash."""
    parts = urlsplit(raw)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("it is no http:// or https:// address")
    if parts.username or parts.password:
        raise ValueError("it holds a user name or a password; the key has a variable of its own")
    if parts.query or parts.fragment:
        raise ValueError("it has a part behind ? or #")
    return raw.rstrip("/")


def model_key(raw: str) -> str:
    """A bearer token: visible ASCII characters without a space."""
    if not re.fullmatch(r"[!-~]+", raw):
        raise ValueError("it holds something else than visible ASCII characters")
    return raw


def stripe_key(raw: str) -> str:
    """A secret or restricted key of Stripe: sk_test_..., sk_live_..., rk_test_..., rk_live_..."""
    if not re.fullmatch(r"[sr]k_(test|live)_[A-Za-z0-9_]+", raw):
        raise ValueError("it does not look like sk_test_..., sk_live_..., rk_test_... or rk_live_...")
    return raw


def stripe_webhook_secret(raw: str) -> str:
    """What Stripe signs its events with: whsec_..."""
    if not raw.startswith("whsec_"):
        raise ValueError("it does not begin with whsec_")
    return raw


def seconds(raw: str) -> int:
    """A whole number from 1 to 600."""
    number = int(raw)
    if not 1 <= number <= 600:
        raise ValueError(f"{number} is not between 1 and 600")
    return number


def written(path: Path) -> str:
    """The first line of a file that `make run` left in the data folder; empty when there is none."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""


def written_secret(path: Path, name: str) -> str:
    """One value of the data folder's secrets.json; empty when there is none."""
    try:
        return str(json.loads(path.read_text()).get(name, ""))
    except (OSError, ValueError):
        return ""
