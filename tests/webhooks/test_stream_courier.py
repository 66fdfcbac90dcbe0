"""Audit streams as the courier sends them: prompt, no gap through crashes, and nobody waits for another's target."""

import json
import signal
import threading
import time
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import connection

from executor_one.kit.tenancy import account_scope
from tests.webhooks.receiving import tell, wait_for
from tests.webhooks.streaming import TOKEN, Collector, row_of, until_idle
from webhooks.models import AuditStream

STREAMS = "/api/v1/audit/streams"
JSON = {"content_type": "application/json"}


def assert_no_gap(seqs, first=1):
    """Each seq comes, in order at its first coming; what was sent again may come again."""
    fresh = list(dict.fromkeys(seqs))
    assert fresh == list(range(first, first + len(fresh)))


def end_leases(account):
    """As if 25 s had gone by since a courier died."""
    with account_scope(account):
        AuditStream.objects.update(busy_until=None)


@pytest.fixture
def second(loop, allow):
    """One more collector, of another target."""
    made = Collector(loop)
    allow(made.port)
    yield made
    made.close()


def test_A14_an_event_is_at_its_target_within_a_second(start_courier, splunk, member, collector):
    splunk()
    start_courier()
    for _ in range(3):
        begun, came = time.monotonic(), len(collector.taken)
        tell(member.account, uuid4())
        wait_for(lambda came=came: len(collector.taken) > came)
        assert time.monotonic() - begun < 1
    until_idle(member.account)
    assert all(one + 1 == two for one, two in pairwise(collector.seqs()))


def test_what_happened_while_no_courier_ran_is_sent_when_one_starts(start_courier, splunk, member, collector):
    splunk(start="beginning")
    tell(member.account, *(uuid4() for _ in range(1200)))
    start_courier()
    wait_for(lambda: len(collector.taken) >= 1200)
    until_idle(member.account)
    assert collector.seqs() == list(range(1, row_of(member.account).cursor + 1))


def test_A14_a_courier_killed_in_the_middle_of_a_parcel_leaves_no_gap(start_courier, splunk, member, collector):
    """Killed again and again while events come and parcels go out; what it had not written down goes out again."""
    splunk(start="beginning")
    stop = threading.Event()

    def write():
        while not stop.is_set():
            tell(member.account, *(uuid4() for _ in range(20)))
            time.sleep(0.01)
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(3):
        came = len(collector.taken)
        courier = start_courier()
        wait_for(lambda came=came: len(collector.taken) >= came + 200, seconds=60)
        courier.end(signal.SIGKILL)
        end_leases(member.account)
    stop.set()
    writer.join()
    start_courier()
    until_idle(member.account, seconds=60)
    assert_no_gap(collector.seqs())
    assert max(collector.seqs()) == row_of(member.account).cursor


def test_A14_a_courier_killed_while_the_target_has_the_parcel_sends_it_again(start_courier, splunk, member, collector):
    collector.hangs()
    splunk(start="beginning")
    courier = start_courier()
    wait_for(lambda: collector.requests)
    courier.end(signal.SIGKILL)
    assert row_of(member.account).cursor == 0
    collector.works()
    start_courier()
    wait_for(lambda: collector.taken, seconds=40)  # the dead one's lease is 25 s
    until_idle(member.account)
    assert collector.requests[0].body == collector.requests[1].body
    assert_no_gap(collector.seqs())


def test_A14_a_file_goes_on_without_a_gap_after_kill_9(start_courier, stream, member, settings, tmp_path, monkeypatch):
    settings.AUDIT_STREAM_DIR = tmp_path / "audit"
    monkeypatch.setenv("AUDIT_STREAM_DIR", str(settings.AUDIT_STREAM_DIR))
    path = settings.AUDIT_STREAM_DIR / f"{stream('file', start='beginning')['id']}.jsonl"
    tell(member.account, *(uuid4() for _ in range(3000)))
    courier = start_courier()
    wait_for(lambda: path.exists() and path.stat().st_size > 200_000)
    courier.end(signal.SIGKILL)
    start_courier()
    until_idle(member.account, seconds=60)
    seqs = [json.loads(line)["seq"] for line in path.read_text("ascii").splitlines()]
    assert_no_gap(seqs)
    assert max(seqs) == row_of(member.account).cursor


def test_a_target_that_hangs_delays_no_other(start_courier, splunk, make_member, client_of, member, collector, second):
    """Neither another stream of the same account nor another account's; and a hanging one has one parcel on its way."""
    collector.hangs()
    for _ in range(3):
        splunk()
    ours = splunk(url=second.url, name="works")
    other = make_member("two@example.com")
    splunk(url=second.url, client=client_of(other.key))
    start_courier()
    wait_for(lambda: collector.connections >= 3)
    for account in (member.account, other.account):
        for _ in range(3):
            begun, came = time.monotonic(), len(second.taken)
            tell(account, uuid4())
            wait_for(lambda came=came: len(second.taken) > came)
            assert time.monotonic() - begun < 1
    assert collector.connections == 3
    with account_scope(member.account):
        assert AuditStream.objects.get(pk=ours["id"]).failing_since is None


def test_a_target_that_hangs_delays_no_webhook(start_courier, splunk, hook, member, receiver, loop, allow):
    hangs = Collector(loop)
    allow(hangs.port)
    hangs.hangs()
    splunk_of = {"url": hangs.url, "secret": TOKEN}
    splunk(**splunk_of)
    hook(types=["goal.*"])
    start_courier()
    wait_for(lambda: hangs.requests)
    begun = time.monotonic()
    tell(member.account, uuid4())
    receiver.until(1)
    assert time.monotonic() - begun < 1
    hangs.close()


def test_500_and_then_recovery_with_nothing_left_out(start_courier, api, splunk, member, collector):
    collector.say("/services/collector/event", 500)
    splunk(start="beginning")
    start_courier()
    tell(member.account, *(uuid4() for _ in range(100)))
    wait_for(lambda: len(collector.requests) >= 2)
    assert json.loads(api.get(STREAMS).content)["data"][0]["state"] == "failing"
    collector.works()
    wait_for(lambda: collector.taken, seconds=40)
    until_idle(member.account)
    assert_no_gap(collector.seqs())
    assert json.loads(api.get(STREAMS).content)["data"][0]["state"] == "ok"


@pytest.mark.parametrize("how", ["delete", "pause"])
def test_a_stream_that_is_gone_or_paused_stops_at_once(start_courier, api, splunk, member, collector, how):
    address = f"{STREAMS}/{splunk()['id']}"
    start_courier()
    wait_for(lambda: collector.taken)
    until_idle(member.account)
    if how == "delete":
        assert api.delete(address).status_code == 204
    else:
        assert api.patch(address, {"isActive": False}, **JSON).status_code == 200
    came = len(collector.requests)
    tell(member.account, *(uuid4() for _ in range(20)))
    time.sleep(2.5)  # longer than a courier's longest pause
    assert len(collector.requests) == came


def test_several_couriers_keep_the_order(start_courier, splunk, member, collector):
    splunk(start="beginning")
    for _ in range(2):
        start_courier()
    for _ in range(40):
        tell(member.account, uuid4(), uuid4())
    wait_for(lambda: len(collector.taken) >= 80)
    until_idle(member.account)
    assert collector.seqs() == list(range(1, row_of(member.account).cursor + 1))


def test_an_orderly_stop_writes_down_what_it_does_not_wait_for(start_courier, splunk, member, collector):
    collector.hangs()
    splunk()
    courier = start_courier()
    wait_for(lambda: collector.requests)
    begun = time.monotonic()
    assert courier.end() == 0
    assert time.monotonic() - begun < 12
    row = row_of(member.account)
    assert (row.failed, row.sent, "stopped" in row.last_error) == (1, 0, True)
    assert TOKEN not in courier.log.read_text()
