"""The page of a goal: its tasks and tries, what a hostile program prints, what may be done, what it costs."""

import json
import re
import shlex
import uuid
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from events.actions import event, publish
from executor_one.kit.tenancy import account_scope
from goals.claims import Result, claim, record_cancelled
from goals.models import Attempt, Goal, Task
from tests.pages.visitors import HTMX, MOST_QUERIES, forms, queries, same_page, told, visitor

HOSTILE = (
    "<script>alert(1)</script>\"' onload=x \x1b]8;;javascript:alert(1)\x1b\\link\x1b]8;;\x1b\\ \x1b[31mred\x1b[0m\n"
)


@pytest.fixture
def browser(member):
    return visitor(member)


def state(api, *steps, **more):
    body = {"description": "A goal", "semanticPath": list(steps) or ["ls"], **more}
    answer = api.post("/api/goals", body, content_type="application/json")
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def page(goal_id, query=""):
    return f"/dashboard/goals/{goal_id}{query}"


def shown(answer):
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def log_of(text):
    return "".join(re.findall(r'<pre class="log-chunk".*?</pre>', text, re.DOTALL))


def test_a_goal_tells_its_tasks_in_order_with_what_they_wait_for(api, browser, work):
    goal_id = state(api, "echo one", "echo two")
    work(stdout="one\n", exit_code=0)
    text = shown(browser.get(page(goal_id)))
    rows = re.findall(r'data-position="(\d)" data-needs="(\d?)" data-state="(\w+)"', text)
    assert rows == [("0", "", "completed"), ("1", "0", "released")]
    assert "1 of 2 tasks" in told(browser.get(page(goal_id)))


def test_the_task_of_the_address_is_shown_else_the_one_that_matters(api, browser, work):
    goal_id = state(api, "echo one", "exit 3", "echo three", selfCorrect=False)
    work(stdout="first\n")
    work("failed", exit_code=3, error_code="exit_code", error="It ended with exit code 3.", stderr="bad\n")
    text = shown(browser.get(page(goal_id)))
    assert "bad" in log_of(text)
    assert 'data-log="1.1"' in text
    assert "first" in log_of(shown(browser.get(page(goal_id, "?task=0"))))
    assert 'data-log="1.1"' in shown(browser.get(page(goal_id, "?task=99&try=x")))


def test_of_a_cancelled_goal_the_task_is_shown_that_ran_last(api, browser):
    goal_id = state(api, "sleep 9", "echo end")
    claim(uuid.uuid4(), 1)
    browser.post(page(goal_id, "/cancel"))
    assert re.search(r'id="goal-task"[^>]*data-shown="0\.', shown(browser.get(page(goal_id))))
    assert "It did not run." in told(browser.get(page(goal_id, "?task=1")))


def test_a_cancelled_try_says_how_long_it_ran_and_where(api, member, browser):
    goal_id, runner = state(api, "sleep 900"), uuid.uuid4()
    (lease,) = claim(runner, 1)
    with account_scope(member.account):
        Task.objects.filter(goal=goal_id).update(started_at=timezone.now() - timedelta(minutes=4))
    assert str(runner) in shown(browser.get(page(goal_id))), "while it runs"
    browser.post(page(goal_id, "/cancel"))
    record_cancelled(lease, Result(Attempt.Outcome.CANCELLED), runner=runner)
    answer = browser.get(page(goal_id))
    assert "This try took 4 min" in told(answer)
    assert str(runner) in shown(answer)
    (task,) = api.get(f"/api/goals/{goal_id}/tasks").json()["data"]
    assert 240_000 <= task["attempts"][0]["durationMs"] < 300_000


def test_each_try_has_its_own_output_and_the_healed_one_says_what_healed_it(api, member, browser, work):
    goal_id = state(api, "flaky")
    work("failed", exit_code=7, error_code="exit_code", error="exit code 7", stderr="Connection reset by peer\n")
    with account_scope(member.account):
        Task.objects.filter(goal_id=goal_id).update(state="waiting", retry_at=None)
        Task.objects.filter(goal_id=goal_id).update(state="released", released_at="2026-01-01T00:00Z")
    work(stdout="fine\n", exit_code=0)
    answer = browser.get(page(goal_id))
    assert "Healed" in told(answer)
    assert "was tried again after a wait, and then it succeeded" in told(answer)
    assert "fine" in log_of(shown(answer))
    first = log_of(shown(browser.get(page(goal_id, "?task=0&try=1"))))
    assert "Connection reset" in first
    assert "fine" not in first


def test_what_a_program_prints_is_never_markup(api, browser, work):
    goal_id = state(api, "<img src=x onerror=alert(1)>", description="<b>bold</b>")
    work(stdout=HOSTILE, stderr="</pre><script>alert(2)</script>", error="<i>it</i>", stdout_truncated=True)
    for headers in ({}, HTMX):
        text = shown(browser.get(page(goal_id), headers=headers))
        for tag in ("<script>alert", "<img src=x", "<b>bold", "<i>it", "</pre><script", 'href="javascript'):
            assert tag not in text, tag
        assert "&lt;script&gt;alert(1)" in log_of(text)
        assert "output past 64 KiB was dropped" in text


def test_a_carriage_return_stays_one(api, browser, work):
    goal_id = state(api)
    work(stdout="10%\r100%\n")
    assert "10%&#13;100%" in log_of(shown(browser.get(page(goal_id))))


def test_what_a_running_try_printed_is_in_the_page_with_how_far_it_was_told(api, member, browser):
    goal_id = state(api, "sleep 9")
    (lease,) = claim(uuid.uuid4(), 1)
    about = {"goal": goal_id, "task": str(lease.task_id), "attempt": lease.epoch}
    with account_scope(member.account):
        publish(event("task.output", {**about, "stream": "stdout", "text": "so far \U0001f600\n", "offset": 0}))
        publish(event("task.output", {**about, "stream": "stderr", "text": "hm", "offset": 0}))
        publish(event("task.output", {**about, "attempt": 99, "stream": "stdout", "text": "other", "offset": 0}))
    text = shown(browser.get(page(goal_id)))
    assert 'data-stdout="9" data-stderr="2"' in text
    assert "so far" in log_of(text)
    assert "other" not in log_of(text)
    assert "data-done" not in text


def test_the_stream_goes_on_from_before_the_page_was_read(api, browser, work):
    goal_id = state(api)
    text = shown(browser.get(page(goal_id)))
    newest = api.get(f"/api/goals/{goal_id}/history").json()["events"][-1]["id"]
    assert f'data-stream="/api/goals/{goal_id}/events" data-since="{newest}"' in text


def test_htmx_gets_the_parts_that_change_and_the_log_only_when_it_is_another(api, browser, work):
    goal_id = state(api, "echo one", "echo two")
    work(stdout="one\n")
    swapped = shown(browser.get(page(goal_id, "?task=0&log=0.1"), headers=HTMX))
    for part in ("goal-head", "goal-tasks", "goal-timeline", "goal-task"):
        assert re.search(rf'id="{part}"[^>]*hx-swap-oob="outerMorph"', swapped), part
    assert 'id="goal-log"' not in swapped
    assert 'id="goal-log"' in shown(browser.get(page(goal_id, "?task=0&log=1.0"), headers=HTMX))


def test_cancel_and_retry_are_the_api_s_own_actions(api, browser, work):
    goal_id = state(api, "echo one", "echo two")
    work()
    assert browser.post(page(goal_id, "/cancel")).status_code == 302
    assert api.get(f"/api/goals/{goal_id}").json()["state"] == "cancelled"
    again = browser.post(page(goal_id, "/retry"), {"task": "0"})
    goal = api.get("/api" + again["Location"].removeprefix("/dashboard")).json()
    assert (goal["retryOf"], goal["tasksCompleted"]) == (goal_id, 0)
    refused = browser.post(page(goal_id, "/retry"))
    assert refused.status_code == 409
    assert "being retried already" in told(refused)
    assert browser.post(page(goal_id, "/retry"), {"task": "-1"}).status_code == 422


@pytest.mark.parametrize(
    ("ran", "words"),
    [
        ([(2, 5), (5, 9)], "took 10.0 s (3.0 s waiting, 7.0 s running)"),
        ([(1, 6), (2, 3)], "took 10.0 s (5.0 s waiting, 5.0 s running)"),
        ([(0, 4), (2, 12)], "took 10.0 s (0 ms waiting, 10.0 s running)"),
        ([(None, 4), (None, None)], "took 10.0 s"),
    ],
)
def test_a_goal_has_one_duration_from_stated_to_ended_and_says_where_it_went(api, member, browser, work, ran, words):
    goal_id = state(api, "echo one", "echo two")
    assert re.search(r"data-took>.*?</span> so far", shown(browser.get(page(goal_id))))
    while work():
        pass
    start = timezone.now()
    with account_scope(member.account):
        times = [[at if at is None else start + timedelta(seconds=at) for at in one] for one in ran]
        for position, (began, ended) in enumerate(times):
            Task.objects.filter(position=position).update(started_at=began, finished_at=ended)
        end = start + timedelta(seconds=10)
        Goal.objects.update(created_at=start, started_at=start + timedelta(seconds=1), finished_at=end)
    head = shown(browser.get(page(goal_id))).split("data-took>")[1].split("stated ")[0]
    assert words in " ".join(re.sub("<[^>]+>", "", head).split())
    assert ("waiting" in head) == ("waiting" in words)
    assert "10.0 s" in told(browser.get("/dashboard/goals"))


def primary(answer):
    return re.findall(r"btn-primary[^>]*>(?:<svg.*?</svg>)?([^<]+)", shown(answer))


def test_what_to_do_next_is_to_change_a_goal_that_cannot_be_planned_and_to_retry_one_that_failed(api, browser, work):
    done = state(api, "true")
    work()
    failed = state(api, "exit 1", selfCorrect=False)
    work("failed", exit_code=1)
    unplanned = state(api, "Ponder xyzzy")
    assert primary(browser.get(page(unplanned))) == ["Change and run again"]
    assert "Retry as it is" in told(browser.get(page(unplanned)))
    assert "it does not count against your month" in told(browser.get(page(unplanned)))
    assert primary(browser.get(page(failed))) == ["Retry"]
    for ended in (unplanned, failed, done):
        assert f'href="/dashboard/goals/new?from={ended}"' in shown(browser.get(page(ended)))
    assert "/dashboard/goals/new?from=" not in shown(browser.get(page(state(api, "sleep 9"))))


def test_who_cancels_is_told_what_happens_and_may_say_why(api, browser):
    goal_id = state(api, "sleep 9")
    words = told(browser.get(page(goal_id)))
    assert "Commands that run are stopped within 2 s. What was done stays done." in words
    assert browser.post(page(goal_id, "/cancel"), {"reason": "x" * 501}).status_code == 422
    browser.post(page(goal_id, "/cancel"), {"reason": "<b>Wrong</b> branch"})
    assert "Cancelled because: &lt;b&gt;Wrong&lt;/b&gt; branch" in told(browser.get(page(goal_id)))


def test_a_retry_says_what_it_took_over(api, browser, work):
    goal_id = state(api, "echo one", "exit 1", selfCorrect=False)
    work()
    work("failed")
    again = browser.post(page(goal_id, "/retry"))["Location"]
    words = told(browser.get(f"{again}?task=0"))
    assert "was taken over" in words
    assert "An earlier goal, run again" in words


def test_a_first_success_says_that_it_is_remembered(api, browser, work):
    for words in ("It remembers this now", "Its tasks came from memory"):
        goal_id = state(api, "echo learned")
        assert words not in told(browser.get(page(goal_id)))
        work()
        assert words in told(browser.get(page(goal_id)))


def test_a_viewer_reads_everything_and_may_do_nothing(api, member, browser, work):
    goal_id = state(api, "exit 1", selfCorrect=False)
    open_goal = state(api, "sleep 1")
    work("failed", stderr="why\n")
    assert forms(browser.get(page(goal_id))) == {page(goal_id, "/retry")}
    viewer = visitor(member, "viewer")
    for address in (page(goal_id), page(open_goal)):
        assert forms(viewer.get(address)) == set()
        assert "Change and run again" not in told(viewer.get(address))
    assert "why" in log_of(shown(viewer.get(page(goal_id))))
    for action in ("/cancel", "/retry"):
        assert viewer.post(page(goal_id, action)).status_code == 403


def test_a_foreign_goal_is_like_one_that_never_was(browser, account_b):
    with account_scope(account_b):
        theirs = Goal.objects.get().pk
    nobodys = uuid.uuid4()
    for part in ("", "/log.txt"):
        assert same_page(browser.get(page(theirs, part)), browser.get(page(nobodys, part)))
        assert browser.get(page(theirs, part)).status_code == 404
    for action in ("/cancel", "/retry"):
        assert same_page(browser.post(page(theirs, action)), browser.post(page(nobodys, action)))
        assert browser.post(page(theirs, action)).status_code == 404


def test_the_curl_states_the_same_goal_again(api, browser):
    body = {"description": 'It\'s "quoted"', "semanticPath": ["echo 'a b'", "ls"], "priority": "high"}
    body["deadline"] = "2126-12-25T12:00:00+00:00"
    more = {name: body[name] for name in ("description", "priority", "deadline")}
    goal_id = state(api, *body["semanticPath"], **more)
    block = re.search(
        r'<pre class="code pr-12"[^>]*data-code>(curl.*?)</pre>', shown(browser.get(page(goal_id))), re.DOTALL
    )
    words = shlex.split(unescape(block[1]).replace("\\\n", ""))
    assert json.loads(words[words.index("-d") + 1]) == body
    assert "Authorization: Bearer exo_your_key" in words


def test_the_log_is_a_file_with_every_try_of_every_task_or_of_one(api, browser, work):
    goal_id = state(api, "echo one", "echo two")
    work(stdout="one\n", stdout_truncated=True)
    work(stderr="two\n")
    answer = browser.get(page(goal_id, "/log.txt"))
    assert answer["Content-Disposition"] == f'attachment; filename="goal-{goal_id}.log"'
    text = shown(answer)
    assert text.index("one\n[stdout: output past 64 KiB was dropped]") < text.index("[stderr]\ntwo")
    assert "two" not in shown(browser.get(page(goal_id, "/log.txt?task=0"))).split("echo one", 1)[1]


def test_a_large_goal_has_no_graph_but_its_list(api, browser):
    goal_id = state(api, *[f"echo {at}" for at in range(151)])
    text = shown(browser.get(page(goal_id)))
    assert "data-graph" not in text
    assert text.count("data-position=") == 151


def test_what_a_secret_fix_set_is_hidden(api, member, browser, work):
    goal_id = state(api, "./deploy")
    work("failed", exit_code=1)
    command = "export API_TOKEN='hunter2secret99'\ncurl -H hunter2secret99 x"
    with account_scope(member.account):
        task = Task.objects.get(goal_id=goal_id)
        for number, params in ((8, {"command": command}), (9, {"command": "curl -H hunter2secret99 y"})):
            Attempt.objects.create(
                account_id=member.id,
                task=task,
                number=number,
                outcome="failed",
                params=params,
                finished_at=timezone.now(),
            )
    for number in (8, 9):
        text = shown(browser.get(page(goal_id, f"?task=0&try={number}")))
        assert "curl -H" in text
        assert "hunter2secret99" not in text


def test_what_it_costs(api, browser, work):
    goal_id = state(api, "echo one", "echo two", "echo three")
    assert queries(browser, page(goal_id)) <= MOST_QUERIES
    while work(stdout="x\n"):
        pass
    assert queries(browser, page(goal_id)) <= MOST_QUERIES
    assert queries(browser, page(goal_id), **HTMX) <= MOST_QUERIES


def test_the_log_ends_with_how_its_try_ended(api, browser, work):
    goal_id = state(api, "exit 3", selfCorrect=False)
    assert "data-log-end" not in shown(browser.get(page(goal_id)))
    work("failed", exit_code=3, error_code="exit_code", error="It ended with exit code 3.", duration_ms=840)
    line = re.search(r"<p[^>]*data-log-end>([^<]*)</p>", shown(browser.get(page(goal_id))))
    assert line[1] == "Failed after 840 ms, exit code 3. It ended with exit code 3."


def test_a_description_cannot_turn_the_letters_of_the_page_around(api, browser):
    goal_id = state(api, description="safe \u202etxt.exe", semanticPath=["echo \u202eabc"])
    for address in (page(goal_id), "/dashboard/goals", "/dashboard", "/dashboard/find?q=safe"):
        text = shown(browser.get(address))
        words = re.sub(r'<pre.*?</pre>|data-copy="[^"]*"', "", text, flags=re.DOTALL)  # commands stay as they run
        assert "\u202e" not in words, address
        assert "<bdi>safe txt.exe</bdi>" in text, address
