"""docs/howto/stream-audit-events.md: its commands do what it says, and what it prints is what comes."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from events.heads import sign_heads
from tests.events.audited import PROGRAM, Log, tell
from tests.webhooks.streaming import carry_all
from webhooks.streams import files, formats

PAGE = Path(__file__).parents[2] / "docs/howto/stream-audit-events.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
CURL = re.compile(
    r"^curl -s (?:-X (?P<method>\w+) )?http://127.0.0.1:8000(?P<path>\S+) -H (?P<rest>.*?)(?:-d '(?P<data>.*?)')?$",
    re.MULTILINE,
)


def blocks():
    return [text.replace("\\\n ", "") for text in BLOCK.findall(PAGE.read_text())]


def commands():
    return [found for text in blocks() for found in CURL.finditer(text)]


@pytest.fixture
def allowed(settings, tmp_path):
    settings.OUTBOUND_PORTS = [443, 6514]
    settings.AUDIT_STREAM_DIR = tmp_path / "audit"
    return settings.AUDIT_STREAM_DIR


def test_the_commands_are_those_of_the_api(api, allowed):
    """Each curl of the page, asked of the API itself; STREAM is the last one that was made."""
    stream, statuses = "", []
    for found in commands():
        method = (found["method"] or ("POST" if found["data"] else "GET")).lower()
        more = {"data": found["data"], "content_type": "application/json"} if found["data"] else {}
        answer = getattr(api, method)(found["path"].replace("$STREAM", stream), **more)
        statuses.append(answer.status_code)
        if answer.status_code == 201:
            stream = json.loads(answer.content)["id"]
    assert statuses == [201] * 4 + [202, 200, 200, 204]
    assert sum(text.count("curl ") for text in blocks()) == len(statuses), "none was overlooked"


def test_A14_the_page_s_last_commands_verify_a_file(api, member, allowed, monkeypatch, tmp_path):
    if shutil.which("awk") is None:
        pytest.skip("NOT TESTED: the verifying commands of stream-audit-events, awk is missing")
    monkeypatch.setattr(files, "LARGEST", 4000)
    data = next(found["data"] for found in commands() if '"kind": "file"' in (found["data"] or ""))
    made = json.loads(api.post("/api/v1/audit/streams", data, content_type="application/json").content)
    for _ in range(4):
        tell(member.account, 5)
        carry_all()
    sign_heads()
    assert len(list(allowed.glob("*.jsonl"))) > 1
    twice = (allowed / f"{made['id']}.jsonl").read_text().splitlines(keepends=True)[-1]
    with (allowed / f"{made['id']}.jsonl").open("a") as file:
        file.write(twice)
    assert verify(allowed, made["id"], Log(member.account, member.key)) == (0, True)
    damaged = next(allowed.glob("*.*.jsonl"))
    damaged.write_text("".join(damaged.read_text().splitlines(keepends=True)[1:]))
    assert verify(allowed, made["id"], Log(member.account, member.key)) == (1, False)


def verify(folder, stream, log):
    """(exit, whether nothing was changed) of the page's last block, beside the files that it names."""
    heads = [json.dumps(row) + "\n" for row in log.all("heads")]
    (folder / "heads.jsonl").write_text("".join(heads))
    (folder / "keys.json").write_bytes(log.api.get("/api/v1/audit/keys").content)
    shutil.copy(PROGRAM, folder)
    done = subprocess.run(
        ["sh", "-c", blocks()[-1].replace("python3", sys.executable)],
        cwd=folder, env={"PATH": "/usr/local/bin:/usr/bin:/bin", "STREAM": stream}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return done.returncode, "Nothing was changed" in done.stdout


def test_what_is_printed_is_what_comes():
    event = {"account": "acc_...", "seq": 7, "hash": "...", "type": "key.created"}
    event["createdAt"] = "2026-11-28T18:30:00.123456Z"
    host, text = "executor.example.com", json.dumps(event, separators=(",", ":"))
    printed = [line.strip() for line in PAGE.read_text().splitlines() if line.startswith("    ")]
    assert formats.syslog([event], host).decode().partition(" ")[2].replace(text, "{...}") in printed
    names = list(json.loads(formats.hec([event], host)))
    assert names == list(json.loads(next(line for line in printed if line.startswith('{"time"')).replace("...", "")))
