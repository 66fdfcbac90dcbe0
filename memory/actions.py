"""Writes of memory: store, change, crystallize, delete."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from billing.actions import limit_reached
from billing.models import Plan, Subscription
from events.actions import event, publish
from executor_one.kit import tenancy
from executor_one.kit.errors import Forbidden, NotFound
from memory import sealing, values
from memory.indexing import index
from memory.models import Memory, MemoryTag
from memory.queries import live_memories, value_of
from memory.ranking import rank

SECRETS = "secrets"
DEFAULTS = {"tags": [], "importance": 0.5, "ttl": None}


@transaction.atomic
def store(
    key: str, changes: dict[str, Any], *, plan: Plan, actor: str, replace: bool = False, see_secrets: bool = False
) -> tuple[Memory, bool]:
    """Create the memory with this key, or change it (E17): answers it and whether it is new.

    `changes` holds any of value (JSON text; needed for a new one), tags, importance and ttl (seconds or None). What it
    does not hold stays as it is, or with `replace` becomes the default. LimitReached at the plan's ceiling, which
    counts what is not expired; nothing is evicted (E-R4).
    """
    now = timezone.now()
    if plan.memories is not None:  # of two parallel writers the second one counts the first one's memory
        Subscription.objects.select_for_update(no_key=True).get(account_id=tenancy.active_account_id())
    memory, is_new = _locked_or_made(key, plan, now)
    _change(memory, DEFAULTS | changes if is_new or replace else changes, now, see_secrets=see_secrets)
    _save(memory)
    _publish("memory.stored" if is_new else "memory.updated", memory, actor)
    return memory, is_new


def change(key: str, changes: dict[str, Any], *, actor: str, see_secrets: bool = False) -> Memory:
    """Change some fields of a memory that is there, or NotFound. The fields are those of `store`."""
    memory = locked(key)
    if changes:
        _change(memory, changes, timezone.now(), see_secrets=see_secrets)
        _save(memory)
        _publish("memory.updated", memory, actor)
    return memory


def crystallize(key: str, *, actor: str) -> Memory:
    """Make a memory permanent (E20): no expiry, and no garbage collection, ever. Again changes nothing."""
    memory = locked(key)
    if not memory.crystallized:
        memory.crystallized, memory.ttl, memory.expires_at = True, None, None
        _save(memory)
        _publish("memory.crystallized", memory, actor)
    return memory


def delete(key: str, *, actor: str) -> None:
    """Forget a memory, also a crystallized one (E21), or NotFound."""
    memory = locked(key)
    _publish("memory.deleted", memory, actor)
    memory.delete()


def locked(key: str) -> Memory:
    """The live memory of the active account under this key, locked; or NotFound, for an expired one too."""
    memory = Memory.objects.select_for_update().filter(key=key).first()
    if memory is None or not memory.is_live(timezone.now()):
        raise NotFound("There is no memory with this key.")
    return memory


def is_secret(tags: list[str]) -> bool:
    """Whether a memory with these tags is sealed."""
    return any(tag.casefold() == SECRETS for tag in tags)


def _locked_or_made(key: str, plan: Plan, now: datetime) -> tuple[Memory, bool]:
    """The locked row of a key, and whether it is new. An expired one counts as absent."""
    while True:
        memory = Memory.objects.select_for_update().filter(key=key).first()
        if memory and memory.is_live(now):
            return memory, False
        if memory:
            memory.delete()
        if plan.memories is not None and live_memories(plan.memories) >= plan.memories:
            raise limit_reached(plan, "memories")
        fresh = Memory(account_id=tenancy.active_account_id(), key=key, value="null", rank=rank(0.5, now.timestamp()))
        Memory.objects.bulk_create([fresh], ignore_conflicts=True)
        if Memory.objects.filter(pk=fresh.pk).exists():  # else another request has made it just now
            return fresh, True


def _change(memory: Memory, changes: dict[str, Any], now: datetime, *, see_secrets: bool) -> None:
    was_sealed = memory.is_sealed
    text = changes.get("value")
    memory.tags = changes.get("tags", memory.tags)
    memory.importance = changes.get("importance", memory.importance)
    if "value" in changes or "ttl" in changes:
        memory.ttl = None if memory.crystallized else changes.get("ttl", memory.ttl)
        memory.expires_at = now + timedelta(seconds=memory.ttl) if memory.ttl else None
    if text is None and was_sealed != is_secret(memory.tags):
        if was_sealed and not see_secrets:
            raise Forbidden("Taking off the tag secrets shows the value: this needs the permission memory.secrets.")
        text = value_of(memory)
    if text is not None:
        _put(memory, text)
    memory.written_at, memory.rank = now, rank(memory.importance, now.timestamp())


def _put(memory: Memory, text: str) -> None:
    """Give a memory its value: in plain, or sealed when its tags say so."""
    memory.value, memory.sealed, memory.value_digest, memory.gist = text, None, "", ""
    if is_secret(memory.tags):
        account, masters = memory.account_id, settings.MEMORY_KEYS
        memory.value, memory.sealed = "", sealing.seal(text, account=account, key=memory.key, masters=masters)
    else:
        memory.value_digest = values.digest(text)


def _save(memory: Memory) -> None:
    """Write a memory, and where recall finds it."""
    memory.save(force_update=True)
    MemoryTag.objects.filter(memory=memory).delete()
    MemoryTag.objects.bulk_create(
        MemoryTag(
            account_id=memory.account_id, memory=memory, tag=tag, key=memory.key, rank=memory.rank,
            importance=memory.importance, crystallized=memory.crystallized, expires_at=memory.expires_at,
        )
        for tag in ("", *memory.tags)
    )  # fmt: skip
    index(memory)


def _publish(what: str, memory: Memory, actor: str) -> None:
    publish(event(what, {"memory": str(memory.pk), "key": memory.key}, actor=actor))
