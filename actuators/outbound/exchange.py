"""One request and its answer: nothing is followed, and all is bounded but the time. Hold that with asyncio.timeout.

No proxy, no cookie, no variable of the environment has a say: httpcore reads none. Every exchange has a connection of
its own, so none is shared between accounts.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import httpcore

from actuators.given import Reach, Refused
from actuators.outbound.backend import CheckedBackend, tls_context
from actuators.outbound.decoding import Body
from actuators.outbound.metered import Meter, TooMuch
from actuators.outbound.urls import Url

READ_BYTES = 1 << 20  # of a body, as it comes and as it is decoded
HEADER_BYTES = 32 * 1024
ONE_READ = 64 * 1024  # of httpcore
HEAD_BYTES = HEADER_BYTES + ONE_READ  # on the wire, until the answer begins: a server may say 100 as often as it likes
WIRE_BYTES = 2 * READ_BYTES  # and all of it, with its framing
MOST_CHUNKS = 16_384  # of one body: each is work, however little is in it
CHUNKS_A_TURN = 32  # before others have theirs
QUOTED = re.compile(r"""\b(?:bytearray\()?b?['"]""")  # where h11 begins to quote what it was sent
DOUBT = "The server may have acted on the request."
MOVED = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True)
class Question:
    """What is asked. ``headers`` are sent as they are, besides Host, Content-Length, Accept-Encoding and Connection."""

    method: str
    url: Url
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True)
class Answer:
    """What came back. ``body`` is decoded and cut, ``size`` how much of it was read; ``whole``: there was no more."""

    version: str
    status: int
    reason: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    size: int
    whole: bool

    def header(self, name: str) -> str:
        """The first header of this name, or ""."""
        return next((value for known, value in self.headers if known.lower() == name), "")


async def exchange(question: Question, reach: Reach, *, keep: int, only_exceptions: bool = False) -> Answer:
    """Ask once. ``keep`` bytes of the body are kept. ``only_exceptions``: of nobody but in the operator's networks.

    Raises Refused: bad_address, blocked_address, connect_failed, tls_failed, protocol_error, response_too_large,
    credential_host (what ``only_exceptions`` is for).
    """
    url = question.url
    meter = Meter(HEAD_BYTES)
    backend = CheckedBackend(reach, only_exceptions=only_exceptions, meter=meter)
    pool = httpcore.AsyncConnectionPool(
        ssl_context=tls_context(reach.authorities) if url.scheme == "https" else None,
        network_backend=backend,
        max_connections=1,
    )
    asked = pool.stream(
        question.method,
        httpcore.URL(
            scheme=url.scheme.encode(), host=url.host.encode(), port=url.port, target=url.target.encode("ascii")
        ),
        headers=_sent_headers(question),
        content=question.body,
    )
    with _told(url, backend):
        async with pool, asked as response:
            meter.left += WIRE_BYTES
            headers = _received_headers(response)
            body = await _read(response, headers, keep)
    return Answer(
        version=response.extensions.get("http_version", b"").decode("ascii", "replace"),
        status=response.status,
        reason=_printable(response.extensions.get("reason_phrase", b"")),
        headers=headers,
        body=bytes(body.kept),
        size=body.size,
        whole=not body.full and body.size == len(body.kept),
    )


def _sent_headers(question: Question) -> list[tuple[bytes, bytes]]:
    sent = {
        "Host": question.url.authority,
        "User-Agent": "executor.one",
        "Accept": "*/*",
        "Accept-Encoding": "gzip, deflate",
        "Connection": "close",
    }
    if question.body is not None or question.method in ("POST", "PUT", "PATCH"):
        sent["Content-Length"] = str(len(question.body or b""))
    given = {name.lower() for name in question.headers}
    pairs = [pair for pair in sent.items() if pair[0].lower() not in given]
    return [(name.encode("ascii"), value.encode()) for name, value in [*pairs, *question.headers.items()]]


def _received_headers(response: httpcore.Response) -> tuple[tuple[str, str], ...]:
    if sum(len(name) + len(value) + 4 for name, value in response.headers) > HEADER_BYTES:
        raise _headers_too_large()
    return tuple(
        (name.decode("ascii", "replace"), value.decode("utf-8", "replace")) for name, value in response.headers
    )


async def _read(response: httpcore.Response, headers: tuple[tuple[str, str], ...], keep: int) -> Body:
    """The body, until it is too much."""
    encoding = ", ".join(value for name, value in headers if name.lower() == "content-encoding")
    body = Body(encoding, keep=keep, most=READ_BYTES)
    chunks = 0
    try:
        async for piece in response.aiter_stream():
            body.take(piece)
            if body.full:
                return body
            chunks += 1
            if chunks > MOST_CHUNKS:
                said = f"The answer comes in more than {MOST_CHUNKS} pieces, most of them tiny. {DOUBT}"
                raise Refused("response_too_large", said, in_doubt=True)
            if not chunks % CHUNKS_A_TURN:
                await asyncio.sleep(0)
        body.end()
    except zlib.error as error:
        raise Refused(
            "protocol_error",
            f"The server answered {response.status} with a body that is not {encoding}.",
            in_doubt=True,
        ) from error
    return body


@contextlib.contextmanager
def _told(url: Url, backend: CheckedBackend) -> Iterator[None]:
    """What went wrong, in one word and in words for people."""
    place = f"{url.host}, port {url.port}"
    try:
        yield
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
        reason = error.__cause__ or error.__context__
        why = reason.verify_message if isinstance(reason, ssl.SSLCertVerificationError) else "no agreement on TLS"
        raise Refused("tls_failed", f"There is no secure connection to {place}: {why}.") from error
    except TooMuch as error:
        said = f"{place} answers with far more than a body of {READ_BYTES >> 20} MiB needs. {DOUBT}"
        raise Refused("response_too_large", said, in_doubt=True) from error
    except httpcore.ProtocolError as error:
        if "Receive buffer too long" in str(error):  # h11 holds so much of what is not complete
            raise _headers_too_large() from error
        said = f"{place} does not speak HTTP properly: {_brief(error)}. {DOUBT}"
        raise Refused("protocol_error", said, in_doubt=True) from error
    except (httpcore.NetworkError, httpcore.TimeoutException) as error:
        raise Refused("protocol_error", f"The connection to {place} broke. {DOUBT}", in_doubt=True) from error


def _headers_too_large() -> Refused:
    said = f"The answer's headers are larger than {HEADER_BYTES // 1024} KiB. {DOUBT}"
    return Refused("response_too_large", said, in_doubt=True)


def _brief(error: Exception) -> str:
    """What is wrong, without what it quotes: a server may say back what it was sent, a credential."""
    return QUOTED.split(str(error), maxsplit=1)[0][:150].rstrip(".: ")


def _printable(text: bytes) -> str:
    """What a server said for people to read, in one short line."""
    return "".join(letter for letter in text.decode("utf-8", "replace") if letter.isprintable())[:100]
