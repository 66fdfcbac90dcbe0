"""How values look on a page: times, durations, ids, states, icons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from executor_one.kit.vendored import VENDORED

register = template.Library()

ICONS = f"{VENDORED['lucide-static']}/icons.svg"
STATE_ICONS = {
    "pending": "circle-dashed",
    "planning": "loader",
    "executing": "circle-dot",
    "waiting": "circle-dashed",
    "delayed": "timer",
    "released": "circle-dashed",
    "running": "circle-dot",
    "ended": "circle-dot",
    "completed": "circle-check",
    "succeeded": "circle-check",
    "failed": "circle-x",
    "lost": "circle-x",
    "cancelled": "circle-slash",
    "skipped": "circle-slash",
    "healed": "bandage",
}
OVERRIDES = {0x202D: None, 0x202E: None}  # left-to-right and right-to-left override
NOTHING = "\u2013"
SHORT_ID = 14  # characters from which an id is shortened
LOCAL_TIMES, UTC_TIMES = "local", "utc"

# How the reader of the page wants times: a filter has no context to ask.
_times: ContextVar[str] = ContextVar("times", default=LOCAL_TIMES)


@contextmanager
def times_as(wanted: str) -> Iterator[None]:
    """Tell the times of a page as its reader wants them: LOCAL_TIMES or UTC_TIMES."""
    before = _times.set(wanted)
    try:
        yield
    finally:
        _times.reset(before)


@register.simple_tag
def vendored(package: str, file: str) -> str:
    """The address of a file of a package in static/vendor."""
    return static(f"{VENDORED[package]}/{file}")


@register.simple_tag(takes_context=True)
def tokens(context: Any) -> SafeString:
    """What every form carries: the token against forgery, and which account the page is of (accounts.pages)."""
    token = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', context.get("csrf_token", ""))
    caller = context.get("caller")
    if caller is None:
        return token
    return token + format_html('<input type="hidden" name="of_account" value="{}">', caller.account_id)


@register.simple_tag
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """An icon of the sprite. Without a label it is decoration, and a screen reader passes it over."""
    classes = f"icon {extra}".strip()
    if label:
        return format_html(
            '<svg class="{}" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            classes, label, static(ICONS), name,
        )  # fmt: skip
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>', classes, static(ICONS), name
    )


@register.simple_tag
def state(value: str, word: str = "") -> SafeString:
    """The state of a goal, a task or a try: icon and word in its colour."""
    return format_html(
        '<span class="state state-{}" data-state="{}">{}<span>{}</span></span>',
        value, value, icon(STATE_ICONS.get(value, "circle")), (word or value).capitalize(),
    )  # fmt: skip


@register.filter
def duration(milliseconds: float | None) -> str:
    """`840` -> "840 ms", `3200` -> "3.2 s", `250000` -> "4 min 10 s"; a dash for nothing."""
    if milliseconds is None:
        return NOTHING
    if milliseconds < 1000:
        return f"{milliseconds:.0f} ms"
    seconds = milliseconds / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


@register.filter
def between(start: datetime | None, end: datetime | None) -> str:
    """How long from one time to another, or until now."""
    if start is None:
        return NOTHING
    return duration(((end or timezone.now()) - start).total_seconds() * 1000)


@register.filter
def ago(moment: datetime | None) -> SafeString | str:
    """A time as the reader wants it: how long ago, or in UTC; with the ISO time on hover.

    Only the browser knows the local time: static/js/app.js adds it to what is on hover, and keeps an open page true.
    """
    if moment is None:
        return NOTHING
    moment = moment.astimezone(UTC)
    words = _in_utc(moment) if _times.get() == UTC_TIMES else _said(moment)
    exact = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return format_html('<time datetime="{}" title="{}" data-ago>{}</time>', moment.isoformat(), exact, words)


def _in_utc(moment: datetime) -> str:
    """Of today the time, else the date with it."""
    is_today = moment.date() == timezone.now().date()
    return moment.strftime("%H:%M:%S UTC" if is_today else "%Y-%m-%d %H:%M UTC")


def _said(moment: datetime) -> str:
    seconds = (timezone.now() - moment).total_seconds()
    far = abs(seconds)
    words = ""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        if far >= size:
            words = f"{int(far // size)} {unit}"
            break
    if not words:
        return "just now"
    if far > 30 * 86400:
        return moment.strftime("%Y-%m-%d")
    return f"{words} ago" if seconds > 0 else f"in {words}"


@register.filter
def short(value: Any) -> str:
    """A long id, shortened in the middle."""
    text = str(value)
    return text if len(text) <= SHORT_ID else f"{text[:6]}…{text[-4:]}"


@register.inclusion_tag("components/id.html")
def ident(value: Any) -> dict[str, Any]:
    """An id in monospace, shortened in the middle, copied on click."""
    return {"value": str(value)}


@register.filter
def pretty(value: Any) -> str:
    """JSON over several lines."""
    return json.dumps(value, indent=2, ensure_ascii=False)


@register.filter
def percent(share: float | None) -> str:
    """`0.825` -> "83 %"."""
    return NOTHING if share is None else f"{share * 100:.0f} %"


@register.filter
def whole(number: int | None) -> str:
    """`12000` -> "12,000"; nothing means no limit."""
    return "unlimited" if number is None else f"{number:,}"


@register.filter
def headline(title: str) -> str:
    """The phrase of a status as a headline: `Too Many Requests` -> "Too many requests"."""
    return title[:1] + title[1:].lower()


@register.filter
def one_way(text: str) -> str:
    """What somebody wrote, without the two characters that turn all letters around, those of what we say too.

    Marks of scripts that run from right to left stay.
    """
    return text.translate(OVERRIDES)


@register.filter
def inert(name: str) -> SafeString:
    r"""A name that may be made to deceive: what is not printed, or turns letters around, is written out as `\u202e`."""
    return format_html_join("", "{}", ((_written_out(letter),) for letter in name))


def _written_out(letter: str) -> SafeString | str:
    if letter.isprintable():
        return letter
    code = letter.encode("unicode_escape").decode()
    return format_html('<span class="muted" title="U+{}">{}</span>', f"{ord(letter):04X}", code)


@register.filter
def size(count: int) -> str:
    """`512` -> "512 B", `1536` -> "1.5 KiB", `20971520` -> "20 MiB"."""
    if count < 1024:
        return f"{count} B"
    number = float(count)
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        number /= 1024
        if number < 999.5 or unit == "TiB":
            break
    return f"{number:.1f} {unit}" if number < 9.95 else f"{number:,.0f} {unit}"
