"""What a pulse and a tick cost as idle accounts pile up; they must not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


def measure(environment: dict[str, str], counts: tuple[int, ...]) -> dict[str, Any]:
    """Medians in milliseconds of one account's tick and of one pulse, with so many idle accounts beside it."""
    found = probe("bench.idle_probe", environment, counts)
    rows: dict[str, Any] = {}
    for count in counts:
        tick, pulse, _ = found[str(count)]
        rows[f"tick with {count:,} idle accounts, ms"] = tick
        rows[f"pulse with {count:,} idle accounts, ms"] = pulse
    # Both in units of a control (20 empty queries) measured in turn with them: the machine's own speed drifts by more.
    first, last = found[str(counts[0])], found[str(counts[-1])]
    for at, name in enumerate(("tick", "pulse")):
        rows[f"{name} cost, most idle accounts / none"] = (last[at] / last[2]) / (first[at] / first[2])
    return rows


def probe(module: str, environment: dict[str, str], counts: Sequence[Any]) -> dict[str, list[float]]:
    """What a probe answers that runs inside Django: medians in milliseconds for each count."""
    ran = subprocess.run(
        [sys.executable, "-m", module, json.dumps(counts)],
        cwd=ROOT, env={**environment, "DJANGO_SETTINGS_MODULE": "executor_one.settings"}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        raise SystemExit(ran.stderr)
    found: dict[str, list[float]] = json.loads(ran.stdout.partition("RESULT")[2])
    return found
