"""The command `exo`: what a person types, on top of the library beside it."""

from __future__ import annotations


def main() -> None:
    """Run the command line and leave with its exit code."""
    from executor_one_client.cli.run import run  # so that importing the package costs nothing

    raise SystemExit(run())
