"""What a task calls success, looked at on what a try answered."""

import time

import pytest

from actuators import verifying
from actuators.sandbox import Outcome


def outcome(stdout="", stderr="", exit_code=0, **data):
    return Outcome(exit_code, stdout, stderr, False, False, 1, None, data or None)


def fault(verify, answered, *, files=()):
    return verifying.failed(verify, answered, lambda path: path in files)


JSON = '{"items": [{"id": 7, "a b": null}, {"id": 1.0}], "ok": true, "": {"deep": []}}'


@pytest.mark.parametrize(
    ("verify", "right", "wrong"),
    [
        ({"exitCode": 3}, outcome(exit_code=3), outcome(exit_code=0)),
        ({"exitCode": [0, 3]}, outcome(exit_code=3), outcome(exit_code=None)),
        ({"status": "2xx"}, outcome(status=204), outcome(status=302)),
        ({"status": [404, "2xx"]}, outcome(status=404), outcome(status=400)),
        ({"status": 200}, outcome(status=200), outcome()),
        ({"outputContains": "ready"}, outcome("it is ready now"), outcome("Ready")),
        ({"outputContains": ["a", "b"]}, outcome("a", "b"), outcome("a", "a")),
        ({"outputMatches": r"^v\d+\.\d+$"}, outcome("see\nv1.20\n"), outcome("xv1.20")),
        ({"outputMatches": r"^done$"}, outcome("a\ndone\nb"), outcome("a\nundone")),
        ({"fileExists": "out/a.txt"}, outcome("yes"), outcome()),
        ({"json": {"$.items[0].id": 7}}, outcome(JSON), outcome(JSON.replace("7", "8"))),
        ({"json": {"$.items[1].id": 1}}, outcome(JSON), outcome(JSON.replace("1.0", "true"))),
        ({"json": {'$.items[0]["a b"]': None}}, outcome(JSON), outcome("{}")),
        ({"json": {"$.items[2]": None}}, outcome('{"items": [0, 1, null]}'), outcome(JSON)),
        ({"json": {"$": [1, {"a": 2}]}}, outcome('[1.0, {"a": 2}]'), outcome('[1, {"a": 2, "b": 3}]')),
        ({"json": {"$.rows[0][0]": 7}}, outcome("[cut", rows=[[7]]), outcome('{"rows": [[7]]}', rows=[[8]])),
        ({"json": {"$.ok": True}}, outcome(JSON), outcome(JSON.replace("true", "1"))),
        ({"json": {"$.a": 1}}, outcome("no json", json={"a": 1}), outcome("no json")),
        ({"json": {"$.a": 1}}, outcome('{"a": 1}'), outcome('{"a": 1}', json={"a": 2})),
    ],
)
def test_it_holds_or_says_what_does_not(verify, right, wrong):
    assert verifying.check(verify, "http-client" if "status" in verify else "shell") == {}
    assert fault(verify, right, files=["out/a.txt"]) == ""
    assert fault(verify, wrong).endswith(".")


def test_all_of_it_must_hold():
    verify = {"exitCode": 0, "outputContains": "a", "fileExists": ["one", "two"]}
    assert fault(verify, outcome("a"), files=["one", "two"]) == ""
    assert "two" in fault(verify, outcome("a"), files=["one"])


@pytest.mark.parametrize(
    ("verify", "field"),
    [
        (None, "verify"), ({}, "verify"), ([], "verify"), ({"exit": 0}, "exit"), ({"exitCode": -1}, "exitCode"),
        ({"exitCode": True}, "exitCode"), ({"exitCode": []}, "exitCode"), ({"exitCode": "0"}, "exitCode"),
        ({"status": 200}, "status"), ({"outputContains": ""}, "outputContains"),
        ({"outputContains": 1}, "outputContains"),
        ({"outputContains": ["a"] * 21}, "outputContains"), ({"outputContains": "x" * 1001}, "outputContains"),
        ({"outputMatches": "("}, "outputMatches"), ({"outputMatches": r"(a)\1"}, "outputMatches"),
        ({"outputMatches": "(?:(?:a{100}){100}){100}"}, "outputMatches"), ({"fileExists": "a\0"}, "fileExists"),
        ({"json": {}}, "json"), ({"json": {"a": 1}}, "json"), ({"json": {"$..a": 1}}, "json"),
        ({"json": {"$[-1]": 1}}, "json"),
        ({"json": {"$.a[": 1}}, "json"), ({"json": {"$" + ".a" * 600: 1}}, "json"), ({"json": [1]}, "json"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_refused(verify, field):
    assert field in verifying.check(verify, "shell")


def test_what_an_actuator_does_not_answer_cannot_be_asked_of_it():
    assert "exitCode" in verifying.check({"exitCode": 0}, "http-client")
    assert verifying.check({"status": 200}, "http-client") == {}


@pytest.mark.hostile
def test_a_pattern_made_to_hang_takes_no_time():
    began = time.monotonic()
    assert fault({"outputMatches": r"^(a+)+$"}, outcome("a" * 65_000 + "b"))
    assert fault({"outputMatches": r"(x+x+)+y"}, outcome("x" * 65_000))
    assert time.monotonic() - began < 0.5


@pytest.mark.hostile
@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "NaN", "1" * 5_000, '"\ud800"'])
def test_output_that_is_odd_json_is_no_success_and_no_error(text):
    assert fault({"json": {"$.a": 1}}, outcome(text))


@pytest.mark.hostile
def test_case_63_what_is_too_deep_to_be_shown_is_said_to_be():
    deep = {"rows": [], "a": None}
    for _ in range(100_000):
        deep = {"rows": [], "a": deep}
    wrong = verifying.failed({"json": {"$.a": 1}}, Outcome(0, "", "", False, False, 1, None, deep), lambda path: False)
    assert wrong == "$.a is too deep to be shown, not 1."
    while deep:  # or freeing it would be as deep
        deep = deep["a"]
