"""Redirects, credentials and TLS of the http-client actuator: who is told what."""

import asyncio
import base64
from ipaddress import ip_network

import pytest

from actuators import http_client
from actuators.given import Reach, Refused, Secret
from tests.actuators.loopback import certificate, reach, server_tls

TOKEN = "tok-Zx81-very-secret"


@pytest.fixture
def ask(given):
    def run(url, *sites, secret=None, more=None, **params):
        surroundings = given(reach=reach(*sites, **(more or {})), secrets={"cred_1": secret} if secret else {})
        if secret:
            params.setdefault("credential", "cred_1")
        return asyncio.run(http_client.run({"url": url, **params}, surroundings))

    return run


def refused(code, work, *args, **more):
    with pytest.raises(Refused) as caught:
        work(*args, **more)
    assert caught.value.code == code
    return str(caught.value)


@pytest.fixture
def tls_site(new_site, tmp_path):
    """(a server that is trusted and is api.test and *.wild.test, more for a reach)."""
    authority, _, issuer = certificate("the authority")
    pem, key, _ = certificate("api.test", "*.wild.test", issuer=issuer)
    context = server_tls(tmp_path, pem, key)
    made = new_site(tls=context)
    made.asked = context.asked
    return made, {"authorities": authority}


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [(301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"), (303, "PUT", "GET"), (303, "HEAD", "HEAD"),
     (301, "PUT", "PUT"), (307, "POST", "POST"), (308, "PATCH", "PATCH"), (302, "GET", "GET")],
)  # fmt: skip
def test_a_redirect_changes_the_method_as_browsers_do(site, ask, status, method, then):
    site.redirect("/a", "b?x=1", status)
    site.say("/b", body=b"" if method == "HEAD" else b"there")
    body = {"json": {"a": 1}} if method in ("POST", "PUT", "PATCH") else {}
    outcome = ask(f"http://site.test:{site.port}/a", site, method=method, headers={"X-Own": "1"}, **body)
    last = site.requests[-1]
    assert (last.method, last.target, last.headers["x-own"]) == (then, "/b?x=1", "1")
    assert (last.body == b'{"a":1}') == (then in ("POST", "PUT", "PATCH"))
    assert ("content-type" in last.headers) == bool(last.body)
    assert outcome.data["url"] == f"http://site.test:{site.port}/b?x=1"


def test_without_redirects_the_redirect_is_the_answer(site, ask):
    site.redirect("/", "/b")
    outcome = ask(f"http://site.test:{site.port}/", site, redirects=0)
    assert (outcome.exit_code, outcome.data["status"], outcome.data["headers"]["location"]) == (1, 302, "/b")


@pytest.mark.hostile
@pytest.mark.parametrize("nowhere", ["http://127.0.0.1\\@x/", "http://[::1", "http://a b/", "http://a/" + "x" * 9000])
def test_case_28_a_redirect_to_no_address_is_in_doubt(site, ask, nowhere):
    """The request has been sent: nobody may say that nothing was done."""
    site.redirect("/", nowhere)
    with pytest.raises(Refused) as refused:
        ask(f"http://site.test:{site.port}/", site, method="POST", json={"pay": 1})
    assert refused.value.in_doubt


@pytest.mark.hostile
def test_case_28_what_says_who_asks_stays_with_its_origin(site, new_site, ask):
    other = new_site()
    other.say("/b")
    site.redirect("/", f"http://site.test:{other.port}/b", 307)
    own = {"Authorization": "Bearer x", "cookie": "a=b", "X-Api-Key": "k", "X-Auth-Token": "t", "X-Plain": "p"}
    ask(f"http://site.test:{site.port}/", site, other, headers=own)
    assert {name.lower() for name in own} <= set(site.requests[0].headers)
    assert {name.lower() for name in own} & set(other.requests[0].headers) == {"x-plain"}


@pytest.mark.parametrize(
    ("secret", "header", "value"),
    [
        (Secret("bearer", ("api.test",), {"token": TOKEN}), "authorization", f"Bearer {TOKEN}"),
        (Secret("basic", ("api.test",), {"username": "me", "password": TOKEN}), "authorization",
         "Basic " + base64.b64encode(f"me:{TOKEN}".encode()).decode()),
        (Secret("header", ("*.test",), {"name": "X-Key", "value": TOKEN}), "x-key", TOKEN),
    ],
)  # fmt: skip
def test_E_R24_a_credential_is_sent_to_its_host_and_hidden_in_what_comes_back(tls_site, ask, secret, header, value):
    site, more = tls_site

    async def echo(request, writer):
        said = request.headers[header].encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nX-Echo: %s\r\nSet-Cookie: a=b\r\nContent-Length: %d\r\n\r\n%s"
            % (said, len(said), said)
        )

    site.serve("/", echo)
    outcome = ask(f"https://api.test:{site.port}/", site, more=more, secret=secret, headers={"X-Key": "mine"})
    assert site.requests[0].headers[header] == value
    told = repr(outcome)
    assert TOKEN not in told
    assert value not in told
    assert "[secret]" in outcome.stdout
    assert outcome.data["headers"]["set-cookie"] == "[secret]"


@pytest.mark.hostile
@pytest.mark.parametrize(
    "url", ["https://other.test", "https://xapi.test", "https://api.test.evil.test", "https://a.api.test"]
)
def test_a_credential_for_another_host_is_refused_before_anything_is_sent(tls_site, ask, url):
    site, more = tls_site
    secret = Secret("bearer", ("api.test", "*.wild.test"), {"token": TOKEN})
    told = refused("credential_host", ask, f"{url}:{site.port}/", site, more=more, secret=secret)
    assert TOKEN not in told
    assert site.connections == 0


@pytest.mark.hostile
def test_a_credential_that_the_cut_goes_through_is_hidden(tls_site, ask):
    site, more = tls_site
    body = f"it is {TOKEN}, {TOKEN}, {TOKEN}"
    site.say("/", body=body.encode())
    secret = Secret("bearer", ("api.test",), {"token": TOKEN})
    for cut in range(5, len(body) + 2):
        outcome = ask(f"https://api.test:{site.port}/", site, more=more, secret=secret, responseBytes=cut)
        assert TOKEN[:4] not in outcome.stdout, cut
        assert outcome.stdout_truncated == (cut < len(body))


@pytest.mark.hostile
def test_a_credential_for_no_host_goes_nowhere(tls_site, ask):
    site, more = tls_site
    secret = Secret("bearer", (), {"token": TOKEN})
    refused("credential_host", ask, f"https://api.test:{site.port}/", site, more=more, secret=secret)


@pytest.mark.parametrize(
    ("secret", "code"),
    [
        (None, "credential_unknown"),
        (Secret("database", ("api.test",), {"username": "a", "password": "b"}), "credential_kind"),
        (Secret("bearer", ("api.test",), {}), "credential_kind"),
        (Secret("bearer", ("api.test",), {"token": "a\r\nX-Evil: 1"}), "credential_kind"),
        (Secret("header", ("api.test",), {"name": "X: y", "value": "1"}), "credential_kind"),
    ],
)
def test_a_credential_that_cannot_be_used_is_refused(tls_site, ask, secret, code):
    site, more = tls_site
    refused(code, ask, f"https://api.test:{site.port}/", site, more=more, secret=secret, credential="cred_1")
    assert site.connections == 0


@pytest.mark.hostile
def test_without_tls_a_credential_goes_to_the_operators_networks_alone(site, given, ask):
    site.say("/")
    secret = Secret("bearer", ("api.test",), {"token": TOKEN})
    ask(f"http://api.test:{site.port}/", site, secret=secret)
    assert site.requests[0].headers["authorization"] == f"Bearer {TOKEN}"
    public = Reach(exceptions=(ip_network("127.0.0.1/32"),), resolve=lambda *_: ["93.184.216.34"])
    surroundings = given(reach=public, secrets={"cred_1": secret})
    coroutine = http_client.run({"url": "http://api.test/", "credential": "cred_1"}, surroundings)
    refused("credential_host", asyncio.run, coroutine)


@pytest.mark.hostile
def test_case_28_a_redirect_takes_no_credential_along(tls_site, new_site, tmp_path, ask):
    site, more = tls_site
    site.redirect("/", f"https://a.wild.test:{site.port}/b")
    site.redirect("/c", "/b")
    site.say("/b")
    secret = Secret("bearer", ("api.test", "*.wild.test"), {"token": TOKEN})
    ask(f"https://api.test:{site.port}/", site, more=more, secret=secret)
    assert ["authorization" in request.headers for request in site.requests] == [True, False]
    ask(f"https://api.test:{site.port}/c", site, more=more, secret=secret)
    assert ["authorization" in request.headers for request in site.requests[2:]] == [True, True]


@pytest.mark.hostile
def test_case_28_from_https_to_http_is_not_followed(tls_site, site, ask):
    secure, more = tls_site
    secure.redirect("/", f"http://api.test:{site.port}/")
    refused("blocked_address", ask, f"https://api.test:{secure.port}/", secure, site, more=more)
    assert site.connections == 0


@pytest.mark.hostile
def test_a_refusal_does_not_tell_what_a_server_echoes(tls_site, ask):
    site, more = tls_site
    site.redirect("/", f"https://{TOKEN.lower()}.test:{site.port}/")
    secret = Secret("bearer", ("api.test",), {"token": TOKEN.lower()})
    told = refused("tls_failed", ask, f"https://api.test:{site.port}/", site, more=more, secret=secret)
    assert TOKEN.lower() not in told
    assert "[secret].test" in told


def test_tls_asks_for_the_name_and_not_the_address(tls_site, ask):
    site, more = tls_site
    site.say("/", body=b"secure")
    assert ask(f"https://api.test:{site.port}/", site, more=more).stdout == "secure"
    assert ask(f"https://x.wild.test:{site.port}/", site, more=more).stdout == "secure"
    assert site.asked == ["api.test", "x.wild.test"]


@pytest.mark.hostile
def test_tls_with_a_wrong_name_or_an_unknown_authority_is_refused(tls_site, ask):
    secure, more = tls_site
    assert "other.test" in refused("tls_failed", ask, f"https://other.test:{secure.port}/", secure, more=more)
    refused("tls_failed", ask, f"https://api.test:{secure.port}/", secure)
    assert secure.requests == []


def test_tls_with_what_speaks_another_language_is_refused(server, given):
    wanted = Reach(ports=frozenset({server[0]}), exceptions=(ip_network("127.0.0.1/32"),))
    coroutine = http_client.run({"url": f"https://127.0.0.1:{server[0]}/", "timeoutMs": 900}, given(reach=wanted))
    refused("tls_failed", asyncio.run, coroutine)


def test_a_port_where_nobody_listens_is_no_connection(site, ask):
    site.close()
    refused("connect_failed", ask, f"http://site.test:{site.port}/", site)


@pytest.mark.hostile(case=28)
@pytest.mark.parametrize("status", [303, 307])
def test_case_28_an_answer_tells_of_the_redirects_that_led_to_it(site, ask, status):
    """What comes last says nothing of what was done before: a 429 does not mean that nothing was."""
    site.redirect("/order", "done", status)
    site.say("/done", status=429)
    for path, redirects in (("order", 1), ("done", 0)):
        outcome = ask(f"http://site.test:{site.port}/{path}", site, method="POST")
        assert (outcome.data["status"], outcome.data["redirects"]) == (429, redirects)
