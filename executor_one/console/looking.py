"""Staff look at the product as one of its people: django-hijack's session, our rules, and an event at both ends."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth import BACKEND_SESSION_KEY, login, logout
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views import View
from hijack.signals import no_update_last_login
from hijack.views import AcquireUserView

from accounts import staffing
from accounts.callers import ACCOUNT_OF_SESSION, HOME_OF_SESSION, TOKEN_OF_SESSION
from accounts.models import User
from accounts.onlooking import is_onlooker, look_of
from executor_one.kit import tenancy
from executor_one.kit.staff import role_of

OF_THE_PERSON = (ACCOUNT_OF_SESSION, TOKEN_OF_SESSION, HOME_OF_SESSION)  # what a session says of whoever it is of


class LookAs(AcquireUserView):  # type: ignore[misc]  # hijack has no types
    """Begin; the console's door has seen to it that it is staff with a second factor."""

    success_url = "/dashboard"

    def get_object(self, queryset: Any = None) -> User:
        """The person; 404 for what names nobody."""
        try:
            return super().get_object(queryset)  # type: ignore[no-any-return]
        except (ValueError, OverflowError, ValidationError):
            raise Http404 from None

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if is_onlooker(request):
            return HttpResponseRedirect("/dashboard")
        staff: Any = request.user
        response: HttpResponse = super().post(request, *args, **kwargs)
        for name in OF_THE_PERSON:
            request.session.pop(name, None)
        UserSession.objects.filter(session_key=request.session.session_key).delete()  # it is no session of theirs
        with tenancy.no_account():
            staffing.begin_look(request.session, staff, self.get_object())
        return response


class Leave(View):
    """End it; back to the console, which asks for the second factor again.

    Not django-hijack's: that refuses who looks as somebody who was switched off meanwhile.
    """

    def post(self, request: HttpRequest) -> HttpResponse:
        if not is_onlooker(request):
            raise PermissionDenied
        history, backend = request.session["hijack_history"], request.session.get(BACKEND_SESSION_KEY)
        staff, look = User.objects.filter(pk=history[-1]).first(), look_of(request)
        if role_of(staff) and backend:
            with no_update_last_login():
                login(request, staff, backend=backend)  # another user's: nothing of the old session is left
        else:
            logout(request)
        with tenancy.no_account():
            staffing.end_look(look, how=staffing.LEFT)
        return HttpResponseRedirect("/admin/")
