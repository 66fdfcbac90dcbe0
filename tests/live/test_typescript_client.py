"""clients/typescript against a real installation: what its README says, and what happens when something goes wrong."""

import json
import re
import time
from secrets import token_hex

import pytest

from tests.live.between import CUT_ANSWER, GATEWAY, LOSE_ANSWER, MOVED, PORTAL, Between
from tests.live.typescript import PACKAGE, README, blocks, run
from webhooks.signing import headers

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]


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
    init = f"{{method: 'POST', headers: {json.dumps(signed)}, body: {json.dumps(body.decode())}}}"
    return (
        f"const request = () => new Request('http://me/', {init});\n"
        f"const genuine = await receive(request(), '{secret}');\n"
        "const other = await receive(request(), 'whsec_other');\n"
        "console.log(`${genuine.status} ${other.status}`);"
    )


def test_it_has_the_version_of_the_api_and_needs_nothing_else(project):
    (version,) = re.findall(
        r"^  version: (\S+)$", (PACKAGE.parents[1] / "docs/reference/openapi.yaml").read_text(), re.MULTILINE
    )
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
        const steps = ["echo one; echo two >&2", "exit 3"];
        const twice = () => client.goals.create("fails", { steps, selfCorrect: false }, { idempotencyKey: "twice" });
        const [bad, twin] = [await twice(), await twice()];
        const failed = await bad.wait({ timeoutMs: 60_000 });
        say([failed === bad, failed.status, failed.isFinished, (await failed.tasks()).map((task) => task.state)]);
        say((await failed.logs()).map(({ task, ...log }) => log));
        say([(await (await failed.retry()).wait()).status, (await bad.retry({ fromTask: 0 })).data.id !== bad.id]);
        const long = await client.goals.create("long", { steps: ["sleep 60"] });
        say([twin.status, (await twin.wait({ timeoutMs: 0 })).status]);
        const late = await long.wait({ timeoutMs: 700 }).catch((error) => error);
        say([late instanceof exo.TimeoutError, late.name]);
        say([(await long.cancel({ reason: "enough" })).status, long.isFinished]);
        """,
        **access,
    )
    assert said[0] == [True, "failed", True, ["completed", "failed"]]
    printed = {"position": 0, "name": "echo one; echo two >&2", "attempt": 1, "isCut": False}
    assert said[1] == [printed | {"stream": "stdout", "text": "one\n"}, printed | {"stream": "stderr", "text": "two\n"}]
    assert said[2:5] == [["failed", True], ["pending", "failed"], [True, "TimeoutError"]]
    assert said[5] == ["cancelled", True]


def test_a_refusal_says_what_to_do(project, access):
    said = project.says(
        """
        const told = (error) =>
            [error.constructor.name, error.status, error.code, error.name, error.receipt.slice(0, 4)];
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
            const client = new Client({ baseUrl: process.env.NETWORK, fetch: timed, timeoutMs: 1000, tries: 2 });
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
            "INSERT INTO billing_plan SELECT (jsonb_populate_record(plan, %s)).* FROM billing_plan plan"
            " WHERE code = 'free' ON CONFLICT DO NOTHING",
            ['{"code": "brisk", "name": "Brisk", "rank": 99, "is_public": false, "goal_cooldown_seconds": 3}'],
        )
    stack.set_plan(account, "brisk")
    said = project.says(
        TIMED + """
        const client = new Client({ fetch: timed });
        for (const name of ["first", "second"]) await client.goals.create(name, { steps: ["true"] });
        say(tries);
        const { goals } = new Client({ longestWaitMs: 0 });
        const hasty = await goals.create("third", { steps: ["true"] }).catch((error) => error);
        say([hasty.constructor.name, hasty.retryAfter > 0, hasty.data.limit]);
        """,
        EXO_URL=stack.url, EXO_API_KEY=brisk.headers["X-Key"],
    )  # fmt: skip
    (_, refused, taken), hasty = said
    assert ([refused[0], taken[0]], hasty) == ([429, 201], ["RateLimited", True, "goal_cooldown_seconds"])
    assert refused[1] * 1000 <= taken[2] - refused[3] < refused[1] * 1000 + 900


def test_a_web_page_and_a_redirect_are_no_answers(project, access, stack):
    with Between(stack.port, PORTAL, MOVED) as network:
        said = project.says(
            """
            const { goals } = new Client({ baseUrl: process.env.NETWORK, tries: 1 });
            for (const name of ["page", "redirect"])
                say(await goals.create(name, { steps: ["true"] }).catch((error) => [error.name, error.message]));
            """,
            **access, NETWORK=network.url,
        )  # fmt: skip
    assert [name for name, _ in said] == ["Unreachable", "Unreachable"]
    assert "answers with a web page" in said[0][1]
    assert "redirect" in said[1][1]
    assert len(network.requests) == 2, "a POST that is redirected must not become a GET"


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
