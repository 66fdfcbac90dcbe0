"""One try at an engine: a thread that may block, whoever ends it from outside, and what is left of it then: nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from actuators.engine.client import connected, refusing
from actuators.engine.endpoint import Engine
from actuators.files import Until
from actuators.given import Refused
from actuators.sandbox import Killed, Outcome
from actuators.sandbox.capture import FLOOD_FACTOR, Capture, OnOutput

logger = logging.getLogger(__name__)
T = TypeVar("T")

GRACE_SECONDS = 20.0  # for an engine that is told to kill something
WATCH_SECONDS = 0.5
WATCH_PATIENCE = 10.0  # for how much was written: longer nothing is unseen
REMOVAL_LOOK_SECONDS = 0.1


class Ended(Exception):
    """The try was ended: its time is over, it was cancelled, or it took too much."""


class Session:
    """What a try has made at an engine. ``deadline`` is of time.monotonic(); ``ended`` says what ended it.

    ``began``: something of the customer's may have run, so that what fails from then on is in doubt.
    """

    def __init__(self, engine: Engine, seconds: float) -> None:
        self.engine = engine
        self.until = Until(time.monotonic() + seconds)
        self.deadline = time.monotonic() + seconds
        self.ended: Killed | None = None
        self.blind: Refused | None = None  # why nobody sees any more what is written
        self.began = False
        self._lock = threading.Lock()
        self._made: set[str] = set()

    @property
    def left(self) -> float:
        """Seconds, at least one: the engine is asked for no answer in less."""
        return max(1.0, self.deadline - time.monotonic())

    def hold(self, container: str) -> None:
        """Whoever ends this try removes this container. Raises Ended where that was before it was known."""
        with self._lock:
            self._made.add(container)
        self.look()

    def release(self, container: str) -> None:
        with self._lock:
            self._made.discard(container)

    def look(self) -> None:
        """Raises Ended when the try was ended, and a Refused where that was because nobody saw what it took."""
        if self.blind:
            raise self.blind
        if self.ended:
            raise Ended

    def end(self, why: Killed) -> None:
        """Remove what runs. A container that is only made is removed too, so that it is not started afterwards."""
        with self._lock:
            self.ended = self.ended or why
            made = list(self._made)
        self.until.stop()
        for container in made:
            try:
                with connected(self.engine, GRACE_SECONDS) as api:
                    remove(api, container)
            except Refused as reason:  # the reaper finds it by its deadline
                logger.warning("container %s of %s was not removed: %s", container[:12], self.engine.name, reason)

    @contextlib.contextmanager
    def asking(self) -> Iterator[Any]:
        """A client; what goes wrong while the try is being ended is that it was ended."""
        try:
            with connected(self.engine) as api, refusing(self.engine):
                yield api
        except Refused:
            self.look()
            raise

    @contextlib.contextmanager
    def watching_disk(self, api: Any, container: str, most: int) -> Iterator[None]:
        """End the try when the container has written more than ``most`` bytes beside what its image holds.

        It ends as well when the engine says no longer how much that is: what is not seen grows without end.
        """
        over = threading.Event()

        def watch() -> None:
            try:
                with connected(self.engine, WATCH_PATIENCE) as own, refusing(self.engine):
                    while not over.wait(WATCH_SECONDS):
                        if written(own, container) > most:
                            self.end("disk")
                            return
            except Refused as reason:
                if not over.is_set():
                    self.blind = reason
                    self.end("disk")

        thread = threading.Thread(target=watch, name="docker-disk", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()


def written(api: Any, container: str) -> int:
    """Bytes that a container has written beside what its image holds; none where it is gone.

    Refused, engine_error, where the engine cannot say.
    """
    found = api.containers(all=True, size=True, filters={"id": container})
    size = int(found[0].get("SizeRw") or 0) if found else 0
    if size < 0:  # so it says that it does not know
        raise Refused("engine_error", "The engine does not say how much the container has written.")
    return size


def remove(api: Any, container: str) -> bool:
    """Kill and remove a container with what it keeps, and wait until it is gone; False where there is none."""
    from docker.errors import APIError

    try:
        api.remove_container(container, force=True, v=True)
    except APIError as error:
        if error.status_code not in (404, 409):
            raise
        if error.status_code == 409:  # somebody else is at it, and an engine may take long
            _await_end(api, container)
        return False
    return True


def _await_end(api: Any, container: str) -> None:
    from docker.errors import APIError

    until = time.monotonic() + GRACE_SECONDS
    while time.monotonic() < until:
        try:
            api.inspect_container(container)
        except APIError as error:
            if error.status_code == 404:
                return
            raise
        time.sleep(REMOVAL_LOOK_SECONDS)


class Heard:
    """What a container prints, from the thread that hears it to the loop that tells it."""

    def __init__(self, session: Session, most: int, on_output: OnOutput | None) -> None:
        self._session, self._flood = session, most * FLOOD_FACTOR
        loop = asyncio.get_running_loop()

        def tell(stream: str, text: str) -> None:
            if on_output:
                loop.call_soon_threadsafe(on_output, stream, text)

        self.stdout = Capture("stdout", most, tell)
        self.stderr = Capture("stderr", most, tell)

    def hear(self, stdout: bytes | None, stderr: bytes | None) -> None:
        """The next pieces; far more than is kept ends the try."""
        self._session.look()
        if stdout:
            self.stdout.feed(stdout)
        if stderr:
            self.stderr.feed(stderr)
        if self.stdout.total + self.stderr.total > self._flood:
            self._session.end("output")
            raise Ended

    def outcome(
        self, exit_code: int | None, began: float, data: dict[str, Any], killed: Killed | None = None
    ) -> Outcome:
        return Outcome(
            exit_code=None if killed else exit_code,
            stdout=self.stdout.finish(),
            stderr=self.stderr.finish(),
            stdout_truncated=self.stdout.truncated,
            stderr_truncated=self.stderr.truncated,
            duration_ms=round((time.monotonic() - began) * 1000),
            killed=killed,
            data=data,
        )


async def supervised(session: Session, work: Callable[[], T]) -> T:
    """What ``work`` answers, in a thread of its own; ended when its time is over or the caller is cancelled.

    Either way what it made is gone before this ends; from an engine that does not answer the reaper takes it later.
    """
    working = in_thread(work)
    try:
        await asyncio.wait({working}, timeout=max(0.0, session.deadline - time.monotonic()))
    except asyncio.CancelledError:
        await _to_the_end(session, working, "cancelled")
        raise
    if not working.done():
        await _to_the_end(session, working, "timeout")
    if not working.done():
        raise Refused(
            "actuator_unavailable", f"The engine {session.engine.name} does not answer. It is not known what it did."
        )
    return working.result()


async def _to_the_end(session: Session, working: asyncio.Future[Any], why: Killed) -> None:
    """End it and wait until it is, whoever cancels us meanwhile."""
    ending = in_thread(lambda: session.end(why))
    until = time.monotonic() + GRACE_SECONDS
    while not (working.done() and ending.done()) and time.monotonic() < until:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({working, ending}, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
            if working.done() != ending.done():
                await asyncio.sleep(0.01)
    for each in (working, ending):
        if each.done() and not each.cancelled():
            each.exception()  # looked at, so that nobody complains


def in_thread(call: Callable[[], T]) -> asyncio.Future[T]:
    """The call's answer, from a thread of its own: the loop's few are for what is short, and an exit waits for them."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(answer: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is None:
            future.set_result(answer)  # type: ignore[arg-type] # it is T's own None then
        else:
            future.set_exception(error)

    def run() -> None:
        answer, error = None, None
        try:
            answer = call()
        except BaseException as raised:  # noqa: BLE001 - whoever awaits it raises it
            error = raised
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, answer, error)

    threading.Thread(target=run, name="docker", daemon=True).start()
    return future
