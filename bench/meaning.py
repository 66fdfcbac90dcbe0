"""What recall by meaning costs over HTTP, with 50,000 memories in the account."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import Any

from bench.goals import Member, p
from bench.idle import probe

GOLDEN = Path(__file__).parent.parent / "tests" / "memory" / "golden.toml"


def questions() -> list[str]:
    """The golden set's."""
    return [row["question"] for row in tomllib.loads(GOLDEN.read_text())["memory"] if "question" in row]


def measure(environment: dict[str, str], url: str, counts: tuple[int, ...]) -> dict[str, Any]:
    """Percentiles in milliseconds of one GET: encoding, searching, fusing, fetching, and HTTP around it.

    Each question is asked once; the first ones load the model and are not counted.
    """
    rows: dict[str, Any] = {}
    member = Member(url)
    for count in counts:
        probe("bench.meaning_probe", environment, (member.email, count))
        for name, more in (("", ""), (", within a tag", "&tags=common"), (", within a rare tag", "&tags=rare")):
            took = ask(member, more)
            for share in (50, 95):
                rows[f"recall by meaning, {count:,} memories{name}, p{share} ms"] = p(took, share / 100)
    return rows


def ask(member: Member, more: str) -> list[float]:
    """Seconds of each question."""
    from urllib.parse import urlencode

    took = []
    with member.client() as client:
        for question in [*questions()[:10], *questions()]:
            query = urlencode({"query": question, "mode": "semantic", "limit": 10})
            began = time.perf_counter()
            found = client.call("GET", f"/api/memory?{query}{more}")
            took.append(time.perf_counter() - began)
            assert found["data"] or more, question
    return took[10:]
