"""GET /api/v1/audit/events and /receipts: what happened, found by whoever may see it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from events import audit
from events.actions import event, publish, publish_for_all
from events.audit import Wanted
from events.heads import sign_heads
from executor_one.kit import tenancy
from tests.events.audited import Log

BEGIN = datetime(2026, 7, 1, tzinfo=UTC)


@pytest.fixture
def told(db, member):
    """40 events an hour apart: of two actors, two types and four goals."""
    with tenancy.account_scope(member.id):
        for at in range(40):
            type, actor = ("goal.created", "key:key_1") if at % 2 else ("goal.planned", "executor")
            publish(event(type, {"goal": f"g{at % 4}"}, actor=actor, at=BEGIN + timedelta(hours=at)))
    return member


def get(api, status=200, **query):
    answer = api.get("/api/v1/audit/events", {name.rstrip("_"): value for name, value in query.items()})
    assert answer.status_code == status, answer.content
    return answer.json()


def test_A13_everything_that_happened_newest_first(told, api):
    found = get(api)["data"]
    assert [event["seq"] for event in found] == [*range(found[0]["seq"], 0, -1)]
    first = found[0]
    assert set(first) == {
        "id", "seq", "account", "type", "actor", "receipt", "createdAt", "data", "hash", "prevHash",
    }  # fmt: skip
    assert (first["type"], first["actor"], first["account"]) == ("goal.created", "key:key_1", told.id)
    assert first["createdAt"] == "2026-07-02T15:00:00.000000Z"
    assert first["prevHash"] == found[1]["hash"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"type": "goal.created"}, 20), ({"type": "goal.*"}, 40), ({"type": "task.*"}, 0), ({"type": "test.never"}, 0),
        ({"actor": "key:key_1"}, 20), ({"key": "key_1"}, 20), ({"key": "key_2"}, 0), ({"goal": "g3"}, 10),
        ({"goal": "g3", "type": "goal.planned"}, 0), ({"goal": "g3", "key": "key_1"}, 10),
        ({"type": "goal.*", "from": "2026-07-01T10:00:00Z"}, 30), ({"to": "2026-07-01T10:00:00Z"}, 10),
        ({"from": "2026-07-01T10:00:00Z", "to": "2026-07-01T12:00:00Z"}, 2),
        ({"from": "2026-07-01T10:00:00Z", "to": "2026-07-01T12:00:00Z", "key": "key_1"}, 1),
        ({"receipt": "rcp_never"}, 0), ({"goal": ""}, None), ({"chain": "installation"}, 0),
    ],
)  # fmt: skip
def test_A13_filters(told, api, query, count):
    if count is None:
        get(api, status=400, **query)
        return
    for order in ("asc", "desc"):
        found = get(api, **query, order=order)
        assert len(found["data"]) == count
        assert found["meta"] == {"limit": 100, "next": None}


def test_the_executor_s_own_are_found_by_its_name(told, api):
    found = get(api, actor="executor", type="goal.*")["data"]
    assert len(found) == 20
    assert {event["actor"] for event in found} == {"executor"}


@pytest.mark.parametrize(
    "query", [{}, {"type": "goal.*"}, {"key": "key_1"}, {"goal": "g1"}, {"from": "2026-07-01T20:00Z"}]
)
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("looked", [audit.LOOKED, 3])
def test_pages_join_without_a_gap(told, api, monkeypatch, query, order, looked):
    monkeypatch.setattr(audit, "LOOKED", looked)
    whole = [event["seq"] for event in get(api, **query, order=order, limit=1000)["data"]] if looked > 3 else None
    found, place = [], {}
    for _ in range(100):
        page = get(api, **query, **place, order=order, limit=7)
        found += [event["seq"] for event in page["data"]]
        if page["meta"]["next"] is None:
            break
        place = {"after" if order == "asc" else "before": page["meta"]["next"]}
    assert found == sorted(found, reverse=order == "desc")
    assert whole in (None, found)
    assert len(found) == len(set(found)) >= 10


@pytest.mark.parametrize(
    "query",
    [
        {"type": "goal"}, {"type": "never.*"}, {"type": "*"}, {"type": "a" * 61}, {"type": "a.\x00"}, {"order": "up"},
        {"limit": 0}, {"limit": 1001}, {"after": -1}, {"before": "x"}, {"after": 2**63}, {"from": "yesterday"},
        {"actor": "x", "key": "y"}, {"chain": "all"}, {"account": "acc_1"}, {"fields": "data"}, {"receipt": "\x00"},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(db, api, query):
    assert get(api, status=400, **query)["errors"]


def test_nobody_sees_another_account_s(told, make_member, client_of):
    other = make_member("two@example.com")
    assert {event["account"] for event in Log(other.id, other.key).all("events")} == {other.id}
    assert not get(client_of(other.key), goal="g1")["data"]


def test_what_happened_to_the_installation_is_a_chain_for_everybody(db, member, api):
    with tenancy.all_accounts(reason="a test of the installation's events"):
        publish_for_all("executor.booted", {"runner": "x", "slots": 1, "sandbox": "on"})
    sign_heads()
    (event,) = get(api, chain="installation")["data"]
    assert (event["type"], event["account"], event["seq"], event["prevHash"]) == ("executor.booted", None, 1, "0" * 64)
    (head,) = api.get("/api/v1/audit/heads", {"chain": "installation"}).json()["data"]
    assert (head["account"], head["hash"]) == (None, event["hash"])


@pytest.mark.parametrize("role", ["viewer", "operator", "developer"])
def test_it_is_for_admins_and_owners(db, member, client_for, role):
    get(client_for(member.account, role=role), status=403)


def test_A_R8_a_receipt_says_who_asked_and_what_came_of_it(db, member, api):
    body = {"description": "x", "semanticPath": ["true"]}
    made = api.post("/api/goals", body, content_type="application/json")
    found = api.get(f"/api/v1/audit/receipts/{made['X-Receipt']}").json()
    assert (found["receipt"], found["goals"]) == (made["X-Receipt"], [made.json()["id"]])
    assert found["actor"] == f"key:{found['key']}"
    assert [event["type"] for event in found["events"]][:2] == ["goal.created", "goal.planned"]
    assert {event["receipt"] for event in found["events"]} == {made["X-Receipt"]}
    assert (found["hasMore"], found["replayOf"]) == (False, None)
    assert {name: found["request"][name] for name in ("method", "path", "status")} == {
        "method": "POST", "path": "/api/goals", "status": 201,
    }  # fmt: skip


def test_A_R8_a_receipt_of_a_replay_names_the_request_that_did_it(db, member, api):
    body, key = {"description": "x"}, {"Idempotency-Key": "k1"}
    first, again = (api.post("/api/goals", body, content_type="application/json", headers=key) for _ in range(2))
    found = api.get(f"/api/v1/audit/receipts/{again['X-Receipt']}").json()
    assert (found["replayOf"], found["events"], found["goals"]) == (first["X-Receipt"], [], [])


def test_a_receipt_of_a_request_that_only_read_says_so(db, member, api):
    found = api.get(f"/api/v1/audit/receipts/{api.get('/api/memory')['X-Receipt']}").json()
    assert (found["request"]["method"], found["events"]) == ("GET", [])


def test_A_R9_every_event_of_a_job_has_a_receipt_of_that_job_alone(db, member, api):
    """A worker lives for weeks; each of its jobs is auditable by itself."""
    for name in ("test.one", "test.two"):
        with tenancy.account_scope(member.id):
            publish(event(name, {}), event(name, {}))
    receipts = {event["receipt"]: event["type"] for event in get(api)["data"] if event["type"].startswith("test.")}
    assert sorted(receipts.values()) == ["test.one", "test.two"]
    for receipt, type in receipts.items():
        found = api.get(f"/api/v1/audit/receipts/{receipt}").json()
        assert [event["type"] for event in found["events"]] == [type, type]
        assert (found["actor"], found["key"]) == ("executor", None)


def test_a_receipt_that_did_nothing_here_is_not_found(db, member, api, make_member, client_of):
    other = client_of(make_member("two@example.com").key)
    made = api.post("/api/memory", {"key": "a", "value": 1}, content_type="application/json")
    for client, receipt in (
        (other, made["X-Receipt"]), (other, api.get("/api/memory")["X-Receipt"]), (api, "rcp_never"),
        (api, "x" * 500), (api, "%00"),
    ):  # fmt: skip
        assert client.get(f"/api/v1/audit/receipts/{receipt}").status_code == 404


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "event_seq"), ({"types": ("goal.created",)}, "event_of_type"), ({"receipt": "r"}, "event_of_receipt"),
        ({"goal": "g1"}, "event_of_goal"), ({"actor": "key:key_1"}, "event_of_actor"), ({"account": None}, "event_seq"),
    ],
)  # fmt: skip
def test_a_page_is_read_by_the_index_of_its_filter(told, wanted, index):
    """Also of a table that Postgres knows nothing of yet; in the order of the seqs, so that it ends with the page."""
    chosen = Wanted(**{"account": told.id, **wanted})
    statement = audit._page(audit._whose(chosen), chosen.driving, "DESC")
    types = "(text, bigint, bigint, int, text[], text, text, text, timestamptz, timestamptz, int)"
    values = [chosen.account, 0, 2**62, 21, list(chosen.types) if chosen.types else None]
    with tenancy.account_scope(told.id), connection.cursor() as cursor:
        cursor.execute(audit.IN_ORDER)
        cursor.execute(f"PREPARE page{types} AS {statement}")
        cursor.execute(
            "EXPLAIN EXECUTE page(%s, %s, %s, %s, %s::text[], %s, %s, %s, NULL, NULL, 21)",
            [*values, chosen.receipt, chosen.goal, chosen.actor],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("DEALLOCATE page")
    looked = plan[plan.index("CTE looked") : plan.index("Nested Loop Left Join")]
    assert f"using {index} on" in looked, plan
    assert "Seq Scan" not in plan, plan
    assert index == "event_of_type" or "Sort" not in looked, plan
