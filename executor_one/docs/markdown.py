"""Markdown to HTML: anchors, a table of contents, coloured code, samples in several languages. No Django, no files."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from pygments import highlight  # type: ignore[import-untyped]
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped]
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

NAMES = {"bash": "curl", "python": "Python", "javascript": "JavaScript", "json": "JSON", "toml": "TOML", "sql": "SQL"}
ENDPOINT = re.compile(r"(GET|POST|PUT|PATCH|DELETE) (/\S+)$")
COMMAND = re.compile(r"^(\$ |curl |make |export |\.venv/|[A-Z_]+=|#|git |cd )", re.MULTILINE)
CODE_OF = HtmlFormatter(nowrap=True, classprefix="hl-")
PLAIN = re.compile(r'<span class="hl-(?:w|n|o|p|nx|nn)">([^<]*)</span>')  # what has no colour needs no span

Link = Callable[[str], str]  # what an address of the source becomes on the page
TryIt = Callable[[str, str], str]  # (method, path) -> where the console tries it, or ""


@dataclass(frozen=True)
class Heading:
    """One heading and the anchor that leads to it."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Code:
    """One fenced block. `sample=name` in its info line makes neighbours of one name the languages of one sample."""

    language: str
    text: str
    line: int
    options: dict[str, str]

    @property
    def sample(self) -> str:
        return self.options.get("sample", "")

    @property
    def label(self) -> str:
        """What stands above it: a title of its own, or its language."""
        if "answer" in self.options:
            status = self.options["answer"]
            return f"Response: {status}" if status else "Response"
        return self.options.get("title", "").replace("_", " ") or NAMES.get(self.language, "")


@dataclass
class Rendered:
    """A page: its HTML without the first heading, that heading's text, and what can be linked to."""

    html: str
    title: str
    headings: list[Heading]
    links: list[str] = field(default_factory=list)  # addresses as the source has them

    @property
    def anchors(self) -> set[str]:
        return {heading.anchor for heading in self.headings}

    @property
    def contents(self) -> list[Heading]:
        """What a table of contents lists."""
        return [heading for heading in self.headings if heading.level in (2, 3)]


def slug(text: str) -> str:
    """The anchor of a heading, as GitHub makes it: lower case, punctuation dropped, dashes for blanks."""
    return re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", text.strip().lower()))


def codes(text: str) -> list[Code]:
    """The code blocks of a Markdown text, in order."""
    return [_code(token) for token in _parser().parse(text) if token.type in ("fence", "code_block")]


def render(text: str, *, link: Link = str, try_it: TryIt = lambda method, path: "") -> Rendered:
    """The page of a Markdown text. HTML in it is shown as text; no style and no script comes out of it."""
    parser = _parser()
    tokens = parser.parse(text)
    page = Rendered("", "", [])
    _name_headings(tokens, page)
    _rewrite_links(tokens, page, link)
    body = _without_title(tokens)
    parser.add_render_rule("heading_close", _heading_close(try_it))
    page.html = parser.renderer.render(_grouped(body), parser.options, {})
    return page


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    parser.add_render_rule("table_open", _text('<div class="table-scroll" tabindex="0" role="group"><table>'))
    parser.add_render_rule("table_close", _text("</table></div>"))
    return parser


def _text(html: str) -> Callable[..., str]:
    return lambda *arguments: html


def _code(token: Token) -> Code:
    language, *rest = token.info.split() or [""]
    pairs = (word.partition("=") for word in rest)
    line = (token.map or [0])[0] + 1
    return Code(language or _guess(token.content), token.content, line, {name: value for name, _, value in pairs})


def _guess(text: str) -> str:
    """The language of a block that does not say one."""
    if text.lstrip()[:1] in ("{", "["):
        return "json"
    return "bash" if COMMAND.search(text) else "text"


def coloured(text: str, language: str) -> str:
    """Code as HTML with classes that static/css/docs.css colours."""
    try:
        lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return escape(text)
    return PLAIN.sub(r"\1", highlight(text, lexer, CODE_OF))


def _fence(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    return _block(_code(tokens[at]))


def _block(code: Code) -> str:
    label = f'<p class="code-label">{escape(code.label)}</p>' if code.label else ""
    body = coloured(code.text.rstrip("\n"), code.language)
    shown = f'<pre tabindex="0"><code class="language-{escape(code.language)}">{body}</code></pre>'
    answer = " answer" if "answer" in code.options else ""
    return f'<div class="code{answer}" data-language="{escape(code.language)}">{label}{shown}</div>\n'


def _grouped(tokens: list[Token]) -> list[Token]:
    """Neighbouring blocks of one sample as one: static/js/docs.js makes tabs of them, without it they all show."""
    grouped: list[Token] = []
    name = ""
    for token in tokens:
        now = _code(token).sample if token.type == "fence" else ""
        if now != name:
            if name:
                grouped.append(_html("</div>\n"))
            if now:
                grouped.append(_html(f'<div class="samples" data-sample="{escape(now)}">\n'))
        grouped.append(token)
        name = now
    return [*grouped, _html("</div>\n")] if name else grouped


def _html(text: str) -> Token:
    return Token("html_block", "", 0, content=text)


def _plain(inline: Token) -> str:
    return "".join(child.content for child in inline.children or [] if child.type in ("text", "code_inline"))


def _name_headings(tokens: list[Token], page: Rendered) -> None:
    seen: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        text = _plain(tokens[at + 1])
        anchor = slug(text)
        seen[anchor] = seen.get(anchor, 0) + 1
        if seen[anchor] > 1:
            anchor = f"{anchor}-{seen[anchor] - 1}"
        token.attrSet("id", anchor)
        page.headings.append(Heading(int(token.tag[1:]), anchor, text))
        if token.tag == "h1" and not page.title:
            page.title = text
        _mark_endpoint(tokens[at + 1])


def _mark_endpoint(inline: Token) -> None:
    """`POST /goals` in a heading: the method in its colour, the path as code."""
    if found := ENDPOINT.match(_plain(inline)):
        method, path = found.groups()
        shown = f'<span class="method method-{method.lower()}">{method}</span> <code>{escape(path)}</code>'
        inline.children = [_inline_html(shown)]
        inline.meta = {"endpoint": (method, path)}


def _inline_html(text: str) -> Token:
    return Token("html_inline", "", 0, content=text)


def _heading_close(try_it: TryIt) -> Callable[..., str]:
    def close(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
        start, inline = tokens[at - 2], tokens[at - 1]
        anchor, name = start.attrGet("id"), escape(_plain(inline) or " ".join(inline.meta.get("endpoint", ())))
        link = f' <a class="anchor" href="#{anchor}" aria-label="Link to: {name}">#</a>'
        console = try_it(*inline.meta["endpoint"]) if "endpoint" in inline.meta else ""
        if console:
            link += f' <a class="try-it" href="{escape(console)}">Try it</a>'
        return f"{link}</{tokens[at].tag}>\n"

    return close


def _rewrite_links(tokens: list[Token], page: Rendered, link: Link) -> None:
    for token in tokens:
        for child in token.children or []:
            attribute = {"link_open": "href", "image": "src"}.get(child.type)
            if attribute:
                source = str(child.attrGet(attribute))
                page.links.append(source)
                child.attrSet(attribute, link(source))


def _without_title(tokens: list[Token]) -> list[Token]:
    """The page's template shows the title itself, so that every page has one heading of the first level."""
    if len(tokens) >= 3 and tokens[0].type == "heading_open" and tokens[0].tag == "h1":
        return tokens[3:]
    return tokens
