"""`make bench`: measures an installation of its own from outside; a table here, bench/results/latest.json there."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import backlog, floors, goals, healing, idle, meaning, planning, realtime, recall

ROOT = Path(__file__).parent.parent


class Installation:
    """`make run`'s own supervisor on a folder and a port of its own."""

    def __init__(self) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="executor-bench-"))
        self.base.chmod(0o711)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = self.base / "data"
        self.environment = {
            **os.environ, "PORT": str(self.port), "EXECUTOR_DATA_DIR": str(self.data), "SIGNUP_RATE": "none",
            "API_RATE": "none", "LOG_LEVEL": "WARNING", "REALTIME_PER_ACCOUNT": "2000",
        }  # fmt: skip
        self.log = (self.base / "run.log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "executor_one.serve"], cwd=ROOT, env=self.environment, stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )  # fmt: skip

    def wait(self, seconds: float = 60) -> None:
        import httpx

        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{self.url}/api/health", timeout=2).json()["status"] in (
                    "healthy",
                    "degraded",
                ):
                    return
            except (httpx.HTTPError, ValueError, KeyError):
                time.sleep(0.1)
        raise SystemExit("not healthy:\n" + (self.base / "run.log").read_text(errors="replace")[-3000:])

    def manage(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            check=True,
            capture_output=True,
        )

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(30)
        finally:
            shutil.rmtree(self.base, ignore_errors=True)

    def resident_mb(self) -> float:
        """Resident memory of every process of this installation, in MB (shared pages counted in each)."""
        total = 0
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                mine = str(self.base).encode() in (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes()
                resident = (entry / "status").read_text().partition("VmRSS:")[2].split()[:1]
            except OSError:
                continue
            total += int(resident[0]) if mine and resident and int(entry.name) != os.getpid() else 0
        return total / 1024


def show(rows: dict[str, Any]) -> None:
    width = max(len(name) for name in rows)
    for name, value in rows.items():
        print(f"{name:<{width}}  {value:>10.2f}" if isinstance(value, float) else f"{name:<{width}}  {value:>10}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the goals, fewer idle accounts")
    quick = parser.parse_args().quick
    here = Installation()
    try:
        here.wait()
        member = goals.Member(here.url)
        healer = goals.Member(here.url)  # an account whose workspace may be emptied
        for one in (member, healer):
            here.manage("set_plan", one.email, "enterprise")
        rows: dict[str, Any] = {"idle RSS of the whole stack, MB": here.resident_mb()}
        rows |= floors.measure(here.data)
        rows |= planning.measure()
        rows |= goals.measure(member, sequential=10 if quick else 50, burst=80 if quick else 400, clients=8)
        rows |= healing.measure(healer)
        rows |= realtime.measure(healer, here.data, sockets=100 if quick else 1_000)
        rows |= idle.measure(here.environment, counts=(0, 100) if quick else (0, 1_000, 10_000))
        rows |= backlog.measure(here.environment, counts=(10, 100) if quick else (10, 1_000, 10_000))
        rows |= recall.measure(here.environment, counts=(1_000, 10_000) if quick else (1_000, 100_000, 1_000_000))
        rows |= meaning.measure(here.environment, here.url, counts=(1_000,) if quick else (1_000, 50_000))
    finally:
        here.stop()
    show(rows)
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    (results / "latest.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
