"""The Python client against a server that breaks off, refuses and comes back."""

import asyncio
import time

import pytest

from executor_one_client import (
    ApiError,
    AsyncClient,
    Client,
    Conflict,
    Forbidden,
    NotFound,
    PaymentRequired,
    RateLimited,
    Retries,
    ServerError,
    StreamEnded,
    Unauthorized,
    Unreachable,
    Unsendable,
)
from executor_one_client.sse import Following
from tests.clients.faulty import RESET, Answer, Faulty, answer, ending, event, problem, stream

QUICK = Retries(first_pause=0.01, longest_pause=0.01)
GOAL = {"id": "01960b4e-5c00-7000-8000-6f2b1d9c3a10"}
LIMITS = {"goals": 1}


def client(server, retries=QUICK):
    return Client("exo_x", server.url, retries=retries)


def keys(server):
    return [request.headers.get("idempotency-key") for request in server.asked]


# --- requests --------------------------------------------------------------------------------------


def test_A_R5_a_write_whose_connection_breaks_is_sent_again_with_the_same_key_and_body():
    with Faulty(RESET, Answer(b"HTTP/1.1 201 Cr"), answer(201, GOAL)) as server:
        assert client(server).goals.create("x", steps=["true"]).id == GOAL["id"]
    assert len(set(keys(server))) == 1
    assert len({request.body for request in server.asked}) == 1
    assert len(server.asked) == 3
    assert len(keys(server)[0]) == 36


def test_two_writes_have_two_keys_and_a_key_of_one_s_own_is_sent():
    with Faulty(answer(201, GOAL), answer(201, GOAL), answer(201, GOAL)) as server:
        goals = client(server).goals
        goals.create("x")
        goals.create("x")
        goals.create("x", idempotency_key="mine")
    first, second, third = keys(server)
    assert first != second
    assert third == "mine"


@pytest.mark.parametrize(("steps", "meant"), [("ls", '["ls"]'), ({"type": "shell"}, '[{"type": "shell"}]')])
def test_one_step_that_is_in_no_list_is_refused_before_anything_is_sent(steps, meant):
    async def ask(what):
        async with AsyncClient("exo_x", server.url, retries=QUICK) as asking:
            await getattr(asking.goals, what)("x", steps=steps)

    with Faulty() as server:
        for what in ("create", "preview"):
            for call in (
                lambda what: getattr(client(server).goals, what)("x", steps=steps),
                lambda what: asyncio.run(ask(what)),
            ):
                with pytest.raises(TypeError) as refused:
                    call(what)
                assert str(refused.value) == f"steps: give a list, such as {meant}"
    assert server.asked == []


@pytest.mark.parametrize(
    ("ask", "named"),
    [
        (lambda one: one.memories.get("."), "'.' cannot be an id or a key"),
        (lambda one: one.memories.delete(".."), "'..' cannot be"),
        (lambda one: one.memories.delete(""), "'' cannot be"),
        (lambda one: one.keys.revoke("."), "'.' cannot be"),
        (lambda one: one.goals.tasks(".."), "'..' cannot be"),
        (lambda one: list(one.events(goal="..")), "'..' cannot be"),
        (lambda one: one.goals.create("x", idempotency_key="a\nb"), r"Idempotency-Key cannot be 'a\nb'"),
        (lambda one: one.goals.create("x", idempotency_key="ü"), "Idempotency-Key cannot be 'ü'"),
        (lambda one: one.goals.create("x", idempotency_key=" a"), "Idempotency-Key cannot be ' a'"),
        (lambda one: list(one.events(last_event_id="7\n")), r"Last-Event-ID cannot be '7\n'"),
        (lambda one: one.goals.create("make \ud800 it"), r"""description":"make \ud800' is no text"""),
        (lambda one: one.memories.list(prefix="\udcff"), r"\udcff' is no text"),
    ],
)
def test_what_cannot_be_sent_is_named_and_nothing_is_sent(ask, named):
    with Faulty() as server:
        with pytest.raises(Unsendable) as refused:
            ask(client(server))
        assert server.asked == []
    assert isinstance(refused.value, ValueError)
    assert named in str(refused.value)


def test_dots_and_odd_characters_within_an_id_arrive():
    with Faulty(*[answer(200, {"value": 1})] * 3) as server:
        for key in ("a/../b", "...", "ü \n"):
            client(server).memories.get(key)
    assert [request.path for request in server.asked] == [
        "/api/memory/a%2F..%2Fb?exact=true", "/api/memory/...?exact=true", "/api/memory/%C3%BC%20%0A?exact=true",
    ]  # fmt: skip


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_passes_is_asked_again(status):
    with Faulty(answer(status, body=b"<h1>proxy</h1>"), problem(status), answer(200, LIMITS)) as server:
        assert client(server).usage.get() == LIMITS


def test_who_wants_to_know_is_told_before_each_pause():
    told = []
    with Faulty(RESET, problem(429, Retry_After="0"), answer(200, LIMITS)) as server:
        Client("exo_x", server.url, retries=QUICK, on_retry=told.append).usage.get()
    assert [(type(one.error), one.failed) for one in told] == [(Unreachable, 1), (RateLimited, 2)]
    assert 0 < told[0].pause <= 0.01
    assert told[1].pause == 0


@pytest.mark.parametrize("status", [429, 503])
def test_Retry_After_is_waited_for_exactly(status):
    with Faulty(problem(status, Retry_After="1"), answer(200, LIMITS)) as server:
        began = time.monotonic()
        client(server, Retries(first_pause=30, longest_pause=30)).usage.get()
    assert 1 <= time.monotonic() - began < 10


def test_a_409_in_flight_is_waited_for_and_another_one_is_not():
    with Faulty(problem(409, Retry_After="0"), answer(201, GOAL), problem(409)) as server:
        assert client(server).goals.create("x").id == GOAL["id"]
        with pytest.raises(Conflict):
            client(server).goals.create("x")
    assert keys(server)[0] == keys(server)[1]


def test_a_Retry_After_beyond_a_minute_is_told_instead_of_waited_for():
    with Faulty(problem(429, Retry_After="3600")) as server, pytest.raises(RateLimited) as refused:
        client(server).usage.get()
    assert refused.value.retry_after == 3600
    assert len(server.asked) == 1


def test_it_gives_up_after_some_tries():
    with Faulty(*[problem(503)] * 9) as server, pytest.raises(ServerError):
        client(server).usage.get()
    assert len(server.asked) == Retries().tries
    with pytest.raises(Unreachable, match=r"127.0.0.1.*tried 5 times"):
        client(server).usage.get()


@pytest.mark.parametrize(
    ("status", "kind"), [(402, PaymentRequired), (403, Forbidden), (404, NotFound), (409, Conflict), (418, ApiError)]
)
def test_a_refusal_is_an_exception_that_says_all_and_is_not_asked_again(status, kind):
    with Faulty(problem(status, "no_good")) as server, pytest.raises(kind) as refused:
        client(server).usage.get()
    error = refused.value
    assert (error.status, error.code, error.name, error.receipt) == (status, status, "no_good", "rcp_1")
    assert str(error) == "It is no_good. rcp_1"
    assert len(server.asked) == 1


def test_401_says_what_to_do():
    with Faulty(problem(401)) as server, pytest.raises(Unauthorized, match=r"EXO_API_KEY.*exo login"):
        client(server).usage.get()


def test_fields_that_are_wrong_are_in_the_text():
    data = {"message": "No.", "errors": {"deadline": ["It is past."]}}
    with Faulty(answer(422, data)) as server, pytest.raises(ApiError, match=r"deadline: It is past\."):
        client(server).goals.create("x")


def test_an_answer_that_is_no_answer_of_the_api_is_an_error_with_its_beginning():
    with Faulty(answer(404, body=b"<h1>nginx</h1>")) as server, pytest.raises(NotFound, match="nginx"):
        client(server).usage.get()


def test_a_web_page_instead_of_an_answer_is_an_error():
    page = answer(200, body=b"<h1>Welcome</h1>", Content_Type="text/html")
    with Faulty(page) as server, pytest.raises(ApiError, match="not as the API does: <h1>Welcome"):
        client(server).usage.get()


def test_the_asynchronous_client_tries_again_just_so():
    async def ask():
        async with AsyncClient("exo_x", server.url, retries=QUICK) as asking:
            return await asking.goals.create("x")

    with Faulty(RESET, problem(503), answer(201, GOAL)) as server:
        assert asyncio.run(ask()).id == GOAL["id"]
    assert len(set(keys(server))) == 1


# --- streams ---------------------------------------------------------------------------------------

SOON = "retry: 10\n\n"


def test_a_stream_that_breaks_goes_on_behind_the_last_whole_event():
    half = event(3)[:-9]
    script = (
        stream(SOON, event(1), event(2), half), RESET, problem(503), stream(event(3)[:5], event(3)[5:]),
        stream(SOON, event(4), ending("goal_ended")),
    )  # fmt: skip
    told = []
    with Faulty(*script) as server:
        ids = [one.id for one in client(server).events(goal=GOAL["id"], on_reconnect=told.append)]
    assert ids == ["1", "2", "3", "4"]
    assert [request.headers.get("last-event-id") for request in server.asked] == [None, "2", "2", "2", "3"]
    assert [one.last_event_id for one in told] == ["2", "2", "2", "3"]
    assert [one.failed for one in told][:3] == [1, 2, 3]


def test_a_stream_that_breaks_before_its_first_event_goes_on_where_it_stood():
    with Faulty(stream(SOON, "id: 7\n: you stand here\n\n"), stream(event(8))) as server:
        assert next(iter(client(server).events())).id == "8"
    assert server.asked[1].headers["last-event-id"] == "7"


def test_a_stream_begins_behind_an_id_that_was_kept():
    with Faulty(stream(event(12))) as server:
        assert next(iter(client(server).events(last_event_id="11", types=["a.*", "b.c"]))).id == "12"
    assert server.asked[0].headers["last-event-id"] == "11"
    assert server.asked[0].path == "/api/events?types=a.%2A%2Cb.c"


def test_a_reader_that_was_too_slow_is_connected_again():
    with Faulty(stream(SOON, event(1), ending("too_slow")), stream(event(2))) as server:
        following = iter(client(server).events())
        assert [next(following).id, next(following).id] == ["1", "2"]


@pytest.mark.parametrize(
    ("reason", "kind"), [("unauthorized", Unauthorized), ("forbidden_role", Forbidden), ("something_new", StreamEnded)]
)
def test_a_stream_that_the_server_ends_for_good_raises(reason, kind):
    with Faulty(stream(event(1), ending(reason))) as server, pytest.raises(kind, match=r"Over\."):
        list(client(server).events())


def test_a_stream_that_is_refused_raises_and_is_not_asked_again():
    with Faulty(problem(404)) as server, pytest.raises(NotFound):
        list(client(server).events(goal="x"))


PAGE = answer(200, body=b"<h1>Back soon</h1>", Content_Type="text/html")


def test_a_stream_is_waited_for_while_something_else_answers():
    told = []
    with Faulty(PAGE, answer(200, {}), stream(SOON, event(1))) as server:
        assert next(iter(client(server).events(on_reconnect=told.append))).id == "1"
    assert [(one.reason, one.failed) for one in told] == [
        ("Something else answered.", 1), ("Something else answered.", 2),
    ]  # fmt: skip


def test_a_stream_ends_when_something_else_goes_on_answering():
    async def follow():
        async with AsyncClient("exo_x", server.url, retries=QUICK) as asking:
            return [one async for one in asking.events()]

    tries = QUICK.patient().tries
    with Faulty(*[PAGE] * tries * 3) as server:
        for ask in (lambda: list(client(server).events(goal=GOAL["id"])), lambda: asyncio.run(follow())):
            with pytest.raises(Unreachable, match=r"127.0.0.1:\d+ is not executor.one's API: .*tried 40 times"):
                ask()
    assert len(server.asked) == tries * 2


def test_an_asynchronous_stream_goes_on_too():
    async def follow():
        async with AsyncClient("exo_x", server.url, retries=QUICK) as asking:
            return [one.id async for one in asking.events(goal=GOAL["id"])]

    with Faulty(stream(SOON, event(1)), stream(event(2), ending("goal_ended"))) as server:
        assert asyncio.run(follow()) == ["1", "2"]
    assert server.asked[1].headers["last-event-id"] == "1"


def test_events_are_the_same_in_whatever_pieces_they_come():
    words = "ü\u2028\x85 " * 3
    text = (": comment\r\n\r\n" + event(1, text=words) + event(2)).encode()
    for size in (1, 2, 3, 7, 1000):
        following = Following(None)
        following.connected()
        pieces = [text[at : at + size] for at in range(0, len(text), size)]
        told = [one for piece in pieces for one in following.feed(piece)]
        assert [(one.id, one.data) for one in told] == [("1", {"text": words}), ("2", {})], size


# --- waiting ---------------------------------------------------------------------------------------


def test_waiting_goes_on_while_the_server_is_away():
    going = answer(200, GOAL | {"state": "executing"})
    script = (answer(201, GOAL), going, *[RESET, problem(503)] * 4, going, answer(200, GOAL | {"state": "completed"}))
    with Faulty(*script) as server:
        assert client(server).goals.create("x").wait(timeout=300).status == "completed"
    assert {request.path.partition("?")[2] for request in server.asked[1:]} == {"wait=60"}


def test_waiting_ends_with_TimeoutError():
    with Faulty(answer(201, GOAL), *[answer(200, GOAL | {"state": "executing"})] * 9) as server:
        goal = client(server).goals.create("x")
        with pytest.raises(TimeoutError, match="executing after 0 seconds"):
            goal.wait(timeout=0)
        with pytest.raises(TimeoutError, match="executing after 1 seconds"):
            goal.wait(timeout=1)
    assert server.asked[1].path.endswith("?wait=0")
    assert len(server.asked) < 6, "a server that does not wait is not run over"
