"""The page of the vault: the same actions as the API, and what a credential holds is shown to few, on record."""

from __future__ import annotations

import pytest

from accounts import vault
from accounts.models import Credential
from events.models import Event
from executor_one.kit.tenancy import account_scope
from tests.pages.visitors import MOST_QUERIES, forms, queries, told, visitor

PAGE = "/dashboard/credentials"
PLANTED = "planted-5d0a-hunter2"


def put(client, **fields):
    typed = {"key": "shop/api", "kind": "bearer", "value": PLANTED, "hosts": "api.example.com", **fields}
    return client.post(PAGE, typed)


def events(member):
    with account_scope(member.account):
        found = Event.objects.filter(type__startswith="credential.").order_by("id")
        return [(one.type, one.actor.partition(":")[0]) for one in found]


@pytest.mark.parametrize(
    ("fields", "kept", "values"),
    [
        ({"value": f" {PLANTED}\r\n"}, ("bearer", ["api.example.com"]), {"token": PLANTED}),
        ({"kind": "basic", "name": "me", "value": f"{PLANTED} \r\n"}, ("basic", ["api.example.com"]),
         {"username": "me", "password": f"{PLANTED} "}),
        ({"kind": "header", "name": "X-Key", "hosts": "A.example, *.b.example\r\nc.example"},
         ("header", ["a.example", "*.b.example", "c.example"]), {"name": "X-Key", "value": PLANTED}),
        ({"kind": "env", "hosts": "", "value": f"A={PLANTED}=\r\n\r\nB_2=\r\n"}, ("env", []),
         {"A": f"{PLANTED}=", "B_2": ""}),
    ],
    ids=["bearer", "basic", "header", "env"],
)  # fmt: skip
def test_O39_what_is_typed_is_put_in(member, fields, kept, values):
    answer = put(visitor(member), **fields)
    assert (answer.status_code, answer.headers["Location"]) == (302, PAGE)
    with account_scope(member.account):
        row, held = vault.reveal("shop/api", actor="test")
    assert ((row.kind, row.hosts), held) == (kept, values)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"key": "a b"}, "with single / between"), ({"kind": "basic", "name": "a:b"}, "no colon"),
        ({"kind": "env", "hosts": "", "value": f"A=1\n{PLANTED}"}, "as NAME=value"),
        ({"kind": "env", "value": "A=1"}, "leave this out"), ({"value": ""}, "required"),
        ({"hosts": "https://a.example"}, "no port, path or scheme"), ({"kind": "ssh"}, "Select a valid choice"),
        ({"name": "me" * 600}, "at most 1000"),
    ],
)  # fmt: skip
def test_O39_what_does_not_fit_is_said_and_the_secret_does_not_come_back(member, fields, words):
    answer = put(visitor(member), description="of the shop", **fields)
    assert answer.status_code == 400
    assert words in told(answer)
    page = answer.content.decode()
    assert "of the shop" in page
    assert PLANTED not in page
    with account_scope(member.account):
        assert not Credential.objects.exists()


def test_O38_the_list_says_what_is_there_and_not_what_it_holds(member):
    client = visitor(member)
    assert "No credential yet" in told(client.get(PAGE))
    put(client, description="of the shop")
    put(client, key="nowhere", hosts="")
    page = client.get(PAGE)
    for words in ("shop/api", "Bearer token", "api.example.com", "of the shop", "Nowhere yet"):
        assert words in told(page)
    assert PLANTED not in page.content.decode()
    assert queries(client, PAGE) <= MOST_QUERIES
    for n in range(30):
        put(client, key=f"more/{n}")
    assert queries(client, PAGE) <= MOST_QUERIES


def test_O39_replacing_begins_with_all_but_the_secret(member):
    client = visitor(member)
    put(client, description="of the shop", kind="header", name="X-Key")
    page = client.get(f"{PAGE}?replace=shop%2Fapi")
    assert "Replace shop/api" in told(page)
    assert page.context["form"].initial == {
        "key": "shop/api", "kind": "header", "hosts": "api.example.com", "description": "of the shop",
    }  # fmt: skip
    assert PLANTED not in page.content.decode()
    assert "Put one in" in told(client.get(f"{PAGE}?replace=never"))


def test_O40_who_may_is_shown_it_once_and_that_is_on_record(member):
    client = visitor(member)
    put(client)
    shown = client.post(f"{PAGE}/shop/api/reveal")
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert PLANTED in told(shown)
    assert events(member)[-1] == ("credential.read", "user")
    for again in (client.get(PAGE), client.get(f"{PAGE}/shop/api/reveal", follow=True)):
        assert PLANTED not in again.content.decode()
    assert [type for type, _ in events(member)].count("credential.read") == 1


def test_O40_a_form_of_another_site_shows_nothing(member):
    client = visitor(member)
    put(client)
    client.handler.enforce_csrf_checks = True
    answer = client.post(f"{PAGE}/shop/api/reveal")
    assert answer.status_code == 403
    assert PLANTED not in answer.content.decode()


def test_O40_the_list_of_keys_says_which_of_them_can_read(member, client_for):
    client, row = visitor(member), "All of its role, and credentials.read"
    assert row not in told(client.get("/dashboard/keys"))
    client_for(member.account)
    assert row in told(client.get("/dashboard/keys"))


def test_O41_a_deleted_one_is_gone(member):
    client = visitor(member)
    put(client)
    assert client.post(f"{PAGE}/shop/api/delete").status_code == 302
    assert "No credential yet" in told(client.get(PAGE))
    assert client.post(f"{PAGE}/shop/api/delete").status_code == 404


@pytest.mark.parametrize("role", ["viewer", "operator", "developer"])
def test_who_may_not_sees_no_button_and_is_refused_behind_it(member, role):
    put(visitor(member))
    client = visitor(member, role)
    page = client.get(PAGE)
    assert "shop/api" in told(page)
    assert forms(page) == set()
    assert put(client, key="new").status_code == 403
    for what in ("reveal", "delete"):
        answer = client.post(f"{PAGE}/shop/api/{what}")
        assert answer.status_code == 403
        assert PLANTED not in answer.content.decode()
    assert events(member) == [("credential.created", "user")]


def test_staff_who_look_as_a_person_see_no_button_to_show_it(member):
    client = visitor(member)
    put(client)
    session = client.session
    session["hijack_history"] = ["1"]
    session.save()
    assert f"{PAGE}/shop/api/reveal" not in client.get(PAGE).content.decode()


def test_what_was_tampered_with_is_told_plainly(member, settings):
    client = visitor(member)
    put(client)
    settings.CREDENTIAL_KEYS = ["another-" * 5]
    missing = client.post(f"{PAGE}/shop/api/reveal")
    assert missing.status_code == 503
    assert "does not have now" in told(missing)
    settings.CREDENTIAL_KEYS = [settings.SECRET_KEY]
    with account_scope(member.account):
        Credential.objects.update(kind="header")
    broken = client.post(f"{PAGE}/shop/api/reveal")
    assert broken.status_code == 500
    assert "Decryption failed" in told(broken)
    assert PLANTED not in (missing.content + broken.content).decode()
