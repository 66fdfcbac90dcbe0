"""Patterns that a customer taught: neither their time nor what they make may take the shared runner down."""

import re
import tracemalloc
from functools import partial

import pytest

from goals.correction.ladder import Known, next_rung
from memory.fixes import DoesNotFit, apply, check
from memory.patterns import MOST_MATCHES, RESULT_LENGTH, TEXT_LENGTH, check_pattern, replaced
from tests.correction.test_signature import failed
from tests.pace import cpu_seconds

PATTERN = {"kind": "replace-command", "pattern": "(?=(.+))."}
FLUX = failed("Error: the flux is not calibrated")


def fixed(command, **fix):
    return apply(
        {"kind": "replace-command", **fix}, actuator="shell", params={"command": command}, values={}
    ).params["command"]  # fmt: skip


def test_a_replacement_is_bounded_in_length_and_in_its_references_to_groups():
    for replacement in (r"\1" * 5000, r"\1" * 11, r"\g<1>" * 11, "x" * 1001):
        assert "replacement" in check({**PATTERN, "replacement": replacement})
    for replacement in (r"\1" * 10, "x" * 1000, r"\\1\1"):
        assert check({**PATTERN, "replacement": replacement}) == {}


@pytest.mark.parametrize("command", ["x" * TEXT_LENGTH, "ab " * 1300, "\u00fc" * TEXT_LENGTH])
def test_what_would_become_too_long_is_never_built(command):
    def refused():
        tracemalloc.start()
        with pytest.raises(DoesNotFit, match="too long"):
            fixed(command, pattern="(?=(.+)).", replacement=r"\1" * 10)
        peaks.append(tracemalloc.get_traced_memory()[1])
        # Before the machine's pace is measured again: tracing makes it slow.
        tracemalloc.stop()

    peaks = []
    assert cpu_seconds(refused) < 1.0
    assert peaks[0] < 4_000_000


def test_the_review_s_fix_is_simply_not_offered():
    def ask(mine):
        rung = next_rung(FLUX, actuator="shell", params={"command": "y" * 4000}, known=[mine], tried=[])
        rungs.append(rung.rung)

    kept = {**PATTERN, "replacement": r"\1" * 5000}
    rungs = []
    for fix in (kept, {**PATTERN, "replacement": r"\1" * 10}):
        mine = Known(id=1, fix=fix, fix_id="", times_used=0, times_worked=0, rank=0.5, retired=False)
        assert cpu_seconds(partial(ask, mine)) < 1.0
    assert rungs == ["backoff"] * 2


def test_a_program_s_new_name_cannot_blow_a_command_up_either():
    with pytest.raises(DoesNotFit, match="too long"):
        fixed("a;" * 1900, program="a", replacement="b" * 80 + " c" * 5)


def test_only_so_much_is_replaced():
    assert fixed("a" * MOST_MATCHES, pattern="a", replacement="b") == "b" * MOST_MATCHES
    with pytest.raises(DoesNotFit):
        fixed("a" * (MOST_MATCHES + 1), pattern="a", replacement="b")


@pytest.mark.parametrize(
    ("pattern", "replacement", "text"),
    [
        (r"--port[= ](\d+)", r"-p \1", "a --port=80 --port 90 z"),
        (r"(?P<a>x)|(y)", r"[\g<a>\2\g<0>]", "axbyc"),
        (r"\b", "|", "one two"),
        (r"\d", r"\\1\n", "a1b"),
        ("z", "", "no such"),
    ],
)
def test_it_replaces_as_python_does(pattern, replacement, text):
    assert replaced(pattern, replacement, text) == re.sub(pattern, replacement, text)
    assert len(text) < RESULT_LENGTH


BLIND_SPOTS = {  # what the count of steps once took for two things that exclude each other
    "a dot that fits line breaks": r"(?s).*\n.*\nx",
    "a dot that fits line breaks in a group": r"(?s:.*)\n(?s:.*)\nx",
    "a class without one case": r"[^ab]*A[^ab]*Ax",
    "a range without one case": r"[^a-c]*A[^a-c]*Ax",
    "a digit that is no decimal": "\\D*\u00b2\\D*\u00b2x",
    "a letter whose other case is far away": "(?i)s*[\u0170-\u0180]s*[\u0170-\u0180]x",
    "all but a letter beyond Latin": "[^\u0100]*b[^\u0100]*bx",
    "all but two letters beyond Latin": "[^\u0100\u0101]*\u0103[^\u0100\u0101]*\u0103x",
}
NOT_ALLOWED = {
    "classes of ASCII": "(?a)\\W*\u00e9\\W*\u00e9x",
    "classes of ASCII in a group": "(?a:\\W*)\u00e9(?a:\\W*)\u00e9x",
    "many wide ranges": "(?i)" + "[\x01-\U0010ffff]" * 98,
    "half a character": "\ud800",
}
ACCEPTED = [r"(?s)\A(.{1,4000})\Z", "(?s)a.b", r"a.*\nb.*\n", r"[^\n]*\n[^\n]*\n", "[^A]+A", "(?i)[a-z]+=",
            "[\u0400-\u04ff]+"]  # fmt: skip
WORST = ["\n", "A", "b", "a1", "\u00b2", "s", "\u0103", "\u00e9", " ", "a,", "ab\n"]


@pytest.mark.parametrize("pattern", [*BLIND_SPOTS.values(), *NOT_ALLOWED.values()], ids=[*BLIND_SPOTS, *NOT_ALLOWED])
def test_a_pattern_that_could_run_for_ever_is_refused_at_once(pattern):
    def refused():
        assert check_pattern(pattern)

    assert cpu_seconds(refused) < 0.5


@pytest.mark.parametrize("pattern", ACCEPTED)
def test_what_is_accepted_is_quick_on_the_longest_text_that_it_is_used_on(pattern):
    assert check_pattern(pattern) == []

    def search(text):
        return list(re.finditer(pattern, text))

    for text in WORST:
        assert cpu_seconds(partial(search, (text * TEXT_LENGTH)[:TEXT_LENGTH])) < 1.0


@pytest.mark.parametrize("text", WORST, ids=repr)
def test_a_command_of_64_kib_is_not_searched_at_all(text):
    def refused():
        with pytest.raises(DoesNotFit, match="longer"):
            fixed(command, pattern="a*b", replacement="x")

    command = (text * 65_536)[:65_536]
    assert cpu_seconds(refused) < 0.1
