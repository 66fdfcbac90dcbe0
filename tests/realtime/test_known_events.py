"""A stream where nobody streams: it tells what is known and ends."""

import json

from realtime import reading


def told(answer):
    """(type, goal) of each event in the order of the stream."""
    assert answer.status_code == 200
    lines = b"".join(answer.streaming_content).decode().splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    return [(event["type"], event["data"].get("goal")) for event in events]


def test_what_is_known_of_a_goal_is_told_page_by_page(api, member, monkeypatch):
    made = api.post("/api/goals", json.dumps({"description": "x", "semanticPath": ["true"]}), "application/json")
    goal = made.json()["id"]
    whole = told(api.get("/api/events?since=0"))
    assert ("goal.created", goal) in whole
    of_goal = [event for event in whole if event[1] == goal]
    assert told(api.get(f"/api/goals/{goal}/events")) == of_goal
    for name in ("PAGE", "PAGE_BYTES"):  # one event a page, by its number or by its bytes
        with monkeypatch.context() as patch:
            patch.setattr(reading, name, 1)
            assert told(api.get("/api/events?since=0")) == whole
