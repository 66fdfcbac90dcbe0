"""What a probe waits for after it has filled tables faster than an account fills them."""

from __future__ import annotations

import time

from django.db import connection

# As autovacuum reckons it, with what memory's migration 0005 sets.
DUE = """
    SELECT count(*) FROM pg_stat_user_tables
    WHERE relname IN ('memory_memorytag', 'memory_memoryvector', 'memory_memoryword')
        AND (n_ins_since_vacuum > 1000 + 0.02 * n_live_tup OR n_mod_since_analyze > 50 + 0.1 * n_live_tup)"""


def wait_for_the_vacuum(seconds: int = 300) -> None:
    """Until autovacuum has done what it would have done in an account that grew slowly: it comes by the minute."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(DUE)
            if not cursor.fetchall()[0][0]:
                return
        time.sleep(2)
