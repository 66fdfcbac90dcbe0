"""What every dashboard page shares: one transaction, the signed-in person's account, permissions as data, one look.

A page calls the same actions as the API and may do what the API lets the same person do, nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views import View

from accounts import roles
from accounts.callers import ACCOUNT_OF_SESSION, Principal, accounts_of, caller_of
from executor_one.kit import tenancy
from executor_one.kit.errors import Conflict, DomainError, Forbidden, NotFound, log_refusal, problem
from executor_one.kit.serializers import NUL
from executor_one.kit.templatetags.look import LOCAL_TIMES, times_as

METHODS = ("get", "post")
OF_ANOTHER = "This page was of another account than the one you look at now, so nothing was done."
LEFT = "You are not in the account any more that you looked at."


class PageView(View):
    """Base of every page behind the sign-in.

    `permissions` says per method which permission (accounts.roles) it needs; a method without one is an import error.
    `is_personal`: what its forms do is for the person, in whichever account.
    `section` is the entry of the navigation that is highlighted. `template` is the whole page; `fragment`, where there
    is one, is the part of it that htmx asks for to swap it in.
    """

    permissions: ClassVar[Mapping[str, str]] = {}
    is_personal: ClassVar[bool] = False
    section: ClassVar[str] = ""
    template: ClassVar[str] = ""
    fragment: ClassVar[str] = ""

    caller: Principal

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for method in METHODS:
            if hasattr(cls, method) and method.upper() not in cls.permissions:
                raise ImproperlyConfigured(f"{cls.__qualname__}.{method} says no permission")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """One request = one transaction; an error rolls it back and becomes a page that says what to do."""
        with tenancy.no_account(), transaction.atomic():
            caller = caller_of(request)
            if caller is None:
                return to_sign_in(request)
            self.caller = caller
            with times_as(caller.user.times if caller.user else LOCAL_TIMES):
                return self._answer(request, *args, **kwargs)

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            if self.caller.has_left and (moved := self._move(request)):
                return moved
            self.caller.check_in()
            self._check_account(request)
            # What is read needs no savepoint to go back to.
            with nullcontext() if request.method in ("GET", "HEAD") else transaction.atomic():
                self._check_permission(request)
                if NUL in request.path:  # Postgres could not even be asked for it
                    raise Http404
                return cast(HttpResponse, super().dispatch(request, *args, **kwargs))
        except DomainError as error:
            return self.refused(error)
        except Http404:
            return self.refused(NotFound("There is nothing here with this id."))

    def _move(self, request: HttpRequest) -> HttpResponse | None:
        """Tell who was removed from the account that they looked at where they are now; a form does nothing there."""
        request.session[ACCOUNT_OF_SESSION] = self.caller.account_id
        if request.method == "POST":
            return None  # check_in refuses it
        self.caller.has_left = False
        messages.warning(request, f"{LEFT} This is {self.caller.account}.")
        return self.go("/dashboard") if self.is_partial else None

    def _check_account(self, request: HttpRequest) -> None:
        """A form acts in the account that its page was of, whatever another tab looks at now; else Conflict."""
        said = request.POST.get("of_account", "") if request.method == "POST" and not self.is_personal else ""
        if said and said != self.caller.account_id:
            raise Conflict(f"{OF_ANOTHER} This is {self.caller.account}.")

    def _check_permission(self, request: HttpRequest) -> None:
        method = "GET" if request.method == "HEAD" else str(request.method)
        wanted = self.permissions.get(method, "")
        for each in wanted.split():
            if not self.caller.may(each):
                raise Forbidden(f"Your role ({self.caller.role}) does not allow this: it needs {each}.")

    def page(self, context: Mapping[str, Any] | None = None, *, status: int = 200, template: str = "") -> HttpResponse:
        """The page, or only its fragment where htmx asks for that."""
        wants_fragment = self.fragment and not template and self.is_partial
        chosen = template or (self.fragment if wants_fragment else self.template)
        response = render(self.request, chosen, self.shared() | dict(context or {}), status=status)
        response["Vary"] = "HX-Request, Cookie"
        response["Cache-Control"] = "no-store"
        return response

    @property
    def is_partial(self) -> bool:
        """Whether htmx asks for a part of the page; going back in the history asks for the whole one."""
        headers = self.request.headers
        return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"

    def shared(self) -> dict[str, Any]:
        """What base.html needs of every page; `may` holds the permissions as `may.goals_run`.

        `since` is the newest event that the page can know of: its live stream goes on from there.
        """
        if self.is_partial:
            frame: dict[str, Any] = {}
        else:
            caller = self.caller
            frame = {"account": caller.account, "switchable": accounts_of(caller), "since": caller.newest_event}
        allowed = {name.replace(".", "_"): self.caller.may(name) for name in sorted(roles.ALL_PERMISSIONS)}
        return {"caller": self.caller, "section": self.section, "may": allowed, **frame}

    def go(self, address: str) -> HttpResponse:
        """Leave for another page after a write; a request of htmx goes there as a whole page too."""
        if self.is_partial:
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return HttpResponseRedirect(address)

    def refused(self, error: DomainError) -> HttpResponse:
        """A rule said no: a page that tells it, or its box alone for htmx, with the status that the API answers."""
        body = problem(error.status, error.message, **error.members)
        template = "components/problem.html" if self.is_partial else "problem.html"
        told = {"problem": body, "errors": error.errors, "retry_after": error.retry_after}
        response = render(self.request, template, self.shared() | told, status=error.status)
        if self.is_partial:
            response["HX-Retarget"], response["HX-Reswap"] = "#problems", "innerHTML"
        if error.retry_after is not None:
            response["Retry-After"] = str(error.retry_after)
        log_refusal(response, error)
        return response


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Where somebody goes who is not signed in, and comes back from afterwards."""
    address = f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}"
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=204, headers={"HX-Redirect": settings.LOGIN_URL})
    return HttpResponseRedirect(address)
