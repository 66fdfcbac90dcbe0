"""What the tasks of a goal printed, as lines: those that are there, or also those to come."""

from __future__ import annotations

import sys
from typing import Any

from executor_one_client.cli import text
from executor_one_client.cli.exits import OUTCOMES
from executor_one_client.cli.following import follow
from executor_one_client.cli.printing import console, give, is_terminal, say
from executor_one_client.cli.session import CUT, Heard, Session, is_cut

MOST_EVENTS = 10_000  # that a history has
TRY_ENDS = ("task.completed", "task.failed", "task.cancelled", "task.lost", "task.lease_released", "correction.applied")


class Log:
    """Lines of several tasks, one after the other: a line comes whole, though its text came in pieces."""

    def __init__(self) -> None:
        self.has_heads = is_terminal(sys.stdout)
        self.has_lines = False
        self.names: dict[str, str] = {}
        self._headed = ""
        self._unfinished: dict[tuple[str, str], str] = {}  # (try, stream): the line that has no end yet

    def hear(self, type: str, data: dict[str, Any]) -> None:
        """One event of the goal; those that are no output or end of a try are passed over."""
        which = f"{data.get('task')}/{data.get('attempt')}"
        if type == "task.started":
            self.names.setdefault(str(data.get("task")), str(data.get("name")))
        elif type == "task.output":
            where = (which, str(data.get("stream")))
            *lines, rest = (self._unfinished.pop(where, "") + str(data.get("text"))).split("\n")
            if rest:
                self._unfinished[where] = rest
            self._give(data, lines)
        elif type in TRY_ENDS:
            rests = [self._unfinished.pop((which, stream), "") for stream in ("stdout", "stderr")]
            self._give(data, [rest for rest in rests if rest])

    def finish(self) -> None:
        """Lines whose end never came."""
        for (which, _), rest in self._unfinished.items():
            task, _, attempt = which.partition("/")
            self._give({"task": task, "attempt": attempt}, [rest])
        self._unfinished.clear()

    def _give(self, data: dict[str, Any], lines: list[str]) -> None:
        if lines:
            self.has_lines = True
            self._head(data)
        for line in lines:
            give(line)

    def _head(self, data: dict[str, Any]) -> None:
        name, attempt = self.names.get(str(data.get("task")), "task"), data.get("attempt")
        head = f"── {text.one_line(name, 60)}, try {text.one_line(attempt, 20)}"
        if self.has_heads and head != self._headed:
            console().print(head, style="bright_black")
        self._headed = head


def give_logs(session: Session, goal: str) -> None:
    """What was printed so far."""
    history = session.history(goal)
    log = Log()
    log.names = {task["id"]: task["name"] for task in history["tasks"]}
    for event in history["events"]:
        log.hear(event["type"], event["data"])
    log.finish()
    if is_cut(history["tasks"]):
        say(CUT)
    if len(history["events"]) >= MOST_EVENTS:
        say(f"These are the first {MOST_EVENTS:,} events of the goal; all of them: exo logs -f {goal}")
    if history["goal"]["state"] not in OUTCOMES:
        say(f"The goal is {history['goal']['state']}. To follow it: exo logs -f {goal}")


def follow_logs(session: Session, goal: str) -> None:
    """What was and will be printed, until the goal ends."""
    log = Log()
    try:
        for item in follow(session, goal):
            if isinstance(item, Heard):
                log.hear(item.type, item.data)
            elif item is not None:
                log.names |= {task["id"]: task["name"] for task in item.tasks}
    except KeyboardInterrupt:
        say(f"The goal goes on. Follow it again: exo logs -f {goal}")
        raise
    log.finish()
    if log.has_lines and session.is_cut(goal):
        say(CUT)
    say(f"The goal is {session.goal(goal)['state']}.")
