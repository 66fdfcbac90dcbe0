"""Follow a goal to its end: a thread reads the events, so that the screen, Ctrl-C and --timeout wait for nobody."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from executor_one_client.cli.exits import OUTCOMES, Exit, Stop
from executor_one_client.cli.printing import say
from executor_one_client.cli.session import CUT, Heard, Session
from executor_one_client.cli.shows import Quiet, show_for
from executor_one_client.cli.story import PLANNED

TICK_SECONDS = 0.1


@dataclass(frozen=True)
class Tasks:
    """The goal's tasks, as they are after they were planned."""

    tasks: list[dict[str, Any]]


@dataclass(frozen=True)
class Over:
    """Nothing comes any more: the stream ended, or `error` did."""

    error: BaseException | None = None


Happening = Heard | Tasks | Over


def follow(session: Session, goal: str, *, with_tasks: bool = True) -> Iterator[Heard | Tasks | None]:
    """What happens to the goal from its first event on, and None every 0.1 s in which nothing does."""
    coming: SimpleQueue[Happening] = SimpleQueue()
    threading.Thread(target=_read, args=(session, goal, coming, with_tasks), daemon=True).start()
    while True:
        try:
            item = coming.get(timeout=TICK_SECONDS)
        except Empty:
            yield None
            continue
        if not isinstance(item, Over):
            yield item
        elif item.error:
            raise item.error
        else:
            return


def _read(session: Session, goal: str, coming: SimpleQueue[Happening], with_tasks: bool) -> None:
    try:
        for event in session.events(goal):
            coming.put(event)
            if with_tasks and event.type in PLANNED:
                coming.put(Tasks(session.tasks(goal)))
        coming.put(Over())
    except BaseException as error:  # noqa: BLE001 - it is raised where somebody waits: in the main thread
        coming.put(Over(error))


def watch(session: Session, goal: str, *, show: Quiet, timeout: float | None = None) -> dict[str, Any]:
    """The goal as it ended, shown meanwhile. Stop(STILL_RUNNING) after `timeout` seconds."""
    deadline = time.monotonic() + timeout if timeout is not None else None
    with show:
        for item in follow(session, goal):
            if isinstance(item, Heard):
                show.hear(item.type, item.data, item.at)
            elif isinstance(item, Tasks):
                show.plan(item.tasks)
            show.tick()
            if deadline is not None and time.monotonic() > deadline:
                raise Stop(Exit.STILL_RUNNING, f"It still runs after {timeout:g} s. Follow it again: exo watch {goal}")
        ended = session.goal(goal)
        show.end(ended)
    return ended


def watch_and_leave(
    session: Session, goal: str, *, as_json: bool, timeout: float | None, asks: bool
) -> tuple[dict[str, Any], Exit]:
    """Watch to the end, or to Ctrl-C: the goal as it ended, and what that is as an exit code.

    With `asks`, Ctrl-C asks whether to cancel the goal; else, or where nobody can answer, it goes on and that is said.
    """
    show = show_for(goal, as_json=as_json)
    try:
        ended = watch(session, goal, show=show, timeout=timeout)
    except KeyboardInterrupt:
        ended = _interrupted(session, goal, asks=asks)
    if not as_json and show.story.printed and session.is_cut(goal):
        say(CUT)
    code = OUTCOMES.get(ended["state"], Exit.ERROR)
    if code is Exit.FAILED:
        say(f"All that it printed: exo logs {goal}")
    return ended, code


def _interrupted(session: Session, goal: str, *, asks: bool) -> dict[str, Any]:
    """After the first Ctrl-C. A second one, here, is a KeyboardInterrupt that leaves at once."""
    goes_on = f"The goal goes on. Follow it again: exo watch {goal}"
    if not asks:
        raise Stop(Exit.INTERRUPTED, goes_on)
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty()):
        raise Stop(Exit.INTERRUPTED, f"Not cancelled: without a terminal nobody is asked. {goes_on}")
    if not _said_yes("\nCancel the goal? It goes on otherwise. [y/N] "):
        raise Stop(Exit.INTERRUPTED, goes_on)
    cancelled = session.cancel(goal, "Ctrl-C in exo")
    say(f"The goal is {cancelled['state']}.")
    return cancelled


def _said_yes(question: str) -> bool:
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")
