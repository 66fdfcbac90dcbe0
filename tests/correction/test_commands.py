"""Which programs a command runs: what is quoted, an argument, a target or a comment is none."""

import contextlib

import pytest

from memory.commands import LENGTH, Unreadable, runs, simple_commands
from memory.fixes import DoesNotFit, apply, check
from tests.pace import cpu_seconds

RENAME = {"kind": "replace-command", "program": "python", "replacement": "python3"}


def renamed(command, fix=RENAME):
    assert check(fix) == {}
    return apply(fix, actuator="shell", params={"command": command}, values={}).params["command"]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("python x.py", "python3 x.py"),
        ("echo 'use: python' > ci.yml && python --version", "echo 'use: python' > ci.yml && python3 --version"),
        ("echo python; python a | python b", "echo python; python3 a | python3 b"),
        ("A=1 B='python' python x", "A=1 B='python' python3 x"),
        ("env A=python python x", "env A=python python3 x"),
        ("(cd a && python x) || python y", "(cd a && python3 x) || python3 y"),
        ("{ python x; }\n! python y", "{ python3 x; }\n! python3 y"),
        ("if python x; then python y; else python z; fi", "if python3 x; then python3 y; else python3 z; fi"),
        ("for f in python; do python $f; done", "for f in python; do python3 $f; done"),
        ("python x >python 2>&1 <python", "python3 x >python 2>&1 <python"),
        (">python python x # python", ">python python3 x # python"),
        ('echo "a;python" "it\\"s;python"; python', 'echo "a;python" "it\\"s;python"; python3'),
        ("echo a\\;python; python", "echo a\\;python; python3"),
        ("echo a \\\n python; python", "echo a \\\n python; python3"),
        ("sleep 1 & python x", "sleep 1 & python3 x"),
    ],
)  # fmt: skip
def test_a_program_gets_another_name_where_it_is_run_and_nowhere_else(command, expected):
    assert renamed(command) == expected


@pytest.mark.parametrize(
    "command",
    [
        "echo python", "grep -q python x", "cat a >python", "'python' x", "./python x", "python2 x", "$python x",
        "nohup python x", "cat <<END\npython\nEND\npython x", "echo $(python x); python y", "echo `python x`; python y",
        "case x in python) python;; esac", "f() { python; }; python", "[[ a && python ]]; python", "cat <<< x; python",
        "echo 'open; python", 'echo "open; python', "a=(python b); python", "echo ${x:-python; python}",
        "x &>y; python",
        "eval 'x'; python", "echo $'a'; python", "diff <(python) x", "python " + "x" * LENGTH, "python >",
    ],
)  # fmt: skip
def test_a_fix_does_not_fit_where_nothing_or_something_doubtful_runs(command):
    with pytest.raises(DoesNotFit):
        renamed(command)
    assert not runs(command, "python")


def test_a_program_may_have_arguments_and_may_go():
    assert renamed("npm ci; npm citadel; echo npm ci", {**RENAME, "program": "npm ci", "replacement": "npm i"}) == (
        "npm i; npm citadel; echo npm ci"
    )
    without = {**RENAME, "program": "sudo", "replacement": ""}
    assert renamed("sudo touch x && sudo  ls", without) == "touch x && ls"
    for command in ("sudo -u deploy ls", "sudo", "echo sudo ls"):
        with pytest.raises(DoesNotFit):
            renamed(command, without)


@pytest.mark.parametrize("value", ["", "a;b", "$x", "`id`", "a  b", "a b c d e f g", 5, "'a'", "a\nb", "-$(id)"])
def test_a_program_is_a_few_plain_words(value):
    assert "program" in check({**RENAME, "program": value})
    assert value == "" or "replacement" in check({**RENAME, "replacement": value})


def test_one_way_to_replace_at_a_time():
    assert "replacement" in check({"kind": "replace-command", "program": "a"})
    assert "pattern" in check({**RENAME, "pattern": "x"})
    assert "replacement" in check({"kind": "replace-command", "shell": "bash", "replacement": "x"})
    assert "shell" in check({"kind": "replace-command", "shell": "zsh"})


@pytest.mark.parametrize(
    "text", ["a " * 2000, "'" * 3999, '"$a"' * 999, ";" * 4000, "(" * 4000, "\\" * 3999, "<a" * 1999]
)
def test_any_text_is_read_quickly(text):
    def read():
        with contextlib.suppress(Unreadable):
            simple_commands(text)

    assert cpu_seconds(read) < 0.5
