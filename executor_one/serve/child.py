"""One supervised process: started on a leash, marked, and ended together with all it spawned."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from executor_one.serve import sweep
from executor_one.serve.leash import leashed

RUN = "EXECUTOR_RUN_ID"
NAME = "EXECUTOR_CHILD"
PROBE_SECONDS = 0.5  # between two questions to a probe
MOST_PATIENCE = 8.0  # times `settle`, with a process that never gets well

# Why the process is ill, or None when it is well. An exception means "cannot tell" and counts as
# well: e.g. the database restarts, which says nothing about the process.
Probe = Callable[[], str | None]


@dataclass(eq=False)
class Child:
    """A command that is kept running.

    `env` must carry RUN, the mark by which all descendants are found. `probe` is asked every half
    second in a thread of its own; `strikes` bad answers in a row mean that the process must be
    replaced though it lives. It is not believed during the first `settle` seconds of a life, twice
    as many after a life that never got well: on a busy machine a start takes longer, and replacing
    it for that would make the machine busier. `grace` is how long SIGTERM may take (seconds).
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    probe: Probe | None = None
    strikes: int = 2
    settle: float = 5.0
    grace: float = 4.0
    vital: bool = False
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _bad: tuple[int, str] = field(default=(0, ""), init=False)  # strikes so far, the last reason
    _believed_from: float = field(default=0.0, init=False)
    _was_well: bool = field(default=True, init=False)
    _patience: float = field(default=1.0, init=False)  # times `settle`

    def spawn(self) -> None:
        """Start it, after whatever an earlier life left behind is gone. From the main thread."""
        self._sweep()
        self._patience = 1.0 if self._was_well else min(MOST_PATIENCE, self._patience * 2)
        self._was_well = False
        self.forgive()
        self.process = subprocess.Popen(
            leashed(self.argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**self.env, NAME: self.name},
            start_new_session=True,
        )
        _thread(self._copy_output, self.process)
        if self.probe is not None:
            _thread(self._watch, self.process)

    def poll(self) -> int | None:
        """The exit status, None while it runs (as Popen.poll); -1 when never started."""
        return -1 if self.process is None else self.process.poll()

    def illness(self) -> str | None:
        """Why it must be replaced though it lives, or None."""
        count, reason = self._bad
        return reason if count >= self.strikes else None

    def forgive(self) -> None:
        """Forget the strikes and give `settle` seconds anew, when the cause lay elsewhere."""
        self._bad = (0, "")
        self._believed_from = time.monotonic() + self.settle * self._patience

    def terminate(self) -> None:
        """Ask it to stop; its own descendants are its own business until kill()."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL it and every descendant, whatever session or parent that chose."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._sweep()

    def _sweep(self) -> None:
        sweep.kill(sweep.carrying(f"{RUN}={self.env[RUN]}", f"{NAME}={self.name}"))

    def _copy_output(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                emit(self.name, line)

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        assert self.probe is not None
        while process.poll() is None:
            time.sleep(PROBE_SECONDS)
            reason = _answer(self.probe)
            if process is not self.process:  # answered about an earlier life
                return
            if time.monotonic() >= self._believed_from:
                self._bad = (self._bad[0] + 1, reason) if reason else (0, "")
                self._was_well = self._was_well or not reason


def emit(name: str, line: bytes) -> None:
    """One line of a child's output under its name; a closed terminal is no reason to stop."""
    text = f"{name:<9} | ".encode() + line.rstrip(b"\n") + b"\n"
    try:
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
    except (OSError, ValueError):
        return


def _answer(probe: Probe) -> str | None:
    try:
        return probe()
    except Exception:  # noqa: BLE001 - it cannot tell
        return None


def _thread(target: Callable[[subprocess.Popen[bytes]], None], process: subprocess.Popen[bytes]) -> None:
    threading.Thread(target=target, args=[process], daemon=True).start()
