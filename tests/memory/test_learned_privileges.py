"""Corrections over the API: who may teach what will run, who sees what is secret in them, what is never kept."""

import json

import pytest

from accounts import secrets as ours
from accounts.models import ApiKey
from executor_one.kit.tenancy import account_scope
from memory.models import Correction
from memory.signature import masked_again, signature
from tests.correction.test_signature import TEXTS, of

JSON = "application/json"
ENVIRONMENT = {
    "kind": "environment",
    "set": {"API_TOKEN": "hunter2", "DB_PASS": "x1", "URL": "http://a:s3cretpw@h/", "LANG": "C"},
}
LESSON = {"failure": {"output": "gadget: not charged"}, "fix": {"kind": "run-before", "command": "gadget charge"}}


def teach(client, **changes):
    body = {name: value for name, value in {**LESSON, **changes}.items() if value is not None}
    return client.post("/api/corrections", json.dumps(body), content_type=JSON)


@pytest.fixture
def key_with(member, client_of):
    def make(*scopes, role="owner"):
        raw = ours.make(ours.KEY)
        with account_scope(member.account):
            ApiKey.objects.create(
                account=member.account, name="k", prefix=raw[: ours.SHOWN], digest=ours.digest(raw), role=role,
                scopes=list(scopes),
            )  # fmt: skip
        return client_of(raw)

    return make


@pytest.mark.parametrize("scopes", [["learning.edit"], ["goals.run"], ["learning.edit", "learning.view"]])
def test_who_may_not_state_goals_may_not_teach_what_runs_in_them(key_with, member, scopes):
    answer = teach(key_with(*scopes))
    assert answer.status_code == 403
    assert ("goals.run" if "learning.edit" in scopes else "learning.edit") in answer.json()["message"]
    with account_scope(member.account):
        assert not Correction.objects.exists()


def test_who_may_do_both_may_teach(key_with):
    assert teach(key_with("learning.edit", "goals.run")).status_code == 201
    assert teach(key_with("*", role="operator")).status_code == 200


def test_what_looks_secret_in_a_fix_is_shown_with_memory_secrets_only(api, key_with):
    address = teach(api, fix=ENVIRONMENT)["Location"]
    hidden = {"API_TOKEN": "<secret>", "DB_PASS": "<secret>", "URL": "<secret>", "LANG": "C"}
    viewer = key_with("learning.view")
    assert viewer.get(address).json()["fix"] == {"kind": "environment", "set": hidden}
    assert viewer.get("/api/corrections").json()["data"][0]["fix"]["set"] == hidden
    assert teach(key_with("learning.edit", "goals.run"), fix=ENVIRONMENT).json()["fix"]["set"] == hidden
    assert key_with("learning.edit").post(f"{address}/crystallize").json()["fix"]["set"] == hidden
    for client in (api, key_with("learning.view", "memory.secrets")):
        assert client.get(address).json()["fix"] == ENVIRONMENT
        assert client.get("/api/corrections").json()["data"][0]["fix"] == ENVIRONMENT


@pytest.mark.parametrize(
    "fix",
    [
        {"kind": "run-before", "command": "login --password hunter2"},
        {"kind": "replace-command", "program": "login", "replacement": "login --password=hunter2"},
        {"kind": "replace-command", "pattern": "--password hunter2", "replacement": "--quiet"},
        {"kind": "environment", "set": {"MY_PW": "hunter2"}},
        {"kind": "alternative", "actuator": "shell", "params": {"command": "login --password hunter2"}},
    ],
)
def test_a_secret_in_a_command_is_hidden_too(api, key_with, fix):
    address = teach(api, fix=fix)["Location"]
    assert "hunter2" not in str(key_with("learning.view").get(address).json())
    assert "hunter2" in str(api.get(address).json())


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("login failed: password=hunter2", "hunter2"),
        ("bad token ghp_abcdefghijklmnopqrstuvwxyz", "ghp_"),
        ("deploy --password correcthorse failed", "correcthorse"),
        ("cannot reach https://me:s3cretpw@db.example/x", "s3cretpw"),
        ("unit 7 is not charged", "7"),
    ],
)
def test_a_signature_that_was_given_is_masked_as_a_failure_s_is(api, member, said, secret):
    answer = teach(api, failure=None, signature=f"shell/exit_1: {said}")
    assert answer.status_code == 201, answer.content
    assert secret not in answer.json()["signature"].partition(": ")[2]
    with account_scope(member.account):
        found = signature("shell", exit_code=1, error_code="exit_code", stdout="", stderr=said)
        assert Correction.objects.get().signature == str(found)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["id"])
def test_a_signature_of_a_failure_stays_as_it_is(text):
    for which in ("first", "second"):
        if which in text:
            assert masked_again(str(of(text, which))) == str(of(text, which))


@pytest.mark.parametrize("command", ["grep -q x y", "deploy --password hunter2", "cd a && ./b.sh; true", "a | b\nc"])
@pytest.mark.parametrize("code", ["exit_code", "timeout"])
def test_a_signature_of_a_command_that_said_nothing_stays_as_it_is(command, code):
    found = str(
        signature("shell", exit_code=1, error_code=code, stdout="", stderr="", error="Over 60 s.", command=command)
    )
    assert masked_again(found) == found
    assert "hunter2" not in found


BROKEN = {
    "a pattern": ({"fix": {"kind": "replace-command", "pattern": "%", "replacement": "x"}}, "fix.pattern"),
    "a replacement": ({"fix": {"kind": "replace-command", "pattern": "x", "replacement": "%"}}, "fix.replacement"),
    "a program": ({"fix": {"kind": "replace-command", "program": "%", "replacement": "x"}}, "fix.program"),
    "a new name": ({"fix": {"kind": "replace-command", "program": "x", "replacement": "%"}}, "fix.replacement"),
    "a whole command": ({"fix": {"kind": "replace-command", "command": "%"}}, "fix.command"),
    "a shell": ({"fix": {"kind": "replace-command", "shell": "%"}}, "fix.shell"),
    "a command": ({"fix": {"kind": "run-before", "command": "%"}}, "fix.command"),
    "a value": ({"fix": {"kind": "environment", "set": {"A": "%"}}}, "fix.set"),
    "a name": ({"fix": {"kind": "environment", "set": {"%": "A"}}}, "fix.set"),
    "params": ({"fix": {"kind": "alternative", "actuator": "shell", "params": {"command": "%"}}}, "fix.params"),
    "an actuator": ({"fix": {"kind": "alternative", "actuator": "%", "params": {}}}, "fix.actuator"),
    "seconds": ({"fix": {"kind": "wait", "seconds": "%"}}, "fix.seconds"),
    "a kind": ({"fix": {"kind": "%"}}, "fix.kind"),
    "a fix": ({"fix": "%"}, "fix"),
    "a reason": ({"reason": "%"}, "reason"),
    "an output": ({"failure": {"output": "%"}}, "failure.output"),
    "a failure's actuator": ({"failure": {"output": "x", "actuator": "%"}}, "failure.actuator"),
    "a signature": ({"failure": None, "signature": "shell/exit_1: %"}, "signature"),
    "an unknown field's name": ({"%": 1}, None),
    "an unknown name in a fix": ({"fix": {"kind": "wait", "seconds": 1, "%": 1}}, None),
    "an unknown name in params": (
        {"fix": {"kind": "alternative", "actuator": "shell", "params": {"command": "x", "%": 1}}}, "fix.params",
    ),
}  # fmt: skip


@pytest.mark.parametrize("bad", ["\ud800", "a\udfff", "\0"], ids=["high", "low", "NUL"])
@pytest.mark.parametrize(("changes", "field"), BROKEN.values(), ids=BROKEN)
def test_what_no_database_can_hold_is_400_with_its_field(api, member, bad, changes, field):
    changes = json.loads(json.dumps(changes).replace("%", json.dumps(bad)[1:-1]))
    answer = teach(api, **changes)
    assert answer.status_code == 400, answer.content
    assert field is None or field in answer.json()["errors"], answer.json()
    with account_scope(member.account):
        assert not Correction.objects.exists()
