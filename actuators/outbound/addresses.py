"""Which internet addresses may be dialled: public ones that are not this machine's, and the operator's exceptions.

``ipaddress`` alone is not enough: its ``is_global`` says yes, in Python 3.11.7 and others, to 192.0.0.8, fec0::1,
3fff::1, 5f00::1, and to IPv6 addresses that carry a private IPv4 one. So what is refused is listed, and ``ipaddress``
is asked besides.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

REFUSED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",
        "100.64.0.0/10",  # carriers' NAT; Alibaba's metadata is 100.100.100.200
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own, though it looks public
        "169.254.0.0/16",  # link-local; the metadata of most clouds is 169.254.169.254
        "172.16.0.0/12",
        "192.0.0.0/24",  # protocols; Oracle's metadata is 192.0.0.192
        "192.0.2.0/24",  # documents
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documents
        "203.0.113.0/24",  # documents
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Of IPv6 only what is given out for unicast is reachable. That leaves out ::/96 and ::ffff:0:0/96 (an IPv4 address in
# another coat), fc00::/7 (Amazon's metadata is fd00:ec2::254), fe80::/10, fec0::/10, ff00::/8, 5f00::/16 and 100::/64.
UNICAST_V6 = IPv6Network("2000::/3")
REFUSED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocols: Teredo carries an IPv4 address, ORCHID is no place
        "2001:db8::/32",  # documents
        "2002::/16",  # 6to4 carries an IPv4 address
        "3ffe::/16",  # the 6bone, given back
        "3fff::/20",  # documents
    )
)
# How a network without IPv4 reaches IPv4: every name is there, so the address inside is what counts.
NAT64 = IPv6Network("64:ff9b::/96")


def may_be_dialled(text: str, exceptions: Iterable[Network] = ()) -> bool:
    """Whether a connection to this address may leave the house."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if is_exception(text, exceptions):
        return True
    return _is_public(address) and not is_own(address)


def is_exception(text: str, exceptions: Iterable[Network]) -> bool:
    """Whether an address is in one of the operator's networks."""
    return any(ip_address(text) in network for network in exceptions)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in network for network in REFUSED_V4)
    if address.scope_id is not None:  # a link of this machine
        return False
    if address in NAT64:
        inside = IPv4Address(int(address) & 0xFFFF_FFFF)
        return _is_public(inside) and not is_own(inside)
    return address in UNICAST_V6 and address.is_global and not any(address in network for network in REFUSED_V6)


def is_own(address: Address) -> bool:
    """Whether an interface of this machine has the address: what is sent to it would come from it.

    Connecting a datagram socket sends nothing; it asks the kernel's routes.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((str(address), 9))
            return ip_address(asked.getsockname()[0].partition("%")[0]) == address
    except OSError:  # no route there, or no such family
        return False
