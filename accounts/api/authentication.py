"""The door of the API: who calls, and which account is active from here on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts import roles, secrets
from accounts.actions import memberships_of
from accounts.models import Account, ApiKey, Membership, SessionToken, User
from billing.models import Plan
from billing.queries import plan_of
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, columns, load

REFUSED = "This token is not valid: it is unknown, expired or revoked."
TOKEN_OF_SESSION = "session_token"  # noqa: S105 - where a cookie's session keeps the id of the token of its sign-in
NOTE_USE_EVERY = timedelta(minutes=1)

KEY = f"SELECT {columns(ApiKey, 'key')} FROM accounts_apikey key WHERE key.digest = $1"  # noqa: S608 - names of ours
ENTER = """
    SELECT set_config('app.account', key.account_id, true), set_config('app.proof', '', true)
    FROM accounts_apikey key WHERE key.digest = $1 AND key.revoked_at IS NULL"""
PLAN = f"""
    SELECT {columns(Plan, "plan")} FROM billing_subscription paid JOIN billing_plan plan ON plan.code = paid.plan_id
    WHERE paid.account_id = current_setting('app.account', true)"""  # noqa: S608 - names of ours


@dataclass
class Principal:
    """The caller: an API key, a session token or a dashboard session of one account."""

    account_id: str
    role: str
    scopes: list[str]
    kind: str  # "key", "token" or "cookie"
    id: str  # of the key, else of the user
    user: User | None = None
    session: SessionToken | None = None

    @property
    def actor(self) -> str:
        """How events name the caller."""
        return f"{'key' if self.kind == 'key' else 'user'}:{self.id}"

    def may(self, permission: str) -> bool:
        return roles.allows(self.role, self.scopes, permission)

    @cached_property
    def plan(self) -> Plan:
        return plan_of(self.account_id)

    @cached_property
    def account(self) -> Account:
        return Account.objects.get(pk=self.account_id)


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer exo_...` (an API key) or `ses_...` (what login answered)."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        kind, _, raw = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        principal = self.principal_of(raw.strip())
        if principal is None:
            raise AuthenticationFailed(REFUSED)
        return principal.user, principal

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def principal_of(self, raw: str) -> Principal | None:
        """Who a key or a session token proves; their account is active from then on (in an open transaction)."""
        if not secrets.is_well_formed(raw):
            return None
        return self._key(raw) if raw.startswith(f"{secrets.KEY}_") else self._session(raw)

    def _key(self, raw: str) -> Principal | None:
        """The key that the digest proves; in the same round trip its account becomes the active one."""
        digest = secrets.digest(raw)
        batch = Batch()
        batch.sql(tenancy.TELL, "", digest)
        batch.sql(KEY, digest)
        batch.sql(ENTER, digest)
        batch.sql(PLAN)
        _, found, _, plan = batch.run()
        now = timezone.now()
        key = load(ApiKey, found[0]) if found else None
        if key is None or not key.is_live(now):  # the error that follows ends the transaction, and the scope with it
            return None
        tenancy.entered(key.account_id)
        if key.last_used_at is None or key.last_used_at < now - NOTE_USE_EVERY:
            _note_use(key)
        principal = Principal(key.account_id, key.role, key.scopes, "key", key.pk)
        principal.plan = load(Plan, plan[0])
        return principal

    def _session(self, raw: str) -> Principal | None:
        tenancy.present(secrets.digest(raw))
        session = SessionToken.objects.filter(digest=secrets.digest(raw)).select_related("user").first()
        if session is None or not session.is_live(timezone.now()) or not session.user.is_active:
            return None
        tenancy.enter(session.account_id)
        membership = Membership.objects.filter(user=session.user).select_related("user").first()
        return _person(membership, "token", session) if membership else None


class CookieAuthentication(SessionAuthentication):
    """The dashboard's session cookie; CSRF is enforced on every method that writes."""

    def authenticate(self, request: Request) -> tuple[Any, Principal] | None:
        user: Any = getattr(request._request, "user", None)
        if user is None or not user.is_authenticated or not user.is_active:
            return None
        self.enforce_csrf(request)
        principal = self.principal_of(user, request._request.session)
        return (principal.user, principal) if principal else None

    def principal_of(self, user: Any, session: Any) -> Principal | None:
        """Who a signed-in user is; their account is active from then on (in an open transaction)."""
        memberships = memberships_of(user)
        if not memberships:
            return None
        tenancy.enter(memberships[0].account_id)
        # A cookie of POST /api/auth/login lives as long as the token of the same sign-in.
        token = session.get(TOKEN_OF_SESSION)
        if token and not SessionToken.objects.filter(pk=token, user=user, revoked_at=None).exists():
            return None
        return _person(memberships[0], "cookie")


def _person(membership: Membership, kind: str, session: SessionToken | None = None) -> Principal:
    user = membership.user
    return Principal(
        membership.account_id, membership.role, [roles.EVERYTHING], kind, str(user.pk), user=user, session=session
    )


def _note_use(key: ApiKey) -> None:
    """Write when the key was used, unless another request of this moment is doing so: nobody waits for a note."""
    free = ApiKey.objects.filter(pk=key.pk).select_for_update(skip_locked=True)
    ApiKey.objects.filter(pk__in=free.values("pk")).update(last_used_at=timezone.now())


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
