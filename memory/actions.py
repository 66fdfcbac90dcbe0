"""Writes of memory: store, change, crystallize, delete."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from billing.actions import limit_reached
from billing.limits import note_use
from billing.models import Plan, Subscription
from billing.queries import plan_of
from events.actions import EXECUTOR, event, publish, told_last
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.errors import Forbidden, LimitReached, NotFound
from executor_one.kit.queue import enqueue
from memory import gate, sealing, values
from memory.indexing import forget, index
from memory.limits import MAX_TAGS
from memory.models import Correction, Memory, MemoryTag, TaskTree
from memory.queries import known_already, live_memories, older_memories, value_of
from memory.ranking import rank
from memory.sealing import SECRETS, is_secret

DEFAULTS = {"tags": [], "importance": 0.5, "ttl": None}
SWEPT_BY_A_WRITE = 10  # expired memories that each new one takes away, so that they cannot pile up without a beat


def _garbage(table: str, condition: str, order: str) -> str:
    return f"""
        SELECT id FROM {table} WHERE account_id = $1 AND NOT crystallized AND {condition} AND {order} <= $2
        ORDER BY {order} LIMIT $3 FOR UPDATE SKIP LOCKED"""  # noqa: S608 - texts of ours


# kind: (its statement, the age from which on); each has a partial index of just these rows.
EXPIRED = _garbage("memory_memory", "true", "expires_at")
WORTHLESS = "learned_from IS NOT NULL AND NOT adopted AND access_count = 0 AND importance <= 0.5"
GARBAGE = {
    "expired": (EXPIRED, timedelta()),
    "worthless": (_garbage("memory_memory", WORTHLESS, "written_at"), timedelta(days=90)),
    "corrections": (_garbage("memory_correction", "true", "retired_at"), timedelta(days=30)),
    "trees": (_garbage("memory_tasktree", "(failures > successes OR times_used = 0)", "used_at"), timedelta(days=90)),
}


@transaction.atomic
@told_last()
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
    if actor == EXECUTOR and not is_new and not _is_the_executor_s(memory):
        return memory, False
    taught = _adopt(memory, actor, changes)
    _change(memory, DEFAULTS | changes if is_new or replace else changes, now, see_secrets=see_secrets)
    _save(memory)
    _publish("memory.stored" if is_new else "memory.updated", memory, actor, taught)
    return memory, is_new


@transaction.atomic
@told_last()
def store_once(
    key: str, changes: dict[str, Any], *, plan: Plan, actor: str, see_secrets: bool = False
) -> tuple[Memory, bool, gate.Match | None]:
    """The same through the write gate: where another memory says this already, that one is refreshed and answered.

    A key that is there is updated as ever. Secrets are not compared, so they are always stored. What is refreshed gets
    all tags, the higher importance and the longer life; its value stays as it was said first.
    """
    Subscription.objects.select_for_update(no_key=True).get(account_id=tenancy.active_account_id())
    tags, now = changes.get("tags", []), timezone.now()
    mine = Memory.objects.select_for_update().filter(key=key).first()
    is_compared = not (mine and mine.is_live(now)) and not is_secret(tags)
    found = known_already(key, changes["value"], tags) if is_compared else None
    memory = Memory.objects.select_for_update().filter(pk=found[0].pk).first() if found else None
    if found is None or memory is None or not _can_join(memory, found[0], tags, now):
        memory, is_new = store(key, changes, plan=plan, actor=actor, see_secrets=see_secrets)
        return memory, is_new, None
    if actor == EXECUTOR and not _is_the_executor_s(memory):
        return memory, False, found[1]
    taught, ttl = _adopt(memory, actor), changes.get("ttl")
    refreshed = {
        "value": memory.value,
        "tags": list(dict.fromkeys([*memory.tags, *tags])),
        "importance": max(memory.importance, changes.get("importance", DEFAULTS["importance"])),
        "ttl": max(memory.ttl, ttl) if memory.ttl and ttl else None,
    }
    _change(memory, refreshed, now, see_secrets=False)
    _save(memory)
    _publish("memory.updated", memory, actor, taught)
    return memory, False, found[1]


def _can_join(memory: Memory, seen: Memory, tags: list[str], now: datetime) -> bool:
    """Whether the memory, locked now, is still what was compared, and has room for the tags."""
    is_same = memory.value == seen.value and not memory.is_sealed and memory.is_live(now)
    return is_same and len({*memory.tags, *tags}) <= MAX_TAGS


def _is_the_executor_s(memory: Memory) -> bool:
    """Whether what the executor learns may change it: no customer wrote or touched it, and it is an open book."""
    is_learned = memory.learned_from is not None and not memory.adopted
    return is_learned and not memory.crystallized and not memory.is_sealed


def _adopt(memory: Memory, actor: str, changes: dict[str, Any] | None = None) -> str:
    """What a customer writes on is the customer's from then on; answers the goal that had taught it, or "".

    The goal stays named while the value is the one that it taught.
    """
    if actor == EXECUTOR or memory.learned_from is None:
        return ""
    taught, memory.adopted = str(memory.learned_from), True
    if changes and "value" in changes and values.digest(changes["value"]) != memory.value_digest:
        memory.learned_from = None
    return taught


def learn(
    key: str, value: Any, *, tags: Iterable[str] = (), importance: float = 0.5, learned_from: Any
) -> Memory | None:
    """What the executor itself learned, through the write gate: answers the memory that knows it now.

    `learned_from` is the goal that taught it. What looks like a secret is sealed. What a customer wrote or touched, and
    what is crystallized or sealed, is answered as it is. None: the plan's ceiling is reached; a goal does not fail for
    that.
    """
    text = values.encode(value)
    if values.size(text) > values.MAX_BYTES:
        return None
    kept = [*tags, *([SECRETS] if gate.holds_a_secret(text) else [])]
    changes = {"value": text, "tags": kept, "importance": importance}
    try:
        with transaction.atomic():
            memory, is_new, _ = store_once(key, changes, plan=plan_of(tenancy.active_account_id()), actor=EXECUTOR)
            if is_new:
                memory.learned_from = learned_from
                memory.save(update_fields=["learned_from"])
    except LimitReached:
        return None
    return memory


def change(key: str, changes: dict[str, Any], *, actor: str, see_secrets: bool = False) -> Memory:
    """Change some fields of a memory that is there, or NotFound. The fields are those of `store`."""
    memory = locked(key)
    if changes:
        _refuse_surplus(memory, plan_of(tenancy.active_account_id()))
        taught = _adopt(memory, actor, changes)
        _change(memory, changes, timezone.now(), see_secrets=see_secrets)
        _save(memory)
        _publish("memory.updated", memory, actor, taught)
    return memory


def crystallize(key: str, *, actor: str) -> Memory:
    """Make a memory permanent (E20): no expiry, and no garbage collection, ever. Again changes nothing."""
    memory = locked(key)
    if not memory.crystallized:
        _refuse_surplus(memory, plan_of(tenancy.active_account_id()))
        taught = _adopt(memory, actor)
        memory.crystallized, memory.ttl, memory.expires_at = True, None, None
        _save(memory)
        _publish("memory.crystallized", memory, actor, taught)
    return memory


def delete(key: str, *, actor: str) -> None:
    """Forget a memory, also a crystallized one (E21), or NotFound."""
    memory = locked(key)
    told = event("memory.deleted", {"memory": str(memory.pk), "key": memory.key}, actor=actor)
    forget([memory.pk])
    memory.delete()
    publish(told)


def locked(key: str) -> Memory:
    """The live memory of the active account under this key, locked; or NotFound, for an expired one too."""
    memory = Memory.objects.select_for_update().filter(key=key).first()
    if memory is None or not memory.is_live(timezone.now()):
        raise NotFound("There is no memory with this key.")
    return memory


def garbage_is_due(before: datetime, now: datetime) -> bool:
    """Whether a beat at `now` should collect, the account's beat before it having been at `before`: once a minute."""
    return before.timestamp() // 60 != now.timestamp() // 60


@transaction.atomic
def collect_garbage(most: int = 200) -> dict[str, int]:
    """Delete what the active account need not keep, `most` of each kind: answers {kind: how many}.

    Expired memories; worthless ones (written by the executor itself, of importance 0.5 at most, never read in 90 days);
    corrections retired 30 days ago; task trees that were not used for 90 days and failed more often than not, or never
    took a planner's place. What is crystallized never goes, and a customer's memory only when it expires. With nothing
    to do it is one round trip of index lookups; the loop asks once a minute (garbage_is_due). Where there was more than
    `most`, a job goes on.
    """
    now, account = timezone.now(), tenancy.active_account_id()
    batch = Batch()
    for statement, age in GARBAGE.values():
        batch.sql(statement, account, now - age, most)
    found = dict(zip(GARBAGE, ([row[0] for row in rows] for rows in batch.run()), strict=True))
    if any(len(ids) == most for ids in found.values()):
        enqueue("memory.tasks.collect", account)
    return _forget_all({kind: ids for kind, ids in found.items() if ids})


def _forget_all(garbage: dict[str, list[Any]]) -> dict[str, int]:
    gone = {kind: _forget(kind, ids) for kind, ids in garbage.items()}
    if gone:
        publish(event("memory.collected", dict(gone)))
    return gone


def _forget(kind: str, ids: list[Any]) -> int:
    model: Any = {"corrections": Correction, "trees": TaskTree}.get(kind, Memory)
    if model is Memory:
        forget(ids)
    _, deleted = model.objects.filter(pk__in=ids, crystallized=False).delete()
    return int(deleted.get(model._meta.label, 0))


def reseal(masters: list[str]) -> tuple[int, list[Any]]:
    """Seal every account's secrets with the first master key: how many were not yet, and the ids that no key opens.

    A value that is written meanwhile is sealed by its writer; running it again does the rest.
    """
    changed, broken = 0, []
    with tenancy.all_accounts(reason="a master key belongs to the installation, not to an account"):
        sealed = Memory.objects.filter(sealed__isnull=False).order_by("pk")
        for memory in sealed.only("account_id", "key", "sealed").iterator(chunk_size=500):
            old, place = bytes(memory.sealed or b""), {"account": memory.account_id, "key": memory.key}
            if sealing.is_current(old, masters):
                continue
            try:
                text = sealing.unseal(old, **place, masters=masters)
            except (sealing.UnknownKey, sealing.Damaged):
                broken.append(memory.pk)
                continue
            new = sealing.seal(text, **place, masters=masters)
            changed += Memory.objects.filter(pk=memory.pk, sealed=old).update(sealed=new)
    return changed, broken


def _locked_or_made(key: str, plan: Plan, now: datetime) -> tuple[Memory, bool]:
    """The locked row of a key, and whether it is new. An expired one counts as absent."""
    while True:
        memory = Memory.objects.select_for_update().filter(key=key).first()
        if memory and memory.is_live(now):
            _refuse_surplus(memory, plan)
            return memory, False
        if memory:
            forget([memory.pk])
            memory.delete()
        held = live_memories(plan.memories) if plan.memories is not None else 0
        if plan.memories is not None and held >= plan.memories:
            raise limit_reached(plan, "memories")
        fresh = Memory(account_id=tenancy.active_account_id(), key=key, value="null", rank=rank(0.5, now.timestamp()))
        Memory.objects.bulk_create([fresh], ignore_conflicts=True)
        if Memory.objects.filter(pk=fresh.pk).exists():  # else another request has made it just now
            note_use("memories", held + 1, plan.memories)
            _sweep(now)
            return fresh, True


def _refuse_surplus(memory: Memory, plan: Plan) -> None:
    """After a plan shrank nothing is deleted: the newest above its limit can be read and deleted, not changed."""
    if plan.memories is None or live_memories(plan.memories + 1) <= plan.memories:
        return
    if older_memories(memory, plan.memories) >= plan.memories:
        raise limit_reached(plan, "memories")


def _sweep(now: datetime) -> None:
    batch = Batch()
    batch.sql(EXPIRED, tenancy.active_account_id(), now, SWEPT_BY_A_WRITE)
    if ids := [row[0] for row in batch.run()[0]]:
        _forget_all({"expired": ids})


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
        memory.gist = gate.gist(values.decode(text)) if len(text) <= gate.MOST_TEXT else ""


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


def _publish(what: str, memory: Memory, actor: str, taught: str = "") -> None:
    """Tell of it; `taught`: the goal whose lesson became the customer's with this write."""
    told = {"memory": str(memory.pk), "key": memory.key, **({"learnedFrom": taught} if taught else {})}
    publish(event(what, told, actor=actor))
