"""The way out of the house: every connection to a host that a customer named goes through here.

A host is looked up once, all of its addresses are checked, and a checked one is dialled: nobody answers differently in
between. ``exchange`` asks by HTTP, ``hand_over`` sends bytes, ``CheckedBackend`` is for httpx and httpcore,
``checked_addresses`` for what dials by itself.
"""

from actuators.outbound.backend import BlockingCheckedBackend, CheckedBackend, tls_context
from actuators.outbound.exchange import Answer, Question, exchange
from actuators.outbound.handing import hand_over
from actuators.outbound.names import host_of, matches
from actuators.outbound.resolving import WEB_PORTS, checked_addresses, checked_addresses_blocking
from actuators.outbound.urls import Url, parse_url

__all__ = [
    "WEB_PORTS",
    "Answer",
    "BlockingCheckedBackend",
    "CheckedBackend",
    "Question",
    "Url",
    "checked_addresses",
    "checked_addresses_blocking",
    "exchange",
    "hand_over",
    "host_of",
    "matches",
    "parse_url",
    "tls_context",
]
