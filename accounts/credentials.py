"""What a credential may hold, where it may go, and what it is bound to. Plain values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

# What the values of each kind are called; those of `env` are called as the customer likes.
FIELDS: dict[str, tuple[str, ...]] = {
    "bearer": ("token",),
    "basic": ("username", "password"),
    "header": ("name", "value"),
    "database": ("username", "password"),
    "registry": ("username", "password"),
    "env": (),
}
KINDS = tuple(FIELDS)
BEARER, HEADER, ENV = "bearer", "header", "env"

LONGEST_KEY, LONGEST_DESCRIPTION, LONGEST_HOST = 100, 500, 255
LARGEST = 65_536  # bytes of all values together, as JSON
MOST_HOSTS, MOST_VARIABLES = 50, 100
KEY = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
# What frames a request or says to whom it goes belongs to the client, not to a customer's header.
FRAMING = {"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"}
VISIBLE = re.compile(r"[\x20-\x7e]+")  # what a header can carry
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"{LABEL}(?:\.{LABEL})*")
BELOW = re.compile(rf"\*\.{LABEL}(?:\.{LABEL})+")
LIKE_A_NUMBER = re.compile(r"(?:\d+|0x[0-9a-f]*)")
FORMAT = 1  # of what a credential is bound to


class Wrong(Exception):
    """A field does not fit; neither it nor its text shows the value."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


def known_key(raw: str) -> bool:
    """Whether this can be a credential's key: names with slashes between, as in an address."""
    return len(raw) <= LONGEST_KEY and bool(KEY.fullmatch(raw)) and not {".", ".."} & {*raw.split("/")}


def key_of(raw: str) -> str:
    if not known_key(raw):
        raise Wrong("key", f"Use 1-{LONGEST_KEY} of A-Z, a-z, 0-9, dot, underscore and dash, with single / between.")
    return raw


def kind_of(raw: str) -> str:
    if raw not in FIELDS:
        raise Wrong("kind", f"This must be one of {', '.join(KINDS)}.")
    return raw


def values_of(kind: str, given: Any) -> dict[str, str]:
    """A credential's values as they are kept; a bearer's token may come as a text alone."""
    if kind == BEARER and isinstance(given, str):
        given = {"token": given}
    if not isinstance(given, Mapping) or not all(isinstance(one, str) for pair in given.items() for one in pair):
        wanted = " and ".join(FIELDS[kind]) or "names of variables"
        raise Wrong("value", f"A credential of kind {kind} takes an object: {wanted}, each with a text.")
    values = dict(given)
    for text in (*values, *values.values()):
        _refuse_unreadable(text)
    if len(json.dumps(values, ensure_ascii=False).encode()) > LARGEST:
        raise Wrong("value", "This is larger than 64 KiB.")
    if kind == ENV:
        _check_variables(values)
    else:
        _check_fields(kind, values)
    return values


def _refuse_unreadable(text: str) -> None:
    if "\x00" in text:
        raise Wrong("value", "A NUL character is not allowed.")
    try:
        text.encode()
    except UnicodeEncodeError:  # its cause would show a part of the text
        raise Wrong("value", "This is not Unicode text.") from None


def _check_variables(values: Mapping[str, str]) -> None:
    if not 1 <= len(values) <= MOST_VARIABLES:
        raise Wrong("value", f"Give 1-{MOST_VARIABLES} variables.")
    if not all(VARIABLE.fullmatch(name) for name in values):
        raise Wrong("value", "A variable's name has letters, digits and underscores, and begins with no digit.")


def _check_fields(kind: str, values: Mapping[str, str]) -> None:
    if {*values} != {*FIELDS[kind]}:
        raise Wrong("value", f"A credential of kind {kind} has these: {', '.join(FIELDS[kind])}.")
    if any(CONTROL.search(text) for text in values.values()):
        raise Wrong("value", "A line break or another control character is not allowed in it.")
    if not any(values.values()):
        raise Wrong("value", "This is empty.")
    if kind in (BEARER, HEADER) and not all(VISIBLE.fullmatch(text) for text in values.values()):
        raise Wrong("value", "A header carries letters, digits and signs of ASCII only, and at least one.")
    if kind == HEADER and (not HEADER_NAME.fullmatch(values["name"]) or values["name"].lower() in FRAMING):
        raise Wrong("value", "This header cannot be set.")
    if kind == "basic" and ":" in values["username"]:
        raise Wrong("value", "A user name of kind basic has no colon.")


def shown(kind: str, values: Mapping[str, str]) -> str | dict[str, str]:
    """The values as the API shows them, and takes them again."""
    return values["token"] if kind == BEARER else dict(values)


def hosts_of(kind: str, given: Sequence[str]) -> list[str]:
    """Where a credential may go, in lower case and each once."""
    if kind == ENV and given:
        raise Wrong("hosts", "The variables of a command go wherever the command sends them: leave this out.")
    found = list(dict.fromkeys(_host_of(raw) for raw in given))
    if len(found) > MOST_HOSTS:
        raise Wrong("hosts", f"These are more than {MOST_HOSTS}.")
    return found


def _host_of(raw: str) -> str:
    """`api.example.com`, `*.example.com` or an address of IP, the way that clients write it."""
    text = raw.strip().lower().removesuffix(".")
    try:
        return str(ip_address(text.removeprefix("[").removesuffix("]")))
    except ValueError:
        pass
    if not text.isascii():
        try:
            text = text.encode("idna").decode()
        except UnicodeError:
            text = ""
    named = HOST.fullmatch(text) or BELOW.fullmatch(text)
    if not named or len(text) > LONGEST_HOST or LIKE_A_NUMBER.fullmatch(text.rpartition(".")[2]):
        raise Wrong("hosts", "Name a host: api.example.com, *.example.com or an IP address; no port, path or scheme.")
    return text


def bound_to(account: str, key: str, kind: str, hosts: Sequence[str]) -> bytes:
    """What a sealed credential opens with: moved to another place, or allowed to go elsewhere, it does not."""
    return json.dumps([FORMAT, account, key, kind, list(hosts)]).encode()


def names_in(actuator: str, params: Mapping[str, Any]) -> list[str]:
    """The keys of the credentials that a task's params name; what is no text is left for the params' own check."""
    named = params.get("credentials") if actuator == "shell" else [params.get("credential")]
    found = named if isinstance(named, list | tuple) else []
    return list(dict.fromkeys(name for name in found if isinstance(name, str) and name))
