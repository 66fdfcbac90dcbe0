"""CPU time in seconds of a reference machine: a limit then means the same on a machine that is slow today."""

import re
import time
from collections.abc import Callable

# What `loop_seconds` costs on a machine at its fast pace: one where x = 0; for i in range(5_000_000): x += i * i
# takes 0.27 s of CPU in a function.
REFERENCE = 0.005

WORDS = re.compile(r"(?:[a-z]+[0-9]+-)*[a-z]+=(?P<value>\S+)|\b(?:token|key)\b", re.IGNORECASE)
TEXT = "abc12-def34-ghij lorem KEY ipsum dolor42 x=1 ; " * 250


def loop_seconds() -> float:
    """The CPU seconds of a fixed piece of work like what our tests limit: arithmetic and regular expressions."""
    began = time.process_time()
    total = 0
    for number in range(50_000):
        total += number * number
    for _ in WORDS.finditer(TEXT):
        total += 1
    return time.process_time() - began


def cpu_seconds(work: Callable[[], object], times: int = 1) -> float:
    """The least CPU time of `work()` over so many runs, were it run on the reference machine.

    A machine faster than that is taken for one as fast: its limits are no stricter.
    """
    least = float("inf")
    before = loop_seconds()
    for _ in range(times):
        began = time.process_time()
        work()
        taken = time.process_time() - began
        # Right before and right after: the pace changes within seconds.
        after = loop_seconds()
        least = min(least, taken / max(1.0, (before + after) / 2 / REFERENCE))
        before = after
    return least
