"""A connection that counts what comes over it: framing, chunks and interim answers cost as much as a body does."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any

import httpcore

ONE_TURN = 4096  # bytes that are read before others have their turn: seven hundred chunks of one byte


class TooMuch(Exception):
    """More has come than may."""


@dataclass
class Meter:
    """``left``: bytes that may still come."""

    left: int

    def count(self, came: int) -> None:
        self.left -= came
        if self.left < 0:
            raise TooMuch


class MeteredStream(httpcore.AsyncNetworkStream):
    """What is read from ``below`` is counted, and after each piece others have their turn."""

    def __init__(self, below: httpcore.AsyncNetworkStream, meter: Meter) -> None:
        self._below = below
        self._meter = meter

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        piece = await self._below.read(min(max_bytes, ONE_TURN), timeout)
        self._meter.count(len(piece))
        await asyncio.sleep(0)
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._below.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._below.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return MeteredStream(await self._below.start_tls(ssl_context, server_hostname, timeout), self._meter)

    def get_extra_info(self, info: str) -> Any:
        return self._below.get_extra_info(info)
