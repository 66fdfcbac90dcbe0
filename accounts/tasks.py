"""What the queue does about people: ids in. Most is mail; the secret of a link is made here and is only in the mail."""

from django.conf import settings
from django.core.mail import send_mail

from accounts import request_log, staffing
from accounts.actions import make_link_token
from accounts.members import link_secret
from accounts.models import Account, Invitation, OneTimeToken, User
from executor_one.kit import tenancy

NOTICES = {
    "email_changed": "The e-mail address of your account is another one now. This was the old one.",
    "password_changed": "Your password was changed, and every other session of yours has ended.",
    "recovery_codes_generated": "New recovery codes were made; the old ones no longer work.",
    "totp_activated": "An authenticator app is now your second factor.",
    "totp_deactivated": "The authenticator app is no longer your second factor.",
    "webauthn_added": "A passkey was added to your account.",
    "webauthn_removed": "A passkey was removed from your account.",
}
NOT_YOU = "If it was not you, set a new password and end your sessions at once:"


def send_verification(user_id: str) -> None:
    """The link that verifies an address."""
    user = User.objects.filter(pk=user_id, is_active=True, verified_at=None).first()
    if user is None:
        return
    token = make_link_token(user, OneTimeToken.Purpose.VERIFY, email=user.email)
    link = f"{settings.PUBLIC_URL}/verify?token={token}"
    text = f"Welcome to executor.one.\n\nVerify your e-mail address within 24 hours:\n\n{link}\n"
    send_mail("Verify your e-mail address", text, None, [user.email])


def send_reset(user_id: str) -> None:
    """The link that sets a new password; nothing when nobody has the address that was asked for."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return
    token = make_link_token(user, OneTimeToken.Purpose.RESET, email=user.email)
    link = f"{settings.PUBLIC_URL}/reset?token={token}"
    text = f"Set a new password within 24 hours:\n\n{link}\n\nIf you did not ask for it, do nothing.\n"
    send_mail("Set a new password", text, None, [user.email])


def send_email_change(user_id: str, email: str) -> None:
    """The link that makes a new address the user's."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None or user.email == email:
        return
    token = make_link_token(user, OneTimeToken.Purpose.VERIFY, email=email)
    link = f"{settings.PUBLIC_URL}/verify?token={token}"
    text = f"Make this your address at executor.one within 24 hours:\n\n{link}\n\nIf you did not ask, do nothing.\n"
    send_mail("Confirm your new e-mail address", text, None, [email])


def send_notice(user_id: str, what: str, email: str) -> None:
    """Tell a person that how they sign in has changed; `what` is one of NOTICES."""
    if User.objects.filter(pk=user_id).exists():
        text = f"{NOTICES[what]}\n\n{NOT_YOU}\n\n{settings.PUBLIC_URL}/reset\n"
        send_mail("Your sign-in has changed", text, None, [email])


def end_looks() -> None:
    """Tell of the looks of staff that ended without a word: a closed browser, a role or a person that is gone."""
    staffing.end_looks_that_are_over()


def forget_requests() -> None:
    """Take away of the log of requests what is not kept any longer."""
    request_log.forget_old()


def send_invitation(account_id: str, invitation_id: str) -> None:
    """The link that joins an account; nothing when the invitation is no longer open."""
    with tenancy.account_scope(account_id):
        invitation = Invitation.objects.open().filter(pk=invitation_id).select_related("invited_by").first()
        if invitation is None:
            return
        name = Account.objects.get(pk=account_id).name
        email, role = invitation.email, invitation.role
        who = invitation.invited_by.email if invitation.invited_by else "Somebody"
    link = f"{settings.PUBLIC_URL}/join?token={link_secret(invitation_id)}"
    text = f'{who} invites you to the account "{name}" as {role}.\n\nJoin within 7 days:\n\n{link}\n'
    send_mail("Join an account at executor.one", text, None, [email])
