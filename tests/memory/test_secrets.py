"""Values tagged `secrets`: encrypted at rest, bound to account and key, and shown to few (E-R38)."""

import logging
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from executor_one.kit import tenancy
from memory import sealing
from memory.models import Memory

PLANTED = "planted-7f3a-hunter2"
KEYS = {"viewer": False, "operator": False, "developer": True, "admin": True, "owner": True}


@pytest.fixture
def secret(store):
    answer = store(key="db-credentials", value={"password": PLANTED}, tags=["infra", "secrets"], importance=1.0)
    assert answer.status_code == 201
    return answer


def every_value(owner_connection):
    """(table.column, text) of every column of every table in the database, as its owner sees them."""
    owner_connection.execute("SELECT set_config('app.account', '*', false)")
    columns = owner_connection.execute(
        "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables "
        "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    ).fetchall()
    for table, column in columns:
        for (text,) in owner_connection.execute(f'SELECT "{column}"::text FROM "{table}"').fetchall():
            yield f"{table}.{column}", text or ""


def in_hex(text):
    return text.encode().hex()


@pytest.mark.parametrize("tag", ["secrets", "SECRETS", " secrets", "SECRETS\u00a0", "\uff53ecrets"])
def test_E_R38_the_database_holds_no_secret_in_plain(committed, member, store, api, owner_connection, tag):
    store(key="db", value={"password": PLANTED}, tags=[tag])
    store(key="later", value=PLANTED)
    api.patch("/api/memory/later", {"tags": [tag]}, content_type="application/json")
    store(key="db", value={"password": PLANTED, "port": 1})
    for key in ("db", "later"):
        api.get(f"/api/memory/{key}")
        api.post(f"/api/memory/{key}/crystallize")
    store(key="plain", value="seen-in-plain")
    found = dict(every_value(owner_connection))
    assert any("seen-in-plain" in text for text in found.values()), "the search finds what is there"
    hidden = [where for where, text in every_value(owner_connection) if PLANTED in text or in_hex(PLANTED) in text]
    assert hidden == []
    assert PLANTED in str(api.get("/api/memory/later").json()["value"])


def test_E_R38_no_list_no_answer_to_a_write_no_event_no_log_shows_it(api, store, secret, events_of, caplog):
    caplog.set_level(logging.DEBUG)
    answers = [
        secret,
        store(key="db-credentials", value=PLANTED),
        api.put("/api/memory/db-credentials", {"value": PLANTED, "tags": ["secrets"]}, content_type="application/json"),
        api.patch("/api/memory/db-credentials", {"importance": 0.9}, content_type="application/json"),
        api.post("/api/memory/db-credentials/crystallize"),
        api.get("/api/memory?query=db&tags=secrets"),
        api.get("/api/memory/audit"),
        store(key="db-credentials", value=PLANTED + "x" * 65536),
        store(key="db-credentials", value=PLANTED, ttl=-1),
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 200, 200, 200, 200, 200, 400, 400]
    assert not [answer.content for answer in answers if PLANTED.encode() in answer.content]
    listed = answers[5].json()["data"][0]
    assert listed["sealed"]
    assert "value" not in listed
    assert PLANTED not in str(events_of())
    assert PLANTED not in caplog.text
    assert answers[6].json()["sealed"] == 1


@pytest.mark.parametrize("role", KEYS)
def test_E_R38_the_value_needs_memory_secrets(member, client_for, secret, role):
    answer = client_for(member.account, role=role).get("/api/memory/db-credentials")
    assert answer.status_code == 200
    assert answer.json()["sealed"]
    assert (answer.json().get("value") == {"password": PLANTED}) is KEYS[role]
    assert ("value" in answer.json()) is KEYS[role]


def test_taking_the_tag_off_needs_memory_secrets_too(member, client_for, api, secret):
    operator = client_for(member.account, role="operator")
    for tags in ([], ["infra"]):
        untag = operator.patch("/api/memory/db-credentials", {"tags": tags}, content_type="application/json")
        assert untag.status_code == 403
        posted = operator.post(
            "/api/memory", {"key": "db-credentials", "value": 1, "tags": tags}, content_type="application/json"
        )
        assert posted.status_code == 200, "a value of one's own shows nothing"
        api.put("/api/memory/db-credentials", {"value": PLANTED, "tags": ["secrets"]}, content_type="application/json")
    shown = api.patch("/api/memory/db-credentials", {"tags": ["infra"]}, content_type="application/json").json()
    assert (shown["sealed"], shown["value"]) == (False, PLANTED)


def test_an_update_without_tags_stays_sealed(api, store, secret):
    assert store(key="db-credentials", value="other").json()["sealed"]
    assert api.get("/api/memory/db-credentials").json()["value"] == "other"


def sealed_of(member, key):
    with tenancy.account_scope(member.account):
        return Memory.objects.get(key=key).sealed


def put_sealed(member, key, sealed):
    with tenancy.account_scope(member.account):
        assert Memory.objects.filter(key=key).update(sealed=sealed) == 1


def test_a_sealed_value_opens_only_in_its_place(member, make_member, client_of, api, store, caplog):
    other = make_member("other@example.com")
    theirs = client_of(other.key)
    for client, key in ((api, "a"), (api, "b"), (theirs, "a")):
        store(client=client, key=key, value=f"{PLANTED} {key}", tags=["secrets"])
    original = sealed_of(member, "a")
    for moved in (
        sealed_of(member, "b"),
        sealed_of(other, "a"),
        original[:-1] + bytes([original[-1] ^ 1]),
        b"\x01",
        b"",
    ):
        put_sealed(member, "a", moved)
        answer = api.get("/api/memory/a")
        assert (answer.status_code, answer.json()["name"]) == (500, "internal_error")
        assert "changed or moved" in answer.json()["message"]
        assert PLANTED not in answer.content.decode()
        assert api.get("/api/memory/b").json()["value"] == f"{PLANTED} b"
        assert api.get("/api/memory").json()["meta"]["total"] == 2, "the rest goes on"
    assert PLANTED not in caplog.text
    put_sealed(member, "a", original)
    assert api.get("/api/memory/a").json()["value"] == f"{PLANTED} a"
    assert api.get("/api/memory/a").json()["accessCount"] == 2, "what was not shown was no access"


def test_the_same_value_is_sealed_differently_each_time(member, store):
    seen = set()
    for _ in range(3):
        store(key="a", value=PLANTED, tags=["secrets"])
        seen.add(bytes(sealed_of(member, "a")))
    assert len(seen) == 3


# --- rotation --------------------------------------------------------------------------------------

OLD, NEW, OTHER = "old-" * 10, "new-" * 10, "other-" * 10


def rotate():
    said = StringIO()
    call_command("rotate_memory_keys", stdout=said)
    return said.getvalue()


def test_keys_rotate(member, make_member, client_of, api, store):
    theirs = client_of(make_member("other@example.com").key)
    with override_settings(MEMORY_KEYS=[OLD]):
        store(key="a", value=PLANTED, tags=["secrets"])
        store(client=theirs, key="a", value=PLANTED, tags=["secrets"])
    with override_settings(MEMORY_KEYS=[NEW, OLD]):
        store(key="b", value=PLANTED, tags=["secrets"])
        assert api.get("/api/memory/a").json()["value"] == PLANTED
        assert rotate() == "2 sealed anew.\n"
        assert rotate() == "0 sealed anew.\n"
    with override_settings(MEMORY_KEYS=[NEW]):
        assert [one.get("/api/memory/a").json()["value"] for one in (api, theirs)] == [PLANTED] * 2


def test_a_lost_key_is_told_and_nothing_is_destroyed(member, api, store):
    with override_settings(MEMORY_KEYS=[OLD]):
        store(key="a", value=PLANTED, tags=["secrets"])
    with override_settings(MEMORY_KEYS=[OTHER]):
        answer = api.get("/api/memory/a")
        assert (answer.status_code, "sealed with a key" in answer.json()["message"]) == (503, True)
        with pytest.raises(CommandError, match="No key opens 1"):
            rotate()
    with override_settings(MEMORY_KEYS=[OTHER, OLD]):
        assert api.get("/api/memory/a").json()["value"] == PLANTED


def test_what_earlier_versions_have_sealed_opens():
    """Written by the first version that sealed; no change may make it unreadable."""
    sealed = bytes.fromhex(
        "01cd4d0c91ab8f171caeb54ba0a538463b39f1ba2edda026f0d959001e85e9e5d29563c6bfe4cf2f19c736a8a9433d51423ad1d629"
    )
    place = {"account": "acc_0", "key": "db-credentials", "masters": ["a-master-key-of-32-characters-xx"]}
    assert sealing.unseal(sealed, **place) == PLANTED
    assert sealing.is_current(sealed, place["masters"])


def test_the_text_is_not_in_what_is_sealed_and_every_byte_counts():
    place = {"account": "acc_1", "key": "k", "masters": [OLD]}
    sealed = sealing.seal(PLANTED, **place)
    assert PLANTED.encode() not in sealed
    assert sealing.unseal(sealed, **place) == PLANTED
    for at in range(len(sealed)):
        broken = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises((sealing.Damaged, sealing.UnknownKey)):
            sealing.unseal(broken, **place)
    for wrong in ({"account": "acc_2"}, {"key": "k2"}, {"key": "", "account": "acc_1\0k"}):
        with pytest.raises(sealing.Damaged):
            sealing.unseal(sealed, **{**place, **wrong})
