"""How values stand in the lists and on the pages of the staff's console: states, times, durations, ids.

They look as on the dashboard (kit.templatetags.look); static/css/console.css has their colours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC
from functools import cache
from typing import Any

from django.db import models
from django.utils.html import format_html
from django.utils.safestring import SafeString

from executor_one.kit.templatetags.look import NOTHING, ago, duration, short, state, whole

MILLISECONDS = {"_ms": 1, "_seconds": 1000}  # how names of durations end
HOLD_IDS = {"actor", "receipt"}
PEOPLE_SAY = {
    "created at": "made", "finished at": "ended", "seen at": "heard", "pulsed at": "ticked last",
    "used at": "used last", "accessed at": "read last", "last used at": "used last", "wake at": "looked at next",
    "retry at": "tried again", "period end": "paid until", "ends at period end": "ends",
    "grace until": "plan stays until", "past due since": "payment missing since", "tick count": "ticks",
}  # fmt: skip
CAPITALS = {"llm": "LLM", "api": "API", "id": "ID", "pid": "PID", "ip": "IP"}

Column = Callable[[Any], Any]


def badge(tone: str, word: str = "") -> SafeString:
    """A state of whatever thing: `tone` is one of a goal's or a task's (completed, failed, waiting, ...), for colour
    and icon; `word` says it."""
    return state(tone, word.replace("_", " "))


def moment(value: Any) -> SafeString | str:
    """A time on a page of its own row: exact, for there is room, and how long ago."""
    if value is None:
        return NOTHING
    return format_html("{}, {}", value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"), ago(value))


def code(value: Any, *, whole: bool = False) -> SafeString | str:
    """An id: shortened, and whole on hover."""
    if value in (None, ""):
        return NOTHING
    return format_html('<code class="code" title="{}">{}</code>', value, value if whole else short(value))


def yes(value: bool | None) -> str:
    """Whether; a red cross for "no" would look like a failure."""
    return "Yes" if value else NOTHING


def as_it_is(value: Any) -> Any:
    """A value that only its heading says otherwise."""
    return NOTHING if value is None else value


def number(value: float | None) -> str:
    """No more places than somebody reads."""
    return NOTHING if value is None else f"{value:,.2f}"


def link(address: str, words: Any, hover: str = "") -> SafeString:
    """A link that looks like one."""
    classes = "text-primary-600 dark:text-primary-500"
    return format_html('<a class="{}" href="{}" title="{}">{}</a>', classes, address, hover, words)


def said(field: Any, *, tones: Mapping[str, str] | None = None, at_length: bool = False) -> Column | None:
    """The column of a field, or None where Django does. `tones`: of a state, by value; `at_length`: on a page."""
    if tones is not None:
        return _column(field.name, field.verbose_name, _State(tuple(tones.items())))
    if isinstance(field, models.DateTimeField):
        return _column(field.name, field.verbose_name, moment if at_length else ago)
    if isinstance(field, models.BooleanField):
        return _column(field.name, field.verbose_name.removeprefix("is "), yes)
    if isinstance(field, models.FloatField):
        return _column(field.name, field.verbose_name, number)
    for end, factor in MILLISECONDS.items():
        if field.name.endswith(end):
            return _column(field.name, field.verbose_name.removesuffix(end.replace("_", " ")), _Duration(factor))
    if not at_length and _is_id(field):
        return _column(field.name, "id" if field.primary_key else field.verbose_name, code)
    return _column(field.name, field.verbose_name, as_it_is) if field.verbose_name in PEOPLE_SAY else None


def said_limit(field: Any) -> Column:
    """The column of a limit of a plan."""
    return _column(field.name, field.verbose_name.replace("per month", "a month"), whole)


def said_id(field: Any) -> Column:
    """The column of the id that a foreign key holds: no row is fetched for it."""
    return _column(field.attname, field.verbose_name, code)


def _is_id(field: Any) -> bool:
    is_text = isinstance(field, models.CharField)
    return isinstance(field, models.UUIDField) or (is_text and (field.primary_key or field.name in HOLD_IDS))


def in_words(says: str) -> str:
    """The name of a field as people say it."""
    return PEOPLE_SAY.get(says) or says.removesuffix(" at")


def heading(says: str) -> str:
    """The name of a field as a heading: in people's words, where it has the model's."""
    words = [CAPITALS.get(word.lower(), word) for word in in_words(says).split()]
    return " ".join([words[0][:1].upper() + words[0][1:], *words[1:]]) if words else ""


class _State(tuple[tuple[str, str], ...]):
    """Says a state by its tones; a tuple, to be found again by what it holds."""

    def __call__(self, value: str) -> SafeString | str:
        return badge(dict(self).get(value, value), value) if value else NOTHING


class _Duration(int):
    """Says a number of milliseconds, or of so many of them."""

    def __call__(self, value: float | None) -> str:
        return duration(None if value is None else value * self) if value != 0 or self == 1 else NOTHING


@cache  # Django compares columns, so each must stay the same object
def _column(name: str, says: str, show: Callable[[Any], Any]) -> Column:
    def column(row: Any) -> Any:
        return show(getattr(row, name))

    column.__name__ = name
    column.short_description = heading(says)  # type: ignore[attr-defined]
    column.admin_order_field = name  # type: ignore[attr-defined]
    return column
