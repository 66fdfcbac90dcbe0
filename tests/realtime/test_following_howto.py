"""docs/howto/follow-events.md: its examples follow a real account, as printed but for the address."""

import json
import os
import re
import subprocess
import sys
import threading
import time

import pytest

from tests.live.pages import blocks, like, printed_json
from tests.realtime.installation import hear

pytestmark = [pytest.mark.live, pytest.mark.timeout(180)]

PAGE = "docs/howto/follow-events.md"
SUBSCRIBED = "new Promise((go) => ws.addEventListener('message', (m) => m.data.includes('subscribed') && go()))"
CHROMIUM = "/usr/bin/chromium"


def example(web, begin):
    """The page's block that begins so, with the address of the test's web."""
    (block,) = [block for block in blocks(PAGE) if block.first.startswith(begin)]
    return block.text.replace("127.0.0.1:8000", f"127.0.0.1:{web.port}")


def until(process, text):
    """What the process prints, up to a line with this text."""
    lines = []
    while not lines or text not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], lines
    return lines


def started(command, **environment):
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **environment})


def test_the_event_that_is_printed_looks_like_one(web, follower):
    with follower.follow() as opened:
        follower.tell(("goal.completed", {"goal": "01x"}))
        event = hear(opened)
    printed = printed_json(example(web, '{"id"'))
    assert like(printed, event | {name: printed[name] for name in ("id", "timestamp")})
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", event["timestamp"])


def test_the_examples_in_curl(web, follower):
    account = started(["bash", "-c", example(web, "curl -sN http")], KEY=follower.key)
    try:
        until(account, "you stand behind")
        goal = follower.goal()
        told = until(account, "event: goal.created")
        assert told
        follower.tell(("task.output", {"goal": goal}), ("goal.completed", {"goal": goal}))
        one = started(["bash", "-c", example(web, 'curl -sN "http')], KEY=follower.key, GOAL=goal)
        whole = one.communicate(timeout=60)[0]
        assert re.findall("event: (.+)", whole)[-2:] == ["goal.completed", "end"]
    finally:
        account.kill()


def test_the_example_in_python_goes_on_after_a_break(web, follower):
    program = started([sys.executable, "-c", example(web, "import asyncio")], KEY=follower.key)
    lines = Lines(program)
    try:
        while not lines.have("goal.completed first"):  # from now on means from when it stands
            follower.tell(("goal.completed", {"goal": "first"}))
            time.sleep(0.5)
        follower.set_plan("free")
        time.sleep(5)  # its socket is closed
        follower.tell(("goal.failed", {"goal": "second"}))
        follower.set_plan("enterprise")
        deadline = time.monotonic() + 60
        while not lines.have("goal.failed second"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert lines.said.count("goal.failed second") == 1
    finally:
        program.kill()


class Lines:
    """What a program has printed so far."""

    def __init__(self, process):
        self.said = []
        threading.Thread(
            target=lambda: [self.said.append(line.strip()) for line in process.stdout], daemon=True
        ).start()

    def have(self, line):
        return line in self.said


@pytest.mark.skipif(
    not os.path.exists(CHROMIUM), reason="LOUD: no Chromium here, so the JavaScript example was not run"
)
def test_the_example_in_javascript(web, follower):
    from playwright.sync_api import sync_playwright

    said = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{web.url}/api/health")
        begin = f"const KEY = {json.dumps(follower.key)};\n" + example(web, "const ws")
        page.evaluate(f"{begin}\n{SUBSCRIBED}")
        follower.tell(("goal.completed", {"goal": "first"}))
        page.wait_for_timeout(50)
        while "done: first" not in said:
            page.wait_for_timeout(50)
        browser.close()
