"""Staff who look as a customer follow that customer's events, and nobody's after they have left."""

import time

import httpx
import pytest

from tests.realtime.installation import Web, closing, hear
from tests.realtime.test_streams import events_of

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

WITHIN = 5.0


@pytest.fixture(scope="module")
def place(fresh_database, tmp_path_factory):
    """A web process that lets staff in with a password alone."""
    made = Web(fresh_database("onlookers"), tmp_path_factory.mktemp("onlookers") / "log", STAFF_MFA="off")
    yield made
    made.end()


class Onlooker(httpx.Client):
    """An operator in a browser, who looks as somebody."""

    def __init__(self, place, customer):
        super().__init__(base_url=place.url, timeout=60, headers={"Origin": place.url})
        self.place, self.home = place, place.member()
        with place.database() as database:
            database.execute(
                "UPDATE accounts_user SET is_staff = true, staff_role = 'operator' WHERE email = %s",
                [self.home.login["email"]],
            )
            row = database.execute("SELECT id FROM accounts_user WHERE email = %s", [customer.login["email"]])
            self.person = str(row.fetchone()[0])
        assert self.post("/api/auth/login", json=self.home.login).status_code == 200
        answer = self.send_form("/admin/look-as", user_pk=self.person)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard")

    def send_form(self, address, **fields):
        self.get("/admin/accounts/user/", headers={"Accept": "text/html"})  # has the form's token
        self.get("/dashboard")
        return self.post(address, data=fields, headers={"X-CSRFToken": self.cookies.get("csrftoken", "")})

    def socket(self):
        header = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        opened = self.place.socket(additional_headers={"Cookie": header}, origin=self.place.url)
        opened.send('{"type": "auth"}')
        return opened


@pytest.fixture
def customer(place):
    made = place.member()
    yield made
    made.close()


@pytest.fixture
def onlooker(place, customer):
    made = Onlooker(place, customer)
    yield made
    made.close()


def test_an_onlooker_follows_the_customer_s_events_and_neither_their_own_nor_others(place, customer, onlooker):
    stranger = place.member()
    with onlooker.socket() as opened, onlooker.stream("GET", "/api/events") as answer:
        assert hear(opened)["type"] == "connected"
        for follower in (stranger, onlooker.home, customer):
            follower.tell((f"told.{'theirs' if follower is customer else 'elsewhere'}", {}))
        assert hear(opened)["type"] == "told.theirs"
        assert next(events_of(answer))[1] == "told.theirs"


def test_leaving_ends_the_socket_and_the_stream_within_five_seconds(customer, onlooker):
    with onlooker.socket() as opened, onlooker.stream("GET", "/api/events") as answer:
        assert hear(opened)["type"] == "connected"
        began = time.monotonic()
        left = onlooker.send_form("/admin/leave")
        assert left.status_code == 302, left.text
        assert closing(opened)[0] == 4401
        assert list(events_of(answer))[-1][1] == "end"
    assert time.monotonic() - began < WITHIN
    customer.tell(("told.after", {}))
    with onlooker.socket() as again:
        first = hear(again)
        assert first["type"] == "connected"  # as themselves, in their own account
        onlooker.home.tell(("told.home", {}))
        assert hear(again)["type"] == "told.home"


def test_a_look_that_is_ended_for_them_closes_them_too(place, customer, onlooker):
    with onlooker.socket() as opened:
        assert hear(opened)["type"] == "connected"
        with place.database() as database:
            database.execute("UPDATE accounts_user SET is_active = false WHERE id = %s", [onlooker.person])
        began = time.monotonic()
        assert closing(opened)[0] == 4401
        assert time.monotonic() - began < WITHIN
    with onlooker.socket() as refused:
        assert closing(refused)[0] == 4401


def test_switching_the_account_is_refused_whosever_it_is(place, customer, onlooker):
    """A switch is a write: staff see the account that the person sees first. Both ends are told in each account."""
    other = place.member()
    with place.database() as database:
        database.execute(
            "INSERT INTO accounts_membership (account_id, user_id, role, created_at) VALUES (%s, %s, 'viewer', now())",
            [other.id, onlooker.person],
        )
    for account in (other.id, onlooker.home.id, customer.id):
        answer = onlooker.send_form("/dashboard/account", account=account)
        assert answer.status_code == 403, account
        assert onlooker.get("/api/auth/account").json()["id"] == customer.id
    with onlooker.socket() as opened:
        assert hear(opened)["type"] == "connected"
        other.tell(("told.elsewhere", {}))
        onlooker.home.tell(("told.home", {}))
        customer.tell(("told.theirs", {}))
        assert hear(opened)["type"] == "told.theirs"
