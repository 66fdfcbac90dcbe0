"""What django-q2 runs for the platform itself."""

from executor_one.kit import idempotency, rates
from executor_one.kit.queue import enqueue

AT_ONCE = 5_000


def forget_answers() -> None:
    """Take away the answers that were kept for 24 hours, some of them, and come again while there are more."""
    if idempotency.forget_expired(AT_ONCE) == AT_ONCE:
        enqueue("executor_one.kit.tasks.forget_answers")


def forget_buckets() -> None:
    """Take away the buckets that nobody took from for a day: they are full."""
    rates.forget_full()
