"""What an account knows that may help a language model to plan: the memories that a goal's words name, and the
corrections that worked; and which of its credentials tasks can use. Never a secret: nothing sealed is opened, and what
looks like one is masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db.models import F

from accounts import vault
from accounts.models import Credential
from actuators import registry
from executor_one.kit.tenancy import account_scope
from goals.planning.by_model import Context
from goals.planning.hiding import mask
from goals.planning.taskplan import shorten
from memory.models import Correction, Memory
from memory.queries import Wanted, recall
from memory.values import decode

ALWAYS = "planning"  # the tag of memories that every plan is made with
MAX_WORDS = 12  # of a description, for which is looked
PER_WORD = 3
MAX_MEMORIES = 8
MAX_VALUE = 600  # characters of a value that are told
MAX_FIXES = 5
LOOKED_AT = 50  # the corrections used last, among which the best are
WORTH_TELLING = 0.5  # success rate above which a correction is told

VARIABLES = {"set", "env", "environment"}  # where a fix has environment variables

WORD = re.compile(r"[^\W_][\w.-]{1,60}[^\W_]")
UNTOLD = {"the", "and", "for", "with", "that", "this", "from", "into", "then", "all", "not", "are", "its", "new", "our"}


def context_for(account_id: str, description: str) -> Context:
    """What one account knows about a goal; in a transaction of its own."""
    with account_scope(account_id):
        return Context(
            memories=tuple(_told(one) for one in _memories(description)), fixes=_fixes(), credentials=_credentials(),
            actuators=offered(),
        )  # fmt: skip


def offered() -> tuple[str, ...]:
    """The actuators that a plan may use here: docker only where the operator has an engine for it."""
    return tuple(name for name in registry.MODULES if name != "docker" or settings.DOCKER_ENGINES)


def _credentials() -> tuple[dict[str, Any], ...]:
    """Those of the account, the last used first, never a value; one whose very key looks like a secret is not told."""
    newest = F("last_used_at").desc(nulls_last=True)
    rows = Credential.objects.order_by(newest, "key").values("key", "kind", "hosts")[: vault.MOST]
    return tuple(dict(row) for row in rows if mask(row["key"]) == row["key"])


def _memories(description: str) -> list[Memory]:
    """Those tagged `planning`, then those with a word of the description as a tag or as the beginning of their key."""
    found: dict[Any, Memory] = {}
    for memory in _candidates(description):
        if not memory.is_sealed:
            found.setdefault(memory.pk, memory)
        if len(found) == MAX_MEMORIES:
            break
    return list(found.values())


def _candidates(description: str) -> Iterator[Memory]:
    yield from recall(Wanted(tags=(ALWAYS,), limit=MAX_MEMORIES)).memories
    for word in _words(description):
        yield from recall(Wanted(tags=(word,), limit=PER_WORD)).memories
        named = recall(Wanted(prefix=word, limit=PER_WORD)).memories
        yield from (memory for memory in named if not memory.key[len(word) : len(word) + 1].isalnum())


def _words(description: str) -> list[str]:
    """As they are written and in lower case: tags and keys know the difference."""
    said = [word for word in WORD.findall(description) if word.casefold() not in UNTOLD]
    both = [spelling for word in said for spelling in (word, word.lower())]
    return list(dict.fromkeys(both))[:MAX_WORDS]


def _told(memory: Memory) -> dict[str, Any]:
    """One memory as the model sees it; a long value is cut and is text then."""
    named = mask({memory.key: decode(memory.value)})
    (value,) = named.values()
    text = shorten(str(value), MAX_VALUE)
    return {"key": mask(memory.key), "value": value if len(str(value)) <= MAX_VALUE else text}


def _fixes() -> tuple[dict[str, Any], ...]:
    """The corrections that worked best of those used last."""
    latest = Correction.objects.filter(retired_at=None).order_by("-last_used_at", "-id")[:LOOKED_AT]
    worked = [one for one in latest if (one.success_rate or 0) > WORTH_TELLING]
    worked.sort(key=lambda one: -one.rank)
    return tuple(
        {"failure": shorten(mask(one.signature), 200), "fix": _names_only(mask(one.fix))} for one in worked[:MAX_FIXES]
    )


def _names_only(fix: Any) -> Any:
    """A fix without the values of environment variables: whatever they are called, they may be secret."""
    if isinstance(fix, list):
        return [_names_only(one) for one in fix]
    if not isinstance(fix, dict):
        return fix
    return {
        name: list(inner) if name in VARIABLES and isinstance(inner, dict) else _names_only(inner)
        for name, inner in fix.items()
    }
