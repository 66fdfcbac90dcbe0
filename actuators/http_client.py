"""The http-client actuator: one HTTP request, to public hosts and to networks that the operator allowed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from actuators.given import Given, Refused, Secret
from actuators.http_answer import outcome
from actuators.http_params import MAX_REDIRECTS, check, covers, header_pairs
from actuators.http_params import PARAMS as PARAMS
from actuators.outbound import Answer, Question, exchange, parse_url
from actuators.outbound.credentials import credential_header, is_telling
from actuators.outbound.exchange import DOUBT, MOVED
from actuators.sandbox import Outcome
from actuators.scrubber import Scrubber

NAME = "http-client"
EFFECT = "external"  # the worst case, of POST and PATCH; effect_of() knows the method
DEFAULT_TIMEOUT_MS = 30_000
DEFAULT_KEPT_BYTES = 64 * 1024
IDEMPOTENCY_KEY = "Idempotency-Key"
OF_A_BODY = frozenset({"content-type", "content-encoding", "content-language", "content-location"})

__all__ = ["EFFECT", "NAME", "PARAMS", "check", "effect_of", "run", "title"]


def effect_of(params: Mapping[str, Any]) -> str:
    """What a second try may do twice: as HTTP says of the method, or whoever sends a key of their own. A server may
    not keep to it.
    """
    method = params.get("method", "GET")
    if method in ("GET", "HEAD", "OPTIONS"):
        return "pure"
    return "idempotent" if method in ("PUT", "DELETE") or _has_key(params) else EFFECT


def _has_key(params: Mapping[str, Any]) -> bool:
    return any(name.lower() == IDEMPOTENCY_KEY.lower() for name, _ in header_pairs(params.get("headers", {})))


def title(params: Mapping[str, Any]) -> str:
    """What a task with these params is called where nobody named it; a query may hold a secret."""
    return f"{params.get('method', 'GET')} {params['url'].partition('?')[0]}"


@dataclass(frozen=True)
class Hop:
    """A question, and what of it is for its origin alone. ``redirects`` are those that led here."""

    question: Question
    secret: Secret | None
    redirects: int = 0


async def run(params: Mapping[str, Any], given: Given) -> Outcome:
    """Ask ``params["url"]``. Raises ValueError when ``check`` finds fault, Refused for what could not be done.

    An answer with another status than expected is an Outcome, with exit code 1. Codes of Refused: bad_address,
    blocked_address, connect_failed, tls_failed, timeout, too_many_redirects, response_too_large, protocol_error;
    credential_unknown, credential_kind, credential_host.
    """
    began = time.monotonic()
    if isinstance(params.get("url"), str):
        parse_url(params["url"])  # first, for a wrong one is refused by its code
    if problems := check(params):
        raise ValueError("; ".join(f"{name}: {text}" for name, text in problems.items()))
    scrubber = Scrubber(value for secret in given.secrets.values() for value in secret.hidden)
    keep = min(params.get("responseBytes", DEFAULT_KEPT_BYTES), given.limits.output_bytes)
    seconds = min(params.get("timeoutMs", DEFAULT_TIMEOUT_MS) / 1000, given.limits.wall_s)
    try:
        async with asyncio.timeout(seconds):
            answer, hop = await _followed(params, given, keep)
    except TimeoutError as error:
        late = f"There was no whole answer within {round(seconds * 1000)} ms. {DOUBT}"
        raise Refused("timeout", late, in_doubt=True) from error
    except Refused as refused:  # whose text is not scrubbed
        raise Refused(refused.code, scrubber.scrub(str(refused)), in_doubt=refused.in_doubt) from None
    done = outcome(
        answer,
        hop.question.url,
        expected=params.get("expectedStatus", "2xx"),
        keep=keep,
        scrubber=scrubber,
        duration_ms=round((time.monotonic() - began) * 1000),
    )
    # Whoever redirected may have acted, whatever this answer says (goals.effects).
    done = replace(done, data={**(done.data or {}), "redirects": hop.redirects})
    if given.on_output and done.stdout:
        given.on_output("stdout", done.stdout)
    return done


async def _followed(params: Mapping[str, Any], given: Given, keep: int) -> tuple[Answer, Hop]:
    """The last answer, and what it answers. A status that is expected is not followed."""
    hop = _first(params, given)
    most = params.get("redirects", MAX_REDIRECTS)
    while True:
        answer = await _ask(hop, given, keep)
        location = answer.header("location")
        expected = "expectedStatus" in params and covers(params["expectedStatus"], answer.status)
        if answer.status not in MOVED or not location or expected or most == 0:
            return answer, hop
        if hop.redirects == most:
            raise Refused("too_many_redirects", f"The server redirects more than {most} times. {DOUBT}", in_doubt=True)
        hop = _redirected(hop, answer.status, location)


async def _ask(hop: Hop, given: Given, keep: int) -> Answer:
    question = hop.question
    if hop.secret:
        name, value = credential_header(hop.secret, question.url)
        others = {known: text for known, text in question.headers.items() if known.lower() != name.lower()}
        question = replace(question, headers={**others, name: value})
    # Without TLS a credential goes nowhere but to the operator's own networks.
    plain = hop.secret is not None and question.url.scheme == "http"
    try:
        return await exchange(question, given.reach, keep=keep, only_exceptions=plain)
    except Refused as refused:
        if not hop.redirects:
            raise
        said = f"{refused} The server redirected to there; it may have acted before."
        raise Refused(refused.code, said, in_doubt=True) from refused


def _first(params: Mapping[str, Any], given: Given) -> Hop:
    url = parse_url(params["url"])
    if query := params.get("query"):
        added = urlencode([(name, _text(value)) for name, value in _pairs(query)])
        url = replace(url, target=f"{url.target}{'&' if '?' in url.target else '?'}{added}")
    headers, body = dict(header_pairs(params.get("headers", {}))), None
    if "json" in params:
        body = json.dumps(params["json"], ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/json"
    elif "body" in params:
        body = params["body"].encode("utf-8", "replace")
    if effect_of(params) == EFFECT and given.task:  # every try of a task has the same one
        headers[IDEMPOTENCY_KEY] = given.task
    secret = None
    if named := params.get("credential"):
        secret = given.secrets.get(named)
        if secret is None:
            raise Refused("credential_unknown", f"There is no credential {named} for this.")
    return Hop(Question(params.get("method", "GET"), url, headers, body), secret)


def _redirected(hop: Hop, status: int, location: str) -> Hop:
    """What is asked next. Whatever says who asks stays with the origin that it was meant for."""
    old = hop.question
    try:
        url = old.url.joined(location)
    except Refused as refused:
        raise Refused(refused.code, f"{old.url.host} redirects to no address. {DOUBT}", in_doubt=True) from refused
    if old.url.scheme == "https" and url.scheme == "http":
        said = f"{old.url.host} redirects from https to http. {DOUBT}"
        raise Refused("blocked_address", said, in_doubt=True)
    headers, secret = dict(old.headers), hop.secret
    if url.origin != old.url.origin:
        headers = {name: value for name, value in headers.items() if not is_telling(name)}
        secret = None
    method, body = old.method, old.body
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):
        method, body = "GET", None
        headers = {name: value for name, value in headers.items() if name.lower() not in OF_A_BODY}
    return Hop(Question(method, url, headers, body), secret, hop.redirects + 1)


def _pairs(query: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, item) for name, value in query.items() for item in (value if isinstance(value, list) else [value])]


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
