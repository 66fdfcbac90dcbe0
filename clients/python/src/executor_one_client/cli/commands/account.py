"""Signing in and out, and who one is."""

from __future__ import annotations

import os
import sys
from getpass import getpass
from typing import Annotated, Any

import typer

from executor_one_client.cli import text
from executor_one_client.cli.commands.options import Json
from executor_one_client.cli.exits import Exit, Stop
from executor_one_client.cli.printing import give_facts, give_json, say

HERE = "http://127.0.0.1:8000"
KEY_HELP = (
    "An API key. Whoever is on this machine can read it in the list of processes, and it stays in the shell's history; "
    "with - it is read from stdin instead."
)
LOCAL = ("localhost", "127.0.0.1", "::1")


def login(
    *,
    url: Annotated[str, typer.Option(help="Where executor.one is, like https://exo.example.com.")] = "",
    key: Annotated[str, typer.Option(help=KEY_HELP)] = "",
) -> None:
    """Sign in with an API key: it is tried, and kept in a file that only you can read.

    Asks for what is not given. A key is made on the dashboard, under Keys, or with `exo keys create`.
    """
    from executor_one_client.cli.session import Session, remember_profile

    asked = bool(sys.stdin and sys.stdin.isatty())
    url = read_url(url or os.environ.get("EXO_URL", "") or (_ask(f"URL [{HERE}]: ") if asked else "") or HERE)
    secret = _secret(key, asked)
    with Session(url=url, key=secret) as session:
        who = session.who()
    path = remember_profile(url, secret)
    say(f"Signed in at {url}: {_in_words(who)}.")
    say(f"The key is kept in {path}, which only you can read.")
    _warn(url)


def _ask(question: str) -> str:
    """An answer typed on the terminal; the question is no data, so it goes to stderr."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def _secret(key: str, asked: bool) -> str:
    if key and key != "-":
        return key.strip()
    given = getpass("API key (exo_...): ") if asked and not key else sys.stdin.readline() if sys.stdin else ""
    if not given.strip():
        raise Stop(Exit.USAGE, "There is no key. Give one: exo login --key - < file, or type it when asked.")
    return given.strip()


def read_url(given: str) -> str:
    """The address as it is kept: without what would be doubled behind it. Stop(USAGE) where it is none."""
    from executor_one_client import profile

    try:
        return profile.cleaned(given if "://" in given else f"https://{given}")
    except ValueError as error:
        raise Stop(Exit.USAGE, text.one_line(error)) from None


def _warn(url: str) -> None:
    from urllib.parse import urlsplit

    if urlsplit(url).scheme == "http" and urlsplit(url).hostname not in LOCAL:
        say("Beware: this address is http, so the key travels for everybody on the way to read.")
    for name in ("EXO_API_KEY", "EXO_URL"):
        if os.environ.get(name):
            say(f"{name} is set in this shell, and goes before what was kept now.")


def logout() -> None:
    """Forget the key that is kept here. It stays valid: `exo keys revoke` ends it."""
    from executor_one_client.cli.session import forget_profile

    path = forget_profile()
    say(f"Forgotten: {path}. The key itself stays valid." if path else "Nobody was signed in here.")


def whoami(*, as_json: Json = False) -> None:
    """Say whose key this is, and what it may do."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        if as_json:
            give_json(session.me())
            return
        who = session.who()
        give_facts({
            "account": who["account"], "id": who["accountId"], "plan": who["plan"], "role": who["role"],
            "server": session.url, "may": ", ".join(who["permissions"]),
        })  # fmt: skip


def _in_words(who: dict[str, Any]) -> str:
    plan = f", plan {who['plan']}" if who["plan"] else ""
    return f"account {who['account']} ({who['accountId']}), role {who['role']}{plan}"
