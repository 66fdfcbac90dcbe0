"""From a host to the addresses that may be dialled for it: looked up once, all of them checked."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Collection, Iterable
from typing import Any

from actuators.given import Reach, Refused, Resolve
from actuators.outbound.addresses import is_exception, may_be_dialled
from actuators.outbound.names import host_of, is_literal

WEB_PORTS = frozenset({80, 443, 8443})


class LookUps:
    """How many are looked up at once. A look-up cannot be stopped: it may outlive its try by half a minute.

    So each account has a share, or those who ask for names that nobody answers for would stop all others: the more are
    looked up, the fewer may be of one, and where it is half of the most, one. (Sixteen of the first.)
    """

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._running: Counter[str] = Counter()
        self._lock = threading.Lock()

    def begin(self, account: str) -> None:
        with self._lock:
            if self._running[account] >= self._most // (self._running.total() + 1):
                raise Refused("connect_failed", "Too many host names are being looked up; try again.")
            self._running[account] += 1

    def end(self, account: str) -> None:
        with self._lock:
            self._running[account] -= 1
            self._running += Counter()  # drops who has none


LOOK_UPS = LookUps()


async def checked_addresses(
    host: str, port: int, reach: Reach, *, ports: Collection[int] = (), only_exceptions: bool = False
) -> list[str]:
    """Where ``host`` may be dialled, or Refused. Dial one of these and not the host, which may answer otherwise next.

    ``ports`` are the actuator's own, for a reach that names none; ``only_exceptions``: nowhere but in the operator's
    networks. One address that is not allowed refuses the whole name.
    """
    name = _spelled(host, port, reach, ports)
    return _checked(name, [name] if is_literal(name) else await _looked_up(name, port, reach), reach, only_exceptions)


def checked_addresses_blocking(
    host: str, port: int, reach: Reach, *, ports: Collection[int] = (), only_exceptions: bool = False
) -> list[str]:
    """The same for who has no event loop; it waits for the look-up as long as the system does."""
    name = _spelled(host, port, reach, ports)
    if is_literal(name):
        return _checked(name, [name], reach, only_exceptions)
    try:
        found = list(_resolver(reach)(name, port))
    except (OSError, UnicodeError) as error:
        raise _unknown(name) from error
    return _checked(name, found, reach, only_exceptions)


def system_resolve(host: str, port: int) -> list[str]:
    """What the system says: hosts file, DNS, whatever it is told to ask."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _resolver(reach: Reach) -> Resolve:
    return reach.resolve or system_resolve


def _spelled(host: str, port: int, reach: Reach, ports: Collection[int]) -> str:
    name = host_of(host)
    allowed = reach.ports or ports
    if allowed and port not in allowed:
        known = ", ".join(map(str, sorted(allowed)))
        raise Refused("blocked_address", f"Port {port} cannot be reached from here; these can: {known}.")
    return name


def _checked(name: str, found: Iterable[str], reach: Reach, only_exceptions: bool) -> list[str]:
    """The addresses, each once. Which one was wrong is not said: it would tell what our network looks like."""
    addresses = list(dict.fromkeys(found))
    if not addresses:
        raise _unknown(name)
    if not all(may_be_dialled(address, reach.exceptions) for address in addresses):
        raise Refused("blocked_address", f"{name} is at an address that cannot be reached from here.")
    if only_exceptions and not all(is_exception(address, reach.exceptions) for address in addresses):
        raise Refused("credential_host", f"A credential is not sent to {name} without encryption: use https.")
    return addresses


def _unknown(name: str) -> Refused:
    return Refused("connect_failed", f"The host {name} is not known.")


async def _looked_up(name: str, port: int, reach: Reach) -> list[str]:
    """Ask in a thread of its own: the loop's own few threads would be taken by names that nobody answers for."""
    look_ups = LOOK_UPS
    look_ups.begin(reach.account)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[list[str]] = loop.create_future()

    def tell(found: list[str] | Exception) -> None:
        if answer.done():
            return
        if isinstance(found, Exception):
            answer.set_exception(found)
        else:
            answer.set_result(found)

    def look_up() -> None:
        found: Any
        try:
            found = list(_resolver(reach)(name, port))
        except Exception as error:  # noqa: BLE001 whatever it is, who waits must hear of it
            found = error
        finally:
            look_ups.end(reach.account)
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(tell, found)

    threading.Thread(target=look_up, name="look-up", daemon=True).start()
    try:
        return await answer
    except (OSError, UnicodeError) as error:
        raise _unknown(name) from error
