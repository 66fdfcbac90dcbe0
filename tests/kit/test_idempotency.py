"""`Idempotency-Key`: one effect, one answer (A-R5, A-R6, A-R7)."""

import json
import threading
import uuid
from datetime import timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.db import connections
from django.utils import timezone

from accounts.models import ApiKey
from executor_one.kit import idempotency
from executor_one.kit.errors import Conflict
from executor_one.kit.models import KeptAnswer
from executor_one.kit.tenancy import account_scope
from goals.models import Goal

JSON = "application/json"
BODY = {"description": "My goal", "semanticPath": ["echo hi"]}


def send(client, key, body=None, path="/api/goals", method="POST"):
    text = body if isinstance(body, str) else json.dumps(BODY if body is None else body)
    return client.generic(method, path, text, content_type=JSON, headers={"Idempotency-Key": key})


def goals_of(member):
    with account_scope(member.account):
        return Goal.objects.count()


def same(first, second):
    """Whether two answers are one: status, bytes and every header but the receipt, the mark and the rate."""
    own = {"x-receipt", "idempotency-replayed", "x-ratelimit-remaining", "x-ratelimit-reset"}
    headers = [
        {name.lower(): value for name, value in one.items() if name.lower() not in own} for one in (first, second)
    ]
    return (first.status_code, first.content, headers[0]) == (second.status_code, second.content, headers[1])


def test_A_R6_the_same_key_and_body_are_answered_byte_for_byte_and_done_once(api, member):
    first, second = send(api, "k1"), send(api, "k1")
    assert first.status_code == 201
    assert same(first, second)
    assert second["Location"] == first["Location"]
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert second["X-Receipt"] != first["X-Receipt"]
    assert goals_of(member) == 1


def test_A_R7_another_body_within_24_hours_is_a_conflict_and_nothing_is_done(api, member):
    send(api, "k1")
    other = send(api, "k1", {"description": "another"})
    assert (other.status_code, other.json()["name"]) == (409, "conflict")
    assert "Idempotency-Replayed" not in other
    assert goals_of(member) == 1


def test_who_waits_for_the_answer_differently_does_not_ask_for_something_else(api, member, work):
    first = send(api, "k1")
    assert send(api, "k1", path="/api/goals?wait=0").content == first.content
    now = send(api, "k1", path="/api/goals?wai%74=5&")
    assert (now.status_code, now["Idempotency-Replayed"], now["Location"]) == (201, "true", first["Location"])
    assert (now.json()["id"], now.json()["state"]) == (first.json()["id"], "executing")
    work(stdout="hi", exit_code=0)
    assert send(api, "k1", path="/api/goals?wait=7").json()["state"] == "completed"
    assert send(api, "k1").content == first.content
    assert goals_of(member) == 1


def test_a_wait_that_ran_out_is_no_last_word_for_who_waits_longer(api, member, work):
    first = send(api, "k1", path="/api/goals?wait=1")
    work(stdout="hi", exit_code=0)
    assert same(first, send(api, "k1", path="/api/goals?wait=1"))
    assert send(api, "k1", path="/api/goals?wait=30").json()["state"] == "completed"
    assert goals_of(member) == 1


def test_a_refused_wait_is_not_the_answer_of_another_one(api, member):
    for wrong in ("100", "abc"):
        assert send(api, "k1", path=f"/api/goals?wait={wrong}").status_code == 400
    stated = send(api, "k1", path="/api/goals?wait=5")
    assert (stated.status_code, "Idempotency-Replayed" in stated) == (201, False)
    assert send(api, "k1", path="/api/goals?wait=100").status_code == 400
    assert goals_of(member) == 1


def test_the_bytes_of_the_body_count_not_what_they_mean(api):
    assert send(api, "k1", '{"description": "x"}').status_code == 201
    assert send(api, "k1", '{"description":"x"}').status_code == 409


def test_A_R6_after_24_hours_the_key_is_new(api, member):
    with time_machine.travel(timezone.now() - timedelta(hours=24, seconds=1), tick=False):
        send(api, "k1")
        assert idempotency.forget_expired(100) == 0
    again = send(api, "k1", {"description": "another"})
    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again
    assert goals_of(member) == 2


def test_what_is_older_than_24_hours_is_taken_away(api):
    with time_machine.travel(timezone.now() - timedelta(hours=24, seconds=1), tick=False):
        send(api, "old")
    send(api, "new")
    assert idempotency.forget_expired(100) == 1
    assert KeptAnswer.objects.count() == 1


def test_a_key_counts_for_one_account_only(api, make_member, client_of):
    send(api, "k1")
    other = make_member("two@example.com")
    answer = send(client_of(other.key), "k1", {"description": "theirs"})
    assert answer.status_code == 201
    assert goals_of(other) == 1


def test_a_key_counts_for_one_route_only(api):
    send(api, "k1")
    answer = send(api, "k1", {"description": "x"}, path="/api/goals/preview")
    assert answer.status_code == 200
    assert "Idempotency-Replayed" not in answer


def test_only_who_did_it_is_answered_again(api, member, client_of):
    """The answer may hold what another caller of the account may not have: a key with more scopes than theirs."""
    send(api, "k1", {"name": "ci"}, "/api/auth/keys")
    narrow = {"name": "narrow", "scopes": ["keys.edit", "keys.view"]}
    other = client_of(api.post("/api/auth/keys", narrow, content_type=JSON).json()["apiKey"])
    answer = send(other, "k1", {"name": "ci"}, "/api/auth/keys")
    assert (answer.status_code, "apiKey" in answer.json()) == (409, False)
    with account_scope(member.account):
        assert ApiKey.objects.filter(name="ci").count() == 1


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_every_method_that_writes_has_it(api, method):
    api.put("/api/memory/note", {"value": 1}, content_type=JSON)
    first = send(api, "k1", {} if method == "DELETE" else {"value": 2}, "/api/memory/note", method)
    second = send(api, "k1", {} if method == "DELETE" else {"value": 2}, "/api/memory/note", method)
    assert first.status_code in (200, 204)
    assert same(first, second)
    assert second["Idempotency-Replayed"] == "true"


def test_a_deletion_that_is_repeated_says_what_it_said_and_not_404(api):
    api.put("/api/memory/note", {"value": 1}, content_type=JSON)
    assert send(api, "k1", "", "/api/memory/note", "DELETE").status_code == 204
    api.put("/api/memory/note", {"value": 3}, content_type=JSON)
    assert send(api, "k1", "", "/api/memory/note", "DELETE").status_code == 204
    assert api.get("/api/memory/note").status_code == 200


def test_reading_takes_no_notice_of_it(api):
    for _ in range(2):
        answer = api.get("/api/goals", headers={"Idempotency-Key": "k1"})
        assert answer.status_code == 200
        assert "Idempotency-Replayed" not in answer
    assert not KeptAnswer.objects.exists()


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "ä", "a\x7fb", " a", "a "])
def test_a_key_is_1_to_255_printable_characters(api, key, member):
    answer = send(api, key)
    assert (answer.status_code, [*answer.json()["errors"]]) == (400, ["Idempotency-Key"])
    assert goals_of(member) == 0


@pytest.mark.parametrize("key", ["x" * 255, str(uuid.UUID(int=7)), '"quoted, as RFC 8941 writes it"', "~"])
def test_such_keys_are_fine(api, key):
    assert same(send(api, key), send(api, key))


def test_a_refusal_is_answered_again_too(api):
    first = send(api, "k1", {"description": ""})
    again = send(api, "k1", {"description": ""})
    assert first.status_code == 400
    assert same(first, again)
    assert again.json()["receipt"] == first["X-Receipt"] != again["X-Receipt"]


def test_what_a_refused_request_had_done_is_taken_back(api, member, monkeypatch):
    def refuses_late(**_):
        ApiKey.objects.update(name="half done")
        raise Conflict("too late")

    monkeypatch.setattr("goals.api.views.actions.create_goal", refuses_late)
    assert send(api, "k1").status_code == send(api, "k1").status_code == 409
    with account_scope(member.account):
        assert not ApiKey.objects.filter(name="half done").exists()


def test_who_is_refused_at_the_door_leaves_nothing(api, member, anonymous):
    assert send(anonymous, "k1").status_code == 401
    with account_scope(member.account):
        ApiKey.objects.update(scopes=["goals.view"])
    assert send(api, "k1").status_code == 403
    with account_scope(member.account):
        ApiKey.objects.update(scopes=["*"])
    assert send(api, "k1").status_code == 201


def test_a_failure_of_ours_is_tried_again(api, member, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("goals.api.views.actions.create_goal", lambda **_: 1 / 0)
        api.raise_request_exception = False
        assert send(api, "k1").status_code == 500
    again = send(api, "k1")
    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again
    assert goals_of(member) == 1


def test_too_soon_is_tried_again(db, make_member, client_of):
    member = make_member("free@example.com", "free")
    client = client_of(member.key)
    assert send(client, "k0").status_code == 201
    soon = send(client, "k1")
    assert soon.status_code == 429
    assert int(soon["Retry-After"]) > 0
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert send(client, "k1").status_code == 201


def test_a_new_secret_is_answered_again_and_is_not_in_the_table(api, member, owner_connection):
    first = send(api, "k1", {"name": "CI"}, "/api/auth/keys")
    raw = first.json()["apiKey"]
    assert send(api, "k1", {"name": "CI"}, "/api/auth/keys").json()["apiKey"] == raw
    kept = KeptAnswer.objects.get()
    assert raw.encode() not in bytes(kept.sealed)
    assert "k1" not in kept.digest
    with account_scope(member.account):
        assert ApiKey.objects.filter(name="CI").count() == 1


def test_an_answer_that_was_moved_to_another_key_does_not_open(api):
    send(api, "k1")
    send(api, "k2", {"description": "x"})
    one, two = KeptAnswer.objects.all()
    KeptAnswer.objects.filter(pk=one.pk).update(sealed=two.sealed)
    KeptAnswer.objects.filter(pk=two.pk).update(sealed=one.sealed)
    assert {send(api, "k1").status_code, send(api, "k2", {"description": "x"}).status_code} == {409}


def test_a_sign_up_is_retried_from_the_same_address_only(anonymous, db):
    body = {"email": "new@example.com", "password": "correct-horse-battery-9"}
    first = send(anonymous, "k1", body, "/api/auth/register")
    assert first.status_code == 201
    assert same(first, send(anonymous, "k1", body, "/api/auth/register"))
    anonymous.defaults["REMOTE_ADDR"] = "192.0.2.7"
    assert send(anonymous, "k1", body, "/api/auth/register").status_code == 409


def test_an_answer_that_was_waited_for_is_given_out_as_it_was(api, member):
    first = send(api, "k1", path="/api/goals?wait=5")
    assert first.status_code == 201
    assert same(first, send(api, "k1", path="/api/goals?wait=5"))
    assert goals_of(member) == 1


def test_what_nobody_was_told_is_looked_at_again(api, member, work):
    """The web was killed while it waited, or the client went: what is kept is not final."""
    with patch("executor_one.kit.later.Later.end", autospec=True):
        first = send(api, "k1", path="/api/goals?wait=5")
    busy = send(api, "k1", path="/api/goals?wait=5")
    assert (busy.status_code, busy["Retry-After"]) == (409, "1")
    with time_machine.travel(timezone.now() + timedelta(seconds=11)):
        known = [send(api, "k1", path=f"/api/goals{wait}") for wait in ("", "?wait=5", "?wait=1")]
    assert {(one.status_code, one.json()["state"], one["Location"]) for one in known} == {
        (201, "executing", first["Location"])
    }
    work(stdout="hi", exit_code=0)
    final = send(api, "k1", path="/api/goals?wait=5")
    assert (final.status_code, final.json()["state"]) == (201, "completed")
    assert final["Location"] == first["Location"]
    assert same(final, send(api, "k1", path="/api/goals?wait=5"))
    assert goals_of(member) == 1


def test_an_account_can_have_so_much_kept(api, monkeypatch):
    monkeypatch.setattr(idempotency, "MOST_KEPT", (100, 86_400))
    note = {"key": "large", "value": "x" * 60_000}
    assert send(api, "k1", note, "/api/memory").status_code == 201
    refused = send(api, "k2", note | {"importance": 0.1}, "/api/memory")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 60
    assert api.get("/api/memory/large").json()["importance"] != 0.1, "it was taken back"
    assert send(api, "k3").status_code == 201, "small ones go on"


def test_what_is_waited_for_counts_too_once_it_is_known_how_much_it_is(api, member, work, monkeypatch):
    monkeypatch.setattr(idempotency, "MOST_KEPT", (100, 86_400))
    shell = {"type": "shell", "params": {"command": "head -c 60000 /dev/zero"}}
    for key in ("k1", "k2"):
        with patch("executor_one.kit.later.Later.end", autospec=True):
            assert send(api, key, shell, "/api/execute").status_code == 200
        work(stdout="x" * 60_000, exit_code=0)
    answers = [send(api, key, shell, "/api/execute") for key in ("k1", "k2")]
    assert [(one.status_code, len(one.content) > 60_000) for one in answers] == [(200, True)] * 2
    refused = send(api, "k3", shell, "/api/execute")
    assert (refused.status_code, goals_of(member)) == (429, 2), "and nothing was done"
    assert int(refused["Retry-After"]) > 60
    assert same(answers[0], send(api, "k1", shell, "/api/execute")), "what is kept is answered all the same"
    assert send(api, "k4").status_code == 201, "small ones go on"


def test_20_at_once_are_one_goal(committed, make_member, client_of):
    member = make_member("many@example.com")
    answers, start = [], threading.Barrier(20)

    def ask():
        start.wait()
        answers.append(send(client_of(member.key), "k1"))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    made = [one for one in answers if one.status_code == 201]
    busy = [one for one in answers if one.status_code == 409]
    assert len(made) + len(busy) == 20
    assert made
    assert len({one.content for one in made}) == 1
    assert sum("Idempotency-Replayed" not in one for one in made) == 1
    assert all(one["Retry-After"] == "1" for one in busy)
    assert goals_of(member) == 1


def test_nothing_is_kept_of_what_was_never_committed(committed, make_member, client_of):
    member = make_member("cut@example.com")
    client = client_of(member.key)
    client.raise_request_exception = False
    killed = patch("django.db.backends.base.base.BaseDatabaseWrapper.commit", side_effect=SystemExit("killed"))
    with killed, pytest.raises(SystemExit):
        send(client, "k1")
    connections.close_all()
    again = send(client, "k1")
    assert again.status_code == 201
    assert "Idempotency-Replayed" not in again
    assert goals_of(member) == 1
