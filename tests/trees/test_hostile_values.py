"""A filled value never changes the structure of a command: when in doubt there is no hit."""

import random
import shlex

import pytest

from memory.trees import values
from tests.trees.account import Account, can_plan, planned
from tests.trees.test_slots import task

HOSTILE = [
    "x; rm -rf /", "$(id)", "`id`", "${IFS}", "a b", "a'b", "a“b", "a\\", "a|b", "a&b", "a>b",
    "a<b", "a#b", "*",
    "?", "[a]", "{a,b}", "~root", "!!", "-rf", "--help", "../../etc/passwd", "/etc/passwd", "..", "a//b", "a--b",
    "%s", "=",
    "FOO=1", "a\u202eb", "a\u200bb", "\u0430pi", "api\u00a0x", "\uff41pi", "a\x00b", "a\x1bb", "a\x7fb", "é", "😀",
    "rm", " ", "a" * 300,
]  # fmt: skip
FRAMES = [
    "run {}", 'run "{}"', "run '{}'", "run --name={} && id", "cat <<EOF\n{}\nEOF", "cat <<'EOF'\n{}\nEOF",
    "echo `run {}`",
    "echo $(run {})", 'sh -c "run {}"', "python3 -c 'print(\"{}\")'", "# {}\nrun", "x={}\nrun $x", "run a{}b.sh",
    "{} --version",
]  # fmt: skip


def knowing(frame, *names):
    account = Account()
    for name in names:
        account.learn(f'Do it with "{name}" now', (), [task(frame.format(name))])
    return account


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("value", HOSTILE)
def test_E_R19_a_hostile_value_does_not_hit_whatever_stands_around_the_slot(frame, value):
    if value == "rm" and "{} --version" not in frame:
        return  # an ordinary word where a word stood
    assert knowing(frame, "shop", "web").hit(f'Do it with "{value}" now') is None


@pytest.mark.parametrize("frame", FRAMES)
def test_a_hostile_value_does_not_hit_even_when_hostile_ones_were_seen(frame):
    account = knowing(frame, "shop", "a; b $(c) `d` | e > f", "web", "$(a); b & c")
    assert account.hit('Do it with "x; rm -rf $(d) | e" now') is None


def test_a_value_is_never_the_program_of_a_command():
    for frame in (
        "{} --version",
        "id; {}",
        "id && {} x",
        "id | {}",
        "$({})",
        "sudo {}",
        "if {}; then id; fi",
        "id\n  {} a",
        '"{}" x',
    ):
        assert knowing(frame, "jq", "curl").hit('Do it with "reboot" now') is None, frame
    assert knowing("which {}", "jq", "curl").hit('Do it with "reboot" now')


def test_E_R19_the_shell_reads_a_filled_command_as_it_read_the_learned_one():
    """Random frames and values: whatever hits has the same words, the value apart."""
    chance, hits = random.Random(3), 0
    pieces = [
        "run",
        "--x=",
        '"',
        "'",
        " ",
        ";",
        "$(",
        ")",
        "`",
        "\n",
        "<<EOF\n",
        "EOF\n",
        "a",
        "_",
        "#",
        "\\",
        "|",
        "{}",
    ]
    letters = "abcdabcd1212Z._-/ ;$(`'|&\"*"
    for _ in range(4_000):
        frame = (
            "".join(chance.choice(pieces) for _ in range(6)) + "{}" + "".join(chance.choice(pieces) for _ in range(3))
        )
        names = [
            "".join(chance.choice(letters) for _ in range(chance.randint(1, 4))).replace('"', "_") for _ in range(4)
        ]
        account = Account()
        for name in names[:3]:
            account.learn(f'Do it with "{name}" now', (), [task(frame.replace("{}", name))])
        hit = account.hit(f'Do it with "{names[3]}" now')
        if not hit or names[3] in names[:3]:
            continue
        hits += 1
        filled = hit.tasks[0]["params"]["command"]
        assert values.is_plain(names[3])
        assert filled == frame.replace("{}", names[3])
        marked = words(frame.replace("{}", "VALUE"))
        assert words(filled) == (marked and [one.replace("VALUE", names[3]) for one in marked])
    assert hits > 20


def words(command):
    """How the shell cuts a command into words; None when it cannot be read."""
    lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
    try:
        return list(lexer)
    except ValueError:
        return None


@pytest.mark.parametrize("content", ["x; rm -rf /", "it's", "$(id)", "a\\nb", "100 % `sure`", "a  b", "-n", "*"])
def test_E_R19_the_keyword_planners_quoted_assignment_takes_any_text_as_shlex_quotes_it(content):
    account = Account()
    for text in ("it's $(x); `y` \\ * % 1", "a - b", "c d", "-x"):
        account.drive(f'Say "{text}"')
    goal = f'Say "{content}"'
    hit = account.hit(goal)
    assert can_plan(goal)
    assert hit is None or hit.tasks == planned(goal)[1]
    if "  " not in content and not content.startswith(("*", "$", "x", "100")):
        assert hit


def test_a_quoted_assignment_is_trusted_in_the_head_of_a_script_only():
    assert values.is_assigned("set -eu\nname=a\npath=", "\nrun\n")
    assert values.is_assigned("set -eu\nname='it'\"'\"'s; x'\npath=", "\nrun\n")
    assert values.is_assigned("path=", "\n")
    for before in (
        "set -eu\nname='a\npath=",
        "cat <<EOF\npath=",
        "echo path=",
        '"\npath=',
        "# x\npath=",
        "name=$x\npath=",
        "a=b c\np=",
    ):
        assert not values.is_assigned(before, "\n"), before
    assert not values.is_assigned("path=", " run\n")
    assert not values.is_assigned("path=", "x\n")


def test_a_message_that_is_all_of_a_param_takes_any_text_and_a_command_does_not():
    def write(text, actuator="file-writer", param="content"):
        return [{"name": "Write", "actuator": actuator, "params": {param: text}, "dependsOn": []}]

    for param, hits in (("content", True), ("command", False), ("sql", False)):
        account = Account()
        for text in ("a; b", "c; d"):
            account.learn(f'Write "{text}"', (), write(text, param=param))
        assert bool(account.hit('Write "e; f"')) is hits, param
