"""GET /api/goals/{id}/history: the whole of a goal in one document."""


def test_the_history_holds_the_goal_its_tries_and_its_own_events_in_order(api, work):
    ids = []
    for name in ("one", "two"):
        body = {"description": name, "semanticPath": [f"echo {name}"]}
        ids.append(api.post("/api/goals", body, content_type="application/json").json()["id"])
    while work(stdout="said\n", exit_code=0):
        pass
    whole = api.get(f"/api/goals/{ids[0]}/history").json()
    assert whole["goal"] == api.get(f"/api/goals/{ids[0]}").json()
    assert whole["tasks"] == api.get(f"/api/goals/{ids[0]}/tasks").json()["data"]
    assert {event["data"]["goal"] for event in whole["events"]} == {ids[0]}
    types = [event["type"] for event in whole["events"]]
    assert types[0] == "goal.created"
    assert types[-1] == "goal.completed"
    assert [int(event["id"]) for event in whole["events"]] == sorted(int(event["id"]) for event in whole["events"])
