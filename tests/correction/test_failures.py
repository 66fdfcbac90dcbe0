"""The corpus of the benchmark, run in `sh`: it fails, its fix heals it, and one of a class teaches the others (M2)."""

import subprocess
from collections import Counter
from uuid import uuid4

import pytest

from bench.failures import CATALOGUED, OWN, failures, is_right
from goals.correction.ladder import Known, next_rung
from memory.fixes import apply, check, digest
from memory.signature import signature
from memory.standing import after_use

ALL = failures()


def run(command, folder):
    """A command as a runner runs it, its exit code and its failure's signature."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    done = subprocess.run(
        ["sh", "-c", command], cwd=folder, env=environment | {"GIT_CEILING_DIRECTORIES": str(folder.parent)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    found = signature(
        "shell",
        exit_code=done.returncode,
        error_code="exit_code",
        stdout=done.stdout,
        stderr=done.stderr,
        command=command,
    )
    return done.returncode, found


def taught(teach):
    """The signature and the fix of a correction that a customer gave."""
    assert check(teach["fix"]) == {}
    found = signature("shell", exit_code=teach["exitCode"], error_code="exit_code", stdout="", stderr=teach["error"])
    return str(found), teach["fix"]


def test_there_are_six_of_each_of_eight_classes():
    assert list(Counter(failure.klass for failure in ALL).values()) == [6] * 8
    assert len({failure.command for failure in ALL}) == 48
    assert [failure.klass for failure in ALL if failure.teach] == list(OWN)


@pytest.mark.parametrize("failure", ALL, ids=[f"{number}-{failure.klass}" for number, failure in enumerate(ALL)])
def test_a_failure_fails_until_its_fix_is_applied(failure, tmp_path):
    code, found = run(failure.command, tmp_path)
    assert code != 0
    if failure.klass in CATALOGUED:
        rung = next_rung(found, actuator="shell", params={"command": failure.command}, known=[], tried=[])
        assert is_right(failure, fix=rung.fix, fix_id=rung.fix_id)
        command = rung.params["command"]
    else:
        key, fix = taught(next(other.teach for other in ALL if other.klass == failure.klass))
        assert str(found) == key
        command = apply(fix, actuator="shell", params={"command": failure.command}, values=found.values).params[
            "command"
        ]
    assert run(command, tmp_path)[0] == 0


class Account:
    """What an account has learned, as the loop keeps it."""

    def __init__(self):
        self.known = {}

    def learn(self, key, fix, fix_id=""):
        mine = self.known.setdefault(key, [])
        if digest(fix) not in {digest(known.fix) for known in mine}:
            mine.append(Known(uuid4(), fix, fix_id, 0, 0, 0.5, False))

    def used(self, key, rung, worked):
        self.learn(key, rung.fix, rung.fix_id)
        mine = self.known[key]
        for place, known in enumerate(mine):
            if digest(known.fix) == digest(rung.fix):
                now = after_use(known.times_used, known.times_worked, worked)
                mine[place] = Known(
                    known.id, known.fix, known.fix_id, now.times_used, now.times_worked, now.rank, now.retire
                )


def heal(account, failure, folder):
    """The first retry of a failure: "healed", "not healed", or "wrong" when the fix is of another class."""
    folder.mkdir()
    code, found = run(failure.command, folder)
    assert code != 0
    known = account.known.get(str(found), [])
    rung = next_rung(found, actuator="shell", params={"command": failure.command}, known=known, tried=[])
    if rung is None or rung.fix is None:
        return "not healed"
    assert rung.wait_seconds == 0
    worked = run(rung.params["command"], folder)[0] == 0
    account.used(str(found), rung, worked)
    if not is_right(failure, fix=rung.fix, fix_id=rung.fix_id):
        return "wrong"
    return "healed" if worked else "not healed"


def test_E_R21_one_of_each_class_heals_the_others_at_the_first_retry(tmp_path):
    account, results = Account(), []
    first = [next(failure for failure in ALL if failure.klass == klass) for klass in [*CATALOGUED, *OWN]]
    assert [heal(account, failure, tmp_path / f"first-{number}") for number, failure in enumerate(first)] == (
        ["healed"] * 4 + ["not healed"] * 4
    )
    for failure in first:
        if failure.teach:
            account.learn(*taught(failure.teach))
    rest = [failure for failure in ALL if failure not in first]
    results = Counter(heal(account, failure, tmp_path / str(number)) for number, failure in enumerate(rest))
    assert len(rest) == 40
    assert results["healed"] >= 36, results
    assert results["wrong"] / 40 <= 0.02, results


def test_without_having_been_taught_the_company_s_own_classes_are_not_healed(tmp_path):
    own = [failure for failure in ALL if failure.klass in OWN]
    results = Counter(heal(Account(), failure, tmp_path / str(number)) for number, failure in enumerate(own))
    assert results == {"not healed": 24}
