"""The activity log: events as activities, and what clients write into it, with who asserted it (O52-O54)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import ApiKey, Membership
from events.actions import event, publish
from executor_one.kit import tenancy
from realtime import activity

WRITTEN = {"actor_type": "agent", "actor_id": "reviewer", "action": "deploy.approved"}


def write(api, status=201, **more):
    body = {name: value for name, value in {**WRITTEN, **more}.items() if value is not None}
    answer = api.post("/api/activity-log", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def read(api, status=200, **query):
    answer = api.get("/api/activity-log", query)
    assert answer.status_code == status, answer.content
    return answer.json()


@pytest.fixture
def told(db, member):
    """What the executor, a key, a person, staff and Stripe did."""
    actors = ("executor", "key:key_1", "user:0198d2c8-0000-7000-8000-000000000000", "staff:1", "stripe")
    with tenancy.account_scope(member.id):
        for actor in actors:
            publish(
                event("goal.created", {"goal": "g1"}, actor=actor), event("task.output", {"text": "x"}, actor=actor)
            )
    return member


def test_O52_events_are_activities_newest_first(told, api):
    found = read(api, action="goal.created")
    assert found["meta"] == {"total": 5, "limit": 20, "offset": 0}
    assert [(one["actorType"], one["actorId"]) for one in found["data"]] == [
        ("system", "stripe"), ("user", "1"), ("user", "0198d2c8-0000-7000-8000-000000000000"), ("user", "key_1"),
        ("agent", "executor"),
    ]  # fmt: skip
    first = found["data"][0]
    assert (first["entityType"], first["entityId"], first["metadata"]) == ("goal", "g1", {"goal": "g1"})
    assert first["assertedBy"] is None


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"actor_type": "user"}, 3), ({"actorType": "agent"}, 1), ({"actor_id": "key_1"}, 1), ({"actorId": "no"}, 0),
        ({"actor_type": "user", "actor_id": "1"}, 1), ({"actor_type": "system", "actor_id": "1"}, 0),
    ],
)  # fmt: skip
def test_O52_filters_in_either_spelling(told, api, query, count):
    found = read(api, action="goal.created", **query)
    assert (found["meta"]["total"], len(found["data"])) == (count, count)


def test_O52_pages(told, api):
    whole = [one["id"] for one in read(api, limit=100)["data"]]
    pages = [read(api, limit=3, offset=at) for at in range(0, len(whole) + 3, 3)]
    assert [one["id"] for page in pages for one in page["data"]] == whole
    assert {page["meta"]["total"] for page in pages} == {len(whole)}
    assert "task.output" not in {one["action"] for page in pages for one in page["data"]}


@pytest.mark.parametrize(
    "query",
    [
        {"actor_type": "robot"}, {"actor_type": ""}, {"limit": 0}, {"offset": -1}, {"actor_id": ""}, {"x": "y"},
        {"actor_type": "user", "actorType": "user"}, {"action": "a" * 101}, {"actor_id": "\x00"},
    ],
)  # fmt: skip
def test_O52_what_makes_no_sense_is_refused(db, api, query):
    assert read(api, status=400, **query)["errors"]


def test_O53_what_a_client_writes_is_told_as_its_assertion(db, member, api):
    made = write(api, entity_type="release", entityId="42", metadata={"why": "all green", "n": [1, {"a": None}]})
    with tenancy.account_scope(member.id):
        key = ApiKey.objects.get().pk
    assert made["assertedBy"] == f"key:{key}"
    assert {name: made[name] for name in ("actorType", "actorId", "action", "entityType", "entityId", "metadata")} == {
        "actorType": "agent", "actorId": "reviewer", "action": "deploy.approved", "entityType": "release",
        "entityId": "42", "metadata": {"why": "all green", "n": [1, {"a": None}]},
    }  # fmt: skip
    assert read(api, action="deploy.approved", actor_type="agent", actor_id="reviewer")["data"] == [made]
    (audited,) = api.get("/api/v1/audit/events", {"type": "activity.recorded"}).json()["data"]
    assert (audited["actor"], audited["data"]["assertedBy"]) == (f"key:{key}", f"key:{key}")


def test_O53_what_was_not_said_is_null(db, api):
    made = write(api)
    assert (made["entityType"], made["entityId"], made["metadata"]) == (None, None, {})


def test_O53_a_user_is_a_member_or_a_key_of_the_account_and_nobody_else_s(db, member, api, make_member):
    other = make_member("two@example.com")
    for account, status in ((member.id, 201), (other.id, 422)):
        with tenancy.account_scope(account):
            ids = [str(Membership.objects.get().user_id), ApiKey.objects.get().pk]
        for id in ids:
            write(api, status, actor_type="user", actor_id=id)
    for id in ("somebody", "key_" + "0" * 26, "0198d2c8-0000-7000-8000-000000000000"):
        assert write(api, 422, actor_type="user", actor_id=id)["errors"] == {"actorId": ["Unknown."]}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"actor_type": "system", "actor_id": "executor"}, 422), ({"actor_id": "executor"}, 422),
        ({"action": "goal.completed"}, 422), ({"action": "activity.recorded"}, 422), ({"actor_type": "robot"}, 400),
        ({"actor_id": "a" * 61}, 400), ({"actor_id": ""}, 400), ({"actor_id": None}, 400), ({"action": None}, 400),
        ({"action": "a\x00b"}, 400), ({"metadata": {"a": "\x00"}}, 400), ({"metadata": []}, 400),
        ({"metadata": {"a": "x" * 16_400}}, 400), ({"assertedBy": "key:other"}, 400), ({"receipt": "rcp_x"}, 400),
        ({"metadata": {"a": "x" * 16_300}}, 201),
    ],
)  # fmt: skip
def test_O53_what_cannot_be_asserted_is_refused(db, api, more, status):
    write(api, status, **more)


def test_O53_what_looks_like_a_secret_is_masked(db, api):
    made = write(api, metadata={"said": ["password=hunter2-and-more"], "ghp_" + "a1B2" * 9: 1})
    assert "hunter2" not in str(made)
    assert "a1B2a1B2" not in str(made)
    assert "<secret>" in made["metadata"]["said"][0]


def test_O53_viewers_read_and_do_not_write(db, member, client_for):
    viewer = client_for(member.account, role="viewer")
    read(viewer)
    write(viewer, 403)


def test_nobody_reads_another_account_s(db, api, make_member, client_of):
    write(client_of(make_member("two@example.com").key), action="theirs.only")
    assert not read(api, action="theirs.only")["data"]
    assert "theirs.only" not in str(api.get("/api/activity-log/stats").json())


def test_O54_counts_by_actor_action_and_day(told, api, member):
    begin = api.get("/api/activity-log/stats").json()
    today, old = timezone.now(), timezone.now() - timedelta(days=40)
    with tenancy.account_scope(member.id):
        publish(event("goal.failed", {"goal": "g1"}, at=old), event("goal.failed", {"goal": "g1"}, at=today))
    write(api)
    found = api.get("/api/activity-log/stats").json()
    assert found["total"] == begin["total"] + 2
    assert found["byActorType"]["agent"] == begin["byActorType"]["agent"] + 2
    assert {one["action"]: one["count"] for one in found["byAction"]}["goal.created"] == 5
    assert {one["action"]: one["count"] for one in found["byAction"]}["goal.failed"] == 1
    assert found["byDay"] == [{"day": today.strftime("%Y-%m-%d"), "count": found["total"]}]
    assert found["total"] == sum(found["byActorType"].values()) == sum(one["count"] for one in found["byAction"])
    assert found["isComplete"] is True


def test_O54_says_when_it_has_not_counted_all(told, api, monkeypatch):
    monkeypatch.setattr(activity, "STATISTICS", activity.STATISTICS.replace(f"{activity.COUNTED}", "4"))
    found = api.get("/api/activity-log/stats").json()
    assert (found["isComplete"], found["total"]) == (False, 2)
