"""A16: what was sent can be looked at, chosen from, and sent again."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from accounts.models import ApiKey
from events.models import Event
from executor_one.kit.tenancy import account_scope
from tests.webhooks.receiving import send_due, spread_all, tell
from webhooks.models import WebhookDelivery

WEBHOOKS = "/api/v1/webhooks"
DELIVERIES = f"{WEBHOOKS}/deliveries"


def listed(api, query=""):
    answer = api.get(f"{DELIVERIES}{query}")
    assert answer.status_code == 200, answer.content
    return json.loads(answer.content)["data"]


@pytest.fixture
def sent(hook, member, receiver, another):
    """Two webhooks: one took two events, the other refused one."""
    another.say("/hook", 500)
    good, bad = hook(types=["goal.*"]), hook(url=another.url, types=["task.*"])
    tell(member.account, uuid4())
    tell(member.account, uuid4(), type="goal.failed")
    tell(member.account, uuid4(), type="task.lost")
    spread_all()
    send_due()
    send_due()
    return good, bad


def test_A16_deliveries_are_listed_newest_first(api, sent):
    rows = listed(api)
    assert [int(row["event"]) for row in rows] == sorted((int(row["event"]) for row in rows), reverse=True)
    assert [(row["type"], row["state"]) for row in rows] == [
        ("task.lost", "pending"), ("goal.failed", "delivered"), ("goal.completed", "delivered"),
    ]  # fmt: skip
    assert all(row["id"].startswith("whk_") for row in rows)
    page = json.loads(api.get(f"{DELIVERIES}?limit=1&offset=1").content)
    assert (page["meta"]["total"], page["data"]) == (3, [rows[1]])


def test_A16_and_chosen_by_webhook_state_type_and_time(api, sent):
    good, bad = sent
    assert {row["webhook"] for row in listed(api, f"?webhook={good['id']}")} == {good["id"]}
    assert [row["type"] for row in listed(api, "?state=pending")] == ["task.lost"]
    assert [row["webhook"] for row in listed(api, "?type=task.lost")] == [bad["id"]]
    now = datetime.now(UTC)
    soon, before = ((now + timedelta(minutes=by)).strftime("%Y-%m-%dT%H:%M:%SZ") for by in (1, -1))
    assert len(listed(api, f"?from={before}&to={soon}")) == 3
    assert listed(api, f"?from={soon}") == listed(api, f"?to={before}") == []
    assert listed(api, "?webhook=wep_unknown") == []


@pytest.mark.parametrize("query", ["?state=lost", "?from=yesterday", "?order_by=body", "?limit=0", "?endpoint=x"])
def test_a_filter_that_makes_no_sense_is_400(api, query):
    assert api.get(f"{DELIVERIES}{query}").status_code == 400


@pytest.mark.parametrize("query", ["?type=%00", "?webhook=a%00"])
def test_a_filter_that_nothing_can_be_is_nothing(api, sent, query):
    assert listed(api, query) == []


def test_A16_one_delivery_shows_what_is_sent_and_each_try(api, sent, member, receiver):
    row = listed(api, "?type=goal.failed")[0]
    shown = json.loads(api.get(f"{DELIVERIES}/{row['id']}").content)
    request = next(one for one in receiver.requests if one.headers["webhook-id"] == row["id"])
    assert shown["payload"] == json.loads(request.body)
    assert shown["response"] == "thanks"
    assert [(one["status"], one["error"]) for one in shown["tries"]] == [(200, "")]
    assert 0 <= shown["tries"][0]["ms"] < 10_000
    assert row == {name: shown[name] for name in row}


def test_a_key_that_is_kept_from_events_does_not_read_them_here(sent, api, member, client_for):
    client = client_for(member.account)
    with account_scope(member.account):
        ApiKey.objects.filter(name="test").update(scopes=["webhooks.view"])
    assert client.get(DELIVERIES).status_code == 200
    assert client.get(f"{DELIVERIES}/{listed(api)[0]['id']}").status_code == 403


def test_A16_a_delivery_is_sent_again_with_the_same_id_and_body(api, sent, member, receiver):
    row = listed(api, "?type=goal.completed")[0]
    again = json.loads(api.post(f"{DELIVERIES}/{row['id']}/redeliver").content)
    assert (again["state"], again["attempts"], again["endedAt"]) == ("pending", 1, None)
    send_due()
    twice = [request for request in receiver.requests if request.headers["webhook-id"] == row["id"]]
    assert len(twice) == 2
    assert twice[0].body == twice[1].body
    assert listed(api, "?type=goal.completed")[0]["attempts"] == 2
    with account_scope(member.account):
        told = Event.objects.filter(type="webhook.redelivered").values_list("data", flat=True)
        assert list(told) == [{"webhook": row["webhook"], "delivery": row["id"]}]


def test_A16_what_is_dead_has_another_day(api, sent, member, another):
    row = listed(api, "?state=pending")[0]
    with account_scope(member.account):
        WebhookDelivery.objects.filter(pk=row["id"]).update(
            state="dead", next_at=None, attempts=20, begun_at=datetime.now(UTC) - timedelta(days=2)
        )
    assert api.post(f"{DELIVERIES}/{row['id']}/redeliver").status_code == 200
    send_due()
    now = listed(api, "?type=task.lost")[0]
    assert (now["state"], now["attempts"]) == ("pending", 21)
    due = datetime.fromisoformat(now["nextAt"]) - datetime.now(UTC)
    assert due < timedelta(seconds=6), "it begins with short waits again"


def test_nothing_is_sent_again_or_tested_while_a_webhook_is_off(api, sent):
    good, _ = sent
    api.patch(f"{WEBHOOKS}/{good['id']}", {"isActive": False}, content_type="application/json")
    row = listed(api, "?type=goal.completed")[0]
    for path in (f"deliveries/{row['id']}/redeliver", f"{good['id']}/test"):
        answer = api.post(f"{WEBHOOKS}/{path}")
        assert (answer.status_code, json.loads(answer.content)["name"]) == (409, "conflict")


def test_what_waits_while_a_webhook_is_off_is_sent_when_it_is_on_again(api, hook, member, receiver):
    made = hook(types=["goal.*"])
    tell(member.account, uuid4())
    spread_all()
    address = f"{WEBHOOKS}/{made['id']}"
    api.patch(address, {"isActive": False}, content_type="application/json")
    assert send_due() == []
    api.patch(address, {"isActive": True}, content_type="application/json")
    assert [one.ok for one in send_due()] == [True]


def test_a_test_is_sent_whatever_types_are_asked_for(api, hook, member, receiver):
    made = hook(types=["memory.deleted"])
    sent = json.loads(api.post(f"{WEBHOOKS}/{made['id']}/test").content)
    assert (sent["type"], sent["event"], sent["state"]) == ("webhook.test", None, "pending")
    assert [one.ok for one in send_due()] == [True]
    assert receiver.ids() == [sent["id"]]
    assert receiver.events()[0]["id"] == sent["id"]
