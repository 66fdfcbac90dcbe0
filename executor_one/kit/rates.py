"""Rate limits as token buckets in Postgres: right across processes and hosts."""

import math

from django.db import connection

from executor_one.kit.errors import TooSoon

Rate = tuple[int, int]  # (times, seconds): the bucket's size, and how long an empty one takes to fill

TAKE = """
    INSERT INTO kit_ratebucket AS bucket (key, tokens, refilled_at) VALUES (%(key)s, %(size)s - 1, now())
    ON CONFLICT (key) DO UPDATE SET refilled_at = now(), tokens = greatest(-1, least(%(size)s, bucket.tokens
        + extract(epoch FROM now() - bucket.refilled_at) * %(size)s / %(seconds)s) - 1)
    RETURNING tokens"""


def take(key: str, rate: Rate | None, *, message: str) -> None:
    """Take one token, or raise TooSoon, which says when there is the next one. `rate` None: no limit."""
    if rate is None:
        return
    size, seconds = rate
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"key": key[:200], "size": size, "seconds": seconds})
        left = cursor.fetchone()[0]
    if left < 0:
        wait = max(1, math.ceil(-left * seconds / size))
        raise TooSoon(f"{message} Try again in {in_words(wait)}.", retry_after=wait)


def in_words(seconds: int) -> str:
    """A wait as people say it, rounded up: never too early. `59` -> "59 s", `61` -> "2 min"."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds > size:
            return f"{math.ceil(seconds / size)} {unit}"
    return f"{seconds} s"


def give_back(key: str) -> None:
    """Return a token that a success did not deserve to lose."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kit_ratebucket SET tokens = tokens + 1 WHERE key = %s", [key[:200]])
