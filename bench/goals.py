"""Goals through the API, as a client sees them."""

from __future__ import annotations

import statistics
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx


def p(values: list[float], share: float) -> float:
    """A percentile in milliseconds."""
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Member:
    """A registered account and its key."""

    def __init__(self, url: str) -> None:
        self.url, self.email = url, f"bench-{uuid.uuid4().hex[:8]}@example.com"
        body = {"email": self.email, "password": "correct-horse-battery-9"}
        made = httpx.post(f"{url}/api/auth/register", json=body).raise_for_status().json()
        self.key = made["apiKey"]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.key}"}, timeout=90)


def run_one(client: httpx.Client, posts: list[float], gets: list[float]) -> float:
    """Submit one `echo hello` and wait for its end; seconds from submit to completed."""
    began = time.perf_counter()
    answer = client.post("/api/goals", json={"description": "bench", "semanticPath": ["echo hello"]}).raise_for_status()
    posts.append(time.perf_counter() - began)
    goal = answer.json()["id"]
    state = client.get(f"/api/goals/{goal}", params={"wait": 60}).raise_for_status().json()
    took = time.perf_counter() - began
    assert state["state"] == "completed", state
    look = time.perf_counter()
    client.get(f"/api/goals/{goal}").raise_for_status()
    gets.append(time.perf_counter() - look)
    return took


def measure(member: Member, *, sequential: int, burst: int, clients: int) -> dict[str, Any]:
    """Sequential latency, then throughput of `burst` goals by `clients` clients at once."""
    posts: list[float] = []
    gets: list[float] = []
    with member.client() as client:
        for _ in range(5):
            run_one(client, [], [])
        took = [run_one(client, posts, gets) for _ in range(sequential)]
    return {
        "submit to completed, p50 ms": p(took, 0.5),
        "submit to completed, p95 ms": p(took, 0.95),
        "POST /goals, p50 ms": p(posts, 0.5),
        "POST /goals, p95 ms": p(posts, 0.95),
        "GET /goals/:id, p50 ms": p(gets, 0.5),
        "GET /goals/:id, p95 ms": p(gets, 0.95),
        "goals a second": throughput(member, burst, clients),
        "submit to completed, mean ms": 1000 * statistics.mean(took),
    }


def throughput(member: Member, goals: int, clients: int) -> float:
    """Goals completed a second: each client submits and waits for its own."""

    def work(count: int) -> None:
        with member.client() as client:
            for _ in range(count):
                body = {"description": "bench", "semanticPath": ["echo hello"]}
                goal = client.post("/api/goals", json=body).raise_for_status().json()["id"]
                state = client.get(f"/api/goals/{goal}", params={"wait": 60}).raise_for_status().json()
                assert state["state"] == "completed", state

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, [goals // clients] * clients))
    return goals / (time.perf_counter() - began)
