"""What is old, deleted or too late is cleared up, a portion at a time; and secrets are sealed anew."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.tenancy import account_scope
from tests.webhooks.receiving import send_due, signed_by, spread_all, tell
from webhooks import chores
from webhooks.models import WebhookDelivery, WebhookEndpoint, WebhookLane

WEBHOOKS = "/api/v1/webhooks"


def made_ago(account, **ago):
    """Every delivery of the account as if it had been made then."""
    moment = datetime.now(UTC) - timedelta(**ago)
    with account_scope(account):
        WebhookDelivery.objects.update(created_at=moment, begun_at=moment)


def test_deliveries_are_kept_for_thirty_days(hook, member, receiver, delivery_of, monkeypatch):
    monkeypatch.setattr(chores, "PORTION", 3)
    hook()
    tell(member.account, *(uuid4() for _ in range(5)))
    spread_all()
    while send_due():
        pass
    made_ago(member.account, days=29, hours=23)
    assert chores.remove_old() == 0
    made_ago(member.account, days=30, hours=1)
    tell(member.account, uuid4())
    spread_all()
    assert [chores.remove_old() for _ in range(3)] == [3, 2, 0]
    assert len(delivery_of()) == 1


def test_what_a_deleted_webhook_leaves_is_removed_in_portions(api, hook, member, receiver, delivery_of, monkeypatch):
    monkeypatch.setattr(chores, "PORTION", 3)
    gone, kept = hook(), hook()
    tell(member.account, *(uuid4() for _ in range(5)))
    spread_all()
    api.delete(f"{WEBHOOKS}/{gone['id']}")
    while chores.remove_deleted():
        pass
    with tenancy.all_accounts(reason="a look at all of the tables"):
        assert list(WebhookEndpoint.objects.values_list("pk", flat=True)) == [kept["id"]]
        assert {*WebhookLane.objects.values_list("endpoint_id", flat=True)} == {kept["id"]}
    assert {row.endpoint_id for row in delivery_of()} == {kept["id"]}
    assert len(delivery_of()) == 5


def test_what_waited_for_more_than_a_day_is_given_up_and_told_once(hook, member, receiver, delivery_of):
    hook()
    tell(member.account, uuid4(), uuid4(), uuid4())
    spread_all()
    made_ago(member.account, hours=24, minutes=30)
    assert chores.give_up() == 0, "a courier may be at its last try"
    made_ago(member.account, hours=26)
    assert chores.give_up() == 3
    assert [(row.state, row.next_at, row.attempts) for row in delivery_of()] == [("dead", None, 0)] * 3
    with account_scope(member.account):
        assert Event.objects.filter(type="webhook.dead").count() == 1
    assert send_due() == []
    assert chores.clear() == 0


def test_secrets_are_sealed_with_the_first_key_after_a_rotation(api, hook, member, receiver, settings):
    made = hook()
    api.post(f"{WEBHOOKS}/{made['id']}/rotate", {"graceHours": 1}, content_type="application/json")
    old, new = settings.CREDENTIAL_KEYS, "n" * 40
    settings.CREDENTIAL_KEYS = [new, *old]
    call_command("rotate_webhook_keys")
    settings.CREDENTIAL_KEYS = [new]
    tell(member.account, uuid4())
    spread_all()
    assert [one.ok for one in send_due()] == [True]
    assert receiver.requests[0].headers["webhook-signature"].split()[1] == signed_by(
        made["secret"], receiver.requests[0]
    )
    settings.CREDENTIAL_KEYS = ["x" * 40]
    with pytest.raises(CommandError, match=made["id"]):
        call_command("rotate_webhook_keys")
