"""The numbers of the console's first page are those of the lists that they lead to."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.utils import timezone

from billing.models import Plan, StripeEvent, Subscription
from executor_one.kit.tenancy import account_scope
from goals.models import Pulse
from goals.tasks import beat
from tests.console.test_how_values_stand import cells


def landing(client):
    """{what it says: (address, number)} of the rows of the page."""
    text = client.get("/admin/").content.decode()
    found = re.findall(r'<a class="[^"]*" href="([^"]+)">([^<]+)</a></dt><dd[^>]*>(.*?)</dd>', text, re.DOTALL)
    return {says: (unescape(address), re.sub(r"<[^>]+>|\s+", " ", rest).strip()) for address, says, rest in found}


def rows(client, address):
    """How many rows a list has."""
    return len(cells(client, address))


@pytest.fixture
def money(db, make_member):
    """Subscriptions in every state, and Stripe's events with and without a remark."""
    Plan.objects.filter(pk="pro").update(price_cents=2900, currency="usd")
    for status in Subscription.Status.values:
        member = make_member(f"{status}@example.com")
        with account_scope(member.account):
            Subscription.objects.update(status=status, paid_plan_id=None if status == "none" else "pro")
            for state, note in (("failed", "no"), ("done", "2 are paid"), ("done", ""), ("ignored", "no")):
                StripeEvent.objects.create(
                    pk=f"evt_{status}_{state}{len(note)}", account=member.account, type="x", state=state, note=note,
                    payload={}, created_at=timezone.now(),
                )  # fmt: skip


def test_a_number_is_as_many_rows_as_its_list_has(money, support):
    said = landing(support)
    assert {name: said[name][1] for name in ("Payments missing", "Stripe events that failed")} == {
        "Payments missing": "2", "Stripe events that failed": "5",
    }  # fmt: skip
    for name in ("Payments missing", "Stripe events that failed"):
        address, number = said[name]
        assert rows(support, address) == int(number), name
    address, _ = said["Pro, 2 accounts"]
    assert rows(support, address) == 2


def test_ticks_a_second_are_the_heartbeat_s_own_count_over_a_known_time(db, support):
    Pulse.objects.all().delete()
    began = timezone.now()
    with time_machine.travel(began, tick=False) as clock:
        for _ in range(190):
            beat()
            clock.shift(timedelta(seconds=0.5))
        address, said = landing(support)["Heartbeat"]
        assert address == "/admin/goals/pulse/"
        assert support.get(address).status_code == 200
        assert re.match(r"2\.0 ticks a second over the last 1 min 35 s.*Alive", said), said
        clock.shift(timedelta(minutes=1))
        address, said = landing(support)["Heartbeat"]
    assert "Silent for 1 min" in said
    assert "2.0 ticks" not in said, "silence counts"
    assert "count:" not in said


def test_a_heartbeat_that_has_been_read_long_ago_is_reckoned_from_the_last_minutes(db, support):
    Pulse.objects.all().delete()
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for seconds in (10, 0.5):  # first slowly, then at its pace
            for _ in range(500):
                beat()
                clock.shift(timedelta(seconds=seconds))
        _, fast = landing(support)["Heartbeat"]
    assert fast.startswith("2.0 ticks a second over the last 1 min"), fast
