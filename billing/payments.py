"""What a customer does about money: check out, visit the portal, change the plan, buy a package. Stripe does it.

None of this changes the account's plan or its credit: only what Stripe tells us afterwards does (billing.webhook).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from billing import credit, dunning, stripe_client
from billing.actions import FREE
from billing.limits import violations
from billing.models import Package, Plan, Subscription
from executor_one.kit.errors import Conflict, Meaningless

PAGE = "/dashboard/billing"
ALIVE = dunning.GOOD | dunning.BAD
PAID_ALREADY = "Stripe has a paid subscription already. The plan follows within seconds; do not pay again."
PAY_FIRST = "A payment is missing. Pay it first, or change the card, on Stripe's own page (POST /api/billing/portal)."
READ_ONLY = "Nothing is deleted: what is above the limit becomes read-only."


@dataclass(frozen=True)
class Change:
    """What came of asking for another plan.

    `status`: checkout (go to `url` and pay), requested (Stripe changes the subscription; the plan follows within
    seconds), scheduled (it ends at `at`; until then nothing changes), resumed (it does not end any more).
    """

    status: str
    plan: Plan
    url: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class Intent:
    """A payment for a package that the customer has yet to confirm, with Stripe's own script."""

    id: str
    client_secret: str
    package: Package


def change_plan(account_id: str, code: str, *, accept: bool = False) -> Change:
    """Ask for another plan (O127). Conflict for the plan it has, Meaningless with `violations` for one too small.

    `accept`: the caller has seen the violations and wants it all the same.
    """
    stripe_client.client()  # 501 before anything else where nothing can be bought
    mine = _locked(account_id)
    target = _public(code)
    if target.pk == mine.plan_id:
        return _resume(mine)
    if target.rank < mine.plan.rank and not accept:
        refuse_smaller(target)
    if target.pk == FREE:
        return _end(mine, target)
    if mine.status in (Subscription.Status.PAST_DUE, Subscription.Status.UNPAID):
        raise Conflict(PAY_FIRST)
    return _switch(mine, target) if mine.is_paid else Change("checkout", target, _checkout(mine, target))


def check_out(account_id: str, code: str) -> str:
    """The address at which the plan is paid for the first time (O120); Conflict for who pays one already."""
    stripe_client.client()
    mine, target = _locked(account_id), _public(code)
    if mine.is_paid:
        raise Conflict("There is a paid subscription already: change its plan instead (POST /api/billing/change-plan).")
    if target.rank <= mine.plan.rank:
        raise Conflict(f"The account is on {mine.plan.name} already, which allows as much as {target.name} or more.")
    return _checkout(mine, target)


def open_portal(account_id: str) -> str:
    """Stripe's own page on which the customer pays, changes cards, reads invoices and cancels (O121)."""
    mine = _locked(account_id)
    with stripe_client.asking() as stripe:
        wanted: Any = {"customer": _customer(mine, stripe), "return_url": settings.PUBLIC_URL + PAGE}
        return str(stripe.v1.billing_portal.sessions.create(wanted).url)


def intend(account_id: str, slug: str, key: str = "") -> Intent:
    """A PaymentIntent for a package (O122); credit is booked when Stripe tells us that it was paid, and only then.

    The same `key` again is the same payment, and Conflict for another package. It is the account's own: one that
    another account uses too is another.
    """
    stripe_client.client()
    mine, package = _locked(account_id), known_package(slug)
    credit.refuse_buyer(mine.plan)
    _price(package)
    wanted: Any = {
        "amount": package.price_cents,
        "currency": package.currency,
        "automatic_payment_methods": {"enabled": True},
        "description": f"executor.one: {package.name}",
        "metadata": credit.offer(package, account_id),
    }
    with stripe_client.asking() as stripe:
        wanted["customer"] = _customer(mine, stripe)
        made = stripe.v1.payment_intents.create(wanted, {"idempotency_key": f"{account_id}-{key}"} if key else None)
        return Intent(made.id, str(made.client_secret), package)


def buy(account_id: str, slug: str) -> str:
    """The address at which a package is paid, on Stripe's own page; asked again, the same session while it is open."""
    stripe_client.client()
    mine, package = _locked(account_id), known_package(slug)
    credit.refuse_buyer(mine.plan)
    price, agreed = _price(package), credit.offer(package, account_id)
    wanted = {
        "mode": "payment",
        "line_items": [{"price": price, "quantity": 1}],
        "payment_intent_data": {"metadata": agreed, "description": f"executor.one: {package.name}"},
        "adaptive_pricing": {"enabled": False},  # what was shown is what is paid
        "success_url": f"{settings.PUBLIC_URL}{PAGE}?bought=1",
    }
    with stripe_client.asking() as stripe:
        return _session(mine, stripe, _customer(mine, stripe), agreed, wanted)


def known_package(slug: str) -> Package:
    """A package that customers can see."""
    package = Package.objects.filter(pk=slug, is_public=True).first()
    if package is None:
        message = f"There is no package {slug[:40]!r}; GET /api/billing/pricing lists them."
        raise Meaningless(f"packageSlug: {message}", errors={"packageSlug": [message]})
    return package


def refuse_smaller(target: Plan) -> None:
    """Meaningless (422) with `violations` when the account holds more than `target` allows (O127)."""
    if found := violations(target):
        named = ", ".join(f"{one['limit']}: {one['used']} of {one['allowed']}" for one in found)
        raise Meaningless(
            f"{target.name} allows less than the account uses ({named}). {READ_ONLY} Send accept: true to go on.",
            violations=found,
        )


def known_plan(code: str) -> Plan:
    """A plan by its code, one that staff alone give too."""
    plan = Plan.objects.filter(pk=code).first()
    if plan is None:
        raise _no_such(code)
    return plan


def _public(code: str) -> Plan:
    plan = Plan.objects.filter(pk=code, is_public=True).first()
    if plan is None:
        raise _no_such(code)
    return plan


def _no_such(code: str) -> Meaningless:
    message = f"There is no plan {code[:40]!r}; GET /api/billing/tiers lists them."
    return Meaningless(f"tier: {message}", errors={"tier": [message]})


def _locked(account_id: str) -> Subscription:
    """The account's subscription, locked: of two clicks the second sees what the first began."""
    rows = Subscription.objects.select_for_update(of=("self",)).select_related("plan", "account")
    return rows.get(account_id=account_id)


def _customer(mine: Subscription, stripe: Any) -> str:
    """The account's customer at Stripe, made the first time. Whose it is stands in our table alone.

    One that is gone (it was deleted there, or another Stripe account's key is used now) is made anew.
    """
    before = mine.stripe_customer or ""
    if not before or not stripe_client.has_customer(stripe, before):
        made = stripe.v1.customers.create(
            {"email": mine.account.email, "name": mine.account.name, "metadata": {"account": mine.account_id}},
            {"idempotency_key": f"customer-{mine.account_id}-{before}"},
        )
        mine.stripe_customer, mine.checkout_session = made.id, ""
        mine.save(update_fields=["stripe_customer", "checkout_session"])
    return str(mine.stripe_customer)


def _price(row: Plan | Package) -> str:
    if not row.stripe_price:
        stripe_client.read_prices()
        row.refresh_from_db()
    if not row.stripe_price or not row.price_cents:
        raise Conflict(f"{row.name} cannot be bought yet: it has no price. Its staff has to give it one.")
    return row.stripe_price


def _checkout(mine: Subscription, target: Plan) -> str:
    """Where the plan is paid; refused while a subscription is alive at Stripe, whether we have heard of it or not."""
    wanted = {
        "mode": "subscription",
        "line_items": [{"price": _price(target), "quantity": 1}],
        "success_url": f"{settings.PUBLIC_URL}{PAGE}?paid=1",
    }
    with stripe_client.asking() as stripe:
        customer = _customer(mine, stripe)
        if any(one.status in ALIVE for one in stripe_client.subscriptions_of(customer)):
            raise Conflict(PAID_ALREADY)
        return _session(mine, stripe, customer, {"plan": target.pk}, wanted)


def _session(mine: Subscription, stripe: Any, customer: str, about: dict[str, str], wanted: dict[str, Any]) -> str:
    """The open session for this, or a new one in the place of the last: nobody can pay two of them."""
    if mine.checkout_session:
        before: Any = stripe.v1.checkout.sessions.retrieve(mine.checkout_session)
        if before.status == "open" and before.metadata.to_dict() == about:
            return str(before.url)
        if before.status == "open":
            stripe.v1.checkout.sessions.expire(before.id)
    asked = {
        **wanted,
        "customer": customer,
        "client_reference_id": mine.account_id,
        "metadata": about,
        "cancel_url": f"{settings.PUBLIC_URL}{PAGE}",
    }
    session = stripe.v1.checkout.sessions.create(asked)
    mine.checkout_session = session.id
    mine.save(update_fields=["checkout_session"])
    return str(session.url)


def _switch(mine: Subscription, target: Plan) -> Change:
    """Another price in the same subscription; the difference is paid at once, or nothing changes (402)."""
    change: Any = {
        "items": [{"id": mine.stripe_item, "price": _price(target)}],
        "cancel_at_period_end": False,
        "proration_behavior": "always_invoice",
        "payment_behavior": "error_if_incomplete",
    }
    with stripe_client.asking() as stripe:
        stripe.v1.subscriptions.update(mine.stripe_subscription, change)
    return Change("requested", target)


def _end(mine: Subscription, target: Plan) -> Change:
    if not mine.is_paid:
        raise Conflict(f"{mine.plan.name} was given by staff, not bought: ask them to take it back.")
    with stripe_client.asking() as stripe:
        stripe.v1.subscriptions.update(mine.stripe_subscription, {"cancel_at_period_end": True})
    return Change("scheduled", target, at=mine.period_end)


def _resume(mine: Subscription) -> Change:
    if not mine.ends_at_period_end:
        raise Conflict(f"The account is on {mine.plan.name} already.")
    with stripe_client.asking() as stripe:
        stripe.v1.subscriptions.update(mine.stripe_subscription, {"cancel_at_period_end": False})
    return Change("resumed", mine.plan)
