"""How often each key was used, counted in this process and written for all keys at once, a minute after the first.

A write a request would cost more than the request is worth. What a process that is killed has not written is lost: the
number is a lower bound, and says so. executor_one.asgi has the timer, and the last words of a process that is stopped.
"""

from __future__ import annotations

import logging
from collections import Counter
from functools import partial
from threading import Lock

from django.db import DatabaseError, transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from accounts.models import ApiKey
from executor_one.kit import tenancy
from executor_one.kit.addresses import is_address

logger = logging.getLogger(__name__)

_lock = Lock()  # of the numbers
_turn = Lock()  # of who writes them: two would write the same ones
_counted: Counter[str] = Counter()


def count(key: ApiKey) -> None:
    """One request more."""
    with _lock:
        _counted[key.pk] += 1


def is_any_counted() -> bool:
    """Whether there is something to write."""
    return bool(_counted)


def write() -> None:
    """Write what was counted of every key: one statement, and it counts as written once it is committed.

    A key whose row is locked now is written the next time, so nobody waits for it. While the database is away the
    numbers stay.
    """
    with _turn:
        with _lock:
            numbers = dict(_counted)
        if not numbers:
            return
        try:
            with tenancy.all_accounts(reason="requests are counted for the keys of every account"):
                _write(numbers)
        except DatabaseError as error:
            logger.warning("the use of keys is not written yet: %s", str(error).strip())


def _write(numbers: dict[str, int]) -> None:
    free = ApiKey.objects.filter(pk__in=numbers).order_by("pk").select_for_update(skip_locked=True)
    ids = list(free.values_list("pk", flat=True))
    each = [When(pk=id, then=Value(numbers[id])) for id in ids]
    if each:
        ApiKey.objects.filter(pk__in=ids).update(requests=F("requests") + Case(*each, default=Value(0)))
        transaction.on_commit(partial(_written, {id: numbers[id] for id in ids}))


def _written(numbers: dict[str, int]) -> None:
    with _lock:
        for id, number in numbers.items():
            _counted[id] -= number
            if _counted[id] <= 0:
                del _counted[id]


def note(key: ApiKey, address: str) -> None:
    """Write when and from where the key was used.

    Nobody waits for a note: where another request of this moment has written one, or is about to, that is enough.
    """
    free = ApiKey.objects.filter(pk=key.pk, last_used_at=key.last_used_at).select_for_update(skip_locked=True)
    ApiKey.objects.filter(pk__in=free.values("pk")).update(
        last_used_at=timezone.now(), last_ip=address if is_address(address) else F("last_ip")
    )
