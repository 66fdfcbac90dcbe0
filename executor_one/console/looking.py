"""Staff look at the product as one of its people: django-hijack's session, our rules, and an event at both ends."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from hijack.views import AcquireUserView, ReleaseUserView

from accounts import staffing
from accounts.callers import ACCOUNT_OF_SESSION, HOME_OF_SESSION, TOKEN_OF_SESSION
from executor_one.kit import tenancy
from executor_one.kit.onlooking import is_onlooker

OF_THE_PERSON = (ACCOUNT_OF_SESSION, TOKEN_OF_SESSION, HOME_OF_SESSION)  # what a session says of whoever it is of


class LookAs(AcquireUserView):  # type: ignore[misc]  # hijack has no types
    """Begin; the console's door has seen to it that it is staff with a second factor."""

    success_url = "/dashboard"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_onlooker(request):
            return HttpResponseRedirect("/dashboard")
        staff, person = f"staff:{request.user.pk}", self.get_object()
        response: HttpResponse = super().post(request, *args, **kwargs)
        forget_person(request)
        UserSession.objects.filter(session_key=request.session.session_key).delete()  # it is no session of theirs
        with tenancy.no_account():
            staffing.tell_looking(person, "staff.looked_in", by=staff, writes=settings.STAFF_MAY_ACT_AS)
        return response


class Leave(ReleaseUserView):  # type: ignore[misc]
    """End it; back to the person in the console. The second factor is asked for again."""

    success_url = "/admin/"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        person: Any = request.user
        staff = f"staff:{request.session['hijack_history'][-1]}"
        response: HttpResponse = super().post(request, *args, **kwargs)
        forget_person(request)
        with tenancy.no_account():
            staffing.tell_looking(person, "staff.left", by=staff)
        return response


def forget_person(request: HttpRequest) -> None:
    """What the session knew of the one who was looked as, or who looked."""
    for name in OF_THE_PERSON:
        request.session.pop(name, None)
