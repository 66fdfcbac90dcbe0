"""The activity log: who did what, as a reading of the events; and what clients write into it themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.callers import Principal
from accounts.models import ApiKey, Membership
from events.actions import EXECUTOR, event, publish
from events.audit import TIME
from events.catalogue import EVENTS
from events.chain import iso
from events.queries import IN_ORDER
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch
from executor_one.kit.errors import Meaningless
from memory.gate import without_secrets

RECORDED = "activity.recorded"
AGENT, SYSTEM, USER = ACTOR_TYPES = ("agent", "system", "user")
LOOKED = 10_000  # the newest events, of which the list is made; the audit log has all
COUNTED, DAYS = 50_000, 30  # the newest events of so many days, of which the statistics are made
MOST_ACTIONS = 100  # that the statistics name
METADATA_BYTES = 16_384
ID_OF_A_KEY = re.compile(r"key_[0-9A-Z]{26}")

# How an event is an activity. Of what clients wrote: as they put it, and who they are in asserted_by.
COLUMNS = f"""id,
    CASE WHEN type = '{RECORDED}' THEN data->>'actorType' WHEN actor = '{EXECUTOR}' THEN '{AGENT}'
        WHEN actor ~ '^(user|key|staff):' THEN '{USER}' ELSE '{SYSTEM}' END AS actor_type,
    CASE WHEN type = '{RECORDED}' THEN data->>'actorId' ELSE regexp_replace(actor, '^[a-z]+:', '') END AS actor_id,
    CASE WHEN type = '{RECORDED}' THEN data->>'action' ELSE type END AS action,
    CASE WHEN type = '{RECORDED}' THEN data->>'entityType' ELSE split_part(type, '.', 1) END AS entity_type,
    CASE WHEN type = '{RECORDED}' THEN data->>'entityId'
        ELSE coalesce(data->>split_part(type, '.', 1), data->>'task', data->>'goal', data->>'user') END AS entity_id,
    CASE WHEN type = '{RECORDED}' THEN data->'metadata' ELSE data END AS metadata,
    CASE WHEN type = '{RECORDED}' THEN actor END AS asserted_by, receipt, created_at"""
LIST_FIELDS = (
    "id", "actorType", "actorId", "action", "entityType", "entityId", "metadata", "assertedBy", "receipt", "createdAt",
)  # fmt: skip


@cache
def _list(*, is_of_one_type: bool) -> str:
    """Those of the newest events of account $1 (of type $2) that fit $3, $4, $5: their number, then $6 from $7 on."""
    of_type = "type = $2" if is_of_one_type else "$2::text IS NULL"
    return f"""
        WITH looked AS MATERIALIZED (
            SELECT id, type, data, actor, receipt, created_at FROM events_event
            WHERE account_id = $1 AND {of_type} ORDER BY account_id DESC, seq DESC LIMIT {LOOKED}),
        fits AS MATERIALIZED (
            SELECT * FROM (SELECT {COLUMNS} FROM looked WHERE type <> 'task.output') activity
            WHERE ($3::text IS NULL OR actor_type = $3) AND ($4::text IS NULL OR actor_id = $4)
                AND ($5::text IS NULL OR action = $5)),
        chosen AS (SELECT * FROM fits ORDER BY id DESC LIMIT $6 OFFSET $7)
        SELECT (SELECT count(*) FROM fits), chosen.id, actor_type, actor_id, action, entity_type, entity_id,
            metadata::text, asserted_by, receipt, {TIME.format("created_at")}
        FROM (SELECT) one LEFT JOIN chosen ON true ORDER BY chosen.id DESC"""  # noqa: S608 - texts of ours


STATISTICS = f"""
    WITH looked AS MATERIALIZED (
        SELECT id, type, data, actor, receipt, created_at FROM events_event
        WHERE account_id = $1 ORDER BY account_id DESC, seq DESC LIMIT {COUNTED}),
    counted AS (SELECT {COLUMNS} FROM looked WHERE created_at >= $2 AND type <> 'task.output')
    SELECT actor_type, action, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, count(*),
        (SELECT count(*) = {COUNTED} AND min(created_at) >= $2 FROM looked)
    FROM counted GROUP BY GROUPING SETS ((actor_type), (action), (3), ())
    ORDER BY count(*) DESC"""  # noqa: S608


@dataclass(frozen=True)
class Sought:
    """What a list is narrowed to; None: whatever it is."""

    actor_type: str | None = None
    actor_id: str | None = None
    action: str | None = None


def activities(sought: Sought, limit: int, offset: int) -> tuple[int, list[dict[str, Any]]]:
    """How many of the newest events fit, and those of them from `offset` on."""
    # An action of ours is a type and has an index; all others were written by clients.
    kind = sought.action if sought.action in EVENTS or sought.action is None else RECORDED
    batch = Batch()
    batch.sql(IN_ORDER)
    batch.sql(
        _list(is_of_one_type=kind is not None), tenancy.active_account_id(), kind,
        sought.actor_type, sought.actor_id, sought.action, limit, offset,
    )  # fmt: skip
    rows = batch.run()[1]
    return rows[0][0], [_shown(row[1:]) for row in rows if row[1] is not None]


def _shown(row: Sequence[Any]) -> dict[str, Any]:
    activity = dict(zip(LIST_FIELDS, row, strict=True))
    return {**activity, "id": str(activity["id"]), "metadata": json.loads(activity["metadata"])}


def statistics() -> dict[str, Any]:
    """How many activities by actor type, action and day (UTC), of the last 30 days, and of 50,000 events at most."""
    since = _midnight(timezone.now() - timedelta(days=DAYS - 1))
    batch = Batch()
    batch.sql(IN_ORDER)
    batch.sql(STATISTICS, tenancy.active_account_id(), since)
    rows = batch.run()[1]
    total, is_cut = next((row[3:] for row in rows if row[:3] == (None, None, None)), (0, False))
    return {
        "since": iso(since),
        "total": total,
        "isComplete": not is_cut,
        "byActorType": dict.fromkeys(ACTOR_TYPES, 0) | {row[0]: row[3] for row in rows if row[0] is not None},
        "byAction": [{"action": row[1], "count": row[3]} for row in rows if row[1] is not None][:MOST_ACTIONS],
        "byDay": [{"day": row[2], "count": row[3]} for row in sorted(rows, key=str) if row[2] is not None],
    }


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def record(written: dict[str, Any], *, by: Principal) -> dict[str, Any]:
    """Write an entry: an event that says who asserted it. Meaningless for who or what cannot be asserted."""
    _demand_believable(written)
    told = event(
        "activity.recorded",
        {
            "actorType": written["actor_type"],
            "actorId": written["actor_id"],
            "action": written["action"],
            "entityType": written.get("entity_type"),
            "entityId": written.get("entity_id"),
            "metadata": masked(written.get("metadata") or {}),
            "assertedBy": by.actor,
        },
        actor=by.actor,
    )
    publish(told)
    found = activities(Sought(action=written["action"]), 1, 0)[1]
    return found[0]


def _demand_believable(written: dict[str, Any]) -> None:
    """What somebody did is said of the account's own people and keys, and in nobody's place who tells it themselves."""
    kind, id, action = written["actor_type"], written["actor_id"], written["action"]
    if kind == USER and not _is_of_the_account(id):
        raise Meaningless(
            "actorId: No member and no key of this account has this id.", errors={"actorId": ["Unknown."]}
        )
    if kind != USER and id == EXECUTOR:
        raise Meaningless("actorId: The executor tells what it does itself.", errors={"actorId": ["Not for clients."]})
    if action in EVENTS:
        raise Meaningless(f"action: {action} is told by whoever does it.", errors={"action": ["Not for clients."]})


def _is_of_the_account(id: str) -> bool:
    if ID_OF_A_KEY.fullmatch(id):
        return bool(ApiKey.objects.filter(pk=id).exists())
    try:
        return bool(Membership.objects.filter(user_id=UUID(id)).exists())
    except ValueError:
        return False


def masked(value: Any) -> Any:
    """The value with `<secret>` for what looks like one: events go to many readers."""
    if isinstance(value, str):
        return without_secrets(value)
    if isinstance(value, dict):
        return {without_secrets(name): masked(one) for name, one in value.items()}
    return [masked(one) for one in value] if isinstance(value, list) else value
