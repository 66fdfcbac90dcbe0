"""What a stream sends and when: order, no gap, parcels, failures, filters; and that a customer can verify what came."""

import json
from datetime import timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account
from events.actions import event, publish
from events.heads import sign_heads
from events.models import Event
from executor_one.kit.tenancy import account_scope
from tests.events.audited import Log, run_program
from tests.events.audited import tell as tell_all_json
from tests.webhooks.receiving import tell
from tests.webhooks.streaming import TOKEN, carry_all, carry_due, claim_all, is_idle, row_of
from webhooks.sending import Outcome
from webhooks.streams import claims, queries
from webhooks.streams.claims import hand_in, ring, take, wait_after
from webhooks.streams.formats import compact

STREAMS = "/api/v1/audit/streams"
JSON = {"content_type": "application/json"}


def told(account, kind):
    with account_scope(account):
        return list(Event.objects.filter(type=kind).order_by("seq"))


def shown(api):
    return json.loads(api.get(STREAMS).content)["data"][0]


def all_seqs(account):
    with account_scope(account):
        return list(Event.objects.order_by("seq").values_list("seq", flat=True))


def test_A14_from_the_beginning_every_event_comes_once_in_order_as_the_audit_log_shows_it(
    api, member, splunk, collector
):
    tell_all_json(member.account, 30)
    splunk(start="beginning")
    carry_all()
    assert collector.taken == Log(member.account, member.key).all("events")
    assert collector.seqs() == list(range(1, len(collector.taken) + 1))
    now = shown(api)
    assert (now["state"], now["behind"], now["sent"]) == ("ok", 0, len(collector.taken))
    assert (now["cursor"], now["lastStatus"]) == (len(collector.taken), 200)
    assert carry_due() == [], "nothing is sent that was taken"


def test_A14_what_arrived_is_verified_by_the_customer_s_program(member, splunk, collector, tmp_path):
    tell_all_json(member.account, 12)
    splunk(start="beginning")
    sign_heads()
    carry_all()
    log = Log(member.account, member.key)
    rows = {"events": collector.taken, "heads": log.all("heads")}
    for what, found in rows.items():
        (tmp_path / f"{what}.jsonl").write_text("".join(f"{compact(row)}\n" for row in found))
    (tmp_path / "keys.json").write_bytes(log.api.get("/api/v1/audit/keys").content)
    is_right, said = run_program(tmp_path)
    assert is_right, said
    lines = (tmp_path / "events.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "events.jsonl").write_text("".join(lines[:5] + lines[6:]))
    assert not run_program(tmp_path)[0], "one that is missing is found"


def test_A14_a_stream_from_now_begins_with_its_own_making(member, splunk, collector):
    tell(member.account, uuid4())
    splunk()
    tell(member.account, uuid4())
    carry_all()
    assert [one["type"] for one in collector.taken] == ["audit_stream.created", "goal.completed"]


def test_a_hec_request_is_as_splunk_asks(member, splunk, collector, settings):
    settings.PUBLIC_URL = "https://executor.example.com"
    splunk()
    tell(member.account, uuid4())
    carry_all()
    request = collector.requests[0]
    assert (request.method, request.target) == ("POST", "/services/collector/event")
    assert request.headers["authorization"] == f"Splunk {TOKEN}"
    first = collector.parcels[0][0]
    assert (first["host"], first["source"]) == ("executor.example.com", "executor.one")
    assert first["sourcetype"] == "executor:audit"
    assert abs(first["time"] - timezone.now().timestamp()) < 60
    assert set(first["event"]) == set(Log(member.account, member.key).all("events")[0])


def test_parcels_have_500_events_at_most(member, splunk, collector):
    splunk()
    tell(member.account, *(uuid4() for _ in range(1010)))
    carry_all()
    assert [len(parcel) for parcel in collector.parcels] == [500, 500, 11]
    assert all(one + 1 == two for one, two in pairwise(collector.seqs()))


def test_parcels_have_512_kib_at_most_and_a_larger_event_goes_alone(member, splunk, collector):
    splunk()
    with account_scope(member.account):
        publish(*(event("test.told", {"text": "x" * size}) for size in [100_000] * 8 + [700_000] + [10] * 3))
    carry_all()
    sizes = [[len(compact(one["event"])) for one in parcel] for parcel in collector.parcels]
    assert [len(parcel) for parcel in sizes] == [6, 3, 1, 3]
    assert all(sum(parcel) <= queries.MOST_BYTES or len(parcel) == 1 for parcel in sizes)
    assert all(one + 1 == two for one, two in pairwise(collector.seqs()))


def test_A14_what_failed_is_tried_for_ever_and_nothing_is_left_out(api, member, splunk, collector):
    splunk(start="beginning")
    collector.say("/services/collector/event", 503)
    with time_machine.travel(timezone.now()) as clock:
        for _ in range(40):
            tell(member.account, uuid4())
            assert not any(outcome.ok for outcome in carry_due())
            clock.shift(timedelta(hours=2))
        now = shown(api)
        assert (now["state"], now["lastStatus"], now["sent"]) == ("failing", 503, 0)
        assert now["lastError"] == "The receiver answered 503."
        collector.works()
        carry_all()
    assert collector.seqs() == all_seqs(member.account)[: len(collector.taken)]
    assert shown(api)["state"] == "ok"
    assert len(told(member.account, "audit_stream.failing")) == 1, "once an outage"
    assert len(told(member.account, "audit_stream.recovered")) == 1
    assert collector.taken[-1]["type"] == "audit_stream.recovered", "and a stream carries what is told of it"


def test_a_target_that_takes_every_other_parcel_is_not_told_of_for_ever(member, splunk, collector):
    splunk()
    with time_machine.travel(timezone.now()) as clock:
        for round in range(20):
            tell(member.account, uuid4())
            collector.say("/services/collector/event", 500) if round % 2 else collector.works()
            carry_due()
            clock.shift(timedelta(seconds=10))
    assert not told(member.account, "audit_stream.failing")


def test_after_a_failure_a_parcel_is_half_as_large(member, splunk, collector):
    splunk()
    tell(member.account, *(uuid4() for _ in range(600)))
    collector.say("/services/collector/event", 413)
    with time_machine.travel(timezone.now()) as clock:
        for _ in range(3):
            carry_due()
            clock.shift(timedelta(minutes=10))
        collector.works()
        carry_due()
        carry_all()
    assert [len(parcel) for parcel in collector.parcels][:2] == [500 >> 3, 500]


def test_waits_grow_with_jitter_up_to_five_minutes():
    for failed, most in [(1, 5), (2, 10), (5, 80), (9, 300), (10_000, 300)]:
        found = [wait_after(failed) for _ in range(200)]
        assert all(1 <= one <= most for one in found)
        assert max(found) > most * 0.8
        assert len(set(found)) > 100


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b'{"text":"Success","code":0}', ""),
        (200, b"<html>welcome</html>", "is not one of Splunk"),
        (200, b'{"code": 9}', "code 9: it is busy"),
        (403, b'{"text":"Invalid token","code":4}', "code 4: the token is wrong"),
        (400, b'{"code": 99}', "code 99"),
        (302, b"", "a redirect is not followed"),
        (201, b'{"code": 0}', "code 0"),
    ],
)
def test_only_200_with_code_0_is_a_success_of_a_collector(member, splunk, collector, status, body, said):
    splunk()
    collector.say("/services/collector/event", status, body=body)
    outcome = carry_due()[0]
    assert outcome.ok == (said == "")
    assert said in outcome.error
    assert (row_of(member.account).sent > 0) == outcome.ok


def test_types_choose_and_the_cursor_passes_what_they_leave_out(api, member, splunk, collector):
    made = splunk(types=["goal.*", "task.lost"])
    tell(member.account, uuid4(), type="goal.completed")
    tell(member.account, uuid4(), type="task.lost")
    tell(member.account, *(uuid4() for _ in range(300)), type="task.started")
    carry_all()
    assert [one["type"] for one in collector.taken] == ["goal.completed", "task.lost"]
    assert shown(api)["behind"] == 0
    tell(member.account, uuid4(), type="task.started")
    carry_all()
    assert shown(api)["behind"] == 0, "nothing of it was wanted"
    api.post(f"{STREAMS}/{made['id']}/test")
    carry_all()
    assert collector.taken[-1]["type"] == "audit_stream.tested"
    assert collector.taken[-1]["data"] == {"stream": made["id"]}


def test_a_test_is_tried_at_once_while_the_stream_fails(api, member, splunk, collector):
    made = splunk()
    collector.say("/services/collector/event", 500)
    carry_due()
    collector.works()
    assert carry_due() == [], "it waits for its time"
    api.post(f"{STREAMS}/{made['id']}/test")
    assert [outcome.ok for outcome in carry_due()] == [True]


def test_paused_nothing_is_sent_and_then_it_goes_on_where_it_was(api, member, splunk, collector):
    made = splunk(start="beginning")
    carry_all()
    api.patch(f"{STREAMS}/{made['id']}", {"isActive": False}, **JSON)
    tell(member.account, *(uuid4() for _ in range(10)))
    assert carry_due() == []
    assert is_idle(member.account)
    api.patch(f"{STREAMS}/{made['id']}", {"isActive": True}, **JSON)
    carry_all()
    assert collector.seqs() == all_seqs(member.account)


def test_a_result_of_a_lost_lease_moves_nothing(member, splunk, collector):
    splunk(start="beginning")
    with time_machine.travel(timezone.now()) as clock:
        ring(member.id)
        stale = claim_all()[0]
        parcel = take(stale)
        clock.shift(claims.LEASE + timedelta(seconds=1))
        fresh = claim_all()[0]
        outcome = carry_outcome()
        assert hand_in(stale, parcel, outcome) is None
        assert row_of(member.account).cursor == 0
        hand_in(fresh, take(fresh), outcome)
        assert row_of(member.account).cursor == parcel.cursor


def carry_outcome():
    return Outcome(timezone.now(), 200, "", 1)


def test_what_is_on_its_way_to_an_old_target_does_not_count_for_a_new_one(api, member, splunk, collector):
    made = splunk(start="beginning")
    lease = claim_all()[0]
    parcel = take(lease)
    moved = {"url": f"{collector.url}/services/collector/event?to=other"}
    assert api.patch(f"{STREAMS}/{made['id']}", moved, **JSON).status_code == 200
    hand_in(lease, parcel, carry_outcome())
    carry_all()
    assert collector.seqs() == all_seqs(member.account)


def test_an_event_between_the_look_and_the_settling_is_not_slept_over(member, splunk, collector):
    splunk()
    lease = claim_all()[0]
    parcel = take(lease)
    tell(member.account, uuid4())
    assert ring(member.id) is False
    assert hand_in(lease, parcel, carry_outcome()) is not None, "due at once"


def test_a_suspended_account_is_sent_nothing(member, splunk, collector):
    splunk()
    with account_scope(member.account):
        Account.objects.filter(pk=member.id).update(suspended_at=timezone.now())
    assert carry_due() == []
    assert collector.requests == []
    assert row_of(member.account).next_at > timezone.now() + timedelta(minutes=4)


def test_another_account_s_events_are_in_no_stream(make_member, member, splunk, collector):
    other = make_member("two@example.com")
    splunk(start="beginning")
    tell(other.account, uuid4())
    carry_all()
    assert {one["account"] for one in collector.taken} == {member.id}
