"""The history of an executor's four values: what was sampled, and what the formulas say of the time between.

The first beat of every five minutes writes a sample along with what it writes anyway. An executor with an open goal
beats every few seconds, so five minutes without a sample are five minutes at rest: nothing is open, and fatigue decays
from what it was at the last beat, which the next sample remembers. An idle account writes nothing and costs nothing.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from executor_one.kit import tenancy
from executor_one.kit.batch import Batch, columns, load
from goals import formulas
from goals.models import ExecutorState, StateSample
from goals.queries import RECENT, values_of
from memory.registry import CRYSTALLIZED

EVERY = 300  # seconds
SPAN = timedelta(hours=24)
KEPT = SPAN + timedelta(hours=1)  # a little longer, so that the oldest time that is shown is known too
NAMES = ("urgency", "confidence", "fatigue", "curiosity")

WEIGHT = " ".join(f"WHEN '{priority}' THEN {weight}" for priority, weight in formulas.WEIGHTS.items())
HORIZON = formulas.HORIZON_SECONDS
# formulas.urgency in SQL: a beat has not read every open goal, and asking would be a round trip more.
SAMPLE = f"""
    INSERT INTO goals_statesample
        (account_id, at, confidence, fatigue, beat_before, fatigue_before, urgency, novel, recent)
    SELECT $1, $2, $3, $4, $5, $6, (
        SELECT coalesce(max(CASE priority {WEIGHT} END * (1 - 0.5 * least(1, greatest(0,
            coalesce(extract(epoch FROM deadline - $2::timestamptz)::float8, {HORIZON})) / {HORIZON}))), 0)
        FROM goals_goal WHERE account_id = $1 AND state IN ('pending', 'planning', 'executing')
    ), count(*) FILTER (WHERE planner <> '{CRYSTALLIZED}'), count(*)
    FROM (SELECT planner FROM goals_goal WHERE account_id = $1 AND kind = 'goal'
        ORDER BY created_at DESC LIMIT {RECENT}) lately"""  # noqa: S608 - names and numbers of ours
FORGET = "DELETE FROM goals_statesample WHERE account_id = $1 AND at < $2"
SAMPLES = f"""
    SELECT {columns(StateSample, "sample")} FROM goals_statesample sample
    WHERE account_id = $1 AND at >= $2 ORDER BY at"""  # noqa: S608


def slot(moment: datetime) -> int:
    """Which five minutes it belongs to, counted since 1970."""
    return int(moment.timestamp() // EVERY)


def add_sample(batch: Batch, state: ExecutorState, before: datetime, fatigue_before: float) -> None:
    """If this is the first beat of its five minutes, add the sample, after what the beat writes of goals.

    `state` is what the beat leaves, the other two are what it found. Samples that nobody is shown any more go.
    """
    now = state.assessed_at
    if slot(before) == slot(now) and state.tick_count > 1:
        return
    confidence = formulas.confidence(state.succeeded, state.failed)
    batch.sql(SAMPLE, state.account_id, now, confidence, state.fatigue, before, fatigue_before)
    batch.sql(FORGET, state.account_id, now - KEPT)


def add_samples(batch: Batch, now: datetime) -> None:
    """Ask for the active account's samples; `history` takes their rows."""
    batch.sql(SAMPLES, tenancy.active_account_id(), now - KEPT)


@dataclass(frozen=True)
class Point:
    """The four values at one time; `sampled` when they were written then, else the formulas say them."""

    at: datetime
    urgency: float
    confidence: float
    fatigue: float
    curiosity: float
    sampled: bool


def history(
    rows: Sequence[Sequence[Any]], state: ExecutorState, current: dict[str, Any], now: datetime
) -> list[Point | None]:
    """The last 24 hours, a point every five minutes and one for now; None where nothing is known.

    `current` are the values of this moment. Unknown is what was before the first sample, and what is since the last
    beat of an executor that should beat, because something is open.
    """
    samples = [load(StateSample, row) for row in rows]
    by_slot = {slot(sample.at): sample for sample in samples}
    times = [sample.at for sample in samples]
    last = slot(now)
    points: list[Point | None] = []
    for number in range(last - int(SPAN.total_seconds()) // EVERY, last):
        if found := by_slot.get(number):
            points.append(_sampled(found))
            continue
        at = datetime.fromtimestamp(number * EVERY, UTC)
        following = bisect_right(times, at)
        if following < len(samples):
            points.append(_at_rest(at, _sampled(samples[following]), samples[following]))
        else:
            points.append(_since(at, state, current))
    return [*points, Point(now, **{name: current[name] for name in NAMES}, sampled=False)]


def state_history() -> list[Point | None]:
    """The same of the active account, asked for now."""
    now, batch = timezone.now(), Batch()
    state = ExecutorState.objects.first() or ExecutorState(assessed_at=now)
    add_samples(batch, now)
    return history(batch.run()[0], state, values_of(state, now), now)


def _sampled(sample: StateSample) -> Point:
    curiosity = formulas.curiosity(sample.novel, sample.recent)
    values = (round(value, 4) for value in (sample.urgency, sample.confidence, sample.fatigue, curiosity))
    return Point(sample.at, **dict(zip(NAMES, values, strict=True)), sampled=True)


def _at_rest(at: datetime, then: Point, following: StateSample) -> Point | None:
    """What it was before a sample, when it had been at rest since the beat before that one."""
    if at < following.beat_before:
        return None
    fatigue = formulas.fatigue(following.fatigue_before, 0, (at - following.beat_before).total_seconds())
    return Point(at, 0.0, then.confidence, round(fatigue, 4), then.curiosity, sampled=False)


def _since(at: datetime, state: ExecutorState, current: dict[str, Any]) -> Point | None:
    """The same after the last sample: from the executor's own row."""
    if at < state.assessed_at or current["urgency"]:
        return None
    fatigue = formulas.fatigue(state.fatigue, 0, (at - state.assessed_at).total_seconds())
    return Point(at, 0.0, current["confidence"], round(fatigue, 4), current["curiosity"], sampled=False)
