"""`/dev`: the developer documentation, one section for each file of docs/dev/, true for this installation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings

from executor_one.docs import generated, library
from executor_one.docs.markdown import Code, Rendered, codes, render

PRINTED_URL = "https://executor.one"  # what the files say; the page says settings.PUBLIC_URL
GENERATED = re.compile(r"<!-- generated: (\w+) -->")
KEY = "exo_YOUR_KEY"  # what stands for the reader's key in samples
CONSOLE = "/dev/console"


def sections() -> list[Path]:
    """The files, in order."""
    return sorted((settings.BASE_DIR / "docs/dev").glob("*.md"))


def samples() -> Iterator[tuple[str, Code]]:
    """(file, block) of each code block of the source, for the tests that run them."""
    for file in sections():
        for code in codes(file.read_text(encoding="utf-8")):
            yield file.name, code


def markdown() -> str:
    """The whole page as Markdown, with the tables of today and the addresses of this installation."""
    return _joined(generated.plans())


@lru_cache(maxsize=4)
def _joined(plans: str) -> str:
    text = "\n\n".join(file.read_text(encoding="utf-8").strip() for file in sections())
    text = GENERATED.sub(lambda found: plans if found[1] == "plans" else generated.TABLES[found[1]](), text)
    sockets = re.sub("^http", "ws", settings.PUBLIC_URL)
    return text.replace("wss://executor.one", sockets).replace(PRINTED_URL, settings.PUBLIC_URL) + "\n"


def page() -> Rendered:
    """The page; rendered anew only when a row of the plans has changed."""
    return _rendered(markdown())


@lru_cache(maxsize=4)
def _rendered(text: str) -> Rendered:
    return render(text, try_it=try_it)


@cache
def operations() -> dict[str, str]:
    """{"GET /api/goals/{}": operation id} of the OpenAPI document."""
    return {
        f"{method.upper()} {_masked(path)}": operation["operationId"]
        for path, methods in generated.openapi()["paths"].items()
        for method, operation in methods.items()
        if "operationId" in operation
    }


def _masked(path: str) -> str:
    return re.sub(r"{\w+}|:\w+", "{}", path.partition("?")[0])


def try_it(method: str, path: str) -> str:
    """Where the console tries `GET /goals/:id`; empty for what is no operation of the API."""
    operation = operations().get(f"{method} {_masked('/api' + path)}")
    return f"{CONSOLE}#{operation}" if operation else ""


def broken() -> Iterator[str]:
    """Each link of the page that leads to no page or heading of ours. Needs no database: the plans are left out."""
    shown = _rendered(_joined(""))
    for address in shown.links:
        path, _, anchor = address.partition("#")
        there = shown.anchors if not path else library.anchors(path) if path.startswith("/docs") else None
        if there is None and path.startswith("/docs"):
            yield f"docs/dev: {address} leads to nothing"
        elif there is not None and anchor and anchor not in there:
            yield f"docs/dev: {address} has no such heading"
