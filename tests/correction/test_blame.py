"""Whether a fix is to blame for a program that cannot start: only if it has brought or moved it."""

import pytest

from goals.correction.blame import broke
from tests.pace import cpu_seconds

NOT_FOUND = "sh: 1: {}: not found"
FAILED_TO_RUN = "{}: failed to run command \u2018nosuch\u2019: No such file or directory"
GADGET = "gadget run"


def blames(ran, said, before=GADGET, exit_code=127):
    return broke(f"exit_{exit_code}", said, ran=ran, before=before)


@pytest.mark.parametrize(
    ("ran", "said", "code"),
    [
        ("nosuch run", NOT_FOUND.format("nosuch"), 127),
        ('nosuch "$(pwd)"', NOT_FOUND.format("eval: nosuch"), 127),
        ("exec nosuch run", NOT_FOUND.format("exec: nosuch"), 127),
        ('"nosuch" run', NOT_FOUND.format("nosuch"), 127),
        ("'my prog' run", NOT_FOUND.format("my prog"), 127),
        ("cat <<E\nhi\nE\nnosuch run", "sh: 4: nosuch: not found", 127),
        ("case x in x) nosuch;; esac", NOT_FOUND.format("nosuch"), 127),
        ("env nosuch run", "env: \u2018nosuch\u2019: No such file or directory", 127),
        ("timeout 5 nosuch run", FAILED_TO_RUN.format("timeout"), 127),
        ("stdbuf -o0 nosuch", FAILED_TO_RUN.format("stdbuf"), 127),
        ("setsid nosuch", "setsid: failed to execute nosuch: No such file or directory", 127),
        ("time nosuch", "time: cannot run nosuch: No such file or directory", 127),
        ("bash nosuch.sh", "bash: nosuch.sh: No such file or directory", 127),
        ("bash -c 'nosuch run'", "bash: line 1: nosuch: command not found", 127),
        ("bash -c ./nosuch", "bash: line 1: ./nosuch: No such file or directory", 127),
        ("bash -c ./broken", "bash: line 1: ./broken: cannot execute: required file not found", 127),
        ("./folder run", NOT_FOUND.format("./folder").replace("not found", "Permission denied"), 126),
        ("bash -c ./folder", "bash: line 1: ./folder: Is a directory", 126),
        ("./picture run", "sh: 1: ./picture: Exec format error", 126),
        ("/opt/gadget run", NOT_FOUND.format("/opt/gadget"), 127),
        ("$HOME/bin/nosuch run", NOT_FOUND.format("/root/bin/nosuch"), 127),
        ("export GADGET='nosuch'\n$GADGET run", NOT_FOUND.format("nosuch"), 127),
    ],
)
def test_a_program_that_the_fix_brought_in_is_its_doing(ran, said, code):
    assert blames(ran, said, exit_code=code)


@pytest.mark.parametrize(
    ("before", "ran", "said"),
    [
        ("gadget run && foo", "{\ncharge\n} >&2\ngadget run && foo", "sh: 4: foo: not found"),
        ('gadget run; foo "$(pwd)"', 'charge; gadget run; foo "$(pwd)"', "sh: 4: foo: not found"),
        ("gadget; exec foo", "charge; gadget; exec foo", "sh: 1: exec: foo: not found"),
        ("env foo", "charge; env foo", "env: \u2018foo\u2019: No such file or directory"),
        ("cat <<E\nE\nfoo", "charge\ncat <<E\nE\nfoo", "sh: 4: foo: not found"),
        ("$HOME/bin/foo", "charge\n$HOME/bin/foo", "sh: 2: /root/bin/foo: not found"),
        ("sh build.sh", "{\ntouch full\n} >&2\nsh build.sh", "build.sh: 2: vitezz: not found"),
        ("npm start", "charge; npm start", "sh: 1: vite: not found"),
        ("sh build.sh", "{\nnpm install vite\n} >&2\nsh build.sh", "build.sh: 2: vite: not found"),
        ("npm ci", "{\napt-get install -y node-gyp\n} >&2\nnpm ci", "sh: 1: node-gyp: not found"),
        ("sh x.sh", "{\ncp a.conf conf\n} >&2\nsh x.sh", "x.sh: 3: gizmo: not found\ncat: conf: No such file"),
        ("sh build.sh", "{\nmkdir -p dist\n} >&2\nsh build.sh", "build.sh: 9: dist: Permission denied"),
        ("sh build.sh", "export CC='gcc'\nsh build.sh", "build.sh: line 1: gcc: command not found"),
        ("sh run.sh", "{\ncharge # so that node starts\n} >&2\nsh run.sh", "sh: 2: node: not found"),
        ('"$HOME"/bin/foo', 'export A=1\n"$HOME"/bin/foo', "sh: 2: /root/bin/foo: not found"),
        ("~/bin/foo", "charge\n~/bin/foo", "sh: 2: /root/bin/foo: not found"),
    ],
)
def test_a_program_that_was_to_run_before_it_too_or_that_another_started_is_not(before, ran, said):
    assert not blames(ran, said, before=before)


def test_a_program_that_only_the_first_error_named_is_not():
    """The fix is for a script that may not be run, which npm starts; then its interpreter is missing."""
    ran = 'path=tools/make.sh\n{\nchmod u+x -- "$path"\n} >&2\nunset path\nnpm start'
    assert not blames(ran, NOT_FOUND.format("tools/make.sh"), before="npm start")


@pytest.mark.parametrize(
    ("fix", "moved"),
    [
        ("cd sub", True),
        ("cd ..", True),
        ("cd sub && make", True),
        ("pushd sub", True),
        ("cd sub && make && cd ..", False),
        ("cd sub; make; cd -", False),
        ("cd  sub; make; cd  -", False),
        ("(cd sub && make)", False),
        ("(set -e; cd sub; make)", False),
        ("(\n cd sub\n make\n)", False),
        ("bash -c 'cd sub && make'", False),
        ("X=$(cd sub && pwd)", False),
        ('cd sub && make && cd "$OLDPWD"', False),
        ("cd sub && make && cd ../", False),
        ("cd . && make", False),
        ("echo please cd into it", False),
        ("echo abcd efg", False),
    ],
)
def test_a_program_that_the_fix_looks_for_in_another_folder_is_its_doing(fix, moved):
    ran = f"{{\n{fix}\n}} >&2\n./gadget run"
    assert blames(ran, "sh: 4: ./gadget: not found", before="./gadget run") == moved
    assert not blames(ran, "sh: 4: /opt/gadget: not found", before="/opt/gadget run"), "it is in the same place"
    assert not blames(f"{fix}\ngadget run", "sh: 4: gadget: not found"), "nor is what stands on the PATH moved"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("gadget: unknown command rnu", 2),
        ("sh: 1: nosuch: Cannot allocate memory", 126),
        ("sh: 1: nosuch: Too many open files", 126),
        ("sh: 1: nosuch: Input/output error", 126),
        ("sh: 1: nosuch: Text file busy", 126),
        ("cat: nosuch: No such file or directory", 1),
        ("", 127),
    ],
)
def test_what_another_error_or_the_machine_says_is_not(said, code):
    assert not blames("nosuch run", said, exit_code=code)


def test_the_exit_code_is_that_of_the_last_program_that_did_not_start():
    ran = "{\nfancy || cat conf\n} >&2\ngadget run"
    said = ["sh: 2: fancy: not found", "cat: conf: No such file or directory", "sh: 5: gadget: not found", "npm ERR! x"]
    assert not blames(ran, "\n".join(said))
    assert blames("gadget clean; nosuch", "ERROR: cleaning\nsh: 1: nosuch: not found")


@pytest.mark.parametrize(
    ("ran", "said"),
    [
        ("nosuch run", "x" * 65_000 + ": not found"),
        ("nosuch run", ": not found" * 6_000),
        ("nosuch run", "'" * 65_000 + ": not found"),
        ("nosuch run", ": " * 32_000),
        ("cd " * 3_000 + "; ./nosuch", "./nosuch: not found"),
        ("cd" + " " * 9_000 + "; ./nosuch", "./nosuch: not found"),
        ("x=y\n" * 2_500 + "./nosuch", "./nosuch: not found"),
        ("a/" * 5_000, "a/" * 90 + "b: not found"),
    ],
)
def test_much_output_and_a_long_command_take_no_time(ran, said):
    assert cpu_seconds(lambda: blames(ran, said, before=ran)) < 0.1
