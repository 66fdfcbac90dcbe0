"""Corrections and task trees as pages: before and after, masked as in the API, taught by a form, undone at once."""

from __future__ import annotations

from uuid import uuid4

import pytest

from executor_one.kit.tenancy import account_scope
from goals.models import Task
from tests.pages.visitors import HTMX, MOST_QUERIES, forms, queries, same_page, told, visitor

JSON = "application/json"
TOKEN = "ghp_1234567890abcdefghijklmnopqrstuvwxyz"
CHARGE = {
    "failure": {"output": "gadget: unit 7 is not charged", "exitCode": 3},
    "fix": {"kind": "run-before", "command": "touch charged"},
    "reason": "Charge it first",
}
SECRET = {
    "failure": {"output": "deploy: the token is not set"},
    "fix": {"kind": "environment", "set": {"DEPLOY_TOKEN": TOKEN, "MODE": "fast"}},
    "reason": f"Say {TOKEN}",
}
FORM = {"output": "gadget: unit 7 is not charged", "exit_code": "3", "actuator": "shell", "reason": "Because"}


def teach(api, body):
    answer = api.post("/api/corrections", body, content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def tree_of(api, work, description="Say hello", steps=("echo hello",)):
    body = {"description": description, "semanticPath": list(steps)}
    answer = api.post("/api/goals", body, content_type=JSON)
    assert answer.status_code == 201, answer.content
    while work():
        pass
    return api.get("/api/task-trees").json()["data"][0]["id"]


def test_empty_lists_say_what_they_are_for(member):
    client = visitor(member)
    assert "Nothing had to be corrected yet" in told(client.get("/dashboard/corrections"))
    assert "No tree has grown yet" in told(client.get("/dashboard/trees"))


def test_a_correction_is_told_as_before_and_after(member, api):
    one = teach(api, CHARGE)
    client = visitor(member)
    for path in ("/dashboard/corrections", f"/dashboard/corrections/{one}"):
        words = told(client.get(path))
        for part in ("Charge it first", "gadget: unit &lt;name&gt; is not charged", "exit code 3", "touch charged"):
            assert part in words, (path, part)
        assert "not needed so far" in words
        assert "uses" not in words
    assert "taught by people" in told(client.get("/dashboard/corrections"))


def test_a_failure_that_passed_after_a_wait_says_so_in_words(member, api, work):
    """It read "Waiting healed it. 2 s ... not used yet" of something that had just worked."""
    api.post("/api/goals", {"description": "Flaky", "semanticPath": ["flaky"]}, content_type=JSON)
    assert work("failed", exit_code=7, error="exit code 7", stderr="Connection reset by peer") == 1
    with account_scope(member.account):
        wait = Task.objects.get().next_try["wait"]
        Task.objects.update(state="released", retry_at=None, released_at="2026-01-01T00:00Z")
    assert work(exit_code=0) == 1
    client = visitor(member)
    (one,) = api.get("/api/corrections").json()["data"]
    assert one["reason"] == f"After a wait of {wait:g} s the same command worked."
    for path, origin in (("", "learned from a goal of yours"), (f"/{one['id']}", "a goal of yours that worked")):
        words = told(client.get(f"/dashboard/corrections{path}"))
        for part in (one["reason"], origin, "not needed again so far"):
            assert part in words, path
        assert "Last used" not in words


def test_E31_a_correction_tells_how_often_it_worked_and_where(member, api, work):
    one = teach(api, CHARGE)
    command = "[ -e charged ] || { echo gadget: unit 12 is not charged >&2; exit 3; }"
    goal = api.post("/api/goals", {"description": "Run it", "semanticPath": [command]}, content_type=JSON).json()["id"]
    assert work("failed", exit_code=3, stderr="gadget: unit 12 is not charged", error="It ended with exit code 3.") == 1
    assert work() == 1
    page = visitor(member).get(f"/dashboard/corrections/{one}")
    assert "1 of 1 time" in told(page)
    assert f"/dashboard/goals/{goal}" in page.content.decode()
    assert "applied" in [event.type.partition(".")[2] for event in page.context["history"]]


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_a_secret_in_a_fix_is_masked_exactly_as_in_the_api(member, api, client_for, role):
    one = teach(api, SECRET)
    as_api = client_for(member.account, role).get(f"/api/corrections/{one}").json()
    client = visitor(member, role)
    for path in ("/dashboard/corrections", f"/dashboard/corrections/{one}", "/dashboard"):
        page = client.get(path)
        assert TOKEN not in page.content.decode(), path
    page = client.get(f"/dashboard/corrections/{one}")
    assert page.context["reason"] == as_api["reason"]
    assert page.context["change"].after.splitlines()[:-1] == [f"{n}={v}" for n, v in as_api["fix"]["set"].items()]
    assert TOKEN in visitor(member, "developer").get(f"/dashboard/corrections/{one}").content.decode()


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        ({"kind": "run-before", "command": "cd a\r\ntouch b"}, {"kind": "run-before", "command": "cd a\ntouch b"}),
        (
            {"kind": "program", "program": "python", "replacement": "python3"},
            {"kind": "replace-command", "program": "python", "replacement": "python3"},
        ),
        (
            {"kind": "pattern", "pattern": r"--jobs=\d+ ", "replacement": ""},
            {"kind": "replace-command", "pattern": r"--jobs=\d+ ", "replacement": ""},
        ),
        ({"kind": "instead", "command": "true"}, {"kind": "replace-command", "command": "true"}),
        (
            {"kind": "environment", "variables": "A=1\nB=x=y \n"},
            {"kind": "environment", "set": {"A": "1", "B": "x=y "}},
        ),
        ({"kind": "wait", "seconds": "2.5"}, {"kind": "wait", "seconds": 2.5}),
    ],
)
def test_E21_what_the_form_teaches_is_what_the_api_would_keep(member, api, said, fix):
    answer = visitor(member).post("/dashboard/corrections/new", FORM | said)
    assert answer.status_code == 302, told(answer)
    (kept,) = api.get("/api/corrections").json()["data"]
    assert answer.headers["Location"] == f"/dashboard/corrections/{kept['id']}"
    assert (kept["fix"], kept["reason"], kept["source"]) == (fix, "Because", "customer")
    assert kept["signature"] == "shell/exit_3: gadget: unit <name> is not charged"
    again = api.post("/api/corrections", {**CHARGE, "fix": fix}, content_type=JSON)
    assert again.status_code == 200, "the API knows it as the same"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"kind": "run-before"}, "This is needed"),
        ({"kind": "wait", "seconds": "301"}, "300"),
        ({"kind": "pattern", "pattern": "(", "replacement": ""}, "pattern"),
        ({"kind": "environment", "variables": "not a name=1"}, "name"),
        ({"kind": "nonsense"}, "Select a valid choice"),
        ({"kind": "run-before", "command": "true", "output": ""}, "This field is required"),
    ],
)
def test_a_fix_that_cannot_be_kept_is_refused_at_its_field(member, api, said, words):
    answer = visitor(member).post("/dashboard/corrections/new", FORM | said)
    assert answer.status_code == 422
    assert words.lower() in told(answer).lower()
    assert api.get("/api/corrections").json()["meta"]["total"] == 0


def test_E_R18_crystallizing_and_forgetting_do_what_the_api_does(member, api, work):
    one, tree = teach(api, CHARGE), tree_of(api, work)
    client = visitor(member)
    for page, row in (("corrections", one), ("trees", tree)):
        api_path = f"/api/{'task-trees' if page == 'trees' else page}/{row}"
        answer = client.post(f"/dashboard/{page}/{row}/crystallize", headers=HTMX)
        assert "hit-hardens" in answer.content.decode()
        assert api.get(api_path).json()["crystallized"]
        assert "Crystallized" in told(client.get(f"/dashboard/{page}/{row}"))
        answer = client.post(f"/dashboard/{page}/{row}/delete")
        assert answer.headers["Location"] == f"/dashboard/{page}"
        assert api.get(api_path).status_code == 404


def test_E19_a_tree_shows_its_tasks_its_slots_and_the_goal_it_came_from(member, api, work):
    for week in (47, 48):
        tree = tree_of(api, work, f"Report of week {week}", [f"echo week {week} > week-{week}.txt", "true"])
    page = visitor(member).get(f"/dashboard/trees/{tree}")
    words = told(page)
    assert "echo week 47 &gt; week-47.txt" in words
    assert "number in step 1 ; seen: 47 48" in words.replace("step 1;", "step 1 ;")
    assert f"/dashboard/goals/{api.get(f'/api/task-trees/{tree}').json()['learnedFrom']}" in page.content.decode()


def test_foreign_rows_answer_like_random_ones(member, make_member, client_of, work):
    other = client_of(make_member("two@example.com").key)
    theirs = {"corrections": teach(other, CHARGE), "trees": tree_of(other, work)}
    client = visitor(member)
    for page, row in theirs.items():
        for end, ask in (("", client.get), ("/crystallize", client.post), ("/delete", client.post)):
            foreign, random = ask(f"/dashboard/{page}/{row}{end}"), ask(f"/dashboard/{page}/{uuid4()}{end}")
            assert foreign.status_code == random.status_code == 404
            assert same_page(foreign, random)
    assert other.get(f"/api/corrections/{theirs['corrections']}").status_code == 200


def test_a_viewer_sees_no_button_that_would_be_refused(member, api, work):
    one, tree = teach(api, CHARGE), tree_of(api, work)
    client = visitor(member, "viewer")
    for path in ("corrections", f"corrections/{one}", "trees", f"trees/{tree}"):
        page = client.get(f"/dashboard/{path}")
        assert page.status_code == 200
        assert forms(page) == set()
        assert "/corrections/new" not in page.content.decode()
    for path in (f"corrections/{one}/crystallize", f"corrections/{one}/delete", f"trees/{tree}/delete"):
        assert client.post(f"/dashboard/{path}").status_code == 403
    assert client.post("/dashboard/corrections/new", FORM | {"kind": "instead", "command": "true"}).status_code == 403


def test_no_page_of_what_was_learned_asks_more_than_twelve_queries(member, api, work):
    one, tree = teach(api, CHARGE), tree_of(api, work)
    teach(api, SECRET)
    client = visitor(member)
    for path in ("corrections", "corrections?only=mine", "corrections/new", f"corrections/{one}", "trees",
                 f"trees/{tree}"):  # fmt: skip
        assert queries(client, f"/dashboard/{path}") <= MOST_QUERIES, path
