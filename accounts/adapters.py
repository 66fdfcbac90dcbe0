"""Where django-allauth asks us: passwords, codes, network addresses and mail have one rule each, in actions.py."""

from __future__ import annotations

import ipaddress
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import actions, sealing, sessions
from accounts.forms import TooSoonToTry
from executor_one.kit.addresses import address_of
from executor_one.kit.errors import TooSoon, Unauthorized
from executor_one.kit.queue import enqueue

NO_ADDRESS = "::"  # of a socket that has none


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's sign-in, with our rules."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """The user of a password, or None; every try is counted (actions.sign_in)."""
        try:
            email, password = credentials.get("email") or "", credentials.get("password") or ""
            return actions.sign_in(email=email, password=password, address=address_of(request))
        except Unauthorized:
            return None
        except TooSoon as error:
            raise TooSoonToTry(error) from error

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Whether somebody who is signed in still knows the password."""
        return bool(self.authenticate(context.request, email=user.email, password=password) == user)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The caller's address as everywhere else: believed as deep as TRUSTED_PROXIES says."""
        address = address_of(request)
        try:
            return str(ipaddress.ip_address(address))
        except ValueError:
            return NO_ADDRESS

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse:
        """Told last, when the session is listed: by every way in, after the second factor too."""
        response: HttpResponse = super().post_login(request, user, **more)
        sessions.began(request, user)
        return response

    def is_safe_url(self, url: str | None) -> bool:
        """Only this installation's own pages may be gone to after a sign-in."""
        return bool(url_has_allowed_host_and_scheme(url, allowed_hosts=None))

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        """Somebody who was switched off is told what a stranger is told."""
        return HttpResponseRedirect("/login")

    def send_notification_mail(self, template_prefix: str, user: Any, context: Any = None, email: Any = None) -> None:
        """Our own notice, by the queue: `mfa/email/totp_activated` is the notice `totp_activated`."""
        enqueue("accounts.tasks.send_notice", str(user.pk), template_prefix.rpartition("/")[2], user.email)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth's second factors, whose seeds only a process with our keys can read."""

    # The list of second factors says it, with a button: an empty message is not shown.
    error_messages = {**DefaultMFAAdapter.error_messages, "unverified_email": ""}

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        """Whether the person has a factor of these types; a page that only reads asks the database once."""
        if not user.is_authenticated:
            return False
        has = getattr(user, "_factor_types", None)
        if has is None:
            has = set(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
            if context.request is not None and context.request.method in ("GET", "HEAD"):
                user._factor_types = has
        return bool(has if types is None else has & set(types))

    def encrypt(self, text: str) -> str:
        return sealing.seal(text, settings.MEMORY_KEYS)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text, settings.MEMORY_KEYS)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What browsers bind a passkey to: the host they see, under our name."""
        return {**super().get_public_key_credential_rp_entity(), "name": "executor.one"}
