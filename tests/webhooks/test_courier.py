"""The courier as it runs: prompt, at least once, in order, and nobody waits for somebody else's receiver."""

import asyncio
import signal
import threading
import time
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from executor_one.kit.tenancy import account_scope
from tests.webhooks.receiving import tell, wait_for
from webhooks.models import Courier, WebhookDelivery

WEBHOOKS = "/api/v1/webhooks"


def states(account):
    with account_scope(account):
        return list(WebhookDelivery.objects.values_list("state", flat=True))


def test_A15_an_event_is_at_its_receiver_within_a_second(start_courier, hook, member, receiver):
    hook(types=["goal.*"])
    start_courier()
    for _ in range(3):
        begun = time.monotonic()
        sent = len(receiver.requests)
        tell(member.account, uuid4())
        receiver.until(sent + 1)
        assert time.monotonic() - begun < 1
    wait_for(lambda: states(member.account) == ["delivered"] * 3)


def test_what_happened_while_no_courier_ran_is_sent_when_one_starts(start_courier, hook, member, receiver):
    hook(types=["goal.*"])
    tell(member.account, *(uuid4() for _ in range(20)))
    start_courier()
    receiver.until(20)
    wait_for(lambda: states(member.account) == ["delivered"] * 20)


def test_events_of_a_goal_come_in_their_order(start_courier, hook, member, receiver):
    hook(types=["goal.*"])
    start_courier()
    goals = [uuid4() for _ in range(8)]
    for _ in range(15):
        tell(member.account, *goals)
    receiver.until(120)
    events = receiver.events()
    assert len({event["id"] for event in events}) == 120
    for goal in goals:
        ids = [int(event["id"]) for event in events if event["data"]["goal"] == str(goal)]
        assert ids == sorted(ids)


@pytest.mark.hostile
def test_case_32_a_receiver_that_hangs_delays_no_other(
    start_courier, hook, make_member, member, client_of, receiver, another
):
    """Two hundred deliveries wait for one that hangs, of two accounts; another's events still come within a second."""
    receiver.hang()
    hook(types=["goal.*"])
    hook(types=["goal.*"])
    other = make_member("two@example.com")
    hook(url=another.url, types=["goal.*"], client=client_of(other.key))
    tell(member.account, *(uuid4() for _ in range(100)))
    start_courier()
    wait_for(lambda: receiver.connections >= 8)
    for _ in range(5):
        begun, sent = time.monotonic(), len(another.requests)
        tell(other.account, uuid4())
        another.until(sent + 1)
        assert time.monotonic() - begun < 1
    assert receiver.connections <= 16, "an endpoint has four on their way at once"


def test_a_receiver_that_hangs_delays_no_other_of_the_same_account(start_courier, hook, member, receiver, another):
    receiver.hang()
    hook(types=["goal.*"])
    hook(url=another.url, types=["task.lost"])
    tell(member.account, *(uuid4() for _ in range(200)))
    start_courier()
    wait_for(lambda: receiver.connections >= 4)
    begun = time.monotonic()
    tell(member.account, uuid4(), type="task.lost")
    another.until(1)
    assert time.monotonic() - begun < 1
    assert receiver.connections == 4


def test_a_courier_killed_between_claim_and_answer_sends_again_with_the_same_id(start_courier, hook, member, receiver):
    receiver.hang()
    hook(types=["goal.*"])
    first = start_courier()
    tell(member.account, uuid4())
    receiver.until(1)
    first.end(signal.SIGKILL)
    assert states(member.account) == ["pending"]
    receiver.say("/hook", 200)
    second = start_courier()
    receiver.until(2, seconds=40)  # the dead one's lease is 20 s
    assert receiver.ids()[0] == receiver.ids()[1]
    assert receiver.requests[0].body == receiver.requests[1].body
    wait_for(lambda: states(member.account) == ["delivered"])
    assert second.end() == 0


def test_an_orderly_restart_sends_nothing_twice(start_courier, hook, member, receiver):
    async def slowly(request, writer):
        await asyncio.sleep(0.3)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    receiver.serve("/hook", slowly)
    hook(types=["goal.*"])
    courier = start_courier()
    for _ in range(3):
        tell(member.account, *(uuid4() for _ in range(4)))
        sent = len(receiver.requests)
        receiver.until(sent + 1)
        assert courier.end() == 0
        courier = start_courier()
    receiver.until(12)
    wait_for(lambda: states(member.account) == ["delivered"] * 12)
    assert len(receiver.ids()) == len(set(receiver.ids())) == 12


def test_a_courier_that_stops_writes_down_what_it_does_not_wait_for(start_courier, hook, member, receiver):
    receiver.hang()
    hook(types=["goal.*"])
    courier = start_courier()
    tell(member.account, uuid4())
    receiver.until(1)
    begun = time.monotonic()
    assert courier.end() == 0
    assert time.monotonic() - begun < 8
    with account_scope(member.account):
        row = WebhookDelivery.objects.get()
    assert (row.state, row.attempts, "stopped" in row.last_error) == ("pending", 1, True)
    assert not Courier.objects.exists()


def test_several_couriers_send_each_event_once(start_courier, hook, member, receiver):
    hook(types=["goal.*"])
    for _ in range(2):
        start_courier()

    def write():
        for _ in range(30):
            tell(member.account, uuid4(), uuid4())
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    receiver.until(120)
    wait_for(lambda: states(member.account) == ["delivered"] * 120)
    with account_scope(member.account):
        tried_again = WebhookDelivery.objects.filter(attempts__gt=1).values_list("tries", flat=True)
        assert list(tried_again) == []
    assert len(receiver.ids()) == len(set(receiver.ids())) == 120


@pytest.mark.parametrize("how", ["delete", "switch off"])
def test_a_webhook_that_is_gone_or_off_stops_at_once(start_courier, api, hook, member, receiver, how):
    made = hook(types=["goal.*"])
    start_courier()
    tell(member.account, uuid4())
    receiver.until(1)
    address = f"{WEBHOOKS}/{made['id']}"
    if how == "delete":
        api.delete(address)
    else:
        api.patch(address, {"isActive": False}, content_type="application/json")
    sent = len(receiver.requests)
    tell(member.account, *(uuid4() for _ in range(20)))
    time.sleep(2.5)  # longer than a courier's longest pause
    assert len(receiver.requests) == sent


def test_what_waits_is_not_sent_to_a_webhook_that_was_deleted(start_courier, api, hook, member, receiver):
    receiver.say("/hook", 500)
    made = hook(types=["goal.*"])
    courier = start_courier()
    tell(member.account, *(uuid4() for _ in range(10)))
    receiver.until(5)
    api.delete(f"{WEBHOOKS}/{made['id']}")
    time.sleep(0.5)
    sent = len(receiver.requests)
    time.sleep(6)  # longer than the first wait
    assert len(receiver.requests) == sent
    assert courier.process.poll() is None


def test_A16_what_failed_is_tried_again_and_what_was_taken_is_sent_again_when_asked(
    start_courier, api, hook, member, receiver, delivery_of
):
    receiver.say("/hook", 500)
    hook(types=["goal.*"])
    start_courier()
    tell(member.account, uuid4())
    receiver.until(1)
    receiver.say("/hook", 200)
    receiver.until(2, seconds=10)
    wait_for(lambda: states(member.account) == ["delivered"])
    row = delivery_of()[0]
    assert [one["status"] for one in row.tries] == [500, 200]
    assert api.post(f"{WEBHOOKS}/deliveries/{row.pk}/redeliver").status_code == 200
    receiver.until(3)
    assert set(receiver.ids()) == {row.pk}
    assert len({request.body for request in receiver.requests}) == 1


def test_a_courier_survives_the_loss_of_its_connections(start_courier, hook, member, receiver, database_urls):
    hook(types=["goal.*"])
    courier = start_courier()
    tell(member.account, uuid4())
    receiver.until(1)
    connection.close()
    with psycopg.connect(database_urls.app_url, autocommit=True) as app:
        ended = app.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database() AND usename = current_user"
        ).fetchone()
    assert ended[0] >= 2, "one that listens, and at least one that works"
    tell(member.account, uuid4())
    receiver.until(2)
    assert courier.process.poll() is None
