"""Every page of the map costs few round trips, and says nothing of another account."""

import uuid
from types import SimpleNamespace

from accounts.callers import ACCOUNT_OF_SESSION, HOME_OF_SESSION, TOKEN_OF_SESSION
from accounts.models import ApiKey, Membership
from billing.actions import set_plan
from executor_one.kit.tenancy import account_scope
from goals.models import Goal
from tests.pages.addresses import NOWHERE, addresses, is_page
from tests.pages.visitors import MOST_QUERIES, queries, visitor
from tests.test_routes import known_correction, known_credential, known_tree


def ids_of(account):
    with account_scope(account):
        return {
            "credential_key": known_credential(account).key,
            "goal_id": str(Goal.objects.get().pk), "key_id": ApiKey.objects.live().first().pk,
            "correction_id": str(known_correction(account).pk), "tree_id": str(known_tree(account).pk),
        }  # fmt: skip


def test_E2_no_page_asks_more_than_12_queries(account_a):
    client, looked_at = visitor(SimpleNamespace(id=account_a.pk)), {}
    for address in addresses(ids_of(account_a)):
        answer = client.get(address)
        if is_page(answer.status_code, answer.headers.get("Content-Type", "")):
            looked_at[address] = queries(client, address)
    assert len(looked_at) > 20
    assert {address: count for address, count in looked_at.items() if count > MOST_QUERIES} == {}


def test_E2_nor_does_it_for_who_has_several_accounts_and_looks_at_another_than_the_one_they_came_in_by(
    account_a, make_member
):
    """With a cookie of the API's sign-in, which lies in the first account, and limits that are near."""
    client = visitor(SimpleNamespace(id=account_a.pk))
    with account_scope(account_a):
        set_plan(account_a, "free", actor="test")
        user = Membership.objects.get().user
    others = [make_member(f"{name}@example.com").account for name in ("first", "second", "third")]
    for other in others:
        with account_scope(other):
            Membership.objects.create(account=other, user=user, role="owner")
    signed_in = {"email": user.email, "password": "correct-horse-battery-9"}
    assert client.post("/api/auth/login", signed_in, content_type="application/json").status_code == 200
    session = client.session
    assert session[TOKEN_OF_SESSION]
    assert session[HOME_OF_SESSION] == account_a.pk
    looked_at = {}
    for account in (others[2], account_a):
        session[ACCOUNT_OF_SESSION] = account.pk
        session.save()
        for address in addresses(ids_of(account_a)):
            answer = client.get(address)
            if is_page(answer.status_code, answer.headers.get("Content-Type", "")):
                looked_at[account.pk, address] = queries(client, address)
    assert len(looked_at) > 40
    assert {address: count for address, count in looked_at.items() if count > MOST_QUERIES} == {}


ANSWERED = (*range(200, 500), 501, 503)  # 501: what needs a Stripe that is not set up; 503: the page that says so


def test_an_odd_id_breaks_nothing(account_a):
    client = visitor(SimpleNamespace(id=account_a.pk))
    odd = dict.fromkeys([*NOWHERE, "key_id", "path"], "a%00b")
    for address in addresses({**ids_of(account_a), **odd}):
        for method in (client.get, client.post):
            assert method(address).status_code in ANSWERED, address


def test_a_foreign_id_is_answered_like_one_that_never_was(account_a, account_b):
    """With another account's ids in every address, by reading it and by sending a form to it."""
    client = visitor(SimpleNamespace(id=account_a.pk))
    theirs, nobodys = ids_of(account_b), {name: str(uuid.uuid4()) for name in ids_of(account_b)}
    compared = 0
    for foreign, random in zip(addresses(theirs), addresses(nobodys), strict=True):
        if foreign == random:
            continue
        for method in (client.get, client.post):
            one, other = method(foreign), method(random)
            assert one.status_code == other.status_code, foreign
            assert one.status_code in (404, 405), foreign
            compared += one.status_code == 404
    assert compared > 8
