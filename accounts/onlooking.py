"""Staff who look as a customer do not act as one: what would change something is refused, whatever page it is of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts import staffing
from accounts.callers import LOOK_OF_SESSION
from executor_one.kit.errors import page

READS = ("GET", "HEAD", "OPTIONS")
LEAVE = "/admin/leave"
ONLY_LOOKING = "You look at this account as one of its people does. Nothing can be changed this way."


def is_onlooker(request: HttpRequest) -> bool:
    """Whether the session of this request is staff's, looking as somebody else."""
    has_cookie = settings.SESSION_COOKIE_NAME in request.COOKIES  # without one there is no session to look into
    return bool(has_cookie and request.session.get("hijack_history"))


def look_of(request: HttpRequest) -> Any:
    """The id of the look that an onlooker's session is of."""
    return request.session.get(LOOK_OF_SESSION)


class OnlookerMiddleware:
    """403 for every write of an onlooker but leaving, unless STAFF_MAY_ACT_AS; and the end of a look that is over.

    Whether it is over is asked at each request: it ends with their role, with its time, with the person's password.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == LEAVE or not is_onlooker(request):
            return self.get_response(request)
        if staffing.is_over(look_of(request), request.session):
            staffing.end_look(look_of(request))
            logout(request)
            return HttpResponseRedirect(settings.LOGIN_URL)
        if request.method not in READS and not settings.STAFF_MAY_ACT_AS:
            return page(request, 403, ONLY_LOOKING)
        return self.get_response(request)
