"""Jobs that wait are done side by side, off the heartbeat, and each once."""

import threading
import time

import pytest

from executor_one.kit.queue import CHANNEL, SLOW, PostgresBroker, enqueue
from executor_one.kit.waiting import WaitingProcess

done: list[str] = []
together = threading.Barrier(3, timeout=10)
released = threading.Event()


def meet(name):
    together.wait()
    done.append(name)


def note(name):
    done.append(name)


def fail(name):
    raise RuntimeError(name)


def hold(name):
    released.wait(10)
    done.append(name)


@pytest.fixture
def process(committed):
    done.clear()
    released.clear()
    made = WaitingProcess(SLOW, 3)
    thread = threading.Thread(target=made.run, daemon=True)
    thread.start()
    yield made
    released.set()
    made.stopping.set()
    thread.join(5)
    assert not thread.is_alive()
    made.broker.hang_up()


def queued():
    from django_q.models import OrmQ

    return OrmQ.objects.count()


def until(condition):
    limit = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < limit, "it did not happen"
        time.sleep(0.02)


def job(name):
    return f"{__name__}.{name}"


def test_jobs_that_wait_for_each_other_are_done_at_once(process):
    for name in ("a", "b", "c"):
        enqueue(job("meet"), name, queue=SLOW)
    until(lambda: sorted(done) == ["a", "b", "c"])
    until(lambda: queued() == 0)


def test_a_job_starts_at_its_notice(process):
    enqueue(job("note"), "warm", queue=SLOW)
    until(lambda: done)
    time.sleep(0.6)
    began = time.monotonic()
    enqueue(job("note"), "prompt", queue=SLOW)
    until(lambda: "prompt" in done)
    assert time.monotonic() - began < 0.4, "a look comes only every 0.5 s"


def test_a_job_that_fails_is_told_and_dropped_and_the_next_one_is_done(process, caplog):
    enqueue(job("fail"), "x", queue=SLOW)
    enqueue(job("note"), "after", queue=SLOW)
    until(lambda: done == ["after"] and queued() == 0)
    assert "RuntimeError: x" in caplog.text


def test_a_job_of_another_secret_key_is_dropped_with_a_word(process, caplog, settings):
    from django.utils import timezone
    from django_q.models import OrmQ

    OrmQ.objects.create(key=SLOW, payload="not:signed:byus", lock=timezone.now())
    until(lambda: queued() == 0)
    assert "another SECRET_KEY" in caplog.text


def test_no_more_jobs_are_claimed_than_there_are_slots(process):
    from django.utils import timezone
    from django_q.models import OrmQ

    for number in range(5):
        enqueue(job("hold"), str(number), queue=SLOW)
    until(lambda: OrmQ.objects.filter(lock__gt=timezone.now()).count() == 3)
    time.sleep(0.7)
    assert OrmQ.objects.filter(lock__gt=timezone.now()).count() == 3, "another process can have the others"
    released.set()
    until(lambda: len(done) == 5)


def test_the_heartbeat_leaves_them_alone(committed):
    enqueue(job("note"), "slow", queue=SLOW)
    heartbeat = PostgresBroker()
    heartbeat.dequeue()  # its pulse
    assert heartbeat.claim() == []
    assert (heartbeat.channel, PostgresBroker(list_key=SLOW).channel) == (CHANNEL, f"{CHANNEL}_slow")
    heartbeat.hang_up()


def test_a_broken_connection_is_opened_again(process, owner_connection):
    enqueue(job("note"), "before", queue=SLOW)
    until(lambda: done == ["before"])
    process.broker._listener.close()
    enqueue(job("note"), "after", queue=SLOW)
    until(lambda: done == ["before", "after"])
