"""The documents of docs/: which there are, in which order, and what their links become.

A page is found by its name in the list of the files that exist. Nothing of a request is ever joined to a path.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from django.conf import settings

from executor_one.docs import generated
from executor_one.docs.markdown import Rendered, render

KINDS = {
    "tutorial": ("Tutorial", "Learn by doing, step by step."),
    "howto": ("How-to guides", "One task each, for who knows what they want."),
    "reference": ("Reference", "Every endpoint, event, error and change, generated from the code."),
    "explanation": ("Explanation", "How it works inside, and why."),
    "decisions": ("Decisions", "What was decided, when somebody would otherwise ask."),
}
# Files of the root that are pages as well: (kind, name) of the page.
OF_THE_ROOT = {"CHANGELOG.md": ("reference", "changelog"), "CONTRIBUTING.md": ("reference", "contributing")}
OPENAPI = "docs/reference/openapi.yaml"
PRINTED_URL = "http://127.0.0.1:8000"  # what the files say; a page says settings.PUBLIC_URL
# Files that pages show or link to.
ATTACHED = {
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".py": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Page:
    """One document. `path` is its address below /docs/, `source` the file's place in the repository, if it has one."""

    kind: str
    path: str
    source: str
    text: str

    @cached_property
    def rendered(self) -> Rendered:
        return render(self.text, link=self._link)

    @property
    def title(self) -> str:
        return self.rendered.title

    @property
    def url(self) -> str:
        return f"/docs/{self.path}"

    @property
    def summary(self) -> str:
        """The first sentence of its first paragraph, for lists."""
        paragraphs = (part.strip() for part in self.text.split("\n\n"))
        prose = next((part for part in paragraphs if re.match(r"[A-Za-z`*\"]", part)), "")
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*]", r"\1", " ".join(prose.split()))
        return re.split(r"(?<=\.)\s", plain)[0].rstrip(":")

    def _link(self, address: str) -> str:
        return Links(self).on_the_page(address)


class Links:
    """What the relative addresses in a page's source become."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def target(self, address: str) -> tuple[str, str]:
        """(place in the repository, anchor) that a relative address means."""
        place, _, anchor = address.partition("#")
        folder = posixpath.dirname(self.page.source)
        return posixpath.normpath(posixpath.join(folder, place)) if place else self.page.source, anchor

    def on_the_page(self, address: str) -> str:
        """The address for a browser; one that leads nowhere stays as it is, and `broken` tells of it."""
        if _is_absolute(address):
            return address
        place, anchor = self.target(address)
        url = urls().get(place, address) if address.partition("#")[0] else ""
        return f"{url}#{anchor}" if anchor else url

    def broken(self) -> Iterator[str]:
        """Each link of the page that leads to no page, file or heading of ours."""
        for address in self.page.rendered.links:
            if "://" in address or address.startswith("mailto:"):
                continue
            url = address if address.startswith("/") else self.on_the_page(address)
            path, _, anchor = url.partition("#")
            known = anchors(path) if path else self.page.rendered.anchors
            if (path.startswith("/docs") and known is None) or (path and not path.startswith("/")):
                yield f"{self.page.source}: {address} leads to nothing"
            elif anchor and known is not None and anchor not in known:
                yield f"{self.page.source}: {address} has no such heading"


def _is_absolute(address: str) -> bool:
    return "://" in address or address.startswith(("/", "mailto:"))


def anchors(url: str) -> set[str] | None:
    """What can be linked to on a page of /docs; None when there is no such page."""
    if url == "/docs":
        return set(KINDS)
    path = url.removeprefix("/docs/")
    if path in KINDS or path in attached():
        return set()
    page = by_path().get(path)
    return page.rendered.anchors if page else None


@cache
def pages() -> tuple[Page, ...]:
    """Every page in the order of the navigation."""
    found = [*_files(), *_of_the_root(), *_generated()]
    kinds = list(KINDS)
    return tuple(sorted(found, key=lambda page: (kinds.index(page.kind), _order(page))))


def _order(page: Page) -> str:
    return page.path if page.kind == "decisions" else page.title.casefold()


def _files() -> Iterator[Page]:
    for kind in KINDS:
        for file in sorted((settings.BASE_DIR / "docs" / kind).glob("*.md")):
            yield Page(kind, f"{kind}/{file.stem}", f"docs/{kind}/{file.name}", _read(file))


def _of_the_root() -> Iterator[Page]:
    for name, (kind, path) in OF_THE_ROOT.items():
        yield Page(kind, path, name, _read(settings.BASE_DIR / name))


def _generated() -> Iterator[Page]:
    for path, text in generated.PAGES.items():
        yield Page("reference", path, f"docs/{path}.md", text())


def _read(file: Path) -> str:
    return file.read_text(encoding="utf-8").replace(PRINTED_URL, settings.PUBLIC_URL)


@cache
def by_path() -> dict[str, Page]:
    """{address below /docs/: page}."""
    return {page.path: page for page in pages()}


@cache
def urls() -> dict[str, str]:
    """{place in the repository: address}, for the links between documents."""
    listed = {f"docs/{kind}/{name}": f"/docs/{kind}/{name}" for kind, name in _markdown_files()}
    listed |= {f"docs/{kind}": f"/docs/{kind}" for kind in KINDS} | {"docs": "/docs", "docs/dev": "/dev"}
    listed = {place: url.removesuffix(".md") for place, url in listed.items()}
    listed |= {name: f"/docs/{path}" for name, (_, path) in OF_THE_ROOT.items()}
    listed |= {f"docs/{path}.md": f"/docs/{path}" for path in generated.PAGES}
    listed |= {f"docs/dev/{file.name}": "/dev" for file in (settings.BASE_DIR / "docs/dev").glob("*.md")}
    return listed | {f"docs/{name}": f"/docs/{name}" for name in attached()} | {OPENAPI: "/api/schema"}


def _markdown_files() -> Iterator[tuple[str, str]]:
    for kind in KINDS:
        for file in (settings.BASE_DIR / "docs" / kind).glob("*.md"):
            yield kind, file.name


@cache
def attached() -> dict[str, Path]:
    """{address below /docs/: file} of the pictures and programs of the documents."""
    root = settings.BASE_DIR / "docs"
    return {str(file.relative_to(root)): file for file in sorted(root.rglob("*")) if file.suffix in ATTACHED}


def neighbours(page: Page) -> tuple[Page | None, Page | None]:
    """The pages before and after, in the order of the navigation."""
    row = pages()
    at = row.index(page)
    return (row[at - 1] if at else None), (row[at + 1] if at + 1 < len(row) else None)


def navigation() -> list[tuple[str, str, str, list[Page]]]:
    """(kind, its name, what it is for, its pages)."""
    return [(kind, *KINDS[kind], [page for page in pages() if page.kind == kind]) for kind in KINDS]
