"""What share of failures is healed at the first retry, once one of each class has been seen (E-R21, moonshot M2).

Through the API and the sandbox: each failure is a goal whose one step fails. The first of each class teaches; the rest
are counted. A fix of another class that was applied is counted too.
"""

from __future__ import annotations

from typing import Any

from bench.client import Client
from bench.failures import Failure, failures, is_right
from bench.goals import Member

EMPTY = {"type": "shell", "params": {"command": "rm -rf -- ..?* .[!.]* *"}}


def measure(member: Member) -> dict[str, Any]:
    """Shares of the failures that come after the first of their class."""
    first: dict[str, Failure] = {}
    for failure in failures():
        first.setdefault(failure.klass, failure)
    rest = [failure for failure in failures() if failure is not first[failure.klass] and failure not in first.values()]
    with member.client() as client:
        for failure in first.values():
            attempts = run(client, failure)
            if failure.teach:
                client.call("POST", "/api/corrections", lesson(failure.teach, attempts[0]))
        ran = [(failure, run(client, failure)) for failure in rest]
        fixes = {one["id"]: one for one in client.call("GET", "/api/corrections?limit=100")["data"]}
    healed = [len(attempts) == 2 and attempts[1]["outcome"] == "succeeded" for _, attempts in ran]
    applied = [
        (failure, fixes[attempt["correction"]])
        for failure, attempts in ran
        for attempt in attempts
        if attempt["correction"]
    ]
    wrong = [not is_right(failure, fix=fix["fix"], fix_id=fix["fixId"] or "") for failure, fix in applied]
    return {
        "failures after the first of their class": len(ran),
        "healed at the first retry, share": sum(healed) / len(ran),
        "fixes applied of a wrong class, share": sum(wrong) / max(1, len(applied)),
    }


def lesson(teach: Any, seen: dict[str, Any]) -> dict[str, Any]:
    """What a customer says who has read the failed try."""
    failure = {"output": seen["output"]["stderr"] or seen["output"]["stdout"], "exitCode": seen["exitCode"]}
    return {"failure": failure, "fix": teach["fix"], "reason": "Taught by the bench."}


def run(client: Client, failure: Failure) -> list[dict[str, Any]]:
    """One goal in an empty workspace; its task's tries."""
    client.call("POST", "/api/execute", EMPTY)
    stated = {"description": f"bench of {failure.klass}", "semanticPath": [failure.command]}
    goal = client.call("POST", "/api/goals?wait=60", stated)
    assert goal["state"] in ("completed", "failed"), goal
    (task,) = client.call("GET", f"/api/goals/{goal['id']}/tasks")["data"]
    attempts: list[dict[str, Any]] = task["attempts"]
    assert len(attempts) > 1 or goal["state"] == "failed", "it should have failed at first"
    return attempts
