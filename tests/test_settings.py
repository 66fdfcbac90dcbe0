"""The settings: every variable is documented, every wrong value is a named check and never a traceback."""

import ast
import json
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
    "API_RATE": "1000",
    "DATABASE_URL": "mysql://x",
    "EXECUTOR_SANDBOX": "maybe",
    "EXECUTOR_EGRESS": "perhaps",
    "REDIS_URL": "http://x",
    "PUBLIC_URL": "foo",
    "EMAIL_URL": "nonsense",
    "LOG_LEVEL": "loud",
    "TRUSTED_PROXIES": "-1",
    "SECRET_KEY": "short",
    "MEMORY_KEYS": "long-enough-to-be-a-key-0123456789abcdef,short",
    "CREDENTIAL_KEYS": "short",
    "AUDIT_SIGNING_KEYS": "short",
    "ALLOWED_HOSTS": ",",
    "ECOSYSTEM_DOMAINS": "@@",
    "DEFAULT_FROM_EMAIL": "nobody",
    "EXECUTOR_LLM_BASE_URL": "https://user:password@example.com/v1",
    "EXECUTOR_LLM_API_KEY": "two words",
    "EXECUTOR_LLM_SECONDS": "0",
    "PLANNER_SLOTS": "none",
    "OUTBOUND_EXCEPTIONS": "10.0.0.0/33",
    "OUTBOUND_PORTS": "0",
    "DOCKER_ENGINES": "main=tcp://10.0.0.1:2375",
    "DOCKER_IMAGES": "pyth*n:3",
    "STAFF_LOOK_MINUTES": "481",
}


def start(**variables):
    """`manage.py check` as somebody runs it: two seconds."""
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


@pytest.fixture(scope="module")
def check():
    """`check(NAME="value")` -> (status, what was said): the same without its start."""
    checker = subprocess.Popen(
        [sys.executable, "-m", "tests.settings_checker"],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip

    def ask(**variables):
        checker.stdin.write(json.dumps(variables) + "\n")
        checker.stdin.flush()
        answer = json.loads(checker.stdout.readline())
        return answer["status"], answer["said"]

    yield ask
    checker.stdin.close()
    checker.wait(30)


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
def test_a_wrong_value_is_a_named_check(check, name):
    status, said = check(**{name: WRONG[name]})
    assert status == 1, said
    assert f"executor_one.E001) {name} is wrong" in said
    assert f"See {name} in .env.example." in said
    assert "Traceback" not in said


def test_every_wrong_value_is_reported_at_once():
    done = start(**WRONG)
    assert done.returncode == 1
    assert all(f"{name} is wrong" in done.stderr for name in WRONG)
    assert "Traceback" not in done.stderr


def test_the_defaults_are_right(check):
    done = start()
    assert done.returncode == 0, done.stderr
    assert "executor_one." not in done.stderr
    assert check() == (0, done.stdout + done.stderr)


def test_a_sandbox_that_is_off_is_said_aloud(check):
    assert "executor_one.W001" in check(EXECUTOR_SANDBOX="off")[1]


MODEL = {"EXECUTOR_LLM_BASE_URL": "http://127.0.0.1:8080/v1", "EXECUTOR_LLM_MODEL": "some"}


@pytest.mark.parametrize("url", ["ftp://x/v1", "example.com/v1", "https://x/v1?key=1", "https://x/v1#a", "https:///v1"])
def test_an_address_that_no_model_can_have_is_wrong(check, url):
    _, said = check(EXECUTOR_LLM_BASE_URL=url)
    assert "executor_one.E001) EXECUTOR_LLM_BASE_URL is wrong" in said


def test_what_is_wrong_with_a_secret_is_said_without_it(check):
    _, said = check(EXECUTOR_LLM_BASE_URL="https://me:hunter2@example.com/v1", EXECUTOR_LLM_API_KEY="sk hunter2")
    assert "EXECUTOR_LLM_BASE_URL is wrong: it holds a user name or a password" in said
    assert "EXECUTOR_LLM_API_KEY is wrong" in said
    assert "hunter2" not in said


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"EXECUTOR_LLM_BASE_URL": MODEL["EXECUTOR_LLM_BASE_URL"]}, "EXECUTOR_LLM_MODEL"),
        ({"EXECUTOR_LLM_MODEL": "some"}, "EXECUTOR_LLM_BASE_URL"),
        ({"EXECUTOR_LLM_API_KEY": "sk-secret"}, "EXECUTOR_LLM_BASE_URL and EXECUTOR_LLM_MODEL"),
    ],
)
def test_half_a_language_model_is_said_aloud(check, given, missing):
    status, said = check(**given)
    assert status == 0, "everything works without one"
    assert f"executor_one.W003) No language model is used: {missing} is not set." in said
    assert "sk-secret" not in said


def test_a_whole_language_model_is_no_news(check):
    assert "executor_one." not in check(**MODEL, EXECUTOR_LLM_API_KEY="sk-secret")[1]


def test_a_language_model_without_its_client_is_said_aloud(settings, monkeypatch):
    from executor_one import checks

    settings.LLM_BASE_URL, settings.LLM_MODEL = "http://127.0.0.1:8080/v1", "some"
    assert checks.language_model_has_its_client() == []
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    assert [warning.id for warning in checks.language_model_has_its_client()] == ["executor_one.W004"]


def test_a_redis_without_its_channel_layer_is_said_aloud(settings, monkeypatch):
    from executor_one import checks

    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer"}}
    assert checks.redis_has_its_channel_layer() == []
    monkeypatch.setattr(checks, "find_spec", lambda name: None)
    assert [warning.id for warning in checks.redis_has_its_channel_layer()] == ["executor_one.W005"]
    settings.CHANNEL_LAYERS = {}
    assert checks.redis_has_its_channel_layer() == []


def test_the_client_is_imported_only_where_a_model_is_asked():
    code = (
        "import django, sys; django.setup(); import executor_one.urls, goals.tasks, goals.language_model; "
        "sys.exit('openai' in sys.modules)"
    )
    environment = {**os.environ, **MODEL, "DJANGO_SETTINGS_MODULE": "executor_one.settings"}
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
