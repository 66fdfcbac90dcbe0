"""What httpcore, and so httpx, dials with: below redirects, retries and kept connections, so nothing goes round it.

    httpcore.AsyncConnectionPool(network_backend=CheckedBackend(reach), ssl_context=tls_context(reach.authorities))

The name goes on to TLS (SNI and the name in the certificate) and to the Host header; only the socket knows the address.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from functools import lru_cache

import certifi
import httpcore

from actuators.given import Reach, Refused
from actuators.outbound.metered import Meter, MeteredStream
from actuators.outbound.resolving import WEB_PORTS, checked_addresses, checked_addresses_blocking

MOST_TRIED = 4  # addresses of one host
ONE_TRY_S = 5.0

SocketOptions = Iterable[httpcore.SOCKET_OPTION] | None


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Looks a host up once per connection and dials an address that was checked. ``connected`` once it has one.

    What comes over its connections is counted by ``meter``, where there is one.
    """

    def __init__(self, reach: Reach, *, only_exceptions: bool = False, meter: Meter | None = None) -> None:
        self.reach = reach
        self.meter = meter
        self.only_exceptions = only_exceptions
        self.connected = False
        self._below = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await checked_addresses(
            host, port, self.reach, ports=WEB_PORTS, only_exceptions=self.only_exceptions
        )
        failed: Exception | None = None
        for address in addresses[:MOST_TRIED]:
            try:
                stream = await self._below.connect_tcp(
                    address, port, min(timeout or ONE_TRY_S, ONE_TRY_S), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
            else:
                self.connected = True
                return MeteredStream(stream, self.meter) if self.meter else stream
        raise _no_connection(host, port) from failed

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: SocketOptions = None,
    ) -> httpcore.AsyncNetworkStream:
        raise Refused("blocked_address", "Sockets of this machine cannot be reached from here.")

    async def sleep(self, seconds: float) -> None:
        await self._below.sleep(seconds)


class BlockingCheckedBackend(httpcore.NetworkBackend):
    """The same for a caller without an event loop."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        self._below = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions = None,
    ) -> httpcore.NetworkStream:
        failed: Exception | None = None
        for address in checked_addresses_blocking(host, port, self.reach, ports=WEB_PORTS)[:MOST_TRIED]:
            try:
                return self._below.connect_tcp(
                    address, port, min(timeout or ONE_TRY_S, ONE_TRY_S), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failed = error
        raise _no_connection(host, port) from failed

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: SocketOptions = None
    ) -> httpcore.NetworkStream:
        raise Refused("blocked_address", "Sockets of this machine cannot be reached from here.")

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


@lru_cache(maxsize=16)
def tls_context(authorities: str = "") -> ssl.SSLContext:
    """Whom to trust: the system's list (where it has none, certifi's) and the operator's authorities, in PEM."""
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"]:
        context.load_verify_locations(certifi.where())
    if authorities:
        context.load_verify_locations(cadata=authorities)
    return context


def _no_connection(host: str, port: int) -> Refused:
    return Refused("connect_failed", f"There is no connection to {host}, port {port}.")
