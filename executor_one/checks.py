"""System checks of the settings: each wrong value has an id and a hint."""

import os
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from actuators.engine.endpoint import TLS_FILES
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
def engines_have_their_certificates(**kwargs: Any) -> list[CheckMessage]:
    """executor_one.W008: an engine on another host whose certificates cannot be read here."""
    missing = [
        str(one.certificates / name)
        for one in settings.DOCKER_ENGINES
        for name in TLS_FILES
        if one.certificates and not os.access(one.certificates / name, os.R_OK)
    ]
    if not missing:
        return []
    return [
        Warning(
            f"DOCKER_ENGINES: {', '.join(missing)} cannot be read here.",
            hint="Containers are refused where a runner cannot read them. See docs/howto/run-containers.md.",
            id="executor_one.W008",
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


@register(Tags.security)
def language_model_is_whole(**kwargs: Any) -> list[CheckMessage]:
    """executor_one.W003: only a part of the language model's settings is there, so none is used."""
    given = {"EXECUTOR_LLM_BASE_URL": settings.LLM_BASE_URL, "EXECUTOR_LLM_MODEL": settings.LLM_MODEL}
    missing = [name for name, value in given.items() if not value]
    if not missing or not (any(given.values()) or settings.LLM_API_KEY):
        return []
    return [
        Warning(
            f"No language model is used: {' and '.join(missing)} is not set.",
            hint="Set it, or unset the other EXECUTOR_LLM_ variables: goals are planned by keywords then.",
            id="executor_one.W003",
        )
    ]


@register(Tags.security)
def language_model_has_its_client(**kwargs: Any) -> list[CheckMessage]:
    """executor_one.W004: a language model is set, and the packages of the extra `llm` are not installed."""
    if not (settings.LLM_BASE_URL and settings.LLM_MODEL) or find_spec("openai"):
        return []
    return [
        Warning(
            "No language model is used: the package openai is not installed.",
            hint="Install the extra: uv sync --extra llm",
            id="executor_one.W004",
        )
    ]


@register(Tags.security)
def redis_has_its_channel_layer(**kwargs: Any) -> list[CheckMessage]:
    """executor_one.W005: a Redis is set, and the packages of the extra `redis` are not installed."""
    if not settings.CHANNEL_LAYERS or find_spec("channels_redis"):
        return []
    return [
        Warning(
            "Each web process counts sockets and streams by itself: the package channels-redis is not installed.",
            hint="Install the extra: uv sync --extra redis",
            id="executor_one.W005",
        )
    ]


@register(Tags.security)
def stripe_is_whole(**kwargs: Any) -> list[CheckMessage]:
    """executor_one.W006: only a part of Stripe's settings is there: nothing is sold, or no payment is ever heard of."""
    given = {"STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY, "STRIPE_WEBHOOK_SECRET": settings.STRIPE_WEBHOOK_SECRET}
    missing = [name for name, value in given.items() if not value]
    if not missing or not (any(given.values()) or settings.STRIPE_API_BASE):
        return []
    return [
        Warning(
            f"Payments do not work: {' and '.join(missing)} is not set.",
            hint="Set both, or unset all STRIPE_ variables. See docs/howto/take-payments.md.",
            id="executor_one.W006",
        )
    ]


@register(Tags.security)
def staff_prove_themselves_twice(**kwargs: Any) -> list[CheckMessage]:
    """executor_one.W007: a password alone opens the console, from which every account can be seen."""
    if settings.STAFF_MFA:
        return []
    return [
        Warning(
            "STAFF_MFA=off: a password alone opens /admin, where every account can be seen.",
            hint="Only while nobody else can reach this installation.",
            id="executor_one.W007",
        )
    ]
