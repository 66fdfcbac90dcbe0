"""The command `exo` as a person or a script runs it: a process of its own, with pipes or on a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.live.pages import ROOT

COMMAND = [sys.executable, "-c", "from executor_one_client.cli import main; main()"]
CLIENT = ROOT / "clients" / "python"
OWN = ("EXO_", "NO_COLOR", "FORCE_COLOR", "TTY_", "COLUMNS", "LINES")


@dataclass
class Done:
    """How one call ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """stdout, which must be one document and nothing else."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


class Exo:
    """exo for one person: a home of their own, and a key in the environment unless `key` is empty."""

    def __init__(self, home: Path, url: str = "", key: str = "", command: list[str] | None = None) -> None:
        self.command = command or COMMAND
        kept = {name: value for name, value in os.environ.items() if not name.startswith(OWN)}
        self.environment = kept | {
            "HOME": str(home), "XDG_CONFIG_HOME": str(home / ".config"), "PYTHONPATH": str(CLIENT / "src"),
            "TERM": "xterm-256color",
        }  # fmt: skip
        self.environment |= {"EXO_URL": url} if url else {}
        self.environment |= {"EXO_API_KEY": key} if key else {}
        self.config = home / ".config" / "exo" / "config.toml"

    def __call__(self, *arguments: str, stdin: str = "", **environment: str) -> Done:
        done = subprocess.run(
            [*self.command, *arguments], env=self.environment | environment, input=stdin, capture_output=True,
            text=True, timeout=120, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, **environment: str) -> Running:
        """The same, while one looks."""
        process = subprocess.Popen(
            [*self.command, *arguments], env=self.environment | environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=hear_ctrl_c,
        )  # fmt: skip
        return Running(process)

    def terminal(self, *arguments: str, **environment: str) -> Terminal:
        """The same on a terminal of its own, 100 columns wide."""
        return Terminal([*self.command, *arguments], self.environment | {"COLUMNS": "100"} | environment)


def hear_ctrl_c() -> None:
    """In the child: as in the foreground of a shell. What it runs in the background ignores Ctrl-C, as would this."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Running:
    """A process that writes into pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.out = ""

    def until(self, pattern: str, seconds: float = 60) -> None:
        """Wait until stdout has a line like this."""
        assert self.process.stdout
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.out):
            left = deadline - time.monotonic()
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, left))
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            assert piece, f"no {pattern!r} in {self.out!r}"
            self.out += piece.decode()

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def end(self, seconds: float = 90) -> Done:
        out, err = self.process.communicate(timeout=seconds)
        assert b"Traceback" not in err, err.decode()
        return Done(self.process.returncode, self.out + out.decode(), err.decode())


class Terminal:
    """A process on a pseudo-terminal, which is its controlling one: what is typed there can be Ctrl-C."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.raw = ""
        self.seen = 0  # how much of it was waited for
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            hear_ctrl_c()
            os.execve(command[0], command, environment)

    def _read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], max(0, seconds))
        try:
            piece = os.read(self.master, 65536) if ready else b""
        except OSError:  # the other side is closed
            piece = b""
        self.raw += piece.decode(errors="surrogateescape")
        return bool(piece)

    def until(self, pattern: str, seconds: float = 60) -> None:
        """Wait until something like this was written since the last thing that was waited for."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.raw[self.seen :])):
            assert self._read(deadline - time.monotonic()), f"no {pattern!r} in {self.raw[self.seen :][-3000:]!r}"
        self.seen += found.end()

    def type(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def end(self, seconds: float = 60) -> int:
        """Its exit code, once everything is read."""
        deadline = time.monotonic() + seconds
        while self._read(deadline - time.monotonic()):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self.master)
        assert "Traceback" not in self.raw, self.raw
        return os.waitstatus_to_exitcode(status)
