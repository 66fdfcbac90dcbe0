"""Reads from the event loop: questions of many accounts in one round trip, each behind its own account's wall."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.pq import PipelineStatus, TransactionStatus

from executor_one.kit import notices
from executor_one.kit.tenancy import TELL

logger = logging.getLogger(__name__)

AT_ONCE = 200  # questions in one round trip
MOST_TRIES = 20  # connections that may be lost over one question before it is taken for the cause
LONGEST_PAUSE = 2.0  # seconds between two tries to reach the database
# What is the fault of one statement. Anything else may be the connection's, which can be dead without saying so.
FAULTS = (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.errors.QueryCanceled)


@dataclass(eq=False)
class Question:
    """One statement as one account; `answer` gets its rows."""

    account_id: str
    statement: str
    params: Sequence[Any]
    answer: asyncio.Future[list[Any]]
    tries: int = 0

    def fail(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Asker:
    """One connection of this process. While the database is away its questions wait; none is lost.

    A question whose asker has gone (cancelled) is not asked any more.
    """

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self.at_once = at_once
        self._waiting: deque[Question] = deque()
        self._asked = asyncio.Event()
        self._working: asyncio.Task[None] | None = None

    async def ask(self, account_id: str, statement: str, *params: Any) -> list[Any]:
        """The rows of a statement with `$1`, `$2`... for its values, as this account."""
        loop = asyncio.get_running_loop()
        question = Question(account_id, statement, params, loop.create_future())
        self._waiting.append(question)
        self._asked.set()
        if self._working is None or self._working.done():
            self._working = loop.create_task(self._work())
        return await question.answer

    async def _work(self) -> None:
        pause = 0.1
        while True:
            try:
                connection = await connected()
                pause = 0.1
                try:
                    while True:
                        await self._answer(connection, await self._next())
                finally:
                    await connection.close()
            except Exception as error:  # noqa: BLE001 - whatever it was, those who wait need another connection
                logger.warning("events: cannot read, again in %.1f s: %s", pause, str(error).strip())
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _next(self) -> list[Question]:
        """The questions of the next round trip, at least one."""
        batch: list[Question] = []
        while not batch:
            self._asked.clear()
            if not self._waiting:
                await self._asked.wait()
            while self._waiting and len(batch) < self.at_once:
                question = self._waiting.popleft()
                if not question.answer.done():
                    batch.append(question)
        return batch

    async def _answer(self, connection: psycopg.AsyncConnection[Any], batch: list[Question]) -> None:
        """Answer them; when the connection is not to be trusted any more, put them back and raise."""
        try:
            await _run(connection, batch)
        except Exception as error:
            if not (isinstance(error, FAULTS) and _is_idle(connection)):
                self._put_back(batch, error)
                raise
            if len(batch) == 1:
                batch[0].fail(error)
                return
            await self._answer_singly(connection, batch)

    async def _answer_singly(self, connection: psycopg.AsyncConnection[Any], batch: list[Question]) -> None:
        """One question of several was a bad one: the others must not suffer for it."""
        for at, question in enumerate(batch, 1):
            try:
                await self._answer(connection, [question])
            except Exception as error:
                self._put_back(batch[at:], error)
                raise

    def _put_back(self, batch: list[Question], error: Exception) -> None:
        for question in reversed(batch):
            question.tries += 1
            if question.tries < MOST_TRIES:
                self._waiting.appendleft(question)
            else:
                question.fail(error)


async def connected() -> psycopg.AsyncConnection[Any]:
    """A connection of our own to the database."""
    return await psycopg.AsyncConnection.connect(
        **notices.connection_params(), autocommit=True, cursor_factory=psycopg.AsyncRawCursor
    )


def _is_idle(connection: psycopg.AsyncConnection[Any]) -> bool:
    """Whether it can be used again: neither `broken` nor `closed` tells of one that died inside a pipeline."""
    pgconn = connection.pgconn
    return pgconn.transaction_status == TransactionStatus.IDLE and pgconn.pipeline_status == PipelineStatus.OFF


async def _run(connection: psycopg.AsyncConnection[Any], batch: list[Question]) -> None:
    async with connection.transaction(), connection.pipeline():
        cursors = []
        for question in batch:
            await connection.execute(TELL, (question.account_id, ""))
            cursors.append(await connection.execute(question.statement, question.params))
        rows = [await cursor.fetchall() for cursor in cursors]
    for question, found in zip(batch, rows, strict=True):
        if not question.answer.done():
            question.answer.set_result(found)
