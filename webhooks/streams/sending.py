"""One try of a parcel: the way out of its kind, and what came of it. Who answers too late gets it again."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from actuators.given import Refused
from actuators.outbound import Answer, Question, exchange, hand_over, parse_url
from webhooks.models import LONGEST_ERROR, AuditStream
from webhooks.sending import KEPT, Outcome, shown, verdict
from webhooks.streams import files, formats
from webhooks.streams.claims import SECONDS, Lease, Parcel
from webhooks.streams.targets import NO_FOLDER
from webhooks.targets import reach_of

logger = logging.getLogger(__name__)
Kind = AuditStream.Kind

USER_AGENT = "executor.one-audit-streams/1"
IN_NO_NETWORK = "{host} is in no network of the operator's: use TLS."
# Splunk's "Troubleshoot HTTP Event Collector": what the codes of an answer mean, in our words.
HEC_CODES = {
    1: "the token is disabled", 2: "a token is missing", 3: "it wants another Authorization", 4: "the token is wrong",
    5: "there was nothing in it", 6: "it cannot read the events", 7: "its index is wrong", 8: "it has a fault inside",
    9: "it is busy", 10: "it wants a channel, so acknowledgement is on for this token: switch it off",
    18: "its queue is full",
}  # fmt: skip


async def send(lease: Lease, parcel: Parcel, writers: ThreadPoolExecutor) -> Outcome:
    """Send once, at most SECONDS; `writers` wait for the disk. Never raises but when cancelled."""
    at, begun = timezone.now(), time.monotonic()
    status, error = None, ""
    try:
        async with asyncio.timeout(SECONDS):
            status, error = await _way(lease, parcel, writers)
    except TimeoutError:
        error = f"There was no whole answer within {SECONDS:.0f} s."
    except Refused as refused:
        error = shown(str(refused).encode(), [parcel.secret] if parcel.secret else [])
        if refused.code == "credential_host":
            error = IN_NO_NETWORK.format(host=parcel.host or parse_url(parcel.url).host)
    return Outcome(at, status, error[:LONGEST_ERROR], round((time.monotonic() - begun) * 1000))


async def _way(lease: Lease, parcel: Parcel, writers: ThreadPoolExecutor) -> tuple[int | None, str]:
    """The HTTP status, if there is one, and why it is no success."""
    if parcel.kind == Kind.FILE:
        return None, await asyncio.get_running_loop().run_in_executor(writers, _write, lease, parcel)
    if parcel.kind == Kind.SYSLOG:
        data = formats.syslog(parcel.events, own_host())
        await hand_over(parcel.host, parcel.port, data, reach_of(lease.account), tls=parcel.is_secured)
        return None, ""
    answer = await _ask(lease, parcel)
    return answer.status, (hec_verdict if parcel.kind == Kind.SPLUNK_HEC else _http_verdict)(answer)


async def _ask(lease: Lease, parcel: Parcel) -> Answer:
    target = parse_url(parcel.url)
    if parcel.kind == Kind.SPLUNK_HEC:
        type, body = "application/json", formats.hec(parcel.events, own_host())
        proof = f"Splunk {parcel.secret}"
    else:
        write = formats.ndjson if parcel.format == AuditStream.Format.NDJSON else formats.array
        type, body, proof = formats.CONTENT_TYPES[parcel.format], write(parcel.events), parcel.secret
    headers = {"Content-Type": type, "User-Agent": USER_AGENT, **({"Authorization": proof} if proof else {})}
    question = Question("POST", target, headers, body)
    return await exchange(question, reach_of(lease.account), keep=KEPT, only_exceptions=target.scheme != "https")


def _http_verdict(answer: Answer) -> str:
    return verdict(answer.status)


def hec_verdict(answer: Answer) -> str:
    """ "" only for 200 with code 0: a load balancer's 200 is not the collector's."""
    try:
        code = json.loads(answer.body)["code"]
    except (ValueError, TypeError, KeyError, RecursionError):
        code = None
    if answer.status == 200 and code == 0 and code is not False:
        return ""
    class_of_status = answer.status // 100
    if isinstance(code, int) and class_of_status != 3 and (code or class_of_status == 2):
        known = HEC_CODES.get(code, "see Splunk's documentation")
        return f"The collector answered {answer.status} with code {code}: {known}."
    return verdict(answer.status) or f"The answer {answer.status} is not one of Splunk's event collector."


def _write(lease: Lease, parcel: Parcel) -> str:
    folder = settings.AUDIT_STREAM_DIR
    if folder is None:
        return NO_FOLDER
    try:
        files.append(folder, lease.stream, formats.ndjson(parcel.events), parcel.before)
    except files.Busy:
        return "Another courier is writing this file."
    except OSError as error:
        logger.error("audit stream %s: its file cannot be written: %s", lease.stream, error)
        return "The file cannot be written; the operator's log says why."
    return ""


def own_host() -> str:
    """The name of this installation, as targets see it."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"
