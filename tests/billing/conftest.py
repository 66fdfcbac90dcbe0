"""A Stripe on a real socket, and a customer of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from billing.models import Package, Plan, StripeEvent, Subscription
from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.tenancy import account_scope
from tests.stripe_fake import FakeStripe

PACKAGE_PAID = "payment_intent.succeeded"
WEBHOOK = "/api/billing/webhook"


class Buyer:
    """One account, its client, and the Stripe that it pays at."""

    def __init__(self, member: Any, client: Any, stripe: FakeStripe) -> None:
        self.member, self.client, self.stripe = member, client, stripe

    def post(self, name: str, **body: Any) -> Any:
        return self.client.post(f"/api/billing/{name}", body, content_type="application/json")

    def get(self, name: str) -> Any:
        return self.client.get(f"/api/billing/{name}").json()

    def told(self, body: bytes, headers: dict[str, str]) -> int:
        """Hand our webhook what Stripe sends; answers the status."""
        answer = self.client.post(WEBHOOK, body, content_type="application/json", headers=headers)
        return int(answer.status_code)

    def hear(self, order: Any = None) -> list[int | None]:
        """Everything that Stripe has to tell, delivered now."""
        return [each.status for each in self.stripe.release(order, through=self.told)]

    def begin(self, tier: str = "pro") -> str:
        """Ask for the checkout; the session's id."""
        answer = self.post("checkout", tier=tier)
        assert answer.status_code == 200, answer.content
        return str(self.stripe.all("checkout.session")[0]["id"])

    def buy(self, tier: str = "pro") -> str:
        """The id of the paid subscription, of which we have heard."""
        self.stripe.pay(self.begin(tier))
        assert set(self.hear()) == {200}
        return str(self.stripe.all("subscription")[0]["id"])

    @property
    def mine(self) -> Subscription:
        with account_scope(self.member.account):
            return Subscription.objects.select_related("plan").get()

    @property
    def plan(self) -> str:
        return str(self.mine.plan_id)

    def events(self, type: str) -> list[dict[str, Any]]:
        with account_scope(self.member.account):
            return list(Event.objects.filter(type=type).order_by("id").values_list("data", flat=True))


@pytest.fixture
def stripe(settings: Any) -> Iterator[FakeStripe]:
    """The installation sells by this one."""
    with FakeStripe() as fake:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET = fake.api_key, fake.webhook_secret
        settings.STRIPE_API_BASE = fake.url
        yield fake
        assert not fake.mistakes, fake.mistakes


@pytest.fixture
def sold(committed: None) -> Iterator[None]:
    """Real commits; the price lists, which stay, have no prices afterwards, as before."""
    yield
    for model in (Plan, Package):
        model.objects.update(stripe_price="", price_cents=None, currency="")  # type: ignore[attr-defined]


@pytest.fixture
def buyer(db: None, stripe: FakeStripe, make_member: Any, client_of: Any) -> Buyer:
    member = make_member("buyer@example.com", "free")
    return Buyer(member, client_of(member.key), stripe)


@pytest.fixture
def pro(db: None, stripe: FakeStripe, make_member: Any, client_of: Any) -> Buyer:
    """On Pro, by staff: no subscription at Stripe."""
    member = make_member("pro@example.com", "pro")
    return Buyer(member, client_of(member.key), stripe)


def intend(buyer: Buyer, package: str = "calls-100", **more: Any) -> Any:
    """A payment for a package, yet to be confirmed."""
    answer = buyer.post("create-payment-intent", packageSlug=package, **more)
    assert answer.status_code == 200, answer.content
    return answer.json()


def bought(buyer: Buyer, package: str = "calls-100") -> str:
    """The id of a payment for a package, of which we have heard."""
    intent = str(intend(buyer, package)["paymentIntent"])
    buyer.stripe.pay_intent(intent)
    assert set(buyer.hear()) == {200}
    return intent


def left(buyer: Buyer) -> int:
    """Model calls beyond the plan."""
    return int(buyer.get("usage")["credit"]["llmCalls"])


def ledger(buyer: Buyer) -> list[tuple[str, int, int]]:
    """Kind, amount and balance, the newest first."""
    return [(one["kind"], one["amount"], one["balance"]) for one in buyer.get("credits")["data"]]


def noted(**fields: Any) -> list[StripeEvent]:
    """What stands in our table of Stripe's events."""
    with tenancy.all_accounts(reason="a test looks"):
        return list(StripeEvent.objects.filter(**fields).order_by("created_at", "id"))


def price_of(code: str) -> str:
    return Plan.objects.get(pk=code).stripe_price


@pytest.fixture
def mails(run_jobs: Any, mailoutbox: Any) -> Any:
    """`mails()` -> subjects of what was sent since it was asked last, jobs done; those of signing up left out."""

    def sent() -> list[str]:
        run_jobs()
        subjects = [mail.subject for mail in mailoutbox if not mail.subject.startswith("Verify")]
        sent.texts = [mail.body for mail in mailoutbox]  # type: ignore[attr-defined]
        mailoutbox.clear()
        return subjects

    return sent
