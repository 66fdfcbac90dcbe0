"""A credential that goes along with a request: to its own hosts alone, and never where others can read it."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping

from actuators.given import Refused, Secret
from actuators.outbound.names import matches
from actuators.outbound.urls import Url

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
NOT_IN_A_HEADER = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# What says who asks, whatever it is called: it does not go on to another origin, and is not told in an answer.
TELLING = frozenset({"authorization", "authentication", "cookie", "cookie2", "auth", "token", "secret", "password"})
TELLING_KEYS = frozenset({"api", "access", "auth", "private", "secret", "subscription", "functions"})


def is_telling(header: str) -> bool:
    """Whether a header of this name carries a secret: Authorization, Set-Cookie, X-Api-Key, X-Auth-Token, apikey."""
    words = header.lower().replace("_", "-").split("-")
    if TELLING & set(words) or words[-1] in ("apikey", "accesskey"):
        return True
    return len(words) > 1 and words[-1] == "key" and words[-2] in TELLING_KEYS


def credential_header(secret: Secret, url: Url) -> tuple[str, str]:
    """The header that proves who asks, or Refused: ``credential_host`` where the secret is not for this host."""
    if not matches(url.host, secret.hosts):
        known = ", ".join(secret.hosts) or "no host"
        raise Refused("credential_host", f"The credential is for {known}, not for {url.host}.")
    name, value = _header(secret.kind, secret.values)
    if not HEADER_NAME.fullmatch(name) or not value or NOT_IN_A_HEADER.search(value):
        raise Refused("credential_kind", "The credential has characters that a header cannot have.")
    return name, value


def _header(kind: str, values: Mapping[str, str]) -> tuple[str, str]:
    try:
        if kind == "bearer":
            return "Authorization", f"Bearer {values['token']}"
        if kind == "basic":
            pair = f"{values['username']}:{values['password']}"
            return "Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"
        if kind == "header":
            return values["name"], values["value"]
    except KeyError as error:
        raise Refused("credential_kind", f"The credential has no {error.args[0]}.") from error
    raise Refused("credential_kind", f"A credential of kind {kind} is not for HTTP: bearer, basic and header are.")
