"""What CPU time counts as, on machines slower and faster than the reference."""

import pytest

from tests import pace


@pytest.fixture
def count(monkeypatch):
    """What work counts as, that takes these seconds of CPU, on a machine so many times slower than the reference."""

    def counted(slower, *seconds):
        now = 0.0
        rest = list(seconds)

        def work():
            nonlocal now
            now += rest.pop(0)

        monkeypatch.setattr(pace, "loop_seconds", lambda: slower * pace.REFERENCE)
        monkeypatch.setattr(pace.time, "process_time", lambda: now)
        return pytest.approx(pace.cpu_seconds(work, times=len(seconds)))

    return counted


def test_a_machine_half_as_fast_has_twice_the_time(count):
    assert count(2, 1.0) == 0.5


def test_a_faster_machine_has_no_less_time(count):
    assert count(0.5, 1.0) == 1.0


def test_the_least_of_several_runs_counts(count):
    assert count(2, 3.0, 1.0, 2.0) == 0.5
