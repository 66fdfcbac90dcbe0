"""The page of the plan: what it is, what another one would bring, and the way to Stripe."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.pages import PageView
from billing import credit, payments, stripe_client
from billing.limits import LIMITS, counted, violations
from billing.models import CreditEntry, Metric, Plan, Subscription
from executor_one.kit import money
from executor_one.kit.errors import DomainError, Meaningless

PAGE = payments.PAGE
# Where a form of this page may lead: a browser holds `form-action` against redirects too.
STRIPE_HOSTS = ("https://checkout.stripe.com", "https://billing.stripe.com")
SAID = {
    "requested": "Stripe has the change. The plan follows within seconds.",
    "resumed": "The subscription goes on.",
}


class Billing(PageView):
    """The plan, how it is paid, the model calls, the other plans."""

    permissions = {"GET": "billing.view"}
    section = "billing"
    template = "billing/page.html"
    fragment = "billing/_live.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def show(self, *, status: int = 200, **more: Any) -> HttpResponse:
        mine = Subscription.objects.select_related("plan", "paid_plan").get()
        plans = list(Plan.objects.filter(is_public=True))
        response = self.page(
            {
                "mine": mine,
                "price": price_of(mine.paid_plan) if mine.is_paid and mine.paid_plan else "",
                "plans": [offer(plan, mine) for plan in plans],
                "is_configured": stripe_client.is_configured(),
                "was_paid": "paid" in self.request.GET,
                "is_confirming": "bought" in self.request.GET and bool(mine.checkout_session),
                **credit_of(mine.plan, plans),
                **more,
            },
            status=status,
        )
        response._csp_update = {"form-action": ["'self'", *stripe_hosts()]}  # type: ignore[attr-defined]
        return response


class ChangePlan(Billing):
    """Asking for another plan."""

    permissions = {"GET": "billing.view", "POST": "billing.edit"}

    def post(self, request: HttpRequest) -> HttpResponse:
        code, accept = request.POST.get("tier", ""), request.POST.get("accept") == "yes"
        try:
            change = payments.change_plan(self.caller.account_id, code, accept=accept)
        except Meaningless as error:
            if "violations" not in error.members:
                raise
            target = payments.known_plan(code)
            found = [{**one, "words": LIMITS[one["limit"]].words} for one in violations(target)]
            return self.show(status=422, target=target, violations=found)
        if change.url:
            return HttpResponseRedirect(change.url)
        if change.at:
            messages.success(request, f"{change.plan.name} begins on {change.at:%d %B %Y}. Until then nothing changes.")
        else:
            messages.success(request, SAID.get(change.status, "Stripe has the change."))
        return self.go(PAGE)


class BuyPackage(PageView):
    """The way to Stripe's page for a package."""

    permissions = {"POST": "billing.edit"}
    section = "billing"

    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(payments.buy(self.caller.account_id, request.POST.get("package", "")))


class Portal(PageView):
    """The way to Stripe's own page."""

    permissions = {"POST": "billing.edit"}
    section = "billing"

    def post(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(payments.open_portal(self.caller.account_id))


def stripe_hosts() -> tuple[str, ...]:
    """The origins of Stripe's pages: its own, or those of the server that stands in for it."""
    if not settings.STRIPE_API_BASE:
        return STRIPE_HOSTS
    parts = urlsplit(settings.STRIPE_API_BASE)
    return (f"{parts.scheme}://{parts.netloc}",)


def price_of(plan: Plan) -> str:
    """`29.00 USD a month`; empty for a plan without a price."""
    return f"{money.said(plan.price_cents, plan.currency)} a month" if plan.price_cents is not None else ""


def credit_of(plan: Plan, plans: list[Plan]) -> dict[str, Any]:
    """What the page says of model calls: the plan's, those beyond it and where they came from, and what can be had."""
    refused = ""
    try:
        credit.refuse_buyer(plan, plans)
    except DomainError as error:
        refused = error.message
    came = credit.sources()
    packages = [(one, money.said(one.price_cents or 0, one.currency)) for one in credit.for_sale(plan)]
    return {
        "calls": counted(plan, Metric.LLM_CALLS)[Metric.LLM_CALLS],
        "left": getattr(came[0], "left", 0) if came else 0,
        "sources": [(one, paid_for(one)) for one in came],
        "packages": packages,
        "no_packages": refused,
    }


def paid_for(entry: CreditEntry) -> str:
    """`5.00 USD`; with a minus where it went back, empty where no money moved."""
    if entry.cents is None:
        return ""
    return ("-" if entry.kind == CreditEntry.Kind.REFUNDED else "") + money.said(entry.cents, entry.currency)


def offer(plan: Plan, mine: Subscription) -> dict[str, Any]:
    """A plan beside the account's own: what a button on it says, and whether there is one."""
    is_mine = plan.pk == mine.plan_id
    if is_mine:
        does = "Keep it" if mine.ends_at_period_end else ""
    elif plan.rank > mine.plan.rank:
        does = f"Upgrade to {plan.name}" if plan.is_for_sale else ""
    else:
        does = f"Go down to {plan.name}" if mine.is_paid else ""
    price = price_of(plan) or ("Free" if plan.rank == 0 else "")
    return {"plan": plan, "is_mine": is_mine, "does": does, "price": price}
