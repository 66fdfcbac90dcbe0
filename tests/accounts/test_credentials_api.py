"""The vault over the API (O38-O41): who may what, what is shown, and what is told of it."""

import json

import pytest
from django.test import Client

from accounts import roles
from accounts.callers import person
from accounts.keys import create_key
from accounts.models import ApiKey, Credential, Membership
from events.models import Event
from executor_one.kit import tenancy
from executor_one.kit.errors import Forbidden

PLANTED = "planted-9e2b-hunter2"
BASIC = {"username": "me", "password": PLANTED}
ROLES = ("viewer", "operator", "developer", "admin", "owner")


@pytest.fixture
def mine(member, client_for):
    """A key of an owner that names credentials.read."""
    return client_for(member.account)


def post(client, key="api", value=PLANTED, **more):
    return client.post("/api/credentials", {"key": key, "value": value, **more}, content_type="application/json")


def key_with(member, client_of, role, scopes):
    """A client with a key of that role and those scopes."""
    with tenancy.account_scope(member.account):
        by = person(Membership.objects.select_related("user").get(), "token")
        _, raw = create_key(name="k", role=role, scopes=scopes, expires_at=None, by=by, plan=by.plan)
    return client_of(raw)


def events(member, type="credential."):
    with tenancy.account_scope(member.account):
        return list(Event.objects.filter(type__startswith=type).order_by("id"))


def test_O38_O39_what_was_put_in_is_listed_without_its_value(mine):
    made = post(mine, "db/main", BASIC, kind="database", hosts=["DB.internal"], description="The shop")
    assert made.status_code == 201
    again = post(mine, "db/main", BASIC, kind="database", hosts=["db.internal"], description="The shop")
    assert again.status_code == 200
    post(mine, "api")
    listed = mine.get("/api/credentials").json()
    assert [one["key"] for one in listed["data"]] == ["api", "db/main"]
    assert listed["meta"] == {"total": 2, "limit": 20, "offset": 0}
    shown = listed["data"][1]
    assert {*shown} == {
        "key", "kind", "hosts", "description", "createdAt", "updatedAt", "createdBy", "lastUsedAt", "timesUsed",
    }  # fmt: skip
    assert (shown["kind"], shown["hosts"], shown["description"]) == ("database", ["db.internal"], "The shop")
    assert (shown["timesUsed"], shown["lastUsedAt"]) == (0, None)
    assert PLANTED not in json.dumps([made.json(), again.json(), listed])


@pytest.mark.parametrize(
    ("kind", "value", "seen"),
    [
        ("bearer", PLANTED, PLANTED), ("bearer", {"token": PLANTED}, PLANTED), ("basic", BASIC, BASIC),
        ("header", {"name": "X-Key", "value": PLANTED}, {"name": "X-Key", "value": PLANTED}),
        ("env", {"my_token": PLANTED, "camelCase": "1"}, {"my_token": PLANTED, "camelCase": "1"}),
    ],
)  # fmt: skip
def test_O40_one_is_shown_as_it_was_put_in(mine, kind, value, seen):
    assert post(mine, value=value, kind=kind).status_code == 201
    answer = mine.get("/api/credentials/api")
    assert answer.json()["value"] == seen
    assert answer["Cache-Control"] == "no-store"


def test_O40_each_reading_is_an_event_with_its_receipt(mine, member):
    post(mine)
    answers = [mine.get("/api/credentials/api") for _ in range(2)]
    mine.get("/api/credentials/gone")
    told = events(member, "credential.read")
    assert [one.receipt for one in told] == [answer["X-Receipt"] for answer in answers]
    with tenancy.account_scope(member.account):
        actor = f"key:{ApiKey.objects.get(name='test').pk}"
    assert {(one.actor, one.data["credential"]) for one in told} == {(actor, "api")}
    assert PLANTED not in str([one.data for one in events(member, "")])


@pytest.mark.parametrize("role", ROLES)
def test_O38_to_O41_by_role(member, client_for, mine, role):
    post(mine)
    client, is_admin = client_for(member.account, role=role), role in ("admin", "owner")
    assert client.get("/api/credentials").status_code == 200
    shown = client.get("/api/credentials/api")
    assert shown.status_code == (200 if is_admin else 403)
    assert (PLANTED in shown.content.decode()) is is_admin
    assert post(client, "new").status_code == (201 if is_admin else 403)
    gone = client.delete("/api/credentials/api")
    assert gone.status_code == (200 if is_admin else 403)
    if is_admin:
        assert gone.json() == {"key": "api", "deleted": True}
        assert client.delete("/api/credentials/api").status_code == 404


@pytest.mark.parametrize(
    ("scopes", "status"),
    [(["*"], 403), (["credentials.view", "credentials.edit"], 403), (["credentials.read"], 200),
     (["*", "credentials.read"], 200)],
)  # fmt: skip
def test_O40_a_key_reads_only_if_its_scopes_say_so_by_name(member, client_of, mine, scopes, status):
    post(mine)
    client = key_with(member, client_of, "owner", scopes)
    answer = client.get("/api/credentials/api")
    assert answer.status_code == status
    assert (PLANTED in answer.content.decode()) is (status == 200)
    assert "*" not in scopes or post(client, "new").status_code == 201
    reads = [] if status == 403 else ["credential.read"]
    assert [one.type for one in events(member, "credential.read")] == reads


def test_O40_the_account_s_first_key_cannot_read(api, mine):
    post(api)
    assert api.get("/api/credentials/api").status_code == 403
    assert "credentials.read" not in api.get("/api/auth/me").json()["permissions"]


def test_O40_a_key_cannot_make_one_that_reads_more_than_itself(api, member, client_of):
    """Nor rotate one that does, whose new secret it would be shown."""
    for scopes in (["credentials.read"], ["*", "credentials.read"]):
        answer = api.post("/api/auth/keys", {"scopes": scopes}, content_type="application/json")
        assert answer.status_code == 403
    key_with(member, client_of, "owner", ["credentials.read"])
    with tenancy.account_scope(member.account):
        reading = ApiKey.objects.get(name="k").pk
    assert api.post(f"/api/auth/keys/{reading}/rotate", {}, content_type="application/json").status_code == 403
    both = key_with(member, client_of, "owner", ["*", "credentials.read"])
    assert both.post(f"/api/auth/keys/{reading}/rotate", {}, content_type="application/json").status_code == 201
    plain = both.post("/api/auth/keys", {}, content_type="application/json").json()
    assert plain["scopes"] == ["*"], "what is not said is not given"
    own = api.post("/api/auth/keys", {"scopes": ["*", "goals.view"]}, content_type="application/json")
    assert own.status_code == 201


@pytest.mark.parametrize("role", ROLES)
def test_O40_a_person_reads_by_their_role(member, mine, role):
    post(mine)
    with tenancy.account_scope(member.account):
        membership = Membership.objects.select_related("user").get()
        membership.role = role
        membership.save(update_fields=["role"])
    signed_in = {"email": membership.user.email, "password": "correct-horse-battery-9"}
    token = Client().post("/api/auth/login", signed_in, content_type="application/json").json()["token"]
    client = Client(headers={"Authorization": f"Bearer {token}"})
    assert client.get("/api/credentials/api").status_code == (200 if role in ("admin", "owner") else 403)
    if role != "owner":
        return
    made = client.post("/api/auth/keys", {"name": "plain"}, content_type="application/json").json()
    assert made["scopes"] == ["*"]
    named = client.post("/api/auth/keys", {"scopes": ["credentials.read"]}, content_type="application/json")
    assert named.status_code == 201
    assert (
        client.post(f"/api/auth/keys/{named.json()['id']}/rotate", {}, content_type="application/json").status_code
        == 201
    )


def test_an_onlooker_can_neither_read_nor_make_a_key_that_does(member):
    with tenancy.account_scope(member.account):
        looking = person(Membership.objects.select_related("user").get(), "cookie")
        assert looking.may("credentials.read")
        looking.is_onlooker = True
        assert not looking.may("credentials.read")
        looking.scopes = roles.implied(looking.scopes)
        wanted = {"name": "k", "role": "owner", "expires_at": None, "by": looking, "plan": looking.plan}
        create_key(scopes=["*"], **wanted)
        with pytest.raises(Forbidden):
            create_key(scopes=["*", "credentials.read"], **wanted)


def test_O40_O41_another_account_s_is_not_there(mine, make_member, client_for):
    theirs = client_for(make_member("other@example.com").account)
    post(theirs)
    foreign, absent = mine.get("/api/credentials/api"), mine.get("/api/credentials/never")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.json()["message"] == absent.json()["message"]
    assert mine.delete("/api/credentials/api").status_code == 404
    assert theirs.get("/api/credentials/api").json()["value"] == PLANTED
    assert mine.get("/api/credentials").json()["meta"]["total"] == 0


def test_O41_a_deleted_one_is_gone(mine, member):
    post(mine, "a/b.c-d_e")
    assert mine.delete("/api/credentials/a/b.c-d_e").json() == {"key": "a/b.c-d_e", "deleted": True}
    assert mine.delete("/api/credentials/a/b.c-d_e").status_code == 404
    assert mine.get("/api/credentials/a/b.c-d_e").status_code == 404
    assert [one.type for one in events(member)] == ["credential.created", "credential.deleted"]


def test_O40_reading_is_limited(mine, member, monkeypatch):
    monkeypatch.setattr("accounts.vault.READS", (2, 3600))
    post(mine)
    answers = [mine.get("/api/credentials/api") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 429, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert PLANTED not in answers[-1].content.decode()
    assert len(events(member, "credential.read")) == 2


def test_O40_what_was_tampered_with_is_500_and_a_missing_key_503(mine, member, settings):
    post(mine)
    settings.CREDENTIAL_KEYS = ["another-" * 5]
    missing = mine.get("/api/credentials/api")
    assert (missing.status_code, missing.json()["name"]) == (503, "provider_unavailable")
    settings.CREDENTIAL_KEYS = [settings.SECRET_KEY]
    with tenancy.account_scope(member.account):
        Credential.objects.update(hosts=["evil.example"])
    answer = mine.get("/api/credentials/api")
    assert (answer.status_code, answer.json()["name"]) == (500, "internal_error")
    assert answer.json()["message"].startswith("Decryption failed")
    assert PLANTED not in (missing.content + answer.content).decode()
    assert not events(member, "credential.read"), "what was not shown was not read"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"key": None}, "key"), ({"key": "a b"}, "key"), ({"key": 7}, "key"), ({"value": None}, "value"),
        ({"value": [PLANTED]}, "value"), ({"value": PLANTED + "x" * 65_536}, "value"), ({"kind": "ssh"}, "kind"),
        ({"kind": "basic"}, "value"), ({"hosts": "a.example"}, "hosts"), ({"hosts": ["*"]}, "hosts"),
        ({"hosts": ["a.example"] * 51}, "hosts"), ({"ttl": 1}, "ttl"), ({"description": "x" * 501}, "description"),
    ],
)  # fmt: skip
def test_O39_what_does_not_fit_is_400_with_its_field_and_without_the_value(mine, changed, field):
    body = {"key": "a", "value": PLANTED, **changed}
    answer = mine.post("/api/credentials", body, content_type="application/json")
    assert answer.status_code == 400
    assert [*answer.json()["errors"]] == [field]
    assert PLANTED not in answer.content.decode()


def test_no_statement_sends_the_value_to_the_database(mine, django_assert_max_num_queries):
    with django_assert_max_num_queries(100) as sent:
        assert post(mine, value=BASIC, kind="basic").status_code == 201
    assert "accounts_credential" in str(sent.captured_queries)
    assert PLANTED not in str(sent.captured_queries)
