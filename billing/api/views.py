"""Plans, subscriptions, usage, and the webhook of Stripe (O119-O129)."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any, cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing import credit, payments, stripe_client, webhook
from billing.api import serializers as shapes
from billing.dunning import GRACE
from billing.limits import violations
from billing.models import CreditEntry, Metric, Plan, StripeEvent, Subscription
from billing.queries import resets_at, this_month
from executor_one.kit import tenancy
from executor_one.kit.api import PAGING, PUBLIC, ApiView
from executor_one.kit.errors import DomainError, handle
from executor_one.kit.pagination import Page

OVER_LIMIT = "What would go beyond a limit is refused with 402. Nothing is ever billed for it, and nothing is deleted."


REFUNDED = "The unused calls go back with the money, in proportion; what was used stays used."
PAID = {"id": "evt_1PqRsTuVwXyZ", "object": "event", "type": "invoice.paid", "livemode": False}  # shortened


class Failed(DomainError):
    """An event could not be followed; Stripe sends it again."""

    status = 500


def own() -> Subscription:
    """The subscription of the active account."""
    return Subscription.objects.select_related("plan").get()


class Tiers(ApiView):
    """The plans."""

    permissions = {"GET": PUBLIC}
    authentication_classes: Any = ()
    query = {"GET": PAGING}

    @extend_schema(operation_id="billing_tiers", responses=shapes.Tier(many=True))
    def get(self, request: Request) -> Response:
        """The plans that everybody can have, the smallest first, with limits and prices (O125)."""
        paginator = Page()
        plans = paginator.paginate_queryset(Plan.objects.filter(is_public=True), request, view=self) or []
        return paginator.get_paginated_response([shapes.tier(plan) for plan in plans])


class PricingView(ApiView):
    """The plans and the rules around them."""

    permissions = {"GET": PUBLIC}
    authentication_classes: Any = ()

    @extend_schema(operation_id="billing_pricing", responses=shapes.Pricing)
    def get(self, request: Request) -> Response:
        """The plans and packages, whether they can be bought here, what is used first, and what happens beyond (O126).

        A package is model calls bought once: they do not expire, and are used when the plan's of the month are used up.
        """
        plans = list(Plan.objects.filter(is_public=True))
        return Response(
            {
                "tiers": [shapes.tier(plan) for plan in plans],
                "packages": [shapes.package(one) for one in credit.on_offer()],
                "economics": {
                    "metered": [Metric.LLM_CALLS.value],
                    "order": ["plan", "credit"],
                    "expires": False,
                    "overage": False,
                    "buyers": [plan.pk for plan in plans if plan.llm_calls_per_month],
                    "refunds": REFUNDED,
                },
                "isConfigured": stripe_client.is_configured(),
                "overLimit": OVER_LIMIT,
                "graceDays": GRACE.days,
            }
        )


class SubscriptionView(ApiView):
    """How the account pays."""

    permissions = {"GET": "billing.view"}

    @extend_schema(operation_id="billing_subscription", responses=shapes.Standing)
    def get(self, request: Request) -> Response:
        """The plan that holds now, how it is paid and until when (O119). Every account has one: 404 never comes."""
        return Response(shapes.Standing(shapes.standing(own())).data)


class Summary(ApiView):
    """All of it at once."""

    permissions = {"GET": "billing.view"}

    @extend_schema(operation_id="billing_plan_summary", responses=shapes.PlanSummary)
    def get(self, request: Request) -> Response:
        """The plan, its limits, what is used of each, and the model calls that were bought besides (O128)."""
        mine = own()
        values = {
            "subscription": shapes.standing(mine),
            "limits": shapes.limits(mine.plan),
            "usage": shapes.used(mine.plan),
            "credit": {"llm_calls": credit.left()},
        }
        return Response(shapes.PlanSummary(values).data)


class UsageView(ApiView):
    """What is used."""

    permissions = {"GET": "usage.view"}

    @extend_schema(operation_id="billing_usage", responses=shapes.BilledUsage)
    def get(self, request: Request) -> Response:
        """Every limit with what is used, the limit and when it starts again (O124); and the calls bought besides."""
        plan = cast(Plan, self.caller.plan)
        values = {
            "tier": plan.pk,
            "period_start": datetime.combine(this_month(), time(), tzinfo=UTC),
            "period_end": resets_at(),
            "usage": shapes.used(plan),
            "credit": {"llm_calls": credit.left()},
        }
        return Response(shapes.BilledUsage(values).data)


class Checkout(ApiView):
    """Buying."""

    permissions = {"POST": "billing.edit"}
    refusals = {
        "POST": (
            422,
            501,
        )
    }

    @extend_schema(operation_id="billing_checkout", request=shapes.TierInput, responses=shapes.Address)
    def post(self, request: Request) -> Response:
        """Where to pay for a plan the first time (O120); asked again, the same session while it is open.

        409 with a paid subscription (change-plan then), or for a plan that allows no more. 501 without Stripe.
        """
        tier = self.read(shapes.TierInput, request)["tier"]
        return Response({"url": payments.check_out(tenancy.active_account_id(), tier)})


class CreatePaymentIntent(ApiView):
    """Buying a package."""

    permissions = {"POST": "billing.edit"}
    refusals = {
        "POST": (
            422,
            501,
        )
    }

    @extend_schema(
        operation_id="billing_create_payment_intent", request=shapes.IntentInput, responses=shapes.PaymentIntent
    )
    def post(self, request: Request) -> Response:
        """A payment for a package of model calls (O122), to be confirmed with Stripe's script in your own page.

        The calls are there when Stripe has told us that it was paid (`credit.bought`), never before. 402 on a plan
        without a model, 409 on one without a limit or when the key was used for another package, 422 for an unknown
        package, 501 without Stripe.
        """
        wanted = self.read(shapes.IntentInput, request)
        account = tenancy.active_account_id()
        made = payments.intend(account, wanted["package_slug"], wanted.get("idempotency_key", ""))
        values = {
            "client_secret": made.client_secret,
            "payment_intent": made.id,
            "amount_cents": made.package.price_cents,
            "currency": made.package.currency,
            "package": made.package.pk,
        }
        return Response(shapes.PaymentIntent(values).data)


class Credits(ApiView):
    """The ledger."""

    permissions = {"GET": "billing.view"}
    query = {"GET": PAGING}

    @extend_schema(operation_id="billing_credits", responses=shapes.Entry(many=True))
    def get(self, request: Request) -> Response:
        """Each change of the model calls beyond the plan, the newest first: bought, given, each one used, refunded."""
        return self.page(CreditEntry.objects.order_by("-id"), shapes.Entry)


class Portal(ApiView):
    """Stripe's page for customers."""

    permissions = {"POST": "billing.edit"}
    refusals = {"POST": (501,)}

    @extend_schema(operation_id="billing_portal", request=None, responses=shapes.Address)
    def post(self, request: Request) -> Response:
        """Where the customer changes the card, reads invoices, pays and cancels (O121). 501 without Stripe."""
        return Response({"url": payments.open_portal(tenancy.active_account_id())})


class ChangePlan(ApiView):
    """Another plan."""

    permissions = {"POST": "billing.edit"}
    refusals = {
        "POST": (
            422,
            501,
        )
    }

    @extend_schema(operation_id="billing_change_plan", request=shapes.ChangeInput, responses=shapes.PlanChange)
    def post(self, request: Request) -> Response:
        """Ask for another plan, a higher or a lower one (O127); the answer says what has to follow.

        422 with `violations` [{limit, used, allowed}] for a plan that allows less than is used, unless `accept` is
        true: then nothing is deleted, and what is above its limits is read-only. 402 when the difference cannot be
        collected; nothing changes then. 409 for the plan that it has. 501 without Stripe.
        """
        wanted = self.read(shapes.ChangeInput, request)
        change = payments.change_plan(tenancy.active_account_id(), wanted["tier"], accept=wanted["accept"])
        values = {
            "status": change.status,
            "tier": change.plan.pk,
            "checkout_url": change.url or None,
            "effective_at": change.at,
        }
        return Response(shapes.PlanChange(values).data)


class ValidateDowngrade(ApiView):
    """Whether the account fits into another plan."""

    permissions = {"POST": "billing.view"}
    refusals = {"POST": (422,)}

    @extend_schema(operation_id="billing_validate_downgrade", request=shapes.TierInput, responses=shapes.Validation)
    def post(self, request: Request) -> Response:
        """Where the account uses more than a plan allows (O129); changes nothing."""
        target = payments.known_plan(self.read(shapes.TierInput, request)["tier"])
        found = violations(target)
        return Response({"tier": target.pk, "valid": not found, "violations": found})


class Webhook(ApiView):
    """Where Stripe tells what happened."""

    permissions = {"POST": PUBLIC}
    refusals = {"POST": (501,)}
    authentication_classes: Any = ()

    @extend_schema(
        operation_id="billing_webhook",
        request={"application/json": OpenApiTypes.OBJECT},
        examples=[OpenApiExample("event", value=PAID, request_only=True)],
        responses=shapes.Received,
    )
    def post(self, request: Request) -> Response:
        """An event of Stripe (O123), signed over the raw body (`Stripe-Signature`).

        400 when the signature is not Stripe's for this body, is older than five minutes or dated ahead of now by more,
        or when the event is of the other mode (test, live). 500 when it could not be followed: Stripe sends it again.
        The same event twice does no more than once.
        """
        signature = request.headers.get("Stripe-Signature", "")
        noted = webhook.receive(webhook.verified(request._request.body, signature))  # a signature is over bytes
        if noted.state == StripeEvent.State.FAILED:
            response = handle(Failed("The event could not be followed; it is noted, and can be sent again."), {})
            response.exception = False  # the transaction commits, so the failure stays noted
            return response
        return Response({"received": True, "state": noted.state})
