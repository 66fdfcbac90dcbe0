"""The settings: every variable is documented, every wrong value is a named check and never a traceback."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OF_THE_SUPERVISOR = {"PORT", "HOST", "DATABASE_OWNER_URL"}  # read by executor_one/serve, not by Django
WRONG = {
    "RUNNER_SLOTS": "abc",
    "SIGNUP_RATE": "often",
    "DATABASE_URL": "mysql://x",
    "EXECUTOR_SANDBOX": "maybe",
    "REDIS_URL": "http://x",
    "PUBLIC_URL": "foo",
    "EMAIL_URL": "nonsense",
    "LOG_LEVEL": "loud",
    "TRUSTED_PROXIES": "-1",
    "SECRET_KEY": "short",
    "MEMORY_KEYS": "long-enough-to-be-a-key-0123456789abcdef,short",
    "ALLOWED_HOSTS": ",",
    "ECOSYSTEM_DOMAINS": "@@",
    "DEFAULT_FROM_EMAIL": "nobody",
}


def check(**variables):
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def read_names():
    """The NAMEs of every read("NAME", ...) of settings.py."""
    for node in ast.walk(ast.parse((ROOT / "executor_one/settings.py").read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "read":
            yield ast.literal_eval(node.args[0])


def test_the_example_lists_every_setting():
    listed = re.findall(r"^#?\s?([A-Z][A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert len(listed) == len(set(listed)), "a setting is listed twice"
    assert set(listed) == set(read_names()) | OF_THE_SUPERVISOR


def test_settings_read_the_environment_in_one_way_only():
    text = (ROOT / "executor_one/settings.py").read_text()
    assert "os.environ" not in text
    assert "getenv" not in text


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_value_is_a_named_check(name):
    done = check(**{name: WRONG[name]})
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert f"executor_one.E001) {name} is wrong" in said
    assert f"See {name} in .env.example." in said
    assert "Traceback" not in said


def test_every_wrong_value_is_reported_at_once():
    said = check(**WRONG).stderr
    assert all(f"{name} is wrong" in said for name in WRONG)


def test_the_defaults_are_right():
    done = check()
    assert done.returncode == 0, done.stderr
    assert "executor_one." not in done.stderr


def test_a_sandbox_that_is_off_is_said_aloud():
    assert "executor_one.W001" in check(EXECUTOR_SANDBOX="off").stderr
