"""Where what leaves the house may go."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address

from actuators.given import Reach, Refused


async def checked_addresses(host: str, port: int, reach: Reach) -> list[str]:
    """Resolve ``host`` once and answer its addresses. Refused when one of them is not public, nor an exception."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused("connect_failed", f"The host {host!r} is not known.") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        parsed = ip_address(address.partition("%")[0])
        if not parsed.is_global and not any(parsed in network for network in reach.exceptions):
            raise Refused("blocked_address", f"{host!r} is at an address that cannot be reached from here.")
    return addresses
