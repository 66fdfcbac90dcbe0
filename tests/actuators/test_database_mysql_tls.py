"""TLS to a MySQL: a password goes only to a server that has proved who it is. E16, E-R24."""

import asyncio
from ipaddress import ip_network

import pytest

from actuators import database
from actuators.given import Given, Reach, Refused, Secret
from actuators.sandbox import Limits, Workspace
from tests.actuators.database_servers import certify
from tests.actuators.mysql_server import MySql

pytestmark = pytest.mark.hostile
USER = "bob-of-the-shop"


@pytest.fixture
def served(tmp_path, request):
    """Starts a server: with a certificate for ``address``, or without TLS."""

    def start(address=None):
        authority = tmp_path / "authority.pem"
        server = MySql(certify(tmp_path, authority, address) if address else None)
        request.addfinalizer(server.close)
        return server, authority

    return start


def ask(server, host="127.0.0.1", tls="verify"):
    """One statement, by a host that is at the server's address."""
    reach = Reach(exceptions=(ip_network("127.0.0.1/32"),), resolve=lambda name, port: ["127.0.0.1"])
    params = {"engine": "mysql", "host": host, "port": server.port, "database": "shop", "credential": "c",
              "sql": "SELECT 1 AS n"} | ({"tls": tls} if tls else {})  # fmt: skip
    secret = Secret("database", (host,), {"username": USER, "password": "p4ss"})
    given = Given(Workspace("/nonexistent", None), Limits(), None, secrets={"c": secret}, reach=reach)
    return asyncio.run(database.run(params, given))


def refused(server, **more):
    """Why it is refused; and the server was not told who asks."""
    with pytest.raises(Refused) as caught:
        ask(server, **more)
    assert caught.value.code == "connect_failed"
    assert (server.logins, server.queries) == ([], [])
    return str(caught.value)


def test_a_server_that_proves_who_it_is_is_asked(served, monkeypatch):
    server, authority = served("127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    outcome = ask(server, tls=None)
    assert outcome.data["rows"] == [[1]]
    assert USER.encode() in server.logins[0]
    assert server.queries[-1] == "SELECT 1 AS n"


def test_an_authority_that_nobody_knows_is_refused(served):
    server, _ = served("127.0.0.1")
    assert "certificate verify failed" in refused(server)


def test_a_certificate_of_another_authority_is_refused(served, monkeypatch, tmp_path):
    server, _ = served("127.0.0.1")
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "authority.pem"
    certify(tmp_path / "other", other, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(other))
    assert "certificate verify failed" in refused(server)


@pytest.mark.parametrize("host", ["db.example.com", "127.0.0.1"])
def test_a_certificate_for_another_host_is_refused(served, monkeypatch, host):
    server, authority = served("127.0.0.9")
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    assert "mismatch" in refused(server, host=host)


@pytest.mark.parametrize("tls", ["verify", "encrypt"])
def test_a_server_without_tls_is_refused_before_it_is_told_anything(served, tls):
    server, _ = served()
    assert "SSL is required" in refused(server, tls=tls)


def test_without_a_look_at_the_certificate_it_is_encrypted_all_the_same(served):
    server, _ = served("127.0.0.9")
    assert ask(server, tls="encrypt").data["rows"] == [[1]]


def test_off_is_off_only_where_it_was_said(served):
    server, _ = served()
    assert ask(server, tls="off").data["rows"] == [[1]]
