"""How often each key was used, counted in this process until the note of its last use takes it along.

A write a request would cost more than the request is worth. What a process that ends has not written is lost: the
number is a lower bound, and says so.
"""

from __future__ import annotations

from collections import Counter
from functools import partial
from ipaddress import ip_address
from threading import Lock

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import ApiKey

_lock = Lock()
_counted: Counter[str] = Counter()


def count(key: ApiKey) -> None:
    """One request more."""
    with _lock:
        _counted[key.pk] += 1


def note(key: ApiKey, address: str) -> None:
    """Write when and from where the key was used, and what was counted of it.

    Nobody waits for a note: where another request of this moment has written one, or is about to, that is enough. What
    is written counts as written once its transaction has committed.
    """
    with _lock:
        number = _counted[key.pk]
    free = ApiKey.objects.filter(pk=key.pk, last_used_at=key.last_used_at).select_for_update(skip_locked=True)
    noted = ApiKey.objects.filter(pk__in=free.values("pk")).update(
        last_used_at=timezone.now(), last_ip=F("last_ip") if _is_none(address) else address,
        requests=F("requests") + number,
    )  # fmt: skip
    if noted:
        transaction.on_commit(partial(_written, key.pk, number))


def _written(key_id: str, number: int) -> None:
    with _lock:
        left = _counted[key_id] - number
        if left > 0:
            _counted[key_id] = left
        else:
            del _counted[key_id]


def _is_none(address: str) -> bool:
    """Whether that is no address: a test, or a proxy that tells something else."""
    try:
        ip_address(address)
    except ValueError:
        return True
    return False
