"""What a task prints is told while it runs: once, in order, and never after its end."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import OperationalError, connection

from actuators.sandbox.capture import Capture
from events.actions import event, publish
from events.queries import following
from executor_one.kit import tenancy
from goals.claims import Result, claim, hand_in_and_claim, record_cancelled
from goals.models import Attempt
from runners.telling import Teller
from runners.work import Printed, Work

DONE = Result(outcome=Attempt.Outcome.SUCCEEDED, exit_code=0)


def test_lines_are_told_whole_and_nothing_twice():
    printed = Printed()
    printed.hear("stdout", "first\nsec")
    news = printed.news(whole=False)
    assert [(one.text, one.offset) for one in news.words] == [("first\n", 0)]
    printed.hear("stdout", "ond\n")
    printed.hear("stderr", "é?")
    printed.tell(news)
    news = printed.news(whole=False)
    assert [(one.stream, one.text, one.offset) for one in news.words] == [
        ("stdout", "second\n", 6),
        ("stderr", "é?", 0),
    ]
    printed.tell(news)
    printed.hear("stdout", "third\nno end")
    printed.tell(printed.news(whole=False))
    assert [one.text for one in printed.news(whole=True).words] == ["no end"]
    assert printed.stdout.text == "first\nsecond\nthird\nno end"
    assert not Printed().news(whole=True).words


class Runner:
    """A runner's works and its teller, at the real database."""

    def __init__(self):
        self.id, self.works, self.threads = uuid4(), {}, ThreadPoolExecutor(1)
        self.teller = Teller(self.id, self.works, self.in_thread)
        self.breaks = False

    async def in_thread(self, call):
        found = await asyncio.get_running_loop().run_in_executor(self.threads, call)
        if self.breaks:
            raise OperationalError("the answer was lost")
        return found

    def claim(self):
        for lease in claim(self.id, 10):
            self.works[lease.task_id, lease.epoch] = Work(lease, running=None, due=0)
        return list(self.works.values())

    def tell(self, *works, whole=False):
        async def go():
            for work in works:  # each test has loops of its own
                work.telling = asyncio.Lock()
            await self.teller.tell(works, whole=whole)

        asyncio.run(go())

    def rest(self, work):
        async def go():
            work.telling = asyncio.Lock()
            return await self.teller.rest(work, self.in_thread)

        return asyncio.run(go())

    def close(self):
        self.threads.submit(lambda: connection.close()).result()
        self.threads.shutdown()


@pytest.fixture
def runner(committed):
    made = Runner()
    yield made
    made.close()


@pytest.fixture
def works(runner, api):
    body = {"description": "x", "semanticPath": ["true"]}
    api.post("/api/goals", body, content_type="application/json")
    return runner.claim()


def told(member, *kinds):
    with tenancy.account_scope(member.account):
        rows = [row for row in following(member.id, 0, 1000) if row["type"].startswith(kinds or ("task.",))]
    return [(row["type"], row["data"].get("text")) for row in rows]


def test_E22_output_is_told_while_the_task_runs_and_the_rest_before_its_end(runner, works, member):
    (work,) = works
    work.printed.hear("stdout", "one\ntw")
    runner.tell(work)
    assert told(member) == [("task.started", None), ("task.output", "one\n")]
    runner.tell(work)
    work.printed.hear("stdout", "o")
    news = runner.rest(work)
    assert hand_in_and_claim(work.lease, runner.id, DONE, room=0, news=news)[0]
    assert told(member) == [
        ("task.started", None), ("task.output", "one\n"), ("task.output", "tw"), ("task.output", "o"),
        ("task.completed", None),
    ]  # fmt: skip


def test_a_try_that_has_told_everything_does_not_begin_again_at_its_end(runner, works, member):
    (work,) = works
    work.printed.hear("stdout", "all of it\n")
    runner.tell(work)
    hand_in_and_claim(work.lease, runner.id, DONE, room=0, news=runner.rest(work))
    assert told(member) == [("task.started", None), ("task.output", "all of it\n"), ("task.completed", None)]


def test_a_short_task_tells_all_in_the_commit_of_its_result_with_the_real_times(runner, works, member):
    (work,) = works
    work.printed.hear("stderr", "oh\n")
    time.sleep(0.05)
    hand_in_and_claim(work.lease, runner.id, DONE, room=0, news=runner.rest(work))
    with tenancy.account_scope(member.account):
        rows = [row for row in following(member.id, 0, 1000) if row["type"].startswith("task.")]
    assert [row["type"] for row in rows] == ["task.started", "task.output", "task.completed"]
    started, said, completed = (row["created_at"] for row in rows)
    assert (completed - said).total_seconds() >= 0.05
    assert started <= said
    assert rows[1]["data"] == {
        "goal": str(work.lease.goal_id), "task": str(work.lease.task_id), "attempt": 1, "stream": "stderr",
        "text": "oh\n", "offset": 0,
    }  # fmt: skip


def test_bytes_that_are_no_text_do_not_break_the_stream(runner, works, member):
    (work,) = works
    Capture("stdout", 100, work.printed.hear).feed(b"a\0\xed\xa0\x80b\xff\n")  # NUL, half of a surrogate pair
    runner.tell(work)
    assert told(member)[1:] == [("task.output", "a\ufffd\ufffd\ufffdb\ufffd\n")]


def test_who_has_to_wait_for_a_turn_waits_a_second_and_tells_it_later(runner, works, member):
    (work,) = works
    work.printed.hear("stdout", "one\n")
    with tenancy.account_scope(member.account):
        publish(event("test.told", {}))
        began = time.monotonic()
        runner.tell(work)
        assert 0.9 < time.monotonic() - began < 5
    assert told(member) == []
    runner.tell(work)
    assert told(member) == [("task.started", None), ("task.output", "one\n")]


def test_nothing_is_told_of_a_task_that_has_ended(runner, works, member):
    (work,) = works
    hand_in_and_claim(work.lease, runner.id, DONE, room=0)
    work.printed.hear("stdout", "late\n")
    runner.tell(work)
    assert told(member)[-1] == ("task.completed", None)
    assert ("task.output", "late\n") not in told(member)


def test_nothing_is_told_by_a_runner_that_lost_its_lease(runner, works, member):
    (work,) = works
    work.printed.hear("stdout", "late\n")
    runner.teller.runner = uuid4()
    runner.tell(work)
    assert told(member) == []


def test_a_cancelled_task_tells_what_it_had_printed(runner, works, member, api):
    (work,) = works
    work.printed.hear("stdout", "precious")
    api.delete(f"/api/goals/{work.lease.goal_id}")
    result = Result(outcome=Attempt.Outcome.CANCELLED, error_code="cancelled", stdout="precious")
    record_cancelled(work.lease, result, runner.rest(work))
    assert told(member, "task.", "goal.cancelled") == [
        ("goal.cancelled", None), ("task.output", "precious"), ("task.cancelled", None),
    ]  # fmt: skip


def test_what_was_told_when_the_connection_broke_is_not_told_again(runner, works, member):
    (work,) = works
    work.printed.hear("stdout", "one\n")
    runner.breaks = True
    runner.tell(work)
    assert work.printed.is_in_doubt
    runner.breaks = False
    work.printed.hear("stdout", "two\n")
    runner.tell(work)
    assert told(member) == [("task.started", None), ("task.output", "one\n"), ("task.output", "two\n")]


def test_a_try_that_is_corrected_tells_its_output_first(runner, works, member):
    (work,) = works
    work.printed.hear("stderr", "no route to host\n")
    failed = Result(
        outcome=Attempt.Outcome.FAILED, exit_code=7, error_code="exit_code", error="x",
        stderr="curl: (7) Failed to connect to example.com port 443: Connection refused\n",
    )  # fmt: skip
    hand_in_and_claim(work.lease, runner.id, failed, room=0, news=runner.rest(work))
    kinds = [type for type, _ in told(member, "task.", "correction.", "goal.failed")]
    assert kinds[:2] == ["task.started", "task.output"]
    assert kinds[2:] == ["correction.applied"]


def test_with_the_fast_lane_off_all_is_told_too(runner, member, api, settings, run_jobs):
    settings.FAST_LANE = False
    api.post("/api/goals", {"description": "x", "semanticPath": ["true"]}, content_type="application/json")
    run_jobs()
    (work,) = runner.claim()
    work.printed.hear("stdout", "hi\n")
    hand_in_and_claim(work.lease, runner.id, DONE, room=0, news=runner.rest(work))
    assert told(member) == [("task.started", None), ("task.output", "hi\n")]
    run_jobs()
    assert told(member, "task.", "goal.completed")[2:] == [("task.completed", None), ("goal.completed", None)]
