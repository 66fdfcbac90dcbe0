"""Mails at 80 and 100 % of a limit: once a month each; a ceiling stops and never bills."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from billing.actions import consume, set_plan
from billing.models import Metric, Plan, UsageNotice
from billing.tasks import tell_use
from executor_one.kit.errors import LimitReached
from executor_one.kit.tenancy import account_scope


@pytest.fixture
def member(db, make_member):
    return make_member("free@example.com", "free")


def spend(member, times):
    with account_scope(member.account):
        for _ in range(times):
            consume(Metric.GOALS)


def test_a_mail_at_80_and_one_at_100_percent(member, mails):
    spend(member, 7)
    assert mails() == []
    spend(member, 1)
    assert mails() == ["80 % of goals this month used"]
    assert "8 of 10" in mails.texts[0]
    assert "nothing is ever billed" in mails.texts[0]
    spend(member, 2)
    assert mails() == ["100 % of goals this month used"]
    with account_scope(member.account), pytest.raises(LimitReached):
        consume(Metric.GOALS)
    assert mails() == []


def test_a_job_that_runs_twice_mails_once(member, mails):
    spend(member, 8)
    assert len(mails()) == 1
    tell_use(member.id, "goals")
    assert mails() == []


def test_a_job_that_comes_late_says_what_is_true_then(member, mails):
    spend(member, 10)
    assert mails() == ["100 % of goals this month used"]
    with account_scope(member.account):
        assert sorted(UsageNotice.objects.values_list("percent", flat=True)) == [80, 100]


def test_the_next_month_begins_anew(member, mails):
    spend(member, 8)
    assert len(mails()) == 1
    with time_machine.travel(timezone.now() + timedelta(days=32)):
        spend(member, 8)
        assert len(mails()) == 1


def put_on(member, plan):
    with account_scope(member.account):
        set_plan(member.account, plan, actor="test")


def test_another_plan_s_limit_is_another_one(member, mails):
    Plan.objects.create(code="more", name="More", rank=7, goals_per_month=20)
    spend(member, 10)
    assert mails() == ["100 % of goals this month used"]
    put_on(member, "more")
    assert mails() == []
    spend(member, 6)
    assert mails() == ["80 % of goals this month used"]
    assert "16 of 20" in mails.texts[0]
    put_on(member, "free")
    assert mails() == [], "of its 10 goals it was told this month"


def test_who_has_more_than_the_smaller_plan_allows_is_told(make_member, db, mails):
    member = make_member("big@example.com", "enterprise")
    Plan.objects.create(code="tiny", name="Tiny", rank=7, goals_per_month=2)
    spend(member, 12)
    mails()
    put_on(member, "free")
    assert mails() == ["100 % of goals this month used"]
    assert "12 of 10" in mails.texts[0]
    put_on(member, "tiny")
    assert mails() == ["100 % of goals this month used"]


def test_in_parallel_each_level_is_told_once(committed, make_member, mailoutbox):
    member = make_member("threads@example.com", "free")
    spend(member, 10)
    mailoutbox.clear()
    start = threading.Barrier(8)

    def tell():
        start.wait()
        tell_use(member.id, "goals")
        connection.close()

    threads = [threading.Thread(target=tell) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [mail.subject for mail in mailoutbox] == ["100 % of goals this month used"]


def test_memories_are_told_too(member, client_of, mails):
    Plan.objects.create(code="small", name="Small", rank=7, memories=5, api_keys=2, goals_per_month=100)
    with account_scope(member.account):
        set_plan(member.account, "small", actor="test")
    client, told = client_of(member.key), []
    for n in range(5):
        client.post("/api/memory", {"key": f"m{n}", "value": n}, content_type="application/json")
        told += mails()
    assert told == ["80 % of memories used", "100 % of memories used"]


def test_nobody_is_told_of_a_limit_of_one(member, mails):
    assert mails() == []


def test_an_unlimited_plan_is_never_told(make_member, db, mails):
    big = make_member("big@example.com", "enterprise")
    spend(big, 20)
    assert mails() == []
