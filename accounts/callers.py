"""Who calls, whichever door they came through: an API key, a session token, a dashboard session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import HttpRequest

from accounts import roles
from accounts.models import Account, Membership, SessionToken, User
from billing.actions import limit_reached
from billing.models import Plan
from billing.queries import plan_of
from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, columns, load, width
from executor_one.kit.errors import DomainError, Forbidden

TOKEN_OF_SESSION = "session_token"  # noqa: S105 - where a cookie's session keeps the id of the token of its sign-in
HOME_OF_SESSION = "session_token_account"  # the account of that token and of the sign-in, not always the one looked at
ACCOUNT_OF_SESSION = "account"  # the account that the person looks at; without it, that of the sign-in
LOOK_OF_SESSION = "look"  # of staff who look as this person: the id of the look

HIDDEN_FROM_STAFF = {"credentials.read", "files.view", "memory.secrets"}

# `$2` is the token of the cookie's sign-in, a row of the account in which that was.
MEMBERSHIPS = f"""
    SELECT EXISTS (SELECT FROM accounts_sessiontoken WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL),
        {columns(Membership, "member")}, {columns(Account, "account")}
    FROM accounts_membership member JOIN accounts_account account ON account.id = member.account_id
    WHERE member.user_id = $1 ORDER BY member.created_at, member.id"""  # noqa: S608 - names of ours
PLAN = f"""
    SELECT (SELECT max(id) FROM events_event WHERE account_id = $1), {columns(Plan, "plan")}
    FROM billing_subscription paid JOIN billing_plan plan ON plan.code = paid.plan_id
    WHERE paid.account_id = $1"""  # noqa: S608


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
    memberships: list[Membership] = field(default_factory=list)  # of a person on the dashboard: what they can switch to
    newest_event: int | None = None  # of the account, for one on the dashboard: as they came in
    has_left: bool = False  # a person who is not in the account any more that they looked at last
    is_onlooker: bool = False  # staff, who looks as this person
    is_surplus: bool = False  # a key above the ceiling of a plan that shrank: it can read

    suspended_for: str | None = None  # why staff keep the account out; None: they do not

    def check_in(self) -> Principal:
        """This caller, unless the account is suspended (Forbidden). Staff who look in may see it all the same.

        Nor one who would land in another account than they think: the next page that they open tells them.
        """
        if self.has_left:
            raise Forbidden("You are not in the account any more that you looked at. Nothing was done in another one.")
        if self.suspended_for is not None and not self.is_onlooker:
            why = self.suspended_for or "ask support why"
            raise Forbidden(f"This account is suspended: {why}. Nothing was deleted.")
        return self

    @property
    def actor(self) -> str:
        """How events name the caller."""
        return f"{'key' if self.kind == 'key' else 'user'}:{self.id}"

    def may(self, permission: str) -> bool:
        if self.is_onlooker and permission in HIDDEN_FROM_STAFF:
            return False
        if self.is_surplus and not permission.endswith(".view"):
            return False
        return roles.allows(self.role, self.scopes, permission)

    def refusal(self, permission: str) -> DomainError:
        """Why this caller may not: 402 where a higher plan would let them, else 403."""
        if self.is_surplus and roles.allows(self.role, self.scopes, permission):
            return limit_reached(self.plan, "api_keys", "This key is above that, so it can only read.")
        return Forbidden(f"This needs the permission {permission}, which your role or key does not have.")

    @cached_property
    def plan(self) -> Plan:
        return plan_of(self.account_id)

    @cached_property
    def account(self) -> Account:
        return Account.objects.get(pk=self.account_id)


def person(membership: Membership, kind: str, session: SessionToken | None = None) -> Principal:
    """A person as the caller, in the account of one of their memberships."""
    user = membership.user
    return Principal(
        membership.account_id, membership.role, [*roles.OF_A_PERSON], kind, str(user.pk), user=user, session=session
    )


def caller_of(request: HttpRequest) -> Principal | None:
    """The person of a request's session cookie, and their account is active from here on. None: nobody is signed in."""
    return signed_in(getattr(request, "user", None), request.session)


def signed_in(user: Any, session: Mapping[str, Any]) -> Principal | None:
    """The same of a user and what their session holds; inside an open transaction.

    Two queries: what they are a member of, then the plan of the account that they look at.
    """
    if user is None or not user.is_authenticated or not user.is_active:
        return None
    # A cookie of POST /api/auth/login lives as long as the token of the same sign-in.
    token, reading = session.get(TOKEN_OF_SESSION), Batch()
    reading.sql(tenancy.TELL, session.get(HOME_OF_SESSION) or "", str(user.pk))
    reading.sql(MEMBERSHIPS, user.pk, token or 0)
    rows = reading.run()[1]
    if not rows or (token and not rows[0][0]):
        return None
    memberships = [_membership(row[1:], user) for row in rows]
    chosen = session.get(ACCOUNT_OF_SESSION) or session.get(HOME_OF_SESSION)
    membership = next((one for one in memberships if one.account_id == chosen), memberships[0])
    reading.sql(tenancy.TELL, membership.account_id, "")
    reading.sql(PLAN, membership.account_id)
    ((newest, *plan),) = reading.run()[1]
    tenancy.entered(membership.account_id)
    principal = person(membership, "cookie")
    principal.memberships, principal.newest_event = memberships, newest
    principal.has_left = bool(chosen) and chosen != membership.account_id
    principal.plan, principal.account = load(Plan, plan), membership.account
    if principal.account.suspended_at:
        principal.suspended_for = principal.account.suspended_for
    principal.is_onlooker = bool(session.get("hijack_history"))
    if principal.is_onlooker:  # nor can they make a key that has what they have not
        principal.scopes = roles.implied(principal.scopes)
    return principal


def _membership(row: Sequence[Any], user: User) -> Membership:
    """Of a row of MEMBERSHIPS, with its account."""
    membership = load(Membership, row[: width(Membership)])
    membership.user, membership.account = user, load(Account, row[width(Membership) :])
    return membership


def accounts_of(caller: Principal) -> list[Account]:
    """The accounts that a person can switch to; none when there is only the one they are in."""
    return [one.account for one in caller.memberships] if len(caller.memberships) > 1 else []
