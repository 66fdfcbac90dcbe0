"""The page that states a goal: its preview, what it refuses and keeps, and where it leads."""

import json
import re

import pytest

from billing.actions import set_plan
from billing.queries import plan_of
from executor_one.kit.tenancy import account_scope
from goals.actions import execute_directly
from goals.forms import steps_in, steps_out
from goals.models import Goal
from tests.pages.visitors import HTMX, MOST_QUERIES, forms, queries, statements, told, visitor

NEW = "/dashboard/goals/new"
TEXT = {"description": "Install all dependencies and run all tests", "priority": "normal", "self_correct": "on"}


@pytest.fixture
def browser(member):
    return visitor(member)


def preview(browser, **fields):
    answer = browser.post(f"{NEW}/preview", {"priority": "normal", **fields}, headers=HTMX)
    assert answer.status_code == 200, answer.content
    return answer


def rows(answer):
    """The names of the tasks that a preview shows, in order."""
    return re.findall(r'<span class="min-w-0 grow truncate font-semibold" title="([^"]*)">', answer.content.decode())


@pytest.mark.parametrize("fields", [TEXT, {"description": "steps", "steps": "echo one\n\necho two\n"}])
def test_what_the_preview_shows_is_what_then_runs(api, browser, fields):
    shown = rows(preview(browser, **fields))
    answer = browser.post(NEW, {"priority": "normal", **fields})
    assert answer.status_code == 302, answer.content
    goal_id = answer["Location"].rsplit("/", 1)[1]
    ran = [task["name"] for task in api.get(f"/api/goals/{goal_id}/tasks").json()["data"]]
    assert shown == ran
    assert len(ran) == 2


def test_the_preview_says_where_the_tasks_come_from_and_what_they_touch(browser):
    assert "from your steps" in told(preview(browser, description="x", steps="ls"))
    words = told(preview(browser, **TEXT))
    assert "from the words of the description" in words
    assert "touches the files of your workspace; no network" in words
    assert "time unknown" in words


def test_the_preview_of_a_remembered_goal_links_its_tree_and_knows_its_time(api, browser, work):
    api.post("/api/goals", {"description": "x", "semanticPath": ["ls"]}, content_type="application/json")
    work()
    page = preview(browser, description="x", steps="ls")
    assert "remembered from a run that succeeded" in told(page)
    assert "median of 1 run)" in told(page)
    tree = api.get("/api/task-trees").json()["data"][0]["id"]
    assert f'href="/dashboard/trees/{tree}"' in page.content.decode()


def test_the_preview_says_that_the_model_will_be_asked_and_what_cannot_be_planned(browser, settings):
    unknown = {"description": "Ponder the nature of xyzzy"}
    assert "This cannot be planned as it stands" in told(preview(browser, **unknown))
    settings.LLM_BASE_URL, settings.LLM_MODEL = "http://127.0.0.1:9", "none"
    assert "It is asked when the goal runs, not before" in told(preview(browser, **unknown))


@pytest.mark.parametrize("fields", [{"description": "Ponder xyzzy"}, {"description": "x", "steps": "Ponder xyzzy"}])
def test_a_refused_plan_speaks_of_steps_as_the_form_does(browser, fields):
    """The API calls them semanticPath; nobody who reads a page knows that word."""
    goal = browser.post(NEW, {"priority": "normal", **fields})["Location"]
    assert "does not understand" in told(preview(browser, **fields))
    for words in (told(preview(browser, **fields)), told(browser.get(goal)), told(browser.get("/dashboard/goals"))):
        assert not re.search("semantic.?path", words.split("As a command")[0], re.IGNORECASE)


def test_a_preview_states_nothing_and_an_empty_one_teaches(member, browser):
    preview(browser, **TEXT)
    assert "Write what should be reached" in told(preview(browser, description=""))
    with account_scope(member.account):
        assert not Goal.objects.exists()


def test_everything_that_is_written_reaches_the_goal(api, browser):
    body = {"description": "all of it", "steps": "echo a\necho b", "priority": "high", "deadline": "2100-01-02T03:04"}
    answer = browser.post(NEW, body)
    goal = api.get("/api/goals/" + answer["Location"].rsplit("/", 1)[1]).json()
    assert goal["semanticPath"] == ["echo a", "echo b"]
    assert goal["deadline"] == "2100-01-02T03:04:00Z"
    assert (goal["priority"], goal["selfCorrect"]) == ("high", False)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"description": ""}, "may not be blank"),
        ({"description": "x" * 10_001}, "no more than 10000 characters"),
        ({"description": "x", "steps": "\n".join(["ls"] * 201)}, "no more than 200"),
        ({"description": "x", "priority": "huge"}, "huge"),
        ({"description": "keep me", "deadline": "2001-01-01T00:00"}, "The deadline has passed already."),
    ],
)
def test_a_refusal_is_said_in_place_and_keeps_what_was_written(member, browser, fields, words):
    answer = browser.post(NEW, {"priority": "normal", **fields})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert f">\n{fields['description']}</textarea>" in answer.content.decode()
    with account_scope(member.account):
        assert not Goal.objects.exists()


def test_the_end_of_the_month_and_the_pause_keep_what_was_written(make_member, client_of, db):
    member = make_member("free@example.com", plan="free")
    browser = visitor(member)
    assert browser.post(NEW, {"description": "first", "steps": "ls", "priority": "normal"}).status_code == 302
    paused = browser.post(NEW, {"description": "second", "steps": "ls -a", "priority": "normal"})
    assert paused.status_code == 429
    assert int(paused["Retry-After"]) > 0
    assert ">\nsecond</textarea>" in paused.content.decode()
    used = client_of(member.key).get("/api/auth/usage").json()["goals"]["used"]
    assert used == 1, "what was refused is not counted"


def test_change_and_run_again_begins_with_the_goal_and_its_preview(api, browser):
    steps = ["cat <<'E'\n  two\nE", "ls"]
    due = "2126-12-25T12:00:00Z"
    body = {"description": "again", "semanticPath": steps, "priority": "low", "selfCorrect": False, "deadline": due}
    goal_id = api.post("/api/goals", body, content_type="application/json").json()["id"]
    page = browser.get(f"{NEW}?from={goal_id}")
    assert ">\nagain</textarea>" in page.content.decode()
    assert '<option value="low" selected>' in page.content.decode()
    assert 'name="self_correct" checked' not in page.content.decode()
    assert 'value="2126-12-25T12:00"' in page.content.decode()
    assert "2 tasks" in told(page)


def test_a_changed_run_of_an_ended_goal_links_back_and_a_deadline_that_passed_is_left_out(api, member, browser, work):
    body = {"description": "mend me", "semanticPath": ["exit 1"], "selfCorrect": False}
    old = api.post("/api/goals", body, content_type="application/json").json()["id"]
    fields = {"description": "mended", "steps": "true", "priority": "normal", "from": old}
    early = browser.post(NEW, fields)["Location"].rsplit("/", 1)[1]
    assert api.get(f"/api/goals/{early}").json()["retryOf"] is None, "it has not ended, so this is one more"
    while work("failed", exit_code=1):
        pass
    with account_scope(member.account):
        Goal.objects.filter(pk=old).update(deadline="2001-01-01T00:00Z")
    page = browser.get(f"{NEW}?from={old}").content.decode()
    assert f'name="from" value="{old}"' in page
    assert "2001-01-01" not in page
    kept = browser.post(NEW, {**fields, "description": ""}).content.decode()
    assert f'name="from" value="{old}"' in kept, "a refusal keeps the link too"
    answer = browser.post(NEW, fields)
    again = api.get("/api" + answer["Location"].removeprefix("/dashboard")).json()
    assert (again["retryOf"], again["description"], again["tasksCompleted"]) == (old, "mended", 0)
    assert f'href="/dashboard/goals/{old}"' in browser.get(answer["Location"]).content.decode()


def test_a_direct_execution_can_be_changed_into_a_goal(api, member, browser):
    with account_scope(member.account):
        actor = {"plan": plan_of(member.id), "actor": "t"}
        goal = execute_directly(type="shell", params={"command": "ls -la"}, timeout_ms=1000, **actor)
    assert ">\nls -la</textarea>" in browser.get(f"{NEW}?from={goal.pk}").content.decode()


def test_steps_of_several_lines_survive_the_form():
    steps = ["cat <<'E'\n  two\n\nE", "ls", "if true\nthen\n\tls\nfi"]
    assert steps_in(steps_out(steps)) == steps


def test_a_foreign_goal_cannot_be_edited(browser, account_b):
    with account_scope(account_b):
        theirs = Goal.objects.get().pk
    for origin in (theirs, "01900000-0000-7000-8000-000000000000", "nonsense"):
        assert browser.get(f"{NEW}?from={origin}").status_code == 404
        assert browser.post(NEW, {**TEXT, "from": str(origin)}).status_code == 404


def test_the_form_posts_to_itself_with_every_field_labelled(browser):
    page = browser.get(NEW)
    assert forms(page) == set(re.findall(r'id="goal-form" method="post" action="([^"]+)"', page.content.decode()))
    text = page.content.decode()
    for name in ("description", "steps", "priority", "deadline"):
        assert f'for="id_{name}"' in text, name


def test_what_it_costs(browser):
    assert queries(browser, NEW) <= MOST_QUERIES


def test_what_it_asks_where_it_refuses(member, browser):
    with account_scope(member.id):
        set_plan(member.account, "free", actor="test")
    assert browser.post(NEW, TEXT).status_code == 302
    assert browser.post(NEW, TEXT).status_code == 429
    with statements() as sent:
        answer = browser.post(NEW, TEXT)
    assert answer.status_code == 429
    assert 'hx-trigger="load, input' in answer.content.decode()
    assert len(sent) <= MOST_QUERIES


def test_a_line_of_json_is_a_structured_step_and_comes_back_as_one(browser, member):
    structured = '{"type": "shell", "params": {"command": "make"}, "dependsOn": [], "name": "Build"}'
    answer = browser.post(NEW, {"description": "x", "steps": f"{{ echo a; }}\n{structured}", "priority": "normal"})
    assert answer.status_code == 302, answer.content
    with account_scope(member.id):
        goal = Goal.objects.get()
    assert goal.semantic_path == ["{ echo a; }", json.loads(structured)]
    assert "&quot;dependsOn&quot;: []" in browser.get(f"{NEW}?from={goal.pk}").content.decode()


def test_steps_that_wait_for_each_other_are_said_at_the_field(browser, member):
    circle = '{"type": "shell", "params": {"command": "make"}, "dependsOn": [0]}'
    for address in (NEW, f"{NEW}/preview"):
        answer = browser.post(address, {"description": "x", "steps": circle, "priority": "normal"})
        assert "0 -&gt; 0" in answer.content.decode(), address
    with account_scope(member.id):
        assert not Goal.objects.exists()
