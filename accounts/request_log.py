"""Which requests each caller made (O9), and what a receipt belongs to: gathered here, written every few seconds.

A row a request would cost more than most requests are worth. What a process that is killed has not written is lost; who
reads the log has this process's part of it written first. Kept for a week, and 100,000 of an account at most.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock

from django.db import DatabaseError, IntegrityError, connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import Account, ApiRequest
from executor_one.kit import receipts, tenancy
from executor_one.kit.addresses import address_of, is_address

logger = logging.getLogger(__name__)

KEPT, MOST = timedelta(days=7), 100_000
HELD = 20_000  # while the database is away; the oldest are lost first
AT_ONCE = 1_000

_lock = Lock()
_gathered: list[ApiRequest] = []


class RequestLogMiddleware:
    """Gather what was asked by whom and how it ended, for requests whose caller became known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.monotonic()
        response = self.get_response(request)
        caller = getattr(request, "api_caller", None)  # set by the API's authentication
        if caller is not None:
            took = int((time.monotonic() - began) * 1000)
            gather(request, response, caller.account_id, caller.actor, took)
        return response


def gather(request: HttpRequest, response: HttpResponse, account_id: str, actor: str, took: int) -> None:
    """Remember a request that was answered, until it is written; `took` milliseconds."""
    address = address_of(request)
    made = ApiRequest(
        account_id=account_id, at=timezone.now(), actor=actor, method=(request.method or "")[:10],
        path=request.path[:300].replace("\x00", ""), status=response.status_code, duration_ms=took,
        ip=address if is_address(address) else None, receipt=receipts.current(),
        replay_of=getattr(response, "replay_of", ""),
    )  # fmt: skip
    with _lock:
        _gathered.append(made)
        del _gathered[:-HELD]


def is_any_gathered() -> bool:
    """Whether there is something to write."""
    return bool(_gathered)


def write() -> None:
    """Write what was gathered, in one transaction. While the database is away it stays."""
    with _lock:
        rows = _gathered[:]
        _gathered.clear()
    if not rows:
        return
    try:
        with tenancy.all_accounts(reason="requests of every account were gathered"):
            there = set(Account.objects.filter(pk__in={row.account_id for row in rows}).values_list("pk", flat=True))
            ApiRequest.objects.bulk_create([row for row in rows if row.account_id in there], batch_size=AT_ONCE)
    except IntegrityError:  # an account was erased just now; who reads this log can do without these few
        logger.warning("%s requests are missing in the log", len(rows))
    except DatabaseError as error:
        logger.warning("the log of requests is not written yet: %s", str(error).strip())
        with _lock:
            _gathered[:0] = rows
            del _gathered[:-HELD]


def forget_old() -> None:
    """Take away what is older than a week, and of an account what is beyond the newest 100,000."""
    with tenancy.all_accounts(reason="the log of requests is kept for a while, whoever's it is"):
        ApiRequest.objects.filter(at__lt=timezone.now() - KEPT).delete()
        with connection.cursor() as cursor:
            cursor.execute(BEYOND, [MOST, MOST])


BEYOND = """
    DELETE FROM accounts_apirequest beyond USING (
        SELECT account_id, (SELECT id FROM accounts_apirequest newest WHERE newest.account_id = many.account_id
            ORDER BY id DESC OFFSET %s LIMIT 1) AS last
        FROM accounts_apirequest many GROUP BY account_id HAVING count(*) > %s) full_ones
    WHERE beyond.account_id = full_ones.account_id AND beyond.id <= full_ones.last"""
