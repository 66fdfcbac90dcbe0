"""What comes from the server to clients/typescript: streams that break, their bytes, and signed webhooks."""

import json
import os
import signal
import time
from base64 import b64encode
from secrets import token_hex

import pytest

from tests.live.test_faults import pids
from webhooks.signing import headers

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

FOLLOW = """
const opened = async (...all) => { const answer = await fetch(...all); say("open"); return answer; };
const client = new Client({ fetch: opened });
const onReconnect = ({ lastEventId }) => say({ reconnect: lastEventId });
"""


def kill_web(stack):
    for pid in pids(stack, "web"):
        os.kill(pid, signal.SIGKILL)


def test_a_stream_goes_on_behind_the_last_event_when_the_server_was_killed(project, shared_stack):
    stack = shared_stack()
    member = stack.member(f"{token_hex(6)}@example.com")
    access = {"EXO_URL": stack.url, "EXO_API_KEY": member.headers["X-Key"]}
    steps = ["for i in $(seq 60); do echo line $i; sleep 0.1; done"]
    goal = member.post("/api/goals", json={"description": "talk", "semanticPath": steps}).json()["id"]
    program = (
        FOLLOW
        + """
        const waited = client.goals.get(process.env.GOAL).then((goal) => goal.wait());
        for await (const event of client.events({ goal: process.env.GOAL, onReconnect })) say(event);
        say({ waited: (await waited).status });
    """
    )
    with project.running(program, **access, GOAL=goal) as listened:
        listened.until(
            lambda said: "line 10\n" in said.get("data", {}).get("text", "") if isinstance(said, dict) else 0
        )
        kill_web(stack)
        heard = listened.end()
    assert heard[-1] == {"waited": "completed"}, "also who waits rides over it"
    events = [said for said in heard if isinstance(said, dict) and "id" in said]
    assert [said for said in heard if isinstance(said, dict) and "reconnect" in said], "it was cut"
    text = "".join(event["data"]["text"] for event in events if event["type"] == "task.output")
    assert text == "".join(f"line {number}\n" for number in range(1, 61))
    again = project.says(
        "for await (const event of new Client().events({ goal: process.env.GOAL })) say(event);", **access, GOAL=goal
    )
    assert [event["id"] for event in events] == [event["id"] for event in again]
    assert events[-1]["type"] == "goal.completed"


def test_what_happens_in_a_cut_before_the_first_event_is_not_lost(project, shared_stack):
    stack = shared_stack()
    member = stack.member(f"{token_hex(6)}@example.com")
    steps = ["touch begun", "while ! [ -e now ]; do sleep 0.02; done; echo told"]
    member.post("/api/goals", json={"description": "quiet", "semanticPath": steps})
    account = member.get("/api/auth/account").json()["id"]
    program = (
        FOLLOW
        + "for await (const { type } of client.events({ types: ['task.output'], onReconnect })) { say(type); break; }"
    )
    with project.running(program, EXO_URL=stack.url, EXO_API_KEY=member.headers["X-Key"]) as listened:
        listened.until(lambda said: said == "open")
        kill_web(stack)
        assert listened.until(lambda said: "reconnect" in said)["reconnect"], "it knows where it stands"
        touch(stack, account, "now")
        assert listened.end()[-1] == "task.output"


def touch(stack, account, name):
    """Make a file in an account's workspace."""
    with stack.database() as database:
        ((workspace,),) = database.execute("SELECT workspace FROM accounts_account WHERE id = %s", [account]).fetchall()
    (stack.base / "data" / "workspaces" / workspace / name).touch()


def test_a_stream_is_hung_up_and_refused(project, access):
    began = time.monotonic()
    said = project.says(
        """
        const client = new Client();
        const goal = await client.goals.create("talk", { steps: ["echo a", "echo b"] });
        for await (const event of goal.events()) { say(event.type); break; }
        const stop = new AbortController();
        setTimeout(() => stop.abort(), 300);
        try { for await (const event of client.events({ types: ["none.such"], signal: stop.signal })) say(event); }
        catch (error) { say(error.name); }
        const next = async (events) => (await events.next()).value;
        const refused = (options) => next(client.events(options)).catch((error) => error.constructor.name);
        say(await refused({ goal: "01960b4e-5c00-7000-8000-000000000000" }));
        say(await refused({ types: ["a..b"] }));
        const { id, apiKey } = await client.keys.create({ role: "viewer" });
        const cut = next(new Client({ apiKey }).events({ types: ["none.such"] })).catch((error) => error);
        setTimeout(() => client.keys.revoke(id), 500);
        say([(await cut).constructor.name, (await cut).status]);
        """,
        **access,
    )
    assert said == ["goal.created", "AbortError", "NotFound", "Invalid", ["Unauthorized", 401]]
    assert time.monotonic() - began < 20, "nothing that is open holds the program"


def test_messages_are_read_in_any_pieces(project):
    """Each cut of the bytes gives the same, as do the three ends of a line."""
    said = project.says(
        r"""
        const { messages } = await import(process.env.SSE);
        const text = "\ufeffid: 7\n\n: still here\n\n"
            + "retry: 20\nid:8\nevent: a.b\ndata: {\"x\":\ndata:\"\u00e9\u2028\"}\n\ndata: half";
        const read = async (bytes, at) => {
            const found = [];
            const pieces = (async function* () { yield bytes.slice(0, at); yield bytes.slice(at); })();
            for await (const one of messages(pieces)) if (one.id || one.data) found.push(one);
            return JSON.stringify(found);
        };
        const seen = new Set();
        for (const end of ["\n", "\r\n", "\r"]) {
            const bytes = new TextEncoder().encode(text.replaceAll("\n", end));
            for (let at = 0; at <= bytes.length; at++) seen.add(await read(bytes, at));
        }
        say([...seen].map((one) => JSON.parse(one)));
        """,
        SSE=str(project.installed / "dist" / "sse.js"),
    )
    assert said == [
        [
            [
                {"id": "7", "type": "message", "data": ""},
                {"id": "8", "type": "a.b", "data": '{"x":\n"é\u2028"}', "retry": 20},
            ]
        ]
    ]


def test_A_R26_a_webhook_is_verified_as_the_courier_signs_it(project):
    secret, old = "whsec_" + "n" * 38, "whsec_" + "o" * 38
    body = '{"id": "1", "type": "goal.completed", "data": {"text": "naïve \\u0000"}}'.encode()
    now = int(time.time())
    good = headers([secret], "whk_1", now, body)
    cases = {
        "genuine": (good, body, secret),
        "in small letters": ({name.lower(): value for name, value in good.items()}, body, secret),
        "rotated, the new one": (headers([secret, old], "whk_1", now, body), body, secret),
        "rotated, the old one": (headers([secret, old], "whk_1", now, body), body, old),
        "280 s ago": (headers([secret], "whk_1", now - 280, body), body, secret),
        "another body": (good, body + b" ", secret),
        "another secret": (good, body, old),
        "one of two secrets": (good, body, [old, secret]),
        "another id": ({**good, "Webhook-Id": "whk_2"}, body, secret),
        "320 s ago": (headers([secret], "whk_1", now - 320, body), body, secret),
        "in 320 s": (headers([secret], "whk_1", now + 320, body), body, secret),
        "no time": ({**good, "Webhook-Timestamp": "now"}, body, secret),
        "no version": ({**good, "Webhook-Signature": good["Webhook-Signature"][3:]}, body, secret),
        "no signature": ({**good, "Webhook-Signature": ""}, body, secret),
        "no headers": ({}, body, secret),
    }
    given = {name: [sent, b64encode(text).decode(), key] for name, (sent, text, key) in cases.items()}
    (said,) = project.says(
        """
        const verdicts = {};
        for (const [name, [headers, body, secret]] of Object.entries(JSON.parse(process.env.CASES))) {
            const bytes = Buffer.from(body, "base64");
            const bodies = [bytes, bytes.toString(), new Uint8Array(bytes).buffer];
            const ways = bodies.flatMap((body) => [[body, headers], [body, new Headers(headers)]]);
            const verify = (way) => exo.verifyWebhook(...way, secret);
            const tell = (way) => verify(way).then((event) => event.data.text, (error) => error.name);
            verdicts[name] = [...new Set(await Promise.all(ways.map(tell)))];
        }
        say(verdicts);
        """,
        CASES=json.dumps(given),
    )
    genuine = (
        "genuine",
        "in small letters",
        "rotated, the new one",
        "rotated, the old one",
        "one of two secrets",
        "280 s ago",
    )
    assert said == {name: ["naïve \x00"] if name in genuine else ["InvalidSignature"] for name in cases}
