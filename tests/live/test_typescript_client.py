"""clients/typescript against a real installation: what its README says, and what happens when something goes wrong."""

import json
import os
import re
import signal
import time
from base64 import b64encode
from secrets import token_hex

import pytest

from tests.live.between import CUT_ANSWER, GATEWAY, LOSE_ANSWER, Between
from tests.live.test_faults import pids
from tests.live.typescript import PACKAGE, README, Project, blocks, need_node, run
from webhooks.signing import headers

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    need_node()
    return Project(tmp_path_factory.mktemp("typescript"))


@pytest.fixture
def access(stack):
    """The environment of somebody with an account of their own."""
    return {"EXO_URL": stack.url, "EXO_API_KEY": stack.member(f"{token_hex(6)}@example.com").headers["X-Key"]}


# --- the package -----------------------------------------------------------------------------------


def test_the_readme_is_a_program_that_does_what_it_says(project, access):
    """Its samples one behind the other, by `tsc --strict`, which finds mistakes; what each prints stands behind it."""
    printed = re.findall(r"console\.log\(.+\); // (.+)", README)
    *others, webhook = blocks("ts")
    project.compile(readme="\n".join([*others, webhook, received()]), mistakes=MISTAKES)
    lines = [line for line in run("node", "readme.js", cwd=project.folder, **access).splitlines() if line]
    assert lines == [*printed, "204 401"]


MISTAKES = """
import { Client, type Event } from "executor-one-client";
const client = new Client();
// @ts-expect-error: a number is no description
await client.goals.create(1);
// @ts-expect-error: there is no such filter
await client.goals.list({ colour: "red" });
// @ts-expect-error: a goal has no such state
await client.goals.list({ status: "done" });
// @ts-expect-error: no event has this type
export const never = (event: Event) => event.type === "goal.nothing";
"""


def received():
    """A genuine request and another one, for the README's function that receives them."""
    secret, body = "whsec_readme", b'{"id": "1", "type": "goal.completed", "timestamp": "", "data": {}}'
    signed = headers([secret], "whk_1", int(time.time()), body)
    request = f"new Request('http://me/', {{method: 'POST', headers: {json.dumps(signed)}, body: {json.dumps(body.decode())}}})"
    return (
        f"const genuine = await receive({request}, '{secret}');\nconst other = await receive({request}, 'whsec_other');\n"
        "console.log(`${genuine.status} ${other.status}`);"
    )


def test_it_has_the_version_of_the_api_and_needs_nothing_else(project):
    (version,) = re.findall(r"^  version: (\S+)$", (PACKAGE.parents[1] / "docs/reference/openapi.yaml").read_text(), re.MULTILINE)
    package = json.loads((PACKAGE / "package.json").read_text())
    lock = json.loads((PACKAGE / "package-lock.json").read_text())
    assert (package["version"], lock["version"]) == (version, version), "npm version in clients/typescript"
    assert f"executor-one-client-{version}.tgz" in README
    assert f"{version} was made from the OpenAPI document of {version}" in README
    assert not package.keys() & {"dependencies", "peerDependencies", "optionalDependencies"}
    assert all(re.fullmatch(r"[0-9.]+", pinned) for pinned in package["devDependencies"].values())
    inside = {path.relative_to(project.installed).parts[0] for path in project.installed.rglob("*")}
    assert inside == {"package.json", "README.md", "dist"}


# --- goals -----------------------------------------------------------------------------------------


def test_a_goal_is_waited_for_cancelled_and_tried_again(project, access):
    said = project.says(
        """
        const client = new Client();
        const bad = await client.goals.create("fails", { steps: ["echo one", "exit 3"], selfCorrect: false });
        const failed = await bad.wait({ timeoutMs: 60_000 });
        say([bad.status, failed.status, failed.hasEnded, (await failed.tasks()).map((task) => task.state)]);
        say([(await (await failed.retry()).wait()).status, (await bad.retry({ fromTask: 0 })).data.id !== bad.id]);
        const long = await client.goals.create("long", { steps: ["sleep 60"] });
        const late = await long.wait({ timeoutMs: 700 }).catch((error) => error);
        say([late instanceof exo.TimeoutError, late.name]);
        say([(await long.cancel({ reason: "enough" })).status, (await client.goals.cancel(long.id)).status]);
        """,
        **access,
    )
    assert said[0] == ["pending", "failed", True, ["completed", "failed"]]
    assert said[1:3] == [["failed", True], [True, "TimeoutError"]]
    assert said[3] == ["cancelled", "cancelled"]


def test_a_refusal_says_what_to_do(project, access):
    said = project.says(
        """
        const told = (error) => [error.constructor.name, error.status, error.code, error.name, error.receipt?.slice(0, 4)];
        const client = new Client();
        say(told(await client.goals.get("01960b4e-5c00-7000-8000-000000000000").catch((error) => error)));
        const invalid = await client.goals.create("").catch((error) => error);
        say([...told(invalid), Object.keys(invalid.errors)]);
        const viewer = await client.keys.create({ role: "viewer" });
        const forbidden = new Client({ apiKey: viewer.apiKey }).goals.create("x", { steps: ["true"] });
        say(told(await forbidden.catch((error) => error)));
        await client.keys.revoke(viewer.id);
        const refused = await new Client({ apiKey: viewer.apiKey }).usage.get().catch((error) => error);
        say([...told(refused), refused instanceof exo.ApiError, refused.message]);
        for (const id of ["", ".", ".."]) say(await client.goals.get(id).catch((error) => error.name));
        """,
        **access,
    )
    assert said[0] == ["NotFound", 404, 404, "not_found", "rcp_"]
    assert said[1] == ["Invalid", 400, 400, "invalid_request", "rcp_", ["description"]]
    assert said[2] == ["Forbidden", 403, 403, "forbidden_role", "rcp_"]
    assert said[3][:6] == ["Unauthorized", 401, 401, "unauthorized", "rcp_", True]
    assert said[3][6].endswith(
        f"Make a key at {access['EXO_URL']}/dashboard/keys and give it as apiKey, or in the environment as EXO_API_KEY."
    )
    assert said[4:] == ["TypeError"] * 3


def test_what_a_client_cannot_be_made_of(project, access):
    said = project.says(
        r"""
        for (const options of [{ apiKey: "" }, { apiKey: "exo_\u00e9" }, { baseUrl: "ftp://x" }, { baseUrl: "x" }])
            try { new Client({ apiKey: "exo_1", ...options }); say("made"); } catch (error) { say(error.message); }
        const kept = new Client({ apiKey: `${process.env.EXO_API_KEY}\n`, baseUrl: `${process.env.EXO_URL}/` });
        say((await kept.usage.get()).goals.used);
        """,
        **access,
    )
    assert said[:3] == [
        "There is no API key: give apiKey, or set EXO_API_KEY.", "apiKey has characters that no API key has.",
        "baseUrl is no web address: ftp://x",
    ]  # fmt: skip
    assert said[3:] == ["baseUrl is no web address: x", 0]


# --- retries ---------------------------------------------------------------------------------------

TIMED = """
const tries = [];
const timed = async (...all) => {
    const began = performance.now();
    const answer = await fetch(...all);
    tries.push([answer.status, Number(answer.headers.get("Retry-After")), began, performance.now()]);
    return answer;
};
"""


def test_a_write_whose_answers_are_lost_is_done_once(project, access, stack):
    with Between(stack.port, LOSE_ANSWER, CUT_ANSWER, GATEWAY) as network:
        said = project.says(
            """
            const client = new Client({ baseUrl: process.env.NETWORK });
            const goal = await client.goals.create("once", { steps: ["echo once"] });
            const { data, meta } = await client.goals.list({ search: "once" });
            say([meta.total, data[0].id === goal.id]);
            """,
            **access, NETWORK=network.url,
        )  # fmt: skip
    assert said == [[1, True]]
    keys = network.sent("Idempotency-Key")
    assert (len(keys), len(set(keys))) == (4, 1)
    assert len(network.requests) == 5, "four tries of the write, and one request that reads, without a key"


def test_who_is_told_that_it_is_being_answered_waits_for_the_answer(project, access, stack):
    with Between(stack.port, LOSE_ANSWER) as network:
        said = project.says(
            TIMED + """
            const client = new Client({ baseUrl: process.env.NETWORK, fetch: timed, timeoutMs: 1000 });
            const slow = { description: "slow", semanticPath: ["sleep 3"] };
            const { data } = await exo.operations.goalsCreate({ client: client.http, body: slow, query: { wait: 30 } });
            say([data.state, tries.map(([status, after]) => [status, after])]);
            """,
            **access, NETWORK=network.url,
        )  # fmt: skip
    ((state, tries),) = said
    assert state == "completed"
    assert tries[0] == [409, 1], "the first one had no answer within timeoutMs"
    assert tries[-1] == [201, 0]
    assert len(set(network.sent("Idempotency-Key"))) == 1


def test_a_pause_is_kept_to_the_second(project, stack):
    brisk = stack.member(f"{token_hex(6)}@example.com", plan="free")
    account = brisk.get("/api/auth/account").json()["id"]
    with stack.database() as database:
        database.execute(
            "INSERT INTO billing_plan SELECT (jsonb_populate_record(plan, %s)).* FROM billing_plan plan WHERE code = 'free'"
            " ON CONFLICT DO NOTHING",
            ['{"code": "brisk", "name": "Brisk", "rank": 99, "is_public": false, "goal_cooldown_seconds": 3}'],
        )
    stack.set_plan(account, "brisk")
    said = project.says(
        TIMED + """
        const client = new Client({ fetch: timed });
        for (const name of ["first", "second"]) await client.goals.create(name, { steps: ["true"] });
        say(tries);
        const hasty = await new Client({ longestWaitMs: 0 }).goals.create("x", { steps: ["true"] }).catch((error) => error);
        say([hasty.constructor.name, hasty.retryAfter > 0, hasty.data.limit]);
        """,
        EXO_URL=stack.url, EXO_API_KEY=brisk.headers["X-Key"],
    )  # fmt: skip
    (_, refused, taken), hasty = said
    assert ([refused[0], taken[0]], hasty) == ([429, 201], ["RateLimited", True, "goal_cooldown_seconds"])
    assert refused[1] * 1000 <= taken[2] - refused[3] < refused[1] * 1000 + 900


def test_nobody_there_is_said_so(project):
    said = project.says(
        """
        const error = await new Client({ tries: 2 }).usage.get().catch((error) => error);
        say([error.name, error.message, error.cause !== undefined]);
        const call = new Client().goals.list({}, { signal: AbortSignal.timeout(300) });
        say((await call.catch((error) => error)).name);
        """,
        EXO_URL="http://127.0.0.1:9999", EXO_API_KEY="exo_1",
    )  # fmt: skip
    assert said[0][0] == "Unreachable"
    assert re.fullmatch(r"http://127.0.0.1:9999 cannot be reached: .*ECONNREFUSED.*Is it running.*", said[0][1])
    assert said[1] == "TimeoutError"


# --- events ----------------------------------------------------------------------------------------

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
    program = FOLLOW + "for await (const event of client.events({ goal: process.env.GOAL, onReconnect })) say(event);"
    with project.running(program, **access, GOAL=goal) as listened:
        listened.until(lambda said: "line 10\n" in said.get("data", {}).get("text", "") if isinstance(said, dict) else 0)
        kill_web(stack)
        heard = listened.end()
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
    program = FOLLOW + "for await (const { type } of client.events({ types: ['task.output'], onReconnect })) { say(type); break; }"
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
        say((await next(client.events({ goal: "01960b4e-5c00-7000-8000-000000000000" })).catch((error) => error)).status);
        say((await next(client.events({ types: ["a..b"] })).catch((error) => error)).constructor.name);
        const { id, apiKey } = await client.keys.create({ role: "viewer" });
        const cut = next(new Client({ apiKey }).events({ types: ["none.such"] })).catch((error) => error);
        setTimeout(() => client.keys.revoke(id), 500);
        say([(await cut).constructor.name, (await cut).status]);
        """,
        **access,
    )
    assert said == ["goal.created", "AbortError", 404, "Invalid", ["Unauthorized", 401]]
    assert time.monotonic() - began < 20, "nothing that is open holds the program"


def test_messages_are_read_in_any_pieces(project):
    """Each cut of the bytes gives the same, as do the three ends of a line."""
    said = project.says(
        r"""
        const { messages } = await import(process.env.SSE);
        const text = "\ufeffid: 7\n\n: still here\n\nretry: 20\nid:8\nevent: a.b\ndata: {\"x\":\ndata:\"\u00e9\u2028\"}\n\ndata: half";
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
        [[{"id": "7", "type": "message", "data": ""}, {"id": "8", "type": "a.b", "data": '{"x":\n"é\u2028"}', "retry": 20}]]
    ]


# --- webhooks --------------------------------------------------------------------------------------


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
        "no secret": (good, body, ""),
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
            const ways = [[bytes, headers], [bytes.toString(), new Headers(headers)], [new Uint8Array(bytes).buffer, headers]];
            const tell = (way) => exo.verifyWebhook(...way, secret).then((event) => event.data.text, (error) => error.name);
            verdicts[name] = [...new Set(await Promise.all(ways.map(tell)))];
        }
        say(verdicts);
        """,
        CASES=json.dumps(given),
    )
    genuine = ("genuine", "in small letters", "rotated, the new one", "rotated, the old one", "280 s ago")
    assert said == {name: ["naïve \x00"] if name in genuine else ["InvalidSignature"] for name in cases}
