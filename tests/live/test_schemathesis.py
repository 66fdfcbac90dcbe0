"""The API against its own document, by schemathesis: made-up requests, valid and not, and every check that it has.

No 5xx, no undocumented status, header or content type, no answer beside its schema, nothing accepted that the document
forbids. What is asked is the same each time (a seed), for so many seconds; SCHEMATHESIS_SECONDS=600 asks longer.
"""

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

CONFIG = Path(__file__).parent / "schemathesis.toml"
SECONDS = int(os.environ.get("SCHEMATHESIS_SECONDS", "75"))
# These end the credential that asks, and so all that would come after them.
ENDINGS = "^/api/(auth/keys/|auth/logout|members|organizations/[^/]*/api-keys/)"
LEAVING = "^/api/(auth/logout|members)"  # a person's own; what is left of ENDINGS a person may do to keys


def ask(stack, credential, phases, seconds, *chosen):
    """One run; its report when something is wrong."""
    command = [
        Path(sys.executable).parent / "schemathesis", "--config-file", CONFIG, "run", f"{stack.url}/api/schema",
        "--header", f"Authorization: Bearer {credential}", "--phases", phases,
        "--mode", "all", "--seed", "7", "--max-examples", "10", "--max-time", str(seconds), "--request-timeout", "30",
        "--workers", "2", "--no-color", *chosen,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=CONFIG.parent)
    assert done.returncode == 0, done.stdout[-12_000:] + done.stderr[-2_000:]
    return done.stdout


@pytest.mark.parametrize(("phases", "seconds"), [("examples,coverage", SECONDS), ("fuzzing", SECONDS // 3)])
def test_A_R1_every_operation_is_as_its_document_says(stack, phases, seconds):
    client = stack.member(f"schemathesis-{phases[:4]}@example.com")
    report = ask(stack, client.headers["X-Key"], phases, seconds, "--exclude-path-regex", ENDINGS)
    assert "Tested:" in report


def test_A_R1_so_is_what_ends_a_key(stack):
    stack.member("schemathesis-person@example.com")
    login = {"email": "schemathesis-person@example.com", "password": "correct-horse-battery-9"}
    token = httpx.post(f"{stack.url}/api/auth/login", json=login, timeout=30).json()["token"]
    report = ask(
        stack,
        token,
        "examples,coverage,fuzzing",
        SECONDS // 3,
        "--include-path-regex",
        ENDINGS,
        "--exclude-path-regex",
        LEAVING,
    )
    assert "Tested:" in report
