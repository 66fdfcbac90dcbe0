"""The history of the executor's values: sampled while it works, reckoned while it rests, else unknown."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from executor_one.kit.batch import _Session
from executor_one.kit.tenancy import account_scope
from executor_one.overview import path_of
from goals import loop
from goals.models import ExecutorState, Goal, StateSample
from goals.queries import executor_state
from goals.sampling import EVERY
from tests.pages.visitors import visitor

JSON, HISTORY = "application/json", "/api/state/history"
NINE = datetime(2026, 3, 5, 9, 1, 0, tzinfo=UTC)
NAMES = ("urgency", "confidence", "fatigue", "curiosity")


@pytest.fixture
def clock(member):
    """`clock(minutes)` moves the time to so many minutes after nine; the member is older than that."""
    with time_machine.travel(NINE, tick=False) as traveller:
        yield lambda minutes: traveller.move_to(NINE + timedelta(minutes=minutes), tick=False)


def state(api, **more):
    body = {"description": "sampled", "semanticPath": ["true"], **more}
    answer = api.post("/api/goals", body, content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def beat(member):
    loop.tick(member.id)


def samples(member):
    with account_scope(member.id):
        return list(StateSample.objects.order_by("at"))


def points(api):
    answer = api.get(HISTORY)
    assert answer.status_code == 200
    return {datetime.fromisoformat(one["at"]).strftime("%H:%M:%S"): one for one in answer.json()["data"]}


def test_the_first_beat_of_five_minutes_is_sampled_and_no_other(member, api, clock, work):
    assert state(api)
    assert work() == 1
    for minutes in (1, 2, 3.9):
        clock(minutes)
        beat(member)
    assert [one.at for one in samples(member)] == [NINE]
    clock(4)
    beat(member)
    beat(member)
    assert [one.at for one in samples(member)] == [NINE, NINE + timedelta(minutes=4)]


@pytest.mark.parametrize("deadline", [None, -5, 90, 60 * 23, 60 * 50])
@pytest.mark.parametrize("priority", ["low", "normal", "high", "critical"])
def test_E12_a_sample_is_what_the_api_says_at_that_moment(member, api, clock, work, priority, deadline):
    state(api, description="done before")
    assert work() == 1
    state(api, priority=priority)
    state(api, priority="low")
    if deadline is not None:
        with account_scope(member.id):
            due = NINE + timedelta(minutes=5 + deadline)
            # Not due for a beat: the loop would fail a goal whose deadline has passed.
            Goal.objects.filter(priority=priority, finished_at=None).update(
                deadline=due, wake_at=NINE + timedelta(hours=1)
            )
    clock(5)
    beat(member)
    found = samples(member)[-1]
    with account_scope(member.id):
        expected = executor_state()
    assert found.at == NINE + timedelta(minutes=5)
    assert found.urgency == pytest.approx(expected["urgency"], abs=1e-4)
    assert found.confidence == pytest.approx(expected["confidence"], abs=1e-4)
    assert found.fatigue == pytest.approx(expected["fatigue"], abs=1e-4)
    assert (found.novel + 3) / (found.recent + 10) == pytest.approx(expected["curiosity"], abs=1e-4)


def test_at_rest_nothing_is_urgent_and_fatigue_decays_from_the_last_beat(member, api, clock, work):
    state(api)
    clock(3)
    beat(member)  # one of eight slots was busy for three minutes
    assert work() == 1
    with account_scope(member.id):
        tired = ExecutorState.objects.get().fatigue
    assert tired > 0.02
    clock(64)
    for line in (points(api), None):
        if line is None:  # the same hour, told by the sample that follows it
            state(api, description="another", priority="critical")
            line = points(api)
        rest = line["09:30:00"]
        assert (rest["sampled"], rest["urgency"]) == (False, 0)
        assert rest["fatigue"] == pytest.approx(tired * math.exp(-26 * 60 / 600), abs=1e-4)
        assert line["09:01:00"]["sampled"]
        assert line["09:01:00"]["urgency"] > 0
        assert min(line) == "09:01:00", "before its first goal nothing is known"
    assert line["10:05:00"]["urgency"] == 0.5


def test_the_last_point_is_what_the_state_is_now(member, api, clock):
    state(api, priority="high")
    clock(2)
    now, last = api.get("/api/state").json(), api.get(HISTORY).json()["data"][-1]
    assert {name: last[name] for name in NAMES} == {name: now[name] for name in NAMES}


def test_while_something_is_open_but_nothing_beats_nothing_is_known(member, api, clock):
    state(api)
    clock(60)
    assert [*points(api)] == ["09:01:00", "10:01:00"]


def test_there_are_at_most_a_day_of_points_and_an_hour_more_of_samples(member, api, clock, work):
    state(api, selfCorrect=False)
    for minutes in range(0, 26 * 60, EVERY // 60):
        clock(minutes)
        beat(member)
    kept = samples(member)
    assert len(kept) <= 25 * 60 // 5 + 1
    assert kept[-1].at - kept[0].at <= timedelta(hours=25)
    data = api.get(HISTORY).json()["data"]
    assert len(data) == 24 * 60 // 5 + 1
    assert [one["at"] for one in data] == sorted({one["at"] for one in data})


def test_a_beat_that_samples_takes_no_round_trip_more_and_others_not_a_statement(member, api, clock, monkeypatch):
    trips, run = [], _Session.run

    def counted(session, calls):
        trips.append(len(calls))
        return run(session, calls)

    state(api)
    for minutes in (0, 5):  # whatever a connection prepares once is prepared
        clock(minutes)
        beat(member)
    monkeypatch.setattr(_Session, "run", counted)
    cost = []
    for minutes in (6, 10):
        clock(minutes)
        trips.clear()
        beat(member)
        cost.append((len(trips), sum(trips)))
    (usual, statements), sampling = cost
    assert sampling == (usual, statements + 2), "the sample, and forgetting old ones"


def test_nobody_sees_the_history_of_another(member, api, clock, make_member, client_of):
    state(api)
    other = make_member("two@example.com")
    assert len(client_of(other.key).get(HISTORY).json()["data"]) == 1
    with account_scope(other.id):
        assert not StateSample.objects.exists()


def test_the_overview_draws_it_beside_the_gauges(member, api, clock, work):
    state(api)
    assert work() == 1
    clock(70)
    html = visitor(member).get("/dashboard").content.decode()
    drawn = re.findall(r'class="spark".*?aria-label="([^"]+)".*?<path d="([^"]*)">', html)
    assert [told.split(" ")[0] for told, _ in drawn] == ["Urgency", "Confidence", "Fatigue", "Curiosity"]
    assert all(re.fullmatch(r"([MLh]-?[\d.]+( -?[\d.]+)?)+", path) for _, path in drawn)
    assert drawn[0][0] == "Urgency in the last 1 h: between 0.00 and 0.25, now 0.00"
    assert '<p class="muted text-xs">last 1 h</p>' in html
    for _, path in drawn:  # from the first sample at the left edge to now at the right one
        assert path.startswith("M0.0 ")
        assert re.search(r"L288\.0 [\d.]+$", path)


def test_a_line_is_broken_where_nothing_is_known_and_short_where_nothing_changes():
    assert path_of([0.0, 0.0, 0.0, 0.0, 1.0]) == "M0.0 31.0L216.0 31.0L288.0 1.0"
    assert path_of([None, 1.0, 1.0, None, 0.0]) == "M72.0 1.0L144.0 1.0M288.0 31.0h-72.0"
    assert path_of([None, None]) == ""
