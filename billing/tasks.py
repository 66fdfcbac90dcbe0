"""What the queue does for billing: mails, and the clock of the grace. Ids in, idempotent."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.mail import send_mail

from billing import credit, webhook
from billing.limits import LEVELS, LIMITS, Limit, counted
from billing.models import Metric, Plan, Subscription, UsageNotice
from billing.queries import advice, this_month
from events.actions import event, publish
from executor_one.kit import money, tenancy

PAGE = "/dashboard/billing"


def end_grace(account_id: str) -> None:
    """A payment is missing for too long: the account is on Free from now on."""
    webhook.end_grace(account_id)


def tell_use(account_id: str, name: str) -> None:
    """Mail that 80 or 100 % of a limit is used: each once a month, and again when the plan allows another number.

    Only what is true when it is sent.
    """
    limit = LIMITS[name]
    with tenancy.account_scope(account_id):
        mine = Subscription.objects.select_related("account", "plan").get(account_id=account_id)
        used = counted(mine.plan)[name]
        allowed = used["limit"]
        reached = [level for level in LEVELS if allowed and used["used"] * 100 >= allowed * level]
        if not reached:
            return
        now: dict[str, Any] = {"limit": name, "allowed": allowed, "month": this_month(), "account_id": account_id}
        told = [UsageNotice.objects.get_or_create(**now, percent=level)[1] for level in reached]
        if not told[-1]:
            return
        better = advice(mine.plan, limit.field)
        address = mine.account.email
        spare = credit.left() if name == Metric.LLM_CALLS else 0
        publish(event("usage.high", {"limit": name, "used": used["used"], "allowed": allowed, "percent": reached[-1]}))
    _send(address, *_use_said(limit, used, reached[-1], mine.plan, better, spare))


def _use_said(
    limit: Limit, used: dict[str, Any], percent: int, plan: Plan, better: Plan | None, spare: int
) -> tuple[str, str]:
    count = f"{used['used']} of {used['limit']} {limit.words}"
    again = f" It starts again on {used['resets_at']:%d %B %Y}, 00:00 UTC." if used["resets_at"] else ""
    full = "What would go beyond it is refused; nothing is billed for it, and nothing is deleted."
    then = full if percent == 100 else "At 100 % more is refused; nothing is ever billed for it."
    if spare:
        then = f"Beyond it the {spare:,} calls are used that you have besides the plan; nothing more is ever billed."
    lifts = f" {better.name} allows more." if better else ""
    return f"{percent} % of {limit.words} used", f"{count} are used on {plan.name}.{again} {then}{lifts}"


def send_payment_failed(account_id: str) -> None:
    """That a payment failed, and until when the plan stays."""
    mine = _of(account_id)
    if mine.status != Subscription.Status.PAST_DUE or mine.grace_until is None:
        return
    text = (
        f"The payment for {mine.plan.name} failed. The plan stays until {mine.grace_until:%d %B %Y, %H:%M} UTC; "
        "after that the account is on Free. Nothing is deleted. Pay, or change the card, here:"
    )
    _send(mine.account.email, "A payment failed", text)


def send_grace_ended(account_id: str) -> None:
    """That the account is on Free because a payment is missing."""
    mine = _of(account_id)
    if mine.status == Subscription.Status.UNPAID:
        text = (
            "The payment is still missing, so the account is on Free now. Nothing was deleted; what is above Free's "
            "limits can be read and deleted, and changed again once the payment has come:"
        )
        _send(mine.account.email, "The account is on Free now", text)


def send_refunded(account_id: str, amount: int, currency: str, calls: int | None = None, came: bool = True) -> None:
    """That money went back; `amount` is all that was refunded of the charge, in the smallest unit.

    `calls`: that it was for model calls, and how many of them went back with it. `came`: whether they had come.
    """
    then = "The plan stays as it is until the subscription ends."
    if not came:
        then = "It was for model calls that were never added to the account. The plan and the calls stay as they are."
    elif calls is not None:
        then = f"It was paid for model calls, of which {calls:,} were unused and have gone with it."
    text = f"{money.said(amount, currency)} were paid back. {then}"
    _send(_of(account_id).account.email, "A payment was refunded", text)


def _of(account_id: str) -> Subscription:
    with tenancy.account_scope(account_id):
        return Subscription.objects.select_related("account", "plan").get(account_id=account_id)


def _send(address: str, subject: str, text: str) -> None:
    send_mail(subject, f"{text}\n\n{settings.PUBLIC_URL}{PAGE}\n", None, [address])
