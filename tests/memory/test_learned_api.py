"""Corrections, task trees and the registry over the API: what is refused, what is permanent."""

import json
import uuid

import pytest

from events.models import Event
from executor_one.kit.tenancy import account_scope
from memory.models import Correction, TaskTree

JSON = "application/json"
FIX = {"kind": "run-before", "command": "mkdir -p build"}
FAILURE = {"output": "cannot create build/out: Directory nonexistent", "exitCode": 2}
LESSON = {"failure": FAILURE, "fix": FIX, "reason": "Make it first."}


def teach(api, **changes):
    return api.post("/api/corrections", json.dumps({**LESSON, **changes}), content_type=JSON)


WRONG = {
    "an unknown actuator": ({"fix": {"kind": "alternative", "actuator": "teleport", "params": {}}}, "fix.actuator"),
    "an unknown kind": ({"fix": {"kind": "magic"}}, "fix.kind"),
    "an unknown field": ({"fix": {**FIX, "sudo": True}}, "fix.sudo"),
    "no command": ({"fix": {"kind": "run-before", "command": " "}}, "fix.command"),
    "NUL in a command": ({"fix": {"kind": "run-before", "command": "a\0b"}}, "fix.command"),
    "a fix that is a list": ({"fix": [1]}, "fix"),
    "no fix": ({"fix": None}, "fix"),
    "a wait of days": ({"fix": {"kind": "wait", "seconds": 1e9}}, "fix.seconds"),
    "a pattern that never ends": (
        {"fix": {"kind": "replace-command", "pattern": "(a+)+$", "replacement": "b"}},
        "fix.pattern",
    ),
    "an actuator of the failure": ({"failure": {**FAILURE, "actuator": "teleport"}}, "failure.actuator"),
    "an exit code of 4711": ({"failure": {**FAILURE, "exitCode": 4711}}, "failure.exitCode"),
    "no output": ({"failure": {"exitCode": 1}}, "failure.output"),
    "neither failure nor signature": ({"failure": None}, "failure"),
    "both": ({"signature": "shell/exit_1: no"}, "failure"),
    "a signature without an actuator": ({"failure": None, "signature": "no such file"}, "signature"),
    "a signature of an unknown actuator": ({"failure": None, "signature": "warp/exit_1: x"}, "signature"),
    "a signature without an exit class": ({"failure": None, "signature": "shell: no such file"}, "signature"),
    "a signature without a message": ({"failure": None, "signature": "shell/exit_1: "}, "signature"),
    "a signature of two lines": ({"failure": None, "signature": "shell/exit_1: a\nb"}, "signature"),
    "a reason of 301 characters": ({"reason": "x" * 301}, "reason"),
    "an unknown member": ({"timesWorked": 100}, "timesWorked"),
}


@pytest.mark.parametrize(("changes", "field"), WRONG.values(), ids=WRONG)
def test_E_R21_a_wrong_lesson_is_400_with_its_field_and_stores_nothing(api, member, changes, field):
    answer = teach(api, **changes)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["errors"]
    with account_scope(member.account):
        assert not Correction.objects.exists()


def test_E_R21_a_lesson_is_stored_once_and_shown(api, member):
    first, again = teach(api), teach(api, reason="Make it before.")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first["Location"] == f"/api/corrections/{first.json()['id']}"
    shown = api.get(first["Location"]).json()
    assert shown == api.get("/api/corrections").json()["data"][0] == again.json()
    assert (shown["fix"], shown["source"], shown["fixId"], shown["successRate"]) == (FIX, "customer", None, None)
    assert shown["signature"].startswith("shell/exit_2: ")
    with account_scope(member.account):
        assert Event.objects.filter(type="correction.taught").count() == 1


def test_a_failure_without_its_exit_code_is_known_by_any(api):
    shown = teach(api, failure={"output": FAILURE["output"]}).json()
    assert shown["signature"].startswith("shell/any: ")


def test_E_R18_a_correction_is_crystallized_for_good_and_deleted_on_demand(api, member):
    address = teach(api)["Location"]
    for _ in range(2):
        assert api.post(f"{address}/crystallize").json()["crystallized"] is True
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404
    with account_scope(member.account):
        types = list(Event.objects.filter(type__startswith="correction.").values_list("type", flat=True))
    assert types == ["correction.taught", "correction.crystallized", "correction.deleted"]


def test_E_R19_a_tree_is_crystallized_for_good_and_deleted_on_demand(api, member):
    with account_scope(member.account):
        tree = TaskTree.objects.create(
            account=member.account, shape="0" * 64, description="say {name}", tree={}, planner="path",
            learned_from=uuid.uuid4(),
        )  # fmt: skip
    assert api.get("/api/task-trees").json()["meta"]["total"] == 1
    assert api.post(f"/api/task-trees/{tree.pk}/crystallize").json()["crystallized"] is True
    assert api.get(f"/api/task-trees/{tree.pk}").json()["crystallized"] is True
    assert api.delete(f"/api/task-trees/{tree.pk}").status_code == 204
    assert api.get(f"/api/task-trees/{tree.pk}").status_code == 404
