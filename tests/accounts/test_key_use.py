"""Which key was used when, how often at least, and from where: what owners look at before they revoke one."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import key_use
from accounts.models import ApiKey
from executor_one.kit.tenancy import account_scope
from tests.pages.visitors import told, visitor

ACCOUNT, KEYS, PAGE = "/api/auth/account", "/api/auth/keys", "/dashboard/keys"
NOW = timezone.now()


def row(member):
    with account_scope(member.account):
        return ApiKey.objects.order_by("created_at").first()


def use(api, times=1, after=0, **more):
    with time_machine.travel(NOW + timedelta(seconds=after), tick=False):
        return [api.get(ACCOUNT, **more).status_code for _ in range(times)]


@pytest.fixture(autouse=True)
def nothing_counted():
    """Earlier tests have counted too."""
    key_use._counted.clear()


def test_requests_of_all_keys_are_written_at_once(committed, member, make_member, client_of, api):
    other = make_member("two@example.com")
    assert {*use(api, 5)} == {*use(client_of(other.key), 3)} == {200}
    assert (row(member).requests, row(other).requests) == (0, 0)
    with CaptureQueriesContext(connection) as asked:
        key_use.write()
    assert len([one for one in asked if one["sql"].startswith("UPDATE")]) == 1
    assert (row(member).requests, row(other).requests) == (5, 3)
    key_use.write()
    use(api, 2, after=61)
    key_use.write()
    assert (row(member).requests, row(other).requests) == (7, 3)
    assert not key_use.is_any_counted()


def test_a_request_between_two_notes_writes_nothing(committed, member, api):
    use(api)
    with CaptureQueriesContext(connection) as asked:
        use(api, 3, after=30)
    assert not [one["sql"] for one in asked if "UPDATE" in one["sql"]]


def test_what_was_refused_is_counted_too(committed, member, api):
    with time_machine.travel(NOW, tick=False):
        assert [api.get("/api/goals/00000000-0000-0000-0000-000000000000").status_code for _ in range(3)] == [404] * 3
    use(api)
    key_use.write()
    assert row(member).requests == 4


def test_what_was_not_committed_is_written_again(committed, member, api):
    use(api, 2)
    with transaction.atomic():
        key_use.write()
        transaction.set_rollback(True)
    assert row(member).requests == 0
    key_use.write()
    assert row(member).requests == 2


def test_of_two_notes_of_one_moment_one_is_written(committed, member, api):
    use(api)
    before = row(member)
    use(api, 1, after=61)
    with account_scope(member.account):
        key_use.note(before, "10.0.0.9")
    assert row(member).last_ip == "127.0.0.1"


@pytest.mark.parametrize(
    ("told_by_proxy", "proxies", "seen"),
    [("", 0, "127.0.0.1"), ("203.0.113.7", 0, "127.0.0.1"), ("203.0.113.7", 1, "203.0.113.7"), ("nobody", 1, None),
     ("2001:db8::7", 1, "2001:db8::7")],
)  # fmt: skip
def test_the_address_is_the_callers_own_behind_known_proxies_only(member, api, settings, told_by_proxy, proxies, seen):
    settings.TRUSTED_PROXIES = proxies
    use(api, headers={"X-Forwarded-For": told_by_proxy})
    assert row(member).last_ip == seen


def test_owners_and_admins_see_the_address_and_nobody_below(member, api, client_for):
    use(api)
    for role, sees in (("owner", True), ("admin", True), ("developer", False)):
        listed = client_for(member.account, role=role).get(KEYS).json()["data"]
        assert [one["lastIp"] for one in listed if one["name"] != "test"] == ["127.0.0.1" if sees else None], role
        words = told(visitor(member, role).get(PAGE))
        assert ("from 127.0.0.1" in words) is sees, role
        assert "Requests and last use are written within a minute" in words


def test_the_list_of_keys_says_how_often_each_was_used(committed, member, api):
    use(api, 3)
    key_use.write()
    with time_machine.travel(NOW + timedelta(seconds=2), tick=False):
        (key,) = api.get(KEYS).json()["data"]
    assert (key["requests"], key["lastIp"]) == (3, "127.0.0.1")
