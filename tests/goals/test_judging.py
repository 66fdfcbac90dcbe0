"""How corrections are judged: by their own failure, by what could not start, by a task that ends well, by many that do
not."""

import json
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from executor_one.kit.tenancy import account_scope
from goals import loop
from goals.claims import Result
from goals.models import Attempt, Goal, Task
from goals.tasks import pulse
from memory.models import Correction
from memory.standing import UNDECIDED_TASKS
from tests.goals.test_selfcorrection import JSON, NO_FOLDER, attempts, end, fail, state_goal, succeed

NO_PYTHON = "sh: 1: python: not found"
CHARGE = {"kind": "run-before", "command": "gadget charge"}


def teach(api, output, fix, **failure):
    lesson = {"failure": {"output": output, **failure}, "fix": fix}
    answer = api.post("/api/corrections", json.dumps(lesson), content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def counted(api, pk):
    shown = api.get(f"/api/corrections/{pk}").json()
    return shown["timesUsed"], shown["timesWorked"]


def later():
    """Let the waits of delayed tasks pass."""
    moved = time_machine.travel(timezone.now() + timedelta(seconds=120))
    moved.start()
    pulse()
    return moved


def test_a_fix_that_healed_its_failure_is_not_blamed_for_another_one(api, member):
    for _ in range(2):
        goal = state_goal(api, 'python -c "raise AssertionError"')
        fail(NO_PYTHON, 127)
        assert fail("Traceback (most recent call last):\nAssertionError").startswith("python3 ")
        assert api.get(f"/api/goals/{goal}").json()["state"] == "failed"
    (known,) = api.get("/api/corrections").json()["data"]
    assert (known["timesUsed"], known["retired"], known["successRate"]) == (0, False, None)
    third = state_goal(api, "python -c 'print(1)'")
    fail(NO_PYTHON, 127)
    assert succeed() == "python3 -c 'print(1)'"
    assert attempts(api, third)[1]["correction"] == known["id"]
    assert counted(api, known["id"]) == (1, 1)


@pytest.mark.parametrize("ends_well", [True, False])
def test_of_several_fixes_only_that_whose_own_failure_came_again_is_judged(api, member, ends_well):
    first = teach(api, "gadget: not charged", CHARGE)
    second = teach(api, "gadget: not oiled", {"kind": "run-before", "command": "gadget oil"})
    state_goal(api, "gadget run")
    fail("gadget: not charged")
    fail("gadget: not oiled")
    fail("gadget: not charged")
    assert (counted(api, first), counted(api, second)) == ((1, 0), (0, 0))
    moved = later()
    succeed() if ends_well else fail("sh: 1: Syntax error: Unterminated quoted string", 2)
    moved.stop()
    assert (counted(api, first), counted(api, second)) == ((1, 0), (int(ends_well), int(ends_well)))


def standing(api, pk):
    return counted(api, pk), api.get(f"/api/corrections/{pk}").json()["retired"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("nosuch run", "sh: 1: nosuch: not found"),
        ('nosuch "$(pwd)"', "sh: 1: nosuch: not found"),
        ("exec nosuch run", "sh: 1: exec: nosuch: not found"),
        ("timeout 5 nosuch run", "timeout: failed to run command 'nosuch': No such file or directory"),
        ("env nosuch run", "env: 'nosuch': No such file or directory"),
        ('"nosuch" run', "sh: 1: nosuch: not found"),
        ("cat <<E\nhi\nE\nnosuch run", "sh: 4: nosuch: not found"),
    ],
)
def test_a_fix_whose_own_program_is_missing_has_failed(api, member, command, said):
    mine = teach(api, "gadget: out of order", {"kind": "replace-command", "command": command})
    for number in (1, 2):
        goal = state_goal(api, "gadget run")
        fail("gadget: out of order")
        fail(said, 127)
        moved = later()
        if api.get(f"/api/goals/{goal}").json()["state"] != "failed":  # for it was tried once more
            fail(said, 127)
        moved.stop()
        assert api.get(f"/api/goals/{goal}").json()["state"] == "failed"
        assert standing(api, mine) == ((number, 0), number == 2)


def test_a_fix_that_goes_where_the_program_is_not_has_failed(api, member):
    mine = teach(api, "gadget: out of order", {"kind": "run-before", "command": "cd sub"})
    for _ in range(2):
        state_goal(api, "./gadget run")
        fail("gadget: out of order")
        fail("sh: 6: ./gadget: not found", 127)
    assert standing(api, mine) == ((2, 0), True)


@pytest.mark.parametrize("code", ["cannot_start", "sandbox_unavailable"])
@pytest.mark.parametrize(
    "error",
    ["[Errno 28] No space left on device: '/x'", "[Errno 24] Too many open files", "[Errno 5] Input/output error"],
)
def test_a_fix_is_not_blamed_for_the_machine(api, member, code, error):
    mine = teach(api, "gadget: not charged", CHARGE)
    for _ in range(UNDECIDED_TASKS):
        goal = state_goal(api, "gadget run")
        fail("gadget: not charged")
        end(Result(Attempt.Outcome.FAILED, None, "", "", error_code=code, error=error))
        assert api.get(f"/api/goals/{goal}").json()["state"] == "failed"
    assert standing(api, mine) == ((0, 0), False)


def failing_otherwise(api, first="gadget: out of order", code=1):
    state_goal(api, "python gadget.py")
    fail(first, code)
    fail("sh: 1: Syntax error: Unterminated quoted string", 2)


def test_a_fix_after_which_no_task_ever_ended_well_goes_behind_and_away(api, member):
    """Another error may be nobody's doing, so five such tasks say as much as one failure."""
    mine = teach(api, "gadget: out of order", {"kind": "replace-command", "command": "gadget rnu"})
    seen = []
    for _ in range(2 * UNDECIDED_TASKS):
        failing_otherwise(api)
        seen.append(standing(api, mine))
    assert seen == [((0, 0), False)] * 4 + [((1, 0), False)] * 5 + [((2, 0), True)]


def test_a_fix_that_worked_once_is_not_doubted(api, member):
    mine = teach(api, "gadget: out of order", {"kind": "replace-command", "command": "gadget run"})
    state_goal(api, "python gadget.py")
    fail("gadget: out of order")
    succeed()
    for _ in range(UNDECIDED_TASKS):
        failing_otherwise(api)
    assert standing(api, mine) == ((1, 1), False)


def test_a_fix_of_the_catalogue_is_not_doubted(api, member):
    """`python` is still not there while somebody writes a program that goes wrong ten times."""
    for _ in range(2 * UNDECIDED_TASKS):
        failing_otherwise(api, NO_PYTHON, 127)
    (known,) = api.get("/api/corrections").json()["data"]
    assert standing(api, known["id"]) == ((0, 0), False)


def test_a_crystallized_fix_is_not_doubted(api, member):
    mine = teach(api, "gadget: out of order", {"kind": "replace-command", "command": "gadget run"})
    assert api.post(f"/api/corrections/{mine}/crystallize").status_code == 200
    for _ in range(2 * UNDECIDED_TASKS):
        failing_otherwise(api)
    assert standing(api, mine) == ((0, 0), False)


def test_a_doubted_fix_that_is_taught_again_begins_anew(api, member):
    fix = {"kind": "replace-command", "command": "gadget rnu"}
    mine = teach(api, "gadget: out of order", fix)
    for _ in range(2 * UNDECIDED_TASKS):
        failing_otherwise(api)
    lesson = {"failure": {"output": "gadget: out of order"}, "fix": fix}
    assert api.post("/api/corrections", json.dumps(lesson), content_type=JSON).status_code == 200
    for _ in range(UNDECIDED_TASKS - 1):
        failing_otherwise(api)
    assert standing(api, mine) == ((0, 0), False)


def test_a_fix_after_which_nothing_can_start_has_worked_if_the_next_one_makes_it_start(api, member):
    mine = teach(api, "gadget: out of order", {"kind": "replace-command", "command": "python run.py"})
    state_goal(api, "gadget run")
    fail("gadget: out of order")
    fail(NO_PYTHON, 127)
    assert succeed() == "python3 run.py"
    assert counted(api, mine) == (1, 1)


def test_a_program_that_a_script_misses_is_not_the_fix_s_doing(api, member):
    mine = teach(api, "gizmo: tank is empty", {"kind": "run-before", "command": "touch full"})
    for _ in range(3):
        state_goal(api, "sh build.sh")
        fail("gizmo: tank is empty", 3)
        fail("build.sh: 2: vitezz: not found", 127)
    assert counted(api, mine) == (0, 0)


def test_a_program_that_was_missing_all_along_is_not_the_fix_s_doing(api, member):
    state_goal(api, "python x.py && foo")
    fail(NO_PYTHON, 127)
    fail("sh: 1: foo: not found", 127)
    with account_scope(member.account):
        assert Goal.objects.get().state == Goal.State.FAILED
        assert Correction.objects.get().times_used == 0


def test_a_try_that_was_never_made_applied_no_fix(api, member):
    teach(api, "gadget: not charged", {"kind": "wait", "seconds": 60})
    goal = state_goal(api, "gadget run")
    fail("gadget: not charged")
    with account_scope(member.account):
        assert Task.objects.get().state == Task.State.DELAYED
    assert api.get(f"/api/goals/{goal}").json()["fixesApplied"] == 0
    assert api.delete(f"/api/goals/{goal}").json()["state"] == "cancelled"
    loop.tick(member.id)
    assert api.get(f"/api/goals/{goal}").json()["fixesApplied"] == 0
    (kind,) = api.get("/api/learning").json()["data"]
    assert (kind["cancelled"], kind["fixesApplied"]) == (1, 0)


def test_every_try_with_a_fix_that_has_ended_counts(api, member):
    goal = state_goal(api, "echo hi > build/out.txt")
    fail(NO_FOLDER.format("build"), 2)
    fail(NO_FOLDER.format("build"), 2)
    moved = later()
    succeed()
    moved.stop()
    assert api.get(f"/api/goals/{goal}").json()["fixesApplied"] == 1, "the second retry was a mere repetition"
    assert [one["rung"] for one in attempts(api, goal)] == ["first", "known_fix", "backoff"]


def test_many_fixes_of_one_failure_are_not_all_looked_at(api, member):
    """Each may take as long as its pattern is allowed to, in the process that all accounts share."""
    for number in range(30):
        teach(api, "gadget: not charged", {"kind": "replace-command", "pattern": f"x{number}z", "replacement": "y"})
    state_goal(api, "gadget run x29z")
    fail("gadget: not charged")
    with account_scope(member.account):
        assert Task.objects.get().next_try["rung"] == "backoff"


def test_what_a_fix_has_set_before_a_command_is_not_shown_where_it_is_a_secret(api, member):
    teach(api, "gadget: no token", {"kind": "environment", "set": {"DB_PASS": "xyzzy1", "COLOUR": "blue"}})
    goal = state_goal(api, "gadget run")
    fail("gadget: no token")
    ran = succeed()
    (_, fixed) = attempts(api, goal)
    assert "xyzzy1" in ran
    assert "xyzzy1" not in str(fixed["params"])
    assert "blue" in str(fixed["params"])


def test_a_secret_that_a_fix_has_set_stays_hidden_where_another_fix_wraps_the_command(api, member, client_for):
    secrets = {"MY_PW": "hunter2x", "GH_PAT": "it's zebra9", "DBPASS": "monkey5", "SMTP_AUTH": "two\nlions"}
    lesson = {
        "failure": {"output": "gadget: no token"},
        "fix": {"kind": "environment", "set": {**secrets, "COLOUR": "blue"}},
        "reason": "MY_PW=hunter2x must be set, and monkey5",
    }
    assert api.post("/api/corrections", json.dumps(lesson), content_type=JSON).status_code == 201
    goal = state_goal(api, "gadget run && [[ -f x ]]")
    fail("gadget: no token")
    fail("sh: 5: [[: not found", 127)
    ran = succeed()
    assert ran.startswith("bash -c ")
    assert "hunter2x" in ran
    viewer = client_for(member.account, role="viewer")
    for path in (f"/api/goals/{goal}/tasks", "/api/corrections"):
        shown = viewer.get(path)
        assert shown.status_code == 200
        found = shown.content.decode()
        assert [word for word in ("hunter2", "zebra9", "monkey5", "lions") if word in found] == []
        assert "blue" in found
    tries = attempts(viewer, goal)
    assert "gadget run && [[ -f x ]]" in tries[2]["params"]["command"]
    assert tries[2]["params"]["command"].count("<secret>") == 4


def test_a_viewer_sees_no_secret_in_the_program_of_a_fix(api, member, client_for):
    fix = {"kind": "replace-command", "program": "gadget --password zebra9xy", "replacement": "gadget"}
    mine = teach(api, "gadget: not charged", fix)
    viewer = client_for(member.account, role="viewer")
    for path in ("/api/corrections", f"/api/corrections/{mine}"):
        assert b"zebra9xy" in api.get(path).content, "its owner sees it"
        assert b"zebra9xy" not in viewer.get(path).content
