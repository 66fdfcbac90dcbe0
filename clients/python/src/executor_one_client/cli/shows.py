"""The ways to show a goal that one follows: nothing, plain lines, or a live picture on a terminal."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Self

from executor_one_client.cli import text
from executor_one_client.cli.printing import STYLES, console, give, is_terminal
from executor_one_client.cli.story import Story

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

ICONS = {
    "waiting": "·", "pending": "·", "planning": "▶", "executing": "▶", "running": "▶", "healed": "✚",
    "completed": "✓", "failed": "✗", "cancelled": "-", "skipped": "-",
}  # fmt: skip
DRAW_SECONDS = 0.1
OUTPUT_LINES = 8  # the last ones stand below the tasks
FRAME_LINES = 4  # head, rule, an error, and the line that the cursor is in


class Quiet:
    """Shows nothing; for --json, whose one document comes at the end."""

    def __init__(self, goal: str) -> None:
        self.story = Story(goal)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None: ...

    def hear(self, type: str, data: dict[str, Any], at: datetime | None) -> None:
        """One event of the goal."""
        self.story.hear(type, data, at)

    def plan(self, tasks: list[dict[str, Any]]) -> None:
        """The goal's tasks, as they are now."""
        self.story.plan(tasks)

    def tick(self) -> None:
        """Something was heard, or some time has gone by."""

    def end(self, goal: dict[str, Any]) -> None:
        """How it ended."""
        self.story.end(goal)


class Plain(Quiet):
    """A line for each thing that happens: no colour, and no line is touched again."""

    def hear(self, type: str, data: dict[str, Any], at: datetime | None) -> None:
        for line in self.story.hear(type, data, at):
            give(line)

    def end(self, goal: dict[str, Any]) -> None:
        give(self.story.end(goal))


class Picture(Quiet):
    """The goal, its tasks and what they printed last, drawn in place; the last picture stays."""

    def __enter__(self) -> Self:
        from rich.live import Live

        # Words go to stderr: above the picture where that is the same terminal, else to where it leads.
        self.console = console()
        self.live = Live(
            self._drawn(), console=self.console, auto_refresh=False, redirect_stdout=False,
            redirect_stderr=is_terminal(sys.stderr), vertical_overflow="crop",
        )  # fmt: skip
        self.live.start(refresh=True)
        self.drawn_at = monotonic()
        return self

    def __exit__(self, *error: object) -> None:
        self.live.stop()

    def hear(self, type: str, data: dict[str, Any], at: datetime | None) -> None:
        self.story.hear(type, data, at)

    def tick(self) -> None:
        # Not for each event: a task can print faster than one draws.
        if monotonic() - self.drawn_at >= DRAW_SECONDS:
            self.draw()

    def draw(self) -> None:
        """The picture as it is now, in the place of the one before."""
        self.live.update(self._drawn(), refresh=True)
        self.drawn_at = monotonic()

    def end(self, goal: dict[str, Any]) -> None:
        self.story.end(goal)
        self.draw()

    def _drawn(self) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        story, height = self.story, self.console.height
        lines = [self._row(story.state, story.description or story.goal, _seconds(story.seconds, story.began))]
        output = list(story.printed)[-OUTPUT_LINES:] if story.state != "completed" or len(story.steps) else []
        output = output[-max(1, height // 3) :]
        lines += self._tasks(max(3, height - FRAME_LINES - len(output)))
        if output:
            lines.append(Text("  ── output", "bright_black"))
            lines += [Text(f"  {line.expandtabs(4)}", no_wrap=True, overflow="ellipsis") for _, line in output]
        if story.error:
            lines.append(Text(text.one_line(story.error), STYLES.get(story.state, "")))
        return Group(*lines)

    def _tasks(self, room: int) -> list[Text]:
        """As many tasks as there is room for: those before the first open one go first, then those after."""
        from rich.text import Text

        steps = list(self.story.steps.values())
        first_open = next((at for at, step in enumerate(steps) if step.seconds is None), len(steps))
        begin = max(0, min(first_open - 1, len(steps) - room)) if len(steps) > room else 0
        shown = steps[begin : begin + room]
        rows = [
            self._row(step.state, step.name, _seconds(step.seconds, step.began), "  ", step.healed) for step in shown
        ]
        before, after = begin, len(steps) - begin - len(shown)
        if before:
            rows.insert(0, Text(f"  … {before} before", "bright_black"))
        if after:
            rows.append(Text(f"  … {after} more", "bright_black"))
        return rows

    def _row(self, state: str, name: str, took: str, indent: str = "", healed: bool = False) -> Text:
        """Icon, name, word and duration, in the width of the terminal. Never colour alone: the word says the same."""
        from rich.text import Text

        state = text.one_line(state, 20)
        word = f"{state}, healed" if healed and state == "completed" else state
        right = f"  {word} {took:>8}"
        name = text.one_line(name, max(8, self.console.width - len(indent) - len(right) - 3))
        row = Text(f"{indent}{ICONS.get(state, '·')} ", STYLES.get(state, ""), no_wrap=True, overflow="ellipsis")
        row.append(name.ljust(min(40, max(8, self.console.width - len(indent) - len(right) - 3))), "default not strike")
        row.append(right, STYLES.get("healed" if word != state else state, ""))
        return row


def _seconds(known: float | None, began: datetime | None) -> str:
    """A duration that is known, or that has been running since; nothing where neither is."""
    if known is not None:
        return text.duration(known)
    return text.duration(max(0.0, (datetime.now(UTC) - began).total_seconds())) if began else ""


def show_for(goal: str, *, as_json: bool) -> Quiet:
    """The way that fits what stdout is."""
    if as_json:
        return Quiet(goal)
    return Picture(goal) if is_terminal(sys.stdout) else Plain(goal)
