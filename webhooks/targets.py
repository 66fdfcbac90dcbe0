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
    ports = frozenset(settings.OUTBOUND_PORTS) or WEB_PORTS
    if url.port not in ports:
        raise refused(f"Port {url.port} cannot be reached; these can: {', '.join(map(str, sorted(ports)))}.")
    if len(str(url)) > LONGEST_URL:
        raise refused(f"This is longer than {LONGEST_URL:,} characters.")
    exceptions = tuple(settings.OUTBOUND_EXCEPTIONS)
    if is_literal(url.host) and not may_be_dialled(str(ip_address(url.host)), exceptions):
        raise refused("This address cannot be reached from here.")
    excepted = is_exception(url.host, exceptions) if is_literal(url.host) else bool(exceptions)
    if url.scheme != "https" and not excepted:
        raise refused("Use https: what is sent is not for everybody on the way.")
    return url


def refused(message: str) -> Malformed:
    return Malformed(f"url: {message}", errors={"url": [message]})
