"""Waiting costs the web nothing: neither threads nor connections."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

pytestmark = pytest.mark.live

WAITERS = 60  # more than the web has threads (WEB_THREADS)


def test_many_clients_wait_and_the_web_stays_free(client):
    goal = client.post("/api/goals", json={"description": "x", "semanticPath": ["sleep 8"]}).json()["id"]

    def wait(_):
        with httpx.Client(base_url=client.base_url, headers=client.headers, timeout=60) as waiting:
            return waiting.get(f"/api/goals/{goal}", params={"wait": 30}).json()["state"]

    with ThreadPoolExecutor(WAITERS) as pool:
        waiting = [pool.submit(wait, number) for number in range(WAITERS)]
        time.sleep(1.5)
        began = time.monotonic()
        assert client.get("/api/state").status_code == 200
        took = time.monotonic() - began
        assert not any(one.done() for one in waiting), "they must still have been waiting"
        assert {one.result() for one in waiting} == {"completed"}
    assert took < 1


def test_a_goal_is_stated_and_awaited_in_one_request(client):
    answer = client.post("/api/goals", params={"wait": 30}, json={"description": "x", "semanticPath": ["echo 1"]})
    body = answer.json()
    assert (answer.status_code, body["state"], body["progress"]) == (201, "completed", 1)
    assert answer.headers["Location"] == f"/api/goals/{body['id']}"
    assert client.get(f"/api/goals/{body['id']}").json() == body
    hopeless = client.post("/api/goals", params={"wait": 30}, json={"description": "Write a poem about the sea"})
    assert (hopeless.status_code, hopeless.json()["error"]["code"]) == (201, "cannot_plan")
    assert client.post("/api/goals", params={"wait": 61}, json={"description": "x"}).status_code == 400


def test_a_client_that_leaves_while_it_waits_disturbs_nobody(client):
    goal = client.post("/api/goals", json={"description": "x", "semanticPath": ["sleep 3"]}).json()["id"]
    with pytest.raises(httpx.ReadTimeout):
        client.get(f"/api/goals/{goal}", params={"wait": 30}, timeout=0.5)
    assert client.get(f"/api/goals/{goal}", params={"wait": 30}).json()["state"] == "completed"


def test_a_wait_that_runs_out_answers_what_is_known(client):
    goal = client.post("/api/goals", json={"description": "x", "semanticPath": ["sleep 9"]}).json()["id"]
    began = time.monotonic()
    answer = client.get(f"/api/goals/{goal}", params={"wait": 1})
    assert 0.9 < time.monotonic() - began < 4
    assert (answer.json()["state"], answer.json()["currentTask"]) == ("executing", "sleep 9")
    assert len(answer.content) == int(answer.headers["Content-Length"])
    assert answer.headers["X-Receipt"].startswith("rcp_")
    client.delete(f"/api/goals/{goal}")
