"""Staff who look as a customer do not act as one: what would change something is refused, whatever page it is of."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import get_user_model, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from executor_one.kit.errors import page
from executor_one.kit.staff import OPERATOR, may

READS = ("GET", "HEAD", "OPTIONS")
LEAVE = "/admin/leave"
ONLY_LOOKING = "You look at this account as one of its people does. Nothing can be changed this way."


def is_onlooker(request: HttpRequest) -> bool:
    """Whether the session of this request is staff's, looking as somebody else."""
    has_cookie = settings.SESSION_COOKIE_NAME in request.COOKIES  # without one there is no session to look into
    return bool(has_cookie and request.session.get("hijack_history"))


def still_staff(request: HttpRequest) -> bool:
    """Whether the one who looks may still do so: asked at each request, so it ends with their role."""
    looker = get_user_model().objects.filter(pk=request.session["hijack_history"][-1]).first()
    return looker is not None and may(looker, OPERATOR)


class OnlookerMiddleware:
    """403 for every write of an onlooker but their leaving, unless STAFF_MAY_ACT_AS."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if is_onlooker(request) and not still_staff(request):
            logout(request)
            return HttpResponseRedirect(settings.LOGIN_URL)
        writes = request.method not in READS and request.path != LEAVE
        if writes and not settings.STAFF_MAY_ACT_AS and is_onlooker(request):
            return page(request, 403, ONLY_LOOKING)
        return self.get_response(request)
