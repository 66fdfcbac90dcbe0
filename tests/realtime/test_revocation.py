"""What ends a credential ends its sockets and streams within five seconds."""

import json
import time

import httpx
import pytest

from tests.realtime.installation import closing, hear
from tests.realtime.test_streams import events_of

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

WITHIN = 5.0


def login(follower):
    """(session token, cookies) of a sign-in with the password."""
    answer = httpx.post(f"{follower.web.url}/api/auth/login", json=follower.login, timeout=60)
    assert answer.status_code == 200, answer.text
    return answer.json()["token"], answer.cookies


def cookie_socket(follower, cookies, **options):
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return follower.web.socket(additional_headers={"Cookie": header}, **options)


def second_key(follower):
    made = follower.post("/api/auth/keys", json={"name": "second"}).json()
    return made["apiKey"], made["id"]


def closed_within(opened, began):
    code, reason = closing(opened)
    assert time.monotonic() - began < WITHIN
    return code, reason


def test_E22_a_revoked_key_closes_its_sockets_and_no_other(follower):
    raw, key_id = second_key(follower)
    with follower.follow(token=raw) as doomed, follower.follow() as other:
        began = time.monotonic()
        assert follower.delete(f"/api/auth/keys/{key_id}").status_code in (200, 204)
        assert closed_within(doomed, began) == (4401, "This key or session is not valid any more.")
        assert hear(other)["type"] == "key.revoked"
        follower.tell(("a.b", {}))
        assert hear(other)["type"] == "a.b"


def test_O4_a_paused_key_closes_its_sockets_too(follower):
    raw, key_id = second_key(follower)
    account = follower.get("/api/auth/account").json()["id"]
    with follower.follow(token=raw) as doomed:
        began = time.monotonic()
        path = f"/api/organizations/{account}/api-keys/{key_id}"
        assert follower.patch(path, json={"isActive": False}).status_code == 200
        assert closed_within(doomed, began)[0] == 4401


def test_a_revoked_key_ends_its_streams(follower):
    raw, key_id = second_key(follower)
    with follower.stream("GET", "/api/events", headers={"Authorization": f"Bearer {raw}"}) as answer:
        began = time.monotonic()
        follower.delete(f"/api/auth/keys/{key_id}")
        last = list(events_of(answer))[-1]
    assert time.monotonic() - began < WITHIN
    assert (last[1], last[2]["reason"]) == ("end", "unauthorized")


# What no event tells: found by the look that is made every 3 s.
SILENT = {
    "a key that expires": "UPDATE accounts_apikey SET expires_at = now() WHERE account_id = %(account)s",
    "a user who is disabled": "UPDATE accounts_user SET is_active = false WHERE email = %(email)s",
    "a membership that is gone": "DELETE FROM accounts_membership WHERE account_id = %(account)s",
    "a session token that is revoked": (
        "UPDATE accounts_sessiontoken SET revoked_at = now() WHERE account_id = %(account)s"
    ),
    "a session that ran out": "DELETE FROM django_session WHERE session_key = %(session)s",
    "another password": "UPDATE accounts_user SET password = 'x' WHERE email = %(email)s",
    "a smaller plan": "UPDATE billing_subscription SET plan_id = 'free' WHERE account_id = %(account)s",
}
ENDS = {
    "key": {"a key that expires", "a smaller plan"},
    "token": {
        "a user who is disabled", "a membership that is gone", "a session token that is revoked", "a smaller plan",
    },
    "cookie": {
        "a user who is disabled", "a membership that is gone", "a session token that is revoked",
        "a session that ran out", "another password", "a smaller plan",
    },
}  # fmt: skip


def opened_by(kind, follower, token, cookies):
    if kind == "cookie":
        opened = cookie_socket(follower, cookies, origin=follower.web.url)
        opened.send('{"type": "auth"}')
        assert hear(opened)["type"] == "connected"
        return opened
    return follower.follow(token=follower.key if kind == "key" else token)


@pytest.mark.parametrize("what", SILENT)
def test_what_ends_a_credential_closes_its_sockets(web, what):
    follower = web.member()
    token, cookies = login(follower)
    sockets = {kind: opened_by(kind, follower, token, cookies) for kind in ENDS}
    values = {
        "account": follower.id, "email": follower.login["email"], "session": cookies.get("sessionid"),
    }  # fmt: skip
    with web.database() as database:
        assert database.execute(SILENT[what], values).rowcount
    began = time.monotonic()
    for kind, opened in sockets.items():
        if what in ENDS[kind]:
            assert closed_within(opened, began)[0] == (4402 if what == "a smaller plan" else 4401)
    follower.tell(("still.here", {}))
    for kind, opened in sockets.items():
        if what not in ENDS[kind]:
            assert hear(opened)["type"] == "still.here"
        opened.close()


def test_a_cookie_needs_a_page_of_ours(follower):
    _, cookies = login(follower)
    with cookie_socket(follower, cookies) as opened:
        opened.send('{"type": "auth"}')
        assert hear(opened)["name"] == "unauthorized"
        assert closing(opened)[0] == 4401


def test_a_smaller_plan_leaves_streams_open(web):
    follower = web.member()
    with follower.stream("GET", "/api/events") as answer:
        follower.set_plan("free")
        follower.tell(("plan.changed", {"from": "enterprise", "to": "free"}))
        time.sleep(4)
        follower.tell(("a.b", {}))
        events = events_of(answer)
        assert [next(events)[1], next(events)[1]] == ["plan.changed", "a.b"]


def test_a_key_without_the_permission_is_4403(follower):
    raw = follower.post("/api/auth/keys", json={"name": "x", "scopes": ["goals.run"]}).json()["apiKey"]
    with follower.web.socket() as opened:
        opened.send(json.dumps({"type": "auth", "token": raw}))
        assert hear(opened)["name"] == "forbidden_role"
        assert closing(opened)[0] == 4403


def test_a_suspended_account_s_sockets_and_streams_end(follower):
    with follower.follow() as doomed, follower.stream("GET", "/api/events") as answer:
        began = time.monotonic()
        with follower.web.database() as database:  # what accounts.staffing.suspend writes
            database.execute("UPDATE accounts_account SET suspended_at = now() WHERE id = %s", [follower.id])
        assert closed_within(doomed, began)[0] == 4401
        assert list(events_of(answer))[-1][1] == "end"
    assert time.monotonic() - began < WITHIN
    assert follower.get("/api/goals").status_code == 403
