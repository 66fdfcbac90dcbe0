"""Goals through the API, as a client sees them."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.client import Client

REPEAT = {"description": "bench", "semanticPath": ["echo hello"]}


def new() -> dict[str, Any]:
    """A goal that was never stated before and shares no task tree with another: its words are its own."""
    word = uuid.uuid4().hex.translate(str.maketrans("0123456789", "ghijklmnop"))
    return {"description": f"bench {word}", "semanticPath": [f"echo {word}"]}


def repeat() -> dict[str, Any]:
    """A goal that succeeded before: its tasks come from a task tree."""
    return REPEAT


def p(values: list[float], share: float) -> float:
    """A percentile in milliseconds."""
    ordered = sorted(values)
    return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Member:
    """A registered account and its key."""

    def __init__(self, url: str) -> None:
        self.url, self.email = url, f"bench-{uuid.uuid4().hex[:8]}@example.com"
        body = {"email": self.email, "password": "correct-horse-battery-9"}
        with Client(url) as client:
            self.key = client.call("POST", "/api/auth/register", body)["apiKey"]

    def client(self) -> Client:
        return Client(self.url, self.key)


def run_one(client: Client, posts: list[float], gets: list[float], stated: Callable[[], Any] = new) -> float:
    """Submit one `echo` and wait for its end; seconds from submit to completed."""
    wanted, began = stated(), time.perf_counter()
    goal = client.call("POST", "/api/goals", wanted)["id"]
    posts.append(time.perf_counter() - began)
    state = client.call("GET", f"/api/goals/{goal}?wait=60")
    took = time.perf_counter() - began
    assert state["state"] == "completed", state
    look = time.perf_counter()
    client.call("GET", f"/api/goals/{goal}")
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
        run_one(client, [], [], repeat)
        again = [run_one(client, [], [], repeat) for _ in range(sequential)]
    return {
        "submit to completed, p50 ms": p(took, 0.5),
        "submit to completed, p95 ms": p(took, 0.95),
        "submit to completed of a repeat, p50 ms": p(again, 0.5),
        "POST /goals, p50 ms": p(posts, 0.5),
        "POST /goals, p95 ms": p(posts, 0.95),
        "GET /goals/:id, p50 ms": p(gets, 0.5),
        "GET /goals/:id, p95 ms": p(gets, 0.95),
        "goals a second": throughput(member, burst, clients, one_request),
        "goals a second, waiting in a second request": throughput(member, burst, clients, two_requests),
        "repeats a second": throughput(member, burst, clients, one_request, repeat),
        "submit to completed, mean ms": 1000 * statistics.mean(took),
    }


def one_request(client: Client, wanted: Any) -> Any:
    """State a goal and wait for its end in one request."""
    return client.call("POST", "/api/goals?wait=60", wanted)


def two_requests(client: Client, wanted: Any) -> Any:
    """State a goal, then wait for its end."""
    goal = client.call("POST", "/api/goals", wanted)["id"]
    return client.call("GET", f"/api/goals/{goal}?wait=60")


def throughput(
    member: Member, goals: int, clients: int, run: Callable[[Client, Any], Any], stated: Callable[[], Any] = new
) -> float:
    """Goals completed a second: each client states one when its last has ended."""

    def work(count: int) -> None:
        with member.client() as client:
            for _ in range(count):
                state = run(client, stated())
                assert state["state"] == "completed", state

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(work, [goals // clients] * clients))
    return goals / (time.perf_counter() - began)
