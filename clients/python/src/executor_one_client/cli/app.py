"""The map: which words of the command line lead to which function."""

from __future__ import annotations

from typing import Annotated

import typer

from executor_one_client.cli.commands import account, goals, keys, learning, memory
from executor_one_client.cli.exits import in_words

EPILOG = f"""\b
{in_words()}

\b
Environment:
  EXO_API_KEY, EXO_URL  go before what `exo login` kept
  NO_COLOR              no colours
  EXO_DEBUG=1           a traceback where something went wrong"""

# Help in plain text: no markup, no frames, and nothing to import for it. Errors are told in run.py.
app = typer.Typer(
    help="State goals, follow them, and see what was remembered and used.",
    epilog=EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)

app.command()(account.login)
app.command()(account.logout)
app.command()(account.whoami)
app.command()(goals.goal)
app.add_typer(goals.goals, name="goals")
app.command()(goals.watch)
app.command()(goals.logs)
app.command()(goals.cancel)
app.add_typer(memory.memory, name="memory")
app.command()(learning.corrections)
app.command()(learning.usage)
app.add_typer(keys.keys, name="keys")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"exo {version('executor-one-client')}")
        raise typer.Exit


@app.callback()
def exo(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Nothing of its own: the commands do it."""


app.registered_callback.help = app.info.help  # type: ignore[union-attr]
