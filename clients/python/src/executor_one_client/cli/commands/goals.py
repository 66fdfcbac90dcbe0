"""Stating, listing, watching and cancelling goals, and what they printed."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from executor_one_client.cli import text
from executor_one_client.cli.commands.options import GoalId, Json, Limit, Offset, Timeout, read_json
from executor_one_client.cli.exits import Exit, Stop
from executor_one_client.cli.printing import give, give_facts, give_json, give_table, is_terminal, say, say_what_is_left


class Priority(StrEnum):
    """What goes first."""

    low = "low"
    normal = "normal"
    high = "high"
    critical = "critical"


class State(StrEnum):
    """Of a goal."""

    pending = "pending"
    planning = "planning"
    executing = "executing"
    completed = "completed"
    failed = "failed"
    cancelled = "cancelled"


Status = Annotated[State | None, typer.Option("--status", "--state", help="Only goals in this state.")]
Search = Annotated[str, typer.Option(help="Only goals whose description has this text.")]
Steps = Annotated[
    list[str] | None,
    typer.Option(
        "--step", "-s", help="A shell command, a description, or a step as a JSON object. Once for each step."
    ),
]


def goal(  # noqa: PLR0913 - each is an option
    description: Annotated[str, typer.Argument(help="What to reach, in words.", show_default=False)],
    *,
    step: Steps = None,
    watch: Annotated[bool, typer.Option("--watch/--no-watch", "-w", help="Follow it to its end.")] = False,
    priority: Annotated[Priority, typer.Option(help="What goes first.")] = Priority.normal,
    deadline: Annotated[str, typer.Option(metavar="TIME", help="ISO 8601 with an offset, in the future.")] = "",
    self_correct: Annotated[bool, typer.Option(help="Try a failed task again: fixes, retries, alternatives.")] = True,
    timeout: Timeout = None,
    as_json: Json = False,
) -> None:
    """State a goal. With --watch the exit code is how it ended; without, its id is printed.

    Ctrl-C while watching asks whether to cancel the goal.
    """
    from executor_one_client.cli.session import Session

    if timeout is not None and not watch:
        raise Stop(Exit.USAGE, "--timeout says how long to watch: it needs --watch.")
    fields: dict[str, Any] = {"priority": priority.value, "selfCorrect": self_correct}
    if step:
        fields["semanticPath"] = [read_step(one) for one in step]
    if deadline:
        fields["deadline"] = deadline
    with Session() as session:
        try:
            made = session.create_goal(description, fields)
        except KeyboardInterrupt:
            raise Stop(Exit.INTERRUPTED, "Stopped. The goal may have been stated already: exo goals") from None
        if not watch:
            give_json(made) if as_json else give(made["id"])
            say(f"Stated. Follow it: exo watch {made['id']}")
            return
        _watch(session, made["id"], as_json=as_json, timeout=timeout, asks=True)


def read_step(typed: str) -> str | dict[str, Any]:
    """A step as the API takes it: an object where it is one in JSON, else the text."""
    try:
        step = read_json(typed)
    except ValueError:
        return typed
    return step if isinstance(step, dict) else typed


def watch(id: GoalId, *, timeout: Timeout = None, as_json: Json = False) -> None:
    """Follow a goal to its end, from its first event on. The exit code is how it ended.

    Ctrl-C stops watching; the goal goes on.
    """
    from executor_one_client.cli.session import Session

    with Session() as session:
        _watch(session, id, as_json=as_json, timeout=timeout, asks=False)


def _watch(session: Any, id: str, *, as_json: bool, timeout: float | None, asks: bool) -> None:
    from executor_one_client.cli.following import watch_and_leave

    ended, code = watch_and_leave(session, id, as_json=as_json, timeout=timeout, asks=asks)
    if as_json:
        give_json(ended)
    raise Stop(code)


def cancel(
    id: GoalId, *, reason: Annotated[str, typer.Option(help="Why; it stays with the goal.")] = "", as_json: Json = False
) -> None:
    """Cancel a goal. What runs is killed within 2 s; what it did already stays done."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        answer = session.cancel(id, reason)
    if as_json:
        give_json(answer)
    else:
        say(f"The goal is {answer['state']}.")


goals = typer.Typer(help="List goals, or show one.", invoke_without_command=True)


@goals.callback()
def goals_alone(
    context: typer.Context,
    *,
    status: Status = None,
    search: Search = "",
    limit: Limit = 20,
    offset: Offset = 0,
    as_json: Json = False,
) -> None:
    """List goals, the newest first (as `exo goals list`), or show one."""
    if context.invoked_subcommand is None:
        _list(status, search, limit, offset, as_json)


@goals.command("list")
def list_goals(
    *, status: Status = None, search: Search = "", limit: Limit = 20, offset: Offset = 0, as_json: Json = False
) -> None:
    """List goals, the newest first."""
    _list(status, search, limit, offset, as_json)


def _list(status: State | None, search: str, limit: int, offset: int, as_json: bool) -> None:
    from executor_one_client.cli.session import Session

    with Session() as session:
        page = session.goals(state=status and status.value, search=search or None, limit=limit, offset=offset)
    if as_json:
        give_json(page)
        return
    if not page["data"]:
        say('No goals here. State one: exo goal "say hello" --step "echo hello" --watch')
    looked_at = is_terminal(sys.stdout)
    rows = (
        (one["id"], one["state"], text.ago(one["createdAt"]) if looked_at else one["createdAt"], one["description"])
        for one in page["data"]
    )
    give_table(("id", "state", "stated", "description"), rows, states="state")
    say_what_is_left(page, "goals")


@goals.command("show")
def show_goal(id: GoalId, *, as_json: Json = False) -> None:
    """Show a goal and its tasks."""
    from executor_one_client.cli.session import Session

    with Session() as session:
        found = session.goal(id)
        tasks = [] if as_json else session.tasks(id)
    if as_json:
        give_json(found)
        return
    error = found.get("error") or {}
    give_facts({
        "goal": found["id"],
        "description": found["description"],
        "state": found["state"],
        "tasks": f"{found['tasksCompleted']} of {found['tasksTotal']}",
        "priority": found["priority"],
        "stated": found["createdAt"],
        "finished": found["finishedAt"] or "-",
    } | ({"error": error.get("message", "")} if error else {}))  # fmt: skip
    rows = [(task["position"], task["state"], len(task["attempts"]), _took(task), task["name"]) for task in tasks]
    if rows and is_terminal(sys.stdout):
        give("")
    give_table(("task", "state", "tries", "took", "name"), rows, states="state")


def _took(task: dict[str, Any]) -> str:
    return text.duration(sum(one["durationMs"] for one in task["attempts"]) / 1000) if task["attempts"] else "-"


def logs(
    id: GoalId,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the goal ends.")] = False,
    as_json: Json = False,
) -> None:
    """Print what the tasks of a goal printed; on a terminal with a head for each task.

    With --json it is the goal's whole history: tasks with their tries and output, and its events.
    """
    from executor_one_client.cli.session import Session

    if follow and as_json:
        raise Stop(Exit.USAGE, "--json is one document, and -f has no end yet. Choose one of them.")
    with Session() as session:
        if as_json:
            give_json(session.history(id))
            return
        from executor_one_client.cli.logs import follow_logs, give_logs

        follow_logs(session, id) if follow else give_logs(session, id)
