"""What happens becomes deliveries: exactly one for each event and webhook that wants it."""

import json
import threading
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection

from events.actions import event, publish, publish_for_all
from executor_one.kit import tenancy
from tests.webhooks.receiving import spread_all, tell
from webhooks import spreading
from webhooks.models import WebhookDelivery
from webhooks.spreading import spread

SITE = "https://example.com/hook"
JSON = {"content_type": "application/json"}


def test_each_webhook_is_sent_what_it_asks_for_from_now_on(hook, member, delivery_of):
    tell(member.account, uuid4())
    family, one, every = hook(SITE, ["goal.*"]), hook(SITE, ["goal.failed"]), hook(SITE, ["*"])
    tell(member.account, uuid4())
    tell(member.account, uuid4(), type="goal.failed")
    tell(member.account, uuid4(), type="task.lost")
    spread_all()
    types = {made["id"]: [row.type for row in delivery_of(endpoint=made["id"])] for made in (family, one, every)}
    assert types[family["id"]] == ["goal.completed", "goal.failed"]
    assert types[one["id"]] == ["goal.failed"]
    assert types[every["id"]] == ["goal.completed", "goal.failed", "task.lost"]
    assert spread_all() == 0


def test_what_happens_to_webhooks_is_never_sent_to_webhooks(api, hook, delivery_of):
    made = hook(SITE, ["*"])
    api.patch(f"/api/v1/webhooks/{made['id']}", {"description": "x"}, **JSON)
    api.post(f"/api/v1/webhooks/{made['id']}/rotate", {}, **JSON)
    hook(SITE, ["*"])
    assert spread_all() == 0
    assert not delivery_of()


def test_nobody_gets_what_happens_to_another_account(hook, make_member, member, delivery_of):
    hook(SITE)
    other = make_member("two@example.com")
    tell(other.account, uuid4())
    assert spread_all() == 0
    assert not delivery_of()


def test_what_happens_to_the_installation_is_sent_to_who_asks(hook, member, delivery_of):
    hook(SITE, ["executor.*"])
    with tenancy.all_accounts(reason="a runner stops in this test"):
        publish_for_all("executor.shutting_down", {"runner": str(uuid4())})
    spread_all()
    assert [row.type for row in delivery_of()] == ["executor.shutting_down"]


def test_what_happens_while_a_webhook_is_off_is_not_sent(api, hook, member, delivery_of):
    made = hook(SITE)
    address = f"/api/v1/webhooks/{made['id']}"
    api.patch(address, {"isActive": False}, **JSON)
    tell(member.account, uuid4())
    assert spread_all() == 0
    api.patch(address, {"isActive": True}, **JSON)
    goal = uuid4()
    tell(member.account, goal)
    spread_all()
    assert [row.type for row in delivery_of()] == ["goal.completed"]


def test_events_of_one_goal_have_one_lane(hook, member, delivery_of):
    hook(SITE)
    goals = [uuid4() for _ in range(40)]
    for _ in range(3):
        tell(member.account, *goals)
    spread_all()
    lanes = {}
    with tenancy.account_scope(member.account):
        from events.models import Event

        goal_of = dict(Event.objects.values_list("id", "data__goal"))
    for row in delivery_of():
        lanes.setdefault(goal_of[row.event], set()).add(row.lane)
    assert all(len(found) == 1 for found in lanes.values())
    assert set().union(*lanes.values()) == {0, 1, 2, 3}


def test_a_page_that_is_full_says_that_there_is_more(hook, member, delivery_of):
    hook(SITE)
    tell(member.account, *(uuid4() for _ in range(25)))
    # The event of the webhook itself is looked at first, and is none that is sent.
    assert [(one.made, one.is_behind) for one in (spread(member.id, page=10) for _ in range(3))] == [
        (9, True), (10, True), (6, False),
    ]  # fmt: skip
    assert len(delivery_of()) == 25


def look(account, is_over, made):
    """Be a courier until it is over and nothing is left."""
    while True:
        was_over = is_over.is_set()
        found = spread(account, page=7)
        made.append(found.made)
        if was_over and not found.is_behind and not found.made:
            break
    connection.close()


def write(account):
    for _ in range(50):
        tell(account, uuid4(), uuid4())
    connection.close()


def test_A_R27_two_couriers_side_by_side_make_exactly_one_delivery_an_event(committed, member, hook, delivery_of):
    hooks = [hook(SITE, ["goal.*"]) for _ in range(3)]
    is_over, made = threading.Event(), []
    threads = [threading.Thread(target=look, args=(member.id, is_over, made)) for _ in range(3)]
    writers = [threading.Thread(target=write, args=(member.account,)) for _ in range(2)]
    for thread in (*threads, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    is_over.set()
    for thread in threads:
        thread.join()
    for one in hooks:
        events = [row.event for row in delivery_of(endpoint=one["id"])]
        assert len(events) == len(set(events)) == 200
    assert sum(made) == 600


@pytest.mark.parametrize("breaks", ["ring", "cursor"])
def test_a_courier_that_dies_in_between_has_made_nothing(committed, member, hook, delivery_of, monkeypatch, breaks):
    hook(SITE)
    tell(member.account, *(uuid4() for _ in range(5)))

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        if breaks == "ring":
            patched.setattr(spreading, "ring", die)
        else:
            patched.setattr(spreading, "ADVANCE", "SELECT 1 / (length($1) - length($1)), $2::text[], $3::int")
        with pytest.raises((KeyboardInterrupt, DatabaseError)):
            spread(member.id)
    assert not delivery_of()
    assert spread(member.id).made == 5
    assert spread(member.id).made == 0


def test_publishing_writes_nothing_for_webhooks(hook, member, django_assert_num_queries):
    """The statements of publish() are the same with webhooks and without."""
    from django.test.utils import CaptureQueriesContext

    def statements():
        with tenancy.account_scope(member.account), CaptureQueriesContext(connection) as asked:
            publish(event("goal.completed", {"goal": str(uuid4())}))
        return len(asked)

    statements()
    before = statements()
    for _ in range(5):
        hook(SITE)
    assert statements() == before
    with tenancy.account_scope(member.account):
        assert not WebhookDelivery.objects.exists()


def test_a_test_is_shaped_like_an_event(api, hook):
    made = hook(SITE, ["goal.failed"])
    sent = json.loads(api.post(f"/api/v1/webhooks/{made['id']}/test").content)
    shown = json.loads(api.get(f"/api/v1/webhooks/deliveries/{sent['id']}").content)
    assert set(shown["payload"]) == {"id", "type", "timestamp", "data"}
    assert (shown["payload"]["id"], shown["payload"]["type"]) == (sent["id"], "webhook.test")
    assert shown["payload"]["data"] == {"webhook": made["id"]}
