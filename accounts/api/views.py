"""Sign-up, sign-in, accounts and keys (E3-E6, E8-E10). Usage is in executor_one.usage: it counts in several rooms."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import login as start_cookie_session
from django.middleware.csrf import get_token
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actions, roles, sessions
from accounts.api import serializers as shapes
from accounts.callers import HOME_OF_SESSION, TOKEN_OF_SESSION
from accounts.models import Account, ApiKey, Membership, Role
from billing.queries import limits_of, plan_of
from executor_one.kit import tenancy
from executor_one.kit.addresses import address_of
from executor_one.kit.api import PUBLIC, ApiView
from executor_one.kit.errors import Conflict, DomainError, Unauthorized, handle

LAST_KEY = "That was the account's last key; sign in to make a new one."


def counted(error: DomainError) -> Response:
    """An error that is answered, not raised: the transaction commits, so the try stays counted."""
    response = handle(error, {})
    response.exception = False
    return response


class Register(ApiView):
    """Sign-up."""

    permissions = {"POST": PUBLIC}
    refusals = {"POST": (422,)}
    authentication_classes: Any = ()

    @extend_schema(operation_id="auth_register", request=shapes.RegisterInput, responses={201: shapes.Registered})
    def post(self, request: Request) -> Response:
        """Create an account; answers it and its first API key, once (E3)."""
        form = self.read(shapes.RegisterInput, request)
        actions.count_sign_up(address_of(request))
        try:
            account, key = actions.register(**form)
        except Conflict as taken:
            return counted(taken)
        return Response({"account": shapes.brief(account, "free"), "apiKey": key}, status=201)


class Login(ApiView):
    """Sign-in."""

    permissions = {"POST": PUBLIC}
    refusals = {"POST": (401,)}
    authentication_classes: Any = ()

    @extend_schema(operation_id="auth_login", request=shapes.LoginInput, responses=shapes.LoggedIn)
    def post(self, request: Request) -> Response:
        """Sign in; answers the account, masked keys and a session token, and sets the session cookie (E4).

        A person with a second factor sends `code` too. Without it the answer to a right password is 401 whose member
        `secondFactor` lists what they have: totp, webauthn (a passkey, for the dashboard only), recovery_codes.
        """
        form = self.read(shapes.LoginInput, request)
        code = form.pop("code", "")
        try:
            user = actions.sign_in(**form, address=address_of(request))
            actions.pass_second_factor(user, code)
        except Unauthorized as wrong:
            return counted(wrong)
        memberships = actions.memberships_of(user)
        if not memberships:
            raise Unauthorized(actions.WRONG_LOGIN)
        tenancy.enter(memberships[0].account_id)
        account = Account.objects.get(pk=memberships[0].account_id)
        start_cookie_session(request._request, user, backend="django.contrib.auth.backends.ModelBackend")
        UserSession.objects.create_from_request(request._request)
        session, raw = actions.start_session(account, user)  # it tells of it, so all else is written before
        request._request.session[TOKEN_OF_SESSION] = session.pk
        request._request.session[HOME_OF_SESSION] = account.pk
        get_token(request._request)
        keys = ApiKey.objects.live() if "keys.view" in roles.PERMISSIONS[memberships[0].role] else ApiKey.objects.none()
        masked = [f"{prefix}…" for prefix in keys.values_list("prefix", flat=True)]
        answer = {"account": shapes.brief(account, plan_of(account.pk).code), "apiKeys": masked}
        return Response({**answer, "token": raw, "expiresAt": session.expires_at.isoformat()})


class Logout(ApiView):
    """Sign-out."""

    permissions = {"POST": "account.view"}

    @extend_schema(operation_id="auth_logout", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """End this session: its token and its cookie stop working at once. An API key is not touched."""
        caller: Any = self.caller
        if caller.kind == "cookie":
            sessions.end_current(request._request)
        elif caller.session:
            actions.end_session(caller.user, caller.session.pk)
        return Response(status=204)


class Verify(ApiView):
    """E-mail verification."""

    permissions = {"POST": PUBLIC}
    refusals = {"POST": (410,)}
    authentication_classes: Any = ()

    @extend_schema(operation_id="auth_verify", request=shapes.TokenInput, responses=shapes.Verified)
    def post(self, request: Request) -> Response:
        """Verify an e-mail address by the token of the mailed link; it works once, for 24 hours (E5)."""
        actions.verify_email(raw=self.read(shapes.TokenInput, request)["token"])
        return Response({"verified": True})


class ForgotPassword(ApiView):
    """Asking for a new password."""

    permissions = {"POST": PUBLIC}
    authentication_classes: Any = ()

    @extend_schema(operation_id="auth_password_forgot", request=shapes.ForgotInput, responses={202: None})
    def post(self, request: Request) -> Response:
        """Mail a link that sets a new password; the answer is the same for an unknown address."""
        email = self.read(shapes.ForgotInput, request)["email"]
        actions.request_password_reset(email, address=address_of(request))
        return Response(status=202)


class ResetPassword(ApiView):
    """Setting a new password."""

    permissions = {"POST": PUBLIC}
    refusals = {
        "POST": (
            410,
            422,
        )
    }
    authentication_classes: Any = ()

    @extend_schema(operation_id="auth_password_reset", request=shapes.ResetInput, responses={204: None})
    def post(self, request: Request) -> Response:
        """Set a new password by the token of the mailed link; every session of the user ends."""
        form = self.read(shapes.ResetInput, request)
        actions.reset_password(form["token"], form["password"])
        return Response(status=204)


class MeView(ApiView):
    """Who calls."""

    permissions = {"GET": "account.view"}

    @extend_schema(operation_id="auth_me", responses=shapes.Identity)
    def get(self, request: Request) -> Response:
        """The person or key that calls, its account, role and permissions."""
        caller: Any = self.caller
        return Response(
            {
                "user": shapes.Me(caller.user).data if caller.user else None,
                "accountId": caller.account_id,
                "role": caller.role,
                "permissions": sorted(one for one in roles.ALL_PERMISSIONS if caller.may(one)),
            }
        )


class AccountView(ApiView):
    """The account."""

    permissions = {"GET": "account.view", "PATCH": "account.edit"}

    @extend_schema(operation_id="auth_account_update", request=shapes.AccountInput, responses=shapes.AccountSerializer)
    def patch(self, request: Request) -> Response:
        """Rename the account."""
        caller: Any = self.caller
        actions.rename_account(caller.account, **self.read(shapes.AccountInput, request), by=caller)
        return self.get(request)

    @extend_schema(operation_id="auth_account", responses=shapes.AccountSerializer)
    def get(self, request: Request) -> Response:
        """The account, its plan and its limits (E6)."""
        caller: Any = self.caller
        owner = Membership.objects.filter(role=Role.OWNER).select_related("user").order_by("created_at").first()
        account = caller.account
        return Response(
            {
                **shapes.brief(account, caller.plan.code),
                "verified": bool(owner and owner.user.is_verified),
                "limits": limits_of(caller.plan),
                "createdAt": account.created_at.isoformat(),
            }
        )
