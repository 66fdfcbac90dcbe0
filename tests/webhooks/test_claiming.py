"""Couriers that claim at the same time."""

import threading
import time
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from tests.webhooks.receiving import claim_due, spread_all, tell
from webhooks import claims
from webhooks.sending import Outcome


def test_who_claims_while_another_delivers_does_not_send_it_again(committed, member, hook, delivery_of, monkeypatch):
    """The slow one looked before the delivery ended, and locks its lane after that."""
    hook(types=["goal.*"])
    goal = uuid4()
    tell(member.account, goal, goal)
    spread_all()
    quick = claims.CLAIM
    slow = quick.replace(
        "FROM webhooks_webhooklane lane JOIN turns",
        "FROM (SELECT pg_sleep(1)) nap, webhooks_webhooklane lane JOIN turns",
    )
    assert slow != quick
    found = []

    def claim_slowly():
        found.extend(claim_due(4, 4))
        connection.close()

    monkeypatch.setattr(claims, "CLAIM", slow)
    other = threading.Thread(target=claim_slowly)
    other.start()
    time.sleep(0.4)
    monkeypatch.setattr(claims, "CLAIM", quick)
    (lease,) = claim_due(4, 4)
    claims.hand_in(lease, Outcome(timezone.now(), 200, "", 1))
    other.join()
    assert lease.delivery not in [each.delivery for each in found]
    assert [each.delivery for each in found if each.delivery] == [each.pk for each in delivery_of(state="pending")]
