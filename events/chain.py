"""What the hash of an event is made of, what a head says, and what a chain that was tampered with shows. Plain values.

    digest = SHA-256 of the data, as hexadecimal text
    line   = [id, seq, account, type, actor, receipt, time, digest]
    hash   = SHA-256 of (the hash of the event before, 32 bytes; for the first 32 zeros) and the line
    head   = ["executor.one audit head", account, seq, hash, seq of the head before, time signed]

Data, line and head are JSON as Postgres writes `jsonb`: `, ` and `: ` between, the names of an object by length and
then by bytes, no character escaped that need not be, no exponents. docs/examples/verify_audit.py writes the same from
what the API answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

ZEROS = bytes(32)
TITLE = "executor.one audit head"
SIGNED_WITHIN = timedelta(minutes=10)  # a head is signed every minute; so much later one is missing


@dataclass(frozen=True)
class SignedHead:
    """A head as it is stored; `account` None: the installation's."""

    account: str | None
    seq: int
    hash: bytes
    previous: int
    signed_at: datetime
    key: str
    signature: bytes

    @property
    def message(self) -> bytes:
        """What the signature is of."""
        return head_message(self.account, self.seq, self.hash, self.previous, self.signed_at)


@dataclass(frozen=True)
class Fault:
    """What is wrong with a chain, and where: the seq of an event."""

    seq: int
    what: str


def link(before: bytes, line: bytes) -> bytes:
    """The hash of the event with this line, behind the one with the hash `before`."""
    return hashlib.sha256(before + line).digest()


def iso(moment: datetime) -> str:
    """Microseconds and a Z, always: `2026-07-01T12:00:00.000000Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def head_message(account: str | None, seq: int, hash: bytes, previous: int, signed_at: datetime) -> bytes:
    """The bytes that are signed."""
    return json.dumps([TITLE, account, seq, hash.hex(), previous, iso(signed_at)], ensure_ascii=False).encode()


def head_faults(heads: Iterable[SignedHead], refusal: Callable[[SignedHead], str]) -> Iterator[Fault]:
    """What is wrong with the heads of one chain, in their order; `refusal`: why one is not believed, or nothing."""
    previous = 0
    for head in heads:
        if why := refusal(head):
            yield Fault(head.seq, why)
        if head.previous != previous:
            yield Fault(head.seq, f"a signed head is missing: this one follows {head.previous}, not {previous}")
        previous = head.seq


@dataclass
class Walk:
    """One chain, event by event in the order of their seqs. Heads are {seq: hash}."""

    heads: dict[int, bytes]
    seq: int = 0
    hash: bytes = ZEROS
    signed: int = field(init=False)

    def __post_init__(self) -> None:
        self.signed = max(self.heads, default=0)

    def step(self, seq: int, hash: bytes, line: bytes) -> Iterator[Fault]:
        """What is wrong with the next event. The one after it is held against its stored hash: faults do not spread."""
        if seq > self.seq + 1:
            yield Fault(self.seq + 1, f"missing up to {seq - 1}")
        elif seq <= self.seq:
            yield Fault(seq, "there more than once")
        elif link(self.hash, line) != hash:
            yield Fault(seq, "changed: its hash is another")
        if self.heads.get(seq, hash) != hash:
            yield Fault(seq, "replaced: a signed head has another hash")
        self.seq, self.hash = seq, hash

    def end(self, unsigned_since: datetime | None, now: datetime) -> Iterator[Fault]:
        """What the end shows; `unsigned_since`: when the first event happened that no head covers."""
        if self.seq < self.signed:
            yield Fault(self.seq + 1, f"cut off: up to {self.signed} was signed")
        if unsigned_since is not None and now - unsigned_since > SIGNED_WITHIN:
            yield Fault(self.signed + 1, "not signed, although it is old enough: a head is missing, or nobody signs")
