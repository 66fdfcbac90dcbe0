"""API keys."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from executor_one_client.cli import text
from executor_one_client.cli.commands.options import Json, Limit, Offset, not_empty
from executor_one_client.cli.printing import give, give_json, give_table, is_terminal, say, say_what_is_left

keys = typer.Typer(help="List, create, revoke and rotate API keys.", no_args_is_help=True)


class Role(StrEnum):
    """What a key may do; at most what you may."""

    viewer = "viewer"
    operator = "operator"
    developer = "developer"
    admin = "admin"
    owner = "owner"


KeyId = Annotated[
    str, typer.Argument(metavar="ID", help="The key's id: key_...", show_default=False, callback=not_empty)
]
SHOWN_ONCE = "Keep it now: it is never shown again."


@keys.command("list")
def list_keys(*, limit: Limit = 20, offset: Offset = 0, as_json: Json = False) -> None:
    """List the keys that work, masked."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        page = session.keys(limit=limit, offset=offset)
    if as_json:
        give_json(page)
        return
    looked_at = is_terminal(sys.stdout)
    rows = [
        (one["id"], one["prefix"], one["role"], _when(one["lastUsedAt"], looked_at), one["name"])
        for one in page["data"]
    ]  # fmt: skip
    give_table(("id", "begins", "role", "last used", "name"), rows)
    say_what_is_left(page, "keys")


def _when(at: str | None, looked_at: bool) -> str:
    return text.ago(at) if looked_at else at or "-"


@keys.command("create")
def create(
    *,
    name: Annotated[str, typer.Option(help="What it is for.")] = "",
    role: Annotated[Role | None, typer.Option(help="At most yours, which it is unless it is said.")] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="One permission that it has, like goals.run; once each.")
    ] = None,
    expires: Annotated[str, typer.Option(metavar="TIME", help="ISO 8601: when it stops working.")] = "",
    as_json: Json = False,
) -> None:
    """Make a key. It is printed this once, alone on stdout."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        fields = {"name": name or None, "role": role and role.value, "scopes": scope, "expiresAt": expires or None}
        made = session.create_key(fields)
    _show_new(made, as_json)


@keys.command("rotate")
def rotate(
    id: KeyId,
    *,
    grace_hours: Annotated[
        int, typer.Option(min=0, max=168, help="How long the old one goes on; 0: it ends now.")
    ] = 24,
    as_json: Json = False,
) -> None:
    """Make a key in the place of another. It is printed this once, alone on stdout."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        made = session.rotate_key(id, grace_hours)
    _show_new(made, as_json)


@keys.command("revoke")
def revoke(id: KeyId) -> None:
    """Revoke a key: it stops working at once."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        session.revoke_key(id)
    say(f"Revoked: {text.one_line(id)}")


def _show_new(made: dict[str, Any], as_json: bool) -> None:
    if as_json:
        give_json(made)
    else:
        give(made["apiKey"])
    say(f"{text.one_line(made['name'])} ({text.one_line(made['id'])}, {made['role']}). {SHOWN_ONCE}")
