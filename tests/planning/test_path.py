"""Semantic paths: commands run as they stand, descriptions are planned, one after the other."""

import pytest

from goals.planning import CannotPlan, PlannedTask, TaskPlan, is_command, keyword, path, plan
from goals.planning.taskplan import leaves
from tests.planning.phrases import COMMANDS, DESCRIPTIONS


def commands(made):
    return [task.params["command"] for task in made.tasks]


@pytest.mark.parametrize("step", COMMANDS)
def test_E_R12_a_shell_command_is_told_from_a_description(step):
    assert is_command(step)


@pytest.mark.parametrize("step", DESCRIPTIONS)
def test_E_R12_a_description_is_told_from_a_shell_command(step):
    assert not is_command(step)


@pytest.mark.parametrize("step", COMMANDS)
def test_E_R13_a_command_becomes_one_shell_task_that_runs_it_as_it_stands(step):
    (task,) = plan("anything", [step]).tasks
    assert task.actuator == "shell"
    assert task.params == {"command": step}


def test_E13_the_first_goal_of_the_documentation_is_one_task():
    assert plan("My first goal", ["echo hello executor.one"]) == TaskPlan(
        (PlannedTask("echo hello executor.one", "shell", {"command": "echo hello executor.one"}),),
        "path",
    )


def test_E_R36_the_steps_of_the_cicd_script_run_one_after_the_other():
    made = plan("Deploy to production", ["git pull", "npm ci", "npm run build", "pm2 restart all"])
    assert [task.name for task in made.tasks] == commands(made)
    assert [task.depends_on for task in made.tasks] == [(), (0,), (1,), (2,)]


def test_E_R37_a_step_with_cd_stays_one_task_of_its_own():
    made = plan("Build", ["cd /app && git pull origin main", "npm ci"])
    assert commands(made) == ["cd /app && git pull origin main", "npm ci"]


def test_E_R13_a_description_among_commands_expands_to_its_tasks_in_order():
    made = plan("Ship", ["npm ci", "back up the database", "pm2 restart all"])
    assert made.intents == ("backup_database",)
    assert [task.name for task in made.tasks] == [
        "npm ci",
        "Copy the database into backups/",
        "Verify the database backup",
        "pm2 restart all",
    ]
    assert [task.depends_on for task in made.tasks] == [(), (0,), (1,), (2,)]


def test_a_step_after_parallel_tasks_waits_for_all_of_their_ends():
    made = plan("x", ["create a static site called a", "create a Node.js project called b", "ls"])
    assert made.tasks[-1].depends_on == leaves(made.tasks[:-1])
    for index, task in enumerate(made.tasks):
        assert all(other < index for other in task.depends_on)
        assert index == 0 or task.depends_on or task.name.startswith("Write a/")


def test_a_path_wins_over_the_description():
    assert plan("Deploy the application", ["true"]).source == "path"
    assert plan("Deploy the application", []).source == "keyword"


def test_an_understood_description_in_a_path_is_planned_like_a_description_alone():
    alone = keyword.plan("Deploy the application")
    assert path.plan("", ["Deploy the application"]).tasks == alone.tasks


@pytest.mark.parametrize("step", ["Frobnicate the foo", "write a poem about deployment", "Xvfb"])
def test_a_step_nobody_understands_is_refused_by_its_number(step):
    with pytest.raises(CannotPlan, match=r"^Step 2 was read as a description") as refusal:
        plan("x", ["true", step])
    assert refusal.value.step == 1
    assert "`command `" in refusal.value.message


def test_a_long_command_is_shortened_in_its_name_only():
    step = "echo " + "x" * 5000
    (task,) = plan("x", [step]).tasks
    assert len(task.name) == 200
    assert task.name.endswith("…")
    assert task.params["command"] == step


def test_the_name_of_a_script_of_several_lines_is_one_line():
    (task,) = plan("x", ["set -e\nnpm ci"]).tasks
    assert task.name == "set -e npm ci"
