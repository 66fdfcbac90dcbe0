"""Keys of the vault rotate while tasks use it, and everything stays readable (case 60)."""

import threading
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings

from accounts import vault
from accounts.models import Credential, DataKey
from executor_one.kit import tenancy
from tests.accounts.test_vault import PLANTED

OLD, NEW, OTHER = "old-" * 10, "new-" * 10, "other-" * 10


def rotate(*words):
    said = StringIO()
    call_command("rotate_credential_keys", *words, stdout=said)
    return said.getvalue()


def put(account, key="api", value=PLANTED):
    with tenancy.account_scope(account):
        vault.put(key, "bearer", value, actor="test")


def opened(account, key="api"):
    with tenancy.account_scope(account):
        return vault.opened_for([key], goal=uuid4(), task=uuid4())[key].values["token"]


def data_key_of(account):
    with tenancy.account_scope(account):
        return DataKey.objects.get()


@pytest.mark.hostile
def test_case_60_the_old_key_can_go_after_a_rotation(member, make_member):
    accounts = [member.account, make_member("other@example.com").account]
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        for account in accounts:
            put(account)
        assert rotate() == "0 wrapped anew.\n"
    with override_settings(CREDENTIAL_KEYS=[NEW, OLD]):
        put(accounts[0], "later")
        assert rotate() == "2 wrapped anew.\n"
        assert rotate() == "0 wrapped anew.\n"
    with override_settings(CREDENTIAL_KEYS=[NEW]):
        assert [opened(account) for account in accounts] == [PLANTED] * 2
        assert opened(accounts[0], "later") == PLANTED
    with override_settings(CREDENTIAL_KEYS=[OLD]), pytest.raises(vault.Unavailable):
        opened(accounts[0])


@pytest.mark.hostile
def test_case_60_new_data_keys_seal_everything_anew(member, make_member):
    accounts = [member.account, make_member("other@example.com").account]
    for account in accounts:
        put(account)
        put(account, "second")
    stolen = [bytes(data_key_of(account).wrapped) for account in accounts]
    assert rotate("--data-keys").splitlines()[-1] == "2 made anew."
    assert [opened(account, key) for account in accounts for key in ("api", "second")] == [PLANTED] * 4
    with tenancy.account_scope(accounts[0]):
        DataKey.objects.update(wrapped=stolen[0])
    with pytest.raises(vault.Damaged):
        opened(accounts[0])


def test_an_interrupted_one_goes_on_where_it_was(member, make_member):
    first, second = member.account, make_member("other@example.com").account
    put(first)
    start = data_key_of(first).created_at.isoformat()
    put(second)
    made = bytes(data_key_of(second).wrapped)
    assert rotate("--data-keys", "--before", start).endswith("0 made anew.\n")
    assert rotate("--data-keys", "--before", data_key_of(second).created_at.isoformat()).endswith("1 made anew.\n")
    assert bytes(data_key_of(second).wrapped) == made
    with pytest.raises(CommandError, match="--before"):
        rotate("--data-keys", "--before", "2026-11-29T12:00:00")


@pytest.mark.parametrize("words", [(), ("--data-keys",)], ids=str)
def test_what_no_key_opens_is_named_and_the_rest_goes_on(member, make_member, words):
    lost, kept = member.account, make_member("other@example.com").account
    with override_settings(CREDENTIAL_KEYS=[OTHER]):
        put(lost)
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        put(kept)
    with override_settings(CREDENTIAL_KEYS=[NEW, OLD]), pytest.raises(CommandError, match=f"No key opens 1: {lost.pk}"):
        rotate(*words)
    with override_settings(CREDENTIAL_KEYS=[NEW]):
        assert opened(kept) == PLANTED
    with override_settings(CREDENTIAL_KEYS=[OTHER]):
        assert opened(lost) == PLANTED, "nothing was destroyed"


def test_a_damaged_credential_keeps_its_account_s_data_key(member):
    put(member.account)
    put(member.account, "broken")
    with tenancy.account_scope(member.account):
        Credential.objects.filter(key="broken").update(hosts=["evil.example"])
    with pytest.raises(CommandError, match="No key opens 1"):
        rotate("--data-keys")
    assert opened(member.account) == PLANTED


def read_and_write(account, stop, number):
    """What a runner (and a person: the first of them) does all the time; how often."""
    done = 0
    try:
        while not stop.is_set():
            assert opened(account) == PLANTED
            if number == 0:
                put(account, "written", f"{PLANTED} {done}")
                assert opened(account, "written") == f"{PLANTED} {done}"
            done += 1
    finally:
        connections.close_all()
    return done


@pytest.mark.hostile
def test_case_60_tasks_read_and_people_write_while_keys_rotate(committed, member):
    """Every reading finds what was written last, whatever rotates meanwhile; then the old key goes."""
    stop = threading.Event()
    with override_settings(CREDENTIAL_KEYS=[OLD]):
        put(member.account)
    with override_settings(CREDENTIAL_KEYS=[NEW, OLD]), ThreadPoolExecutor() as pool:
        busy = [pool.submit(read_and_write, member.account, stop, number) for number in range(3)]
        try:
            for words in ((), ("--data-keys",), ("--data-keys",)):
                for first, second in ((OLD, NEW), (NEW, OLD)):
                    with override_settings(CREDENTIAL_KEYS=[first, second]):
                        rotate(*words)
        finally:
            stop.set()
        assert all(one.result(timeout=30) > 1 for one in busy)
    with override_settings(CREDENTIAL_KEYS=[NEW]):
        assert opened(member.account) == PLANTED
        assert opened(member.account, "written").startswith(PLANTED)
