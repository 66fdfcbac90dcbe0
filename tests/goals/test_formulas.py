"""The published formulas, as tables."""

import pytest

from goals.formulas import confidence, curiosity, fatigue, nearness, urgency


@pytest.mark.parametrize(("left", "expected"), [(None, 0.5), (86400, 0.5), (1e9, 0.5), (43200, 0.75), (0, 1), (-5, 1)])
def test_nearness_rises_over_the_last_day(left, expected):
    assert nearness(left) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("goals", "expected"),
    [
        ([], 0),
        ([("low", None)], 0.125),
        ([("low", -1), ("normal", None)], 0.25),
        ([("critical", -1)], 1),
    ],
)
def test_E12_urgency_is_the_most_pressing_goal(goals, expected):
    assert urgency(goals) == pytest.approx(expected)


def test_E12_confidence_starts_at_065_and_follows_outcomes():
    assert confidence(0, 0) == pytest.approx(0.65)
    assert confidence(100, 0) > 0.9
    assert confidence(0, 100) < 0.2


def test_E12_fatigue_settles_on_the_busy_share_and_fades():
    assert fatigue(0, 1, 0) == 0
    assert fatigue(0, 1, 6000) == pytest.approx(1, abs=1e-3)
    assert fatigue(1, 0, 600) == pytest.approx(0.3679, abs=1e-3)


def test_E12_curiosity_starts_at_03():
    assert curiosity(0, 0) == pytest.approx(0.3)
    assert curiosity(50, 50) == pytest.approx(53 / 60)
