"""Signing the heads of the chains: every minute, of each account to which something happened."""

from __future__ import annotations

from django.utils import timezone

from events import signing
from events.chain import head_message
from events.queries import IN_ORDER
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch

# How many ids are looked at again: one can be taken, and not be visible yet, while others are committed. Publishers
# take theirs right before they commit (events.actions).
OVERLAP = 5000
AT_ONCE = 500  # heads in one message


def _last(columns: str, table: str) -> str:
    """The row with the highest seq of news.account_id, null included, in the order of the index (account, seq)."""
    halves = (
        f"(SELECT {columns} FROM {table} WHERE {whose} ORDER BY account_id DESC, seq DESC LIMIT 1)"  # noqa: S608 - texts of ours
        for whose in ("account_id = news.account_id", "news.account_id IS NULL AND account_id IS NULL")
    )
    return " UNION ALL ".join(halves)


SIGNED = "SELECT coalesce(max(event_id), 0) FROM events_head"  # up to which event the last round has looked
# The chains that have grown behind the event $1: (id, account, seq, hash) of their last event, seq of their last head.
# What it reads are the events since then: accounts to which nothing happened cost nothing.
GROWN = f"""
    WITH news AS (SELECT DISTINCT account_id FROM (SELECT account_id FROM events_event
        WHERE id > $1 ORDER BY id OFFSET 0) new)
    SELECT last.id, news.account_id, last.seq, last.hash, coalesce(head.seq, 0)
    FROM news, LATERAL ({_last("id, seq, hash", "events_event")}) last
    LEFT JOIN LATERAL ({_last("seq", "events_head")}) head ON true
    WHERE coalesce(head.seq, 0) < last.seq"""  # noqa: S608
INSERT = """
    INSERT INTO events_head (event_id, account_id, seq, hash, previous, signed_at, key, signature)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING"""


def sign_heads() -> int:
    """Sign the head of each chain that has grown since its last one; answers how many.

    All in one transaction: the next round goes on behind the last event of this one, so none may be left out. Two at
    once sign the same, and the second one's are dropped.
    """
    key, now = signing.known_keys()[0], timezone.now()
    with tenancy.all_accounts(reason="every account's log is signed, by the clock"):
        reading = Batch()
        reading.sql(IN_ORDER)
        reading.sql(SIGNED)
        signed = reading.run()[1][0][0]
        reading.sql(GROWN, signed - OVERLAP)  # a value: behind row-level security no index is asked for a sum
        grown = reading.run()[0]
        for first in range(0, len(grown), AT_ONCE):
            writing = Batch()
            for id, account, seq, hash, previous in grown[first : first + AT_ONCE]:
                signature = key.sign(head_message(account, seq, hash, previous, now))
                writing.sql(INSERT, id, account, seq, hash, previous, now, key.id, signature)
            writing.run()
    return len(grown)
