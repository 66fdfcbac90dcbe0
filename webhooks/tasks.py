"""What the queue does for webhooks: mails to owners and admins. Ids in, idempotent."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail

from accounts.models import Membership
from accounts.roles import ADMIN, OWNER
from executor_one.kit import tenancy
from webhooks.actions import host_of
from webhooks.models import WebhookEndpoint

PAGE = "/dashboard/webhooks"


def tell_dead(account_id: str, endpoint_id: str) -> None:
    """That a receiver has not taken a delivery for a day."""
    text = (
        "Your receiver at {host} did not take an event within 24 hours of tries, so that delivery was given up. Others "
        "are still tried. Put the receiver right, then send again what it has missed:"
    )
    _tell(account_id, endpoint_id, "A webhook's receiver does not answer", text)


def tell_off(account_id: str, endpoint_id: str) -> None:
    """That a receiver said it is gone, so nothing is sent to it any more."""
    text = (
        "Your receiver at {host} answered 410 Gone, so the webhook is off and nothing is sent there any more. If it "
        "still should be, switch it on again:"
    )
    _tell(account_id, endpoint_id, "A webhook is off: its receiver is gone", text)


def _tell(account_id: str, endpoint_id: str, subject: str, text: str) -> None:
    with tenancy.account_scope(account_id):
        row = WebhookEndpoint.objects.live().filter(pk=endpoint_id).first()
        if row is None:
            return
        people = Membership.objects.filter(role__in=[OWNER, ADMIN], user__is_active=True).order_by("created_at")
        addresses = list(people.values_list("user__email", flat=True))
        said = text.format(host=host_of(row))
    for address in addresses:
        send_mail(subject, f"{said}\n\n{settings.PUBLIC_URL}{PAGE}\n", None, [address])
