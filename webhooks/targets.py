"""Where deliveries may go: what an address must be, and the reach of the one way out of the house."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings

from actuators.given import Reach, Refused
from actuators.outbound import WEB_PORTS, Url, parse_url
from actuators.outbound.addresses import is_exception, may_be_dialled
from actuators.outbound.names import is_literal
from executor_one.kit.errors import Malformed
from webhooks.models import LONGEST_URL


def reach_of(account: str) -> Reach:
    """Where an account's deliveries may go: public addresses, and what the operator excepts."""
    return Reach(frozenset(settings.OUTBOUND_PORTS), tuple(settings.OUTBOUND_EXCEPTIONS), account=account)


def target_of(text: str) -> Url:
    """An address as it is kept, or Malformed with the field `url`.

    https, unless the host is in a network of OUTBOUND_EXCEPTIONS; of a name that is only known, and checked, when it is
    dialled. No user and password, no control characters, no unusual port.
    """
    try:
        url = parse_url(text)
    except Refused as wrong:
        raise refused(str(wrong)) from None
    if len(str(url)) > LONGEST_URL:
        raise refused(f"This is longer than {LONGEST_URL:,} characters.")
    if fault := port_fault(url.port) or address_fault(url.host):
        raise refused(fault)
    if url.scheme != "https" and not may_be_readable(url.host):
        raise refused("Use https: what is sent is not for everybody on the way.")
    return url


def port_fault(port: int) -> str:
    """Why nothing is sent to this port; "": it is one of those that can be dialled."""
    ports = frozenset(settings.OUTBOUND_PORTS) or WEB_PORTS
    return "" if port in ports else f"Port {port} cannot be reached; these can: {', '.join(map(str, sorted(ports)))}."


def address_fault(host: str) -> str:
    """Why nothing is sent to this address; "" also for a name: it is only known, and checked, when it is dialled."""
    is_wrong = is_literal(host) and not may_be_dialled(str(ip_address(host)), tuple(settings.OUTBOUND_EXCEPTIONS))
    return "This address cannot be reached from here." if is_wrong else ""


def may_be_readable(host: str) -> bool:
    """Whether a host may be in a network of OUTBOUND_EXCEPTIONS, so that what is sent need not be encrypted."""
    exceptions = tuple(settings.OUTBOUND_EXCEPTIONS)
    return is_exception(host, exceptions) if is_literal(host) else bool(exceptions)


def refused(message: str) -> Malformed:
    return Malformed(f"url: {message}", errors={"url": [message]})
