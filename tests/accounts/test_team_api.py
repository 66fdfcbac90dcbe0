"""Members, invitations and rotation over the API; foreign ids and roles are tried by tests/test_routes.py."""

import os
import re
import subprocess
import sys
import threading
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import sealing
from accounts.actions import register, reseal_factors
from accounts.callers import person
from accounts.keys import create_key
from accounts.members import LAST_OWNER, leave
from accounts.models import ApiKey, Membership, User
from billing.actions import set_plan
from billing.queries import plan_of
from events.models import Event
from executor_one.kit.errors import Conflict
from executor_one.kit.tenancy import account_scope

JSON = {"content_type": "application/json"}


def events_of(member):
    with account_scope(member.account):
        return list(Event.objects.order_by("id").values_list("type", flat=True))


def test_members_and_invitations(api, member, run_jobs, client_for):
    (owner,) = api.get("/api/members").json()["data"]
    assert (owner["email"], owner["role"]) == ("one@example.com", "owner")
    made = api.post("/api/invitations", {"email": "Bob@Example.com", "role": "viewer"}, **JSON)
    assert (made.status_code, made.json()["email"]) == (201, "bob@example.com")
    run_jobs()
    assert mail.outbox[-1].to == ["bob@example.com"]
    for email, why in (("bob@example.com", "invited already"), ("one@example.com", "a member already")):
        refused = api.post("/api/invitations", {"email": email}, **JSON)
        assert (refused.status_code, why in refused.json()["message"]) == (409, True), refused.json()
    assert [one["id"] for one in api.get("/api/invitations").json()["data"]] == [made.json()["id"]]
    assert [api.delete(f"/api/invitations/{made.json()['id']}").status_code for _ in range(2)] == [204, 204]
    assert api.get("/api/invitations").json()["data"] == []
    assert events_of(member)[-2:] == ["invitation.created", "invitation.revoked"]
    admin = client_for(member.account, role="admin")
    assert admin.post("/api/invitations", {"email": "x@example.com", "role": "owner"}, **JSON).status_code == 403
    assert admin.delete(f"/api/members/{owner['id']}").status_code == 403
    assert api.patch(f"/api/members/{owner['id']}", {"role": "viewer"}, **JSON).status_code == 409
    assert api.post("/api/members/leave").status_code == 409


def with_keys(member, role="developer", keys=("developer", "viewer")):
    """Somebody of the account who made keys; their id, and the keys."""
    register(email="two@example.com", password="correct-horse-battery-9")
    user = User.objects.get(email="two@example.com")
    with account_scope(member.account):
        one = Membership.objects.create(account=member.account, user=user, role=role)
        by = person(Membership.objects.select_related("user").get(pk=one.pk), "cookie")
        plan = plan_of(member.id)
        raw = [create_key(name="k", role=role, scopes=["*"], expires_at=None, by=by, plan=plan)[1] for role in keys]
    return str(user.pk), raw


def works(client_of, raw):
    return [client_of(key).get("/api/auth/account").status_code for key in raw]


def test_who_is_removed_leaves_keys_that_work_unless_they_are_revoked_too(api, member, client_of):
    user, raw = with_keys(member)
    assert api.delete(f"/api/members/{user}").status_code == 204
    assert works(client_of, raw) == [200, 200]


def test_the_keys_that_a_removed_member_made_are_revoked_and_no_other(api, member, client_of):
    user, raw = with_keys(member)
    assert api.delete(f"/api/members/{user}?revokeKeys=yes").status_code == 400
    assert api.delete(f"/api/members/{user}?revokeKeys=true").status_code == 204
    assert works(client_of, [*raw, member.key]) == [401, 401, 200]
    assert events_of(member)[-3:] == ["key.revoked", "key.revoked", "member.removed"]
    assert works(client_of, [member.key]) == [200]


def test_a_key_above_the_caller_or_a_caller_without_keys_edit_stops_the_whole_removal(member, client_for, client_of):
    user, raw = with_keys(member, "owner", ["owner"])
    admin = client_for(member.account, role="admin")
    with account_scope(member.account):
        Membership.objects.filter(user_id=user).update(role="developer")
    assert admin.delete(f"/api/members/{user}?revokeKeys=true").status_code == 403
    with account_scope(member.account):
        ApiKey.objects.filter(name="test").update(scopes=["members.edit"])
    assert admin.delete(f"/api/members/{user}?revokeKeys=true").status_code == 403
    with account_scope(member.account):
        assert Membership.objects.filter(user_id=user).exists()
    assert works(client_of, raw) == [200]
    assert admin.delete(f"/api/members/{user}").status_code == 204


def test_the_team_page_offers_to_revoke_their_keys_ticked(member, client_of):
    user, raw = with_keys(member)
    with account_scope(member.account):
        owner = Membership.objects.get(role="owner").user
    browser = Client()
    browser.force_login(owner)
    page = browser.get("/dashboard/team").content.decode()
    assert re.search(r'name="revoke_keys" checked><span>Revoke the 2 keys they made', page)
    done = browser.post(f"/dashboard/team/members/{user}/remove", {"revoke_keys": "on"}, follow=True)
    assert "2 keys of theirs stopped working" in done.content.decode()
    assert works(client_of, raw) == [401, 401]


def test_invitations_are_limited(api, member):
    answers = [api.post("/api/invitations", {"email": f"n{at}@example.com"}, **JSON).status_code for at in range(21)]
    assert answers == [201] * 20 + [429]


def test_of_two_owners_who_leave_at_once_one_stays(committed, make_member):
    account = make_member("one@example.com").account
    second = register(email="two@example.com", password="correct-horse-battery-9")
    assert second
    with account_scope(account):
        Membership.objects.create(account=account, user=User.objects.get(email="two@example.com"), role="owner")
        callers = [person(one, "cookie") for one in Membership.objects.select_related("user")]
    said, start = [], threading.Barrier(2)

    def go(caller):
        start.wait()
        try:
            with account_scope(account):
                leave(by=caller)
            said.append("left")
        except Conflict as error:
            said.append(error.message)
        connection.close()

    threads = [threading.Thread(target=go, args=[caller]) for caller in callers]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(said) == sorted(["left", LAST_OWNER])


def rotate(client, key_id, **body):
    return client.post(f"/api/auth/keys/{key_id}/rotate", body, **JSON)


def test_E8_a_rotated_key_keeps_what_it_was(api, client_of):
    old = api.post("/api/auth/keys", {"name": "CI", "role": "operator", "scopes": ["account.view"]}, **JSON).json()
    new = rotate(api, old["id"]).json()
    assert [new[name] for name in ("name", "role", "scopes", "expiresAt")] == ["CI", "operator", ["account.view"], None]
    keys = [old["apiKey"], new["apiKey"]]
    assert [client_of(key).get("/api/auth/account").status_code for key in keys] == [200, 200]
    assert rotate(api, old["id"]).status_code == 409
    with time_machine.travel(timezone.now() + timedelta(hours=24, minutes=1)):
        assert [client_of(key).get("/api/auth/account").status_code for key in keys] == [401, 200]


def test_E10_rotated_without_a_grace_the_old_key_ends_now(api, client_of, member):
    old = api.post("/api/auth/keys", {"name": "CI"}, **JSON).json()
    new = rotate(api, old["id"], graceHours=0).json()
    assert [client_of(key["apiKey"]).get("/api/auth/account").status_code for key in (old, new)] == [401, 200]
    assert events_of(member)[-3:] == ["key.created", "key.rotated", "key.revoked"]
    assert rotate(api, new["id"], graceHours=169).status_code == 400


def test_a_key_cannot_rotate_a_mightier_one(api, client_for, member):
    (owners,) = api.get("/api/auth/keys").json()["data"]
    assert rotate(client_for(member.account, role="developer"), owners["id"]).status_code == 403
    narrow = client_for(member.account)
    with account_scope(member.account):
        ApiKey.objects.filter(name="test").update(scopes=["keys.edit"])
    assert rotate(narrow, owners["id"]).status_code == 403


def test_E_R7_rotation_fits_a_plan_with_one_key_and_makes_no_third(api, client_of, member):
    with account_scope(member.account):
        set_plan(member.account, "free", actor="test")
        first = ApiKey.objects.get().pk
    second = rotate(api, first).json()
    usage = api.get("/api/auth/usage").json()["apiKeys"]
    assert (usage["used"], usage["limit"]) == (1, 1)
    assert rotate(client_of(second["apiKey"]), second["id"]).status_code == 409
    assert rotate(client_of(second["apiKey"]), second["id"], graceHours=0).status_code == 201
    assert api.post("/api/auth/keys", {}, **JSON).status_code == 402


@pytest.mark.parametrize(
    ("url", "name"), [("https://x.example", "__Host-sessionid"), ("http://x.example", "sessionid")]
)
def test_the_session_cookie_is_bound_to_its_host_behind_tls(url, name):
    code = (
        "import django; django.setup(); from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE)"
    )
    environment = {**os.environ, "PUBLIC_URL": url, "DJANGO_SETTINGS_MODULE": "executor_one.settings"}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [name, str(url.startswith("https")), "True", "Lax"]


def test_second_factors_are_sealed_anew_with_the_first_key(member, settings, capsys):
    old, new = "o" * 40, "n" * 40
    user = User.objects.get()
    factor = Authenticator.objects.create(user=user, type="totp", data={"secret": sealing.seal("SEED", [old])})
    assert reseal_factors([new]) == (0, [factor.pk])
    settings.MEMORY_KEYS = [new, old]
    call_command("rotate_memory_keys")
    assert "1 sealed anew." in capsys.readouterr().out
    assert sealing.unseal(Authenticator.objects.get().data["secret"], [new]) == "SEED"
    assert reseal_factors([new, old]) == (0, [])
