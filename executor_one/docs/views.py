"""/dev, /docs and /llms.txt. Public pages of text: nothing of an account is read here."""

from __future__ import annotations

from typing import Any

from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from executor_one.docs import generated, handbook, library, llms
from executor_one.docs.search import search

MARKDOWN = "text/markdown; charset=utf-8"
SUFFIX = ".md"


def _wants_markdown(request: HttpRequest) -> bool:
    """`Accept: text/markdown`, as agents send it; a browser, and who takes anything, gets the page."""
    return request.get_preferred_type(["text/html", "text/markdown"]) == "text/markdown"


def _as_markdown(text: str) -> HttpResponse:
    return HttpResponse(text, content_type=MARKDOWN)


def _page(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    response = render(request, template, context)
    patch_vary_headers(response, ["Accept"])
    return response


@require_safe
def dev(request: HttpRequest) -> HttpResponse:
    """The developer documentation."""
    if _wants_markdown(request):
        return dev_markdown(request)
    page = handbook.page()
    introduction, heading, sections = page.html.partition("<h2")
    context = {"page": page, "introduction": introduction, "sections": heading + sections}
    return _page(request, "docs/dev.html", {**context, "placeholder": handbook.KEY, "section": "dev"})


@require_safe
def dev_markdown(request: HttpRequest) -> HttpResponse:
    """The same, as Markdown."""
    return _as_markdown(handbook.markdown())


@require_safe
def console(request: HttpRequest) -> HttpResponse:
    """Try an operation of the API, with the session's cookie or a key."""
    return render(request, "docs/console.html", {"section": "console"})


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document as JSON, for the console."""
    return JsonResponse(generated.openapi())


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The four kinds of documents, and the decisions."""
    if _wants_markdown(request):
        return index_markdown(request)
    return _page(request, "docs/index.html", {"navigation": library.navigation(), "section": "docs"})


@require_safe
def index_markdown(request: HttpRequest) -> HttpResponse:
    """The same, as Markdown: what /llms.txt says."""
    return _as_markdown(llms.contents())


@require_safe
def found(request: HttpRequest) -> HttpResponse:
    """Search over all pages."""
    query = request.GET.get("q", "").strip()
    context = {"query": query, "found": search(query), "section": "docs", "navigation": library.navigation()}
    return render(request, "docs/search.html", context)


@require_safe
def document(request: HttpRequest, path: str) -> HttpResponseBase:
    """One page, its Markdown (`.md`), a picture or program, or the list of a kind; whatever is not listed is 404."""
    if path in library.KINDS:
        return HttpResponseRedirect(f"/docs#{path}")
    if file := library.attached().get(path):
        return FileResponse(file.open("rb"), content_type=library.ATTACHED[file.suffix])
    page = library.by_path().get(path.removesuffix(SUFFIX))
    if page is None:
        raise Http404
    if path.endswith(SUFFIX) or _wants_markdown(request):
        return _as_markdown(page.text)
    previous, following = library.neighbours(page)
    context = {"page": page, "previous": previous, "following": following, "navigation": library.navigation()}
    return _page(request, "docs/page.html", {**context, "section": "docs", "kind_name": library.KINDS[page.kind][0]})


@require_safe
def llms_txt(request: HttpRequest) -> HttpResponse:
    """What a language model should read first (llmstxt.org)."""
    return HttpResponse(llms.contents(), content_type="text/plain; charset=utf-8")
