"""The Python client where something else than the API answers, or nothing: in time, with an error of its own."""

import asyncio
import gzip
import socket
import time

import pytest

from executor_one_client import ApiError, AsyncClient, Client, ExecutorError, Goal, Invalid, Retries, Unreachable
from executor_one_client.sse import Following
from tests.clients.faulty import Answer, Faulty, answer, ending, event, stream

QUICK = Retries(first_pause=0.01, longest_pause=0.01)
GOAL = {"id": "01960b4e-5c00-7000-8000-6f2b1d9c3a10", "state": "executing"}
DEEP = b"[" * 100_000
PACKED = {"body": b"no gzip", "Content_Encoding": "gzip"}


def client(server, retries=QUICK):
    return Client("exo_x", server.url, retries=retries)


# --- errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "told", "errors"),
    [
        ({"errors": [{"code": 1015}]}, "The server answered 422.", {}),
        ({"errors": "bad"}, "The server answered 422.", {}),
        ({"errors": {"f": "bad thing"}}, "The server answered 422. [f: bad thing]", {"f": ["bad thing"]}),
        ({"errors": {"f": [{"a": 1}, "b"], "g": [5]}}, "The server answered 422. [f: b]", {"f": ["b"]}),
        ({"message": 5, "receipt": {}, "name": [], "code": "x"}, "The server answered 422.", {}),
    ],
)
def test_an_error_of_another_form_is_an_error_all_the_same(data, told, errors):
    with Faulty(answer(422, data)) as server, pytest.raises(Invalid) as refused:
        client(server).usage.get()
    error = refused.value
    assert (str(error), error.errors, error.data) == (told, errors, data)
    assert (error.code, error.name, error.receipt) == (422, "", "")


def test_an_error_of_another_form_is_asked_again_where_that_is_of_use():
    odd = (answer(503, {"errors": [1]}), answer(503, {"message": {}}), answer(503, body=DEEP), answer(503, **PACKED))
    with Faulty(*odd, answer(200, {"goals": 1})) as server:
        assert client(server).usage.get() == {"goals": 1}


@pytest.mark.parametrize("pause", ["Fri, 01 Jan 99999999999 00:00:00 GMT", "soon", "-1", ""])
def test_a_Retry_After_that_makes_no_sense_is_none(pause):
    with Faulty(answer(503, {}, Retry_After=pause), answer(200, {})) as server:
        client(server).usage.get()


# --- successes -------------------------------------------------------------------------------------

OTHERS = {
    "half of it": answer(200, body=b'{"apiKey": "exo_sec'), "deep": answer(200, body=DEEP),
    "another encoding": answer(200, body=b'{"id": "\xff"}'), "a list": answer(200, []), "null": answer(200, None),
    "nothing": answer(200, body=b""), "204": Answer(b"HTTP/1.1 204 X\r\nConnection: close\r\n\r\n"),
    "text": answer(200, body=b"ok", Content_Type="text/plain"),
    "a page": answer(200, body=b"<h1>", Content_Type="Text/HTML"),
}  # fmt: skip
OBJECTS = (
    lambda one: one.goals.create("x"), lambda one: one.goals.preview("x"), lambda one: one.goals.get("x"),
    lambda one: one.goals.cancel("x"), lambda one: one.goals.retry("x"), lambda one: one.goals.list(),
    lambda one: one.goals.tasks("x"), lambda one: one.memories.create("k", 1), lambda one: one.memories.get("k"),
    lambda one: one.memories.list(), lambda one: one.memories.recall("q"), lambda one: one.corrections.list(),
    lambda one: one.corrections.get("x"), lambda one: one.keys.list(), lambda one: one.keys.create(),
    lambda one: one.keys.rotate("x"), lambda one: one.usage.get(), lambda one: one.usage.history(),
)  # fmt: skip


def test_no_method_takes_another_s_answer_for_the_api_s():
    with Faulty() as server:
        asking = client(server)
        for ask in OBJECTS:
            for name, other in OTHERS.items():
                server.script.append(other)
                with pytest.raises(ApiError, match="not as the API does") as refused:
                    ask(asking)
                assert refused.value.status in (200, 204), name
                assert "exo_sec" not in str(refused.value)


@pytest.mark.parametrize("data", [{}, {"id": 5, "state": "x", "data": [5], "meta": {}}, {"data": [], "meta": {}}])
def test_members_that_are_missing_are_another_form(data):
    asks = (
        lambda one: one.goals.create("x"), lambda one: one.goals.get("x"), lambda one: one.goals.list(),
        lambda one: one.goals.tasks("x"), lambda one: one.memories.list(), lambda one: one.keys.list(),
    )  # fmt: skip
    with Faulty(*[answer(200, data)] * len(asks)) as server:
        for ask in asks:
            with pytest.raises(ApiError, match="of another form"):
                ask(client(server))


def test_nothing_is_ended_where_another_answers():
    asks = (
        lambda one: one.memories.delete("k"),
        lambda one: one.keys.revoke("x"),
        lambda one: one.corrections.delete("x"),
    )
    with Faulty(*[OTHERS["text"]] * 3, *[OTHERS["204"]] * 3) as server:
        for ask in asks:
            with pytest.raises(ApiError, match="not as the API does"):
                ask(client(server))
        for ask in asks:
            ask(client(server))


def test_what_cannot_be_unpacked_is_asked_for_again_and_then_no_answer():
    body = gzip.compress(b'{"goals": 1}')
    with Faulty(answer(200, **PACKED), answer(200, body=body, Content_Encoding="gzip")) as server:
        assert client(server).usage.get() == {"goals": 1}
        server.script += [answer(200, **PACKED)] * 9
        with pytest.raises(Unreachable, match=r"decompressing.*tried 5 times"):
            client(server).usage.get()


# --- streams ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "data", ["{oops", "[]", "null", '{"data": []}', '{"data": {}, "type": 5}', '{"id": {}}', "[" * 100_000]
)
@pytest.mark.parametrize("kind", ["a.b", "end"])
def test_an_event_that_is_none_is_an_error_and_stands_behind_no_id(data, kind):
    following = Following("6")
    following.connected()
    with pytest.raises(ApiError, match="not as the API does: an event"):
        list(following.feed(f"id: 7\nevent: {kind}\ndata: {data}\n\n".encode()))
    assert following.last_event_id == "6"


@pytest.mark.parametrize("end", ["{}", '{"reason": []}', '{"reason": "x", "message": 5}'])
def test_an_end_of_another_form_is_an_error(end):
    with Faulty(stream(f"event: end\ndata: {end}\n\n")) as server, pytest.raises(ApiError, match="of another form"):
        list(client(server).events())


def test_a_stream_that_cannot_be_unpacked_is_taken_up_again():
    packed = answer(200, Content_Type="text/event-stream", **PACKED)
    with Faulty(packed, stream(event(1), ending("goal_ended"))) as server:
        assert [one.id for one in client(server).events()] == ["1"]


def test_how_long_to_pause_is_believed_within_bounds():
    for told, seconds in (("9" * 5000, 60.0), ("1500", 1.5), ("x", 2.0)):
        following = Following(None)
        following.connected()
        list(following.feed(f"retry: {told}\n\n".encode()))
        assert following.retry == seconds


def whole(*pieces):
    """A stream that is ended properly, not broken off."""
    ended = stream(*pieces)
    return Answer(ended.content.replace(b"HTTP/1.1 200 OK", b"HTTP/1.1 200 OK\r\nConnection: close") + b"0\r\n\r\n")


@pytest.mark.parametrize("kind", [stream, whole])
def test_a_stream_that_leads_on_is_followed_over_any_number_of_connections(kind):
    number = QUICK.patient().tries + 5
    pieces = [kind(f"retry: 1\n\nid: {at}\n: here\n\n{event(at + 1)}") for at in range(number)]
    with Faulty(*pieces, stream(ending("goal_ended"))) as server:
        assert len(list(client(server).events(goal="x"))) == number


@pytest.mark.parametrize("greeting", [["retry: 1\n\n"], ["retry: 1\n\n", "id: 7\n: you stand here\n\n"]])
def test_a_stream_of_which_nothing_comes_is_given_up(greeting):
    tries = QUICK.patient().tries
    with Faulty(*[whole(*greeting)] * (tries * 2)) as server, pytest.raises(Unreachable, match="before it tells any"):
        list(Client("exo_x", server.url, retries=QUICK).events(last_event_id="7"))
    assert len(server.asked) == tries


def test_a_quiet_stream_that_shows_signs_of_life_is_not_given_up():
    quiet = whole("retry: 1\n\nid: 7\n: you stand here\n\n", ": still here\n\n")
    with Faulty(*[quiet] * (QUICK.patient().tries + 5), stream(ending("goal_ended"))) as server:
        assert list(client(server).events(goal="x", last_event_id="7")) == []


# --- time ------------------------------------------------------------------------------------------


@pytest.fixture
def silent():
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


async def asynchronously(url, **options):
    async with AsyncClient("exo_x", url, **options) as asking:
        await asking.usage.get()


def test_no_answer_in_time_is_told_as_that(silent):
    once = {"timeout": 0.2, "retries": Retries(tries=1)}
    for ask in (
        lambda: Client("exo_x", silent, **once).usage.get(),
        lambda: asyncio.run(asynchronously(silent, **once)),
    ):
        with pytest.raises(Unreachable, match=r"gave no answer: timed out$"):
            ask()


def waited(url, timeout):
    """What waiting for a goal ended with, and after how many seconds."""
    goal = Goal(Client("exo_x", url).goals, GOAL)
    began = time.monotonic()
    try:
        goal.wait(timeout)
    except (ExecutorError, TimeoutError) as error:
        return error, time.monotonic() - began
    return None, time.monotonic() - began


def test_waiting_keeps_its_timeout_while_the_server_is_away(silent):
    with Faulty() as server:
        away = server.url
    error, seconds = waited(away, 1)
    assert isinstance(error, TimeoutError)
    assert "was executing after 1 seconds: http" in str(error)
    assert isinstance(error.__cause__.__cause__, Unreachable)
    assert 0.9 < seconds < 2
    error, seconds = waited(silent, 0.5)
    assert isinstance(error, TimeoutError)
    assert seconds < 4


def test_waiting_keeps_its_timeout_while_the_server_has_an_error_or_asks_for_a_pause():
    for other in (answer(503, {}), answer(429, {}, Retry_After="50")):
        with Faulty(*[other] * 9) as server:
            error, seconds = waited(server.url, 1)
        assert isinstance(error, TimeoutError)
        assert 0.9 < seconds < 2
    assert len(server.asked) == 1, "a pause that the server asks for is not cut short"


def test_what_is_no_use_to_wait_for_is_told_at_once():
    for other, kind in ((answer(404, {}), ApiError), (answer(200, {}), ApiError)):
        with Faulty(other) as server:
            error, seconds = waited(server.url, 30)
        assert isinstance(error, kind)
        assert seconds < 5


def test_waiting_asks_for_no_more_than_there_is_time():
    asked = []

    def going(request):
        asked.append(request.path.partition("wait=")[2])
        return answer(200, GOAL)

    with Faulty(*[going] * 20) as server:
        error, seconds = waited(server.url, 2.3)
    assert isinstance(error, TimeoutError)
    assert 2.2 < seconds < 3.5
    assert asked[0] == "2"
    assert max(asked) == "2"
