"""O122: calls beyond the plan are used when those of the month are, never below zero, and a ceiling still stops."""

import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from billing import credit, stripe_client
from billing.actions import consume
from billing.models import CreditEntry, Metric, Plan, UsageCounter
from billing.queries import this_month
from executor_one.kit.errors import Conflict, LimitReached
from executor_one.kit.tenancy import account_scope


@pytest.fixture
def two(db):
    """Pro with two model calls a month."""
    Plan.objects.filter(pk="pro").update(llm_calls_per_month=2)


@pytest.fixture
def account(two, make_member):
    with account_scope(make_member("pro@example.com", "pro").account):
        yield


def call(times=1):
    for _ in range(times):
        consume(Metric.LLM_CALLS)


def entries():
    return list(CreditEntry.objects.order_by("id").values_list("kind", "amount", "balance"))


def test_O122_the_plan_s_calls_come_first_then_what_was_bought_then_a_stop(account):
    credit.give(2, "to try", actor="staff:1")
    call(2)
    assert credit.left() == 2
    call(2)
    assert entries() == [("given", 2, 2), ("used", -1, 1), ("used", -1, 0)]
    with pytest.raises(LimitReached):
        call()
    assert entries()[-1] == ("used", -1, 0)


def test_O122_a_goal_never_takes_from_it_and_costs_no_statement_more(account):
    credit.give(5, "", actor="staff:1")
    Plan.objects.filter(pk="pro").update(goals_per_month=1)
    consume(Metric.GOALS)
    with CaptureQueriesContext(connection) as asked, pytest.raises(LimitReached):
        consume(Metric.GOALS)
    assert not [one for one in asked.captured_queries if "credit" in one["sql"]]
    assert credit.left() == 5


def test_O122_without_a_model_in_the_plan_it_is_kept(account):
    credit.give(5, "", actor="staff:1")
    Plan.objects.filter(pk="pro").update(llm_calls_per_month=0)
    with pytest.raises(LimitReached, match="allows no language model calls"):
        call()
    assert credit.left() == 5


def test_O122_without_a_limit_nothing_is_taken(account):
    credit.give(5, "", actor="staff:1")
    Plan.objects.filter(pk="pro").update(llm_calls_per_month=None)
    call(10)
    assert credit.left() == 5


def test_O122_what_is_undone_is_given_back_with_its_entry(account):
    """The call is counted in the transaction of the caller: when that fails, nothing was used."""
    credit.give(1, "", actor="staff:1")
    call(2)
    with transaction.atomic():
        call()
        transaction.set_rollback(True)
    assert (credit.left(), len(entries())) == (1, 1)


def test_O122_the_402_names_the_packages_where_there_are_any(account, stripe):
    call(2)
    with pytest.raises(LimitReached) as refused:
        call()
    assert "packages" not in refused.value.members
    stripe_client.read_prices()
    with pytest.raises(LimitReached) as refused:
        call()
    assert refused.value.members["packages"] == ["calls-100", "calls-500", "calls-2000"]
    assert refused.value.members["upgrade"] == "enterprise"
    assert "Or buy some: 100 model calls, 500 model calls" in refused.value.message


@pytest.mark.parametrize("calls", [0, -5, 1_000_001])
def test_staff_give_a_number_that_makes_sense(account, calls):
    with pytest.raises(Conflict):
        credit.give(calls, "", actor="staff:1")


def test_O122_parallel_calls_never_take_more_than_there_is(committed, make_member):
    account = make_member("pro@example.com", "pro").account
    with account_scope(account):
        UsageCounter.objects.create(account=account, metric=Metric.LLM_CALLS, month=this_month(), used=198)
        credit.give(5, "", actor="staff:1")
    done, start = [], threading.Barrier(12)

    def work():
        start.wait()
        try:
            with account_scope(account):
                consume(Metric.LLM_CALLS)
            done.append(True)
        except LimitReached:
            done.append(False)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(12)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert (done.count(True), done.count(False)) == (7, 5)
    with account_scope(account):
        assert credit.left() == 0
        assert [balance for _, _, balance in entries()] == [5, 4, 3, 2, 1, 0]


def test_O122_one_account_s_calls_are_no_other_s(two, make_member):
    mine, theirs = make_member("a@example.com", "pro").account, make_member("b@example.com", "pro").account
    with account_scope(mine):
        credit.give(5, "", actor="staff:1")
    with account_scope(theirs):
        call(2)
        assert credit.left() == 0
        with pytest.raises(LimitReached):
            call()


def test_O122_the_mail_about_a_limit_says_what_comes_after_it(two, make_member, mails):
    Plan.objects.filter(pk="pro").update(llm_calls_per_month=5)
    member = make_member("pro@example.com", "pro")
    mails()
    with account_scope(member.account):
        credit.give(7, "", actor="staff:1")
        call(5)
    assert mails() == ["100 % of calls of the language model this month used"]
    assert "Beyond it the 7 calls are used that you have besides the plan" in mails.texts[0]
