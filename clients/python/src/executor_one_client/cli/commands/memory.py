"""What is remembered."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from executor_one_client.cli import text
from executor_one_client.cli.commands.options import Json, Limit, Offset, not_empty, read_json
from executor_one_client.cli.printing import give, give_json, give_table, say, say_what_is_left

memory = typer.Typer(help="Remember, list, find and forget.", no_args_is_help=True)

Key = Annotated[
    str, typer.Argument(help="For example project/shop/test-command.", show_default=False, callback=not_empty)
]
Tags = Annotated[list[str] | None, typer.Option("--tag", "-t", help="Once for each tag; `secrets` encrypts the value.")]


@memory.command("add")
def add(  # noqa: PLR0913 - each is an option
    key: Key,
    value: Annotated[str, typer.Argument(help="JSON, or a text; - reads it from stdin.", show_default=False)],
    *,
    tag: Tags = None,
    importance: Annotated[float | None, typer.Option(min=0, max=1, help="0-1; 0.5 unless it is said.")] = None,
    ttl: Annotated[int | None, typer.Option(min=1, metavar="SECONDS", help="Until it expires.")] = None,
    as_text: Annotated[bool, typer.Option("--text", help="Take the value as a text, also where it is JSON.")] = False,
    as_json: Json = False,
) -> None:
    """Remember a value under a key; one that is there is replaced."""
    from executor_one_client.cli.session import Session

    given = sys.stdin.read() if value == "-" else value
    fields = {"tags": tag, "importance": importance, "ttl": ttl}
    with Session() as session:
        stored = session.remember(key, given if as_text else read_value(given), fields)
    if as_json:
        give_json(stored)
    else:
        say(f"Remembered: {text.one_line(stored['key'])}")


def read_value(given: str) -> Any:
    """The value that a person means: JSON where it is some, else the text without the newline at its end."""
    try:
        return read_json(given, "With --text it is taken as a text.")
    except ValueError:
        return given.removesuffix("\n")


@memory.command("list")
def list_memories(
    prefix: Annotated[str, typer.Argument(help="How the key begins.")] = "",
    *,
    tag: Tags = None,
    limit: Limit = 20,
    offset: Offset = 0,
    as_json: Json = False,
) -> None:
    """List memories, the most relevant first."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        page = session.memories(query=prefix or None, tags=tag, limit=limit, offset=offset)
    _show(page, as_json)


@memory.command("search")
def search(
    question: Annotated[str, typer.Argument(help="In any words.", show_default=False)],
    *,
    tag: Tags = None,
    limit: Limit = 20,
    offset: Offset = 0,
    as_json: Json = False,
) -> None:
    """Find memories by what they mean."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        page = session.memories(query=question, mode="semantic", tags=tag, limit=limit, offset=offset)
    _show(page, as_json)


@memory.command("show")
def show(key: Key, *, as_json: Json = False) -> None:
    """Print the value of a memory: a text as it is, anything else as JSON."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        found = session.memory(key)
    value = found.get("value")
    if as_json:
        give_json(found)
    elif "value" not in found:
        say("Its value is a secret, which this key may not see.")
    else:
        give(value) if isinstance(value, str) else give_json(value)


@memory.command("forget")
def forget(key: Key) -> None:
    """Forget a memory for good; a crystallized one too."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        session.forget(key)
    say(f"Forgotten: {text.one_line(key)}")


def _show(page: dict[str, Any], as_json: bool) -> None:
    if as_json:
        give_json(page)
        return
    if not page["data"]:
        say('No memories here. Remember something: exo memory add project/shop/test-command "npm test"')
    rows = [(one["key"], f"{one['relevance']:.2f}", ",".join(one["tags"]), _value(one)) for one in page["data"]]
    give_table(("key", "relevance", "tags", "value"), rows)
    say_what_is_left(page, "memories")


def _value(memory: dict[str, Any]) -> str:
    if "value" not in memory:
        return "(secret)"
    value = memory["value"]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
