"""`Idempotency-Key`: what was done once is answered again, byte for byte, and not done again (A-R5..A-R7).

The answer is kept in the transaction of what it answers, so there is never one without the other. The row proves
itself: it is found by a digest that holds the caller's account and key, and sealed with a key made of the same, so who
has the table alone reads nothing of it (an answer may hold a new API key). See decision 0039.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework.response import Response

from executor_one.kit import receipts, sealing
from executor_one.kit.batch import Batch
from executor_one.kit.errors import Conflict, Malformed
from executor_one.kit.later import Later, look_by_name
from executor_one.kit.models import KeptAnswer
from executor_one.kit.rates import Rate, charge, refuse_owing, take
from executor_one.kit.rendering import JsonRenderer

logger = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT = timedelta(hours=24)
WRITING = ("POST", "PUT", "PATCH", "DELETE")
KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")
OF_THE_RESPONSE = {"vary", "allow", "content-length"}  # headers that are written on whatever leaves us
GRACE_SECONDS = 5.0  # in which an answer is sent after the wait is over
RETRY_SECONDS = 1  # when it is worth asking again for an answer that is on its way
LARGE = 2_048  # bytes; what is larger counts against what an account may have kept
MOST_KEPT: Rate = (50_000, 86_400)  # KiB of large answers a day

# Tried, not waited for: who asks twice at once is told so. Until the transaction ends nobody else gets the lock, and
# what is read behind it is what the one before has committed.
LOCK = "SELECT pg_try_advisory_xact_lock($1)"
FIND = "SELECT body, sealed, receipt, is_final FROM kit_keptanswer WHERE digest = $1 AND kept_until > now()"
KEEP = """
    INSERT INTO kit_keptanswer (digest, body, sealed, receipt, is_final, kept_until)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (digest) DO UPDATE SET (body, sealed, receipt, is_final, kept_until)
        = (excluded.body, excluded.sealed, excluded.receipt, excluded.is_final, excluded.kept_until)"""

IN_FLIGHT = "The request with this idempotency key is being answered. Ask again in a moment."
OTHER_BODY = (
    "This idempotency key was used for another body, or by another caller, within 24 hours. "
    "Take a new key for another request."
)
TOO_MUCH = "Your idempotency keys keep more than 50 MB of answers already."
UNREADABLE = "The answer to this idempotency key cannot be read any more. Look whether it was done; take a new key."
BAD_KEY = f"{HEADER}: 1 to 255 printable ASCII characters, a UUID for example."


class Replay(Exception):
    """It was done already: this is the answer that it had, and the receipt of the request that did it.

    `waits_otherwise`: who asks now would wait for the answer otherwise than who asked first.
    """

    def __init__(self, answer: HttpResponse, receipt: str, *, waits_otherwise: bool) -> None:
        super().__init__(receipt)
        self.answer, self.receipt, self.waits_otherwise = answer, receipt, waits_otherwise


@dataclass
class Once:
    """A request that is done once: under which digest its answer is kept, and what it is told apart by."""

    digest: str
    body: str  # a digest of the caller, the query and the body
    key: sealing.Key
    scope: str
    wait: str  # how long who asks waits for the answer, as it was written

    def __post_init__(self) -> None:
        """From here on what is done can be taken back without losing the lock."""
        self._trying = transaction.atomic()
        self._trying.__enter__()

    def end_try(self, error: BaseException | None) -> None:
        """What was done stands; or it is taken back, for an answer that is an error."""
        self._trying.__exit__(type(error) if error else None, error, None)

    def keep(self, answer: HttpResponse) -> None:
        """Keep an answer, in the open transaction. One that is still waited for is not final. TooSoon for too much."""
        self._written = written(answer, self.wait, time.time() + getattr(answer, "seconds", 0) + GRACE_SECONDS)
        sealed = self._sealed(self._written)
        is_final, until = not isinstance(answer, Later), timezone.now() + KEPT
        if not is_final:  # how much it will be nobody knows yet: `finish` charges it
            refuse_owing(_budget(self.scope), message=TOO_MUCH)
        elif len(sealed) > LARGE:
            take(_budget(self.scope), MOST_KEPT, message=TOO_MUCH, count=len(sealed) // 1024)
        batch = Batch()
        batch.sql(KEEP, self.digest, self.body, sealed, receipts.current(), is_final, until)
        batch.run()

    def _sealed(self, plain: bytes) -> bytes:
        return sealing.seal(plain, bound_to=self.digest.encode(), key=self.key)

    def let_go(self) -> None:
        """Who waited has gone: nobody has to be waited for before a repeat is answered."""
        kept = read(self._written)
        if kept.until is None:
            return
        kept.until = 0
        try:
            waiting = KeptAnswer.objects.filter(digest=self.digest, is_final=False)
            waiting.update(sealed=self._sealed(kept.written()))
        except Exception:  # then a repeat is answered when the wait would have been over
            logger.exception("that nobody waits is not kept for its idempotency key")

    def keep_final(self, answer: HttpResponse) -> None:
        """The last word of an answer that was waited for, in a transaction of its own."""
        try:
            with transaction.atomic():
                finish(self.digest, self.key, answer, self.scope, self.wait)
        except Exception:  # the answer itself is not worse for it; a second request looks by itself
            logger.exception("the final answer is not kept for its idempotency key")


def begin(request: HttpRequest, scope: str, caller: str) -> Once | None:
    """Whether a request is to be done once: None without a key. Replay where it was done, Conflict where it cannot be.

    `scope`: whose key it is, an account's id. The same key on another method or path is another one. Only the same
    `caller` is answered again: another one may not be allowed what the answer holds, a new key with more scopes.
    """
    raw = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if raw is None or request.method not in WRITING:
        return None
    if not KEY.fullmatch(raw):
        raise Malformed(BAD_KEY, errors={HEADER: ["1 to 255 printable ASCII characters."]})
    name = "\n".join((scope, request.method, request.path, raw)).encode()
    digest = hashlib.sha256(name).digest()
    secret = _secret(name)
    # No plain digest: a body may hold a password, which could be guessed from one.
    query, wait = _query(request)
    sent = b"\n".join((caller.encode(), query.encode(), request.body))
    body, key = hmac.digest(secret, sent, "sha256").hex(), sealing.key_of(secret)
    batch = Batch()
    batch.sql(LOCK, int.from_bytes(digest[:8], signed=True))
    batch.sql(FIND, digest.hex())
    ((is_free,),), found = batch.run()
    if found and found[0][0] != body:
        raise Conflict(OTHER_BODY)
    if not is_free:
        raise in_flight()
    if found:
        replay = _replay(digest.hex(), key, scope, wait, found[0])
        if not (isinstance(replay, Replay) and replay.waits_otherwise and replay.answer.status_code >= 400):
            raise replay  # else nothing was done, and it may be the wait that was refused
    return Once(digest.hex(), body, key, scope, wait)


def _query(request: HttpRequest) -> tuple[str, str]:
    """The query without `wait`, and that: how long somebody waits for the answer is no part of what is done."""
    pairs = parse_qsl(request.META.get("QUERY_STRING", ""), keep_blank_values=True)
    waits = [value for name, value in pairs if name == "wait"]
    return urlencode([pair for pair in pairs if pair[0] != "wait"]), ",".join(waits)


def in_flight() -> Conflict:
    """Somebody else is about to answer the same."""
    busy = Conflict(IN_FLIGHT)
    busy.retry_after = RETRY_SECONDS
    return busy


def _replay(digest: str, key: sealing.Key, scope: str, wait: str, row: Sequence[Any]) -> Exception:
    """What a second request is told whose answer is kept."""
    _, sealed, receipt, is_final = row
    try:
        plain = sealing.unseal(bytes(sealed), bound_to=digest.encode(), keys=[key])
    except (sealing.UnknownKey, sealing.Damaged):
        return Conflict(UNREADABLE)
    kept = read(plain)
    answer, waits_otherwise = kept.answer, wait != kept.wait
    if not is_final:  # whoever waited is still there, or has gone: what was begun has ended by now, or it has not
        has_ended, data = look_by_name(kept.look)
        if not has_ended and (kept.until is None or time.time() < kept.until):
            return in_flight()
        answer.content = JsonRenderer().render(data)
        if has_ended:
            finish(digest, key, answer, scope, kept.wait)
        else:  # as it stands now: nobody was told anything, so this one may wait as long as it likes
            waits_otherwise = True
    answer[REPLAYED] = "true"
    return Replay(answer, receipt, waits_otherwise=waits_otherwise)


def finish(digest: str, key: sealing.Key, answer: HttpResponse, scope: str, wait: str) -> None:
    """Put the final answer in the place of the one that is kept, once. What it is too much of is owed by `scope`."""
    sealed = sealing.seal(written(answer, wait, 0), bound_to=digest.encode(), key=key)
    waiting = KeptAnswer.objects.filter(digest=digest, is_final=False)
    if waiting.update(sealed=sealed, is_final=True) and len(sealed) > LARGE:
        charge(_budget(scope), MOST_KEPT, len(sealed) // 1024)


def _budget(scope: str) -> str:
    return f"kept:{scope}"


def is_kept(answer: object) -> bool:
    """Whether an answer is one: what broke, or came too often, is tried again."""
    return isinstance(answer, Response) and answer.status_code < 500 and answer.status_code != 429


@dataclass
class Kept:
    """An answer as it is kept. Of one that is not final: `look` finds more, and whoever waits does until `until`.

    `wait`: for how long it was asked for. `until`: seconds since 1970; None where it is of no use before its end.
    """

    answer: HttpResponse
    look: list[str]
    wait: str
    until: float | None

    def written(self) -> bytes:
        """A line of JSON with what is told of it, then its bytes."""
        headers = [[name, value] for name, value in self.answer.items() if name.lower() not in OF_THE_RESPONSE]
        head = [self.answer.status_code, headers, self.look, self.wait, self.until]
        return json.dumps(head).encode() + b"\n" + bytes(self.answer.content)


def written(answer: HttpResponse, wait: str, until: float) -> bytes:
    """An answer as it is kept."""
    if not isinstance(answer, Later):
        return Kept(answer, [], wait, until).written()
    return Kept(answer, answer.look_name, wait, None if answer.only_at_end else until).written()


def read(plain: bytes) -> Kept:
    """The answer that was `written`."""
    head, _, content = plain.partition(b"\n")
    status, headers, look, wait, until = json.loads(head)
    answer = HttpResponse(content, status=status)
    del answer["Content-Type"]
    for name, value in headers:
        answer[name] = value
    return Kept(answer, look, wait, until)


def _secret(name: bytes) -> bytes:
    """What seals an answer: nobody has it who does not know the account, the route and the caller's key."""
    return hmac.digest(b"executor.one/idempotency\n" + settings.SECRET_KEY.encode(), name, "sha256")


def forget_expired(at_most: int) -> int:
    """Take away answers that are older than 24 hours; how many."""
    old = KeptAnswer.objects.filter(kept_until__lte=timezone.now()).values_list("pk", flat=True)
    deleted, _ = KeptAnswer.objects.filter(pk__in=list(old[:at_most])).delete()
    return deleted
