"""Holding the whole log against its hashes and its signed heads: manage.py verify_audit.

The database is only asked for what it stores and to write it as JSON; what a hash must be is computed here, so that who
has changed the database's own functions is found too.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import timezone

from events import signing
from events.chain import Fault, SignedHead, Walk, head_faults
from events.models import Event
from events.queries import IN_ORDER
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, binary_rows

LINE = """convert_to(pg_catalog.jsonb_build_array(id, seq, account_id, type, actor, receipt,
    pg_catalog.to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    encode(pg_catalog.sha256(convert_to(data::text, 'UTF8')), 'hex'))::text, 'UTF8')"""
GOAL = "goal = coalesce(left(data->>'goal', 60), '')"
OWN, INSTALLATION = "account_id = $1", "account_id IS NULL AND $1::text IS NULL"


def _events(whose: str) -> str:
    return f"SELECT seq, hash, {LINE}, {GOAL} FROM events_event WHERE {whose} ORDER BY account_id, seq"  # noqa: S608 - texts of ours


def _heads(whose: str) -> str:
    return (
        "SELECT account_id, seq, hash, previous, signed_at, key, signature FROM events_head "  # noqa: S608
        f"WHERE {whose} ORDER BY account_id, seq"
    )


def _when(whose: str) -> str:
    return f"SELECT created_at FROM events_event WHERE {whose} AND seq > $2 ORDER BY account_id, seq LIMIT 1"  # noqa: S608


def _each(table: str) -> str:
    """The accounts of a table, one index look-up each; null is one of them."""
    return f"""
        (WITH RECURSIVE each AS (
            (SELECT account_id FROM {table} WHERE account_id > '' ORDER BY account_id LIMIT 1)
            UNION ALL
            SELECT next.account_id FROM each, LATERAL (SELECT account_id FROM {table}
                WHERE account_id > each.account_id ORDER BY account_id LIMIT 1) next)
        SELECT account_id FROM each)
        UNION (SELECT account_id FROM {table} WHERE account_id IS NULL LIMIT 1)"""  # noqa: S608


ACCOUNTS = f"""
    SELECT account_id FROM ({_each("events_event")} UNION {_each("events_head")}
        UNION SELECT id FROM {{accounts}}) known ORDER BY account_id"""  # noqa: S608


def accounts() -> list[str | None]:
    """Whose chains there are; None is the installation's. Of those too of which only heads are left, or nothing."""
    with tenancy.all_accounts(reason="an operator verifies the log of every account"):
        batch = Batch()
        batch.sql(IN_ORDER)
        owner: Any = Event._meta.get_field("account").related_model
        batch.sql(ACCOUNTS.format(accounts=owner._meta.db_table))
        return [account for (account,) in batch.run()[1]]


def verify(account: str | None, tell: Callable[[Fault], None]) -> int:
    """Hold one chain against its hashes and heads, telling each fault; answers how many events there are."""
    whose, count = INSTALLATION if account is None else OWN, 0
    with tenancy.all_accounts(reason="an operator verifies the log of every account"):
        # The heads first: what is signed after that is of events that are read too.
        heads, unsigned_since = _signed(whose, account)
        for fault in head_faults(heads, _refusal):
            tell(fault)
        walk = Walk({head.seq: head.hash for head in heads})
        for seq, hash, line, is_found in binary_rows(_events(whose), account):
            count += 1
            for fault in walk.step(seq, hash, line):
                tell(fault)
            if not is_found:
                tell(Fault(seq, "changed: it is not found by the goal of its data"))
        for fault in walk.end(unsigned_since, timezone.now()):
            tell(fault)
        if account is not None and not count:
            tell(Fault(0, "missing: no event is there, not even that of the sign-up"))
    return count


def _signed(whose: str, account: str | None) -> tuple[list[SignedHead], datetime | None]:
    """The heads in order, and when the first event happened that none of them covers."""
    batch = Batch()
    batch.sql(IN_ORDER)
    batch.sql(_heads(whose), account)
    heads = [SignedHead(*row) for row in batch.run()[1]]
    batch.sql(_when(whose), account, heads[-1].seq if heads else 0)
    rows: list[Any] = batch.run()[0]
    return heads, rows[0][0] if rows else None


def _refusal(head: SignedHead) -> str:
    """Why a head is not believed; nothing: it is."""
    key = {key.id: key for key in signing.known_keys()}.get(head.key)
    if key is None:
        return f"signed with a key that is not among AUDIT_SIGNING_KEYS: {head.key}"
    return "" if key.has_signed(head.message, head.signature) else "the signature of this head is wrong"
