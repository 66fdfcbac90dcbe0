"""What the browser gets is ours or vendored and unchanged; nothing is loaded from elsewhere, nothing runs inline."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from executor_one.kit.templatetags.look import STATE_ICONS
from executor_one.kit.vendored import VENDORED

ROOT = Path(__file__).parent.parent.parent
STATIC = ROOT / "static"
LOCK = json.loads((ROOT / "frontend" / "vendor.lock.json").read_text())
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
OURS = [*sorted((STATIC / "js").rglob("*.js")), *sorted((STATIC / "css").rglob("*.css")), *TEMPLATES]
# An address of another host in a place from which a browser loads: not the target of a link, not a name (xmlns).
LOADED = re.compile(
    r"""(?:\bsrc(?:set)?|<link[^>]*\bhref|\bposter|\bdata|\baction|\bhx-get|\bhx-post)\s*=\s*["']?\s*(?:https?:)?//"""
    r"""|url\(\s*["']?(?:https?:)?//|@import\s+["']?(?:url\()?["']?(?:https?:)?//"""
    r"""|\b(?:fetch|import|WebSocket|EventSource|Worker)\(\s*["'`](?:https?:|wss?:)?//|\bfrom\s+["']https?://""",
    re.IGNORECASE,
)
INLINE_SCRIPT = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*\btype=\"application/json\")[^>]*>", re.IGNORECASE)
INLINE_STYLE = re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE)
HANDLER = re.compile(r"<[a-z][^>]*\s(on[a-z]+|hx-on[:a-z-]*)\s*=", re.IGNORECASE)
JAVASCRIPT = re.compile(r"javascript:|\bhx-vals\s*=\s*[\"']js:|\beval\(|new Function\(", re.IGNORECASE)
ICON = re.compile(r"""{% icon "([a-z0-9-]+)\"""")


def rendered(path: Path) -> str:
    """A template without its comments and tags."""
    text = re.sub(r"{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.DOTALL)
    return re.sub(r"<!--.*?-->|{[%{].*?[%}]}", "", text, flags=re.DOTALL)


def test_vendored_files_are_those_that_were_copied():
    found = {str(path.relative_to(STATIC)) for path in (STATIC / "vendor").rglob("*") if path.is_file()}
    assert found == set(LOCK)
    changed = [
        name for name, digest in LOCK.items() if hashlib.sha256((STATIC / name).read_bytes()).hexdigest() != digest
    ]
    assert not changed


def test_the_pages_name_the_versions_that_are_there_with_their_licences():
    folders = {str(Path(name).parent) for name in LOCK}
    assert set(VENDORED.values()) == folders
    for folder in folders:
        assert (STATIC / folder / "LICENSE").read_text().strip()


def test_the_versions_are_those_of_the_package_file():
    wanted = json.loads((ROOT / "frontend" / "package-lock.json").read_text())["packages"]
    for package in ("@alpinejs/csp", "@dagrejs/dagre", "ansi_up", "htmx.org", "lucide-static"):
        version = wanted[f"node_modules/{package}"]["version"]
        folder = f"vendor/{package.lstrip('@').replace('/', '-').replace('.org', '')}-{version}"
        assert folder in VENDORED.values(), package


def test_every_icon_that_is_named_is_in_the_sprite():
    sprite = set(
        re.findall(r'<symbol id="([a-z0-9-]+)"', (STATIC / VENDORED["lucide-static"] / "icons.svg").read_text())
    )
    named = {name for path in TEMPLATES for name in ICON.findall(path.read_text())} | {*STATE_ICONS.values()}
    assert len(named) > 30, "the walk finds them"
    assert named <= sprite, named - sprite


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_loaded_from_another_host(path):
    assert not LOADED.search(rendered(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_template_has_inline_code_or_style(path):
    text = rendered(path)
    for pattern in (INLINE_SCRIPT, INLINE_STYLE, HANDLER, JAVASCRIPT):
        assert not pattern.search(text), pattern.pattern


@pytest.mark.parametrize(
    ("pattern", "bad"),
    [
        (LOADED, '<script src="https://cdn.example.com/x.js"></script>'),
        (LOADED, "<img src=//example.com/x.png>"),
        (LOADED, '<link rel="stylesheet" href="https://fonts.example.com/css">'),
        (LOADED, "body{background:url(https://example.com/x.png)}"),
        (LOADED, '@import "https://example.com/x.css";'),
        (LOADED, 'await fetch("https://example.com")'),
        (INLINE_SCRIPT, "<script>alert(1)</script>"),
        (INLINE_STYLE, '<p style="color: red">'),
        (HANDLER, '<button class="x" onclick="go()">'),
        (HANDLER, '<button hx-on:click="go()">'),
        (JAVASCRIPT, '<a href="javascript:go()">'),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern, bad):
    assert pattern.search(bad)
    assert not pattern.search(
        '<a href="https://example.com">a link</a> <script src="/static/js/app.js" defer></script>'
    )
