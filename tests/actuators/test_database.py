"""What the database actuator takes and refuses before it asks any server. E16, E_R24."""

import asyncio

import pytest

from actuators import database
from actuators.databases.answer import Answer, Statement, plain
from actuators.databases.target import Target, may_go_to
from actuators.given import Given, Reach, Refused, Secret
from actuators.sandbox import Limits, Workspace

GOOD = {"engine": "postgresql", "host": "db.example.com", "database": "shop", "credential": "crd_1", "sql": "select 1"}
FILE = {"engine": "sqlite", "path": "a.db", "sql": "select 1"}


def refusal(code):
    return pytest.raises(Refused, check=lambda error: error.code == code)


def test_it_says_what_it_is():
    assert (database.NAME, database.EFFECT) == ("database", "external")
    assert database.effect_of(GOOD) == database.effect_of(FILE | {"readOnly": True}) == "pure"
    assert database.effect_of(GOOD | {"readOnly": False}) == "external"
    assert database.PARAMS["additionalProperties"] is False
    assert database.check(GOOD) == database.check(FILE) == {}
    assert database.check(GOOD | {"engine": "mysql", "host": "2001:db8::1", "port": 3307, "params": {"a": None}}) == {}


@pytest.mark.parametrize(
    ("base", "fields", "field", "words"),
    [
        (GOOD, {"engine": "oracle"}, "engine", "one of"),
        (GOOD, {"engine": None}, "engine", "one of"),
        (GOOD, {"path": "a.db"}, "path", "not take"),
        (FILE, {"host": "db.example.com"}, "host", "not take"),
        (FILE, {"path": "../a.db"}, "path", "'..'"),
        (FILE, {"path": "/etc/a.db"}, "path", "relative"),
        (GOOD, {"port": 0}, "port", "1 to 65535"),
        (GOOD, {"port": "5432"}, "port", "whole number"),
        (GOOD, {"database": ""}, "database", "1 to 128"),
        (GOOD, {"database": "a\nb"}, "database", "control"),
        (GOOD, {"username": "x"}, "credential", "Exactly one"),
        (GOOD, {"tls": "prefer"}, "tls", "one of"),
        (GOOD, {"sql": " \n"}, "sql", "empty"),
        (GOOD, {"sql": 1}, "sql", "string"),
        (GOOD, {"sql": "a\0"}, "sql", "NUL"),
        (GOOD, {"sql": "ä" * 25_001}, "sql", "50002 bytes"),
        (GOOD, {"sql": "\ud800"}, "sql", "Unicode"),
        (GOOD, {"params": "x"}, "params", "list or an object"),
        (GOOD, {"params": [[1]]}, "params", "value of 0"),
        (GOOD, {"params": {"a": {}}}, "params", "value of a"),
        (GOOD, {"params": [2**63]}, "params", "64 bits"),
        (GOOD, {"params": [1] * 1001}, "params", "1001"),
        (GOOD, {"params": ["x" * 2**20, "y"]}, "params", "limit is 0"),
        (GOOD, {"readOnly": "no"}, "readOnly", "true or false"),
        (GOOD, {"maxRows": 100_001}, "maxRows", "100000"),
        (GOOD, {"maxBytes": True}, "maxBytes", "whole number"),
        (GOOD, {"timeoutMs": 0}, "timeoutMs", "from 1"),
    ],
)
def test_wrong_parameters_are_named(base, fields, field, words):
    assert words in database.check(base | fields)[field]
    with pytest.raises(ValueError, match=field):
        asyncio.run(database.run(base | fields, given()))


def test_required_fields_are_named():
    assert database.check({}) == {"engine": "This field is required."}
    assert database.check({"engine": "mysql"}).keys() == {"host", "database", "credential", "sql"}
    assert database.check({"engine": "sqlite"}).keys() == {"path", "sql"}


@pytest.mark.hostile
@pytest.mark.parametrize(
    "name",
    ["dsn", "options", "service", "hostaddr", "passfile", "sslkey", "sslcert", "sslrootcert", "unixSocket", "password"],
)
def test_case_34_what_a_driver_would_read_cannot_be_said(name):
    assert database.check(GOOD | {name: "/etc/passwd"})[name] == "Unknown field."


@pytest.mark.hostile
@pytest.mark.parametrize(
    "host",
    [
        "/var/run/postgresql", "@abstract", "a,b", "a b", "a\nb", "a\0b", "db.example.com:5432", "user@db.example.com",
        "host=/tmp", "postgresql://x", "fe80::1%lo", "[::1]", "-a.com", "a..b", "x" * 64 + ".com", "a." * 127 + "com",
        "", 5, "ä.example.com", "db.example.com\n",
    ],
)  # fmt: skip
def test_case_34_host_is_one_plain_name(host):
    assert "one name" in database.check(GOOD | {"host": host})["host"]


def given(secret=None, **reach):
    secrets = {"crd_1": secret} if secret else {}
    return Given(Workspace("/nonexistent", None), Limits(), None, secrets=secrets, reach=Reach(**reach))


@pytest.mark.hostile
@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "localhost", "::1", "::ffff:127.0.0.1", "10.0.0.1",
        "169.254.169.254", "fd00:ec2::254", "0.0.0.0",
    ],
)  # fmt: skip
@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_case_34_private_addresses_are_blocked_however_they_are_spelled(host, engine):
    secret = Secret("database", (host,), {"username": "u", "password": "p"})
    params = GOOD | {"engine": engine, "host": host}
    with pytest.raises(Refused) as refused:
        asyncio.run(database.run(params, given(secret)))
    assert refused.value.code in ("blocked_address", "bad_address")


def test_tls_is_not_left_out_towards_a_public_host():
    secret = Secret("database", ("192.88.99.1", "1.1.1.1"), {"username": "u", "password": "p"})
    for tls in ("off", "encrypt"):
        with refusal("tls_required"):
            asyncio.run(database.run(GOOD | {"host": "1.1.1.1", "tls": tls}, given(secret)))


def test_ports_are_the_operator_s_or_above_those_of_the_system():
    secret = Secret("database", ("1.1.1.1",), {"username": "u", "password": "p"})
    for port, ports in ((25, ()), (5432, (443, 5433))):
        with refusal("blocked_address"):
            asyncio.run(database.run(GOOD | {"host": "1.1.1.1", "port": port}, given(secret, ports=frozenset(ports))))


@pytest.mark.parametrize(
    ("patterns", "host", "goes"),
    [
        (("db.example.com",), "db.example.com", True),
        (("DB.Example.com",), "db.example.COM.", True),
        (("*.example.com",), "db.example.com", True),
        (("*.example.com",), "a.b.example.com", True),
        (("*.example.com",), "example.com", False),
        (("*.example.com",), "evilexample.com", False),
        (("example.com",), "db.example.com", False),
        (("db.example.com",), "db.example.com.evil.com", False),
        (("*",), "db.example.com", False),
        ((), "db.example.com", False),
    ],
)
def test_secret_goes_to_its_own_hosts_alone(patterns, host, goes):
    assert may_go_to(Secret("database", patterns, {}), host) is goes


def test_password_is_neither_shown_nor_left_in_a_message():
    target = Target("h", 1, (), "d", "u", "s3cret", "verify")
    assert "s3cret" not in repr(target)
    assert target.without_secrets("bad s3cret\0 here ") == "bad ***\ufffd here"


PLACES = {
    "select %(a)1500000000s": ({"a": "x"}, "no place for a value"),
    "select %(a)-9s": ({"a": "x"}, "no place for a value"),
    "select %5s": (["x"], "no place for a value"),
    "select %d": ([1], "no place for a value"),
    "select %c": ([70_000_000], "no place for a value"),
    "select %(a)d": ({"a": 1}, "no place for a value"),
    "select %*s": ([9, "x"], "no place for a value"),
    "select %(a(b))s": ({"a(b)": "x"}, "no place for a value"),
    "select 1 %": ([1], "no place for a value"),
    "select 5 % 2, %s": ([1], "no place for a value"),
    "select %(a)%": ({"a": 1}, "no place for a value"),
    "select %s": ({"a": 1}, "with the name"),
    "select %(a)s": ([1], "without a name"),
    "select %s, %s": ([1], "2 places"),
    "select 1": ([1], "0 places"),
    "select %(b)s": ({"a": 1}, "no value for 'b'"),
    "select " + "%(a)s," * 8000 + "1": ({"a": "x" * 1000}, "the limit is"),
}


@pytest.mark.hostile
@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
@pytest.mark.parametrize("sql", PLACES)
def test_case_36_what_is_no_place_for_a_value_is_refused_before_any_driver_sees_it(engine, sql):
    params, words = PLACES[sql]
    problems = database.check(GOOD | {"engine": engine, "sql": sql, "params": params})
    assert list(problems) == ["sql"]
    assert words in problems["sql"]


def test_places_for_values_and_percent_signs_are_found():
    for sql, params in (
        ("select %s, '100%%', %s", [1, "x"]), ("select %(a)s, %(a)s, %(b c)s", {"a": 1, "b c": 2, "more": 3}),
        ("select 5 % 2", []), ("select 5 % 2", {}), ("select '%d'", None),
    ):  # fmt: skip
        fields = {"sql": sql} | ({} if params is None else {"params": params})
        assert database.check(GOOD | fields) == database.check(GOOD | fields | {"engine": "mysql"}) == {}


def test_rows_are_kept_within_both_caps():
    rows = Answer(Statement("", None, True, 2, 1000))
    assert [rows.add([n]) for n in range(3)] == [True, True, False]
    assert rows.data() == {"columns": [], "rows": [[0], [1]], "rowCount": 3, "truncated": True}
    long = Answer(Statement("", None, True, 9, 30))
    assert [long.add([text]) for text in ("x" * 10, "y" * 10, "z")] == [True, False, False]  # never one after a gap
    assert plain([float("inf"), b"\0", "a\0", "\ud800", (1, {"k": 2})]) == [
        "Infinity",
        "AA==",
        "a\ufffd",
        "\ufffd",
        [1, {"k": 2}],
    ]
