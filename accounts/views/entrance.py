"""The pages in front of the sign-in: sign-up, sign-in and its second factor, mailed links, sign-out."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from allauth.account.internal.stagekit import clear_login
from allauth.account.utils import get_next_redirect_url, perform_login
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_protect

from accounts import actions, forms, members, sessions, showing
from accounts.callers import ACCOUNT_OF_SESSION, caller_of
from accounts.models import User
from executor_one.kit import tenancy
from executor_one.kit.addresses import address_of
from executor_one.kit.errors import DomainError, problem
from executor_one.kit.staff import role_of


@method_decorator(csrf_protect, name="dispatch")
class Entrance(View):
    """Base of the pages that anybody may open. Each write commits by itself, so that tries which fail stay counted."""

    template: ClassVar[str] = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        with tenancy.no_account():
            return super().dispatch(request, *args, **kwargs)

    def show(self, status: int = 200, template: str = "", **context: Any) -> HttpResponse:
        """The page; `next` is where to go afterwards."""
        response = render(
            self.request, template or self.template, {"next": self.next_address, **context}, status=status
        )
        response["Cache-Control"] = "no-store"
        return response

    def refuse(self, form: forms.Styled, error: DomainError, field: str | None = None, **context: Any) -> HttpResponse:
        """The page again, with what a rule has said, and the status that the API would answer."""
        form.refuse(error, field)
        response = self.show(error.status, form=form, **context)
        if error.retry_after is not None:
            response["Retry-After"] = str(error.retry_after)
        return response

    @property
    def next_address(self) -> str:
        """Where the person was going; only addresses of our own."""
        return str(get_next_redirect_url(self.request) or "")

    def is_signed_in(self) -> bool:
        with transaction.atomic():
            return caller_of(self.request) is not None


class SignUp(Entrance):
    """Sign-up."""

    template = "accounts/sign_up.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.is_signed_in():
            return HttpResponseRedirect(self.next_address or "/dashboard")
        return self.show(form=forms.SignUpForm(initial={"email": request.GET.get("email", "")[:254]}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """The same action as POST /api/auth/register; the first key waits on the next page, to be shown once."""
        form = forms.SignUpForm(request.POST)
        if not form.is_valid():
            return self.show(400, form=form)
        try:
            actions.count_sign_up(address_of(request))
            _, raw = actions.register(**form.cleaned_data)
        except DomainError as error:
            return self.refuse(form, error, "email" if error.status == 409 else None)
        user = User.objects.get(email=form.cleaned_data["email"])
        if request.user.is_authenticated:  # as somebody else
            sessions.end_current(request)
        query = f"?{urlencode({'next': self.next_address})}" if self.next_address else ""
        response = perform_login(request, user, redirect_url=f"/welcome{query}", signup=True, email=user.email)
        showing.keep(request, raw)
        return HttpResponse(status=204) if response is None else response


class SignIn(Entrance):
    """Sign-in by password; allauth asks for the second factor of those who have one."""

    template = "accounts/sign_in.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        if self.is_signed_in():
            return HttpResponseRedirect(self.next_address or "/dashboard")
        return self.show(form=forms.SignInForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.SignInForm(request.POST)
        if not form.is_valid():
            return self.show(400, form=form)
        try:
            user = actions.sign_in(**form.cleaned_data, address=address_of(request))
        except DomainError as error:
            return self.refuse(form, error)
        if request.user.is_authenticated:  # of a session whose token was revoked: nothing of it goes on
            sessions.end_current(request)
        response: HttpResponse = perform_login(request, user, redirect_url=self.next_address or None, email=user.email)
        return response


class SecondFactor(AuthenticateView):  # type: ignore[misc]
    """The second factor: a code of the app, a recovery code, or a passkey."""

    template_name = "accounts/second_factor.html"

    def form_invalid(self, form: Any) -> Any:
        return forms.say_wait(super().form_invalid(form), form)


class PasskeySignIn(LoginWebAuthnView):  # type: ignore[misc]
    """Sign-in by passkey alone: it is both factors, what one has and what one is or knows."""


class SignOut(Entrance):
    """Sign-out."""

    template = "accounts/sign_out.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show() if request.user.is_authenticated else HttpResponseRedirect("/login")

    def post(self, request: HttpRequest) -> HttpResponse:
        clear_login(request)
        sessions.end_current(request)
        return HttpResponseRedirect("/login")


class Verify(Entrance):
    """The link of a mail that proves an address. Opening it changes nothing: mail scanners open links too."""

    template = "accounts/verify.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(token=request.GET.get("token", "")[:200])

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            user = actions.verify_email(request.POST.get("token", "")[:200])
        except DomainError as error:
            return self.show(error.status, problem=problem(error.status, error.message))
        return self.show(verified=user.email)


class Reset(Entrance):
    """Asking for a new password, and setting one by the mailed link."""

    template = "accounts/reset.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        token = request.GET.get("token", "")[:200]
        return self.show(token=token, form=forms.NewPasswordForm() if token else forms.AskResetForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        token = request.POST.get("token", "")[:200]
        return self._set(request, token) if token else self._ask(request)

    def _ask(self, request: HttpRequest) -> HttpResponse:
        form = forms.AskResetForm(request.POST)
        if not form.is_valid():
            return self.show(400, form=form)
        try:
            actions.request_password_reset(form.cleaned_data["email"], address=address_of(request))
        except DomainError as error:
            return self.refuse(form, error)
        return self.show(asked=form.cleaned_data["email"])

    def _set(self, request: HttpRequest, token: str) -> HttpResponse:
        form = forms.NewPasswordForm(request.POST)
        if not form.is_valid():
            return self.show(400, form=form, token=token)
        try:
            actions.reset_password(token, form.cleaned_data["password"])
        except DomainError as error:
            return self.refuse(form, error, token=token)
        return self.show(done=True)


class Join(Entrance):
    """The link of an invitation."""

    template = "accounts/join.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        token = request.GET.get("token", "")[:200]
        try:
            invitation, name = members.invitation_of(token)
        except DomainError as error:
            return self.show(error.status, problem=problem(error.status, error.message))
        back = urlencode({"next": f"/join?{urlencode({'token': token})}", "email": invitation.email})
        return self.show(invitation=invitation, account_name=name, token=token, back=back)

    def post(self, request: HttpRequest) -> HttpResponse:
        token = request.POST.get("token", "")[:200]
        if not self.is_signed_in():
            return HttpResponseRedirect(f"/login?{urlencode({'next': f'/join?token={token}'})}")
        user: Any = request.user
        try:
            member = members.accept_invitation(token, user=user)
        except DomainError as error:
            return self.show(error.status, problem=problem(error.status, error.message))
        request.session[ACCOUNT_OF_SESSION] = member.account_id
        return HttpResponseRedirect("/dashboard")


def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Staff sign in where everybody does: a door of its own would let a second factor be walked around."""
    there = request.GET.get("next", "/admin/")
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"/login?{urlencode({'next': there})}")
    if not role_of(request.user):
        return render(request, "accounts/not_staff.html", status=403)
    factors = actions.second_factors(request.user)
    if any(one != "webauthn" for one in factors):
        again = "/dashboard/settings/again/code"
    elif factors:
        again = "/dashboard/settings/again/passkey"
    else:
        return render(request, "accounts/staff_needs_factor.html", status=403)
    return HttpResponseRedirect(f"{again}?{urlencode({'next': there})}")
