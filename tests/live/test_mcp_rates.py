"""How often agents may speak at /mcp: as often as everybody, whatever comes of it."""

import time
from uuid import uuid4

import httpx
import pytest

from tests.live.agents import LIST, post, speak

TIMES = 60  # an hour
pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]


def limited(shared_stack):
    """An installation with a low rate, and the key of who came before it was.

    Asking whether it is up takes of the address' rate, so that is full when it starts, and large enough for it.
    """
    stack = shared_stack()
    key = stack.member(f"{uuid4().hex}@example.com").headers["X-Key"]
    with stack.database() as database:
        database.execute("DELETE FROM kit_ratebucket")
    return shared_stack(API_RATE=f"{TIMES}/hour", API_BURST="none"), key


def test_E_R22_a_refused_rate_is_a_tool_error_with_the_seconds(shared_stack):
    stack, key = limited(shared_stack)

    async def often(client):
        return [await client.call_tool("usage", {}) for _ in range(TIMES + 10)]

    answers = speak(stack.url, key, often)
    assert not answers[0].is_error
    last = answers[-1]
    assert last.is_error
    assert last.structured_content["name"] == "rate_limited"
    assert 1 <= last.structured_content["retryAfter"] <= 3600
    assert f"Retry-After: {last.structured_content['retryAfter']}" in last.content[0].text
    refused = post(stack, key, LIST)
    assert (refused.status_code, refused.json()["name"]) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) >= 1
    remember = {"name": "remember", "arguments": {"key": "a", "value": [[n] for n in range(100_000)]}}
    begun = time.monotonic()
    long = post(stack, key, {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": remember})
    assert (long.status_code, long.json()["name"]) == (429, "rate_limited")
    assert time.monotonic() - begun < 1


@pytest.mark.hostile
def test_A_R11_no_message_and_no_wrong_key_is_for_nothing(shared_stack):
    """Calls that never come to the API count too, and so does whoever guesses keys."""
    stack, key = limited(shared_stack)
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    astray = {**call, "params": {"name": "get_goal", "arguments": {"goal_id": "../x"}}}
    unknown = {**call, "params": {"name": "nothing", "arguments": {}}}
    for _ in range(TIMES // 2 + 1):
        for said in (astray, unknown):
            post(stack, key, said)
    api = {"Authorization": f"Bearer {key}"}
    assert httpx.get(f"{stack.url}/api/auth/usage", headers=api).status_code == 429
    guesses = [post(stack, f"exo_{uuid4().hex}", astray).status_code for _ in range(TIMES + 5)]
    assert guesses[-1] == 429
    assert set(guesses) <= {401, 429}
