"""How often the API may be asked (A-R11..A-R14): 1,000 requests a minute of an account, in bursts 5,000 of a key.

Before anything else, in one round trip and a transaction of its own: a request that is being answered holds no bucket,
so those of one account do not wait for each other. Refused is who finds a bucket empty:

- of the account: 1,000, refilled within a minute. API keys may draw it 1,000 below nothing: at 5,000 a minute that is
  gone after 30 s, and then it is 1,000 a minute again (what comes in meanwhile fills up what is below nothing first);
- of the key: 2,500, refilled at 5,000 a minute;
- of the network address, for who proves nothing;
- besides those: of the account for POST /api/execute, of the network address for Stripe's webhook. Sign-in and sign-up
  are counted where they happen (accounts.actions).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse

from accounts import request_log, secrets
from accounts.callers import ACCOUNT_OF_SESSION, HOME_OF_SESSION
from executor_one.kit import errors, tenancy
from executor_one.kit.addresses import address_of
from executor_one.kit.batch import Batch
from executor_one.kit.errors import TooSoon
from executor_one.kit.rates import Bucket, Rate, taking, too_soon

BURST_SECONDS = 30
PREFIX, AGENTS = "/api/", "/mcp"
SHORT = 4_096  # bytes of an agent's message
COUNTED = "executor_one.counted"  # in the ASGI scope of what a tool asks for its agent
EXECUTE, WEBHOOK = "/api/execute", "/api/billing/webhook"
TOO_MANY = "Too many requests."
UNPROVEN: Final = ""

# `$1` the digest of a bearer token, `$2` the person of a dashboard session, `$3` the network address; then size and
# seconds of the account's bucket and what it may be overdrawn by, and size and rate of the key's; `$9` and `$10` are a
# further bucket for this path: its name and size, filled in `$11` seconds. `$12`: the account that the person looks at.
TAKE_THEIRS = f"""
    WITH known (name, overdraft, key) AS (
        SELECT 'account:' || account_id, $6::int, 'key:' || id FROM accounts_apikey
        WHERE digest = $1 AND revoked_at IS NULL AND paused_at IS NULL AND (expires_at IS NULL OR expires_at > now())
        UNION ALL
        SELECT 'account:' || account_id, 0, NULL FROM accounts_sessiontoken
        WHERE digest = $1 AND revoked_at IS NULL AND expires_at > now()
        UNION ALL
        SELECT 'account:' || coalesce(nullif($12, ''), (SELECT account_id FROM accounts_membership
            WHERE user_id = nullif($2, '')::uuid ORDER BY created_at, id LIMIT 1)), 0, NULL WHERE $2 <> ''),
    proven AS (SELECT * FROM known WHERE name IS NOT NULL),
    who AS (SELECT * FROM proven UNION ALL SELECT 'address:' || $3, 0, NULL WHERE NOT EXISTS (SELECT FROM proven)),
    wanted (key, size, least, per_second) AS (
        SELECT name, $4::int, -overdraft, $4::double precision / $5::int FROM who
        UNION ALL SELECT key, $7::int, 0, $8::double precision FROM who WHERE key IS NOT NULL AND $7 > 0
        UNION ALL SELECT left($9 || ':' || name, 200), $10::int, 0, $10::double precision / $11::int FROM who
        WHERE $9 <> '')
    {taking()}"""  # noqa: S608 - texts of ours


class RateLimitMiddleware:
    """Take from the caller's buckets; refuse with 429, and say on every answer of the API how much is left."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.API_RATE is None or not is_counted(request):
            return self.get_response(request)
        try:
            buckets = taken(request, settings.API_RATE)
        except DatabaseError:  # what needs the database says so itself
            return self.get_response(request)
        empty = [bucket for bucket in buckets if not bucket.was_taken]
        if empty:
            request.too_soon = too_soon(max(empty, key=lambda bucket: bucket.wait), TOO_MANY)  # type: ignore[attr-defined]
        is_refused = empty and not is_told_inside(request, buckets[0])
        response = refused(request, buckets) if is_refused else self.get_response(request)
        tell(response, buckets[0], settings.API_RATE)
        return response


def is_counted(request: HttpRequest) -> bool:
    """Whether it takes one: what is asked of the API, and each message of an agent, but not what its tool then asks."""
    if getattr(request, "scope", {}).get(COUNTED):
        return False
    return request.path.startswith(PREFIX) or request.path == AGENTS


def is_told_inside(request: HttpRequest, bucket: Bucket) -> bool:
    """Whether an agent is refused by the tool that it calls, whose refusal it understands best.

    Not after a long message: to read it would cost more than what is refused.
    """
    if request.path != AGENTS or not bucket.key.startswith("account:"):
        return False
    return len(request.body) <= SHORT and calls_a_tool(request.body)


def calls_a_tool(body: bytes) -> bool:
    """Whether an agent's message is a call that gets an answer."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and said.get("method") == "tools/call" and isinstance(said.get("id"), str | int)


def taken(request: HttpRequest, rate: Rate) -> list[Bucket]:
    """The buckets of a request, its account's, person's or address' first."""
    times, seconds = rate
    peak, peak_seconds = settings.API_BURST or (0, 1)
    in_a_burst = peak * BURST_SECONDS // peak_seconds  # 0: keys have no bucket of their own
    overdraft = max(0, in_a_burst - times * BURST_SECONDS // seconds - times)
    digest = digest_of(request)
    person, account = (UNPROVEN, "") if digest else signed_in_person(request)
    batch = Batch()
    batch.sql(tenancy.TELL, "", digest or person)
    batch.sql(
        TAKE_THEIRS, digest, person, address_of(request), times, seconds, overdraft, in_a_burst, peak / peak_seconds,
        *own_rate(request.path), account,
    )  # fmt: skip
    found = [Bucket(*row) for row in batch.run()[1]]
    return sorted(found, key=lambda bucket: bucket.key.startswith(("key:", "execute:", "webhook:")))


def signed_in_person(request: HttpRequest) -> tuple[str, str]:
    """The person of a session cookie, and the account that they look at if they chose one; nothing of a made-up one."""
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    session = SessionStore(key[:40]).load() if key else {}
    chosen = session.get(ACCOUNT_OF_SESSION) or session.get(HOME_OF_SESSION) or ""
    return str(session.get(SESSION_KEY, UNPROVEN)), str(chosen)


def digest_of(request: HttpRequest) -> str:
    """The digest of a bearer token, if there is one that could be ours."""
    kind, _, raw = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    raw = raw.strip()
    return secrets.digest(raw) if kind.lower() == "bearer" and secrets.is_well_formed(raw) else UNPROVEN


def own_rate(path: str) -> tuple[str, int, int]:
    """The further bucket of an address that has one: its name, size, and seconds to fill."""
    name, rate = {EXECUTE: ("execute", settings.EXECUTE_RATE), WEBHOOK: ("webhook", settings.WEBHOOK_RATE)}.get(
        path, ("", None)
    )
    return (name, *rate) if rate else ("", 1, 1)


def refused(request: HttpRequest, buckets: list[Bucket]) -> HttpResponse:
    """429, with the time after which all of them have one again. It is in the key's log too."""
    wait: TooSoon = request.too_soon  # type: ignore[attr-defined]
    body = errors.problem(wait.status, wait.message)
    response = errors.written(request, body, {"Retry-After": str(wait.retry_after)})
    whose = dict(bucket.key.split(":", 1) for bucket in buckets)
    if "account" in whose and "key" in whose:
        request_log.gather(request, response, whose["account"], f"key:{whose['key']}", 0)
    return response


def tell(response: HttpResponse, bucket: Bucket, rate: Rate) -> None:
    """`X-RateLimit-*`: how many fit, how many are left, and in how many seconds it is full again."""
    times, _ = rate
    response["X-RateLimit-Limit"] = str(times)
    response["X-RateLimit-Remaining"] = str(max(0, math.floor(bucket.tokens)))
    response["X-RateLimit-Reset"] = str(math.ceil((times - bucket.tokens) / bucket.per_second))
