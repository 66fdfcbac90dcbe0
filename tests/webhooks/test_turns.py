"""Whose turn it is, whatever strangers have on their way."""

import resource
from collections import Counter

import pytest

from webhooks import turns
from webhooks.turns import Turns, slots_of


def begin_all(made, ready):
    """Begin what may begin where everything that is asked for is there, until it is nobody's turn."""
    made.ready(ready)
    begun = Counter()
    while taken := made.take():
        accounts = [turn.account for turn in taken for _ in range(turn.room)]
        made.begun(taken, accounts)
        begun.update(accounts)
    return begun


@pytest.mark.parametrize("strangers", [1, 20, 200, 499])
@pytest.mark.parametrize("together", [True, False])
def test_who_has_nothing_on_its_way_has_room_however_many_hold_theirs(strangers, together):
    made = Turns(1000)
    names = [f"stranger {number}" for number in range(strangers)]
    for ready in [names] if together else [[name] for name in names]:
        assert {*begin_all(made, ready)} >= {*ready}
    assert made.running.total() <= 1000
    assert begin_all(made, ["honest"])["honest"] >= 1


def test_nobody_is_left_out_where_there_are_more_accounts_than_slots():
    made = Turns(100)
    waiting = {f"a{number}" for number in range(300)}
    made.ready(sorted(waiting))
    seen = set()
    for _ in range(40):
        while taken := made.take():
            made.begun(taken, [turn.account for turn in taken])
            seen |= {turn.account for turn in taken}
        for account in list(made.running.elements()):
            made.end(account)
    assert seen == waiting


def test_who_has_least_on_its_way_goes_first():
    made = Turns(1000)
    begin_all(made, ["busy"])
    for _ in range(5):
        made.end("busy")
    made.ready(["quiet"])
    assert [turn.account for turn in made.take()] == ["quiet", "busy"]


def test_half_of_a_share_is_for_what_is_quick_and_has_nothing_on_its_way():
    made = Turns(40)
    made.ready(["a"])
    (first,) = made.take()
    assert (first.room, first.more) == (4, 4)
    made.begun([first], ["a"] * 4)
    (second,) = made.take()
    assert (second.room, second.more) == (4, 0), "four of eight, the half, run already"


def test_who_has_its_share_is_looked_at_again_when_one_of_its_tries_ends():
    made = Turns(1)
    assert begin_all(made, ["a"]) == {"a": 1}
    assert begin_all(made, ["a"]) == {}
    made.end("a")
    assert [turn.account for turn in made.take()] == ["a"]


def test_a_process_that_may_open_few_files_has_fewer_slots(monkeypatch):
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: None)
    for hard, slots in ((resource.RLIM_INFINITY, [1000, 400]), (20_000, [1000, 400]), (1500, [500, 200]), (50, [1, 1])):
        monkeypatch.setattr(turns.resource, "getrlimit", lambda kind, hard=hard: (1024, hard))
        assert slots_of(1000, 400) == slots
