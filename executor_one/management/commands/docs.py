"""`manage.py docs`: build /docs as a static tree in build/docs; `--check` only looks for broken links."""

import re
import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles.finders import get_finders
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test import RequestFactory

from executor_one.docs import handbook, library, views

# What only a running installation answers is linked to at PUBLIC_URL.
OF_AN_INSTALLATION = re.compile(r'(href|action)="(/(?:dev|api|llms|docs/search)\b|/(?="))')


class Command(BaseCommand):
    help = "Build the documents into build/docs, or --check their links. Needs no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="look for broken links only")

    def handle(self, *args: Any, **options: Any) -> None:
        broken = [problem for page in library.pages() for problem in library.Links(page).broken()]
        broken += handbook.broken()
        if broken:
            raise CommandError("\n".join(broken))
        if options["check"]:
            self.stdout.write(f"{len(library.pages())} documents, no broken link")
            return
        root = settings.BASE_DIR / "build/docs"
        shutil.rmtree(root, ignore_errors=True)
        for page in library.pages():
            write(root / f"docs/{page.path}.md", page.text)
            write(root / f"docs/{page.path}/index.html", html(page.path))
        write(root / "docs/index.html", html(""))
        for name, file in library.attached().items():
            copy(file, root / "docs" / name)
        for found, file in static_files():
            copy(file, root / settings.STATIC_URL.strip("/") / found)
        self.stdout.write(f"{len(library.pages())} documents in {root.relative_to(settings.BASE_DIR)}")


def html(path: str) -> str:
    """A page as somebody sees it who is not signed in."""
    request = RequestFactory().get(f"/docs/{path}" if path else "/docs")
    request.user = AnonymousUser()
    response: Any = views.document(request, path) if path else views.index(request)
    return OF_AN_INSTALLATION.sub(rf'\1="{settings.PUBLIC_URL}\2', response.content.decode())


def static_files() -> list[tuple[str, Path]]:
    """(name, file) of our own static files; those of packages are for the staff console and the API browser."""
    ours = settings.BASE_DIR / "static"
    listed = [(name, Path(storage.path(name))) for finder in get_finders() for name, storage in finder.list([])]
    return [(name, file) for name, file in listed if ours in file.parents]


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def copy(source: Path, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, file)
