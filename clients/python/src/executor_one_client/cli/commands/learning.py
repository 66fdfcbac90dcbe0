"""What was learned, and what was used."""

from __future__ import annotations

import sys
from typing import Any

from executor_one_client.cli import text
from executor_one_client.cli.commands.options import Json, Limit, Offset
from executor_one_client.cli.printing import give_json, give_table, is_terminal, say, say_what_is_left

COUNTERS = {"goals": "goals", "llmCalls": "model calls", "memories": "memories", "apiKeys": "keys"}


def corrections(*, limit: Limit = 20, offset: Offset = 0, as_json: Json = False) -> None:
    """List the fixes that this account knows, the last used first."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        page = session.corrections(limit=limit, offset=offset)
    if as_json:
        give_json(page)
        return
    if not page["data"]:
        say("No corrections yet: they come when a failed task is tried again and works.")
    rows = [
        (one["id"], f"{one['timesWorked']}/{one['timesUsed']}", _standing(one), one["reason"]) for one in page["data"]
    ]
    give_table(("id", "worked", "standing", "what it does"), rows)
    say_what_is_left(page, "corrections")


def _standing(correction: dict[str, Any]) -> str:
    if correction["retired"]:
        return "retired"
    return "permanent" if correction["crystallized"] else str(correction["source"])


def usage(*, as_json: Json = False) -> None:
    """Show what is used of each limit of the plan."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        used = session.usage()
    if as_json:
        give_json(used)
        return
    looked_at = is_terminal(sys.stdout)
    rows = [(COUNTERS.get(name, name), *_meter(one, looked_at)) for name, one in used.items()]
    give_table(("what", "used", "limit", "starts again"), rows)


def _meter(one: dict[str, Any], looked_at: bool) -> tuple[str, str, str]:
    """Used, limit, and when it starts again: in words for people."""
    limit, resets = one["limit"], one["resetsAt"]
    if not looked_at:
        return str(one["used"]), "-" if limit is None else str(limit), resets or "-"
    return f"{one['used']:,}", "unlimited" if limit is None else f"{limit:,}", text.ago(resets) if resets else "-"
