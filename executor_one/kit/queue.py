"""django-q2 as doorbell and clock: `enqueue()`, and a broker that wakes by LISTEN/NOTIFY and claims by SKIP LOCKED.

The stock ORM broker polls (113 ms to start a job here); this one starts it in about 3 ms. Jobs carry ids only.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, connections
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.signing import SignedPackage
from django_q.tasks import async_task  # noqa: TID251 - the one place

from executor_one.kit.notices import connection_params

logger = logging.getLogger(__name__)

PULSE_SECONDS = 0.5
PULSE_JOB = "goals.tasks.pulse"
NOTHING_TO_ACKNOWLEDGE = 0
CHANNEL = "executor_queue"
SLOW = "slow"  # the queue of executor_one.kit.waiting
CLAIM = """
    UPDATE django_q_ormq job SET lock = now() + %s * interval '1 second'
    FROM (SELECT id FROM django_q_ormq WHERE key = %s AND lock <= now()
          ORDER BY id FOR UPDATE SKIP LOCKED LIMIT %s) free
    WHERE job.id = free.id RETURNING job.id, job.payload"""


def enqueue(job: str, *ids: str | int, queue: str = "") -> None:
    """Ring the doorbell: run the function named `job` ("goals.tasks.tick") with these ids, after the commit.

    `queue`: SLOW for a job that waits for somebody else's answer; it must not keep the heartbeat from beating.
    """
    async_task(job, *ids, **({"cluster": queue} if queue else {}))


class PostgresBroker(ORM):  # type: ignore[misc]
    """django-q2's queue table, claimed without polling; also the clock that beats every PULSE_SECONDS."""

    _listener: psycopg.Connection[Any] | None = None
    _listener_pid = 0
    _next_pulse = 0.0

    @property
    def channel(self) -> str:
        """Who works on one queue is not woken for another's jobs."""
        return CHANNEL if self.list_key == Conf.CLUSTER_NAME else f"{CHANNEL}_{self.list_key}"

    def enqueue(self, task: str) -> int:
        """Insert and notify in the caller's transaction: the notice leaves at its commit, or never."""
        with connections[Conf.ORM].cursor() as cursor:
            cursor.execute(
                "WITH job AS (INSERT INTO django_q_ormq (key, payload, lock) VALUES (%s, %s, now()) RETURNING id) "
                "SELECT id, pg_notify(%s, '') FROM job",
                [self.list_key, task, self.channel],
            )
            return int(cursor.fetchone()[0])

    def dequeue(self) -> list[tuple[int, str]]:
        """Jobs to run now. Waits at most one pulse, because the cluster's stop event is read between calls.

        Never raises when the database is away: django-q2's pusher would sleep 10 s and end.
        """
        try:
            return self._next_jobs()
        except (psycopg.Error, DatabaseError) as error:
            logger.warning("queue: %s", str(error).strip())
            self.hang_up()
            time.sleep(0.2)
            return []

    def _next_jobs(self) -> list[tuple[int, str]]:
        if time.monotonic() >= self._next_pulse:
            self._next_pulse = time.monotonic() + PULSE_SECONDS
            return [(NOTHING_TO_ACKNOWLEDGE, _pulse_package()), *self.claim()]
        return self.claim() or self.wait_and_claim(max(0.0, self._next_pulse - time.monotonic()))

    def hang_up(self) -> None:
        """Give a broken connection up; the next call opens another."""
        if self._listener is not None:
            self._listener.close()

    def acknowledge(self, task_id: int) -> None:
        if task_id != NOTHING_TO_ACKNOWLEDGE:
            _on_a_living_connection(partial(super().acknowledge, task_id))

    fail = acknowledge

    def set_stat(self, key: str, value: str, timeout: int) -> None:
        """How the cluster is, twice a second, in the cache: of all that django-q2 writes this alone closes nothing."""
        _on_a_living_connection(partial(super().set_stat, key, value, timeout))

    def claim(self, limit: int = 8) -> list[tuple[int, str]]:
        """The oldest jobs that nobody works on: (id, package). Nobody else gets them for Conf.RETRY seconds."""
        return self._connection().execute(CLAIM, [Conf.RETRY, self.list_key, limit]).fetchall()

    def wait_and_claim(self, seconds: float, limit: int = 8) -> list[tuple[int, str]]:
        """The same after a job has come, or after so many seconds."""
        # One notice is enough: the generator must be left before the connection is used again.
        for _ in self._connection().notifies(timeout=seconds, stop_after=1):
            pass
        return self.claim(limit)

    def _connection(self) -> psycopg.Connection[Any]:
        """A connection of this process alone, listening before its first claim so that no notice is missed."""
        if self._listener is None or self._listener.closed or self._listener_pid != os.getpid():
            self._listener = psycopg.connect(**connection_params(), autocommit=True)
            self._listener_pid = os.getpid()
            self._listener.execute(f"LISTEN {self.channel}")
        return self._listener


def _on_a_living_connection(work: Callable[[], object]) -> None:
    """Once more on another connection where that of this process has died: nobody else closes it in these processes."""
    try:
        work()
    except (DatabaseError, InterfaceError):
        if connections[Conf.ORM].in_atomic_block:
            raise
        connections[Conf.ORM].close()
        work()


def _pulse_package() -> str:
    """A beat that exists only in this process: a lost one costs half a second."""
    beat = {
        "id": "pulse",
        "name": "pulse",
        "func": PULSE_JOB,
        "args": (),
        "kwargs": {},
        "save": False,
    }
    return str(SignedPackage.dumps({**beat, "started": timezone.now(), "ack_failure": True}))
