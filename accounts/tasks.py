"""Mail that the queue sends: ids in; the secret of a link is made here and is nowhere but in the mail."""

from django.conf import settings
from django.core.mail import send_mail

from accounts.actions import make_link_token
from accounts.models import OneTimeToken, User


def send_verification(user_id: str) -> None:
    """The link that verifies an address."""
    user = User.objects.filter(pk=user_id, is_active=True, verified_at=None).first()
    if user is None:
        return
    token = make_link_token(user, OneTimeToken.Purpose.VERIFY)
    link = f"{settings.PUBLIC_URL}/verify?token={token}"
    text = f"Welcome to executor.one.\n\nVerify your e-mail address within 24 hours:\n\n{link}\n"
    send_mail("Verify your e-mail address", text, None, [user.email])


def send_reset(user_id: str) -> None:
    """The link that sets a new password; nothing when nobody has the address that was asked for."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    token = make_link_token(user, OneTimeToken.Purpose.RESET)
    link = f"{settings.PUBLIC_URL}/reset?token={token}"
    text = f"Set a new password within 24 hours:\n\n{link}\n\nIf you did not ask for it, do nothing.\n"
    send_mail("Set a new password", text, None, [user.email])
