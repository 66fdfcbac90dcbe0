"""The shell of the catalogue: valid POSIX sh, and closed to whatever a slot's value holds."""

import re
import subprocess
import sys

import pytest

from goals.planning import CannotPlan, catalogue, plan
from goals.planning.keyword import Match, render
from tests.planning.workspace import run_command, run_goal

INTENTS = catalogue().intents
ABOUT_THE_NETWORK = {"fetch_url", "check_url", "git_clone", "git_pull", "install_dependencies"}
HOSTILE = [
    '"; touch pwned; "', "'; touch pwned; '", "$(touch pwned)", "`touch pwned`", "x\ntouch pwned",
    "x; touch pwned", "x && touch pwned", "x | touch pwned", "${IFS}touch${IFS}pwned", "\\'; touch pwned #",
    "--help", "-rf", "*", "~", "EOF\ntouch pwned", "$((1))", "x\rtouch pwned", "\x1b[31m",
]  # fmt: skip


def shell_of(task):
    """The command without its here-documents, which hold other languages."""
    return re.sub(r"(?ms)(<<'?(\w+)'?[^\n]*\n).*?^\2$", r"\1", task.command)


def filled(intent, value=None):
    """The tasks of an intent with its defaults, or with one value in every slot."""
    values = {slot.name: value or slot.default or "x" for slot in intent.slots}
    return render(Match(intent, 2.0, values))


@pytest.mark.parametrize("intent", INTENTS, ids=lambda intent: intent.id)
def test_every_command_is_accepted_by_sh_n(intent):
    script = "\n".join("(\n" + task.params["command"] + ")" for task in filled(intent))
    checked = subprocess.run(["sh", "-n"], input=script, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("intent", INTENTS, ids=lambda intent: intent.id)
def test_a_command_is_plain_posix_and_touches_the_network_only_where_that_is_the_intent(intent):
    for task in intent.tasks:
        assert not re.search(r"\[\[ |\blocal \b|\bfunction \w|<\(|(?<!\S)\$'", shell_of(task))
        if intent.id not in ABOUT_THE_NETWORK:
            assert not re.search(r"\b(curl|wget|git (clone|pull|push|fetch))\s+-", task.command)


@pytest.mark.parametrize("intent", INTENTS, ids=lambda intent: intent.id)
def test_every_command_stops_at_its_first_error(intent):
    for task in filled(intent):
        assert task.params["command"].startswith("set -eu\n")
        assert task.actuator == "shell"


@pytest.mark.parametrize("intent", INTENTS, ids=lambda intent: intent.id)
def test_every_slot_is_used_by_a_command_and_every_variable_of_a_slot_is_quoted(intent):
    commands = "".join(task.command for task in intent.tasks)
    shell = "".join(shell_of(task) for task in intent.tasks)
    for slot in intent.slots:
        assert f"${slot.name}" in commands or f"${{{slot.name}" in commands
        # Unquoted would split and glob; `case $x in` and `x=$y` do neither.
        without_quoted = re.sub(r'"(?:[^"\\$]|\\.|\$\([^()]*\)|\$)*"|\'[^\']*\'', "", shell)
        assert not re.search(rf"(?<!=)\${slot.name}\b(?! in\b)", without_quoted)


@pytest.mark.parametrize("slot", [slot for intent in INTENTS for slot in intent.slots], ids=lambda slot: slot.name)
def test_the_pattern_of_a_slot_refuses_hostile_values_unless_it_is_free_text(slot):
    accepted = {value for value in HOSTILE if slot.pattern.fullmatch(value)}
    assert not [value for value in accepted if re.search(r"[\x00-\x1f]", value)]
    if slot.name not in {"message", "content", "text"}:
        assert accepted <= {"*", "~"}


@pytest.mark.parametrize("name", ["echo", "create_file", "show_file", "git_commit", "search_text"])
def test_a_hostile_value_is_inert_even_past_the_pattern(name, tmp_path):
    """The second wall: rendered without the check of the pattern, nothing of it is executed."""
    (intent,) = (intent for intent in INTENTS if intent.id == name)
    for value in HOSTILE:
        for task in filled(intent, value):
            run_command(task.params["command"], tmp_path)
    assert not (tmp_path / "pwned").exists()


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize(
    "said",
    [
        'Create a file called a.txt with content "{}"',
        "create a file called {}",
        "Create a Node.js project called {}",
        "Show the file {}",
        "Search for '{}' in the code",
        "echo {}",
        "Run the script {}",
        "Compress the folder {}",
        "Restart the service called {}",
        "Commit all changes with message {}",
        "Fetch https://example.com/{}",
        "Create an Express API with /{} endpoints",
    ],
)
def test_a_description_cannot_inject_shell(said, value, tmp_path):
    description = said.format(value)
    try:
        made = plan(description)
    except CannotPlan:
        return
    (tmp_path / "curl").write_text("#!/bin/sh\nexit 22\n")
    (tmp_path / "curl").chmod(0o755)
    for task in made.tasks:
        run_command(task.params["command"], tmp_path, PATH=f"{tmp_path}:/usr/bin:/bin")
    assert not (tmp_path / "pwned").exists()


def test_free_text_arrives_unchanged(tmp_path):
    text = "a'b $(id) `id` ${HOME} \\n *"
    assert run_goal(f'Say "{text}"', tmp_path).stdout == text + "\n"


def test_a_plan_holds_plain_values_only():
    for task in plan("create an Express API and say hello").tasks:
        assert isinstance(task.params["command"], str)
        assert all(isinstance(index, int) for index in task.depends_on)


def test_importing_the_planner_reads_no_file_and_no_django():
    code = (
        "import sys; import goals.planning as p; from goals.planning.words import lexicon;"
        "assert not [m for m in sys.modules if m.split('.')[0] == 'django'];"
        "assert p.catalogue.cache_info().currsize == lexicon.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
