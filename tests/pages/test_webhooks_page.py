"""The page of webhooks: the same actions as the API; a secret is shown once, and nobody sees another account's."""

import re
from uuid import uuid4

import pytest

from executor_one.kit.tenancy import account_scope
from tests.pages.visitors import HTMX, MOST_QUERIES, queries, told, visitor
from tests.webhooks.receiving import spread_all, tell
from webhooks import actions
from webhooks.models import WebhookDelivery, WebhookEndpoint

PAGE = "/dashboard/webhooks"
SITE = "https://example.com/hook"
SECRET = re.compile(r"whsec_\w+")


def add(client, **fields):
    return client.post(PAGE, {"url": SITE, "types": "goal.*, task.failed", "description": "ours", **fields})


def rows(member, model=WebhookEndpoint):
    with account_scope(member.account):
        return list(model.objects.all())


def test_A15_what_is_typed_becomes_a_webhook_and_its_secret_is_shown_once(member):
    client = visitor(member)
    assert "No webhook yet" in told(client.get(PAGE))
    answer = add(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    first, second = client.get(PAGE), client.get(PAGE)
    assert SECRET.search(first.content.decode())
    assert not SECRET.search(second.content.decode())
    assert [(row.url, row.types, row.description) for row in rows(member)] == [
        (SITE, ["goal.*", "task.failed"], "ours")
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "http://example.com"}, "Use https"), ({"url": "https://10.0.0.1/"}, "cannot be reached"),
        ({"url": ""}, "required"), ({"types": "goal.unheard"}, "no event"), ({"types": ","}, "at least one"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_said_beside_its_field(member, fields, words):
    answer = add(visitor(member), **fields)
    assert answer.status_code == 400
    assert words in told(answer)
    assert not rows(member)


def test_A16_deliveries_are_listed_chosen_and_sent_again(member):
    client = visitor(member)
    add(client)
    tell(member.account, uuid4())
    spread_all()
    [row] = rows(member, WebhookDelivery)
    assert row.pk in told(client.get(PAGE))
    assert row.pk in told(client.get(f"{PAGE}?state=pending", headers=HTMX))
    assert row.pk not in told(client.get(f"{PAGE}?state=dead"))
    with account_scope(member.account):
        WebhookDelivery.objects.update(state="dead", next_at=None, last_error="The receiver answered 500.")
    page = told(client.get(f"{PAGE}?state=dead"))
    assert "The receiver answered 500." in page
    assert client.post(f"{PAGE}/deliveries/{row.pk}/redeliver").status_code == 302
    assert [one.state for one in rows(member, WebhookDelivery)] == ["pending"]


def test_the_buttons_test_switch_rotate_and_delete(member):
    client = visitor(member)
    add(client)
    client.get(PAGE)
    [row] = rows(member)
    assert client.post(f"{PAGE}/{row.pk}/test").status_code == 302
    assert [one.type for one in rows(member, WebhookDelivery)] == ["webhook.test"]
    client.post(f"{PAGE}/{row.pk}/rotate", {"grace": "1"})
    assert SECRET.search(client.get(PAGE).content.decode())
    assert rows(member)[0].before_until
    client.post(f"{PAGE}/{row.pk}/switch", {"on": "no"})
    assert "Off" in told(client.get(PAGE))
    assert [one.is_active for one in rows(member)] == [False]
    client.post(f"{PAGE}/{row.pk}/switch", {"on": "yes"})
    assert [one.is_active for one in rows(member)] == [True]
    client.post(f"{PAGE}/{row.pk}/delete")
    assert "No webhook yet" in told(client.get(PAGE))


def test_an_operator_is_refused_and_has_no_entry_in_the_navigation(member):
    client = visitor(member, role="operator")
    assert PAGE not in client.get("/dashboard").content.decode()
    assert client.get(PAGE).status_code == 403
    assert add(client).status_code == 403


@pytest.mark.parametrize("deed", ["test", "switch", "rotate", "delete"])
def test_another_account_s_webhook_answers_like_one_that_never_was(member, make_member, deed):
    other = make_member("two@example.com")
    with account_scope(other.account):
        theirs, _ = actions.create(SITE, ["*"], actor="test")
        sent = actions.send_test(theirs.pk, actor="test")
    client = visitor(member)
    assert client.post(f"{PAGE}/{theirs.pk}/{deed}").status_code == 404
    assert client.post(f"{PAGE}/wep_none/{deed}").status_code == 404
    assert client.post(f"{PAGE}/deliveries/{sent.pk}/redeliver").status_code == 404
    assert theirs.pk not in client.get(PAGE).content.decode()


def test_a_full_page_asks_few_queries(member):
    client = visitor(member)
    for _ in range(5):
        add(client)
    tell(member.account, *(uuid4() for _ in range(30)))
    spread_all()
    assert queries(client, PAGE) <= MOST_QUERIES
