"""Bytes that a host takes without an answer, like syslog: sent, and read to their end by whoever listens there."""

from __future__ import annotations

import asyncio
import ssl

import anyio
from anyio.abc import ByteStream, SocketStream
from anyio.streams.tls import TLSStream

from actuators.given import Reach, Refused
from actuators.outbound.backend import MOST_TRIED, ONE_TRY_S, tls_context
from actuators.outbound.resolving import WEB_PORTS, checked_addresses

READ = 4096  # of what the host says meanwhile, which nobody asked for


async def hand_over(host: str, port: int, data: bytes, reach: Reach, *, tls: bool) -> None:
    """Connect, send, say that this was all, and wait until the other side has read it to the end and closes too.

    Whoever is on the other side reads in order, so who has seen our end has read what stood before it. What they do
    with it then, nobody knows. All is bounded but the time: hold that with asyncio.timeout. Without ``tls`` it goes to
    nobody but in the operator's networks. Raises Refused as ``exchange`` does.
    """
    addresses = await checked_addresses(host, port, reach, ports=WEB_PORTS, only_exceptions=not tls)
    place = f"{host}, port {port}"
    stream: ByteStream = await _connected(addresses, port, place)
    try:
        if tls:
            stream = await _secured(stream, host, reach, place)
        await stream.send(data)
        await _end(stream)
    except (anyio.BrokenResourceError, anyio.ClosedResourceError, OSError, ssl.SSLError) as error:
        said = f"{place} broke the connection before it had read everything."
        raise Refused("protocol_error", said, in_doubt=True) from error
    finally:
        await anyio.aclose_forcefully(stream)


async def _connected(addresses: list[str], port: int, place: str) -> SocketStream:
    failed: Exception | None = None
    for address in addresses[:MOST_TRIED]:
        try:
            async with asyncio.timeout(ONE_TRY_S):
                return await anyio.connect_tcp(address, port)
        except OSError as error:  # TimeoutError is one
            failed = error
    raise Refused("connect_failed", f"There is no connection to {place}.") from failed


async def _secured(stream: ByteStream, host: str, reach: Reach, place: str) -> TLSStream:
    try:
        return await TLSStream.wrap(
            stream, hostname=host, ssl_context=tls_context(reach.authorities), standard_compatible=False
        )
    except (ssl.SSLError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
        is_wrong = isinstance(error, ssl.SSLCertVerificationError)
        why = error.verify_message if is_wrong else "no agreement on TLS"  # type: ignore[union-attr]
        raise Refused("tls_failed", f"There is no secure connection to {place}: {why}.") from error


async def _end(stream: ByteStream) -> None:
    """Close our side and read until the other side has closed its own."""
    if isinstance(stream, TLSStream):
        try:
            await stream.unwrap()  # sends close_notify, and waits for theirs
        except anyio.EndOfStream:  # they closed without it: that is an end as well
            return
        return
    await stream.send_eof()
    while True:
        try:
            await stream.receive(READ)
        except anyio.EndOfStream:
            return
