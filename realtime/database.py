"""Reads from the event loop: questions of many accounts in one round trip, each behind its own account's wall."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from executor_one.kit import notices
from executor_one.kit.tenancy import TELL

logger = logging.getLogger(__name__)

AT_ONCE = 200  # questions in one round trip
LONGEST_PAUSE = 2.0  # seconds between two tries to reach the database


@dataclass(eq=False)
class Question:
    """One statement as one account; `answer` gets its rows."""

    account_id: str
    statement: str
    params: Sequence[Any]
    answer: asyncio.Future[list[Any]]


class Asker:
    """One connection of this process. While the database is away its questions wait; none is lost.

    A question whose asker has gone (cancelled) is not asked any more.
    """

    def __init__(self) -> None:
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
                async with await connected() as connection:
                    pause = 0.1
                    await self._answer_on(connection)
            except (psycopg.Error, OSError) as error:
                logger.warning("events: cannot read, again in %.1f s: %s", pause, str(error).strip())
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)

    async def _answer_on(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            self._asked.clear()
            if not self._waiting:
                await self._asked.wait()
            batch = [self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))]
            batch = [question for question in batch if not question.answer.done()]
            try:
                await _answer(connection, batch)
            except psycopg.Error as error:
                if connection.broken or connection.closed:
                    self._waiting.extendleft(reversed(batch))
                    raise
                await self._answer_singly(connection, batch, error)

    async def _answer_singly(
        self, connection: psycopg.AsyncConnection[Any], batch: list[Question], error: psycopg.Error
    ) -> None:
        """One question of several was a bad one: the others must not suffer for it."""
        for question in batch:
            try:
                if len(batch) == 1:
                    raise error
                await _answer(connection, [question])
            except psycopg.Error as reason:
                if not question.answer.done():
                    question.answer.set_exception(reason)


async def connected() -> psycopg.AsyncConnection[Any]:
    """A connection of our own to the database."""
    return await psycopg.AsyncConnection.connect(
        **notices.connection_params(), autocommit=True, cursor_factory=psycopg.AsyncRawCursor
    )


async def _answer(connection: psycopg.AsyncConnection[Any], batch: list[Question]) -> None:
    async with connection.transaction(), connection.pipeline():
        cursors = []
        for question in batch:
            await connection.execute(TELL, (question.account_id, ""))
            cursors.append(await connection.execute(question.statement, question.params))
        rows = [await cursor.fetchall() for cursor in cursors]
    for question, found in zip(batch, rows, strict=True):
        if not question.answer.done():
            question.answer.set_result(found)
