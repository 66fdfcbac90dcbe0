"""The account, its usage and its API keys (E6-E10, E-R7, E-R11)."""

import threading
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import roles, secrets
from accounts.models import ApiKey
from billing.actions import consume, set_plan
from billing.models import Metric
from events.models import Event
from executor_one.kit.tenancy import account_scope

SOON = "2099-01-01T00:00:00Z"


def create(client, **body):
    return client.post("/api/auth/keys", body, content_type="application/json")


def without_receipt(answer):
    return {name: value for name, value in answer.json().items() if name != "receipt"}


def test_E6_account(api, member):
    body = api.get("/api/auth/account").json()
    assert body.keys() == {"id", "email", "name", "plan", "verified", "limits", "createdAt"}
    assert (body["id"], body["plan"], body["verified"]) == (member.id, "enterprise", False)
    assert body["limits"] == {
        "goalsPerMonth": None, "memories": None, "llmCallsPerMonth": None, "parallelTasks": 8, "apiKeys": 50,
        "webSocket": True, "goalCooldownSeconds": 0,
    }  # fmt: skip


def test_E7_usage_says_used_limit_and_reset(db, make_member, client_of):
    member = make_member("use@example.com", "pro")
    with account_scope(member.account), time_machine.travel("2026-12-31T23:59:00Z", tick=False):
        consume(Metric.GOALS)
        consume(Metric.GOALS)
        consume(Metric.LLM_CALLS)
    with time_machine.travel("2026-12-31T23:59:30Z", tick=False):
        body = client_of(member.key).get("/api/auth/usage").json()
    assert body["goals"] == {"used": 2, "limit": 500, "resetsAt": "2027-01-01T00:00:00Z"}
    assert body["llmCalls"] == {"used": 1, "limit": 200, "resetsAt": "2027-01-01T00:00:00Z"}
    assert body["memories"] == {"used": 0, "limit": 5000, "resetsAt": None}
    assert body["apiKeys"] == {"used": 1, "limit": 5, "resetsAt": None}
    with time_machine.travel("2027-01-01T00:00:30Z", tick=False):
        assert client_of(member.key).get("/api/auth/usage").json()["goals"]["used"] == 0


def test_E8_a_new_key_is_shown_once(api, client_of, member):
    answer = create(api, name="CI", scopes=["goals.view", "account.view"], expiresAt=SOON, role="operator")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["name"], body["role"], body["expiresAt"]) == ("CI", "operator", SOON)
    assert body["prefix"] == body["apiKey"][:12]
    assert sorted(body["scopes"]) == ["account.view", "goals.view"]
    assert body["apiKey"] not in api.get("/api/auth/keys").content.decode()
    narrow = client_of(body["apiKey"])
    assert narrow.get("/api/auth/account").status_code == 200
    refused = narrow.get("/api/auth/keys")
    assert (refused.status_code, refused.json()["name"]) == (403, "forbidden_role")
    with account_scope(member.account):
        last = Event.objects.order_by("-id").first()
    assert (last.type, last.data) == ("key.created", {"key": body["id"]})


def test_E8_everything_is_optional(api):
    body = create(api).json()
    assert (body["name"], body["role"], body["scopes"], body["expiresAt"]) == ("API key", "owner", ["*"], None)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": ""}, 400, "name"),
        ({"name": "x" * 101}, 400, "name"),
        ({"name": "a\x00"}, 400, "name"),
        ({"role": "god"}, 400, "role"),
        ({"scopes": []}, 400, "scopes"),
        ({"scopes": ["goals.fly"]}, 400, "scopes.0"),
        ({"scopes": "goals.view"}, 400, "scopes"),
        ({"expiresAt": "2099-01-01T00:00:00"}, 400, "expiresAt"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, 422, "expiresAt"),
        ({"digest": "x"}, 400, "digest"),
    ],
)
def test_E8_bad_input_names_the_field(api, body, status, field):
    answer = create(api, **body)
    assert (answer.status_code, list(answer.json()["errors"])) == (status, [field])


def test_E8_a_key_cannot_make_a_mightier_one(api, client_of, client_for, member):
    assert create(client_for(member.account, role="developer"), role="owner").status_code == 403
    assert create(client_for(member.account, role="developer")).json()["role"] == "developer"
    narrow = client_of(create(api, scopes=["keys.edit", "keys.view"]).json()["apiKey"])
    assert create(narrow, scopes=["*"]).status_code == 403
    assert create(narrow, scopes=["goals.run"]).status_code == 403
    assert sorted(create(narrow).json()["scopes"]) == ["keys.edit", "keys.view"]
    for role in ("viewer", "operator"):
        assert create(client_for(member.account, role=role)).status_code == 403


def test_E9_lists_live_keys_only(api, member):
    made = [create(api, name=name).json() for name in ("a", "b", "c")]
    api.delete(f"/api/auth/keys/{made[0]['id']}")
    with account_scope(member.account):
        ApiKey.objects.filter(pk=made[1]["id"]).update(expires_at=timezone.now())
    body = api.get("/api/auth/keys").json()
    assert [row["name"] for row in body["data"]] == ["First key", "c"]
    assert body["meta"] == {"total": 2, "limit": 20, "offset": 0}
    assert {"id", "name", "prefix", "scopes", "lastUsedAt", "expiresAt"} <= body["data"][0].keys()
    assert api.get("/api/auth/keys?limit=1&offset=1").json()["data"][0]["name"] == "c"
    assert api.get("/api/auth/keys?page=2").status_code == 400


def test_E10_a_revoked_key_is_401_at_once(api, client_of, member):
    made = create(api).json()
    other = client_of(made["apiKey"])
    assert other.get("/api/auth/account").status_code == 200
    assert api.delete(f"/api/auth/keys/{made['id']}").status_code == 204
    assert other.get("/api/auth/account").status_code == 401
    assert api.delete(f"/api/auth/keys/{made['id']}").status_code == 204
    with account_scope(member.account):
        assert Event.objects.filter(type="key.revoked").count() == 1


def test_E10_a_key_may_revoke_itself_and_the_last_one_warns(api, client_of):
    made = create(api).json()
    assert "X-Warning" not in api.delete(f"/api/auth/keys/{made['id']}").headers
    (own,) = api.get("/api/auth/keys").json()["data"]
    answer = api.delete(f"/api/auth/keys/{own['id']}")
    assert answer.status_code == 204
    assert "last key" in answer["X-Warning"]
    assert api.get("/api/auth/keys").status_code == 401


def test_E10_a_foreign_id_answers_like_a_random_one(api, make_member, client_of):
    other = make_member("other@example.com")
    with account_scope(other.account):
        foreign = ApiKey.objects.get().pk
    answers = [api.delete(f"/api/auth/keys/{one}") for one in (foreign, "key_01ZZZ", "x" * 500, "%00", "a%20b")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({str(without_receipt(answer)) for answer in answers}) == 1
    assert client_of(other.key).get("/api/auth/account").status_code == 200


def test_E10_a_developer_cannot_revoke_an_owners_key(api, client_for, member):
    (owners,) = api.get("/api/auth/keys").json()["data"]
    assert client_for(member.account, role="developer").delete(f"/api/auth/keys/{owners['id']}").status_code == 403


def test_an_expired_key_is_401(api, client_of):
    made = create(api, expiresAt=(timezone.now() + timedelta(hours=1)).isoformat()).json()
    assert client_of(made["apiKey"]).get("/api/auth/account").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(hours=1, seconds=1)):
        assert client_of(made["apiKey"]).get("/api/auth/account").status_code == 401


def test_last_use_is_written_once_a_minute(api, member):
    def used():
        api.get("/api/auth/account")
        with account_scope(member.account):
            return ApiKey.objects.get().last_used_at

    now = timezone.now()
    with time_machine.travel(now, tick=False):
        first = used()
    with time_machine.travel(now + timedelta(seconds=59), tick=False):
        assert used() == first == now
    with time_machine.travel(now + timedelta(seconds=61), tick=False):
        assert used() > first


@pytest.mark.parametrize(("plan", "limit"), [("free", 1), ("pro", 5)])
def test_E_R7_E_R11_the_ceiling_of_keys_is_402_and_names_the_plan_that_lifts_it(
    db, make_member, client_of, plan, limit
):
    client = client_of(make_member("full@example.com", plan).key)
    answers = [create(client) for _ in range(limit)]
    assert [answer.status_code for answer in answers] == [201] * (limit - 1) + [402]
    body = answers[-1].json()
    assert (body["name"], body["limit"], body["allowed"], body["plan"]) == ("payment_required", "api_keys", limit, plan)
    assert body["upgrade"] == {"free": "pro", "pro": "enterprise"}[plan]
    if limit > 1:  # a revoked key makes room
        client.delete(f"/api/auth/keys/{client.get('/api/auth/keys').json()['data'][1]['id']}")
        assert create(client).status_code == 201


def test_E_R7_parallel_requests_cannot_pass_the_ceiling(committed, make_member):
    member = make_member("race@example.com", "pro")
    answers, start = [], threading.Barrier(8)

    def one():
        start.wait()
        client = Client(headers={"Authorization": f"Bearer {member.key}"})
        answers.append(create(client).status_code)
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(answers) == [201] * 4 + [402] * 4
    with account_scope(member.account):
        assert ApiKey.objects.live().count() == 5


def test_a_smaller_plan_keeps_its_keys_but_makes_no_new_ones(api, member):
    create(api)
    with account_scope(member.account):
        set_plan(member.account, "free", actor="test")
    assert len(api.get("/api/auth/keys").json()["data"]) == 2
    assert create(api).status_code == 402


def test_secrets_carry_a_checksum_and_enough_randomness():
    made = {secrets.make(secrets.KEY) for _ in range(200)}
    assert len(made) == 200
    for one in made:
        assert secrets.is_well_formed(one)
        assert not secrets.is_well_formed(one[:-1])
        assert not secrets.is_well_formed("ses" + one[3:])


def test_roles_only_ever_add_permissions():
    for lower, higher in zip(roles.ROLES, roles.ROLES[1:], strict=False):
        assert roles.PERMISSIONS[lower] <= roles.PERMISSIONS[higher]
