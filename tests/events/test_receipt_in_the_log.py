"""A 500's receipt is how its trace is found in the log of the process that served it, and the answer has no trace."""

import pytest

from tests.events.audited import owning
from tests.realtime.installation import Web

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]


@pytest.fixture
def web(fresh_database, tmp_path):
    made = Web(fresh_database("receipts"), tmp_path / "log")
    yield made
    made.end()


def test_A_R8_the_receipt_of_a_500_finds_its_trace_in_the_log(web):
    member = web.member()
    with owning(web.urls) as owner:
        owner.execute("ALTER TABLE memory_memory RENAME TO memory_gone")
    failed = member.get("/api/memory")
    assert failed.status_code == 500
    assert failed.headers["X-Receipt"] == failed.json()["receipt"]
    for secret in ("memory_memory", "psycopg", "SELECT", "Traceback", ".py"):
        assert secret not in failed.text
    lines = web.output().splitlines()
    (at,) = [number for number, line in enumerate(lines) if f"receipt {failed.json()['receipt']}" in line]
    trace = "\n".join(lines[at : at + 200])
    assert "Traceback (most recent call last)" in trace
    assert 'relation "memory_memory" does not exist' in trace
    member.close()
