"""Fixes: what is refused, what becomes of a command, and that nothing hostile ever enters one as code."""

import re
import shlex
import subprocess

import pytest

from memory.fixes import DoesNotFit, apply, check, digest, is_destructive, needs, safe
from memory.patterns import TEXT_LENGTH, check_pattern
from tests.pace import cpu_seconds

RUN = {"kind": "run-before", "command": "mkdir -p out"}
GOOD = [
    RUN,
    {"kind": "replace-command", "pattern": r"\bpython\b", "replacement": "python3"},
    {"kind": "replace-command", "pattern": r"\bsudo ", "replacement": ""},
    {"kind": "replace-command", "pattern": r"--port[= ](\d+)", "replacement": r"--port \1"},
    {"kind": "replace-command", "command": "make all"},
    {"kind": "environment", "set": {"A": "1", "B_2": ""}},
    {"kind": "wait", "seconds": 0.5},
    {"kind": "wait", "seconds": 300},
    {"kind": "alternative", "actuator": "shell", "params": {"command": "wget -O out x"}},
]
BAD: list[tuple[str, object]] = [
    ("fix", None),
    ("fix", []),
    ("fix", "run"),
    ("kind", {}),
    ("kind", {"kind": "pray"}),
    ("kind", {"kind": ["wait"]}),
    ("command", {"kind": "run-before"}),
    ("comand", {"kind": "run-before", "comand": "x"}),
    ("command", {"kind": "run-before", "command": 5}),
    ("command", {"kind": "run-before", "command": "  "}),
    ("command", {"kind": "run-before", "command": "a\0b"}),
    ("command", {"kind": "run-before", "command": "x" * 10_001}),
    ("command", {"kind": "run-before", "command": "\ud800"}),
    ("command", {"kind": "run-before", "command": 'eval "$path"'}),
    ("command", {"kind": "run-before", "command": 'sh -c "ls $path"'}),
    ("command", {"kind": "run-before", "command": 'ls; bash -ec "ls $name"'}),
    ("pattern", {"kind": "replace-command", "replacement": "x"}),
    ("replacement", {"kind": "replace-command", "pattern": "x"}),
    ("pattern", {"kind": "replace-command", "pattern": "(", "replacement": "x"}),
    ("pattern", {"kind": "replace-command", "pattern": "(a+)+b", "replacement": "x"}),
    ("pattern", {"kind": "replace-command", "pattern": "x*", "replacement": "y"}),
    ("pattern", {"kind": "replace-command", "pattern": "x" * 501, "replacement": "y"}),
    ("pattern", {"kind": "replace-command", "pattern": 5, "replacement": "y"}),
    ("replacement", {"kind": "replace-command", "pattern": "x", "replacement": r"\1"}),
    ("replacement", {"kind": "replace-command", "pattern": "x", "replacement": r"\g<name>"}),
    ("replacement", {"kind": "replace-command", "pattern": "x", "replacement": "a\0"}),
    ("pattern", {"kind": "replace-command", "pattern": "x", "command": "y"}),
    ("set", {"kind": "environment"}),
    ("set", {"kind": "environment", "set": {}}),
    ("set", {"kind": "environment", "set": ["A"]}),
    ("set", {"kind": "environment", "set": {"A": 1}}),
    ("set", {"kind": "environment", "set": {"A-B": "1"}}),
    ("set", {"kind": "environment", "set": {"IFS": "x"}}),
    ("set", {"kind": "environment", "set": {"A": "\0"}}),
    ("set", {"kind": "environment", "set": {"A": "\ud800"}}),
    ("set", {"kind": "environment", "set": {"A": "x" * 4001}}),
    ("set", {"kind": "environment", "set": {f"A{number}": "" for number in range(21)}}),
    ("seconds", {"kind": "wait"}),
    ("seconds", {"kind": "wait", "seconds": 0}),
    ("seconds", {"kind": "wait", "seconds": -1}),
    ("seconds", {"kind": "wait", "seconds": 301}),
    ("seconds", {"kind": "wait", "seconds": True}),
    ("seconds", {"kind": "wait", "seconds": "5"}),
    ("seconds", {"kind": "wait", "seconds": float("nan")}),
    ("seconds", {"kind": "wait", "seconds": float("inf")}),
    ("actuator", {"kind": "alternative", "actuator": "telepathy", "params": {}}),
    ("actuator", {"kind": "alternative", "actuator": ["shell"], "params": {}}),
    ("params", {"kind": "alternative", "actuator": "shell", "params": []}),
    ("params", {"kind": "alternative", "actuator": "shell", "params": {}}),
    ("params", {"kind": "alternative", "actuator": "shell", "params": {"command": "x", "more": 1}}),
    ("params", {"kind": "alternative", "actuator": "shell", "params": {"command": "x" * 20_001}}),
    ("params", {"kind": "alternative", "actuator": "shell", "params": {"command": 'eval "$path"'}}),
    ("more", {"kind": "wait", "seconds": 1, "more": 1}),
]  # fmt: skip


@pytest.mark.parametrize("fix", GOOD, ids=str)
def test_a_right_fix_is_right(fix):
    assert check(fix) == {}
    assert len(digest(fix)) == 64


@pytest.mark.parametrize(("field", "fix"), BAD, ids=lambda value: str(value)[:60])
def test_a_wrong_fix_is_refused_with_its_field(field, fix):
    problems = check(fix)
    assert field in problems
    assert all(isinstance(text, str) and text for texts in problems.values() for text in texts)


REREADING = (
    r"""
bash -o pipefail -c "$path"
echo $path | sh
echo "$path" | /bin/bash -s
echo "$path" | env dash
python3 -c "print('$path')"
python3 -I -W ignore -c "print('$path')"
python3 -c 'print("'"$path"'")'
python3 \
  -c "$path"
/usr/bin/perl -ne "print '$path'" x
ruby -e "puts '$path'"
node --eval "console.log('$path')"
node -p "$path"
php -r "echo '$path';"
echo "$path" | python3 -
echo "print('$path')" | /usr/bin/python3; true
python3 - <<END
sh <<END
sh <<< "$path"
env bash -lc "$path"
xargs sh -c 'ls $0'
trap "ls $path" EXIT
. "$path"
""".strip()
    .replace("\\\n", "\\\0")
    .splitlines()
)
NOT_REREADING = """
sh ./report.sh "$path"
bash tools/report.sh "$path" | grep -c x
python3 -c 'import sys; print(sys.argv[1])' "$path"
python3 tools/x.py "$path"; grep -c "$path" y
echo "$path" | python3 tools/x.py
./build.sh "$path"
ls -e "$path" --eval
""".strip().splitlines()


@pytest.mark.parametrize("command", REREADING)
def test_a_command_that_reads_a_value_as_code_is_refused(command):
    command = command.replace("\0", "\n") + ' # "$path"'
    assert "command" in check({"kind": "run-before", "command": command})
    assert "params" in check({"kind": "alternative", "actuator": "shell", "params": {"command": command}})


@pytest.mark.parametrize("command", NOT_REREADING)
def test_a_value_may_be_an_argument(command):
    assert check({"kind": "run-before", "command": command}) == {}


def test_a_command_without_values_may_run_any_program_text():
    assert check({"kind": "run-before", "command": 'bash -c "echo $HOME" | sh'}) == {}


def test_looking_for_what_reads_a_value_as_code_is_quick():
    texts = (
        "python3 " * 1200,
        "python3 -c '" * 800,
        " " * 9900,
        "sh " * 3000,
        "|" * 9900,
        "python3" + " a" * 4900,
    )
    assert cpu_seconds(lambda: [check({"kind": "run-before", "command": text + '"$path"'}) for text in texts]) < 2.0


def test_a_deep_fix_is_refused_and_does_not_crash():
    deep = []
    for _ in range(1500):
        deep = [deep]
    assert check({"kind": "alternative", "actuator": "shell", "params": {"command": deep}}) == {
        "params": ["Must be JSON."]
    }
    assert "set" in check({"kind": "environment", "set": {"A": deep}})


def ran(fix, command, **values):
    """What a fixed command prints, run for real."""
    applied = apply(fix, actuator="shell", params={"command": command}, values=values)
    done = subprocess.run(
        ["sh", "-c", applied.params["command"]], capture_output=True, text=True, check=False, timeout=20
    )
    return done.stdout


def test_run_before_runs_before_in_the_same_shell_and_prints_to_standard_error():
    assert ran({"kind": "run-before", "command": "X=1; echo noise"}, "echo $X") == "1\n"


def test_the_command_runs_though_the_fix_failed():
    assert ran({"kind": "run-before", "command": "false"}, "echo on") == "on\n"


def test_a_comment_and_a_here_document_in_a_fix_do_not_swallow_the_command():
    assert ran({"kind": "run-before", "command": "true # it is"}, "echo on") == "on\n"
    assert ran({"kind": "run-before", "command": "cat <<END\nx\nEND"}, "echo on") == "on\n"


def test_a_value_is_not_left_behind_for_the_command():
    assert ran({"kind": "run-before", "command": 'echo "$path"'}, 'echo "[$path]"', path="a/b") == "[]\n"


def test_environment_wait_alternative_and_replace():
    assert ran({"kind": "environment", "set": {"A": "it's; $(id)"}}, "sh -uc 'echo \"$A\"'") == "it's; $(id)\n"
    waited = apply({"kind": "wait", "seconds": 3}, actuator="shell", params={"command": "x"}, values={})
    assert (waited.wait_seconds, waited.params) == (3.0, {"command": "x"})
    other = {"kind": "alternative", "actuator": "shell", "params": {"command": 'echo "$host"'}}
    assert ran(other, "false", host="db.example") == "db.example\n"
    assert ran({"kind": "replace-command", "command": 'echo "$n"'}, "false", n="42") == "42\n"
    assert (
        ran({"kind": "replace-command", "pattern": "fals.", "replacement": 'echo "$name"'}, "false", name="x") == "x\n"
    )


@pytest.mark.parametrize(
    ("fix", "params", "why"),
    [
        ({"kind": "run-before", "command": 'ls "$path"'}, {"command": "x"}, "says no path"),
        ({"kind": "replace-command", "pattern": "y", "replacement": "z"}, {"command": "x"}, "nothing to replace"),
        ({"kind": "replace-command", "pattern": "x", "replacement": "x"}, {"command": "x"}, "nothing to replace"),
        ({"kind": "replace-command", "pattern": "x", "replacement": ""}, {"command": "x"}, "empty"),
        (
            {"kind": "replace-command", "pattern": "x", "replacement": "y"},
            {"command": "x" * (TEXT_LENGTH + 1)},
            "longer",
        ),
        (RUN, {"url": "http://x"}, "Only a shell command"),
        (RUN, {"command": "x" * 99_990}, "the limit"),
    ],
)
def test_a_fix_that_has_nothing_to_do_with_the_failure_says_so(fix, params, why):
    with pytest.raises(DoesNotFit, match=why):
        apply(fix, actuator="shell", params=params, values={})


def test_a_command_changes_only_if_it_is_the_shell_s():
    with pytest.raises(DoesNotFit):
        apply(RUN, actuator="http-client", params={"command": "x"}, values={})


def test_needs_are_what_a_command_names_and_does_not_set():
    assert needs('mkdir "$(dirname "$path")" "${host2}" $HOME $unknown $paths') == ["path", "host2"]
    assert needs('path=x; for name in a; do echo "$name$path"; done; read -r host; echo "$host"') == []
    assert needs('echo "$greeting"', {"greeting"}) == ["greeting"]


HOSTILE_VALUES = [
    '$(touch pwned)', '`touch pwned`', "'; touch pwned; '", '"; touch pwned; "', 'a\ntouch pwned',
    'a; touch pwned', 'a && b', 'a | b', '$IFS', 'a\x00b', "x" * 301, '', 'a*', 'a?', 'a>b', '<a', '\x1b[31m',
    '\u202eabc', 'a\\b', "a'b", 'a$b', '(a)', '{a,b}',
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE_VALUES, ids=repr)
@pytest.mark.parametrize("name", ["path", "name", "host", "url", "n2"])
def test_a_hostile_value_never_enters_a_command(name, value):
    with pytest.raises(DoesNotFit):
        safe(name, value)


def test_a_value_is_never_an_option(tmp_path):
    assert safe("path", "-rf") == "./-rf"
    for name in ("name", "host", "n", "id"):
        with pytest.raises(DoesNotFit):
            safe(name, "-rf" if name != "n" else "--1")


def test_what_is_accepted_arrives_as_one_word_byte_for_byte():
    for value in ("a b/c=d,e", "~/x", "%41", "ü/é"):
        assert ran({"kind": "run-before", "command": 'printf "%s" "$path" >&3'}, "true", path=value) == ""
        applied = apply(
            {"kind": "replace-command", "command": 'printf "%s|" "$path"'},
            actuator="shell",
            params={"command": "x"},
            values={"path": value},
        )
        assert shlex.quote(value) in applied.params["command"]
        assert (
            subprocess.run(["sh", "-c", applied.params["command"]], capture_output=True, text=True, check=True).stdout
            == f"{value}|"
        )


def test_a_digest_is_of_what_a_fix_says_not_of_how_it_is_written():
    assert digest({"kind": "wait", "seconds": 1}) == digest({"seconds": 1, "kind": "wait"})
    assert digest({"kind": "wait", "seconds": 1}) != digest({"kind": "wait", "seconds": 2})


SLOW = [
    '(a+)+$', '(a|a)*b', '(a|aa)+$', '.*.*x', r"\d+\d+z", '(.*)(\n.*)*x', '(?:a{1,30}){1,30}b', '(a?){30}a{30}',
    '([a-z]+)*=', '(x+x+)+y', '(?:a?){12}b', r"(\w+)\s+\1", '(?:(?:a)*)*b', '(?:a*?)*?b', r"(?:\w+,?)+x",
    '[^a]*a[^b]*b[^c]*x', '(a{0,4000}){3}b',
]  # fmt: skip
QUICK = [
    r"\bpython\b", '.*x', r"--port[= ](\d+)", "cannot open '([^']*)': (.*)", '[a-z]+[0-9]+z', r"\s+$",
    'a{1,100}a{1,100}z', '(?:a|b)*c', '(?=(a+))a*b', '(?>a+)b', 'a++b', '(?i)stra\xdfe+', r"[^\d]+x",
    r"(?s)\A(.{1,4000})\Z", '(?m)^a+b?$', "x" * 500,
]  # fmt: skip
WORST = ["a" * 4000, "1" * 4000, "ab" * 2000, " " * 4000, "x" * 3999 + "\n", "a," * 2000, "\n" * 4000, "aA1_" * 1000]


@pytest.mark.parametrize("pattern", SLOW)
def test_a_pattern_that_could_run_for_ever_is_refused_before_it_runs(pattern):
    assert "very long" in check_pattern(pattern)[0]


@pytest.mark.parametrize("pattern", QUICK)
def test_a_pattern_that_is_accepted_is_quick_on_the_worst_text(pattern):
    assert check_pattern(pattern) == []
    assert cpu_seconds(lambda: [re.sub(pattern, "", text) for text in WORST]) < 2.0


DESTRUCTIVE = """
rm x
rm -rf /
cd x && rm -r y
git clean -fdx
git reset --hard
git push --force
git push -f
git checkout -- .
git branch -D x
git stash drop
chmod 777 x
chmod a+rwx x
chmod -R 666 x
chmod +x x
kill -9 1
killall node
dd if=/dev/zero of=x
mkfs.ext4 /dev/sda
echo x > file
cat a >file
: > x
2> errors
mv a b
ln -sf a b
cp -f a b
find . -delete
find . -exec rm {} ;
psql -c 'DROP TABLE x'
delete from users
docker system prune
npm uninstall x
sudo true
truncate -s 0 x
shred x
fuser -k 80/tcp
rsync --delete a b
apt-get purge x
pip install --force-reinstall x
npm install --force
unlink x
chown root x
`rm x`
$(rm x)
""".strip().splitlines()
HARMLESS = """
mkdir -p x
chmod u+x x
chmod go-rwx key
[ -f x ] || true
make -f x
curl -fsSL -o out x
echo x >&2
cmd 2>/dev/null >/dev/null
copy=$(mktemp x.XXXXXX) && tr a b <x >"$copy"
npm install
export A=1
git pull --ff-only
python3 -m venv .venv
docker compose up
echo form
confirm it
git -C x pull
echo add
""".strip().splitlines()


@pytest.mark.parametrize("command", DESTRUCTIVE)
def test_what_destroys_is_seen(command):
    assert is_destructive(command)


@pytest.mark.parametrize("command", HARMLESS)
def test_what_does_not_destroy_is_not_taken_for_it(command):
    assert not is_destructive(command)
