"""Where an audit stream leads: which fields each kind has, what they must be, and how they are kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.conf import settings

from actuators.given import Refused
from actuators.outbound import Url, host_of, parse_url
from executor_one.kit.errors import Malformed, NotBuilt
from webhooks.models import AuditStream
from webhooks.targets import address_fault, may_be_readable, port_fault, target_of

Kind = AuditStream.Kind
# The fields of each kind, and what they are when they are not said; None: they must be.
FIELDS: dict[str, dict[str, Any]] = {
    Kind.SPLUNK_HEC: {"url": None, "secret": None},
    Kind.HTTP_JSON: {"url": None, "format": AuditStream.Format.ARRAY, "secret": ""},
    Kind.SYSLOG: {"host": None, "port": 6514, "protocol": AuditStream.Protocol.TLS},
    Kind.FILE: {},
}
NAMES = ("url", "format", "host", "port", "protocol", "secret")
COLLECTOR = "/services/collector/event"  # where Splunk takes events, for an address without a path
TOKEN = re.compile(r"[!-~]+")
HEADER_VALUE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
NO_FOLDER = "This installation writes no audit streams into files: its operator has not set AUDIT_STREAM_DIR."
AFRESH = "Give the secret too: the one that is kept was given for another server."


def new_target(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The target of a new stream as it is kept, with its `secret` if it has one; Malformed names the field."""
    if kind == Kind.FILE and settings.AUDIT_STREAM_DIR is None:
        raise NotBuilt(NO_FOLDER)
    _refuse_others(kind, given)
    target = {**FIELDS[kind], **given}
    for name, value in target.items():
        if value is None:
            raise wrong(name, f"A stream of kind {kind} needs this.")
    return _checked(kind, target)


def changed_target(row: AuditStream, given: Mapping[str, Any]) -> dict[str, Any]:
    """What changes of a stream's target. A secret goes to no other server: who may change it could read it."""
    if not given:
        return {}
    _refuse_others(row.kind, given)
    kept = {name: getattr(row, name) for name in FIELDS[row.kind] if name != "secret"}
    changed = {name: value for name, value in _checked(row.kind, {**kept, **given}).items() if name in given}
    if row.sealed and "url" in changed and "secret" not in changed and _origin(changed["url"]) != _origin(row.url):
        raise wrong("secret", AFRESH)
    return changed


def host_in(row: AuditStream) -> str:
    """The host of a target, which is all that events say of it; "" for a file."""
    return parse_url(row.url).host if row.url else row.host


def wrong(name: str, message: str) -> Malformed:
    return Malformed(f"{name}: {message}", errors={name: [message]})


def _refuse_others(kind: str, given: Mapping[str, Any]) -> None:
    for name in given:
        if name not in FIELDS[kind]:
            raise wrong(name, f"A stream of kind {kind} has no such field.")


def _checked(kind: str, target: dict[str, Any]) -> dict[str, Any]:
    if "url" in target:
        target["url"] = str(_address(kind, target["url"]))
    if "host" in target:
        target["host"] = _host(target["host"], target["port"], target["protocol"])
    if secret := target.get("secret"):
        pattern = TOKEN if kind == Kind.SPLUNK_HEC else HEADER_VALUE
        if not pattern.fullmatch(secret):
            raise wrong("secret", "This has characters that a header cannot have.")
    elif kind == Kind.SPLUNK_HEC and "secret" in target:
        raise wrong("secret", "Splunk takes nothing without a token.")
    return target


def _address(kind: str, text: str) -> Url:
    url = target_of(text)
    return replace(url, target=COLLECTOR) if kind == Kind.SPLUNK_HEC and url.target == "/" else url


def _host(text: str, port: int, protocol: str) -> str:
    try:
        host = host_of(text)
    except Refused as refusal:
        raise wrong("host", str(refusal)) from None
    if fault := port_fault(port):
        raise wrong("port", fault)
    if fault := address_fault(host):
        raise wrong("host", fault)
    if protocol != AuditStream.Protocol.TLS and not may_be_readable(host):
        raise wrong("protocol", "Use tls: what is sent is not for everybody on the way.")
    return host


def _origin(url: str) -> tuple[str, str, int]:
    return parse_url(url).origin
