"""The door of the API: who calls, and which account is active from here on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import key_use, secrets
from accounts.callers import Principal, caller_of, person
from accounts.models import ApiKey, Membership, SessionToken
from billing.models import Plan
from executor_one.kit import tenancy
from executor_one.kit.addresses import address_of
from executor_one.kit.batch import Batch, columns, load

REFUSED = "This token is not valid: it is unknown, expired or revoked."
NOTE_USE_EVERY = timedelta(minutes=1)

KEY = f"SELECT {columns(ApiKey, 'key')} FROM accounts_apikey key WHERE key.digest = $1"  # noqa: S608 - names of ours
ENTER = """
    SELECT set_config('app.account', key.account_id, true), set_config('app.proof', '', true)
    FROM accounts_apikey key WHERE key.digest = $1 AND key.revoked_at IS NULL AND key.paused_at IS NULL"""
# The plan, how many keys that it counts (ApiKey.objects.counted) are older than this one, why the account is suspended.
PLAN = f"""
    SELECT {columns(Plan, "plan")}, (
        SELECT count(*) FROM accounts_apikey older, accounts_apikey this
        WHERE this.digest = $1 AND older.account_id = this.account_id AND older.revoked_at IS NULL
        AND older.rotated_at IS NULL AND (older.expires_at IS NULL OR older.expires_at > now())
        AND (older.created_at, older.id) < (this.created_at, this.id)),
        (SELECT suspended_for FROM accounts_account WHERE id = paid.account_id AND suspended_at IS NOT NULL)
    FROM billing_subscription paid JOIN billing_plan plan ON plan.code = paid.plan_id
    WHERE paid.account_id = current_setting('app.account', true)"""  # noqa: S608 - names of ours


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer exo_...` (an API key) or `ses_...` (what login answered)."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        kind, _, raw = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        principal = self.principal_of(raw.strip(), address_of(request))
        if principal is None:
            raise AuthenticationFailed(REFUSED)
        return principal.user, checked_in(request, principal)

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def principal_of(self, raw: str, address: str) -> Principal | None:
        """Who a key or a session token proves, used from `address`.

        Their account is active from then on (in an open transaction).
        """
        if not secrets.is_well_formed(raw):
            return None
        return self._key(raw, address) if raw.startswith(f"{secrets.KEY}_") else self._session(raw)

    def _key(self, raw: str, address: str) -> Principal | None:
        """The key that the digest proves; in the same round trip its account becomes the active one."""
        digest = secrets.digest(raw)
        batch = Batch()
        batch.sql(tenancy.TELL, "", digest)
        batch.sql(KEY, digest)
        batch.sql(ENTER, digest)
        batch.sql(PLAN, digest)
        _, found, _, plan = batch.run()
        now = timezone.now()
        key = load(ApiKey, found[0]) if found else None
        if key is None or not key.opens(now):  # the error that follows ends the transaction, and the scope with it
            return None
        tenancy.entered(key.account_id)
        key_use.count(key)
        if key.last_used_at is None or key.last_used_at < now - NOTE_USE_EVERY:
            key_use.note(key, address)
        principal = Principal(key.account_id, key.role, key.scopes, "key", key.pk)
        *its_plan, older, principal.suspended_for = plan[0]
        principal.plan = load(Plan, its_plan)
        allowed = principal.plan.api_keys
        principal.is_surplus = allowed is not None and older >= allowed
        return principal

    def _session(self, raw: str) -> Principal | None:
        tenancy.present(secrets.digest(raw))
        session = SessionToken.objects.filter(digest=secrets.digest(raw)).select_related("user").first()
        if session is None or not session.is_live(timezone.now()) or not session.user.is_active:
            return None
        tenancy.enter(session.account_id)
        membership = Membership.objects.filter(user=session.user).select_related("user", "account").first()
        if membership is None:
            return None
        found = person(membership, "token", session)
        if membership.account.suspended_at:
            found.suspended_for = membership.account.suspended_for
        return found


class CookieAuthentication(SessionAuthentication):
    """The dashboard's session cookie; CSRF is enforced on every method that writes."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        principal = caller_of(request._request)
        if principal is None:
            return None
        self.enforce_csrf(request)
        return principal.user, checked_in(request, principal)


def checked_in(request: Request, principal: Principal) -> Principal:
    """The caller, for the log of requests too (accounts.request_log), which writes down who was refused as well."""
    request._request.api_caller = principal  # type: ignore[attr-defined]
    return principal.check_in()


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "http", "scheme": "bearer", "description": "An API key (exo_...) or a session token."}


class CookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = CookieAuthentication
    name = "cookie"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
