"""What a courier clears up now and then: by index, in small portions, so that nobody waits for it."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby

from django.db.models import Exists, OuterRef
from django.utils import timezone

from events.actions import publish
from executor_one.kit import tenancy
from webhooks.claims import given_up
from webhooks.models import WebhookDelivery, WebhookEndpoint
from webhooks.patience import DAY

KEPT = timedelta(days=30)  # a delivery, and what came of it
PORTION = 1000  # rows in one transaction
LATE = timedelta(hours=1)  # after its last try was due; before, a courier may be at it
NEVER_TRIED = "Its day was over before it could be tried once more."


def clear() -> int:
    """One portion of each chore; how many rows there were. 0: nothing is left to do."""
    return remove_old() + remove_deleted() + give_up()


def remove_old() -> int:
    """Deliveries that are older than KEPT."""
    with tenancy.all_accounts(reason="what is kept for 30 days is so for every account"):
        old = WebhookDelivery.objects.filter(created_at__lt=timezone.now() - KEPT).order_by("created_at")
        return WebhookDelivery.objects.filter(pk__in=[*old.values_list("pk", flat=True)[:PORTION]]).delete()[0]


def remove_deleted() -> int:
    """Deliveries of deleted endpoints, and the endpoints that have none left."""
    with tenancy.all_accounts(reason="deleted endpoints of every account are removed alike"):
        gone = WebhookEndpoint.objects.filter(deleted_at__isnull=False)
        ids = [*gone.order_by("deleted_at").values_list("pk", flat=True)[:PORTION]]
        theirs = WebhookDelivery.objects.filter(endpoint_id__in=ids)
        removed = WebhookDelivery.objects.filter(pk__in=[*theirs.values_list("pk", flat=True)[:PORTION]]).delete()[0]
        left = WebhookDelivery.objects.filter(endpoint=OuterRef("pk"))
        return removed + int(gone.filter(pk__in=ids).exclude(Exists(left)).delete()[0])


def give_up() -> int:
    """End what waits for more than a day: its endpoint is off, or has so much to take that its turn did not come."""
    with tenancy.all_accounts(reason="a delivery of any account has its day"):
        late = WebhookDelivery.objects.filter(state="pending", begun_at__lt=timezone.now() - DAY - LATE)
        found = [*late.order_by("begun_at").values_list("account_id", "endpoint_id", "pk")[:PORTION]]
    of_endpoint = sorted(found)
    for (account, endpoint), rows in groupby(of_endpoint, key=lambda row: row[:2]):
        _give_up(account, endpoint, [row[2] for row in rows])
    return len(found)


def _give_up(account: str, endpoint: str, deliveries: list[str]) -> None:
    with tenancy.account_scope(account):
        row = WebhookEndpoint.objects.select_for_update(no_key=True).filter(pk=endpoint).first()
        now = timezone.now()
        waiting = WebhookDelivery.objects.filter(pk__in=deliveries, state="pending", begun_at__lt=now - DAY - LATE)
        ended = waiting.update(state="dead", next_at=None, ended_at=now, last_error=NEVER_TRIED)
        if ended and row is not None and row.is_active:
            publish(*given_up(row, deliveries[0], NEVER_TRIED, now))
