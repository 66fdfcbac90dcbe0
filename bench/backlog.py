"""What a runner's result costs as the account's own backlog grows; it must not cost more."""

from __future__ import annotations

from typing import Any

from bench.idle import probe


def measure(environment: dict[str, str], counts: tuple[int, ...]) -> dict[str, Any]:
    """Medians in milliseconds of handing in one result, with so many tasks waiting in the account."""
    found = probe("bench.backlog_probe", environment, counts)
    rows: dict[str, Any] = {f"a result with {count:,} tasks waiting, ms": found[str(count)][0] for count in counts}
    first, last = found[str(counts[0])], found[str(counts[-1])]
    rows["result cost, longest backlog / shortest"] = (last[0] / last[1]) / (first[0] / first[1])
    return rows
