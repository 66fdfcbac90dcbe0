"""clients/typescript when it is not the API that answers, when nobody does, and what it refuses to send."""

import re

import pytest

from tests.clients.faulty import Answer, Faulty, answer, ending, event, problem, stream

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]
NOWHERE = {"EXO_URL": "http://127.0.0.1:9", "EXO_API_KEY": "exo_1"}

# A client whose answers are made here, and what became of a call: its result, or the error if it is the library's.
STUBBED = """
const answers = (body, status = 200, kind = "application/json") =>
    async () => new Response(body, { status, headers: kind ? { "Content-Type": kind } : {} });
const stubbed = (fetch) => new Client({ fetch, tries: 1 });
const told = (error) => error instanceof exo.Unreachable || error instanceof exo.ApiError
    || error instanceof exo.TimeoutError ? [error.constructor.name, error.message] : ["NOT OURS", String(error)];
const outcome = (call) => Promise.resolve().then(call).then(() => ["answered"], told);
"""
FOLLOW = (
    STUBBED
    + """
const follow = async (options = {}, settings = { tries: 1 }) => {
    const heard = [];
    try { for await (const { id } of new Client(settings).events({ goal: "g", ...options })) heard.push(id); }
    catch (error) { return [heard, ...told(error), error.retryAfter]; }
    return [heard, "over"];
};
"""
)


def text(kind: str, body: str = "ok") -> Answer:
    """A success that is of this content type, and ends as it should."""
    return answer(200, body=body.encode(), Content_Type=kind)


# --- streams ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["text/plain", "application/json", "text/html", "text/event-streams"])
def test_what_is_no_stream_of_events_is_an_error_that_says_so(project, kind):
    with Faulty(*[text(kind)] * 9) as server:
        said = project.says(FOLLOW + "say(await follow());", **NOWHERE | {"EXO_URL": server.url})
    what = "a web page" if kind == "text/html" else kind
    message = f"{server.url} answers with {what}, not as the API does: is baseUrl right?"
    assert said == [[[], "Unreachable", message, None]]
    assert len(server.asked) == 1


def test_a_stream_is_known_whatever_the_letters_and_parameters_of_its_type(project):
    with Faulty(text("TEXT/Event-Stream ;charset=utf-8", event(1) + ending("goal_ended"))) as server:
        assert project.says(FOLLOW + "say(await follow());", **NOWHERE | {"EXO_URL": server.url}) == [[["1"], "over"]]


def test_another_answer_in_place_of_a_stream_is_borne_for_a_while_only(project):
    program = FOLLOW + "say(await follow({ reconnectForMs: 1200 }));"
    with Faulty(
        stream("retry: 1\n\n" + event(1)), text("text/plain"), stream(event(2)), *[text("text/plain")] * 99
    ) as server:
        ((heard, name, message, _),) = project.says(program, **NOWHERE | {"EXO_URL": server.url})
    assert (heard, name) == (["1", "2"], "Unreachable")
    assert "answers with text/plain" in message
    assert len(server.asked) < 12, "what goes on failing is asked less and less often"


def test_a_stream_that_brings_nothing_is_not_followed_for_ever(project):
    """However well each connection begins and ends; one that brings an event each time goes on."""
    program = FOLLOW + "say(await follow({ reconnectForMs: 1200 }));"
    empty = [text("text/event-stream", body) for body in ("", "retry: 1\n\nid: 0\n\n", ": hello\n\n", "<html>\n\n")]
    with Faulty(*empty * 9) as server:
        ((heard, name, message, _),) = project.says(program, **NOWHERE | {"EXO_URL": server.url})
    assert (heard, name) == ([], "Unreachable")
    assert message == f"{server.url} ends every stream of events without an event."
    assert len(server.asked) < 12
    news = [text("text/event-stream", "retry: 1\n\n" + event(number)) for number in range(1, 10)]
    with Faulty(*news, stream(ending("goal_ended"))) as server:
        said = project.says(program, **NOWHERE | {"EXO_URL": server.url})
    assert said == [[[str(number) for number in range(1, 10)], "over"]]
    assert [one.headers.get("last-event-id") for one in server.asked] == [None, *said[0][0]]


def test_a_pause_that_a_stream_is_told_is_kept_or_thrown(project):
    begun = stream("retry: 1\n\n" + event(1))
    timed = FOLLOW + "const began = Date.now(); say(await follow()); say(Date.now() - began);"
    with Faulty(begun, problem(429, "rate_limited", Retry_After="1"), stream(ending("goal_ended"))) as server:
        heard, took = project.says(timed, **NOWHERE | {"EXO_URL": server.url})
    assert (heard, len(server.asked)) == ([["1"], "over"], 3)
    assert took >= 1000
    for status, name in ((429, "RateLimited"), (503, "ServerError")):
        with Faulty(begun, *[problem(status, Retry_After="120")] * 9) as server:
            said = project.says(FOLLOW + "say(await follow({}, {}));", **NOWHERE | {"EXO_URL": server.url})
        assert (said, len(server.asked)) == ([[["1"], name, "It is x.", 120]], 2)


@pytest.mark.parametrize("data", ["{oops", "null", "5", '{"id": "1"}'])
def test_what_is_told_and_is_no_event_is_an_error_in_words(project, data):
    with Faulty(text("text/event-stream", f"id: 1\ndata: {data}\n\n")) as server:
        ((heard, name, message, _),) = project.says(
            FOLLOW + "say(await follow());", **NOWHERE | {"EXO_URL": server.url}
        )
    assert (heard, name) == ([], "Unreachable")
    assert "a stream of something else than events" in message


# --- waiting ---------------------------------------------------------------------------------------

WAIT = (
    STUBBED
    + """
const gone = async () => { throw new TypeError("fetch failed"); };
const hung = (request, { signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
const waited = async (options, ...script) => {
    let asked = 0;
    const stated = answers('{"id": "g1"}', 201);
    const client = new Client({ fetch: (...all) => [stated, ...script][Math.min(asked++, script.length)](...all) });
    const goal = await client.goals.create("x");
    const began = Date.now();
    const became = await goal.wait(options).then(({ status }) => [status], told);
    return { became, took: Date.now() - began, asked: asked - 1 };
};
"""
)


def test_who_waits_is_told_when_the_server_does_not_come_back(project):
    said = project.says(
        WAIT
        + """
        const options = { reconnectForMs: 1200 };
        const page = answers("<html>", 200, "text/html");
        const aways = [gone, page, answers("{}"), answers("{oops"), answers("", 502)];
        (await Promise.all(aways.map((away) => waited(options, away)))).forEach(say);
        """,
        **NOWHERE,
    )
    words = [
        "cannot be reached: fetch failed",
        "a web page",
        'JSON without "id"',
        "JSON that cannot be read",
        "HTTP 502",
    ]
    for one, word in zip(said, words, strict=True):
        assert one["became"][0] == ("ServerError" if "502" in word else "Unreachable")
        assert word in one["became"][1]
        assert 1200 <= one["took"] < 6000
        assert one["asked"] < 8, "less and less often"


def test_who_waits_rides_over_what_passes_and_keeps_the_pause_that_is_told(project):
    said = project.says(
        WAIT
        + """
        const busy = (seconds) => async () => new Response("{}", { status: 429, headers: { "Retry-After": seconds } });
        const done = answers('{"id": "g1", "state": "completed"}');
        const scripts = [[gone, answers("<html>", 200, "text/html"), done], [busy("1"), done], [busy("120"), done]];
        (await Promise.all(scripts.map((script) => waited({}, ...script)))).forEach(say);
        """,
        **NOWHERE,
    )
    assert [one["became"][0] for one in said] == ["completed", "completed", "RateLimited"]
    assert [one["asked"] for one in said] == [3, 2, 1]
    assert said[1]["took"] >= 1000


def test_who_waits_for_so_long_waits_no_longer_because_the_server_is_away(project):
    said = project.says(
        WAIT
        + """
        const options = { timeoutMs: 1000 };
        say(await waited(options, gone));
        say(await waited(options, hung));
        say(await waited(options, gone, hung));
        const aborted = await waited({ signal: AbortSignal.timeout(200) }, hung).catch((error) => error);
        say(aborted);
        say(await waited({ timeoutMs: 2 ** 40 }, answers('{"id": "g1", "state": "failed"}')));
        """,
        **NOWHERE,
    )
    for one, longest in zip(said[:3], (1400, 2900, 1400), strict=True):
        assert one["became"] == ["TimeoutError", "Goal g1 is pending after 1000 ms."]
        assert 1000 <= one["took"] < longest
    assert said[3]["became"][0] == "NOT OURS", "the signal's own reason"
    assert said[3]["took"] < 900
    assert said[4]["became"] == ["failed"]


# --- answers ---------------------------------------------------------------------------------------


def test_an_answer_that_is_not_the_apis_is_an_error_in_words(project):
    said = project.says(
        STUBBED
        + """
        const bodies = [["ok", 200, "text/plain"], ["{}", 200, ""], ["", 201], ["{oops"], ["null"], ["[]"], ["{}"],
            ['{"id": 5}'], ["<p>", 200, "Text/HTML;charset=x"], ["", 204, ""], ["a: b", 200, "text/event-stream"],
            ["x", 200, "application/octet-stream"], ['{"data": 5, "meta": {}}'],
            ['{"data": [], "meta": {}}'], ['{"data": [null], "meta": {"total": 1}}'], ["[".repeat(100000)]];
        const calls = [
            ({ goals }) => goals.create("x"), ({ goals }) => goals.get("g"), ({ goals }) => goals.list(),
            ({ goals }) => goals.preview("x"), ({ goals }) => goals.tasks("g"), ({ goals }) => goals.cancel("g"),
            ({ memories }) => memories.list(), ({ memories }) => memories.create("k", 1),
            ({ corrections }) => corrections.list(), ({ keys }) => keys.create(), ({ usage }) => usage.get(),
        ];
        for (const [body, status = 200, kind] of bodies)
            for (const call of calls)
                say(await outcome(() => call(stubbed(answers(status === 204 ? null : body, status, kind)))));
        """,
        **NOWHERE,
    )
    assert {name for name, *_ in said} == {"Unreachable"}, said
    words = re.compile(r"http://127\.0\.0\.1:9 answers with .+, not as the API does: is baseUrl right\?")
    assert all(words.fullmatch(message) for _, message in said)


def test_what_the_api_answers_is_taken_as_it_comes(project):
    said = project.says(
        STUBBED
        + """
        const with_ = (answer) => ({ client: stubbed(answer).http, throwOnError: true });
        say((await stubbed(answers('{"id": "g", "tomorrow": 1}', 201, "Application/JSON ; x=y")).goals.get("g")).data);
        const file = { path: { path: "a.bin" } };
        const bytes = answers("<html>", 200, "application/octet-stream");
        say(await (await exo.operations.workspaceFilesDownload({ ...with_(bytes), ...file })).data.text());
        await stubbed(answers(null, 204, "")).keys.revoke("k");
        const forgotten = { body: { email: "a@example.com" } };
        await exo.operations.authPasswordForgot({ ...with_(answers("", 202, "")), ...forgotten });
        say(await outcome(() => stubbed(answers('{"errors":"a","message":{"a":1},"name":5}', 400)).usage.get()));
        """,
        **NOWHERE,
    )
    assert said == [{"id": "g", "tomorrow": 1}, "<html>", ["Invalid", "HTTP 400"]]


# --- what is sent ----------------------------------------------------------------------------------


def test_what_json_has_no_word_for_is_not_sent_as_null(project):
    said = project.says(
        STUBBED
        + """
        const sent = [];
        const { goals, memories } = stubbed(async (request) => {
            sent.push(await request.text());
            return answers('{"id": "g"}', 201)();
        });
        const refused = (call) => call.then(() => "sent", (error) => [error.constructor.name, error.message]);
        say(await refused(goals.create("x", { deadline: new Date(NaN) })));
        say(await refused(goals.create("x", { steps: [{ type: "shell", params: { command: "a", n: [1, NaN] } }] })));
        say(await refused(goals.create("x", { steps: ["a", undefined] })));
        for (const value of [NaN, Infinity, new Number(NaN), { toJSON: () => null }])
            say(await refused(memories.create("k", value)));
        say(sent);
        const at = new Date(0);
        await memories.create("k", { n: null, x: undefined, big: 10n, at, list: [1.5, null, at] });
        say(JSON.parse(sent[0]).value);
        """,
        **NOWHERE,
    )
    assert said[0] == ["TypeError", "deadline cannot be sent: JSON has no Invalid Date."]
    assert said[1] == ["TypeError", "semanticPath[0].params.n[1] cannot be sent: JSON has no NaN."]
    assert said[2] == ["TypeError", "semanticPath[1] cannot be sent: JSON has no undefined."]
    assert all(name == "TypeError" and message.startswith("value cannot be sent: ") for name, message in said[3:7])
    assert said[7] == []
    at = "1970-01-01T00:00:00.000Z"
    assert said[8] == {"n": None, "big": "10", "at": at, "list": [1.5, None, at]}


def test_what_is_no_id_asks_for_nothing(project):
    said = project.says(
        STUBBED
        + r"""
        for (const id of [undefined, null, 5, "\ud800", "a\udfffb"])
            say((await stubbed(answers('{"id": "g"}')).goals.get(id).catch((error) => error)).constructor.name);
        say((await stubbed(answers('{"id": "g"}')).goals.get("\ud83d\ude00")).id);
        """,
        **NOWHERE,
    )
    assert said == ["TypeError"] * 5 + ["g"]
