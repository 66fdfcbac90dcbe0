"""The http-client actuator against servers on loopback: what is asked, what is answered, what is wrong."""

import asyncio
import contextlib
import gzip
import json
import threading
import zlib
from ipaddress import ip_network

import jsonschema  # type: ignore[import-untyped]
import pytest

from actuators import http_client
from actuators.given import Reach, Refused
from tests.actuators.loopback import reach


@pytest.fixture
def ask(site, given):
    """Runs a request to the test's server, by the path."""

    def run(path="/", *, limits=None, secrets=None, heard=None, **params):
        params.setdefault("url", f"http://site.test:{site.port}{path}")
        surroundings = given(
            limits=limits,
            secrets=secrets or {},
            reach=reach(site),
            on_output=None if heard is None else lambda *said: heard.append(said),
        )
        return asyncio.run(http_client.run(params, surroundings))

    return run


def test_actuator_says_what_it_is():
    assert (http_client.NAME, http_client.EFFECT) == ("http-client", "external")
    assert http_client.PARAMS["additionalProperties"] is False
    effects = {method: http_client.effect_of({"method": method}) for method in ("GET", "HEAD", "PUT", "DELETE", "POST")}
    assert effects == {"GET": "pure", "HEAD": "pure", "PUT": "idempotent", "DELETE": "idempotent", "POST": "external"}
    assert http_client.effect_of({}) == "pure"


def test_E_R24_a_request_is_made_and_its_answer_told(site, ask):
    site.say(
        "/it", headers=["Content-Type: text/plain; charset=iso-8859-1", "X-Kept: yes"], body="Grüße".encode("latin-1")
    )
    heard = []
    outcome = ask("/it", heard=heard)
    assert (outcome.exit_code, outcome.stdout, outcome.killed) == (0, "Grüße", None)
    assert outcome.stderr.startswith("HTTP/1.1 200 Said, 5 B in ")
    assert outcome.data["status"] == 200
    assert outcome.data["bytes"] == 5
    assert outcome.data["url"] == f"http://site.test:{site.port}/it"
    assert outcome.data["headers"]["x-kept"] == "yes"
    assert heard == [("stdout", "Grüße")]


def test_what_is_sent_is_what_was_said(site, ask):
    site.say("/in", 201)
    ask("/in?a=1", method="POST", json={"ü": [1, None]}, query={"b": ["x y", True], "c": 2}, headers={"X-Own": "1"})
    [request] = site.requests
    assert (request.method, request.target) == ("POST", "/in?a=1&b=x+y&b=true&c=2")
    assert json.loads(request.body) == {"ü": [1, None]}
    assert request.headers["content-type"] == "application/json"
    assert request.headers["host"] == f"site.test:{site.port}"
    assert request.headers["x-own"] == "1"
    ask("/in", method="PUT", body="text", headers=[{"name": "Content-Type", "value": "text/x"}])
    assert site.requests[-1].body == b"text"
    assert site.requests[-1].headers["content-type"] == "text/x"
    ask("/in", method="POST")
    assert site.requests[-1].headers["content-length"] == "0"


@pytest.mark.parametrize(
    ("expected", "status", "exit_code"),
    [(None, 204, 0), (None, 404, 1), (404, 404, 0), ([200, "4xx"], 418, 0), ("5xx", 200, 1), (302, 302, 0)],
)
def test_the_exit_code_says_whether_the_status_was_expected(site, ask, expected, status, exit_code):
    site.say("/", status, ["Location: /elsewhere"] if status == 302 else [])
    outcome = ask("/", **({} if expected is None else {"expectedStatus": expected}))
    assert outcome.exit_code == exit_code
    assert outcome.data["status"] == status
    assert ("; expected " in outcome.stderr) == bool(exit_code)


def test_json_is_answered_as_json(site, ask):
    site.say("/", headers=["Content-Type: application/problem+json"], body=b'{"a": ["x\\u0000y\\ud800", 1.5]}')
    assert ask().data["json"] == {"a": ["xy", 1.5]}


@pytest.mark.parametrize("body", [b"{", b"[NaN]", b"[1e999]", b"[" * 60 + b"]" * 60, b"[" * 50_000, b"1" * 5000])
def test_json_that_cannot_be_stored_is_text_alone(site, ask, body):
    site.say("/", headers=["Content-Type: application/json"], body=body)
    outcome = ask()
    assert "json" not in outcome.data
    assert outcome.stdout == body.decode()


@pytest.mark.parametrize(
    "charset", ["utf-7", "unicode_escape", "punycode", "idna", "zlib", "rot13", "nonsense", "utf-8"]
)
def test_text_has_neither_nul_nor_surrogates_whatever_its_charset(site, ask, charset):
    site.say(
        "/", headers=[f"Content-Type: text/plain; charset={charset}"], body=b"a\0b \\ud800 +2AA- \xff \xed\xa0\x80"
    )
    said = ask().stdout
    assert "\0" not in said
    said.encode()


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"several ") + gzip.compress(b"members") + b"\0\0"),
        ("deflate", zlib.compress(b"several members")),
        ("deflate", zlib.compress(b"several members", wbits=-15)),
        ("identity", b"several members"),
    ],
)
def test_bodies_are_decoded(site, ask, encoding, body):
    async def drip(request, writer):
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: %s\r\nConnection: close\r\n\r\n" % encoding.encode())
        for byte in body:
            writer.write(bytes([byte]))
            await writer.drain()

    site.serve("/drip", drip)
    assert ask("/drip").stdout == "several members"
    site.say("/", headers=[f"Content-Encoding: {encoding}"], body=body)
    outcome = ask()
    assert (outcome.stdout, outcome.data["bytes"]) == ("several members", 15)
    assert site.requests[0].headers["accept-encoding"] == "gzip, deflate"


def test_a_long_body_is_cut_at_a_whole_character(site, ask):
    site.say("/", body="ä".encode() * 1000)
    outcome = ask(responseBytes=101)
    assert (outcome.stdout, outcome.stdout_truncated) == ("ä" * 50, True)
    assert outcome.data["bytes"] == 2000
    assert ask(limits={"output_bytes": 10}, responseBytes=101).stdout == "ä" * 5
    assert not ask(responseBytes=2000).stdout_truncated


def test_head_has_no_body(site, ask):
    site.say("/", headers=["Content-Length: 5000", "Content-Encoding: gzip"])
    outcome = ask(method="HEAD")
    assert (outcome.exit_code, outcome.stdout) == (0, "")


@pytest.mark.parametrize(
    ("params", "field", "words"),
    [
        ({}, "url", "required"),
        ({"url": 1}, "url", "string"),
        ({"url": "ftp://a.test/"}, "url", "https://"),
        ({"url": "http://127.1/"}, "url", "four numbers"),
        ({"url": "http://a:b@c.test/"}, "url", "name a credential"),
        ({"method": "TRACE"}, "method", "One of"),
        ({"method": ["GET"]}, "method", "One of"),
        ({"headers": "X: y"}, "headers", "map"),
        ({"headers": {"Host": "other.test"}}, "headers", "ours"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "headers", "ours"),
        ({"headers": {"X": "a\r\nEvil: 1"}}, "headers", "line ends"),
        ({"headers": {"X\n": "a"}}, "headers", "name"),
        ({"headers": {"X": 1}}, "headers", "strings"),
        ({"headers": {"X": "\ud800"}}, "headers", "UTF-8"),
        ({"headers": [{"name": "X"}]}, "headers", "list"),
        ({"headers": [{"name": "X", "value": "1"}, {"name": "x", "value": "2"}]}, "headers", "once"),
        ({"json": {}, "body": ""}, "body", "not both"),
        ({"json": float("nan")}, "json", "JSON"),
        ({"json": "ü" * 600_000}, "json", "1048576"),
        ({"body": 1}, "body", "string"),
        ({"body": "x" * ((1 << 20) + 1)}, "body", "1048576"),
        ({"query": {"a": {"b": 1}}}, "query", "list"),
        ({"query": {"a": None}}, "query", "string"),
        ({"expectedStatus": "200"}, "expectedStatus", "2xx"),
        ({"expectedStatus": []}, "expectedStatus", "2xx"),
        ({"expectedStatus": True}, "expectedStatus", "2xx"),
        ({"timeoutMs": 0}, "timeoutMs", "600000"),
        ({"timeoutMs": 1.5}, "timeoutMs", "600000"),
        ({"redirects": 4}, "redirects", "0 to 3"),
        ({"credential": ""}, "credential", "id"),
        ({"responseBytes": 1 << 21}, "responseBytes", "1048576"),
        ({"proxy": "http://a"}, "proxy", "Unknown"),
    ],
)
def test_wrong_parameters_are_named(given, params, field, words):
    if field != "url":
        params = {"url": "https://a.test/", **params}
    problems = http_client.check(params)
    assert list(problems) == [field]
    assert words in problems[field]
    if field != "url":
        with pytest.raises(ValueError, match=field):
            asyncio.run(http_client.run(params, given()))


def test_right_parameters_are_not_named():
    assert (
        http_client.check({"url": "https://bücher.example/ä?q=ö#part", "json": None, "expectedStatus": [200, "3xx"]})
        == {}
    )


def test_the_schema_says_what_check_says():
    jsonschema.Draft202012Validator.check_schema(http_client.PARAMS)
    valid = jsonschema.Draft202012Validator(http_client.PARAMS).is_valid
    right = {
        "url": "https://a.test/",
        "headers": [{"name": "a", "value": "b"}],
        "query": {"a": [1, True]},
        "json": None,
    }
    assert valid(right)
    for wrong in ({"method": "TRACE"}, {"headers": {"a": 1}}, {"query": {"a": None}}, {"expectedStatus": "200"},
                  {"timeoutMs": 0}, {"redirects": 4}, {"proxy": "x"}, {"responseBytes": 1 << 21}):  # fmt: skip
        assert not valid({**right, **wrong})
        assert http_client.check({**right, **wrong})


def test_a_cancelled_request_lets_its_connection_go(site, given):
    closed = threading.Event()

    async def wait(request, writer):
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                await writer.drain()
                await asyncio.sleep(0.01)
        closed.set()

    site.serve("/", wait)

    async def cancel():
        params = {"url": f"http://site.test:{site.port}/"}
        request = asyncio.ensure_future(http_client.run(params, given(reach=reach(site))))
        await asyncio.sleep(0.1)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    asyncio.run(cancel())
    assert closed.wait(1)


def test_an_ipv6_address_stands_in_brackets(new_site, given):
    try:
        site = new_site(host="::1")
    except OSError:
        pytest.skip("no IPv6 here")
    site.say("/", body=b"six")
    wanted = Reach(ports=frozenset({site.port}), exceptions=(ip_network("::1/128"),))
    outcome = asyncio.run(http_client.run({"url": f"http://[0:0::1]:{site.port}/"}, given(reach=wanted)))
    assert outcome.stdout == "six"
    assert site.requests[0].headers["host"] == f"[::1]:{site.port}"
    assert outcome.data["url"] == f"http://[::1]:{site.port}/"


def test_E_R24_every_try_of_a_task_carries_the_same_key_where_a_repeat_would_do_harm(site, given):
    def key(method, **params):
        params = {"url": f"http://site.test:{site.port}/", "method": method, **params}
        asyncio.run(http_client.run(params, given(reach=reach(site), task="the-task-s-id")))
        return site.requests[-1].headers.get("idempotency-key")

    site.say("/", body=b"{}")
    assert [key("POST"), key("POST"), key("PATCH")] == ["the-task-s-id"] * 3
    assert [key(method) for method in ("GET", "PUT", "DELETE", "OPTIONS")] == [None] * 4
    assert key("POST", headers={"IDEMPOTENCY-KEY": "mine"}) == "mine", "the customer's own goes before"


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "x"}, [{"name": "idempotency-key", "value": "x"}]])
def test_a_request_with_a_key_of_the_customer_s_can_be_repeated(headers):
    assert http_client.effect_of({"method": "POST", "headers": headers}) == "idempotent"


def test_what_was_refused_says_whether_the_server_may_have_acted(site, ask):
    site.say("/slow", body=b"")
    site.say("/away", status=307, headers=["Location: http://127.0.0.2:1/"])

    async def never(request, writer):
        await asyncio.sleep(5)

    site.serve("/slow", never)
    doubts = {}
    for path, more in {"/slow": {"timeoutMs": 200}, "/away": {}, "": {"url": "http://10.0.0.1/"}}.items():
        with pytest.raises(Refused) as refused:
            ask(path, method="POST", **more)
        doubts[path] = (refused.value.code, refused.value.in_doubt)
    assert doubts == {"/slow": ("timeout", True), "/away": ("blocked_address", True), "": ("blocked_address", False)}
