"""Settings of a person and of the account that they look at."""

from __future__ import annotations

from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import actions, forms, sessions
from accounts.models import User
from accounts.pages import PageView
from executor_one.kit.addresses import address_of
from executor_one.kit.errors import DomainError, Meaningless, NotFound

SETTINGS = "/dashboard/settings"


class Settings(PageView):
    """All settings; each form posts to an address of its own, whose class derives from this one."""

    permissions = {"GET": "account.view"}
    section = "settings"
    template = "accounts/settings.html"

    @property
    def user(self) -> User:
        return cast(User, self.caller.user)

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def show(self, *, status: int = 200, **bound: forms.Styled) -> HttpResponse:
        pending = EmailAddress.objects.filter(user=self.user, verified=False).exclude(email=self.user.email).first()
        profile = {"name": self.user.name, "theme": self.user.theme, "times": self.user.times}
        return self.page(
            {
                "profile": forms.ProfileForm(initial=profile, auto_id="profile-%s"),
                "account_form": forms.AccountForm(initial={"name": self.caller.account.name}, auto_id="account-%s"),
                "egress_form": forms.EgressForm(
                    initial={"hosts": "\n".join(self.caller.account.egress_hosts)}, auto_id="egress-%s"
                ),
                "egress_is_on": django_settings.EGRESS,
                "password": forms.ChangePasswordForm(auto_id="password-%s"),
                "email": forms.ChangeEmailForm(auto_id="email-%s"),
                "pending": pending,
                "factors": actions.second_factors(self.user),
                "session_count": len(sessions.of(self.user)),
                **bound,
            },
            status=status,
        )

    def knows_password(self, form: forms.Styled) -> bool:
        """Whether the field `current` holds the person's password; else the form says so. Wrong ones are counted."""
        try:
            actions.check_password(self.user, form.cleaned_data["current"], address=address_of(self.request))
        except DomainError as error:
            form.add_error("current", "This is not your password." if error.status == 401 else error.message)
        return not form.errors


class Profile(Settings):
    """Name, theme and how times are told."""

    permissions = {"GET": "account.view", "POST": "account.view"}

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.ProfileForm(request.POST, auto_id="profile-%s")
        if not form.is_valid():
            return self.show(status=400, profile=form)
        actions.set_preferences(self.user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return self.go(SETTINGS)


class SwitchTimes(PageView):
    """How times are told, switched from any page, which is shown again."""

    permissions = {"POST": "account.view"}
    is_personal = True
    section = "settings"

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.TimesForm(request.POST)
        if not form.is_valid():
            raise Meaningless("times: This must be local or utc.")
        actions.set_preferences(cast(User, self.caller.user), **form.cleaned_data)
        return self.go(self._where_from(request))

    @staticmethod
    def _where_from(request: HttpRequest) -> str:
        """The page that the browser says it was on: with the filters that it has there by now."""
        before = request.headers.get("Referer", "")
        if not url_has_allowed_host_and_scheme(before, allowed_hosts={request.get_host()}):
            return SETTINGS
        told = urlsplit(before)
        return urlunsplit(("", "", "/" + told.path.lstrip("/"), told.query, ""))


class RenameAccount(Settings):
    """The account's name."""

    permissions = {"GET": "account.view", "POST": "account.edit"}

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.AccountForm(request.POST, auto_id="account-%s")
        if not form.is_valid():
            return self.show(status=400, account_form=form)
        actions.rename_account(self.caller.account, form.cleaned_data["name"], by=self.caller)
        messages.success(request, "Saved.")
        return self.go(SETTINGS)


class Egress(Settings):
    """What the account's commands may reach."""

    permissions = {"GET": "account.view", "POST": "egress.edit"}

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.EgressForm(request.POST, auto_id="egress-%s")
        if not form.is_valid():
            return self.show(status=400, egress_form=form)
        try:
            hosts = actions.set_egress(form.cleaned_data["hosts"], actor=self.caller.actor)
        except DomainError as error:
            form.refuse(error, "hosts")
            return self.show(status=error.status, egress_form=form)
        messages.success(request, "Saved." if hosts else "Saved: commands have no network.")
        return self.go(SETTINGS)


class ChangePassword(Settings):
    """Another password: every other session ends, this one goes on."""

    permissions = {"GET": "account.view", "POST": "account.view"}

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.ChangePasswordForm(request.POST, auto_id="password-%s")
        if not form.is_valid() or not self.knows_password(form):
            return self.show(status=400, password=form)
        try:
            go_on = partial(sessions.go_on, request, self.user)
            actions.change_password(self.user, form.cleaned_data["password"], then=go_on)
        except DomainError as error:
            form.refuse(error, "password")
            return self.show(status=error.status, password=form)
        messages.success(request, "Your password is changed. Every other session has ended.")
        return self.go(SETTINGS)


class ChangeEmail(Settings):
    """Another address: a link is mailed to it, and it counts once that was followed."""

    permissions = {"GET": "account.view", "POST": "account.view"}

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.ChangeEmailForm(request.POST, auto_id="email-%s")
        if not form.is_valid() or not self.knows_password(form):
            return self.show(status=400, email=form)
        actions.request_email_change(self.user, form.cleaned_data["email"])
        messages.success(request, f"A link is on its way to {form.cleaned_data['email']}. Follow it within 24 hours.")
        return self.go(SETTINGS)


class VerifyAgain(PageView):
    """Another mail with the link that verifies the address."""

    permissions = {"POST": "account.view"}
    section = "settings"

    def post(self, request: HttpRequest) -> HttpResponse:
        user: Any = self.caller.user
        actions.request_verification(user)
        messages.success(request, f"A link is on its way to {user.email}.")
        return self.go(SETTINGS)


class Sessions(PageView):
    """Where the person is signed in; ending the others."""

    permissions = {"GET": "account.view", "POST": "account.view"}
    section = "settings"
    template = "accounts/sessions.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        user: Any = self.caller.user
        return self.page({"sessions": sessions.of(user), "current": request.session.session_key})

    def post(self, request: HttpRequest) -> HttpResponse:
        ended = sessions.end_others(request)
        messages.success(request, f"Signed out in {ended} other places." if ended != 1 else "Signed out elsewhere.")
        return self.go(f"{SETTINGS}/sessions")


class SessionEnd(PageView):
    """Ending one session."""

    permissions = {"POST": "account.view"}
    section = "settings"

    def post(self, request: HttpRequest, session_id: int) -> HttpResponse:
        row = UserSession.objects.filter(pk=session_id, user=self.caller.user).select_related("user").first()
        if row is None:
            raise NotFound("There is no session with this id.")
        if row.session_key == request.session.session_key:
            sessions.end_current(request)
            return self.go("/login")
        sessions.end_one(row)
        return self.go(f"{SETTINGS}/sessions")
