"""One try and what comes of it: what is a success, what is tried again, when it is given up."""

import asyncio
import json
import socket
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail

from actuators.outbound import resolving
from events.models import Event
from executor_one.kit.tenancy import account_scope
from tests.webhooks.receiving import claim_due, send_due, signed_by, spread_all, tell
from webhooks import sending
from webhooks.claims import hand_in
from webhooks.models import WebhookLane
from webhooks.patience import DAY, ceiling, next_try
from webhooks.signing import LARGEST_BODY, body_of

WEBHOOKS = "/api/v1/webhooks"
JSON = {"content_type": "application/json"}


def shown(api, id):
    return json.loads(api.get(f"{WEBHOOKS}/deliveries/{id}").content)


def mailed(run_jobs):
    """What was mailed of webhooks: subject and to whom."""
    run_jobs()
    return [(one.subject, one.to) for one in mail.outbox if "webhook" in one.subject]


def sent_once(api, member, hook, receiver, **how):
    """A delivery that was tried once."""
    hook(**how)
    tell(member.account, uuid4())
    spread_all()
    assert len(send_due()) == 1
    listed = json.loads(api.get(f"{WEBHOOKS}/deliveries").content)
    return shown(api, listed["data"][0]["id"])


def test_A_R26_the_bytes_on_the_wire_are_those_that_are_signed(api, member, hook, receiver):
    made = hook()
    tell(member.account, uuid4())
    spread_all()
    send_due()
    request = receiver.requests[0]
    headers = request.headers
    assert (request.method, request.target) == ("POST", "/hook")
    assert headers["webhook-id"].startswith("whk_")
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 10
    assert headers["webhook-signature"] == signed_by(made["secret"], request)
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "executor.one-webhooks/1"
    with account_scope(member.account):
        event = Event.objects.latest("id")
    body = json.loads(request.body)
    assert body["id"] == str(event.pk)
    assert (body["type"], body["data"]) == (event.type, event.data)
    assert set(body) == {"id", "type", "timestamp", "data"}


def test_A_R26_during_a_rotation_both_secrets_sign(api, member, hook, receiver):
    made = hook()
    new = json.loads(api.post(f"{WEBHOOKS}/{made['id']}/rotate", {"graceHours": 1}, **JSON).content)
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        for _ in range(2):
            tell(member.account, uuid4())
            spread_all()
            send_due()
            clock.shift(timedelta(hours=1))
    during, after = receiver.requests
    both = [signed_by(new["secret"], during), signed_by(made["secret"], during)]
    assert during.headers["webhook-signature"] == " ".join(both)
    assert after.headers["webhook-signature"] == signed_by(new["secret"], after)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_a_success(api, member, hook, receiver, status):
    receiver.say("/hook", status)
    made = sent_once(api, member, hook, receiver)
    assert (made["state"], made["lastStatus"], made["lastError"], made["nextAt"]) == ("delivered", status, "", None)
    assert [(one["status"], one["error"]) for one in made["tries"]] == [(status, "")]
    assert made["endedAt"]


@pytest.mark.parametrize("status", [300, 400, 401, 404, 409, 429, 500, 503])
def test_all_else_is_tried_again_within_seconds(api, member, hook, receiver, status):
    receiver.say("/hook", status)
    made = sent_once(api, member, hook, receiver)
    assert (made["state"], made["lastStatus"], made["attempts"]) == ("pending", status, 1)
    assert str(status) in made["lastError"]
    due = datetime.fromisoformat(made["nextAt"]) - datetime.now(UTC)
    assert timedelta(seconds=-1) < due <= timedelta(seconds=5)


@pytest.mark.hostile
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_case_32_a_redirect_is_a_failure_and_is_not_followed(api, member, hook, receiver, another, status):
    receiver.redirect("/hook", another.url, status)
    made = sent_once(api, member, hook, receiver)
    assert (made["state"], made["lastStatus"]) == ("pending", status)
    assert "redirect" in made["lastError"]
    assert not another.requests


def test_410_switches_the_webhook_off_at_once(api, member, hook, receiver, run_jobs):
    receiver.say("/hook", 410)
    made = hook()
    tell(member.account, uuid4(), uuid4(), uuid4())
    spread_all()
    send_due()
    row = json.loads(api.get(f"{WEBHOOKS}/{made['id']}").content)
    assert (row["isActive"], "410" in row["disabledFor"]) == (False, True)
    sent = len(receiver.requests)
    assert send_due() == []
    tell(member.account, uuid4())
    assert (spread_all(), len(receiver.requests)) == (0, sent)
    with account_scope(member.account):
        assert Event.objects.filter(type="webhook.disabled").count() == 1
    assert mailed(run_jobs) == [("A webhook is off: its receiver is gone", [member.account.email])]


def test_what_a_receiver_answers_is_shown_without_secrets_and_control_characters(api, member, hook, receiver):
    secret = hook(types=["memory.*"])["secret"]
    body = f'{{"password": "hunter2-hunter2"}} {secret} \x1b[31mred\x00 {"x" * 9000}'.encode()
    receiver.say("/hook", 500, body=body)
    made = hook()
    receiver.say("/hook", 500, body=body.replace(secret.encode(), made["secret"].encode()))
    tell(member.account, uuid4())
    spread_all()
    send_due()
    found = shown(api, receiver.ids()[0])["response"]
    assert made["secret"] not in found
    assert "hunter2" not in found
    assert "red" in found
    assert not {"\x1b", "\x00"} & set(found)
    assert len(found) <= 4096


async def _drip(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _drip_headers(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: b\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def _say_nothing(request, writer):
    await asyncio.sleep(60)


@pytest.mark.hostile
@pytest.mark.parametrize("answer", [_drip, _drip_headers, _say_nothing])
def test_case_32_who_is_not_done_in_time_has_failed(api, member, hook, receiver, monkeypatch, answer):
    monkeypatch.setattr(sending, "SECONDS", 0.6)
    receiver.serve("/hook", answer)
    begun = time.monotonic()
    made = sent_once(api, member, hook, receiver)
    assert time.monotonic() - begun < 5
    assert (made["state"], made["lastStatus"]) == ("pending", None)
    assert "no whole answer" in made["lastError"]


async def _endless(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b"x" * 65536)
        await writer.drain()


async def _endless_headers(request, writer):
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-A: " + b"b" * 8000 + b"\r\n")
        await writer.drain()


def test_a_body_without_end_is_read_no_further_than_a_mebibyte(api, member, hook, receiver):
    receiver.serve("/hook", _endless)
    begun = time.monotonic()
    made = sent_once(api, member, hook, receiver)
    assert (made["state"], made["lastStatus"]) == ("delivered", 200)
    assert len(made["response"]) <= 4096
    assert time.monotonic() - begun < 8


def test_headers_without_end_are_a_failure(api, member, hook, receiver):
    receiver.serve("/hook", _endless_headers)
    made = sent_once(api, member, hook, receiver)
    assert (made["state"], made["lastStatus"]) == ("pending", None)
    assert made["lastError"]


@pytest.mark.hostile
@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00:ec2::254", "192.168.1.1"])
def test_case_31_a_name_that_leads_inside_is_not_sent_to(api, member, hook, receiver, settings, monkeypatch, address):
    settings.OUTBOUND_EXCEPTIONS, settings.OUTBOUND_PORTS = [], []
    monkeypatch.setattr(resolving, "system_resolve", lambda host, port: ["93.184.216.34", address])
    dialled = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, to: dialled.append(to))
    made = sent_once(api, member, hook, receiver, url="https://rebinding.example/")
    assert made["state"] == "pending"
    assert "cannot be reached" in made["lastError"]
    assert not [to for to in dialled if to[1] == 443]


def test_a_name_without_https_goes_to_the_operator_s_own_networks_alone(api, member, hook, receiver, monkeypatch):
    monkeypatch.setattr(resolving, "system_resolve", lambda host, port: ["127.0.0.1"])
    url = f"http://inside.example:{receiver.port}/hook"
    assert sent_once(api, member, hook, receiver, url=url)["state"] == "delivered"
    monkeypatch.setattr(resolving, "system_resolve", lambda host, port: ["93.184.216.34"])
    tell(member.account, uuid4())
    spread_all()
    assert "use https" in send_due()[0].error


def test_waits_double_with_full_jitter_and_the_last_try_is_after_a_day():
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    assert [ceiling(failed) for failed in (1, 2, 3, 11, 12, 40)] == [5, 10, 20, 5120, 10240, 14400]
    waits = [(next_try(begun, 3, begun) - begun).total_seconds() for _ in range(500)]
    assert 1 <= min(waits) < 4
    assert 16 < max(waits) <= 20
    assert next_try(begun, 12, begun + DAY - timedelta(seconds=1)) == begun + DAY
    assert next_try(begun, 12, begun + DAY) is None


def test_what_nobody_takes_for_a_day_is_dead_and_told_once(api, member, hook, receiver, run_jobs, another):
    receiver.say("/hook", 503)
    made = hook()
    hook(url=another.url)
    at = []
    with time_machine.travel(datetime.now(UTC), tick=False) as clock:
        begun = datetime.now(UTC)
        tell(member.account, uuid4(), uuid4())
        spread_all()
        while True:
            send_due()
            at.append(datetime.now(UTC) - begun)
            with account_scope(member.account):
                due = min(filter(None, WebhookLane.objects.values_list("next_at", flat=True)), default=None)
            if due is None:
                break
            clock.move_to(due)
    dead = list(json.loads(api.get(f"{WEBHOOKS}/deliveries?state=dead").content)["data"])
    assert [one["webhook"] for one in dead] == [made["id"]] * 2
    assert at[-1] == timedelta(hours=24)
    assert [wait for wait in at if wait <= timedelta(seconds=30)][2:], "several tries in the first half minute"
    assert 12 <= dead[0]["attempts"] <= 60
    with account_scope(member.account):
        told = [row.data for row in Event.objects.filter(type="webhook.dead")]
    assert [one["webhook"] for one in told] == [made["id"]]
    assert "127.0.0.1" in told[0]["host"]
    assert mailed(run_jobs) == [("A webhook's receiver does not answer", [member.account.email])]
    assert len(another.requests) == 2
    assert json.loads(api.get(f"{WEBHOOKS}/{made['id']}").content)["failingSince"]


def test_a_success_ends_an_outage_and_the_next_one_is_told_again(api, member, hook, receiver):
    made = hook()

    def outage():
        receiver.say("/hook", 500)
        tell(member.account, uuid4())
        spread_all()
        with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
            send_due()

    outage()
    outage()
    with account_scope(member.account):
        assert Event.objects.filter(type="webhook.dead").count() == 1
    receiver.say("/hook", 200)
    tell(member.account, uuid4())
    spread_all()
    send_due()
    assert json.loads(api.get(f"{WEBHOOKS}/{made['id']}").content)["failingSince"] is None
    outage()
    with account_scope(member.account):
        assert Event.objects.filter(type="webhook.dead").count() == 2


def test_a_suspended_account_s_events_wait(member, hook, receiver):
    hook()
    tell(member.account, uuid4())
    spread_all()
    with account_scope(member.account):
        type(member.account).objects.update(suspended_at=datetime.now(UTC))
    assert send_due() == []
    with account_scope(member.account):
        type(member.account).objects.update(suspended_at=None)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        assert [one.ok for one in send_due()] == [True]


def test_the_result_of_a_lost_lease_is_refused(member, hook, receiver, delivery_of):
    hook()
    tell(member.account, uuid4())
    spread_all()
    first = claim_due()[0]
    assert claim_due() == []
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=21)):
        second = claim_due()[0]
    assert (second.delivery, second.epoch) == (first.delivery, first.epoch + 1)
    failed = sending.Outcome(datetime.now(UTC), 500, "late", 1)
    hand_in(first, failed)
    assert delivery_of()[0].attempts == 0
    hand_in(second, sending.Outcome(datetime.now(UTC), 200, "", 1))
    hand_in(second, failed)
    assert [(row.state, row.attempts) for row in delivery_of()] == [("delivered", 1)]


def test_an_event_that_is_too_large_is_sent_with_its_texts_cut():
    event = {"id": "1", "type": "task.output", "timestamp": "now", "data": {"goal": "g", "text": "é" * LARGEST_BODY}}
    body = body_of(json.dumps(event, ensure_ascii=False))
    assert len(body) <= LARGEST_BODY
    cut = json.loads(body)
    assert cut["isCut"] is True
    assert cut["data"] == {"goal": "g", "text": "é" * 1000}
    assert body_of('{"id": "1"}') == b'{"id": "1"}'
