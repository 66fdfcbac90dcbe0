"""A15: webhooks are made, listed, changed, rotated and deleted; their secrets are shown once."""

import json

import pytest

from accounts.models import ApiKey
from events.models import Event
from executor_one.kit.tenancy import account_scope
from webhooks.actions import MOST
from webhooks.models import WebhookEndpoint, WebhookLane

WEBHOOKS = "/api/v1/webhooks"
SITE = "https://example.com/hook"
JSON = {"content_type": "application/json"}


def events_of(member, prefix="webhook."):
    with account_scope(member.account):
        return [(row.type, row.data) for row in Event.objects.filter(type__startswith=prefix).order_by("id")]


def test_A15_a_webhook_is_made_with_a_secret_that_is_never_shown_again(api, hook, member):
    made = hook(SITE, ["goal.*", "task.failed"], description="ours")
    assert made["id"].startswith("wep_")
    assert made["secret"].startswith("whsec_")
    assert (made["url"], made["types"], made["isActive"]) == (SITE, ["goal.*", "task.failed"], True)
    listed = api.get(WEBHOOKS).content.decode()
    one = api.get(f"{WEBHOOKS}/{made['id']}").content.decode()
    assert "whsec_" not in listed + one
    assert json.loads(listed)["data"] == [json.loads(one)]
    assert json.loads(listed)["meta"] == {"total": 1, "limit": 20, "offset": 0}
    told = {"webhook": made["id"], "host": "example.com", "types": ["goal.*", "task.failed"]}
    assert events_of(member) == [("webhook.created", told)]


def test_the_secret_is_sealed_in_the_database(hook, member):
    made = hook(SITE)
    with account_scope(member.account):
        sealed = bytes(WebhookEndpoint.objects.get().sealed)
    assert made["secret"].encode() not in sealed
    assert made["secret"][6:].encode() not in sealed


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook", "ftp://example.com", "example.com", "https://user:pass@example.com/", "https://",
        "https://example.com:22/", "https://example.com/a b", "https://example.com/\r\nX-A: b", "https://127.0.0.1/",
        "https://[::1]/", "https://10.0.0.1/", "https://169.254.169.254/latest", "https://0x7f000001/",
        "https://[::ffff:127.0.0.1]/", "https://" + "a" * 2100 + ".com/",
    ],
)  # fmt: skip
def test_an_address_that_cannot_be_sent_to_is_refused(api, url):
    answer = api.post(WEBHOOKS, {"url": url, "types": ["*"]}, **JSON)
    assert answer.status_code == 400
    assert "url" in json.loads(answer.content)["errors"]


def test_without_https_only_what_the_operator_has_excepted_is_taken(api, hook, receiver):
    assert hook(receiver.url)["url"] == receiver.url
    answer = api.post(WEBHOOKS, {"url": "http://93.184.216.34/", "types": ["*"]}, **JSON)
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "types", [[], ["goal.unheard"], ["goal."], ["*.completed"], ["webhook.dead"], ["webhook.*"], ["goal.*", 1], "*"]
)
def test_types_that_there_are_not_are_refused(api, types):
    answer = api.post(WEBHOOKS, {"url": SITE, "types": types}, **JSON)
    assert answer.status_code == 400
    assert any(name.startswith("types") for name in json.loads(answer.content)["errors"])


def test_unknown_fields_are_refused(api, hook):
    answer = api.post(WEBHOOKS, {"url": SITE, "types": ["*"], "secret": "mine"}, **JSON)
    assert answer.status_code == 400
    made = hook(SITE)
    answer = api.patch(f"{WEBHOOKS}/{made['id']}", {"cursor": 0}, **JSON)
    assert answer.status_code == 400


def test_an_account_has_twenty_at_most(api, hook):
    made = [hook(SITE) for _ in range(MOST)]
    answer = api.post(WEBHOOKS, {"url": SITE, "types": ["*"]}, **JSON)
    assert (answer.status_code, json.loads(answer.content)["name"]) == (409, "conflict")
    assert api.delete(f"{WEBHOOKS}/{made[0]['id']}").status_code == 204
    hook(SITE)


def test_A15_a_webhook_is_changed(api, hook, member):
    made = hook(SITE)
    answer = api.patch(
        f"{WEBHOOKS}/{made['id']}", {"url": "https://example.org", "types": ["memory.*"], "isActive": False}, **JSON
    )
    now = json.loads(answer.content)
    assert (now["url"], now["types"], now["isActive"]) == ("https://example.org/", ["memory.*"], False)
    assert now["disabledAt"]
    assert events_of(member)[-1] == (
        "webhook.updated", {"webhook": made["id"], "fields": ["url", "types", "isActive"]}
    )  # fmt: skip
    assert json.loads(api.patch(f"{WEBHOOKS}/{made['id']}", {"isActive": True}, **JSON).content)["disabledAt"] is None
    answer = api.patch(f"{WEBHOOKS}/{made['id']}", {"url": "https://10.0.0.1/"}, **JSON)
    assert answer.status_code == 400


def test_A15_a_deleted_webhook_is_gone_with_its_secret_and_its_deliveries(api, hook, member):
    made = hook(SITE)
    sent = json.loads(api.post(f"{WEBHOOKS}/{made['id']}/test").content)
    assert api.delete(f"{WEBHOOKS}/{made['id']}").status_code == 204
    for path in (made["id"], f"deliveries/{sent['id']}"):
        assert api.get(f"{WEBHOOKS}/{path}").status_code == 404
    assert api.delete(f"{WEBHOOKS}/{made['id']}").status_code == 404
    assert api.post(f"{WEBHOOKS}/deliveries/{sent['id']}/redeliver").status_code == 404
    for path in ("", "/deliveries"):
        assert json.loads(api.get(f"{WEBHOOKS}{path}").content)["data"] == []
    with account_scope(member.account):
        assert bytes(WebhookEndpoint.objects.get().sealed) == b""
        assert not WebhookLane.objects.exists()
    assert events_of(member)[-1] == ("webhook.deleted", {"webhook": made["id"]})


def test_A_R26_a_rotated_secret_is_shown_once_and_the_old_one_ends_at_its_time(api, hook, member):
    made = hook(SITE)
    answer = json.loads(api.post(f"{WEBHOOKS}/{made['id']}/rotate", {"graceHours": 2}, **JSON).content)
    assert answer["secret"].startswith("whsec_")
    assert answer["secret"] != made["secret"]
    assert answer["previousSecretUntil"]
    assert events_of(member)[-1] == ("webhook.rotated", {"webhook": made["id"], "graceSeconds": 7200})
    answer = json.loads(api.post(f"{WEBHOOKS}/{made['id']}/rotate", {"graceHours": 0}, **JSON).content)
    assert answer["previousSecretUntil"] is None


@pytest.mark.parametrize("hours", [-1, 169, 1.5, "24", True])
def test_a_grace_beyond_a_week_is_refused(api, hook, hours):
    made = hook(SITE)
    assert api.post(f"{WEBHOOKS}/{made['id']}/rotate", {"graceHours": hours}, **JSON).status_code == 400


@pytest.mark.parametrize(
    ("method", "path"), [("post", ""), ("patch", "/{id}"), ("post", "/{id}/rotate")]
)  # fmt: skip
def test_a_key_that_is_kept_from_events_cannot_have_them_sent(hook, member, client_for, method, path):
    made = hook(SITE)
    client = client_for(member.account)
    with account_scope(member.account):
        ApiKey.objects.filter(name="test").update(scopes=["webhooks.view", "webhooks.edit"])
    answer = getattr(client, method)(f"{WEBHOOKS}{path.format(**made)}", {"url": SITE, "types": ["*"]}, **JSON)
    assert answer.status_code == 403
    assert "goals.view" in json.loads(answer.content)["message"]
    assert client.get(WEBHOOKS).status_code == 200


def test_an_operator_neither_sees_nor_makes_webhooks(member, client_for):
    client = client_for(member.account, role="operator")
    assert client.get(WEBHOOKS).status_code == 403
    assert client.post(WEBHOOKS, {"url": SITE, "types": ["*"]}, **JSON).status_code == 403
