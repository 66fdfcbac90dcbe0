"""The vault: what is put in opens in its place only, lies nowhere in plain, and is given to tasks (O39, case 51)."""

import logging
from uuid import uuid4

import pytest
from django.core import mail
from django.test import override_settings

from accounts import vault
from accounts.credentials import bound_to, names_in
from accounts.models import Credential, DataKey
from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.errors import DomainError, Malformed, NotFound
from tests.memory.test_secrets import every_value, in_hex

PLANTED = "planted-4c1d-hunter2"
VALUES = {
    "bearer": PLANTED,
    "basic": {"username": "me", "password": PLANTED},
    "header": {"name": "X-Key", "value": PLANTED},
    "database": {"username": "me", "password": PLANTED},
    "registry": {"username": "me", "password": PLANTED},
    "env": {"TOKEN": PLANTED, "EMPTY": ""},
}


@pytest.fixture
def mine(member):
    """The member's account is active."""
    with tenancy.account_scope(member.account):
        yield member


def put(key="api", kind="bearer", values=PLANTED, hosts=("api.example.com",), **more):
    return vault.put(key, kind, values, hosts if kind != "env" else (), actor="test", **more)[0]


def use(*keys, goal=None):
    return vault.opened_for(keys, goal=goal or uuid4(), task=uuid4())


def told():
    return [(one.type, one.data) for one in Event.objects.filter(type__startswith="credential.").order_by("id")]


@pytest.mark.parametrize("kind", VALUES)
def test_a_task_is_given_what_was_put_in(mine, kind):
    put(kind=kind, values=VALUES[kind])
    secret = use("api")["api"]
    assert secret.kind == kind
    assert dict(secret.values) == (VALUES[kind] if kind != "bearer" else {"token": PLANTED})
    assert secret.hosts == (() if kind == "env" else ("api.example.com",))
    assert PLANTED not in repr(secret)


def test_O39_a_second_one_with_its_key_replaces_it(mine):
    put(description="old")
    put(kind="basic", values={"username": "a", "password": "b"}, hosts=["*.example.org"])
    assert Credential.objects.count() == 1
    secret = use("api")["api"]
    assert (secret.kind, secret.hosts, dict(secret.values)) == (
        "basic", ("*.example.org",), {"username": "a", "password": "b"},
    )  # fmt: skip
    assert Credential.objects.get().description == ""
    assert [type for type, _ in told()] == ["credential.created", "credential.updated", "credential.used"]


# --- where it opens --------------------------------------------------------------------------------


@pytest.mark.hostile
@pytest.mark.parametrize(
    "change",
    [{"key": "other"}, {"kind": "registry"}, {"hosts": ["api.example.com", "evil.example"]}, {"hosts": []}],
    ids=str,
)
def test_case_51_a_row_that_was_changed_does_not_open(mine, change, caplog):
    put(kind="database", values=VALUES["database"])
    assert Credential.objects.update(**change) == 1
    key = change.get("key", "api")
    for open_it in (lambda: use(key), lambda: vault.reveal(key, actor="test")):
        with pytest.raises(DomainError) as refused:
            open_it()
        assert (refused.value.status, refused.value.message[:18]) == (500, "Decryption failed:")
    assert "was changed or moved" in caplog.text
    assert PLANTED not in caplog.text + str(refused.value.__context__)


@pytest.mark.hostile
def test_case_51_what_is_copied_from_another_account_does_not_open(member, make_member):
    other = make_member("other@example.com")
    for one in (member, other):
        with tenancy.account_scope(one.account):
            put()
            row, key = Credential.objects.get(), DataKey.objects.get()
    with tenancy.account_scope(member.account):
        Credential.objects.update(sealed=row.sealed)
        with pytest.raises(vault.Damaged):
            use("api")
        mine = bytes(DataKey.objects.get().wrapped)
        DataKey.objects.update(wrapped=key.wrapped)  # and its key with it
        with pytest.raises(vault.Damaged, match="the key of this account's credentials"):
            use("api")
        DataKey.objects.update(wrapped=mine)
        with pytest.raises(vault.Damaged):
            vault.reveal("api", actor="test")
    with tenancy.account_scope(other.account):
        assert use("api")["api"].values == {"token": PLANTED}


@pytest.mark.hostile
def test_case_51_each_part_of_its_place_counts():
    place = ("acc_1", "key", "bearer", ["a.example", "b.example"])
    others = [
        ("acc_2", *place[1:]), ("acc_1", "key2", *place[2:]), (*place[:2], "basic", place[3]),
        (*place[:3], ["a.example"]), (*place[:3], ["a.example,b.example"]), (*place[:3], ["b.example", "a.example"]),
    ]  # fmt: skip
    assert len({bound_to(*one) for one in (place, *others)}) == 7


def test_every_bit_counts(mine):
    put()
    sealed = bytes(Credential.objects.get().sealed)
    for at in range(len(sealed)):
        broken = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        Credential.objects.update(sealed=broken)
        with pytest.raises(vault.Damaged):
            vault.reveal("api", actor=f"test{at}")
    for cut in (b"", b"\x01", sealed[:-1]):
        Credential.objects.update(sealed=cut)
        with pytest.raises(vault.Damaged):
            vault.reveal("api", actor="test")


def test_without_its_data_key_nothing_opens_and_that_is_told(mine):
    put()
    DataKey.objects.all().delete()
    for open_it in (lambda: use("api"), lambda: vault.reveal("api", actor="test")):
        with pytest.raises(vault.Damaged):
            open_it()
    put("new")
    assert use("new")["new"].values == {"token": PLANTED}
    with pytest.raises(vault.Damaged):
        use("api")


def test_the_same_value_is_sealed_differently_each_time(mine):
    assert len({bytes(put().sealed) for _ in range(3)}) == 3


def test_a_missing_master_key_is_told_plainly_and_heals(mine, caplog):
    with override_settings(CREDENTIAL_KEYS=["old-" * 10]):
        put()
    with override_settings(CREDENTIAL_KEYS=["other-" * 10]):
        for open_it in (lambda: use("api"), lambda: vault.reveal("api", actor="test"), put):
            with pytest.raises(DomainError) as refused:
                open_it()
            assert (refused.value.status, "does not have now" in refused.value.message) == (503, True)
    assert "not among CREDENTIAL_KEYS" in caplog.text
    with override_settings(CREDENTIAL_KEYS=["other-" * 10, "old-" * 10]):
        assert use("api")["api"].values == {"token": PLANTED}


# --- where it lies ---------------------------------------------------------------------------------


@pytest.mark.hostile
def test_case_51_no_table_no_log_no_mail_holds_it_in_plain(
    committed, member, make_member, client_for, owner_connection, caplog, run_jobs, settings
):
    caplog.set_level(logging.DEBUG)
    settings.ADMINS = [("ops", "ops@example.com")]
    api = client_for(member.account)
    api.raise_request_exception = False
    for kind, value in VALUES.items():
        body = {"key": f"of/{kind}", "kind": kind, "value": value}
        for _ in range(2):
            answer = api.post("/api/credentials", body, content_type="application/json")
            assert answer.status_code in (200, 201), answer.content
            assert PLANTED not in answer.content.decode()
        assert PLANTED in api.get(f"/api/credentials/of/{kind}").content.decode()
        with tenancy.account_scope(member.account):
            use(f"of/{kind}")
    for wrong in ({"kind": "env"}, {"key": "a b"}, {"hosts": ["a/b"]}, {"kind": "x"}, {"extra": 1}, {"value": 1}):
        body = {"key": "w", "value": PLANTED + "\n", **wrong}
        answer = api.post("/api/credentials", body, content_type="application/json")
        assert answer.status_code == 400
        assert PLANTED not in answer.content.decode()
    with tenancy.account_scope(member.account):
        DataKey.objects.update(wrapped=b"")
    assert (
        api.post("/api/credentials", {"key": "w", "value": PLANTED}, content_type="application/json").status_code == 500
    )
    run_jobs()
    texts = [text for _, text in every_value(owner_connection)]
    assert any("of/registry" in text for text in texts), "the search finds what is there"
    assert not [text for text in texts if PLANTED in text or in_hex(PLANTED) in text]
    assert PLANTED not in caplog.text
    assert PLANTED not in str([(one.subject, one.body, one.attachments) for one in mail.outbox])


@pytest.mark.hostile
def test_case_51_an_unexpected_error_shows_nothing_of_it(member, client_for, caplog, monkeypatch):
    api = client_for(member.account)
    api.raise_request_exception = False
    monkeypatch.setattr("executor_one.kit.sealing.os.urandom", lambda size: 1 / 0)
    answer = api.post("/api/credentials", {"key": "w", "value": PLANTED}, content_type="application/json")
    assert answer.status_code == 500
    assert "ZeroDivisionError" in caplog.text
    assert PLANTED not in caplog.text + answer.content.decode()


# --- who used it -----------------------------------------------------------------------------------


def test_a_use_is_counted_and_the_first_of_a_goal_is_told(mine):
    put()
    put("second")
    goal, other = uuid4(), uuid4()
    for _ in range(3):
        use("api", "second", goal=goal)
    use("api", goal=other)
    row = Credential.objects.get(key="api")
    assert (row.times_used, row.last_used_at is not None) == (4, True)
    used = [(data["credential"], data["goal"]) for type, data in told() if type == "credential.used"]
    assert used == [("api", str(goal)), ("second", str(goal)), ("api", str(other))]
    assert all(data["task"] for type, data in told() if type == "credential.used")


def test_one_that_is_not_there_is_named_and_nothing_is_counted(mine, make_member):
    put()
    with tenancy.account_scope(make_member("other@example.com").account):
        put("theirs")
    with tenancy.account_scope(mine.account):
        with pytest.raises(NotFound, match="no credential gone, theirs"):
            use("api", "theirs", "gone")
        assert Credential.objects.get().times_used == 0
        assert use() == {}


def test_a_deleted_one_is_gone(mine):
    put()
    vault.delete("api", actor="test")
    for gone in (lambda: use("api"), lambda: vault.delete("api", actor="test"), lambda: vault.reveal("api", actor="t")):
        with pytest.raises(NotFound):
            gone()
    assert [type for type, _ in told()] == ["credential.created", "credential.deleted"]


def test_an_account_has_so_many_at_most(mine, monkeypatch):
    monkeypatch.setattr(vault, "MOST", 2)
    put("a")
    put("b")
    with pytest.raises(DomainError, match="2 credentials at most"):
        put("c")
    put("b")


def test_what_an_account_s_credentials_hold_has_an_end(mine, monkeypatch):
    monkeypatch.setattr(vault, "MOST_BYTES", 2048)
    put("a", values="x" * 1500)
    with pytest.raises(DomainError, match="hold 2 KiB at most"):
        put("b", values="x" * 1000)
    put("a", values="x" * 1900)
    with pytest.raises(DomainError):
        put("a", values="x" * 2100)
    assert use("a")["a"].values == {"token": "x" * 1900}


# --- what fits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("API.Example.COM", "api.example.com"), ("api.example.com.", "api.example.com"), (" db ", "db"),
        ("*.Example.com", "*.example.com"), ("10.0.0.1", "10.0.0.1"), ("[2001:DB8::1]", "2001:db8::1"),
        ("bücher.example", "xn--bcher-kva.example"), ("my_db.internal", "my_db.internal"),
    ],
)  # fmt: skip
def test_hosts_are_kept_as_they_are_compared(mine, given, kept):
    assert put(hosts=[given, given]).hosts == [kept]


@pytest.mark.parametrize(
    "host",
    ["", "*", "*.com", "*.10.0.0.1", "*.*.example.com", "a*.example.com", "https://api.example.com",
     "api.example.com:8", "api.example.com/x", "me@api.example.com", "a..b", "-a.example", "a" * 300, "2130706433",
     "0x7f.1", "127.1", "a b", "example.com\n.evil", "é" * 80],
)  # fmt: skip
def test_what_is_no_host_is_refused(mine, host):
    with pytest.raises(Malformed) as refused:
        put(hosts=[host])
    assert [*refused.value.errors] == ["hosts"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bearer", ""), ("bearer", "a\r\nX: y"), ("bearer", "é"), ("bearer", {"token": 1}), ("bearer", ["a"]),
        ("bearer", "x" * 65_536), ("bearer", "\ud800"), ("basic", PLANTED), ("basic", {"username": "a"}),
        ("basic", {"username": "a:b", "password": "c"}), ("basic", {"username": "", "password": ""}),
        ("basic", {"username": "a", "password": "b", "more": "c"}), ("header", {"name": "a b", "value": "c"}),
        ("header", {"name": "Host", "value": "c"}), ("header", {"name": "X", "value": "c\nd"}), ("env", {}),
        ("env", {"1A": "b"}), ("env", {"A=B": "c"}), ("env", {"A": "b\x00"}), ("env", {"A": None}),
        ("env", {"A": "\ud800"}), ("env", PLANTED),
    ],
)  # fmt: skip
def test_what_does_not_fit_its_kind_is_refused_and_not_repeated(mine, kind, values):
    with pytest.raises(Malformed) as refused:
        put(kind=kind, values=values)
    assert [*refused.value.errors] == ["value"]
    assert PLANTED not in refused.value.message
    assert refused.value.__suppress_context__, "a traceback does not show what came"
    assert not Credential.objects.exists()


@pytest.mark.parametrize("key", ["", "a b", "/a", "a/", "a//b", "../a", "a/./b", "x" * 101, "ä", "a\n", "a\x00"])
def test_what_is_no_key_is_refused(mine, key):
    with pytest.raises(Malformed) as refused:
        put(key)
    assert [*refused.value.errors] == ["key"]
    with pytest.raises(NotFound):
        vault.reveal(key, actor="test")


@pytest.mark.parametrize(
    ("actuator", "params", "names"),
    [
        ("shell", {"command": "x", "credentials": ["a", "b", "a"]}, ["a", "b"]), ("shell", {"credential": "a"}, []),
        ("http-client", {"credential": "a"}, ["a"]), ("docker", {"credentials": ["a"]}, []), ("database", {}, []),
        ("shell", {"credentials": "abc"}, []), ("shell", {"credentials": [1, None, ""]}, []),
        ("database", {"credential": 7}, []), ("database", {"credential": "a"}, ["a"]),
    ],
)  # fmt: skip
def test_a_task_s_params_name_credentials(actuator, params, names):
    assert names_in(actuator, params) == names
