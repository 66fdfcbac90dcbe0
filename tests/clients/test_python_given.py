"""What the Python client is given: lists, keys and ids that are none are refused before anything is sent."""

import asyncio
import inspect
import time
from functools import partial
from uuid import UUID

import pytest

from executor_one_client import AsyncClient, AsyncGoal, Client, ExecutorError, Goal, Retries, Unsendable
from executor_one_client.asking import prepared
from executor_one_client.sync.goals import Goals
from executor_one_client.sync.resources import Corrections, Keys, Memories, Usage
from tests.clients.faulty import Faulty, answer, ending, stream

QUICK = Retries(first_pause=0.01, longest_pause=0.01)
GOAL = {"id": "01960b4e-5c00-7000-8000-6f2b1d9c3a10", "state": "pending"}
PAGE = {"data": [], "meta": {"total": 0}}


def client(server):
    return Client("exo_x", server.url, retries=QUICK)


def asynchronously(server, ask):
    async def go():
        async with AsyncClient("exo_x", server.url, retries=QUICK) as asking:
            asked = ask(asking)
            return [one async for one in asked] if hasattr(asked, "__aiter__") else await asked

    return asyncio.run(go())


def events(asked):
    """A stream is asked for with its first event; asynchronously the caller does that."""
    return asked if hasattr(asked, "__aiter__") else list(asked)


# --- one where a list belongs ----------------------------------------------------------------------

WRONG = ({"a": 1}, b"secrets", 5, [["ls"]], [None])


def refused(name, ask):
    with pytest.raises(TypeError) as told:
        ask("secrets")
    assert str(told.value) == f'{name}: give a list, such as ["secrets"]'
    for wrong in WRONG:
        with pytest.raises(TypeError, match=f"^{name}: "):
            ask(wrong)


async def refused_too(name, ask, asking):
    async def asked(given):
        found = ask(asking, given)
        return await (anext(found) if hasattr(found, "__anext__") else found)

    for given in ("secrets", *WRONG):
        with pytest.raises(TypeError, match=f"^{name}: "):
            await asked(given)


def made(one):
    return (AsyncGoal if isinstance(one, AsyncClient) else Goal)(one.goals, GOAL)


LISTS = {
    "Memories.create": ("tags", lambda one, given: one.memories.create("k", "hunter2", tags=given)),
    "Memories.list": ("tags", lambda one, given: one.memories.list(tags=given)),
    "Memories.recall": ("tags", lambda one, given: one.memories.recall("q", tags=given)),
    "Keys.create": ("scopes", lambda one, given: one.keys.create("k", scopes=given)),
    "Client.events": ("types", lambda one, given: events(one.events(types=given))),
    "Goal.events": ("types", lambda one, given: events(made(one).events(types=given))),
    "Goals.events": ("types", lambda one, given: events(one.goals.events("x", types=given))),
    "Goals.create": ("steps", lambda one, given: one.goals.create("x", steps=given)),
    "Goals.preview": ("steps", lambda one, given: one.goals.preview("x", steps=given)),
}


@pytest.mark.parametrize(("name", "ask"), LISTS.values(), ids=LISTS)
def test_one_that_is_in_no_list_is_refused_and_told_how_it_is_meant(name, ask):
    with Faulty() as server:
        refused(name, partial(ask, client(server)))
        asynchronously(server, partial(refused_too, name, ask))
    assert server.asked == []


def test_these_are_all_that_take_a_list():
    taking = {
        f"{kind.__name__}.{name}"
        for kind in (Client, Goal, Goals, Memories, Corrections, Keys, Usage)
        for name, method in vars(kind).items()
        if inspect.isfunction(method) and name[0] != "_" and "Sequence[" in str(inspect.signature(method))
    }
    assert taking == set(LISTS)


def test_lists_of_any_kind_are_sent():
    with Faulty(answer(201, GOAL), *[answer(200, PAGE)] * 2) as server:
        client(server).memories.create("k", 1, tags=("secrets",))
        client(server).memories.list(tags=(tag for tag in ("a", "b")))
        client(server).memories.list(tags=[])
    assert server.asked[0].body == b'{"value":1,"key":"k","tags":["secrets"]}'
    assert [one.path for one in server.asked[1:]] == ["/api/memory?tags=a%2Cb", "/api/memory"]


# --- keys ------------------------------------------------------------------------------------------


def test_white_space_around_a_key_is_no_part_of_it(monkeypatch):
    with Faulty(answer(200, {}), answer(200, {})) as server:
        Client("\ufeff exo_x\r\n", server.url).usage.get()
        monkeypatch.setenv("EXO_API_KEY", "exo_environment\n")
        Client(base_url=server.url).usage.get()
    assert [one.headers["authorization"] for one in server.asked] == ["Bearer exo_x", "Bearer exo_environment"]


@pytest.mark.parametrize("key", ["exo_sec\nret", "exo_secrét", "exo_sec ret", "exo_sec\x00ret", b"exo_secret", 5])
def test_what_is_no_key_is_refused_at_once_and_is_in_no_word(key):
    for kind in (Client, AsyncClient):
        with pytest.raises(Unsendable, match=r"^This is no API key") as refused:
            kind(key, "http://127.0.0.1:1")
        assert "sec" not in str(refused.value)
        assert refused.value.__cause__ is None


# --- texts, ids and numbers ------------------------------------------------------------------------

HALF = "make \ud800"


@pytest.mark.parametrize(
    "ask",
    [
        lambda one: one.memories.get(HALF),
        lambda one: one.memories.delete(HALF),
        lambda one: one.goals.get(HALF),
        lambda one: one.goals.cancel(HALF),
        lambda one: one.goals.tasks(HALF),
        lambda one: one.corrections.get(HALF),
        lambda one: one.keys.revoke(HALF),
        lambda one: events(one.events(goal=HALF)),
        lambda one: events(one.events(types=[HALF])),
        lambda one: one.memories.create("k", HALF),
    ],
)
def test_half_a_character_is_named_wherever_it_stands(ask):
    with Faulty() as server:
        for call in (lambda: ask(client(server)), lambda: asynchronously(server, ask)):
            with pytest.raises(Unsendable, match=r"make \\ud800' is no text: it ends with half of a character"):
                call()
    assert server.asked == []


def test_an_idempotency_key_may_be_a_UUID_and_an_event_s_id_a_number():
    key = UUID(GOAL["id"])
    with Faulty(answer(201, GOAL), answer(201, GOAL), *[stream(ending("goal_ended"))] * 2) as server:
        client(server).goals.create("x", idempotency_key=key)
        client(server).memories.create("k", 1, idempotency_key=key)
        list(client(server).events(last_event_id=5))
        list(client(server).events(goal="x", last_event_id=0))
    assert [one.headers["idempotency-key"] for one in server.asked[:2]] == [GOAL["id"]] * 2
    assert [one.headers["last-event-id"] for one in server.asked[2:]] == ["5", "0"]


def nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), nested(100_000), object(), {1, 2}, {(1, 2): 3}])
def test_what_json_cannot_say_is_refused(value):
    with Faulty() as server, pytest.raises(Unsendable, match="cannot be written as JSON"):
        client(server).memories.create("k", value)
    assert server.asked == []


def test_an_address_that_is_too_long_is_refused():
    with Faulty() as server:
        for ask in (lambda one: one.memories.get("a" * 70_000), lambda one: events(one.events(goal="a" * 70_000))):
            with pytest.raises(ExecutorError, match="address"):
                ask(client(server))
    assert server.asked == []


def test_looking_through_a_large_text_takes_no_time():
    request = {"method": "post", "url": "/api/memory", "json": {"value": "ü" * (5 << 20)}}
    began = time.process_time()
    prepared(request)
    assert time.process_time() - began < 0.5
