"""The pages of the documentation, as a browser without an account gets them."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.test import Client

from executor_one.docs import library

OWN_PAGES = ("/dev", "/dev/console", "/docs", "/docs/search", "/docs/search?q=goal")


def every_page() -> list[str]:
    """The address of each page of /dev and /docs."""
    return [*OWN_PAGES, *(page.url for page in library.pages())]


@pytest.fixture
def browser(db: None) -> Client:
    return Client()


class Markup(HTMLParser):
    """What a page consists of: its elements, ids, addresses, and whatever a strict policy would refuse."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.assets: list[str] = []
        self.refused: list[str] = []
        self.headings: list[str] = []
        self._depth = 0  # inside <main>; the frame around it belongs to others
        self.feed(html)

    def handle_endtag(self, tag: str) -> None:
        self._depth -= tag == "main"

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self._depth += tag == "main"
        self.refused += [f"<{tag} {name}>" for name in found if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in found):
            self.refused.append(f"<{tag}> inline")
        if identity := found.get("id"):
            self.ids.append(identity)
        if tag == "a" and self._depth and found.get("href"):
            self.links.append(str(found["href"]))
        if tag in ("script", "img", "iframe", "source") and found.get("src"):
            self.assets.append(str(found["src"]))
        if tag == "link" and found.get("rel") != "alternate":
            self.assets.append(str(found["href"]))
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append(tag)


@pytest.fixture
def markup(browser):
    """`markup(address)`: the parsed page at it, which must be there."""

    def get(address: str) -> Markup:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert answer["Content-Type"] == "text/html; charset=utf-8"
        return Markup(answer.content.decode())

    return get
