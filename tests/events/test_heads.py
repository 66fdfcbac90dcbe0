"""Once a minute the heads of the chains that have grown are signed, and nothing is done for the others."""

import threading
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection
from django.utils import timezone

from events import heads
from events.actions import event, publish, publish_for_all
from events.heads import sign_heads
from events.models import Event, Head
from events.signing import derived
from executor_one.kit import tenancy
from goals.tasks import pulse
from tests.events.audited import PROGRAM, Log, tell, verified_by_the_operator

OLD, NEW = "old-" * 10, "new-" * 10


def signed(account):
    """(previous, seq) of each head of a chain."""
    with tenancy.all_accounts(reason="a test reads heads"):
        return list(Head.objects.filter(account_id=account).order_by("seq").values_list("previous", "seq"))


def last_seq(account):
    with tenancy.all_accounts(reason="a test reads a chain"):
        return Event.objects.filter(account_id=account).order_by("-seq").values_list("seq", flat=True)[0]


def test_what_has_grown_is_signed_and_what_has_not_is_left_alone(db, member, make_member):
    other = make_member("two@example.com").id
    assert sign_heads() == 2
    first = last_seq(member.id)
    assert sign_heads() == 0
    tell(member.id, 2)
    assert sign_heads() == 1
    assert signed(member.id) == [(0, first), (first, first + 2)]
    assert signed(other) == [(0, last_seq(other))]


def test_the_installation_has_a_chain_of_its_own(db, member):
    with tenancy.all_accounts(reason="a test of the installation's events"):
        publish_for_all("executor.booted", {"runner": "x", "slots": 1, "sandbox": "on"})
    assert sign_heads() == 2
    assert signed(None) == [(0, 1)]
    assert sign_heads() == 0


def test_the_clock_signs_once_a_minute(committed, member, run_jobs, time_machine):
    begin = timezone.now().replace(second=10)
    time_machine.move_to(begin, tick=False)
    pulse()
    run_jobs()
    before = signed(member.id)
    tell(member.id, 1)
    for seconds, count in ((5, 0), (15, 0), (55, 1), (58, 0)):
        time_machine.move_to(begin + timedelta(seconds=seconds), tick=False)
        pulse()
        run_jobs()
        assert len(signed(member.id)) - len(before) == count, seconds
        before = signed(member.id)


def test_an_event_whose_id_is_older_than_what_was_signed_is_signed_too(committed, member, make_member):
    """Its transaction took the id first and committed last."""
    other = make_member("two@example.com").id
    sign_heads()
    has_id, may_commit = threading.Event(), threading.Event()

    def slow():
        with tenancy.account_scope(member.id):
            publish(event("test.told", {}))
            has_id.set()
            assert may_commit.wait(10)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert has_id.wait(10)
    tell(other, 1)
    assert sign_heads() == 1
    may_commit.set()
    thread.join()
    assert sign_heads() == 1
    assert signed(member.id)[-1][1] == last_seq(member.id)


def test_a_round_that_breaks_off_signs_nothing_so_the_next_one_leaves_nothing_out(committed, make_member, monkeypatch):
    accounts = [make_member(f"{at}@example.com").id for at in range(3)]
    monkeypatch.setattr(heads, "AT_ONCE", 1)
    messages = iter([b"the first is signed and written"])
    monkeypatch.setattr(heads, "head_message", lambda *said: next(messages))
    with pytest.raises(StopIteration):
        sign_heads()
    monkeypatch.undo()
    assert not any(map(signed, accounts))
    assert sign_heads() == 3


def test_two_heartbeats_at_once_sign_the_same(committed, member):
    tell(member.id, 3)
    threads = [threading.Thread(target=lambda: (sign_heads(), connection.close())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert signed(member.id) == [(0, last_seq(member.id))]
    assert verified_by_the_operator()[0]


def test_keys_are_changed_without_losing_what_the_old_one_signed(committed, member, settings, anonymous, tmp_path):
    settings.AUDIT_SIGNING_KEYS = [OLD]
    sign_heads()
    tell(member.id, 1)
    settings.AUDIT_SIGNING_KEYS = [NEW, OLD]
    sign_heads()
    assert [head["key"] for head in Log(member.id, member.key).all("heads")] == [derived(OLD).id, derived(NEW).id]
    shown = anonymous.get("/api/v1/audit/keys").json()["data"]
    assert [(key["id"], key["signs"]) for key in shown] == [(derived(NEW).id, True), (derived(OLD).id, False)]
    assert verified_by_the_operator()[0]
    assert Log(member.id, member.key).verified_by_a_customer(tmp_path)[0]
    settings.AUDIT_SIGNING_KEYS = [NEW]
    right, said = verified_by_the_operator()
    assert not right
    assert f"not among AUDIT_SIGNING_KEYS: {derived(OLD).id}" in said


def test_no_private_key_is_published_or_in_the_database(committed, member, settings, anonymous, database_urls):
    settings.AUDIT_SIGNING_KEYS = [OLD]
    sign_heads()
    seed = derived(OLD).private.private_bytes_raw().hex()
    answers = [anonymous.get("/api/v1/audit/keys"), *(member_get(member, what) for what in ("heads", "events"))]
    assert not [answer for answer in answers if seed in answer.content.decode() or OLD in answer.content.decode()]
    assert seed not in repr(derived(OLD))
    (head,) = Log(member.id, member.key).rows("events_head")
    assert bytes.fromhex(seed) not in bytes(head["signature"])


def member_get(member, what):
    from tests.conftest import api_client

    return api_client(member.key).get(f"/api/v1/audit/{what}")


def test_the_customer_s_program_verifies_as_the_library_does():
    """RFC 8032, 7.1, the first two of its vectors; and what is no signature of theirs, by both."""
    program = {}
    exec(compile(PROGRAM.read_text(), "verify_audit.py", "exec"), program)  # one file, not a module of ours
    vectors = [
        ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
        ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ]  # fmt: skip
    for given in vectors:
        public, message, signature = map(bytes.fromhex, given)
        assert program["has_signed"](public, message, signature)
        for at in range(0, 64, 9):
            wrong = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :]
            assert not program["has_signed"](public, message, wrong)
            with pytest.raises(InvalidSignature):
                Ed25519PublicKey.from_public_bytes(public).verify(wrong, message)
        assert not program["has_signed"](public, message + b"x", signature)
        assert not program["has_signed"](bytes(32), message, signature)
        assert not program["has_signed"](public, message, signature[:63])
    for number in range(5):
        key = derived(f"a key {number}")
        assert program["has_signed"](key.public, b"message", key.sign(b"message"))
