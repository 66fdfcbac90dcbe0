"""A failure's signature: the same for two occurrences of one error, another for another error."""

import tomllib
from itertools import groupby
from pathlib import Path

import pytest

from memory.signature import LENGTH, exit_class, signature
from tests.pace import cpu_seconds

FOLDER = Path(__file__).parent / "texts"
TEXTS = [text for file in sorted(FOLDER.glob("*.toml")) for text in tomllib.loads(file.read_text())["text"]]
# Different errors that say the very same: nothing in the text tells them apart.
SAY_THE_SAME = {"sh_permission", "gradle_wrapper"}


def of(text, which):
    """The signature of one of the two occurrences."""
    return signature(
        "shell",
        exit_code=text["exit"],
        error_code="exit_code",
        stdout=text.get(f"{which}_stdout", ""),
        stderr=text.get(which, ""),
        error=f"It ended with exit code {text['exit']}.",
        command=text.get(f"{which}_command", ""),
    )


def failed(stderr, stdout="", exit_code=1, actuator="shell", **more):
    return signature(actuator, exit_code=exit_code, error_code="exit_code", stdout=stdout, stderr=stderr, **more)


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text["id"])
def test_two_occurrences_of_an_error_have_its_signature(text):
    first, second = of(text, "first"), of(text, "second")
    assert first.message == text["signature"]
    assert second.message == text["signature"]
    assert first == second
    assert str(first) == f"shell/{first.exit_class}: {text['signature']}"[:LENGTH]


def test_there_are_many_real_texts():
    assert len(TEXTS) >= 200


def test_different_errors_have_different_signatures():
    named = sorted((str(of(text, "first")), text["id"]) for text in TEXTS)
    same = [{name for _, name in group} for _, group in groupby(named, key=lambda pair: pair[0])]
    assert [names for names in same if len(names) > 1] == [SAY_THE_SAME]


@pytest.mark.parametrize(
    ("exit_code", "error_code", "expected"),
    [
        (1, "exit_code", "exit_1"),
        (127, "exit_code", "exit_127"),
        (128, "exit_code", "exit_128"),
        (137, "exit_code", "signal_9"),
        (139, "exit_code", "signal_11"),
        (192, "exit_code", "signal_64"),
        (193, "exit_code", "exit_193"),
        (255, "exit_code", "exit_255"),
        (-9, "exit_code", "signal_9"),
        (None, "timeout", "timeout"),
        (None, "sandbox_unavailable", "sandbox_unavailable"),
        (None, "cannot_start", "cannot_start"),
        (137, "memory", "memory"),
        (None, "exit_code", "unknown"),
    ],
)
def test_the_exit_class_says_how_it_ended(exit_code, error_code, expected):
    assert exit_class(exit_code, error_code) == expected


def test_the_values_are_what_was_masked_and_fill_the_fix_of_this_failure():
    found = failed("ssh: connect to host db.example port 2222: Connection refused")
    assert found.message == "ssh: connect to host <host> port <port>: Connection refused"
    assert found.values == {"host": "db.example", "port": "2222"}
    copied = failed("cp: cannot create regular file 'out/a b.txt': No such file or directory")
    assert copied.values == {"path": "out/a b.txt", "name": "out/a b.txt"}
    assert failed("mv: cannot move 'a/b' to 'c/d': No such file").values == {
        "path": "a/b", "name": "a/b", "path2": "c/d", "name2": "c/d",
    }  # fmt: skip


def test_a_value_that_comes_twice_has_one_name():
    assert failed("tar: /a/b: Cannot open: /a/b").values == {"path": "/a/b"}


def test_the_shell_of_the_sandbox_and_one_s_own_say_the_same():
    assert failed("/bin/sh: 1: eval: python: not found") == failed("sh: 12: python: not found")
    assert failed("/usr/bin/python3: No module named yaml") == failed("python3: No module named requests")


def test_what_is_not_the_program_that_is_missing_does_not_matter_but_the_program_does():
    assert failed("sh: 1: python: not found") != failed("sh: 1: pip: not found")


def test_the_cause_is_found_before_and_behind_what_is_said_around_it():
    text = "+ make\ngcc -c x.c\nx.c:3:1: error: unknown type name 'foo'\nmake: *** [Makefile:2: x.o] Error 1\n"
    assert failed(text).message == "<path>:<n>:<n>: error: unknown type name <name>"
    assert failed("rm: cannot remove 'x': No such file or directory\nfatal: not a git repository: .git\n").message == (
        "fatal: not a git repository: .git"
    )


def test_standard_output_speaks_only_when_standard_error_says_nothing():
    assert failed("warming up\n", stdout="Error: it broke\n").message == "Error: it broke"
    assert failed("Error: it broke\n", stdout="Error: something else\n").message == "Error: it broke"
    assert failed("all fine\n", stdout="1 passed\n").message == "all fine"


def test_silence_is_named_by_the_shape_of_the_command():
    silent = failed("", command="cd src && grep -q secret=hunter2 notes.txt")
    assert silent.message == "It said nothing. (cd <arg> && grep -q <arg>)"
    assert silent == failed("", command="cd lib && grep -q x y z")
    assert silent != failed("", command="cd lib && grep -v x y")


def test_what_we_ended_is_named_by_the_reason_and_the_command_not_by_its_last_words():
    said = {"exit_code": None, "error_code": "timeout", "error": "It ran longer than its time limit and was killed."}
    first = signature("shell", stdout="", stderr="Error: 1 of 9", command="npm test", **said)
    second = signature("shell", stdout="", stderr="Error: 2 of 9", command="npm test", **said)
    assert first == second
    assert str(first) == "shell/timeout: It ran longer than its time limit and was killed. (npm <arg>)"
    assert first != signature("shell", stdout="", stderr="", command="make test", **said)


def test_colours_and_progress_bars_leave_no_trace():
    plain = failed("curl: (22) The requested URL returned error: 503")
    bar = "  0     0\r 10   512\r\x1b[2K\x1b[31mcurl: (22)\x1b[0m The requested URL returned error: 503\r\n"
    assert failed(bar) == plain
    assert failed("\x1b]8;;http://x\x07curl: (22) The requested URL returned error: 503\x1b]8;;\x07") == plain
    assert failed("curl: (22)\x00 The requested\ufffd URL returned error: 503") == plain


def test_typographic_quotation_marks_are_quotation_marks():
    assert failed("cp: cannot stat \u2018a\u2019: No such file") == failed("cp: cannot stat 'b/c': No such file")


def test_a_signature_is_cut_to_what_its_column_holds():
    long = failed("Error: " + "word " * 300)
    assert len(str(long)) == LENGTH == 400


HOSTILE = {
    "one line": "a" * 65536,
    "one line of digits": "1" * 65536,
    "one line of dots": "a." * 32768,
    "quotes": "'" * 65536,
    "mixed quotes": "'\"`" * 21845,
    "slashes": "/" * 65536,
    "colons": ": " * 32768,
    "escapes": "\x1b[" * 32768,
    "an open escape": "\x1b]" + "a" * 65534,
    "carriage returns": "error: x\r" * 7281,
    "empty lines": "\n" * 65536,
    "one letter a line": "e\n" * 32768,
    "errors": "error: cannot open 'x': No such file\n" * 1771,
    "npm": "npm error \n" * 5957,
    "words": "cannot create " * 4681,
    "secrets": "password=" * 7281,
    "urls": "http://" * 9362,
    "ips": "1.2.3.4:5 " * 6553,
    "hex": "0:" * 32768,
    "equals": "=" * 65536,
    "spaces": " " * 65536,
    "tracebacks": "  File \"x\", line 1, in y\n" * 2621,
    "bad utf-8": "\ufffd" * 65536,
    "at signs": "a@" * 32768,
    "brackets": "([{<" * 16384,
    "surrogates": "\ud800" * 65536,
    "separators": "&&;|" * 16384,
}  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_output_takes_milliseconds(text):
    failed("warm up: error")
    results = []
    assert cpu_seconds(lambda: results.append(failed(text, stdout=text, command=text))) < 0.25
    found = results[0]
    assert len(str(found)) <= LENGTH
    assert all(len(value) <= 300 for value in found.values.values())
    assert len(found.raw) <= 3000
