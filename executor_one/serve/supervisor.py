"""Keep a list of processes alive, end them in order, and leave nothing behind however we die.

Three things end what we started: stop() in the ordinary case, the leash (leash.py) on every direct
child, and the undertaker (sweep.py) for grandchildren when this process was killed with SIGKILL.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

from executor_one.serve import sweep
from executor_one.serve.child import RUN, emit

TICK = 0.1  # seconds between two looks at the children
FIRST_DELAY, LONGEST_DELAY = 0.1, 4.0  # seconds before a restart: doubled with every early death
HEALTHY_AFTER = 30.0  # seconds of life that make earlier deaths forgotten
STOP_SECONDS = 14.0  # for all children together; then SIGKILL
EARLY_DEATHS = 5  # of one child before the first ready(): start-up has failed


class Service(Protocol):
    """What can be supervised: Child, and the embedded Postgres."""

    name: str
    vital: bool  # the others cannot work without it
    grace: float

    def spawn(self) -> None: ...
    def poll(self) -> int | None: ...
    def illness(self) -> str | None: ...
    def forgive(self) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...


class StartupFailed(Exception):
    """A child keeps dying before the system was ready once; its output says why."""


@dataclass
class Life:
    """One service and what the supervisor remembers of it (times are monotonic seconds)."""

    service: Service
    born: float = 0.0
    deaths: int = 0
    due: float = 0.0
    running: bool = field(default=False)


class Supervisor:
    """Runs `services` in order, restarts what dies or falls ill, stops them in reverse.

    Use it from the main thread only: the leash is tied to the thread that starts a child, and
    Python runs signal handlers there.
    """

    def __init__(self, services: Sequence[Service], run_id: str) -> None:
        self.lives = [Life(service) for service in services]
        self.run_id = run_id
        self.stops_asked = 0
        self.ready = False
        self._undertaker: subprocess.Popen[bytes] | None = None

    def ask_stop(self, signum: int = 0, frame: FrameType | None = None) -> None:
        """Stop at the next look; asked a second time, without grace. A signal handler."""
        self.stops_asked += 1

    def listen(self) -> None:
        """SIGTERM, SIGINT and SIGHUP stop us; one that was ignored (nohup) stays ignored."""
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if signum != signal.SIGHUP or signal.getsignal(signum) != signal.SIG_IGN:
                signal.signal(signum, self.ask_stop)

    def adopt(self, service: Service) -> None:
        """Supervise one more, which runs already."""
        self.lives.append(Life(service, born=time.monotonic(), running=True))

    def add(self, service: Service) -> None:
        """Supervise one more; it starts at the next look."""
        self.lives.append(Life(service))

    def run(self, on_look: Callable[[], None] = lambda: None) -> None:
        """Watch until asked to stop; `on_look` is called at every look (keep it short)."""
        while not self.stops_asked:
            self.look()
            on_look()
            time.sleep(TICK)

    def look(self) -> None:
        """Restart what died or is ill."""
        self.ensure_undertaker()
        for life in self.lives:
            if not life.running:
                if time.monotonic() >= life.due:
                    self._spawn(life)
            elif (status := life.service.poll()) is not None:
                self._bury(life, f"ended with status {status}")
            elif reason := life.service.illness():
                self._bury(life, f"is replaced: {reason}")

    def ensure_undertaker(self) -> None:
        """Have the process that kills what carries our mark when we are gone ourselves."""
        if self._undertaker is None or self._undertaker.poll() is not None:
            command = [sys.executable, "-I", "-S", sweep.__file__, f"{RUN}={self.run_id}"]
            self._undertaker = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                env={name: value for name, value in os.environ.items() if name != RUN},
                start_new_session=True,
            )

    def stop(self) -> None:
        """End all, last started first, then everything that carries our mark."""
        deadline = time.monotonic() + STOP_SECONDS
        for life in reversed(self.lives):
            self._end(life.service, deadline)
            life.running = False
        if self._undertaker is not None and self._undertaker.stdin is not None:
            self._undertaker.stdin.close()
            self._undertaker.wait()
            self._undertaker = None

    def _end(self, service: Service, deadline: float) -> None:
        service.terminate()
        until = min(deadline, time.monotonic() + service.grace)
        while service.poll() is None and time.monotonic() < until and self.stops_asked < 2:
            time.sleep(0.02)
        service.kill()

    def _spawn(self, life: Life) -> None:
        try:
            life.service.spawn()
        except Exception as error:  # noqa: BLE001 - one child's trouble must not end the others
            say(f"{life.service.name} does not start: {error}")
            self._schedule(life)
            return
        life.born, life.running = time.monotonic(), True

    def _bury(self, life: Life, why: str) -> None:
        say(f"{life.service.name} {why}")
        life.service.kill()
        if time.monotonic() - life.born > HEALTHY_AFTER:
            life.deaths = 0
        if life.service.vital:
            for other in self.lives:  # they may be silent because of this one
                other.service.forgive()
        self._schedule(life)

    def _schedule(self, life: Life) -> None:
        life.deaths += 1
        if not self.ready and life.deaths >= EARLY_DEATHS:
            raise StartupFailed(f"{life.service.name} died {life.deaths} times; see above.")
        life.running = False
        life.due = time.monotonic() + min(LONGEST_DELAY, FIRST_DELAY * 2 ** (life.deaths - 1))


def say(text: str) -> None:
    """A line of the supervisor's own."""
    emit("executor", text.encode())
