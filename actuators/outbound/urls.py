"""Addresses of http and https, read strictly: nothing is repaired, so no two readers can disagree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from actuators.given import Refused
from actuators.outbound.names import bad_host, host_of

LONGEST = 8192
SCHEME = re.compile(r"(?i)(https?)://")
PARTS = re.compile(r"(?P<authority>[^/?#]*)(?P<target>[^#]*)(?:#.*)?")
AUTHORITY = re.compile(r"(?:\[(?P<v6>[^\[\]]*)\]|(?P<name>[^:\[\]]*))(?::(?P<port>[0-9]{1,5}))?")
DEFAULT_PORTS = {"http": 80, "https": 443}
ASCII_OF_A_TARGET = "".join(map(chr, range(0x21, 0x7F)))
# Besides ASCII's: white space, and what turns or hides text, which people and programs read differently.
UNSEEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Url:
    """An address taken apart. ``target`` is what the request line says."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def authority(self) -> str:
        """As the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    def joined(self, location: str) -> Url:
        """Where a redirect from here to ``location`` leads."""
        _refuse_unseen(location)
        try:
            return parse_url(urljoin(str(self), location))
        except ValueError as error:  # urljoin has a mind of its own about brackets
            raise bad_host("The server redirects to something that is no address.") from error


def parse_url(text: str) -> Url:
    """Take an address apart, or Refused("bad_address"). What stands after # is left out: it is not sent."""
    if len(text) > LONGEST:
        raise bad_host(f"An address has at most {LONGEST} characters.")
    _refuse_unseen(text)
    scheme = SCHEME.match(text)
    if not scheme:
        raise bad_host("An address begins with https:// or http://.")
    parts = PARTS.fullmatch(text, scheme.end())
    if not parts:
        raise bad_host("This is no address.")
    host, port = parse_authority(parts["authority"])
    target = parts["target"]
    if not target.startswith("/"):
        target = f"/{target}"
    name = scheme[1].lower()
    return Url(name, host, port or DEFAULT_PORTS[name], quote(target, safe=ASCII_OF_A_TARGET))


def parse_authority(text: str) -> tuple[str, int | None]:
    """``host:port`` taken apart; the port is None where none is named."""
    _refuse_unseen(text)
    if "@" in text:
        raise bad_host("An address has no user and password in it: name a credential instead.")
    found = AUTHORITY.fullmatch(text)
    if not found:
        raise bad_host("An address is a host, and a port where it is not the usual one.")
    if found["v6"] is not None and ":" not in found["v6"]:
        raise bad_host("Only an IPv6 address stands in brackets.")
    host = host_of(found["name"] if found["v6"] is None else found["v6"])
    port = int(found["port"]) if found["port"] else None
    if port is not None and not 0 < port < 65536:
        raise bad_host("A port is a number from 1 to 65535.")
    return host, port


def _refuse_unseen(text: str) -> None:
    if UNSEEN.search(text):
        raise Refused("bad_address", "An address has no spaces, control characters or backslashes.")
