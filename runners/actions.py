"""A runner comes and goes: its row, and what every account is told of it. Nothing of the host goes into events."""

from __future__ import annotations

from uuid import UUID

from events.actions import publish_for_all
from executor_one.kit import tenancy
from goals.claims import abandon
from runners.models import Runner

NO_SANDBOX = "A runner started without a sandbox: it refuses every shell command until the host allows one."


def say_hello(runner: Runner) -> None:
    """Write the runner down. executor.booted, or executor.error where it has no sandbox to run anything in."""
    with tenancy.all_accounts(reason="a runner serves every account, so each is told of it"):
        runner.save(force_insert=True)
        who = {"runner": str(runner.pk)}
        if runner.sandbox == "unavailable":
            publish_for_all("executor.error", {**who, "code": "sandbox_unavailable", "message": NO_SANDBOX})
        else:
            publish_for_all("executor.booted", {**who, "slots": runner.slots, "sandbox": runner.sandbox})


def say_goodbye(runner: UUID) -> None:
    """Leave what it works on to others, and forget it: executor.shutting_down."""
    abandon(runner)
    with tenancy.all_accounts(reason="a runner serves every account, so each is told of it"):
        Runner.objects.filter(pk=runner).delete()
        publish_for_all("executor.shutting_down", {"runner": str(runner)})
