"""One try: a POST to the receiver and what came of it. At least once: who answers too late gets it again (A-R26)."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from actuators.given import Refused
from actuators.outbound import Answer, Question, exchange, parse_url
from actuators.scrubber import Scrubber
from memory.hiding import replaced
from webhooks.signing import body_of, headers
from webhooks.targets import reach_of

SECONDS = 10.0  # for the look-up, the connection and the whole answer together
KEPT = 4096  # bytes of the answer
GONE = 410
CONTROL = re.compile(r"[^\S\n\t]|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
MASK = "[secret]"
STOPPED = "The courier stopped before the answer came."
SEALED = "Its secret cannot be opened in this installation now."
SLOW_MS = 2_000
BROKEN = "Something broke on our side."


@dataclass(frozen=True)
class Outcome:
    """What came of a try. `status` is None where no answer came, `error` is "" for a success."""

    at: datetime
    status: int | None
    error: str
    ms: int
    response: str = ""

    @property
    def ok(self) -> bool:
        return not self.error

    @property
    def is_smooth(self) -> bool:
        """Whether it goes ahead of what fails or takes long in its own account. To others it makes no difference."""
        return self.ok and self.ms <= SLOW_MS


async def send(account: str, url: str, id: str, secrets: list[str], text: str) -> Outcome:
    """Send once, at most SECONDS; nothing is followed, and only 2xx is a success. Never raises but when cancelled."""
    at, begun = timezone.now(), time.monotonic()
    status, error, response = None, "", ""
    try:
        async with asyncio.timeout(SECONDS):
            answer = await _ask(account, url, id, secrets, text)
        status, error, response = answer.status, verdict(answer.status), shown(answer.body, secrets)
    except TimeoutError:
        error = f"There was no whole answer within {SECONDS:.0f} s."
    except Refused as refused:
        error = shown(str(refused).encode(), secrets)[:300]
    return Outcome(at, status, error, round((time.monotonic() - begun) * 1000), response)


async def _ask(account: str, url: str, id: str, secrets: list[str], text: str) -> Answer:
    """Signed at the moment of sending: a receiver takes nothing that is older than five minutes (A-R27)."""
    body, target = body_of(text), parse_url(url)
    question = Question("POST", target, headers(secrets, id, int(timezone.now().timestamp()), body), body)
    try:
        return await exchange(question, reach_of(account), keep=KEPT, only_exceptions=target.scheme != "https")
    except Refused as refused:
        if refused.code == "credential_host":
            raise Refused("bad_address", f"{target.host} is in no network of the operator's: use https.") from refused
        raise


def verdict(status: int) -> str:
    """ "" for a success, else why it is none."""
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"The receiver answered {status}, and a redirect is not followed."
    if status == GONE:
        return "The receiver answered 410: it is gone."
    return f"The receiver answered {status}."


def shown(body: bytes, secrets: list[str]) -> str:
    """The beginning of an answer as people may read it: no control characters, nothing that looks like a secret."""
    text = CONTROL.sub(" ", body[:KEPT].decode("utf-8", "replace"))
    return replaced(Scrubber(secrets).scrub(text), lambda secret: MASK)[:KEPT]
