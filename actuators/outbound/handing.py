"""Bytes that a host takes without an answer, like syslog: sent, and read to their end by whoever listens there."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import ssl
import struct
import termios
from contextlib import suppress

import anyio
from anyio.abc import AnyByteStream, ByteStream, SocketAttribute, SocketStream
from anyio.streams.tls import TLSStream

from actuators.given import Reach, Refused
from actuators.outbound.backend import MOST_TRIED, ONE_TRY_S, tls_context
from actuators.outbound.resolving import WEB_PORTS, checked_addresses

CLOSED = 7  # TCP_CLOSE of Linux' tcp_states.h, in the first byte of its TCP_INFO
CLOSED_FIRST = (CLOSED, 8, 9, 11)  # and CLOSE_WAIT, LAST_ACK, CLOSING: the other side had closed when we did
LOOK_S = 0.01


async def hand_over(host: str, port: int, data: bytes, reach: Reach, *, tls: bool) -> None:
    """Connect, send, say that this was all, and wait until the other side has read it to the end and closes too.

    Whoever closes with something unread resets the connection, and whoever closes before it came never confirms it: so
    who has closed in order and after us, with every byte confirmed by their machine, has read it all (unless it closes
    for writing alone, and lies). What they do with it then, nobody knows. All is bounded but the time: hold that with
    asyncio.timeout. Without ``tls`` it goes to nobody but in the operator's networks. Raises Refused as ``exchange``
    does.
    """
    addresses = await checked_addresses(host, port, reach, ports=WEB_PORTS, only_exceptions=not tls)
    place = f"{host}, port {port}"
    stream: ByteStream = await _connected(addresses, port, place)
    try:
        if tls:
            stream = await _secured(stream, host, reach, place)
        await stream.send(data)
        await _end(stream)
        await _confirmed(stream.extra(SocketAttribute.raw_socket))  # noqa: S610 - anyio's, not Django's
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
        return await TLSStream.wrap(stream, hostname=host, ssl_context=tls_context(reach.authorities))
    except (ssl.SSLError, anyio.BrokenResourceError, anyio.EndOfStream) as error:
        is_wrong = isinstance(error, ssl.SSLCertVerificationError)
        why = error.verify_message if is_wrong else "no agreement on TLS"  # type: ignore[union-attr]
        raise Refused("tls_failed", f"There is no secure connection to {place}: {why}.") from error


async def _end(stream: ByteStream) -> None:
    """Close our side and read until the other side has closed its own.

    Theirs must be closed for TCP too: a close_notify can be said by who has read nothing, but whoever then closes with
    our bytes unread resets the connection.
    """
    connected = stream.extra(SocketAttribute.raw_socket)  # noqa: S610 - anyio's, not Django's
    if isinstance(stream, TLSStream):
        _refuse_closed(connected)
        # Sends close_notify, and waits for theirs: without it they were cut off (RFC 5425, 4.4).
        below, _ = await stream.unwrap()
        with suppress(anyio.BrokenResourceError, OSError):  # they have closed already, as they may now
            await below.send_eof()
        return await _read_to_end(below)
    await stream.send_eof()
    _refuse_closed(connected)
    return await _read_to_end(stream)


async def _read_to_end(stream: AnyByteStream) -> None:
    while True:
        try:
            await stream.receive()
        except anyio.EndOfStream:
            return


def _refuse_closed(connected: socket.socket) -> None:
    """Who had closed before our end came has not read to it."""
    if _state(connected) in CLOSED_FIRST:
        raise ConnectionResetError


async def _confirmed(connected: socket.socket) -> None:
    """Wait until the other machine has confirmed every byte; OSError once it never will."""
    while _unconfirmed(connected):
        if _state(connected) == CLOSED:
            raise ConnectionResetError
        await asyncio.sleep(LOOK_S)
    if connected.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise ConnectionResetError


def _state(connected: socket.socket) -> int:
    return connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]


def _unconfirmed(connected: socket.socket) -> int:
    """How many bytes wait to be sent, or confirmed (tcp(7): SIOCOUTQ)."""
    answer = fcntl.ioctl(connected.fileno(), termios.TIOCOUTQ, bytes(4))
    return int(struct.unpack("i", answer)[0])
