"""exo where something else than the API answers, where a value is none, and where output was cut: always in words."""

import json
import signal

import pytest

from executor_one_client.cli.exits import Exit
from executor_one_client.cli.run import run
from tests.clients.faulty import Faulty, answer, ending, event, stream

ID = "01960b4e-5c00-7000-8000-6f2b1d9c3a10"
GOAL = {
    "id": ID, "state": "completed", "description": "x", "tasksCompleted": 1, "tasksTotal": 1, "priority": "normal",
    "createdAt": "2026-11-28T18:30:00Z", "finishedAt": "2026-11-28T18:30:01Z", "error": None,
}  # fmt: skip
OTHERS = {
    "text": answer(200, body=b"ok", Content_Type="text/plain"),
    "nothing": answer(200, body=b""),
    "null": answer(200, None),
    "a list": answer(200, []),
    "an empty object": answer(200, {}),
    "other members": answer(200, {"data": [5], "meta": [], "id": 5, "goals": 1, "tasks": {}}),
    "half of it": answer(200, body=b'{"data": ['),
    "a page": answer(200, body=b"<h1>Welcome</h1>", Content_Type="Text/HTML"),
}
COMMANDS = {
    "goal": ["goal", "x"], "goals": ["goals"], "show": ["goals", "show", ID], "logs": ["logs", ID],
    "cancel": ["cancel", ID], "whoami": ["whoami"], "usage": ["usage"], "corrections": ["corrections"],
    "list": ["memory", "list"], "add": ["memory", "add", "k", "1"], "keys": ["keys", "list"],
    "create": ["keys", "create"], "rotate": ["keys", "rotate", "key_1"],
}  # fmt: skip


@pytest.fixture
def exo(monkeypatch, tmp_path, capsys):
    """Runs a command against a script: the exit code, stdout and stderr."""
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("EXO_API_KEY", "exo_x")

    def ask(words, *script):
        with Faulty(*script) as server:
            monkeypatch.setenv("EXO_URL", server.url)
            code = run(words)
        told = capsys.readouterr()
        ask.asked = server.asked
        return code, told.out, told.err

    return ask


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_another_server_is_told_as_one(exo, words):
    for name, other in OTHERS.items():
        code, out, err = exo(words, other)
        assert (code, out) == (Exit.UNAVAILABLE, ""), f"{name}: {err}"
        assert "is not executor.one's API" in err, name
        assert len(exo.asked) == 1, name


@pytest.mark.parametrize("words", [["memory", "forget", "k"], ["keys", "revoke", "key_1"]])
def test_nothing_is_ended_where_the_answer_is_not_the_api_s(exo, words):
    for name, other in (OTHERS | {"nothing": answer(200, None)}).items():
        code, _, err = exo(words, other)
        if name not in ("null", "nothing"):
            assert code == Exit.UNAVAILABLE, f"{name}: {err}"


def test_errors_of_another_form_are_told_and_keep_their_exit_code(exo):
    for errors in (["a"], "a", {"f": [{"a": 1}]}, 5):
        code, _, err = exo(["whoami"], answer(422, {"errors": errors, "message": 5, "receipt": {}}))
        assert (code, err) == (Exit.USAGE, "The server answered 422.\n")
    assert exo(["whoami"], answer(422, {"errors": {"f": "bad thing"}}))[2] == "The server answered 422. f: bad thing.\n"


# --- values ----------------------------------------------------------------------------------------

DEEP = "[" * 100_000


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("NaN", "NaN is no number in JSON."),
        ('{"a": [-Infinity]}', "-Infinity is no number in JSON."),
        ("1e999", "1e999 is more than a number can be."),
        (DEEP, "This JSON is nested too deeply."),
    ],
    ids=["NaN", "Infinity", "1e999", "deep"],
)
def test_json_of_which_nothing_can_be_made_is_refused(exo, value, why):
    assert exo(["memory", "add", "k", value]) == (Exit.USAGE, "", f"{why} With --text it is taken as a text.\n")
    step = f'{{"type": "shell", "params": {value}}}' if value != DEEP else DEEP
    assert exo(["goal", "x", "--step", step]) == (Exit.USAGE, "", f"{why}\n")
    assert exo.asked == []
    code, _, err = exo(["memory", "add", "k", value, "--text"], answer(201, {"key": "k"}))
    assert (code, err, json.loads(exo.asked[0].body)["value"]) == (Exit.DONE, "Remembered: k\n", value)


# --- output that was cut ---------------------------------------------------------------------------


def story(*, cut):
    told = {"goal": ID, "task": "t", "attempt": 1, "name": "print", "stream": "stdout"}
    output = {"stdout": "1\n", "stderr": "", "stdoutTruncated": cut, "stderrTruncated": False}
    tries = [{"number": 1, "durationMs": 5, "output": output}]
    task = {"id": "t", "position": 0, "name": "print", "state": "completed", "attempts": tries}
    following = stream(
        event(1, "task.started", **told), event(2, "task.output", text="1\n", **told), ending("goal_ended")
    )
    tasks, goal = answer(200, {"data": [task], "meta": {"total": 1, "offset": 0}}), answer(200, GOAL)
    return lambda request: following if "events" in request.path else tasks if "tasks" in request.path else goal


@pytest.mark.parametrize("words", [["logs", "-f", ID], ["watch", ID]])
def test_whoever_follows_is_told_where_output_was_cut(exo, words):
    for cut in (True, False):
        code, out, err = exo(words, *[story(cut=cut)] * 5)
        assert code == Exit.DONE
        assert "1\n" in out
        assert ("is cut" in err) is cut
