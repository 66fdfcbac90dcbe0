"""Impersonation: staff see what a customer sees, change nothing, and it is told at both ends."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import Membership, User
from events.models import Event
from executor_one.kit.tenancy import account_scope
from goals.models import Goal
from tests.console.conftest import PASSWORD
from tests.pages.addresses import addresses, is_page
from tests.pages.visitors import MOST_QUERIES, queries, statements
from tests.test_routes import known_correction, known_tree


@pytest.fixture
def customer(db, make_member):
    return make_member("customer@example.com", "pro")


def look_as(client, email):
    return client.post("/admin/look-as", {"user_pk": str(User.objects.get(email=email).pk)})


def told(customer):
    with account_scope(customer.account):
        rows = Event.objects.filter(type__startswith="staff.").order_by("id")
        return [(row.type, row.actor) for row in rows]


def test_an_operator_sees_what_the_customer_sees_under_a_banner_and_leaves(customer, operator):
    staff = f"staff:{operator.user.pk}"
    assert look_as(operator, "customer@example.com")["Location"] == "/dashboard"
    page = operator.get("/dashboard").content.decode()
    assert "Staff view." in page
    assert "customer@example.com" in page
    assert operator.get("/admin/").status_code == 302  # no staff meanwhile
    assert operator.post("/admin/leave")["Location"] == "/admin/"
    assert "Staff view." not in operator.get("/login", follow=True).content.decode()
    assert told(customer) == [("staff.looked_in", staff), ("staff.left", staff)]


def test_who_was_told_that_it_began_is_told_its_end(customer, operator):
    staff = f"staff:{operator.user.pk}"
    look_as(operator, "customer@example.com")
    with account_scope(customer.account):
        Membership.objects.all().delete()
    operator.post("/admin/leave")
    assert told(customer) == [("staff.looked_in", staff), ("staff.left", staff)]


@pytest.mark.parametrize("nobody", ["x", "\xff", "-1", "1e9", "9" * 30, "9" * 5000, ""])
def test_nobody_is_looked_at_as_nobody(operator, nobody):
    assert operator.post("/admin/look-as", {"user_pk": nobody}).status_code == 404


@pytest.mark.parametrize("address", ["/admin/login", "/admin/leave", "/admin/look-as"])
def test_odd_bytes_at_the_console_s_doors_are_refused(operator, address):
    form = "application/x-www-form-urlencoded"
    for odd in ("%00", "a%00b", "%FF", "%ED%A0%80"):
        for client in (Client(raise_request_exception=False), operator):
            assert client.get(f"{address}?next={odd}").status_code < 500
            body = f"login={odd}&password={odd}&next={odd}&user_pk={odd}"
            assert client.post(address, body, content_type=form).status_code < 500


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/dashboard/goals/new", {"description": "x"}),
        ("/dashboard/settings/password", {"current": PASSWORD, "new": "another-long-one-1"}),
        ("/dashboard/settings/profile", {"name": "x"}),
        ("/dashboard/settings/egress", {"hosts": "example.com"}),
        ("/dashboard/keys", {"name": "x"}),
        ("/dashboard/billing/portal", {}),
        ("/api/goals", {"description": "x"}),
        ("/api/auth/keys", {"name": "x"}),
        ("/logout", {}),
        ("/admin/look-as", {"user_pk": "x"}),
    ],
)
def test_nothing_can_be_changed_meanwhile(customer, operator, address, body):
    look_as(operator, "customer@example.com")
    answer = operator.post(address, body)
    assert answer.status_code == 403, address
    assert "Nothing can be changed" in answer.content.decode()


def test_secrets_stay_hidden(customer, client_of, operator):
    client_of(customer.key).post(
        "/api/memory", {"key": "s", "value": "hunter2", "tags": ["secrets"]}, content_type="application/json"
    )
    look_as(operator, "customer@example.com")
    answer = operator.get("/api/memory/s")
    assert "hunter2" not in answer.content.decode()
    assert "hunter2" not in operator.get("/dashboard/memory/item?key=s", follow=True).content.decode()


def test_files_stay_hidden(customer, client_of, operator, settings, tmp_path):
    """What tasks leave is what they ran with: neither names nor contents, on the page as over the API."""
    settings.WORKSPACES_DIR = tmp_path
    (tmp_path / customer.account.workspace).mkdir()
    (tmp_path / customer.account.workspace / "planted.txt").write_text("planted")
    assert b"planted" in client_of(customer.key).get("/api/workspace/files").content
    look_as(operator, "customer@example.com")
    for address in (
        "/dashboard/files", "/dashboard/files/download?path=planted.txt", "/api/workspace/files",
        "/api/workspace/files/planted.txt",
    ):  # fmt: skip
        answer = operator.get(address)
        assert (answer.status_code, b"planted." in answer.content) == (403, False), address
    assert 'href="/dashboard/files"' not in operator.get("/dashboard").content.decode()


def test_never_as_staff_nor_as_somebody_switched_off(customer, operator, make_staff):
    other = make_staff("support")
    assert look_as(operator, other.user.email).status_code in (302, 403)
    assert operator.get("/admin/").status_code == 200
    User.objects.filter(email="customer@example.com").update(is_active=False)
    look_as(operator, "customer@example.com")
    assert operator.get("/admin/").status_code == 200


def test_it_ends_with_the_role_of_who_looks(customer, operator):
    look_as(operator, "customer@example.com")
    assert operator.get("/dashboard").status_code == 200
    User.objects.filter(pk=operator.user.pk).update(staff_role="support")
    assert operator.get("/api/goals").status_code == 302
    assert operator.get("/dashboard").status_code == 302


def test_support_and_customers_may_not(customer, support, make_member):
    make_member("second@example.com")
    look_as(support, "customer@example.com")
    assert support.get("/admin/").status_code == 200
    client = Client()
    client.force_login(
        User.objects.get(email="second@example.com"), backend="django.contrib.auth.backends.ModelBackend"
    )
    look_as(client, "customer@example.com")
    assert b"customer@example.com" not in client.get("/dashboard").content
    assert told(customer) == []


def test_a_link_does_not_begin_it(customer, operator):
    assert operator.get("/admin/look-as").status_code in (400, 404, 405)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = operator.cookies
    assert strict.post("/admin/look-as", {"user_pk": "x"}).status_code == 403


def test_leaving_asks_for_the_second_factor_again(customer, operator):
    look_as(operator, "customer@example.com")
    operator.post("/admin/leave")
    assert operator.get("/admin/").status_code == 302


def test_where_the_installation_allows_it_they_act_as_the_customer(customer, operator, settings):
    settings.STAFF_MAY_ACT_AS = True
    look_as(operator, "customer@example.com")
    answer = operator.post("/dashboard/settings/profile", {"name": "Renamed", "theme": "dark"})
    assert answer.status_code == 302
    with account_scope(customer.account):
        assert Event.objects.get(type="staff.looked_in").data["writes"] is True


def test_E2_nor_does_a_page_ask_more_of_who_looks(customer, client_of, operator, work, settings):
    """The look itself is one query: whether it is over is asked at each request."""
    settings.STRIPE_SECRET_KEY = "sk_test_nobody"  # so that the billing page has all its parts
    api = client_of(customer.key)
    for steps in (["true"], ["true", "ls"]):
        body = {"description": "Ship it", "semanticPath": steps}
        assert api.post("/api/goals", body, content_type="application/json").status_code == 201
        while work(stdout="x"):
            pass
    with account_scope(customer.account):
        ids = {
            "goal_id": str(Goal.objects.first().pk), "key_id": "key_none",
            "correction_id": str(known_correction(customer.account).pk),
            "tree_id": str(known_tree(customer.account).pk),
        }  # fmt: skip
    look_as(operator, "customer@example.com")
    goal, asked = f"/dashboard/goals/{ids['goal_id']}", {}
    more = [f"{goal}?view={view}" for view in ("graph", "list", "time", "events", "json")]
    more += ["/dashboard/goals?search=ship&state=completed&time=7d", "/dashboard/memory?q=ship+it"]
    for address in [*addresses(ids), *more]:
        answer = operator.get(address)
        if address.startswith("/dashboard") and is_page(answer.status_code, answer.headers.get("Content-Type", "")):
            asked[address] = queries(operator, address)
    assert {*more} <= asked.keys()
    assert len(asked) > 25
    assert {address: count for address, count in asked.items() if count > MOST_QUERIES} == {}


def test_E2_nor_does_a_page_that_refuses_a_form(make_member, operator, settings):
    """Where staff may act as a customer: the pages with the most to ask before they can refuse."""
    settings.STAFF_MAY_ACT_AS = True
    make_member("customer@example.com", "free")
    look_as(operator, "customer@example.com")
    goal = {"description": "Run all tests", "priority": "normal", "self_correct": "on"}
    invitation = {"email": "asked@example.com", "role": "viewer"}
    for address, fields, status in (("/dashboard/goals/new", goal, 429), ("/dashboard/team", invitation, 409)):
        for _ in range(2):
            operator.post(address, fields)
        with statements() as sent:
            assert operator.post(address, fields).status_code == status, address
        assert len(sent) <= MOST_QUERIES, (address, sent)
