"""Host names: one strict spelling of each, so that what is compared, looked up and dialled is the same string.

Every reader of addresses has spellings of its own: ``127.1``, ``0x7f000001``, full-width digits, a zone id, a NUL after
which one of them stops. None is translated here; whatever is not plain is refused.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address

import idna

from actuators.given import Refused

LONGEST = 253
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
# A last label like these makes a browser, and inet_aton(), take the whole for an IPv4 address.
NUMERIC = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)  # a Kelvin sign is no k
IPV6 = re.compile(r"[0-9a-f:.]+")


def host_of(text: str) -> str:
    """The one spelling of a host: lower case, IDNA in ASCII, addresses as ``ipaddress`` writes them. Or Refused.

    An IPv6 address stands without its brackets.
    """
    if not text:
        raise bad_host("An address needs a host.")
    if ":" in text:
        return _ipv6(text.lower())
    if len(text) > LONGEST:
        raise bad_host(f"A host name has at most {LONGEST} characters.")
    labels = [_label(label) for label in text.split(".")]
    name = ".".join(labels)
    if NUMERIC.fullmatch(labels[-1]):
        return _ipv4(name)
    if len(name) > LONGEST:
        raise bad_host(f"A host name has at most {LONGEST} characters.")
    return name


def bad_host(message: str) -> Refused:
    return Refused("bad_address", message)


def is_literal(host: str) -> bool:
    """Whether a host, as ``host_of`` spells it, is an address already and needs no look-up."""
    return ":" in host or host.rpartition(".")[2].isdigit()


def pattern_of(text: str) -> str:
    """The one spelling of an entry in a list of hosts that ``matches`` reads: a name, or ``*.`` and one. Or Refused.

    An address is none: who lists hosts means whom they ask for, and addresses change hands.
    """
    below = text.removeprefix("*.")
    host = host_of(below)
    if is_literal(host):
        raise bad_host("Name the host: an address cannot be listed.")
    if below != text and "." not in host:
        raise bad_host("What stands below *. has a dot itself: *.example.com.")
    return host if below == text else f"*.{host}"


def matches(host: str, patterns: Iterable[str]) -> bool:
    """Whether a host, as ``host_of`` spells it, is one of these: itself, or ``*.example.com`` for each name below."""
    return any(_matches(host, pattern.strip()) for pattern in patterns)


def _matches(host: str, pattern: str) -> bool:
    below = pattern.removeprefix("*.")
    try:
        known = host_of(below)
    except Refused:
        return False
    if below == pattern:
        return host == known
    return not is_literal(host) and host.endswith(f".{known}")


def _label(label: str) -> str:
    """One label in ASCII. No mapping: what IDNA 2008 does not allow as it stands (full-width, circled) is refused."""
    plain = label.translate(SMALL)
    if not plain.isascii():
        try:
            if any(character.isdigit() and not character.isascii() for character in label):
                raise bad_host("A host name has digits other than 0 to 9.")
            plain = idna.alabel(plain).decode()
        except UnicodeError as error:  # idna.IDNAError is one
            raise bad_host("A host name has a character that no name may have.") from error
    if not LABEL.fullmatch(plain):
        raise bad_host(
            "A host name is labels of letters, digits and hyphens with dots between them; nothing before or after."
        )
    return plain


def _ipv4(name: str) -> str:
    try:
        return str(IPv4Address(name))
    except ValueError as error:
        raise bad_host("An IPv4 address is four numbers from 0 to 255, without leading zeros.") from error


def _ipv6(text: str) -> str:
    try:
        if not IPV6.fullmatch(text):  # a zone id names a link of this machine
            raise ValueError(text)
        return str(IPv6Address(text))
    except ValueError as error:
        raise bad_host("This is no IPv6 address.") from error
