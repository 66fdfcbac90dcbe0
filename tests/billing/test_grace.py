"""A payment that fails: seven days, then Free, and back when it comes (A-R19)."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from billing import dunning
from billing.webhook import replay
from executor_one.kit.tenancy import account_scope
from goals.models import Goal, Pulse
from goals.tasks import pulse
from tests.billing.conftest import noted


@pytest.fixture
def late(buyer):
    """A paid plan whose renewal was declined."""
    subscription = buyer.buy("pro")
    buyer.stripe.renew(subscription, paid=False)
    with time_machine.travel(buyer.stripe.now, tick=True):
        assert set(buyer.hear()) == {200}
        yield buyer


def end_graces(run_jobs):
    """What the heartbeat does once a minute."""
    Pulse.objects.all().delete()
    pulse()
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        pulse()
        run_jobs()


def test_the_plan_stays_for_seven_days_and_the_owner_is_told(late, mails, run_jobs):
    mine = late.get("subscription")
    assert (mine["tier"], mine["status"]) == ("pro", "past_due")
    assert mine["graceUntil"]
    told = late.events("invoice.payment_failed")
    assert [one["graceUntil"] for one in told] == [late.mine.grace_until.isoformat()]
    assert mails() == ["A payment failed"]
    with time_machine.travel(timezone.now() + timedelta(days=6, hours=23)):
        end_graces(run_jobs)
        assert late.plan == "pro"


def test_then_it_is_free_and_nothing_is_deleted(late, mails, run_jobs):
    mails()
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        end_graces(run_jobs)
        end_graces(run_jobs)
        assert (late.plan, late.mine.status) == ("free", "unpaid")
        assert mails() == ["The account is on Free now"]
        assert late.get("subscription")["paidTier"] == "pro"


def test_a_payment_brings_the_plan_back(late, run_jobs):
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        end_graces(run_jobs)
        assert late.plan == "free"
        late.stripe.mend_card(late.mine.stripe_customer)
        late.stripe.pay_invoice(late.stripe.all("invoice")[0]["id"])
        assert set(late.hear()) == {200}
        assert (late.plan, late.mine.status, late.mine.grace_until) == ("pro", "active", None)


def test_a_second_failure_does_not_lengthen_the_grace(late):
    until = late.mine.grace_until
    with time_machine.travel(timezone.now() + timedelta(days=3)):
        late.stripe.deliver("invoice.payment_failed", through=late.told)
        failed = late.stripe.emit("invoice.payment_failed", late.stripe.all("invoice")[0])
        late.stripe.deliver(failed["id"], through=late.told)
        assert late.mine.grace_until == until


def test_an_event_after_the_grace_does_not_give_it_again(late):
    with time_machine.travel(timezone.now() + timedelta(days=9)):
        event = late.stripe.emit("invoice.payment_failed", late.stripe.all("invoice")[0])
        late.stripe.deliver(event["id"], through=late.told)
        assert (late.plan, late.mine.status) == ("free", "unpaid")


@pytest.fixture
def unheard(buyer):
    """A paid plan whose renewal was declined a month after it was bought; we have heard nothing of that yet."""
    subscription = buyer.buy("pro")
    buyer.stripe.hold()
    buyer.stripe.renew(subscription, paid=False)
    with time_machine.travel(buyer.stripe.now, tick=True):
        yield buyer


def has_all_of_its_grace(buyer):
    mine = buyer.mine
    assert (mine.plan_id, mine.status) == ("pro", "past_due")
    assert abs(mine.grace_until - timezone.now() - dunning.GRACE) < timedelta(minutes=1)


def test_A_R19_an_old_event_that_is_replayed_takes_nothing_of_the_grace(unheard, mails, run_jobs):
    replay(noted(type="checkout.session.completed")[0], actor="staff:1")
    has_all_of_its_grace(unheard)
    mails()
    unheard.hear()
    assert mails() == ["A payment failed"]
    has_all_of_its_grace(unheard)


@pytest.mark.parametrize("kind", ["checkout.session.completed", "invoice.paid", "invoice.payment_failed"])
def test_A_R19_an_event_that_stripe_could_not_tell_for_days_takes_nothing_of_it(unheard, kind):
    if kind == "invoice.payment_failed":
        late = unheard.stripe.events(kind)[-1]
    else:
        late = unheard.stripe.emit(kind, unheard.stripe.events(kind)[0]["data"]["object"])
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=True):
        assert [each.status for each in unheard.stripe.deliver(late["id"], through=unheard.told)] == [200]
        has_all_of_its_grace(unheard)


def test_who_loses_the_plan_by_an_event_is_told_once(late, mails, run_jobs):
    mails()
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        for _ in range(2):
            event = late.stripe.emit("customer.subscription.updated", late.mine.stripe_subscription)
            late.stripe.deliver(event["id"], through=late.told)
        end_graces(run_jobs)
        assert (late.plan, mails()) == ("free", ["The account is on Free now"])


def test_stripe_giving_up_ends_it_at_once(late):
    late.stripe.give_up(late.mine.stripe_subscription)
    late.hear()
    assert (late.plan, late.mine.status) == ("free", "ended")


def test_A_R19_past_due_and_over_the_ceiling_is_402(late, run_jobs):
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        end_graces(run_jobs)
        with account_scope(late.member.account):
            Goal.objects.all().delete()
        codes = []
        for number in range(11):
            with time_machine.travel(timezone.now() + timedelta(seconds=70 * number)):
                codes.append(
                    late.client.post("/api/goals", {"description": "x", "semanticPath": ["true"]},
                                     content_type="application/json").status_code
                )  # fmt: skip
        assert codes[:10] == [201] * 10
        assert codes[10] == 402


class One:
    """A subscription as dunning reads it."""

    def __init__(self, id, status, price="p", created=0):
        self.id, self.status, self.price, self.created = id, status, price, created


NOW = timezone.now()
PLANS = {"p": (1, "pro"), "e": (2, "enterprise")}


@pytest.mark.parametrize(
    ("told", "since", "expected"),
    [
        ([], None, ("ended", "")),
        ([("a", "canceled")], None, ("ended", "")),
        ([("a", "incomplete")], None, ("ended", "")),
        ([("a", "active")], None, ("active", "pro")),
        ([("a", "trialing")], None, ("active", "pro")),
        ([("a", "past_due")], None, ("past_due", "pro")),
        ([("a", "past_due")], timedelta(days=6, hours=23), ("past_due", "pro")),
        ([("a", "past_due")], timedelta(days=7), ("unpaid", "")),
        ([("a", "unpaid")], timedelta(days=1), ("past_due", "pro")),
        ([("a", "active"), ("b", "active", "e")], None, ("active", "enterprise")),
        ([("a", "active"), ("b", "past_due", "e")], None, ("active", "pro")),
        ([("a", "canceled"), ("b", "active")], timedelta(days=30), ("active", "pro")),
    ],
)
def test_what_follows_from_what_stripe_says(told, since, expected):
    stands = dunning.standing(
        [One(*one) for one in told], PLANS, past_due_since=NOW - since if since else None, now=NOW
    )
    assert (stands.status, stands.plan) == expected


def test_a_paid_price_of_no_plan_is_an_error():
    with pytest.raises(dunning.UnknownPrice):
        dunning.standing([One("a", "active", "other")], PLANS, past_due_since=None, now=NOW)
