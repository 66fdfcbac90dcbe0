"""The overview: real numbers in its sentences, events as sentences, and few round trips."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.utils import timezone

from billing.models import Plan
from billing.queries import advice
from executor_one.kit.tenancy import account_scope
from executor_one.overview import Seen
from executor_one.sentences import SENTENCES, said
from goals.models import Goal, Pulse
from runners.models import Runner
from tests.pages.visitors import HTMX, MOST_QUERIES, forms, queries, remember, told, visitor

JSON = "application/json"
ROOT = Path(__file__).parent.parent.parent
# Told by others: what a task does stands on its goal's page, what an installation does on /status.
UNTOLD = {
    "goal.planned",
    "goal.progress",
    "executor.booted",
    "executor.shutting_down",
    "session.ended",
    "user.verified",
}
PUBLISHED = re.compile(r'\bevent\(\s*f?"([a-zA-Z]+\.[a-z_]+)"')


def state(api, description, **more):
    body = {"description": description, "semanticPath": ["true"], **more}
    answer = api.post("/api/goals", body, content_type=JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()["id"]


def gauge(page, name):
    return next(one for one in page.context["gauges"] if one.name == name)


def test_an_account_without_a_goal_is_shown_how_to_begin(member):
    page = visitor(member).get("/dashboard")
    words = told(page)
    assert words.count("The lines of all four begin five minutes after your first goal.") == 1
    assert 'class="spark"' not in page.content.decode(), "one point is no line"
    assert "State a first goal" in words
    assert "No goal has ended yet; it begins at 0.65." in words
    assert "may look, not run" in told(visitor(member, "viewer").get("/dashboard"))


def test_E12_the_four_values_are_those_of_the_api_and_their_sentences_count(member, api, work):
    for number in range(4):
        state(api, f"goal {number}", selfCorrect=False)
        assert work("succeeded" if number else "failed", exit_code=0 if number else 1) == 1
    with account_scope(member.id):
        succeeded = Goal.objects.filter(state="completed").count()
        ended = succeeded + Goal.objects.filter(state="failed").count()
    state(api, "open", priority="high", deadline=(timezone.now() + timedelta(hours=3)).isoformat())
    page, values = visitor(member).get("/dashboard"), api.get("/api/state").json()
    for name in ("urgency", "confidence", "fatigue", "curiosity"):
        assert gauge(page, name.capitalize()).value == pytest.approx(values[name], abs=0.01)
    assert gauge(page, "Confidence").sentence == f"{succeeded} of {ended} goals succeeded."
    assert re.fullmatch(
        r"1 goal is open, with high priority and a deadline in (2 h 5\d min|3 h)\.", gauge(page, "Urgency").sentence
    )
    assert re.match(r"\d of the last 5 goals had to be planned; ", gauge(page, "Curiosity").sentence)


def test_open_goals_come_with_what_they_do_and_ended_ones_as_dots(member, api, work):
    done = state(api, "that one")
    assert work() == 1
    running = state(api, "this one")
    page = visitor(member).get("/dashboard")
    assert [str(goal.pk) for goal in page.context["open"]] == [running]
    assert page.context["open"][0].current_task == "true"
    assert [str(run.goal.pk) for run in page.context["history"]] == [done]
    link = re.search(rf'<a class="dot [^>]*href="/dashboard/goals/{done}"[^>]*>', page.content.decode())[0]
    assert re.search(r'aria-label="Completed, [\d.]+ m?s: that one"', link)


def test_the_bar_of_an_ended_goal_grows_with_how_long_it_took(member, api, work):
    now, took = timezone.now(), {"none": None, "short": 100, "long": 10_000, "longest": 1_000_000}
    for name in took:
        state(api, name, selfCorrect=False)
        assert work("failed" if name == "none" else "succeeded", exit_code=0) == 1
    with account_scope(member.id):
        for name, ms in took.items():
            began = None if ms is None else now - timedelta(milliseconds=ms)
            Goal.objects.filter(description=name).update(started_at=began, finished_at=now)
    runs = visitor(member).get("/dashboard").context["history"]
    assert [run.goal.description for run in runs] == [*took], "the oldest first"
    heights = [run.height for run in runs]
    assert heights == sorted({*heights})
    assert (heights[0], heights[-1]) == (3, 32)
    assert heights[2] - heights[1] == pytest.approx(heights[3] - heights[2], abs=0.5)
    assert runs[0].told == "Failed, it did not begin: none"
    assert runs[-1].told == "Completed, 16 min 40 s: longest"


def test_a_limit_that_is_near_says_when_it_resets_and_what_lifts_it(make_member, client_of, db):
    member = make_member("free@example.com", plan="free")
    page = visitor(member).get("/dashboard")
    keys = next(meter for meter in page.context["meters"] if meter.name == "API keys")
    assert (keys.used, keys.limit, keys.lifted_by) == (1, 1, "Pro")
    assert "In use. Pro allows more" in told(page), "one of one is as it should be"
    assert "Reached" not in told(page)
    for address in ("/dashboard", "/dashboard/usage"):
        assert "meter-full" not in visitor(member).get(address).content.decode()
    assert "Not in this plan. Pro allows more" in told(page)
    goals = next(meter for meter in page.context["meters"] if meter.name == "Goals this month")
    assert (goals.is_near, goals.lifted_by) == (False, "")


def test_what_lifts_a_limit_is_the_lowest_plan_that_allows_more(member):
    free = Plan.objects.get(pk="free")
    with account_scope(member.id):
        plans = Seen(member.id, free, timezone.now()).plans
    assert [plan.name for plan in plans] == ["Free", "Pro", "Enterprise"]
    for plan, lifted_by in zip(plans, ("Pro", "Enterprise", None), strict=True):
        found = advice(plan, "api_keys", plans)
        assert (found and found.name) == lifted_by
        assert found == advice(plan, "api_keys")


def test_health_is_said_in_words(member):
    client = visitor(member)
    words = told(client.get("/dashboard"))
    assert "Goals do not move: the heartbeat has not begun yet and no runner is there to run their tasks." in words
    assert client.get("/status").status_code == 503
    Pulse.objects.create(pk=1, tick_count=7, pulsed_at=timezone.now())
    assert "Something is missing: no runner is there to run their tasks." in told(client.get("/dashboard"))
    page = client.get("/status")
    assert page.status_code == 200
    assert "Something is missing" in told(page)
    assert "Ticking (count: 7)" in told(page)


def test_how_many_tasks_run_at_a_time_is_what_the_plan_allows(make_member, db):
    now = timezone.now()
    Pulse.objects.create(pk=1, tick_count=1, pulsed_at=now)
    Runner.objects.create(pk=uuid4(), host="h", pid=1, slots=8, sandbox="on", seen_at=now, started_at=now)
    words = told(visitor(make_member("free@example.com", plan="free")).get("/dashboard"))
    assert "Everything works. One task of yours runs at a time in its sandbox." in words
    assert "0 of 1 slot busy now." in words


def test_one_tick_count_is_shown_and_no_word_of_the_machine(member, api):
    """The installation's beats stand on /status; beside the account's own ticks they looked like another answer."""
    Pulse.objects.create(pk=1, tick_count=98765, pulsed_at=timezone.now())
    Runner.objects.create(
        pk=uuid4(), host="h", pid=1, slots=4, sandbox="on", seen_at=timezone.now(), started_at=timezone.now()
    )
    state(api, "one")
    words = told(visitor(member).get("/dashboard"))
    assert "Everything works. Up to 4 tasks of yours run at a time, each in its sandbox." in words
    assert "Your executor ticked 1 time so far" in words
    assert not re.search(r"98,?765|count:|slots,|Proved", words)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"sandbox": "off"}, "Something is missing: commands run without a sandbox."),
        (
            {"sandbox": "unavailable", "problem": "no bwrap"},
            "the sandbox does not work, so no command runs (no bwrap).",
        ),
    ],
)
def test_a_broken_sandbox_is_said_with_what_it_means(member, fields, words):
    now = timezone.now()
    Pulse.objects.create(pk=1, tick_count=1, pulsed_at=now)
    Runner.objects.create(pk=uuid4(), host="h", pid=1, slots=4, seen_at=now, started_at=now, **fields)
    assert words in told(visitor(member).get("/dashboard"))


def test_the_status_page_is_for_everybody(anonymous, db):
    Pulse.objects.create(pk=1, tick_count=7, pulsed_at=timezone.now())
    assert "Heartbeat" in told(anonymous.get("/status"))


def test_what_happened_is_told_in_sentences_with_links(member, api, work):
    goal = state(api, "Say <b>hello</b>")
    work()
    remember(api, "a/b", 1)
    page = visitor(member).get("/dashboard")
    words = told(page)
    assert "Completed: Say &lt;b&gt;hello&lt;/b&gt;" in words
    assert "Remembered a/b" in words
    assert f'href="/dashboard/goals/{goal}"' in page.content.decode()
    assert "/dashboard/memory/item?key=a%2Fb" in page.content.decode()


def test_every_event_that_is_published_has_a_sentence_or_is_told_elsewhere():
    published = {
        type
        for path in ROOT.glob("*/**/*.py")
        if path.parts[len(ROOT.parts)] not in ("tests", "bench", ".venv", "build")
        for type in PUBLISHED.findall(path.read_text())
        if not type.startswith("task.")
    }
    assert len(published) > 10, "the walk finds them"
    assert published - UNTOLD - set(SENTENCES) == set()
    for type in SENTENCES:
        sentence = said(type, {}, {})
        assert sentence is not None
        assert sentence.before


def test_only_the_board_is_fetched_anew(member, api):
    state(api, "one")
    answer = visitor(member).get("/dashboard", headers=HTMX)
    assert answer.content.decode().lstrip().startswith('<div id="board"')
    assert "<html" not in answer.content.decode()


def test_nothing_of_another_account_is_on_it(member, make_member, client_of):
    other = client_of(make_member("two@example.com").key)
    state(other, "a goal of theirs")
    remember(other, "key-of-theirs", 1)
    page = visitor(member).get("/dashboard").content.decode()
    assert "of theirs" not in page
    assert "of-theirs" not in page


def test_it_asks_no_more_than_twelve_queries(member, api, work):
    for number in range(12):
        state(api, f"goal {number}")
        work()
    client = visitor(member)
    assert queries(client, "/dashboard") <= MOST_QUERIES
    assert forms(visitor(member, "viewer").get("/dashboard")) == set()
