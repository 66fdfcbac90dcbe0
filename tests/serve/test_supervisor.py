"""What dies comes back, and nothing outlives us, however we end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest

from executor_one.serve import sweep
from executor_one.serve.child import RUN, Child
from executor_one.serve.leash import leashed
from executor_one.serve.postgres import EmbeddedPostgres
from executor_one.serve.supervisor import StartupFailed, Supervisor

ROOT = Path(__file__).parents[2]


class Toy:
    """tests/serve/toy.py as a process, seen from outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        command = [sys.executable, str(ROOT / "tests/serve/toy.py"), str(folder)]
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            leashed(command),  # a killed test run must not leave it
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        until(lambda: self.pids("mute") and self.pids("grandchild"))

    def pids(self, name: str) -> list[int]:
        path = self.folder / f"{name}.pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def marked(self) -> list[int]:
        mark = f"{RUN}={(self.folder / 'run-id').read_text()}"
        return list(sweep.find(sweep.carrying(mark)))

    def servers(self) -> list[int]:
        return list(sweep.find(sweep.working_in(self.folder / "data" / "postgres", "postgres")))

    def undertakers(self) -> list[int]:
        run_id = (self.folder / "run-id").read_text().encode()
        return list(sweep.find(lambda proc: run_id in (proc / "cmdline").read_bytes()))

    def nothing_left(self) -> bool:
        return not (self.marked() or self.servers() or self.undertakers())

    def text(self) -> str:
        return (self.folder / "log").read_text()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.log.close()
        try:
            until(self.nothing_left, 10)
        finally:  # a failing test must not leave them to the machine
            for pid in [*self.marked(), *self.servers(), *self.undertakers()]:
                os.kill(pid, signal.SIGKILL)


def until(condition: Callable[[], object], seconds: float = 15.0) -> float:
    """Wait for it; how long it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, "it did not happen"
        time.sleep(0.02)
    return time.monotonic() - started


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


@pytest.fixture(scope="module")
def toy(make_folder: Callable[[], Path]) -> Iterator[Toy]:
    made = Toy(make_folder())
    yield made
    made.end()


@pytest.fixture
def own_toy(make_folder: Callable[[], Path]) -> Iterator[Toy]:
    made = Toy(make_folder())
    yield made
    made.end()


def test_a_killed_child_is_back_within_5_s(toy: Toy) -> None:
    before = toy.pids("plain")
    os.kill(before[-1], signal.SIGKILL)
    assert until(lambda: len(toy.pids("plain")) > len(before)) < 5
    assert "plain ended with status -9" in toy.text()


def test_a_silent_child_is_replaced_though_it_lives(toy: Toy) -> None:
    before = toy.pids("mute")
    (toy.folder / "hush").touch()
    assert until(lambda: not alive(before[-1])) < 6
    (toy.folder / "hush").unlink()
    until(lambda: len(toy.pids("mute")) > len(before))
    assert "mute is replaced: silent for" in toy.text()


def test_what_a_dead_child_spawned_is_gone_before_its_next_life(toy: Toy) -> None:
    parents, grandchildren = toy.pids("stubborn"), toy.pids("grandchild")
    os.kill(parents[-1], signal.SIGKILL)
    until(lambda: len(toy.pids("stubborn")) > len(parents))
    assert not alive(grandchildren[-1])


def test_postgres_killed_whole_is_back_within_5_s_with_its_rows(toy: Toy) -> None:
    url = EmbeddedPostgres(toy.folder / "data").admin_url

    def answer(query: str) -> object:
        try:
            with psycopg.connect(url, connect_timeout=2) as connection:
                cursor = connection.execute(query)  # type: ignore[arg-type]
                return cursor.fetchone() if cursor.description else True
        except psycopg.OperationalError:
            return None

    assert answer("CREATE TABLE kept AS SELECT 7 AS n")
    killed = toy.servers()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    assert until(lambda: answer("SELECT n FROM kept") == (7,)) < 5
    assert not set(killed) & set(toy.servers())


def test_a_killed_undertaker_is_replaced(toy: Toy) -> None:
    before = toy.undertakers()
    os.kill(before[0], signal.SIGKILL)
    until(lambda: toy.undertakers() and toy.undertakers() != before, 5)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_leaves_nothing(own_toy: Toy, signum: signal.Signals) -> None:
    assert len(own_toy.marked()) >= 4
    assert own_toy.servers()
    os.killpg(own_toy.process.pid, signum)  # as a terminal does
    assert own_toy.process.wait(15) == 0
    assert own_toy.nothing_left()
    assert "is replaced" not in own_toy.text()
    assert not (own_toy.folder / "interrupted").exists()  # stopped by us, in order, not by the terminal


def test_killed_without_a_word_it_still_leaves_nothing(own_toy: Toy) -> None:
    os.kill(own_toy.process.pid, signal.SIGKILL)
    own_toy.process.wait()
    until(own_toy.nothing_left, 5)


class Fake:
    """A service that writes down what happens to it."""

    vital = False

    def __init__(self, name: str, story: list[str], grace: float, obeys: bool = True) -> None:
        self.name, self.story, self.grace, self.obeys = name, story, grace, obeys
        self.status: int | None = None

    def spawn(self) -> None:
        self.story.append(f"start {self.name}")

    def poll(self) -> int | None:
        return self.status

    def illness(self) -> str | None:
        return None

    def forgive(self) -> None:
        self.story.append(f"forgive {self.name}")

    def terminate(self) -> None:
        self.story.append(f"ask {self.name}")
        self.status = 0 if self.obeys else None

    def kill(self) -> None:
        self.story.append(f"kill {self.name}")


def test_they_stop_in_reverse_each_asked_before_it_is_killed() -> None:
    story: list[str] = []
    supervisor = Supervisor([Fake("a", story, 5), Fake("b", story, 0.3, obeys=False)], "none")
    supervisor.look()
    started = time.monotonic()
    supervisor.stop()
    assert story == ["start a", "start b", "ask b", "kill b", "ask a", "kill a"]
    assert 0.3 <= time.monotonic() - started < 2


def test_asked_twice_it_hurries() -> None:
    supervisor = Supervisor([Fake("slow", [], 10, obeys=False)], "none")
    supervisor.look()
    supervisor.ask_stop()
    supervisor.ask_stop()
    started = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - started < 1


def test_restarts_wait_longer_each_time_but_never_more_than_5_s() -> None:
    story: list[str] = []
    fake = Fake("a", story, 1)
    supervisor = Supervisor([fake], "none")
    supervisor.ready = True
    delays = []
    for _ in range(12):
        fake.status = None
        supervisor.lives[0].due = 0.0
        supervisor.look()
        fake.status = 1
        supervisor.look()
        delays.append(supervisor.lives[0].due - time.monotonic())
    supervisor.stop()
    assert all(later > earlier - 0.05 for earlier, later in pairwise(delays))
    assert delays[0] < 0.2
    assert 2 < delays[-1] < 5


@pytest.mark.parametrize("vital", [True, False])
def test_only_the_death_of_what_all_stand_on_excuses_the_others(vital: bool) -> None:
    story: list[str] = []
    dead = Fake("dead", story, 1)
    dead.vital = vital
    supervisor = Supervisor([dead, Fake("silent", story, 1)], "none")
    supervisor.look()
    dead.status = 1
    supervisor.look()
    assert ("forgive silent" in story) is vital
    supervisor.stop()


def test_a_child_that_never_starts_ends_the_start(capfd: pytest.CaptureFixture[str]) -> None:
    supervisor = Supervisor([], "none")
    supervisor.add(Child("broken", ["/nowhere/at/all"], {RUN: "none"}))
    try:
        with pytest.raises(StartupFailed, match="broken died 5 times"):
            supervisor.run()
    finally:
        supervisor.stop()
    assert "broken    | leash: /nowhere/at/all: No such file" in capfd.readouterr().out
