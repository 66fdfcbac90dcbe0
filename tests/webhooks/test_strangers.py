"""Receivers that hang or take long, of strangers and of one's own, delay nobody: whatever they did before."""

import asyncio
import time
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from executor_one.kit.tenancy import account_scope, all_accounts
from tests.webhooks.receiving import claim_due, spread_all, tell, wait_for
from tests.webhooks.streaming import TOKEN, Collector, claim_all
from webhooks import actions
from webhooks.claims import hand_in
from webhooks.models import LANES, AuditStream, WebhookLane
from webhooks.sending import Outcome
from webhooks.streams import actions as streams

WHO = "user:somebody"
SOON = 3  # seconds; who waits for a stranger waits for ten


def goals(number=1):
    """Goals of each lane, so many."""
    drawn = [uuid4().int for _ in range(number * LANES)]
    return [UUID(int=drawn[at] - drawn[at] % LANES + at % LANES) for at in range(len(drawn))]


def hooks_of(account, url, number, types=("goal.*",)):
    with account_scope(account):
        return [actions.create(f"{url}?{at}", list(types), actor=WHO)[0].pk for at in range(number)]


def hanging(make_member, receiver, accounts, hooks):
    """Strangers whose receivers hang, each with something due in all of its lanes."""
    receiver.hang()
    for number in range(accounts):
        account = make_member(f"stranger{number}@example.com").account
        hooks_of(account, receiver.url, hooks)
        tell(account, *goals())
    spread_all()


def assert_prompt(account, receiver, times=3, **what):
    for _ in range(times):
        begun, came = time.monotonic(), len(receiver.requests)
        tell(account, uuid4(), **what)
        receiver.until(came + 1)
        assert time.monotonic() - begun < SOON


@pytest.mark.hostile
def test_case_32_strangers_who_hang_for_the_first_time_delay_nobody(
    start_courier, make_member, member, receiver, another
):
    """More of them than there were slots once, and none had been slow before: neither new nor switched off and on."""
    hanging(make_member, receiver, accounts=13, hooks=4)
    hooks_of(member.account, another.url, 1)
    start_courier()
    wait_for(lambda: receiver.connections >= 100)
    assert_prompt(member.account, another)


@pytest.mark.hostile
def test_case_32_strangers_who_hang_delay_nobody_who_takes_his_time(
    start_courier, make_member, member, receiver, another
):
    """An answer after 2.5 s is a good one, and a lane that failed once may have been unlucky."""

    async def slowly(request, writer):
        await asyncio.sleep(2.5)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    hanging(make_member, receiver, accounts=4, hooks=4)
    another.serve("/hook", slowly)
    hooks_of(member.account, another.url, 1)
    with all_accounts(reason="as after a first try of each"):
        WebhookLane.objects.update(is_failing=True)
    start_courier()
    wait_for(lambda: receiver.connections >= 4 * LANES)
    time.sleep(0.5)
    begun = time.monotonic()
    tell(member.account, *goals())
    another.until(LANES)
    assert time.monotonic() - begun < SOON


def test_nineteen_receivers_of_one_account_that_hang_do_not_delay_its_twentieth(
    start_courier, member, receiver, another
):
    receiver.hang()
    hooks_of(member.account, receiver.url, actions.MOST - 1)
    hooks_of(member.account, another.url, 1, types=["task.lost"])
    tell(member.account, *goals(3))
    start_courier()
    wait_for(lambda: receiver.connections >= actions.MOST - 1)
    assert_prompt(member.account, another, type="task.lost")


@pytest.mark.hostile
def test_targets_of_strangers_that_hang_delay_no_stream(start_courier, make_member, member, collector, loop, allow):
    hangs = Collector(loop)
    allow(hangs.port)
    hangs.hangs()
    for number in range(25):
        with account_scope(make_member(f"stranger{number}@example.com").account):
            for _ in range(2):
                streams.create("theirs", "splunk_hec", ["*"], actor=WHO, url=hangs.url, secret=TOKEN)
    with account_scope(member.account):
        streams.create("ours", "splunk_hec", ["*"], actor=WHO, url=collector.url, secret=TOKEN)
    with all_accounts(reason="as after a first try of each"):
        AuditStream.objects.update(is_slow=True)
    start_courier()
    wait_for(lambda: hangs.connections >= 50)
    with account_scope(member.account):
        AuditStream.objects.update(is_slow=True)
    begun, came = time.monotonic(), len(collector.taken)
    tell(member.account, uuid4())
    wait_for(lambda: len(collector.taken) > came)
    assert time.monotonic() - begun < SOON
    hangs.close()


def test_endpoints_of_an_account_have_their_turns(member, receiver):
    """Each its first, before any has a second; and who was slow comes last."""
    slow, one, two = (hooks_of(member.account, receiver.url, 1)[0] for _ in range(3))
    with account_scope(member.account):
        WebhookLane.objects.filter(endpoint=slow).update(is_failing=True)
    tell(member.account, *goals())
    spread_all()
    assert {lease.endpoint for lease in claim_due(2)} == {one, two}
    assert [lease.endpoint for lease in claim_due(1)] == [slow], "it has nothing on its way, and the others have"
    assert claim_due(5, more=0) == []
    assert len(claim_due(5, more=3)) == 3


def test_a_lane_that_was_slow_is_as_any_other_when_it_is_quick_again(member, receiver):
    hooks_of(member.account, receiver.url, 1)
    goal = uuid4()
    for ms, is_apart in ((2_500, True), (40, False), (40, False)):
        tell(member.account, goal)
        spread_all()
        (lease,) = claim_due()
        hand_in(lease, Outcome(timezone.now(), 200, "", ms))
        tell(member.account, goal)
        spread_all()
        found = claim_due(more=0)
        assert bool(found) is not is_apart
        for lease in found or claim_due():
            hand_in(lease, Outcome(timezone.now(), 200, "", ms))


def test_a_stream_that_fails_is_behind_the_others_of_its_account(member, collector):
    with account_scope(member.account):
        bad, good = (
            streams.create("ours", "splunk_hec", ["*"], actor=WHO, url=collector.url, secret=TOKEN) for _ in range(2)
        )
        AuditStream.objects.filter(pk=bad.pk).update(failed=1)
    assert [lease.stream for lease in claim_all(5, more=0)] == [good.pk]
    assert [lease.stream for lease in claim_all(5)] == [bad.pk]
    assert claim_all() == []
