"""How memories, fixes and trees look on a page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from memory.models import Memory

register = template.Library()

SLOT = re.compile(r"\{(\w{1,40})\}")
NEARNESS = ((0.6, "very close"), (0.4, "close"), (0.25, "near"))  # a cosine, and how it reads
PREVIEW = 240  # characters of a value in a list


@register.filter
def why(reason: Mapping[str, Any]) -> str:
    """A reason of recall in words."""
    if reason["by"] == "meaning":
        near = next((word for least, word in NEARNESS if reason["similarity"] >= least), "distantly near")
        return f"{near} in meaning ({reason['similarity']:.2f})"
    if reason["by"] == "words":
        return f"says {', '.join(f'{stem}…' for stem in reason['words'])}"
    if reason["by"] == "tags":
        return f"tagged {', '.join(reason['tags'])}"
    return "its key begins so"


@register.filter
def preview(memory: Memory) -> str:
    """The beginning of a value that is no secret, on one line."""
    text = memory.value
    return text if len(text) <= PREVIEW else f"{text[:PREVIEW]}…"


@register.filter
def item_address(key: str) -> str:
    """The page of a memory."""
    return f"/dashboard/memory/item?{urlencode({'key': key})}"


@register.filter
def happened(type: str) -> str:
    """`memory.crystallized` -> "Crystallized"."""
    return type.partition(".")[2].replace("_", " ").capitalize()


@register.filter
def slots(description: str) -> SafeString:
    """A tree's description, its slots `{name}` marked as what may differ."""
    parts = SLOT.split(description)
    marked = ((format_html('<span class="slot">{}</span>', part) if at % 2 else part) for at, part in enumerate(parts))
    return format_html_join("", "{}", ((part,) for part in marked))
