"""What an account's commands may reach: who says so, what is a host, what is told; a claim carries it."""

from uuid import uuid4

import pytest

from accounts.models import Account
from events.models import Event
from executor_one.kit import tenancy
from goals.claims import claim, renew
from tests.goals.test_loop import create
from tests.pages.visitors import HTMX, told, visitor

ADDRESS, PAGE = "/api/egress", "/dashboard/settings"
FORM = f"{PAGE}/egress"


def put(client, *hosts, **more):
    return client.put(ADDRESS, {"hosts": list(hosts), **more}, content_type="application/json")


def kept(member):
    with tenancy.account_scope(member.account):
        return Account.objects.get().egress_hosts


def events(member):
    with tenancy.account_scope(member.account):
        found = Event.objects.filter(type="account.egress_changed").order_by("id")
        return [(one.actor.partition(":")[0], one.data["before"], one.data["hosts"]) for one in found]


def test_nothing_is_reached_until_somebody_says_so_and_each_change_is_told(api, member):
    assert api.get(ADDRESS).json() == {"hosts": [], "enabled": True}
    assert put(api, "PyPI.org", "*.PythonHosted.org", "pypi.org", "bücher.example").json() == {
        "hosts": ["pypi.org", "*.pythonhosted.org", "xn--bcher-kva.example"], "enabled": True,
    }  # fmt: skip
    first = kept(member)
    assert api.get(ADDRESS).json()["hosts"] == first
    assert put(api, *first).json()["hosts"] == first
    assert put(api).json()["hosts"] == []
    assert events(member) == [("key", [], first), ("key", first, [])]


@pytest.mark.hostile
@pytest.mark.parametrize(
    "host",
    [
        "", " ", "*", "*.", "*.com", "a.*.com", "**.example.com", "*example.com", ".example.com", "example.com.",
        "example..com", "https://example.com", "example.com/x", "example.com:443", "me@example.com", "a b.com",
        "evil.test\n.example.com", "evil\x00.example.com", "evil\u200b.example.com", "ex\uff0eample.com",
        "127.0.0.1", "10.1", "0x7f.1", "2130706433", "[::1]", "::1", "::ffff:127.0.0.1", "*.0.0.1",
        "\uff11.example.com", "x" * 64 + ".com", "a." * 127 + "com", "fe80::1%eth0", "-x.example.com",
    ],
)  # fmt: skip
def test_what_is_no_plain_name_is_refused(api, member, host):
    answer = put(api, "example.com", host)
    assert answer.status_code == 400, host
    assert answer["Content-Type"] == "application/problem+json"
    assert any(name.startswith("hosts") for name in answer.json()["errors"])
    assert (kept(member), events(member)) == ([], [])


@pytest.mark.parametrize("body", [{}, {"hosts": "example.com"}, {"hosts": None}, {"hosts": [1]}, {"hosts": [], "x": 1}])
def test_what_is_no_list_is_refused(api, body):
    assert api.put(ADDRESS, body, content_type="application/json").status_code == 400


def test_fifty_are_the_most(api, member):
    many = [f"h{number}.example.com" for number in range(51)]
    assert put(api, *many).status_code == 400
    assert put(api, *many[:50]).status_code == 200
    assert kept(member) == many[:50]


@pytest.mark.parametrize("role", ["viewer", "operator", "developer", "admin", "owner"])
def test_admins_and_owners_alone_change_it(member, client_for, role):
    client, may = client_for(member.account, role=role), role in ("admin", "owner")
    assert client.get(ADDRESS).status_code == 200
    assert put(client, "example.com").status_code == (200 if may else 403)
    assert visitor(member, role).post(FORM, {"hosts": "a.example"}).status_code == (302 if may else 403)
    assert kept(member) == (["a.example"] if may else [])


def test_a_key_needs_the_scope(api, client_of, member):
    for scopes, status in ((["account.view", "account.edit"], 403), (["egress.edit"], 200)):
        made = api.post("/api/auth/keys", {"scopes": scopes}, content_type="application/json").json()
        assert put(client_of(made["apiKey"]), "example.com").status_code == status, scopes


def test_an_account_sees_and_changes_its_own(api, member, make_member, client_of):
    other = make_member("other@example.com")
    put(api, "mine.example")
    theirs = client_of(other.key)
    assert theirs.get(ADDRESS).json()["hosts"] == []
    put(theirs, "theirs.example")
    assert (kept(member), kept(other)) == (["mine.example"], ["theirs.example"])


def test_the_page_says_and_changes_it(member):
    client = visitor(member)
    assert client.post(FORM, {"hosts": "pypi.org, *.pythonhosted.org\r\n\r\npypi.org"})["Location"] == PAGE
    assert kept(member) == ["pypi.org", "*.pythonhosted.org"]
    assert "pypi.org\n*.pythonhosted.org</textarea>" in client.get(PAGE).content.decode()
    refused = client.post(FORM, {"hosts": "pypi.org 10.0.0.1"})
    assert refused.status_code == 400
    assert "an address cannot be listed" in told(refused)
    assert "10.0.0.1</textarea>" in refused.content.decode()
    assert client.post(FORM, {"hosts": ""}, headers=HTMX)["HX-Redirect"] == PAGE
    assert kept(member) == []
    assert [actor for actor, _, _ in events(member)] == ["user", "user"]


def test_who_may_not_change_it_reads_it(api, member):
    put(api, "pypi.org")
    page = visitor(member, "viewer").get(PAGE)
    assert "pypi.org" in told(page)
    assert FORM not in page.content.decode()


def test_the_operator_switches_it_off_for_all(api, member, settings):
    put(api, "pypi.org", "example.com")
    settings.EGRESS = False
    assert api.get(ADDRESS).json() == {"hosts": ["pypi.org", "example.com"], "enabled": False}
    assert put(api, "pypi.org").status_code == 409
    refused = visitor(member).post(FORM, {"hosts": "pypi.org"})
    assert refused.status_code == 409
    assert "lets no command reach the network" in told(refused)
    assert put(api).status_code == 200


def test_a_claim_carries_it_and_a_renewal_says_it_anew(api, member):
    put(api, "pypi.org")
    create(member)
    runner = uuid4()
    (lease,) = claim(runner, 1)
    assert (list(lease.egress_hosts), lease.verify) == (["pypi.org"], None)
    put(api)
    assert renew(runner, [lease.task_id]) == {(lease.task_id, lease.epoch): []}
    put(api, "*.example.com")
    assert renew(runner, [lease.task_id]) == {(lease.task_id, lease.epoch): ["*.example.com"]}
