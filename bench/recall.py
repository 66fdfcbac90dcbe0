"""What recall costs as an account remembers more; it must not cost more (E18, E19)."""

from __future__ import annotations

from typing import Any

from bench.idle import probe


def measure(environment: dict[str, str], counts: tuple[int, ...]) -> dict[str, Any]:
    """Milliseconds of recall over the API, p50 and p95 over every mix of filters, and the mix that grows most.

    The accounts of the different sizes are asked in turn, so that what slows the machine slows all of them.
    """
    found = probe("bench.recall_probe", environment, counts)
    rows: dict[str, Any] = {}
    for at, count in enumerate(counts):
        rows[f"recall p50 with {count:,} memories, ms"] = found["p50"][at]
        rows[f"recall p95 with {count:,} memories, ms"] = found["p95"][at]
        rows[f"recall by exact key with {count:,} memories, ms"] = found["exact"][at]
    rows["recall p50, most memories / fewest"] = found["p50"][-1] / found["p50"][0]
    rows["recall p95, most memories / fewest"] = found["p95"][-1] / found["p95"][0]
    rows["recall p50 of the mix that grows most, most / fewest"] = found["worst"][0]
    return rows
