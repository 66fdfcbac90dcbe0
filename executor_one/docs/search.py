"""Search over the documents: sections whose text holds every word, those with it in a heading first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from executor_one.docs import handbook, library
from executor_one.docs.markdown import Rendered

MAX_LENGTH, MAX_WORDS, MAX_FOUND, AROUND = 100, 8, 30, 80
HEADING = re.compile(r"^#{1,6} ", re.MULTILINE)


@dataclass(frozen=True)
class Section:
    """What stands below one heading."""

    page: str
    heading: str
    url: str
    text: str


@dataclass(frozen=True)
class Found:
    """A section that was found, and the text around the first word."""

    section: Section
    before: str
    word: str
    after: str


@cache
def sections() -> tuple[Section, ...]:
    """Every section of every page."""
    found = [one for page in library.pages() for one in _cut(page.title, page.url, page.text, page.rendered)]
    return (*_cut("Developer documentation", "/dev", handbook.markdown(), handbook.page()), *found)


def _cut(title: str, url: str, text: str, rendered: Rendered) -> Iterator[Section]:
    for heading in rendered.headings:
        start = re.search(rf"^#{{{heading.level}}} +{_flexible(heading.text)}\s*$", text, re.MULTILINE)
        if start is None:
            continue
        rest = HEADING.split(text[start.end() :], maxsplit=1)[0]
        address = url if heading.level == 1 else f"{url}#{heading.anchor}"
        yield Section(title, heading.text, address, _plain(rest))


def _flexible(heading: str) -> str:
    """A heading as the source may have it, with marks around its words."""
    return r"[`*]*".join(map(re.escape, heading))


def _plain(text: str) -> str:
    return " ".join(re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*|]|^```.*$|-{3,}", r"\1", text, flags=re.MULTILINE).split())


def search(query: str) -> list[Found]:
    """The sections that hold all words of the query, best first; at most 30."""
    words = query[:MAX_LENGTH].casefold().split()[:MAX_WORDS]
    if not words:
        return []
    scored = [(score, section) for section in sections() if (score := _score(section, words))]
    scored.sort(key=lambda one: -one[0])
    return [_shown(section, words) for _, section in scored[:MAX_FOUND]]


def _score(section: Section, words: list[str]) -> int:
    page, heading, text = section.page.casefold(), section.heading.casefold(), section.text.casefold()
    total = 0
    for word in words:
        points = 8 * (word in heading) + 4 * (word in page) + min(text.count(word), 3)
        if not points:
            return 0
        total += points
    return total


def _shown(section: Section, words: list[str]) -> Found:
    text = section.text
    places = [at for word in words if (at := text.casefold().find(word)) >= 0]
    at = min(places, default=0)
    word = next((one for one in words if text.casefold().startswith(one, at)), "")
    start = max(0, at - AROUND)
    before = ("…" if start else "") + text[start:at]
    end = at + len(word)
    after = text[end : end + 2 * AROUND] + ("…" if len(text) > end + 2 * AROUND else "")
    return Found(section, before, text[at:end], after)
