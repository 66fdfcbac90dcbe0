"""A repository's text calls for no fix that runs the repository's code; a known fix is only applied where it fits."""

import subprocess
from uuid import uuid4

import pytest

from goals.correction.catalogue import catalogue
from goals.correction.ladder import Known, next_rung
from memory.fixes import is_destructive
from memory.signature import signature

SAID = [
    "error: externally-managed-environment",
    "ModuleNotFoundError: No module named 'shop'",
    "sh: 1: ./build.sh: Permission denied",
    "Permissions 0644 for 'deploy_key' are too open.",
    "npm error Error: EACCES: permission denied, mkdir '/usr/lib/node_modules/acme'",
    "sh: 1: HOME: parameter not set",
    "E: Unable to locate package jq",
    "env: 'python': No such file or directory",
    *(text for entry in catalogue().entries for text in entry.examples),
]


def failed(command, *, stdout="", stderr="", exit_code=1):
    return signature(
        "shell", exit_code=exit_code, error_code="exit_code", stdout=stdout, stderr=stderr, command=command
    )


def climb(failure, command, known=()):
    return next_rung(failure, actuator="shell", params={"command": command}, known=list(known), tried=[])


def fixed_by(failure, command, known=()):
    """The catalogue's fix that is applied, and the account's correction."""
    rung = climb(failure, command, known)
    return (rung.fix_id, rung.correction) if rung else ("", None)


def harmless(entry):
    return entry.fix["kind"] in ("wait", "environment") or entry.id == "make_parent_folder"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
@pytest.mark.parametrize("text", SAID, ids=lambda text: text[:40])
@pytest.mark.parametrize("exit_code", [1, 126])
def test_a_text_that_the_repository_shows_calls_for_no_fix_of_what_was_not_run(text, stream, exit_code):
    command = "cat README.txt && grep -q release README.txt"
    found = failed(command, **{stream: text}, exit_code=exit_code)
    assert [entry.id for entry, _ in catalogue().fixes(found, found.raw, command) if not harmless(entry)] == []


@pytest.mark.parametrize("text", SAID, ids=lambda text: text[:40])
def test_what_stood_on_standard_output_calls_for_no_fix_at_all(text):
    command = "cat README.txt && git status && pip x && python3 x && ./build.sh && npm ci && apt-get install jq"
    found = failed(command, stdout=text, exit_code=126)
    assert found.printed or not found.raw
    assert list(catalogue().fixes(found, found.raw, command)) == []


def test_the_repository_s_grep_is_not_run(tmp_path):
    """It was: the README's line put the repository's .venv/bin first on the PATH."""
    (tmp_path / "README.txt").write_text("error: externally-managed-environment\n")
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/grep").write_text("#!/bin/sh\ntouch pwned\n")
    (tmp_path / ".venv/bin/grep").chmod(0o755)
    command = "cat README.txt && grep -q release README.txt"
    first = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=False)
    rung = climb(failed(command, stdout=first.stdout, stderr=first.stderr, exit_code=first.returncode), command)
    if rung:
        subprocess.run(["sh", "-c", rung.params["command"]], cwd=tmp_path, capture_output=True, check=False)
    assert not (tmp_path / "pwned").exists()


def test_a_file_that_a_log_names_is_not_made_executable():
    command = "cat build.log >&2; grep -q x y"
    log = "sh: 1: ./build.sh: Permission denied"
    assert fixed_by(failed(command, stderr=log, exit_code=126), command) == ("", None)
    other = "cat build.log >&2; ./other.sh"
    assert fixed_by(failed(other, stderr=log, exit_code=126), other) == ("", None)
    assert climb(failed("./build.sh", stderr=log, exit_code=126), "./build.sh").fix_id == "make_executable"


def test_requirements_are_not_installed_for_a_command_that_runs_no_python():
    said = "ModuleNotFoundError: No module named 'shop'"
    for command in ("cat log >&2; false", "python3 run.py"):
        assert fixed_by(failed(command, stderr=said), command) == ("", None)


def test_no_fix_touches_the_search_path_or_python_s():
    for entry in catalogue().entries:
        said = f"{entry.fix.get('command', '')} {' '.join(entry.fix.get('set', {}))}"
        assert not any(name in said for name in ("PATH=", "HOME=", ".venv", "install"))
        assert not is_destructive(str(entry.fix.get("replacement", "")))
        assert "pattern" not in entry.fix


def test_a_held_lock_is_not_entered(tmp_path):
    command = "mkdir deploy.lock && touch deployed"
    (tmp_path / "deploy.lock").mkdir()
    said = "mkdir: cannot create directory 'deploy.lock': File exists"
    assert list(catalogue().fixes(failed(command, stderr=said), said, command)) == []


def test_bash_gets_the_command_as_an_argument_and_leaves_it_its_input():
    command = 'set -o pipefail; read -r line; echo "it\'s $line"'
    found = failed(command, stderr="sh: 1: set: Illegal option -o pipefail", exit_code=2)
    changed = climb(found, command).params["command"]
    done = subprocess.run(["sh", "-c", changed], input="one\ntwo\n", capture_output=True, text=True, check=True)
    assert done.stdout == "it's one\n"


def test_a_line_that_is_not_the_signature_s_calls_for_no_fix():
    command = "python x.py"
    found = failed(command, stderr="sh: 1: python: not found\nError: the flux is not calibrated", exit_code=1)
    assert "flux" in str(found)
    assert "python: not found" in found.raw
    assert list(catalogue().fixes(found, found.raw, command)) == []


def test_a_known_fix_of_the_catalogue_is_only_applied_where_its_entry_still_fits():
    found = failed("python x.py", stderr="sh: 1: python: not found", exit_code=127)
    shipped = climb(found, "python x.py")
    assert shipped.fix_id == "python_is_python3"

    def kept(fix=shipped.fix, fix_id=shipped.fix_id):
        return Known(uuid4(), fix, fix_id, 9, 9, 0.9, False)

    mine = kept()
    assert climb(found, "python x.py", [mine]).correction == mine.id
    assert fixed_by(found, "sh tool.sh python", [kept()]) == ("", None)
    for stale in (kept({"kind": "run-before", "command": "touch x"}), kept(fix_id="long_gone")):
        assert fixed_by(found, "python x.py", [stale])[1] is None
    taught = kept({"kind": "run-before", "command": "touch x"}, "")
    assert climb(found, "sh tool.sh python", [taught]).correction == taught.id
