"""The texts that lead an agent in, for this installation: what is true of the tools is written from their registry."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.conf import settings

from executor_one.docs.generated import MEANINGS, table
from executor_one.kit.errors import NAMES, TOO_LARGE
from mcp_server.arguments import arguments_of
from mcp_server.tools import TOOLS, scopes_of

TEXTS = Path(__file__).with_name("texts")
PRINTED_URL = "https://executor.one"  # what the files say; who reads them gets settings.PUBLIC_URL
GENERATED = re.compile(r"<!-- generated: (\w+) -->")
# The errors that an agent meets, the likely ones first. The rest is explained at /docs/errors.
MET = (401, 403, 402, 429, 404, 409, 400, 422, 501, 503, 500)


@cache
def text(name: str) -> str:
    """The text with this name, "skill" or "connect-agent", as Markdown."""
    source = (TEXTS / f"{name}.md").read_text(encoding="utf-8")
    written = GENERATED.sub(lambda found: PARTS[found[1]](), source)
    return written.replace(PRINTED_URL, settings.PUBLIC_URL)


def tools() -> str:
    """What there is, which scopes it needs, and the operation that it is."""
    rows = (
        [f"`{tool.name}`", tool.says, " ".join(f"`{one}`" for one in tool.permissions), f"`{tool.operation}`"]
        for tool in TOOLS.values()
    )
    return table(["tool", "what it does", "scope", "the same by HTTP"], rows)


def arguments() -> str:
    """What each tool takes; what it needs has a star."""
    rows = (
        [f"`{tool.name}`", ", ".join(f"`{one.name}`{'*' * one.is_required}" for one in arguments_of(tool.name)) or "—"]
        for tool in TOOLS.values()
    )
    return table(["tool", "arguments"], rows)


def scopes() -> str:
    """All scopes that the tools need, as a JSON list for a new key."""
    return ", ".join(f'"{scope}"' for scope in scopes_of(TOOLS.values()))


def reading_scopes() -> str:
    """Those of the tools that change nothing and run nothing."""
    reading = [tool for tool in TOOLS.values() if tool.method == "GET"]
    return ", ".join(f'"{scope}"' for scope in scopes_of(reading))


def tools_by_scope() -> str:
    """The rows of a table: each scope, and the tools that it opens."""
    rows = [
        (scope, [tool for tool in TOOLS.values() if scope in tool.permissions]) for scope in scopes_of(TOOLS.values())
    ]
    return "\n".join(f"| `{scope}` | {', '.join(f'`{tool.name}`' for tool in opened)} |" for scope, opened in rows)


def errors() -> str:
    """What went wrong, and what to do."""
    rows = ([str(status), f"`{NAMES[status]}`", _without_links(MEANINGS[NAMES[status]][1])] for status in MET)
    return table(["status", "name", "what to do"], rows)


def _without_links(said: str) -> str:
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", said)


def rate() -> str:
    """How often an account may ask."""
    if settings.API_RATE is None:
        return "as often as you like"
    times, seconds = settings.API_RATE
    return f"{times:,} times in {seconds} s"


def longest_wait() -> str:
    """Seconds that a call may wait for the end of a goal."""
    (wait,) = (one for one in arguments_of("get_goal") if one.name == "wait_seconds")
    return str(wait.schema["maximum"])


PARTS: dict[str, Callable[[], str]] = {
    "tools": tools,
    "arguments": arguments,
    "scopes": scopes,
    "reading_scopes": reading_scopes,
    "tools_by_scope": tools_by_scope,
    "errors": errors,
    "rate": rate,
    "longest_wait": longest_wait,
    "too_large": lambda: TOO_LARGE.removeprefix("The body is larger than ").rstrip("."),
}
