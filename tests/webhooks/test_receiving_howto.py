"""docs/howto/receive-webhooks.md: its programs take what is genuine and nothing else, its commands do what it says."""

import json
import re
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from uuid import uuid4

import pytest

from tests.webhooks.receiving import send_due, signed_by, spread_all, tell
from webhooks.signing import headers, signature

PAGE = Path(__file__).parents[2] / "docs/howto/receive-webhooks.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAMS = {"python": [sys.executable], "javascript": ["node"], "perl": ["perl"], "sh": ["sh"]}
WEBHOOKS = "/api/v1/webhooks"


@cache
def blocks(language):
    return [text for name, text in BLOCK.findall(PAGE.read_text()) if name == language]


def program(language):
    """The sample of a language: of the shell the block that verifies, the others are commands."""
    return next(text for text in blocks(language) if "HTTP_WEBHOOK_" in text)


def says(language, folder, secret, request, body=None):
    """Whether the sample of a language takes a request; `request`: the three headers by their last words."""
    command = PROGRAMS[language]
    if shutil.which(command[0]) is None or (language == "sh" and shutil.which("openssl") is None):
        pytest.skip(f"NOT TESTED: the {language} sample of receive-webhooks, {command[0]} or openssl is missing")
    file = folder / f"verify.{language}"
    file.write_text(program(language))
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "WEBHOOK_SECRET": secret}
    environment |= {f"HTTP_WEBHOOK_{name.upper()}": value for name, value in request.items()}
    done = subprocess.run(
        [*command, str(file)], input=body, env=environment, capture_output=True, timeout=60, check=False
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    return done.returncode == 0


def three(request):
    return {name: request.headers[f"webhook-{name}"] for name in ("id", "timestamp", "signature")}


@pytest.mark.parametrize("language", PROGRAMS)
def test_A_R28_the_sample_takes_a_genuine_delivery_and_no_other(language, api, hook, member, receiver, tmp_path):
    made = hook()
    tell(member.account, uuid4())
    spread_all()
    send_due()
    genuine, secret = receiver.requests[0], made["secret"]
    given, body = three(genuine), genuine.body

    def takes(body=body, secret=secret, **changed):
        return says(language, tmp_path, secret, {**given, **changed}, body)

    assert takes()
    assert not takes(body=body + b" ")
    assert not takes(body=body.replace(b"goal.completed", b"goal.cancelled"))
    assert not takes(secret="whsec_another")
    assert not takes(id="whk_another")
    assert not takes(timestamp=str(int(given["timestamp"]) - 1))
    assert not takes(signature="v1=" + "0" * 64)
    assert not takes(signature="")
    assert not takes(signature=given["signature"].removeprefix("v1="))
    assert not takes(timestamp="now")


@pytest.mark.parametrize("language", PROGRAMS)
def test_A_R27_the_sample_takes_nothing_that_is_five_minutes_off(language, tmp_path):
    secret, body = "whsec_" + "a" * 38, '{"data": {"text": "naïve \\u0000"}}'.encode()

    def takes(age):
        moment = int(time.time()) - age
        signed = {"id": "whk_1", "timestamp": str(moment), "signature": signature(secret, "whk_1", moment, body)}
        return says(language, tmp_path, secret, signed, body)

    assert takes(0)
    assert takes(280)
    assert takes(-280)
    assert not takes(320)
    assert not takes(-320)


@pytest.mark.parametrize("language", PROGRAMS)
def test_A_R26_the_sample_takes_either_of_two_signatures(language, tmp_path):
    body, moment = b"{}", int(time.time())
    sent = headers(["whsec_new", "whsec_old"], "whk_1", moment, body)
    both = {"id": "whk_1", "timestamp": str(moment), "signature": sent["Webhook-Signature"]}
    assert both["signature"].count("v1=") == 2
    for secret, is_known in (("whsec_new", True), ("whsec_old", True), ("whsec_other", False)):
        assert says(language, tmp_path, secret, both, body) is is_known


def test_the_commands_are_those_of_the_api(api, receiver):
    """Each curl of the page, asked of the API itself."""
    ids = {"WEBHOOK": "", "DELIVERY": ""}
    asked = re.findall(
        r'^curl -s (?:-X (POST) )?"?http://127.0.0.1:8000(\S+?)"? -H .*?(?:-d \'(.*?)\')?$',
        "\n".join(blocks("sh")).replace("\\\n ", ""), re.MULTILINE,
    )  # fmt: skip
    assert len(asked) == 6
    for method, path, data in asked:
        for name, id in ids.items():
            path = path.replace(f"${name}", id)
        answer = api.post(path, data or "", content_type="application/json") if method or data else api.get(path)
        assert answer.status_code in (200, 201), (path, answer.content)
        body = json.loads(answer.content)
        if path == WEBHOOKS:
            ids["WEBHOOK"] = body["id"]
            assert body["secret"].startswith("whsec_")
        if path.endswith("/test"):
            ids["DELIVERY"] = body["id"]


def test_what_comes_looks_as_the_page_says(hook, member, receiver):
    made = hook()
    tell(member.account, uuid4())
    spread_all()
    send_due()
    request = receiver.requests[0]
    for line in ("Content-Type", "Webhook-Id: whk_", "Webhook-Timestamp", "Webhook-Signature: v1="):
        assert f"\n    {line}" in PAGE.read_text()
        assert line.partition(":")[0].lower() in request.headers
    assert request.headers["webhook-signature"] == signed_by(made["secret"], request)
