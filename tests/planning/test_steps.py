"""Structured steps: what is wrong with one, in which order they run, and what their tasks wait for."""

import pytest

from goals.planning import plan, steps

ECHO = {"type": "shell", "params": {"command": "echo hi"}}


def step(command="true", **more):
    return {"type": "shell", "params": {"command": command}, **more}


def waits(*path):
    """{command: the commands that it waits for} of the tasks of a path."""
    made = plan("x", path).tasks
    named = [task.params["command"] for task in made]
    for at, task in enumerate(made):
        assert all(before < at for before in task.depends_on)
    return {task.params["command"]: {named[before] for before in task.depends_on} for task in made}


def test_a_text_and_a_step_that_says_nothing_wait_for_all_before_them():
    assert waits("one", step("two"), "three") == {"one": set(), "two": {"one"}, "three": {"two"}}


def test_steps_that_need_nothing_of_each_other_wait_for_nothing_of_each_other():
    path = ("begin", step("left", dependsOn=[0]), step("right", dependsOn=[0]), step("join", dependsOn=[1, 2]), "end")
    assert waits(*path) == {
        "begin": set(), "left": {"begin"}, "right": {"begin"}, "join": {"left", "right"}, "end": {"join"},
    }  # fmt: skip
    assert waits("begin", step("side", dependsOn=[]), "end") == {
        "begin": set(),
        "side": set(),
        "end": {"begin", "side"},
    }


def test_a_step_can_wait_for_a_later_one():
    assert waits(step("last", dependsOn=[1]), step("first", dependsOn=[])) == {"first": set(), "last": {"first"}}


def test_a_description_that_becomes_several_tasks_is_waited_for_whole():
    made = plan("x", ["Install the dependencies of a node project and run the tests", step("after", dependsOn=[0])])
    whole = made.tasks[:-1]
    assert len(whole) > 1
    awaited = {before for task in whole for before in task.depends_on}
    assert set(made.tasks[-1].depends_on) == {*range(len(whole))} - awaited


def test_a_task_has_what_its_step_says():
    (task,) = plan("x", [step("make", name="Build it", timeoutMs=5, verify={"exitCode": [0, 2]})]).tasks
    assert (task.name, task.actuator, task.timeout_ms, task.verify) == ("Build it", "shell", 5, {"exitCode": [0, 2]})
    (task,) = plan("x", [step("make all")]).tasks
    assert (task.name, task.timeout_ms, task.verify) == ("make all", None, None)


@pytest.mark.parametrize(
    ("path", "step", "words"),
    [
        ([step(dependsOn=[0])], 0, "0 -> 0"),
        ([step(dependsOn=[1]), step(dependsOn=[0])], 0, "0 -> 1 -> 0"),
        (["true", step(dependsOn=[2]), step(dependsOn=[3]), step(dependsOn=[1, 0])], 1, "1 -> 2 -> 3 -> 1"),
        ([step(dependsOn=[1]), "true"], 0, "0 -> 1 -> 0"),  # a text waits for what stands before it
        (["true", step(dependsOn=[2])], 1, "no step 2"),
    ],
)
def test_an_order_in_which_they_cannot_run_is_refused(path, step, words):
    with pytest.raises(steps.BadOrder, match=words) as refused:
        steps.afters(path)
    assert refused.value.step == step


def test_two_hundred_steps_in_a_circle_are_refused_quickly():
    path = [step(dependsOn=[(number + 1) % 200]) for number in range(200)]
    with pytest.raises(steps.BadOrder, match="0 -> 1 -> 2"):
        steps.afters(path)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"type": "sudo"}, "type"), ({"type": None}, "type"), ({"type": ["shell"]}, "type"),
        ({"params": "ls"}, "params"),
        ({"params": {}}, "params.command"), ({"params": {"command": "a\0b"}}, "params.command"),
        ({"params": {"command": "ls", "cwd": "/"}}, "params.cwd"), ({"name": ""}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"name": "a\0"}, "name"), ({"dependsOn": 0}, "dependsOn"), ({"dependsOn": [-1]}, "dependsOn"),
        ({"dependsOn": [True]}, "dependsOn"), ({"dependsOn": ["0"]}, "dependsOn"), ({"timeoutMs": 0}, "timeoutMs"),
        ({"timeoutMs": 600_001}, "timeoutMs"), ({"timeoutMs": True}, "timeoutMs"), ({"cwd": "/"}, "cwd"),
        ({"verify": {}}, "verify"), ({"verify": {"exitCode": 256}}, "verify.exitCode"),
        ({"verify": {"status": 200}}, "verify.status"), ({"verify": "yes"}, "verify"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_step_is_named(wrong, field):
    assert field in steps.check({**ECHO, **wrong})


def test_a_right_one_has_no_fault():
    assert steps.check(ECHO) == {}
    assert steps.check({**ECHO, "name": "Say hi", "dependsOn": [], "timeoutMs": 1, "verify": {"exitCode": 3}}) == {}
