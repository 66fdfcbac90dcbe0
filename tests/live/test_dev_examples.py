"""Every sample of /dev runs as printed, in each of its languages, against a real installation (E1).

They are taken from the Markdown source: one that is added there is run here. Only the address, the key and what
PLACES names are put in; what a sample prints is compared with the answer that the page prints below it.
"""

import ast
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from secrets import token_hex

import pytest

from executor_one.docs import handbook
from tests.live.conftest import ended, run_goal
from tests.live.pages import Page, Terminal, like, printed_json, wait

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

# (sample, language) that is not run, and why not. A new line here is a decision.
NOT_RUN: dict[tuple[str, str], str] = {}
ENDS_WITH = {"ci": 1}  # exit status other than 0: there is no repository in the workspace, and the script says so
STREAMS = {"socket", "monitor"}  # run until they have printed what a goal makes them print, then they are ended
NODE = shutil.which("node")
WITHOUT_NODE = "NODE IS MISSING: no JavaScript sample of /dev was run. Install node 20 or newer."
# Node 20 has its WebSocket behind a flag; what is printed comes out as JSON instead of in colours and shortened.
JAVASCRIPT = """\
const shown = (one) => (typeof one === "string" ? one : JSON.stringify(one));
console.log = (...all) => process.stdout.write(`${all.map(shown).join(" ")}\\n`);
"""


@dataclass(frozen=True)
class Sample:
    """One language of one sample, and the answer printed below it."""

    name: str
    language: str
    text: str
    answer: str

    def __str__(self):
        return f"{self.name}-{self.language}"


def samples():
    found, group = [], []
    for _, code in [*handbook.samples(), (None, None)]:
        if code and code.sample and (not group or group[0].sample == code.sample):
            group.append(code)
            continue
        answer = code.text if code and "answer" in code.options else ""
        found += [Sample(one.sample, one.language, one.text, answer) for one in group]
        group = [code] if code and code.sample else []
    return found


SAMPLES = samples()


def test_E1_every_block_of_the_page_is_a_sample_or_the_answer_to_one():
    loose = [
        f"{file}:{code.line}" for file, code in handbook.samples() if not code.sample and "answer" not in code.options
    ]
    assert not loose
    answers = {code.text for _, code in handbook.samples() if "answer" in code.options}
    assert answers == {one.answer for one in SAMPLES if one.answer}
    assert len({str(one) for one in SAMPLES}) == len(SAMPLES)


def test_what_is_listed_is_there():
    assert {*NOT_RUN} <= {(one.name, one.language) for one in SAMPLES}
    assert {*ENDS_WITH, *STREAMS} <= {one.name for one in SAMPLES}


# --- what stands for the reader's own ---------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def say_that_node_is_missing(request):
    if not NODE:
        terminal = request.config.pluginmanager.getplugin("terminalreporter")
        terminal.write_line(f"\n{WITHOUT_NODE}", red=True, bold=True)


@pytest.fixture
def reader(stack):
    """An account of the sample's own, on a plan that has everything."""
    client = stack.member(f"{token_hex(4)}@example.com")
    yield client
    client.close()


def new_address(stack, reader):
    return f"{token_hex(4)}@example.com"


def known_address(stack, reader):
    email = new_address(stack, reader)
    reader.post("/api/auth/register", json={"email": email, "password": "your-password"}, headers={"Authorization": ""})
    return email


def mailed_token(stack, reader):
    """The token in the mail that a new account is sent."""
    email = known_address(stack, reader)
    found = []

    def arrived():
        mails = [file.read_text(errors="replace") for file in (stack.base / "data" / "mail").glob("*")]
        found.extend(re.findall(r"verify_\w+", mail.replace("=\n", ""))[0] for mail in mails if email in mail)
        return found

    wait("the mail", arrived)
    return found[0]


def ended_goal(stack, reader):
    return run_goal(reader, "echo hello")["id"]


def running_goal(stack, reader):
    """Three of its five tasks are done, and the fourth takes its time."""
    steps = ["true", "true", "true", "sleep 30", "true"]
    goal = reader.post("/api/goals", json={"description": "live", "semanticPath": steps}).json()["id"]

    def three():
        state = reader.get(f"/api/goals/{goal}").json()
        return state["tasksCompleted"] == 3 and state["currentTask"] == "sleep 30"

    wait("three tasks", three)
    return goal


def another_key(stack, reader):
    return reader.post("/api/auth/keys", json={"name": "old"}).json()["id"]


def remembered(stack, reader):
    """What the page stores first, under its own key."""
    value = {"upstream": "app.internal:3000", "ssl": True}
    memory = {"key": "nginx-config", "value": value, "tags": ["infra", "nginx"]}
    assert reader.post("/api/memory", json=memory).status_code == 201
    return "nginx-config"


# {text in a sample: how it is made}; (sample, text) where one sample needs another.
PLACES = {
    "/GOAL_ID": ended_goal,
    "/KEY_ID": another_key,
    "you@example.com": new_address,
    "verify_TOKEN": mailed_token,
    ("login", "you@example.com"): known_address,
    ("goal-status", "/GOAL_ID"): running_goal,
    ("cancel", "/GOAL_ID"): running_goal,
    ("recall", "nginx-config"): remembered,
    ("get-memory", "nginx-config"): remembered,
    ("crystallize", "nginx-config"): remembered,
    ("forget", "nginx-config"): remembered,
}
BEFORE = {"recall": remembered}  # what must be there though the sample does not name it


def filled(sample, stack, reader):
    """(script, {what is printed: what is real})."""
    script, real = sample.text, {}
    for place in {place if isinstance(place, str) else place[1] for place in PLACES}:
        make = PLACES.get((sample.name, place)) or PLACES.get(place)
        if place in script and make:
            real[place] = "/" * place.startswith("/") + make(stack, reader)
    if sample.name in BEFORE and not real:
        BEFORE[sample.name](stack, reader)
    sockets = stack.url.replace("http", "ws", 1)
    real |= {"exo_YOUR_KEY": reader.headers["X-Key"], "wss://executor.one": sockets, "https://executor.one": stack.url}
    for printed, value in real.items():
        script = script.replace(printed, value)
    return script, real


# --- running ----------------------------------------------------------------------------------------


def command(language, script, folder):
    if language == "bash":
        return ["bash", "-c", f'curl() {{ command curl -sS --fail-with-body "$@"; }}\n{script}']
    file = folder / {"python": "sample.py", "javascript": "sample.mjs"}[language]
    file.write_text(JAVASCRIPT + script if language == "javascript" else script)
    return [sys.executable, str(file)] if language == "python" else [NODE, "--experimental-websocket", str(file)]


def parsed(text, language):
    """The last thing printed, as a value."""
    last = text.strip()
    return ast.literal_eval(last) if language == "python" else json.loads(last)


@pytest.mark.parametrize("sample", [one for one in SAMPLES if one.name not in STREAMS], ids=str)
def test_E1_a_sample_runs_as_printed(sample, stack, reader, tmp_path):
    if reason := NOT_RUN.get((sample.name, sample.language)):
        pytest.skip(reason)
    if sample.language == "javascript" and not NODE:
        pytest.skip(WITHOUT_NODE)
    script, real = filled(sample, stack, reader)
    ran = subprocess.run(
        command(sample.language, script, tmp_path),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
        cwd=tmp_path,
    )
    assert ran.returncode == ENDS_WITH.get(sample.name, 0), ran.stdout + ran.stderr
    if sample.answer:
        expected = sample.answer
        for printed, value in real.items():
            expected = expected.replace(printed, value)
        answered = parsed(ran.stdout, sample.language)
        assert like(printed_json(expected), answered), f"{sample} answered {answered}"
    else:
        check = CHECKS.get(sample.name)
        assert check, f"{sample.name} has no answer on the page: say here what must have happened"
        check(ran.stdout, reader, real)


def tasks_were_printed(said, reader, real):
    assert "hello" in said


def key_is_gone(said, reader, real):
    assert real["/KEY_ID"].strip("/") not in [key["id"] for key in reader.get("/api/auth/keys").json()["data"]]


def memory_is_gone(said, reader, real):
    assert reader.get("/api/memory/nginx-config").status_code == 404


def knowledge_was_recalled_and_is_gone(said, reader, real):
    assert "db-credentials" in said
    assert "crystallized" in said
    assert reader.get("/api/memory/db-credentials").status_code == 404


def deployment_failed(said, reader, real):
    assert said.strip() == "Deploy failed"


CHECKS = {
    "tasks": tasks_were_printed,
    "revoke-key": key_is_gone,
    "forget": memory_is_gone,
    "knowledge": knowledge_was_recalled_and_is_gone,
    "ci": deployment_failed,
}


@pytest.mark.parametrize("language", ["bash", "python", "javascript"])
def test_E_R36_the_pipeline_goes_on_when_the_goal_succeeds(language, stack, reader, tmp_path):
    if language == "javascript" and not NODE:
        pytest.skip(WITHOUT_NODE)
    (sample,) = [one for one in SAMPLES if (one.name, one.language) == ("ci", language)]
    script, _ = filled(sample, stack, reader)
    steps = re.compile(r'\[\s*"git pull".*?\]')
    assert steps.search(script)
    ran = subprocess.run(
        command(language, steps.sub('["true"]', script), tmp_path),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (ran.returncode, ran.stdout.strip()) == (0, "Deploy successful"), ran.stderr


# --- streams ----------------------------------------------------------------------------------------

SAYS = {"socket": "goal.completed", "monitor": "Goal done!"}


@pytest.mark.parametrize("sample", [one for one in SAMPLES if one.name in STREAMS], ids=str)
def test_E22_E_R34_a_sample_receives_what_happens(sample, stack, reader, tmp_path):
    if sample.language == "javascript" and not NODE:
        pytest.skip(WITHOUT_NODE)
    script, _ = filled(sample, stack, reader)
    with (tmp_path / "said").open("wb") as said:
        running = subprocess.Popen(
            command(sample.language, script, tmp_path), stdout=said, stderr=said, cwd=tmp_path, start_new_session=True
        )
    try:
        time.sleep(0.5)
        wait(SAYS[sample.name], lambda: completes_and_says(sample, reader, running, tmp_path), 60)
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def completes_and_says(sample, reader, running, folder):
    """Whether a goal that completes now is heard; it is asked again, as the stream may not have been open."""
    run_goal(reader, "echo hello")
    until = time.monotonic() + 5
    while time.monotonic() < until:
        said = (folder / "said").read_text()
        if SAYS[sample.name] in said:
            return True
        assert running.poll() is None, f"{sample} ended: {said}"
        time.sleep(0.1)
    return False


def test_the_how_to_about_watching(stack, reader, tmp_path):
    page = Page("docs/howto/watch-goals.md")
    real = {"http://127.0.0.1:8000": stack.url, "exo_...": reader.headers["X-Key"]}
    terminal = Terminal(tmp_path, dict(os.environ), real)
    try:
        *_, told = terminal.play(page.take("URL="))
    finally:
        terminal.close()
    assert not page.left
    assert "hello" in told
    assert "event: goal.completed" in told


def test_E_R30_the_complex_goal_is_planned(stack, reader):
    """Whoever plans it: with a model, tests/live/test_language_model.py sees it become ten tasks."""
    (sample,) = [one for one in SAMPLES if (one.name, one.language) == ("complex-goal", "bash")]
    script, _ = filled(sample, stack, reader)
    ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    goal = ended(reader, json.loads(ran.stdout)["id"])
    assert goal["state"] == "completed" or "semanticPath" in goal["error"]["message"]
