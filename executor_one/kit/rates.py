"""Rate limits as token buckets in Postgres: right across processes and hosts.

A bucket is refilled continuously. Who is refused takes nothing, so the time that they are told is when it works. The
table is unlogged: a bucket costs no write-ahead log, and a Postgres that crashed finds them full.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from executor_one.kit.batch import Batch
from executor_one.kit.errors import TooSoon

Rate = tuple[int, int]  # (times, seconds): the bucket's size, and how long an empty one takes to fill


def taking(count: str = "1") -> str:
    """The statement behind `WITH wanted (key, size, least, per_second)`: take `count` of each bucket, or nothing of it.

    A bucket holds `size` at most and may be drawn down to `least`. In the order of their keys, so that two who want the
    same ones do not wait for each other.
    """
    return f"""
    INSERT INTO kit_ratebucket AS bucket (key, tokens, least, per_second, refilled_at, was_taken)
    SELECT key, size - {count}, least, per_second, clock_timestamp(), true FROM wanted ORDER BY key
    ON CONFLICT (key) DO UPDATE SET (tokens, was_taken, least, per_second, refilled_at) = (
        SELECT CASE WHEN full_again.left >= excluded.least THEN full_again.left ELSE full_again.left + {count} END,
            full_again.left >= excluded.least, excluded.least, excluded.per_second, clock_timestamp()
        FROM (SELECT least(excluded.tokens + {count}, bucket.tokens + excluded.per_second * greatest(0,
            extract(epoch FROM clock_timestamp() - bucket.refilled_at)::float)) - {count} AS left) full_again)
    RETURNING key, tokens, least, per_second, was_taken"""  # noqa: S608 - a number or a parameter


ONE = "WITH wanted (key, size, least, per_second) AS (VALUES ($1::text, $2::int, 0, $3::double precision))"
TAKE_SOME = ONE + taking("$4::int")
OWE = TAKE_SOME.replace("$2::int, 0,", "$2::int, -1e12,")
LEFT = """
    SELECT tokens + per_second * extract(epoch FROM clock_timestamp() - refilled_at)::float, per_second
    FROM kit_ratebucket WHERE key = $1"""


@dataclass(frozen=True)
class Bucket:
    """What is left of a bucket after somebody took from it, or was refused."""

    key: str
    tokens: float
    least: float
    per_second: float
    was_taken: bool
    count: int = 1

    @property
    def wait(self) -> int:
        """Whole seconds until there is what was asked for."""
        return max(1, math.ceil((self.least + self.count - self.tokens) / self.per_second))


def take(key: str, rate: Rate | None, *, message: str, count: int = 1) -> None:
    """Take a token, or several, or raise TooSoon, which says when there are so many. `rate` None: no limit."""
    if rate is None:
        return
    size, seconds = rate
    batch = Batch()
    batch.sql(TAKE_SOME, key[:200], size, size / seconds, min(count, size))
    name, tokens, least, per_second, was_taken = batch.run()[0][0]
    bucket = Bucket(name, tokens, least, per_second, was_taken, min(count, size))
    if not bucket.was_taken:
        raise too_soon(bucket, message)


def charge(key: str, rate: Rate, count: int) -> None:
    """Take `count` tokens of what was done already: the bucket may owe them, and gives nothing until it is paid."""
    size, seconds = rate
    batch = Batch()
    batch.sql(OWE, key[:200], size, size / seconds, count)
    batch.run()


def refuse_owing(key: str, *, message: str) -> None:
    """TooSoon for a bucket that owes; nothing is taken, and nobody waits for who takes from it now."""
    batch = Batch()
    batch.sql(LEFT, key[:200])
    for tokens, per_second in batch.run()[0]:
        if tokens < 0:
            raise too_soon(Bucket(key, tokens, 0, per_second, was_taken=False), message)


def too_soon(bucket: Bucket, message: str) -> TooSoon:
    """What who was refused is told."""
    return TooSoon(f"{message} Try again in {in_words(bucket.wait)}.", retry_after=bucket.wait)


def in_words(seconds: int) -> str:
    """A wait as people say it, rounded up: never too early. `59` -> "59 s", `61` -> "2 min"."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds > size:
            return f"{math.ceil(seconds / size)} {unit}"
    return f"{seconds} s"


def give_back(key: str) -> None:
    """Return a token that a success did not deserve to lose."""
    batch = Batch()
    batch.sql("UPDATE kit_ratebucket SET tokens = tokens + 1 WHERE key = $1", key[:200])
    batch.run()


def forget_full() -> None:
    """Take away what nobody took from for a day, the longest time that an empty one may take to fill."""
    batch = Batch()
    batch.sql("DELETE FROM kit_ratebucket WHERE refilled_at < now() - interval '1 day'")
    batch.run()
