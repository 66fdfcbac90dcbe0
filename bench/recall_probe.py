"""Runs inside Django, on the installation that is being measured: `python -m bench.recall_probe '[1000, 100000]'`."""

from __future__ import annotations

import itertools
import json
import random
import statistics
import sys
import time
from urllib.parse import urlencode

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.actions import register  # noqa: E402
from bench.settling import wait_for_the_vacuum  # noqa: E402
from executor_one.kit import tenancy  # noqa: E402
from memory.ranking import LAMBDA  # noqa: E402

CHUNK = 50_000
ROUNDS = 5
PAGE = 10
# A third of the memories is tagged infra, one in a hundred rare; a twentieth is crystallized; importance is spread
# evenly; their ages over sixty days. A key begins with one of 16 words, then with one of 100 numbers.
FILL = f"""
    INSERT INTO memory_memory (id, account_id, key, value, tags, importance, rank, crystallized, access_count,
        value_digest, gist, created_at, written_at)
    SELECT gen_random_uuid(), %(account)s, format('%%s/k%%s/%%s',
            (ARRAY['app','aws','bash','ci','db','dns','docker','git','http','k8s','make','nginx','npm','psql','ssh','tls']
            )[1 + i %% 16], lpad((i / 16 %% 100)::text, 2, '0'), i),
        '{{"port":5432}}', array_remove(ARRAY['bench', CASE WHEN random() < 0.33 THEN 'infra' END,
            CASE WHEN random() < 0.01 THEN 'rare' END], NULL),
        share, ln(greatest(share, 1e-9)) + {LAMBDA!r} * (extract(epoch FROM now()) - age), random() < 0.05, 0,
        '', '', now(), now()
    FROM (SELECT i, random() AS share, random() * 60 * 86400 AS age FROM generate_series(%(first)s, %(last)s) i) made
"""
INDEX = """
    INSERT INTO memory_memorytag (account_id, memory_id, tag, key, rank, importance, crystallized)
    SELECT account_id, id, unnest(array_prepend('', tags)), key, rank, importance, crystallized
    FROM memory_memory WHERE account_id = %s"""

ASKED = {
    "query": ("nginx", "nginx/k07/", "nginx/k07/1"),
    "tags": ("infra", "rare", "infra,rare"),
    "crystallizedOnly": ("true",),
    "minImportance": ("0.5", "0.99"),
}
MIXES = [
    {name: value for name, value in zip(ASKED, choice, strict=True) if value}
    for choice in itertools.product(*(("", *values) for values in ASKED.values()))
]


def fill(count: int) -> str:
    """An account on Enterprise that remembers so much: its key."""
    from billing.actions import set_plan

    account, key = register(email=f"recall-{time.time_ns()}@example.com", password="correct-horse-battery-9")
    for first in range(1, count + 1, CHUNK):
        with tenancy.account_scope(account), connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
            last = min(count, first + CHUNK - 1)
            cursor.execute(FILL, {"account": account.pk, "first": first, "last": last})
    with tenancy.account_scope(account), connection.cursor() as cursor:
        set_plan(account, "enterprise", actor="bench")
        cursor.execute(INDEX, [account.pk])
    return key


def asked(client: Client, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return time.perf_counter() - began


def percentile(samples: list[float], share: float) -> float:
    return 1000 * statistics.quantiles(samples, n=100)[round(100 * share) - 1]


def main(counts: list[int]) -> None:
    clients = [Client(headers={"Authorization": f"Bearer {fill(count)}", "Host": "127.0.0.1"}) for count in counts]
    wait_for_the_vacuum()
    first = [json.loads(client.get("/api/memory?limit=100").content)["data"] for client in clients]
    paths = [f"/api/memory?{urlencode({**mix, 'limit': PAGE})}" for mix in MIXES]
    full = [path for path in paths if all(fills_a_page(client, path) for client in clients)]
    exact: list[list[float]] = [[] for _ in counts]
    lists: list[dict[str, list[float]]] = [{path: [] for path in paths} for _ in counts]
    for _ in range(ROUNDS):
        random.shuffle(paths)
        for path, at in itertools.product(paths, range(len(counts))):
            lists[at][path].append(asked(clients[at], path))
            exact[at].append(asked(clients[at], f"/api/memory/{random.choice(first[at])['key']}"))
    of_full = [[one for path in full for one in per_path[path]] for per_path in lists]
    dearest = max(paths, key=lambda path: statistics.median(lists[-1][path]))
    print(f"{len(full)} of {len(paths)} mixes fill a page everywhere; the dearest is {dearest}", file=sys.stderr)
    found = {
        "p50": [percentile(one, 0.5) for one in of_full],
        "p95": [percentile(one, 0.95) for one in of_full],
        "exact": [percentile(one, 0.5) for one in exact],
        "dearest": [1000 * statistics.median(per_path[dearest]) for per_path in lists],
    }
    print("RESULT" + json.dumps(found))


def fills_a_page(client: Client, path: str) -> bool:
    """It also fills the caches before anything is measured."""
    return len(json.loads(client.get(path).content)["data"]) == PAGE


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
