"""/admin: the staff's console. One door for all its pages: who may in, whose rows are seen, what a browser may load."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from unfold.sites import UnfoldAdminSite

from accounts.views.entrance import SignOut
from executor_one.console import landing
from executor_one.console.looking import Leave, LookAs
from executor_one.kit import tenancy
from executor_one.kit.errors import page
from executor_one.kit.staff import role_of

# unfold's scripts evaluate strings and set styles; no page of a customer is below this address.
POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'", "'unsafe-eval'", "'unsafe-inline'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}


class Choices(AutocompleteJsonView):
    """What a field of a form can be. Django's breaks on a field that is the other end of one."""

    def process_request(self, request: HttpRequest) -> Any:
        found = super().process_request(request)  # type: ignore[misc]  # the stubs lack it
        if not hasattr(found[2], "get_limit_choices_to"):
            raise PermissionDenied
        return found

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows if rows.ordered else rows.order_by("pk")  # they come by pages


class Console(UnfoldAdminSite):  # type: ignore[misc]  # unfold has no types
    """The admin site. Staff come in with a second factor; each page is one transaction that sees every account."""

    site_title = site_header = "executor.one staff"
    index_title = "Now"

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(role_of(request.user)) and (not settings.STAFF_MFA or proved_twice(request))

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def in_scope(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if holds_nul(request):
                return page(request, 400, "The request cannot be read: it holds a character that no text of ours has.")
            with tenancy.no_account(), tenancy.all_accounts(reason="staff look after every account"):
                response: Any = inner(request, *args, **kwargs)
                if isinstance(response, TemplateResponse):
                    response = response.render()  # it reads rows too
            response._csp_replace = POLICY
            return cast(HttpResponse, response)

        return in_scope

    def extra_urls(self) -> list[Any]:
        """Looking as somebody; leaving is not behind this door, since who looks is no staff meanwhile."""
        return [path("look-as", self.admin_view(LookAs.as_view()), name="look_as"), path("leave", Leave.as_view())]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        """What a field of a form can be; 403 for what is no such field."""
        return cast(HttpResponse, Choices.as_view(admin_site=self)(request))

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Where everybody does it: there it asks for the old one, ends other sessions and is told."""
        return HttpResponseRedirect("/dashboard/settings#password")

    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """There is no such page of ours."""
        return HttpResponseRedirect("/dashboard/settings#password")

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """As everybody signs out: the token of the sign-in ends too, and it is told."""
        return cast(HttpResponse, SignOut.as_view()(request))

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return cast(TemplateResponse, super().index(request, {**landing.seen(), **(extra_context or {})}))


def holds_nul(request: HttpRequest) -> bool:
    """Whether the address, the query or the form holds a NUL, which Postgres stores in no text: no row has one."""
    said = [text for data in (request.GET, request.POST) for name, texts in data.lists() for text in (name, *texts)]
    return any("\0" in text for text in [request.path, *said])


def proved_twice(request: HttpRequest) -> bool:
    """Whether this session began, or was confirmed, with a second factor (or a passkey, which is one)."""
    user: Any = request.user
    return any(record.get("method") == "mfa" for record in get_authentication_records(request, user))
