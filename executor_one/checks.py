"""System checks of the settings: each wrong value has an id and a hint."""

import os
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from executor_one import environment


@register(Tags.security)
def settings_are_readable(**kwargs: Any) -> list[CheckMessage]:
    """executor_one.E001: a variable of the environment holds a value that cannot be used."""
    return [
        Error(
            f"{name} is wrong: {reason}",
            hint=f"See {name} in .env.example.",
            id="executor_one.E001",
        )
        for name, reason in environment.problems
    ]


@register(Tags.security, deploy=True)
def secret_key_is_set(**kwargs: Any) -> list[CheckMessage]:
    """executor_one.E002: SECRET_KEY is neither in the environment nor in the data folder."""
    if settings.SECRET_KEY != settings.UNSET_SECRET_KEY:
        return []
    return [Error("SECRET_KEY is not set.", hint="Set it, or start with make run.", id="executor_one.E002")]


@register(Tags.security)
def bwrap_is_there(**kwargs: Any) -> list[CheckMessage]:
    """executor_one.W002: the program that builds sandboxes is not where the setting says."""
    if not settings.BWRAP or os.access(settings.BWRAP, os.X_OK):
        return []
    return [
        Warning(
            f"EXECUTOR_BWRAP is wrong: there is no program at {settings.BWRAP}.",
            hint="Shell tasks will be refused. Unset it to use the system's bubblewrap, or the wheel's.",
            id="executor_one.W002",
        )
    ]


@register(Tags.security)
def sandbox_is_on(**kwargs: Any) -> list[CheckMessage]:
    """executor_one.W001: customers' commands run without isolation."""
    if settings.SANDBOX:
        return []
    return [
        Warning(
            "EXECUTOR_SANDBOX=off: every command runs bare, with the rights of the runner.",
            hint="Only for a machine that one person uses alone.",
            id="executor_one.W001",
        )
    ]
