"""The Python client takes what the server signs, and nothing else. docs/howto/receive-webhooks.md has the rules."""

import json
import time

import pytest

from executor_one_client.webhooks import InvalidSignature, verify
from webhooks import signing

BODY = b'{"id": "1041", "type": "goal.completed", "timestamp": "2026-11-28T18:30:00Z", "data": {"goal": "\xc3\xbc"}}'
NOW = 1_796_053_200
OLD, NEW = "whsec_old", "whsec_new"


def signed(*secrets, body=BODY, at=NOW):
    return signing.headers(secrets or [NEW], "whk_1", at, body)


def test_A_R28_what_is_genuine_is_given_back_as_an_event():
    assert verify(BODY, signed(), NEW, now=NOW) == json.loads(BODY)
    assert verify(BODY.decode(), {name.upper(): value for name, value in signed().items()}, NEW, now=NOW)
    assert verify(BODY, signed(at=int(time.time())), NEW)


def test_A_R28_either_of_two_secrets_of_a_rotation_is_enough_on_both_sides():
    for secrets in ((NEW, OLD), (OLD,), (NEW,)):
        assert verify(BODY, signed(*secrets), [OLD, NEW], now=NOW)
    assert verify(BODY, signed(NEW, OLD), OLD, now=NOW)


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("signature", {"Webhook-Signature": "v1=" + "0" * 64}),
        ("signature", {"Webhook-Signature": signed()["Webhook-Signature"].upper()}),
        ("signature", {"Webhook-Signature": "\u00fc"}),
        ("signature", {"Webhook-Signature": "v1=\ud800"}),
        ("signature", {"Webhook-Id": "whk_\udcff"}),
        ("signature", {"Webhook-Id": "whk_2"}),
        ("signature", {"Webhook-Timestamp": str(NOW + 1)}),
        ("number", {"Webhook-Timestamp": "\u0661"}),
        ("number", {"Webhook-Timestamp": "9" * 400}),
        ("There is no Webhook-Signature", {"Webhook-Signature": ""}),
        ("There is no Webhook-Signature", {"Webhook-Signature": None}),
        ("There is no Webhook-Timestamp", {"Webhook-Timestamp": NOW}),
        ("There is no Webhook-Id", {"Webhook-Id": ["whk_1"]}),
        ("signature", {b"other": "x", 1: 2, "Webhook-Id": "whk_2"}),
    ],
)
def test_what_was_changed_is_refused(what, change):
    with pytest.raises(InvalidSignature, match=what):
        verify(BODY, signed() | change, NEW, now=NOW)


def test_another_body_another_secret_and_no_header_are_refused():
    for body, headers, secret in ((BODY + b" ", signed(), NEW), (BODY, signed(OLD), NEW), (BODY, {}, NEW)):
        with pytest.raises(InvalidSignature):
            verify(body, headers, secret, now=NOW)
    with pytest.raises(InvalidSignature):
        verify("\ud800", signed(), NEW, now=NOW)
    with pytest.raises(ValueError, match="empty"):
        verify(BODY, signed(""), "", now=NOW)


@pytest.mark.parametrize(("seconds", "is_taken"), [(-300, True), (300, True), (-301, False), (301, False)])
def test_the_window_is_five_minutes_either_way(seconds, is_taken):
    if is_taken:
        assert verify(BODY, signed(), NEW, now=NOW + seconds)
    else:
        with pytest.raises(InvalidSignature, match="five minutes"):
            verify(BODY, signed(), NEW, now=NOW + seconds)
