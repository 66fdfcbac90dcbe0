"""API keys of an organization (O1-O9) and the log of what they asked."""

from datetime import timedelta

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from accounts import request_log
from accounts.models import ApiKey, ApiRequest
from accounts.tasks import forget_requests
from events.models import Event
from executor_one.kit.tenancy import account_scope

JSON = "application/json"


@pytest.fixture
def keys(member):
    """The address of the account's keys."""
    return f"/api/organizations/{member.id}/api-keys"


@pytest.fixture
def made(api, keys):
    """A key of the account besides its first one."""
    return api.post(keys, {"name": "CI", "description": "builds"}, content_type=JSON).json()


def told(member):
    with account_scope(member.account):
        return [*Event.objects.order_by("id").values_list("type", flat=True)]


def works(client_of, raw):
    return client_of(raw).get("/api/auth/me").status_code == 200


def test_O1_keys_are_listed_masked(api, keys, made):
    body = api.get(keys).json()
    assert (body["meta"]["total"], [one["name"] for one in body["data"]]) == (2, ["First key", "CI"])
    assert made["apiKey"] not in str(body)
    assert "digest" not in str(body)
    assert body["data"][1]["prefix"] == made["apiKey"][:12]


def test_O2_a_key_is_made_and_shown_once(api, keys, client_of, member):
    wanted = {"name": "CI", "description": "d", "scopes": ["goals.view"], "expires_at": "2099-01-01T00:00:00Z"}
    answer = api.post(keys, wanted, content_type=JSON)
    body = answer.json()
    assert answer.status_code == 201
    assert (body["description"], body["scopes"], body["expiresAt"]) == ("d", ["goals.view"], "2099-01-01T00:00:00Z")
    client = client_of(body["apiKey"])
    assert client.get("/api/goals").status_code == 200
    assert client.get("/api/memory").status_code == 403
    assert told(member)[-1] == "key.created"


@pytest.mark.parametrize(
    ("body", "status"),
    [({}, 400), ({"name": "x", "scopes": ["tasks:nothing"]}, 400), ({"name": "x", "scopes": []}, 400),
     ({"name": "x", "colour": "red"}, 400), ({"name": "x" * 101}, 400), ({"name": "x", "expiresAt": "yesterday"}, 400),
     ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, 422), ({"name": "x", "description": "y" * 501}, 400)],
)  # fmt: skip
def test_O2_what_is_wrong_is_refused(api, keys, body, status):
    assert api.post(keys, body, content_type=JSON).status_code == status


def test_O2_the_plan_has_a_ceiling(db, make_member, client_of):
    member = make_member("free@example.com", "free")
    answer = client_of(member.key).post(f"/api/organizations/{member.id}/api-keys", {"name": "x"}, content_type=JSON)
    assert answer.status_code == 402


def test_O3_a_key_says_what_it_may_and_until_when(api, keys, made):
    body = api.get(f"{keys}/{made['id']}").json()
    assert (body["isActive"], body["graceUntil"], body["expiresAt"], body["lastUsedAt"]) == (True, None, None, None)
    assert {"scopes", "role", "requests", "lastIp", "pausedAt", "revokedAt"} <= body.keys()


def test_O4_name_description_and_scopes_can_be_changed(api, keys, made, client_of, member):
    body = {"name": "Deploys", "description": "", "scopes": ["goals.view"]}
    answer = api.patch(f"{keys}/{made['id']}", body, content_type=JSON)
    assert (answer.status_code, {name: answer.json()[name] for name in body}) == (200, body)
    assert client_of(made["apiKey"]).get("/api/memory").status_code == 403
    with account_scope(member.account):
        last = Event.objects.latest("id")
    assert (last.type, last.data["changed"]) == ("key.updated", ["name", "description", "scopes"])
    api.patch(f"{keys}/{made['id']}", body, content_type=JSON)
    assert told(member).count("key.updated") == 1, "nothing was changed"


def test_O4_a_paused_key_is_refused_until_it_is_resumed(api, keys, made, client_of, member):
    assert works(client_of, made["apiKey"])
    paused = api.patch(f"{keys}/{made['id']}", {"is_active": False}, content_type=JSON).json()
    assert paused["isActive"] is False
    assert paused["pausedAt"]
    assert not works(client_of, made["apiKey"])
    assert api.generic("POST", f"{keys}/{made['id']}/rotate").status_code == 409
    assert api.patch(f"{keys}/{made['id']}", {"isActive": True}, content_type=JSON).json()["isActive"] is True
    assert works(client_of, made["apiKey"])
    assert told(member)[-2:] == ["key.paused", "key.resumed"]


def test_O4_a_key_cannot_wake_a_paused_one_that_may_more(api, keys, made, client_for, member):
    path = f"{keys}/{made['id']}"
    api.patch(path, {"isActive": False}, content_type=JSON)
    narrow = client_for(member.account)
    with account_scope(member.account):
        ApiKey.objects.filter(name="test").update(scopes=["keys.edit"])
    assert narrow.patch(path, {"isActive": True}, content_type=JSON).status_code == 403
    assert narrow.patch(path, {"name": "renamed"}, content_type=JSON).json()["isActive"] is False
    assert api.patch(path, {"isActive": True}, content_type=JSON).json()["isActive"] is True


def test_O4_nothing_brings_a_revoked_key_back(api, keys, made, client_of):
    api.generic("POST", f"{keys}/{made['id']}/revoke")
    assert api.patch(f"{keys}/{made['id']}", {"isActive": True}, content_type=JSON).status_code == 409
    assert not works(client_of, made["apiKey"])


@pytest.mark.parametrize("body", [{"role": "owner"}, {"requests": 0}, {"isActive": "yes"}, {"scopes": ["*", "x"]}])
def test_O4_nothing_else_can_be_changed(api, keys, made, body):
    assert api.patch(f"{keys}/{made['id']}", body, content_type=JSON).status_code == 400


def test_O4_a_key_gives_no_scopes_that_it_has_not(api, keys, made, client_of):
    narrow = api.post(keys, {"name": "n", "scopes": ["keys.edit", "keys.view"]}, content_type=JSON).json()["apiKey"]
    wide = client_of(narrow).patch(f"{keys}/{made['id']}", {"scopes": ["goals.run"]}, content_type=JSON)
    assert wide.status_code == 403


def test_O5_a_deleted_key_is_refused_and_shown_to_nobody_and_stays_in_the_table(api, keys, made, client_of, member):
    answer = api.delete(f"{keys}/{made['id']}")
    assert (answer.status_code, answer.json()) == (200, {"id": made["id"], "deleted": True})
    assert not works(client_of, made["apiKey"])
    assert api.get(keys).json()["meta"]["total"] == 1
    for path in (made["id"], f"{made['id']}/usage"):
        assert api.get(f"{keys}/{path}").status_code == 404
    assert api.delete(f"{keys}/{made['id']}").status_code == 404
    with account_scope(member.account):
        assert ApiKey.objects.get(pk=made["id"]).deleted_at
    assert told(member)[-2:] == ["key.revoked", "key.deleted"]


def test_O6_a_revoked_key_is_refused_by_its_next_request(api, keys, made, client_of, member):
    assert works(client_of, made["apiKey"])
    body = api.generic("POST", f"{keys}/{made['id']}/revoke").json()
    assert (body["isActive"], bool(body["revokedAt"])) == (False, True)
    assert not works(client_of, made["apiKey"])
    assert api.generic("POST", f"{keys}/{made['id']}/revoke").status_code == 200
    assert told(member).count("key.revoked") == 1


def test_O7_a_rotated_key_works_for_24_hours_beside_the_new_one(api, keys, made, client_of):
    answer = api.generic("POST", f"{keys}/{made['id']}/rotate")
    body = answer.json()
    assert (answer.status_code, body["name"], body["description"]) == (200, "CI", "builds")
    assert (body["replaces"], body["id"] != made["id"]) == (made["id"], True)
    assert works(client_of, made["apiKey"])
    assert works(client_of, body["apiKey"])
    until = api.get(f"{keys}/{made['id']}").json()["graceUntil"]
    assert until.startswith((timezone.now() + timedelta(hours=24)).strftime("%Y-%m-%dT%H:%M")[:15])
    with time_machine.travel(timezone.now() + timedelta(hours=24, seconds=5)):
        assert not works(client_of, made["apiKey"])
        assert works(client_of, body["apiKey"])


@pytest.mark.parametrize(("hours", "status"), [(0, 200), (168, 200), (169, 400), (-1, 400), ("1", 400), (1.5, 400)])
def test_O7_the_grace_is_at_most_a_week(api, keys, made, hours, status):
    answer = api.post(f"{keys}/{made['id']}/rotate", {"grace_hours": hours}, content_type=JSON)
    assert answer.status_code == status


def test_O8_a_rolled_key_ends_at_once(api, keys, made, client_of):
    body = api.generic("POST", f"{keys}/{made['id']}/roll").json()
    assert not works(client_of, made["apiKey"])
    assert works(client_of, body["apiKey"])


def test_O9_what_a_key_asked_is_listed_the_newest_first(api, keys, made, client_of):
    client = client_of(made["apiKey"])
    first = client.get("/api/goals?limit=1")
    second = client.post("/api/goals", {"description": ""}, content_type=JSON)
    body = api.get(f"{keys}/{made['id']}/usage").json()
    rows = body["data"]
    assert body["meta"]["total"] == 2
    assert [(row["method"], row["path"], row["status"]) for row in rows] == [
        ("POST", "/api/goals", 400), ("GET", "/api/goals", 200),
    ]  # fmt: skip
    assert [row["receipt"] for row in rows] == [second["X-Receipt"], first["X-Receipt"]]
    assert rows[0]["ip"] == "127.0.0.1"
    assert rows[0]["durationMs"] >= 0


def test_O9_a_replay_names_the_request_that_did_it(api, keys, made, client_of):
    client, key = client_of(made["apiKey"]), {"Idempotency-Key": "k1"}
    first = client.post("/api/goals", {"description": "x"}, content_type=JSON, headers=key)
    client.post("/api/goals", {"description": "x"}, content_type=JSON, headers=key)
    rows = api.get(f"{keys}/{made['id']}/usage").json()["data"]
    assert [row["replayOf"] for row in rows] == [first["X-Receipt"], ""]


def test_O9_from_where_is_for_owners_and_admins(api, keys, made, client_of):
    client_of(made["apiKey"]).get("/api/goals")
    raw = api.post(keys, {"name": "dev", "role": "developer"}, content_type=JSON).json()["apiKey"]
    row = client_of(raw).get(f"{keys}/{made['id']}/usage").json()["data"][0]
    assert row["ip"] is None
    assert client_of(raw).get(f"{keys}/{made['id']}").json()["lastIp"] is None


def test_O9_of_other_accounts_nothing_is_seen(api, keys, made, make_member, client_of):
    other = make_member("two@example.com")
    client_of(other.key).get("/api/goals")
    request_log.write()
    assert all(row["path"] != "/api/goals" for row in api.get(f"{keys}/{made['id']}/usage").json()["data"])
    assert client_of(other.key).get(keys).status_code == 404
    assert client_of(other.key).get(f"/api/organizations/{other.id}/api-keys/{made['id']}/usage").status_code == 404


def test_the_log_is_kept_for_a_week_and_100_000_of_an_account(member, api, monkeypatch):
    api.get("/api/state")
    request_log.write()
    with account_scope(member.account):
        old = ApiRequest.objects.get()
        for _ in range(5):
            old.pk = None
            old.save()
        ApiRequest.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=7, seconds=1))
    monkeypatch.setattr(request_log, "MOST", 3)
    forget_requests()
    with account_scope(member.account):
        assert ApiRequest.objects.count() == 3
        assert ApiRequest.objects.filter(at__lt=timezone.now() - timedelta(days=1)).count() == 0


def test_while_the_database_is_away_the_log_stays_in_memory(member, api, monkeypatch):
    api.get("/api/state")
    before = len(request_log._gathered)
    with monkeypatch.context() as away:
        away.setattr(request_log.tenancy, "all_accounts", unreachable)
        request_log.write()
    assert len(request_log._gathered) == before


def unreachable(**_):
    raise OperationalError("gone")
