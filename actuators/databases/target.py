"""Where a database is and who asks it; and why not."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import certifi

from actuators.given import Given, Reach, Refused, Secret
from actuators.outbound import checked_addresses

PORTS = {"postgresql": 5432, "mysql": 3306}
LOWEST_PORT = 1024  # below are mail, shells and the like, which have no business with us unless the operator says so
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"(?=.{{1,253}}\Z){LABEL}(\.{LABEL})*\.?\Z", re.IGNORECASE)
AUTHORITIES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
MAX_ADDRESSES = 4
TLS = ("verify", "encrypt", "off")


@dataclass(frozen=True)
class Target:
    """A server that may be dialled, at one of ``addresses`` and nowhere else; ``host`` is its name in certificates."""

    host: str
    port: int
    addresses: tuple[str, ...]
    database: str
    username: str
    password: str = field(repr=False)
    tls: str
    authorities: str = ""  # the file of those that may vouch for it: see authorities()

    def without_secrets(self, message: str) -> str:
        """A server's message as it can be shown and kept."""
        if self.password:
            message = message.replace(self.password, "***")
        return message.replace("\0", "\ufffd").strip()[:2000]


def check_host(host: object) -> str | None:
    """Why this is not the name or address of one host, or None. No list, no path, nothing that a driver would read."""
    if isinstance(host, str):
        if HOST.match(host):
            return None
        try:
            if "%" not in host and ip_address(host):
                return None
        except ValueError:
            pass
    return "The host must be one name, like db.example.com, or one IP address."


async def find_target(params: Mapping[str, Any], given: Given) -> Target:
    """Resolve, once, and check everything. Raises Refused."""
    host, port = params["host"].lower().rstrip("."), params.get("port", PORTS[params["engine"]])
    _refuse_port(port, given.reach)
    username, password = _login(params, given, host)
    addresses = tuple(await checked_addresses(host, port, given.reach))[:MAX_ADDRESSES]
    tls = params.get("tls", "verify")
    if tls != "verify" and not all(_is_exception(address, given.reach) for address in addresses):
        raise Refused("tls_required", f"tls {tls!r} is only for private networks that the operator has opened.")
    return Target(host, port, addresses, params["database"], username, password, tls, authorities())


def _refuse_port(port: int, reach: Reach) -> None:
    allowed = port in reach.ports if reach.ports else port >= LOWEST_PORT
    if not allowed:
        raise Refused("blocked_address", f"Port {port} cannot be reached from here.")


def _login(params: Mapping[str, Any], given: Given, host: str) -> tuple[str, str]:
    if "credential" not in params:
        return params["username"], ""
    secret = given.secrets.get(params["credential"])
    if secret is None:
        raise Refused("credential_unknown", f"There is no credential {params['credential']} for this.")
    if secret.kind != "database":
        raise Refused("credential_kind", f"The credential is of kind {secret.kind}, not database.")
    if not may_go_to(secret, host):
        raise Refused("credential_host", f"The credential may not be sent to {host}.")
    return secret.values["username"], secret.values.get("password", "")


def may_go_to(secret: Secret, host: str) -> bool:
    """Whether ``host`` is one of the secret's, or below one that begins with ``*.``."""
    host = host.lower().rstrip(".")
    for pattern in secret.hosts:
        wanted = pattern.lower().rstrip(".")
        if host == wanted or (wanted.startswith("*.") and host.endswith(wanted[1:]) and host != wanted[1:]):
            return True
    return False


def _is_exception(address: str, reach: Reach) -> bool:
    parsed = ip_address(address.partition("%")[0])
    return any(parsed in network for network in reach.exceptions)


def authorities() -> str:
    """The file of certificate authorities: the operator's (SSL_CERT_FILE), the system's, or certifi's.

    The drivers bring libraries of their own, which look for it in places of their own.
    """
    for name in (ssl.get_default_verify_paths().cafile, *AUTHORITIES):
        if name and Path(name).is_file():
            return name
    return certifi.where()
