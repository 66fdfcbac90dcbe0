"""exo on a terminal: the live picture, Ctrl-C, and what comes between it and the server."""

import os
import re
import signal
import time

import pytest

from tests.live.exo import Exo

pytestmark = [pytest.mark.live, pytest.mark.timeout(240)]
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m|\x1b\[[0-9;]*9[0-7]m")
MOVE = re.compile(r"\x1b\[[0-9]*[A-KJ]|\x1b\[\?25[lh]")
ASKED = re.escape("Cancel the goal? It goes on otherwise. [y/N] ")


@pytest.fixture(scope="module")
def exo(stack, client, tmp_path_factory):
    return Exo(tmp_path_factory.mktemp("home"), stack.url, client.headers["X-Key"])


@pytest.fixture
def sleeper(exo, client):
    """A terminal where a goal of a minute is watched and runs."""
    watching = exo.terminal("goal", "sleep a while", "--step", "echo begun; sleep 60", "--watch")
    watching.until("begun")
    watching.until("begun")  # in the name of the task, then as what it printed
    yield watching
    for goal in client.get("/api/goals", params={"state": "executing", "search": "sleep a while"}).json()["data"]:
        client.delete(f"/api/goals/{goal['id']}")


def newest(client):
    return client.get("/api/goals", params={"limit": 1}).json()["data"][0]


# --- the picture -----------------------------------------------------------------------------------


def test_the_picture_has_the_goal_its_tasks_and_what_they_print(exo):
    hostile = r"printf '\033]0;ow''ned\007[bold]x[/] \342\200\256txt\n'; sleep 1; echo last"
    watching = exo.terminal("goal", "draw it", "-s", hostile, "-s", "sleep 0.5; exit 3", "--no-self-correct", "-w")
    watching.until(r"▶.*draw it.*executing")
    watching.until(r"▶.*printf.*running")
    watching.until(r"·.*sleep 0.5.*waiting")
    watching.until(r"\[bold\]x\[/\] txt")
    watching.until(r"✓.*printf.*completed")
    watching.until(r"✗.*draw it.*failed")
    watching.until(r"✗.*sleep 0.5.*failed")
    watching.until("exit code 3")
    assert watching.end() == 3
    assert COLOUR.search(watching.raw)
    assert MOVE.search(watching.raw)
    assert "owned" not in watching.raw
    assert not re.search(r"\x1b[\]PX^_]|[\u202a-\u202e\x80-\x9f]", watching.raw)
    assert watching.raw.rindex("\x1b[?25h") > watching.raw.rindex("\x1b[?25l"), "the cursor is seen again"


def test_no_color_takes_the_colours_and_leaves_the_picture(exo):
    watching = exo.terminal("goal", "grey", "--step", "true", "--watch", NO_COLOR="1")
    assert watching.end() == 0
    assert MOVE.search(watching.raw)
    assert not COLOUR.search(watching.raw)


def test_a_dumb_terminal_gets_plain_lines(exo):
    watching = exo.terminal("goal", "plain", "--step", "echo hi", "--watch", TERM="dumb")
    assert watching.end() == 0
    assert "echo hi | hi" in watching.raw
    assert "\x1b" not in watching.raw


def test_a_goal_with_more_tasks_than_lines_is_drawn(exo):
    steps = [part for number in range(60) for part in ("--step", f"echo {number}")]
    watching = exo.terminal("goal", "many", "--step", "sleep 1", *steps, "--watch")
    watching.until(r"… \d+ more")
    watching.until(r"… \d+ before")
    assert watching.end() == 0


def test_signing_in_on_a_terminal_asks_and_shows_no_key(stack, client, tmp_path):
    key = client.headers["X-Key"]
    signing = Exo(tmp_path).terminal("login")
    signing.until(re.escape("URL [http://127.0.0.1:8000]: "))
    signing.type(f"{stack.url}\n")
    signing.until("API key.*: ")
    signing.type(f"{key}\n")
    assert signing.end() == 0
    assert "Signed in" in signing.raw
    assert key not in signing.raw
    assert Exo(tmp_path)("whoami").code == 0


def test_whoever_is_killed_gives_the_cursor_back(sleeper):
    os.kill(sleeper.pid, signal.SIGTERM)
    assert sleeper.end() == 143
    assert sleeper.raw.rindex("\x1b[?25h") > sleeper.raw.rindex("\x1b[?25l")


# --- Ctrl-C ----------------------------------------------------------------------------------------


def test_ctrl_c_asks_and_no_leaves_the_goal_alone(sleeper, client):
    sleeper.type("\x03")
    sleeper.until(ASKED)
    sleeper.type("\n")
    assert sleeper.end() == 130
    goal = newest(client)
    assert goal["state"] == "executing"
    assert f"The goal goes on. Follow it again: exo watch {goal['id']}" in sleeper.raw


def test_ctrl_c_asks_and_yes_cancels_the_goal(sleeper, client):
    sleeper.type("\x03")
    sleeper.until(ASKED)
    sleeper.type("y\n")
    assert sleeper.end() == 4
    assert newest(client)["state"] == "cancelled"


def test_the_second_ctrl_c_leaves_at_once(sleeper, client):
    sleeper.type("\x03")
    sleeper.until(ASKED)
    sleeper.type("\x03")
    began = time.monotonic()
    assert sleeper.end() == 130
    assert time.monotonic() - began < 5
    assert newest(client)["state"] == "executing"


def test_an_interrupt_without_a_terminal_asks_nobody_and_cancels_nothing(exo, client):
    watching = exo.start("goal", "sleep", "--step", "sleep 60", "--watch")
    watching.until("started: sleep 60")
    watching.interrupt()
    done = watching.end()
    goal = newest(client)
    assert (done.code, goal["state"]) == (130, "executing")
    assert done.err == (
        "Not cancelled: without a terminal nobody is asked. The goal goes on. "
        f"Follow it again: exo watch {goal['id']}\n"
    )
    exo("cancel", goal["id"])


def test_ctrl_c_of_watch_stops_watching_and_asks_nothing(exo, client):
    id = exo("goal", "sleep", "--step", "echo begun; sleep 60").out.strip()
    watching = exo.terminal("watch", id)
    watching.until("── output.*\n.*begun")
    watching.type("\x03")
    assert watching.end() == 130
    assert "Cancel" not in watching.raw
    assert f"exo watch {id}" in watching.raw
    exo("cancel", id)


# --- what comes between ----------------------------------------------------------------------------


def web(stack):
    return next(pid for pid, line in stack.processes().items() if "daphne" in line)


def test_a_server_that_dies_and_comes_back_loses_and_doubles_no_line(shared_stack, tmp_path):
    stack = shared_stack()
    exo = Exo(tmp_path, stack.url, stack.member("exo-cut@example.com").headers["X-Key"])
    count = "for i in $(seq 1 80); do echo line $i; sleep 0.1; done"
    watching = exo.start("goal", "count", "--step", count, "--watch")
    watching.until(r"line 5\n")
    os.kill(web(stack), signal.SIGKILL)
    done = watching.end()
    assert done.code == 0, done.err
    assert re.findall(r"\| line (\d+)$", done.out, re.MULTILINE) == [str(number) for number in range(1, 81)]
    broke, back = done.err.splitlines()
    assert broke.startswith("The connection broke off: ")
    assert back == "Connected again; nothing was missed."
    stack.until("healthy")


def test_an_installation_that_restarts_is_waited_for(shared_stack, tmp_path):
    """All of it: Postgres too. On a terminal the words stand above the picture, which goes on below."""
    stack = shared_stack()
    exo = Exo(tmp_path, stack.url, stack.member("exo-restart@example.com").headers["X-Key"])
    watching = exo.terminal("goal", "restart", "--step", "echo begun; sleep 3; echo over", "--watch")
    watching.until("── output.*\n.*begun")
    stack.stop()
    watching.until("The connection broke off")
    stack.start()
    stack.until("healthy")
    watching.until("Connected again; nothing was missed.")
    watching.until("completed.*")
    assert watching.end() == 0


def test_too_many_requests_are_waited_for_and_said(shared_stack, tmp_path):
    key = shared_stack().member("exo-rate@example.com").headers["X-Key"]
    stack = shared_stack(API_RATE="20/minute", API_BURST="20/minute")
    exo = Exo(tmp_path, stack.url, key)
    said = ""
    for _ in range(30):
        done = exo("usage", "--json")
        assert done.code == 0, done.err
        assert done.json["goals"]
        said += done.err
        if said:
            break
    assert re.fullmatch(r"Too many requests; waiting \d\.0 s, as the server asks\.\n", said)


def test_the_pause_of_a_plan_is_waited_for_and_said(shared_stack, tmp_path):
    """As a 429 of the live server, which says why; the clock of a goal before is set back to make it short."""
    stack = shared_stack()
    exo = Exo(tmp_path, stack.url, stack.member("exo-pause@example.com", plan="free").headers["X-Key"])
    assert exo("goal", "one", "--step", "true", "--watch").code == 0
    with stack.database() as database:
        database.execute("UPDATE goals_goal SET created_at = created_at - interval '57 s' WHERE description = 'one'")
    done = exo("goal", "two", "--step", "true", "--watch")
    assert (done.code, done.err.splitlines()[0].partition(";")[0]) == (0, "Free pauses 60 s between goals")
