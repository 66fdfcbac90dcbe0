"""What no design can undercut here, measured in the same run: a bare spawn, the same in the sandbox, one commit."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg

from actuators.sandbox import Limits, Sandboxes, prepare_workspace

ROUNDS = 40


def median_ms(samples: list[float]) -> float:
    return 1000 * statistics.median(samples)


def bare() -> float:
    samples = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run(["/bin/sh", "-c", "echo hello"], capture_output=True, check=True)
        samples.append(time.perf_counter() - began)
    return median_ms(samples)


async def sandboxed(folder: Path, warm_seconds: float) -> float:
    boxes = Sandboxes(warm_seconds=warm_seconds)
    await boxes.start()
    workspace = prepare_workspace(folder, "bench", 299_999 if os.geteuid() == 0 else None)
    samples = []
    for number in range(ROUNDS + 2):
        began = time.perf_counter()
        outcome = await boxes.run("echo hello", workspace=workspace, limits=Limits())
        assert outcome.exit_code == 0, outcome
        if number > 1:
            samples.append(time.perf_counter() - began)
        await asyncio.sleep(0.02)
    await boxes.stop()
    return median_ms(samples)


def commit(database_url: str) -> float:
    samples = []
    with psycopg.connect(database_url, autocommit=True) as connection:
        for _ in range(ROUNDS):
            began = time.perf_counter()
            connection.execute("UPDATE kit_cache SET expires = expires WHERE cache_key = 'bench'")
            connection.execute(
                "INSERT INTO kit_cache VALUES ('bench', '', now())"
                " ON CONFLICT (cache_key) DO UPDATE SET expires = excluded.expires"
            )
            samples.append((time.perf_counter() - began) / 2)
    return median_ms(samples)


def measure(data: Path) -> dict[str, Any]:
    """Medians in milliseconds."""
    return {
        "floor: bare sh -c echo, ms": bare(),
        "floor: the same in a new sandbox, ms": asyncio.run(sandboxed(data / "workspaces", 0.001)),
        "floor: the same in a waiting sandbox, ms": asyncio.run(sandboxed(data / "workspaces", 60)),
        "floor: one commit, ms": commit((data / "database-url").read_text().strip()),
    }
