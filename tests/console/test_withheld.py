"""Decision 0027: staff see what runs, never with what. A secret in a command has no label that a pattern could find."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.utils import quote
from django.urls import reverse
from django.utils import timezone

from executor_one.kit import tenancy
from goals import effects, loop, withheld
from goals.models import Goal
from tests.console.test_every_screen import name_of, screens

SECRET = "CMDSECRET-112233"
FAILED = {"error_code": "exit_code", "exit_code": 1, "stdout": SECRET, "stderr": SECRET}
STRUCTURED = (
    ({"type": "http-client", "params": {"url": f"https://a.example/services/{SECRET}?a=1"}}, "It was answered 404."),
    (
        {"type": "shell", "params": {"command": "true"}},
        f"It is no success as the task says it: There is no file '{SECRET}' in the workspace.",
    ),
    (
        {"type": "shell", "params": {"command": "true"}},
        f'It is no success as the task says it: $["card number"] is "{SECRET}", not "x".',
    ),
    (
        {"type": "file-writer", "params": {"action": "write", "path": f"a/{SECRET}", "content": "x"}},
        f"'a/{SECRET}' is not a regular file.",
    ),
    (
        {"type": "database", "params": {"engine": "sqlite", "path": "a.db", "sql": f"SELECT {SECRET}"}},
        f"no such column: {SECRET}",
    ),
)


@pytest.fixture
def customer(db, make_member, client_of, work):
    """Goals of every kind whose commands hold a secret, and which failed."""
    member = make_member("customer@example.com", "pro")
    api = client_of(member.key)

    def post(address, **body):
        answer = api.post(address, body, content_type="application/json")
        assert answer.status_code in (200, 201, 202), answer.content
        while work("failed", **FAILED, error=post.error):
            pass

    once = {"selfCorrect": False}
    for step, post.error in STRUCTURED:
        post("/api/goals", description="Of steps", semanticPath=[step], **once)
    post.error = "It ended with exit code 1."
    post("/api/goals", description="Ship it by Monday", semanticPath=[f"echo {SECRET}; false", "true"], **once)
    post("/api/goals", description="By two", semanticPath=[f"T='a {SECRET}' /opt/x/run --fast"], **once)
    long = f"cat {'x' * 250} {SECRET}"
    post("/api/goals", description="Long", semanticPath=[f"/usr/bin/deploy --to {SECRET}", long], **once)
    post("/api/execute", type="shell", params={"command": f"curl -u {SECRET} example.com"})
    post.error = f"'{SECRET}' is not in its output."
    post("/api/goals", description="Checked", semanticPath=["true"], **once)
    post.error = f'$.a is "{SECRET}", not "{SECRET}2".'
    post("/api/goals", description="Checked too", semanticPath=["true"], **once)
    post.error = "It ended with exit code 1."
    post("/api/goals", description="Late", semanticPath=[f"sort {SECRET}"])  # it waits to be tried again
    with tenancy.account_scope(member.account):
        past = timezone.now() - timedelta(seconds=1)
        assert Goal.objects.filter(state="executing").update(deadline=past, wake_at=past) == 1
    loop.tick(member.id)
    return member


def pages(client):
    """Every page of the console, list and row: (address, text)."""
    yield "/admin/", client.get("/admin/").content.decode()
    for model in screens():
        there = reverse(f"admin:{name_of(model)}_changelist")
        yield there, client.get(there).content.decode()
        with tenancy.all_accounts(reason="a test looks"):
            keys = list(model._base_manager.values_list("pk", flat=True)) if model._meta.app_label != "django_q" else []
        for key in keys:
            row = reverse(f"admin:{name_of(model)}_change", args=[quote(key)])
            yield row, client.get(row).content.decode()


def test_no_command_is_on_any_screen(customer, support):
    with tenancy.all_accounts(reason="a test looks"):
        assert any(SECRET in error for error in Goal.objects.values_list("error", flat=True)), "there is one to hide"
    seen = dict(pages(support))
    assert len(seen) > 80
    assert [address for address, text in seen.items() if SECRET in text] == []


def test_what_runs_and_what_people_wrote_is(customer, support):
    tasks = support.get("/admin/goals/task/").content.decode()
    assert all(f"{program} …" in tasks for program in ("echo", "deploy", "curl"))
    goals = support.get("/admin/goals/goal/").content.decode()
    assert "Ship it by Monday" in goals
    assert "echo …: It ended with exit code 1." in goals
    assert withheld.THEIRS in goals
    assert "sort … had failed" in goals
    assert "echo …: It ended with exit code 1." in support.get("/admin/").content.decode()


@pytest.mark.parametrize(
    ("name", "command", "shown"),
    [
        ("echo hi", "echo hi", "echo …"),
        ("echo  hi", "echo\n  hi", "echo …"),
        ("shell: echo hi", "echo hi", "echo …"),
        ("/usr/local/bin/deploy --to x", "/usr/local/bin/deploy --to x", "deploy …"),
        ("TOKEN=x curl y", "TOKEN=x curl y", "shell …"),
        ("'a b' c", "'a b' c", "shell …"),
        ("$(cat x) y", "$(cat x) y", "shell …"),
        ("ls", "ls", "ls"),
        (f"cat {'x' * 10}…", f"cat {'x' * 300}", "cat …"),
        ("first: echo hi", "echo hi", "shell …"),
        ("Build the site", "npm run build", "Build the site"),
    ],
)
def test_a_name_that_is_a_command_is_its_program(name, command, shown):
    assert withheld.name_of(name, "shell", {"command": command}) == shown


@pytest.mark.parametrize(
    ("error", "shown"),
    [
        ("It ended with exit code 1.", "It ended with exit code 1."),
        ("It ended with exit code -9.", "It ended with exit code -9."),
        ("It is no success as the task says it: It was answered 500, not 2xx.",) * 2,
        ("It is no success as the task says it: It ended with exit code 3, not 0, 1 or 2.",) * 2,
        ("It ran longer than its time limit and was killed. It failed again after 2 retries.",) * 2,
        ("No sandbox on this runner, so nothing was run: bwrap: no such file",) * 2,
        ("The host a.example answers nothing. It was not tried again.", f"{withheld.THEIRS} It was not tried again."),
        (f"It was answered 500, not 2xx. {effects.WORDS}",) * 2,
        (f"The host a.example answers nothing. {effects.WORDS}", f"{withheld.THEIRS} {effects.WORDS}"),
        ("x is 5. It was not tried again. SECRET", withheld.THEIRS),
        ("It ended with exit code 1. SECRET", withheld.THEIRS),
        ("SECRET\nIt ended with exit code 1.", withheld.THEIRS),
        ("", ""),
    ],
)
def test_an_error_says_what_quotes_nothing(error, shown):
    assert withheld.error_of(error) == shown


def test_a_goal_that_could_not_be_planned_quotes_nothing():
    said = withheld.error_of_goal("cannot_plan", "Step 1: “SECRET” has no verb that is known. Begin with `make`.", None)
    assert said == "Step 1: “…” has no verb that is known. Begin with `make`."
