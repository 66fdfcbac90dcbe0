"""Jobs that wait for somebody else's answer: many at once in the threads of one process, off the heartbeat.

The heartbeat's workers are few and each does one job at a time; two jobs that wait a minute would stop its clock.
"""

from __future__ import annotations

import logging
import pydoc
import threading
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import psycopg
from django.core.signing import BadSignature
from django.db import DatabaseError, connection
from django_q.signing import SignedPackage

from executor_one.kit import tenancy
from executor_one.kit.queue import PostgresBroker

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.5  # between two looks at whether to stop, and for a job whose notice was lost


class WaitingProcess:
    """Works on one queue, `slots` jobs at a time, until `stopping` is set."""

    def __init__(self, queue: str, slots: int) -> None:
        self.broker = PostgresBroker(list_key=queue)
        self.slots = slots
        self.stopping = threading.Event()
        self.running: set[Future[None]] = set()

    def run(self) -> None:
        """Take jobs up and do them. Stopped, it leaves those that still wait: they are harmless when lost."""
        threads = ThreadPoolExecutor(self.slots, thread_name_prefix="waiting")
        while not self.stopping.is_set():
            for job_id, package in self._next():
                self.running.add(threads.submit(self._do, job_id, package))
        threads.shutdown(wait=False, cancel_futures=True)

    def _next(self) -> list[tuple[int, str]]:
        room = self.slots - len(self.running)
        if room <= 0:
            wait(self.running, LOOK_SECONDS, FIRST_COMPLETED)
        self.running = {job for job in self.running if not job.done()}
        if room <= 0:
            return []
        try:
            return self.broker.claim(room) or self.broker.wait_and_claim(LOOK_SECONDS, room)
        except (psycopg.Error, DatabaseError) as error:
            logger.warning("queue: %s", str(error).strip())
            self.broker.hang_up()
            self.stopping.wait(LOOK_SECONDS)
            return []

    def _do(self, job_id: int, package: str) -> None:
        try:
            with tenancy.no_account():
                perform(package)
        except Exception:
            logger.exception("job %s failed", job_id)
        try:
            self.broker.acknowledge(job_id)
        except DatabaseError as error:  # it comes again when its lock runs out
            logger.warning("job %s: %s", job_id, str(error).strip())
            connection.close()


def perform(package: str) -> None:
    """Do the job of a package; one that was signed with another key is dropped with a word."""
    try:
        job: dict[str, Any] = SignedPackage.loads(package)
    except BadSignature:
        logger.warning("a job was dropped: it is signed with another SECRET_KEY")
        return
    call: Any = pydoc.locate(job["func"])
    call(*job["args"], **job["kwargs"])
