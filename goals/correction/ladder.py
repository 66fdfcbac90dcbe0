"""The ladder: what to try after a failure, in which order, how often and how soon (E-R20, E-R21, E-R31). Pure.

    known fix -> retry with backoff -> alternative -> escalate

The reasons for the numbers are in docs/decisions/0017-what-is-retried.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal
from uuid import UUID

from goals.correction.catalogue import Catalogue, catalogue
from memory.fixes import DoesNotFit, apply, check, digest
from memory.signature import Signature
from memory.standing import RETIRED_BELOW

MOST_TRIES = 6  # of one task, after its first
MOST_KNOWN_FIXES = 3
BACKOFF_SECONDS = {"transient": (1.0, 4.0, 16.0), "permanent": (), "unknown": (1.0,)}
# Nothing about the command will change that.
NOT_RUN = frozenset({"sandbox_unavailable", "cannot_start", "cancelled", "actuator_failed"})
NEUTRAL = 0.5  # the rank of a fix that was not used yet; below it, one failed more often than it worked
REASON_LENGTH = 500
SHOWN_LENGTH = 80
FixRung = Literal["known_fix", "alternative"]


@dataclass(frozen=True)
class Known:
    """A correction of this account for the signature. `id` is its row, `fix_id` the entry of the catalogue, or ""."""

    id: UUID
    fix: Mapping[str, Any]
    fix_id: str
    times_used: int
    times_worked: int
    rank: float
    retired: bool


@dataclass(frozen=True)
class Tried:
    """A try of this task that corrected an earlier one. `fix_digest` is "" for a mere repetition."""

    rung: str
    fix_digest: str = ""


@dataclass(frozen=True)
class Rung:
    """The next try: what runs, after how many seconds, and why. `correction` is the account's row, if it has one yet.

    `fix` and `fix_id` say what to record: a fix of the catalogue that is used for the first time has no row.
    """

    rung: Literal["known_fix", "backoff", "alternative"]
    reason: str
    actuator: str
    params: dict[str, Any]
    wait_seconds: float = 0.0
    fix: dict[str, Any] | None = None
    fix_id: str = ""
    correction: UUID | None = None


@dataclass(frozen=True)
class _Case:
    """A failure and what is known about it."""

    failure: Signature
    raw: str
    actuator: str
    params: Mapping[str, Any]
    known: Sequence[Known]
    tried: Sequence[Tried]
    doubted: bool
    shipped: Catalogue = field(default_factory=catalogue)

    @property
    def command(self) -> str:
        return str(self.params.get("command", ""))


def next_rung(
    failure: Signature,
    *,
    actuator: str,
    params: Mapping[str, Any],
    known: Sequence[Known],
    tried: Sequence[Tried],
    doubted: bool = False,
) -> Rung | None:
    """The next try after `failure`, or None: nothing is left, escalate.

    `actuator`, `params`: what a fix is applied to: what ran, where it failed
    otherwise than the try before it, else what ran before that (a fix that changed nothing is not piled up).
    `known`: the account's corrections of this signature, retired ones too. `tried`: every corrected try of this task.
    `doubted`: its plan is from memory and may be out of date, so that planning anew comes before mere hope: only what
    is known to heal this failure, or passes with time, is tried.
    """
    if len(tried) >= MOST_TRIES or failure.exit_class in NOT_RUN:
        return None
    case = _Case(failure, failure.raw, actuator, params, known, tried, doubted)
    used = sum(each.rung == "known_fix" for each in tried)
    found = next(_fixes(case, "known_fix"), None) if used < MOST_KNOWN_FIXES else None
    return found or _backoff(case) or next(_alternatives(case), None)


def escalation(failure: Signature, tried: Sequence[Tried]) -> str:
    """What was tried, as a sentence for the person who has to go on."""
    if not tried:
        kind = catalogue().kind(failure, failure.raw)
        return f"It was not tried again. {kind.reason}" if kind else "It was not tried again."
    names = {"known_fix": ("a known fix", "{} known fixes"), "backoff": ("a retry", "{} retries"),
             "alternative": ("an alternative", "{} alternatives")}  # fmt: skip
    counts = {rung: sum(each.rung == rung for each in tried) for rung in names}
    said = [names[rung][count > 1].format(count) for rung, count in counts.items() if count]
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    return f"It failed again after {listed}."


def _fixes(case: _Case, rung: FixRung) -> Iterator[Rung]:
    """The account's own fixes, the best first, the catalogue's before those that mostly failed here.

    Never one that was tried for this task.
    """
    mine = sorted(case.known, key=lambda known: (-known.rank, -known.times_worked, str(known.id)))
    mine = [known for known in mine if _is_usable(case, known) and _rung_of(case, known) == rung]
    for known in mine:
        if known.rank >= NEUTRAL:
            yield from _own(case, rung, known)
    yield from _shipped(case, rung)
    for known in mine:
        if known.rank < NEUTRAL:
            yield from _own(case, rung, known)


def _is_usable(case: _Case, known: Known) -> bool:
    done = {each.fix_digest for each in case.tried}
    return not known.retired and known.rank >= RETIRED_BELOW and digest(known.fix) not in done


def _rung_of(case: _Case, known: Known) -> FixRung:
    """A fix that the catalogue keeps for the end of the ladder stays there until it has worked here."""
    if known.times_worked or not known.fix_id:
        return "known_fix"
    return next((entry.rung for entry in case.shipped.entries if entry.id == known.fix_id), "known_fix")


def _own(case: _Case, rung: FixRung, known: Known) -> Iterator[Rung]:
    """A fix of the account, with how it did here."""
    values = _values(case, known)
    if values is None:
        return
    used = f"worked {known.times_worked} of {known.times_used} times" if known.times_used else "used for the first time"
    reason = f"Known fix, {used}"
    if known.fix_id:
        reason = f"{reason}: {title(known.fix_id)}"
    yield from _applied(case, rung, known.fix, values, reason, known)


def _values(case: _Case, known: Known) -> dict[str, str] | None:
    """What a fix of the account is filled in with; None: it came from a catalogue that would not apply it here.

    A signature says less than an entry: not what ran, for one. An entry that was taken out or has changed since is
    not applied from memory either.
    """
    mine = dict(case.failure.values)
    if not known.fix_id:
        return mine
    for entry, values in case.shipped.fixes(case.failure, case.raw, case.command):
        if entry.id == known.fix_id and digest(entry.fix) == digest(known.fix):
            return {**mine, **values}
    return None


def _shipped(case: _Case, rung: FixRung) -> Iterator[Rung]:
    """The catalogue's fixes for this rung, but for those that the account has a record of."""
    done = {each.fix_digest for each in case.tried} | {digest(known.fix) for known in case.known}
    for entry, values in case.shipped.fixes(case.failure, case.raw, case.command):
        if entry.rung == rung and digest(entry.fix) not in done:
            shown = {name: value[:SHOWN_LENGTH] for name, value in values.items()}
            reason = entry.reason.format_map(_Shown(shown))
            yield from _applied(case, rung, entry.fix, {**case.failure.values, **values}, reason, entry.id)


class _Shown(dict[str, str]):
    """What a reason's {path} stands for; a value that the error does not say stays out."""

    def __missing__(self, key: str) -> str:
        return "it"


def _applied(
    case: _Case,
    rung: FixRung,
    fix: Mapping[str, Any],
    values: Mapping[str, str],
    reason: str,
    source: Known | str,
) -> Iterator[Rung]:
    """The fix, if it fits. One that was kept before a rule became stricter, and breaks it, does not."""
    if check(fix):
        return
    try:
        applied = apply(fix, actuator=case.actuator, params=case.params, values=values)
    except DoesNotFit:
        return
    yield Rung(
        rung, reason[:REASON_LENGTH], applied.actuator, applied.params, applied.wait_seconds, dict(fix),
        source.fix_id if isinstance(source, Known) else source, source.id if isinstance(source, Known) else None,
    )  # fmt: skip


@lru_cache(maxsize=1)
def shipped_digests() -> tuple[str, ...]:
    """What the catalogue's fixes are recorded under."""
    return tuple(digest(entry.fix) for entry in catalogue().entries)


def title(fix_id: str) -> str:
    """What a fix of the catalogue does, in words that name no failure."""
    return next((entry.title for entry in catalogue().entries if entry.id == fix_id), fix_id)


def _backoff(case: _Case) -> Rung | None:
    """The same again, later: as often as the kind of the failure lets hope."""
    kind = case.shipped.kind(case.failure, case.raw)
    hopes = kind.kind if kind else "unknown"
    waits = () if case.doubted and hopes != "transient" else BACKOFF_SECONDS[hopes]
    done = sum(each.rung == "backoff" for each in case.tried)
    if done >= len(waits):
        return None
    why = kind.reason if kind else "The error is not a known one; it may pass."
    reason = f"Retry {done + 1} of {len(waits)} after {waits[done]:g} s. {why}"
    return Rung("backoff", reason[:REASON_LENGTH], case.actuator, dict(case.params), waits[done])


def _alternatives(case: _Case) -> Iterator[Rung]:
    """Another way to the same end, once in a task's life."""
    if not case.doubted and not any(each.rung == "alternative" for each in case.tried):
        yield from _fixes(case, "alternative")
