"""The ladder: known fix, retry with backoff, alternative, escalate; and where a correction stands after its uses."""

from uuid import UUID, uuid4

import pytest

from goals.correction.ladder import BACKOFF_SECONDS, MOST_TRIES, Known, Tried, escalation, next_rung
from memory.fixes import digest
from memory.signature import signature
from memory.standing import after_use
from tests.correction.test_signature import failed

FIX = {"kind": "run-before", "command": "touch ready"}
OTHER = {"kind": "run-before", "command": "touch set"}
UNKNOWN = failed("Error: the flux is not calibrated")
BUSY = failed("curl: (22) The requested URL returned error: 503")
WRONG = failed("ls: unrecognized option '--colour'")
MISSING = failed("sh: 1: cannot create out/x.txt: Directory nonexistent", exit_code=2)


def known(fix=FIX, used=0, worked=0, rank=None, retired=False, fix_id=""):
    return Known(uuid4(), fix, fix_id, used, worked, (worked + 1) / (used + 2) if rank is None else rank, retired)


def climb(failure, *, mine=(), tried=(), command="run it", actuator="shell", doubted=False):
    return next_rung(
        failure, actuator=actuator, params={"command": command}, known=list(mine), tried=list(tried), doubted=doubted
    )


def to_the_top(failure, mine=(), command="run it"):
    """Every rung until it escalates."""
    rungs, tried = [], []
    while rung := climb(failure, mine=mine, tried=tried, command=command):
        rungs.append(rung)
        tried.append(Tried(rung.rung, digest(rung.fix) if rung.fix else ""))
        assert len(rungs) < 50
    return rungs


def test_E_R21_the_account_s_fix_is_the_first_retry_without_a_wait():
    mine = known(used=4, worked=3)
    rung = climb(BUSY, mine=[mine])
    assert (rung.rung, rung.wait_seconds, rung.correction) == ("known_fix", 0.0, mine.id)
    assert rung.params["command"] == "{\ntouch ready\n} >&2\nrun it"
    assert "3 of 4" in rung.reason
    assert rung.fix == FIX


def test_the_best_rank_goes_first_then_the_next_and_none_twice():
    poor, good = known(FIX, used=6, worked=2), known(OTHER, used=6, worked=5)
    assert climb(UNKNOWN, mine=[poor, good]).correction == good.id
    assert climb(UNKNOWN, mine=[poor, good], tried=[Tried("known_fix", digest(OTHER))]).correction == poor.id
    both = [Tried("known_fix", digest(OTHER)), Tried("known_fix", digest(FIX))]
    assert climb(UNKNOWN, mine=[poor, good], tried=both).rung == "backoff"


def test_a_retired_fix_and_one_below_its_rank_are_not_applied():
    assert climb(UNKNOWN, mine=[known(retired=True)]).rung == "backoff"
    assert climb(UNKNOWN, mine=[known(rank=0.29)]).rung == "backoff"
    assert climb(UNKNOWN, mine=[known(rank=0.3)]).rung == "known_fix"


def test_the_catalogue_s_fix_comes_after_the_account_s_own():
    mine = known()
    rungs = to_the_top(MISSING, mine=[mine], command="echo > out/x.txt")
    assert [(rung.correction, rung.fix_id) for rung in rungs[:2]] == [(mine.id, ""), (None, "make_parent_folder")]
    assert "path=out/x.txt" in rungs[1].params["command"]
    assert "out/x.txt" in rungs[1].reason


def test_a_fix_of_the_catalogue_that_the_account_has_retired_is_not_applied_again():
    shipped = climb(MISSING).fix
    assert climb(MISSING).fix_id == "make_parent_folder"
    gone = known(shipped, used=3, worked=0, retired=True, fix_id="make_parent_folder")
    rung = climb(MISSING, mine=[gone])
    assert rung is None or rung.fix_id != "make_parent_folder"


def test_a_fix_that_does_not_fit_is_passed_over():
    wants_a_host = known({"kind": "run-before", "command": 'ping "$host"'}, used=9, worked=9)
    assert climb(UNKNOWN, mine=[wants_a_host, known()]).fix == FIX


def test_a_kept_fix_that_a_later_rule_refuses_is_passed_over():
    assert climb(UNKNOWN, mine=[known({"kind": "pray"}, used=9, worked=9), known()]).fix == FIX


def test_a_fix_that_mostly_failed_here_comes_after_the_catalogue_s():
    poor, good = known(used=1, worked=0), known(OTHER, used=3, worked=2)
    assert poor.rank < 0.5 < good.rank
    rungs = to_the_top(MISSING, mine=[poor, good], command="echo > out/x.txt")
    assert [(rung.correction, rung.fix_id) for rung in rungs[:3]] == [
        (good.id, ""),
        (None, "make_parent_folder"),
        (poor.id, ""),
    ]


FILE = failed("FileNotFoundError: [Errno 2] No such file or directory: 'out/a.png'")
FOLDER = {"kind": "run-before", "command": 'mkdir -p -- "$(dirname -- "$path")"'}


@pytest.mark.parametrize(
    ("used", "worked", "rungs"),
    [
        (0, 0, ["backoff", "alternative"]),
        (1, 0, ["backoff", "alternative"]),
        (2, 1, ["known_fix", "backoff"]),
        (3, 1, ["known_fix", "backoff"]),
        (3, 0, ["backoff"]),  # its rank is below 0.3
    ],
)
def test_an_alternative_stays_at_the_end_until_it_has_worked_here(used, worked, rungs):
    mine = known(FOLDER, used=used, worked=worked, fix_id="make_folder_of_program_s_file")
    found = to_the_top(FILE, mine=[mine], command="python3 plot.py")
    assert [rung.rung for rung in found] == rungs
    assert {rung.correction for rung in found if rung.fix} <= {mine.id}


def test_at_most_three_known_fixes():
    mine = [known({"kind": "run-before", "command": f"touch {number}"}) for number in range(5)]
    assert [rung.rung for rung in to_the_top(UNKNOWN, mine)] == ["known_fix"] * 3 + ["backoff"]


@pytest.mark.parametrize(
    ("failure", "waits"),
    [
        (BUSY, [1, 4, 16]),
        (failed("curl: (6) Could not resolve host: x.example"), [1, 4, 16]),
        (failed("Error: read ECONNRESET"), [1, 4, 16]),
        (failed("sqlite3.OperationalError: database is locked"), [2, 1, 4, 16]),
        (UNKNOWN, [1]),
        (failed("", command="grep -q x y"), [1]),
        (WRONG, []),
        (failed("sh: 1: Syntax error: Unterminated quoted string"), []),
        (failed("git@x.example: Permission denied (publickey)."), []),
        (failed("curl: (22) The requested URL returned error: 404"), []),
        (failed("curl: (22) The requested URL returned error: 401"), []),
        (failed("cp: error writing 'x': No space left on device"), []),
        (failed("FAILED tests/test_x.py::test_y - assert 1 == 2"), []),
        (failed("curl: (60) SSL certificate problem: self-signed certificate"), []),
        (failed("Host key verification failed."), []),
    ],
)
def test_E_R20_what_passes_with_time_is_tried_longer_and_what_does_not_is_not_tried_at_all(failure, waits):
    assert [rung.wait_seconds for rung in to_the_top(failure)] == waits


@pytest.mark.parametrize("code", ["sandbox_unavailable", "cancelled", "cannot_start", "memory", "disk", "output"])
def test_what_was_not_run_or_went_over_its_limits_is_not_tried_again(code):
    ended = signature(
        "shell", exit_code=None, error_code=code, stdout="", stderr="curl: error: 503", error="x", command="y"
    )
    assert to_the_top(ended) == []


def test_what_ran_out_of_time_is_tried_once_more():
    ended = signature("shell", exit_code=None, error_code="timeout", stdout="", stderr="", error="It ran too long.")
    assert [rung.wait_seconds for rung in to_the_top(ended)] == [1]


def test_an_alternative_comes_last_and_once():
    reset = failed("error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly", exit_code=128)
    rungs = to_the_top(reset, command="git clone x")
    assert [rung.rung for rung in rungs] == ["backoff"] * 3 + ["alternative"]
    assert rungs[-1].params["command"] == (
        "export GIT_CONFIG_COUNT=1\nexport GIT_CONFIG_KEY_0=http.version\nexport GIT_CONFIG_VALUE_0=HTTP/1.1\n"
        "git clone x"
    )


def test_never_more_than_six_tries():
    mine = [known({"kind": "run-before", "command": f"touch {number}"}) for number in range(5)]
    reset = failed("error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly", exit_code=128)
    assert len(to_the_top(reset, mine, command="git clone x")) == MOST_TRIES == 6
    assert climb(UNKNOWN, tried=[Tried("backoff")] * 6) is None


def test_a_retry_runs_what_ran_unchanged():
    rung = climb(BUSY)
    assert (rung.rung, rung.params, rung.fix, rung.correction) == ("backoff", {"command": "run it"}, None, None)
    assert "Retry 1 of 3 after 1 s" in rung.reason
    assert BACKOFF_SECONDS["transient"] == (1, 4, 16)


def test_another_actuator_s_failure_gets_no_shell_fix():
    http = signature(
        "http-client",
        exit_code=None,
        error_code="exit_code",
        stdout="",
        stderr="sh: 1: cannot create a/b: Directory nonexistent",
    )
    rungs = [climb(http, actuator="http-client")]
    assert [rung.rung for rung in rungs] == ["backoff"]


def test_every_reason_is_a_sentence_that_fits_its_column():
    for failure in (
        MISSING,
        BUSY,
        UNKNOWN,
        failed(f"sh: 1: cannot create {'x' * 290}/y: Directory nonexistent", exit_code=2),
    ):
        for rung in to_the_top(failure):
            assert 10 < len(rung.reason) <= 500
            assert "{" not in rung.reason


@pytest.mark.parametrize(
    ("used", "worked", "now", "rank", "crystallize", "retire"),
    [
        (0, 0, True, 2 / 3, False, False),
        (0, 0, False, 1 / 3, False, False),  # one failure is no verdict
        (1, 0, False, 1 / 4, False, True),
        (2, 1, False, 2 / 5, False, False),
        (4, 4, True, 6 / 7, False, False),  # five of five: not more than five
        (5, 5, True, 7 / 8, True, False),  # six of six
        (5, 4, True, 6 / 8, True, False),  # five of six: 0.833
        (5, 3, True, 5 / 8, False, False),  # four of six: 0.667
        (9, 7, True, 9 / 12, False, False),  # eight of ten: 0.8 and no more
        (10, 8, True, 10 / 13, True, False),  # nine of eleven: 0.818
        (19, 15, True, 17 / 22, False, False),  # sixteen of twenty: 0.8
        (99, 79, True, 81 / 102, False, False),  # eighty of a hundred
        (99, 80, True, 82 / 102, True, False),
        (10, 2, False, 3 / 13, False, True),
        (7, 2, False, 3 / 10, False, False),  # 0.3 is not below 0.3
        (8, 2, False, 3 / 11, False, True),
    ],
)
def test_E_R31_more_than_eight_in_ten_of_more_than_five_crystallize(used, worked, now, rank, crystallize, retire):
    standing = after_use(used, worked, now)
    assert standing.rank == pytest.approx(rank)
    assert (standing.times_used, standing.times_worked) == (used + 1, worked + now)
    assert (standing.crystallize, standing.retire) == (crystallize, retire)


def test_an_escalation_says_what_was_tried():
    assert escalation(UNKNOWN, [Tried("known_fix", "x"), Tried("backoff"), Tried("backoff")]) == (
        "It failed again after a known fix and 2 retries."
    )
    assert escalation(UNKNOWN, [Tried("known_fix", "x"), Tried("backoff"), Tried("alternative", "y")]) == (
        "It failed again after a known fix, a retry and an alternative."
    )
    assert "would be so again" in escalation(WRONG, [])


def test_a_correction_s_id_is_kept_as_it_is():
    mine = known()
    assert isinstance(climb(UNKNOWN, mine=[mine]).correction, UUID)


def test_a_plan_from_memory_is_doubted_before_anything_is_merely_hoped_for():
    """Of its tasks only a known fix and an error that passes with time are tried; else the goal is planned anew."""
    assert climb(UNKNOWN).rung == "backoff"
    assert climb(UNKNOWN, doubted=True) is None
    assert climb(BUSY, doubted=True).rung == "backoff"
    assert climb(MISSING, doubted=True).rung == "known_fix"
    assert climb(UNKNOWN, mine=[known()], doubted=True).rung == "known_fix"
