"""What recall costs as an account remembers more; it must not cost more (E18, E19)."""

from __future__ import annotations

from typing import Any

from bench.idle import probe


def measure(environment: dict[str, str], counts: tuple[int, ...]) -> dict[str, Any]:
    """Milliseconds of recall through the API's view, with accounts of different sizes asked in turn.

    p50 and p95 are over the mixes of filters that answer a full page in every size, so that all answer equally much.
    The dearest mix is the one of all 96 whose median is the highest in the largest account.
    """
    found = probe("bench.recall_probe", environment, counts)
    rows: dict[str, Any] = {}
    for at, count in enumerate(counts):
        rows[f"recall p50 with {count:,} memories, ms"] = found["p50"][at]
        rows[f"recall p95 with {count:,} memories, ms"] = found["p95"][at]
        rows[f"recall, dearest mix with {count:,} memories, ms"] = found["dearest"][at]
        rows[f"recall by exact key with {count:,} memories, ms"] = found["exact"][at]
    rows["recall p50, most memories / fewest"] = found["p50"][-1] / found["p50"][0]
    rows["recall p95, most memories / fewest"] = found["p95"][-1] / found["p95"][0]
    return rows
