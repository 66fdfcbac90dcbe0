"""Second factors: django-allauth's views in our frame. They ask for the password again where it matters."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.views import ReauthenticateView
from allauth.mfa.base.views import IndexView
from allauth.mfa.base.views import ReauthenticateView as CodeReauthenticateView
from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy

from accounts import actions, forms
from accounts.models import User
from accounts.pages import PageView

INDEX = reverse_lazy("mfa_index")


class FactorPage(PageView):
    """A view of allauth in our frame; what it changes is the person's own, whatever their role."""

    permissions = {"GET": "account.view", "POST": "account.view"}
    section = "settings"

    def _answer(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """allauth tells of some changes only after the commit, and of codes that it makes by itself not at all."""
        if request.method != "POST":
            return super()._answer(request, *args, **kwargs)
        user = cast(User, self.caller.user)
        before = actions.factors_of(user)
        response = super()._answer(request, *args, **kwargs)
        actions.tell_factors(user, before)
        return response

    def render_to_response(self, context: dict[str, Any], **more: Any) -> HttpResponse:
        view: Any = self
        response = self.page(context, template=view.template_name)
        return forms.say_wait(response, context["form"]) if "form" in context else response


class Factors(FactorPage, IndexView):  # type: ignore[misc]
    """What the person has; who has an address to verify is told so, because allauth lets them set nothing up."""

    template_name = "accounts/factors.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = cast(User, self.caller.user)
        return {**super().get_context_data(**kwargs), "unverified": actions.unverified_address(user)}


class AppActivate(FactorPage, ActivateTOTPView):  # type: ignore[misc]
    """Scanning the code with an authenticator app. The code that proves it signs nobody in afterwards."""

    template_name = "accounts/factor_app.html"

    def form_valid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        actions.spend_code(cast(User, self.caller.user), form.cleaned_data["code"])
        return response


class AppDeactivate(FactorPage, DeactivateTOTPView):  # type: ignore[misc]
    """Taking the app away."""

    template_name = "accounts/factor_app_remove.html"


class PasskeyAdd(FactorPage, AddWebAuthnView):  # type: ignore[misc]
    """A new passkey."""

    template_name = "accounts/passkey_add.html"


class PasskeyRename(FactorPage, EditWebAuthnView):  # type: ignore[misc]
    """A passkey's name."""

    template_name = "accounts/passkey_rename.html"
    success_url = INDEX


class PasskeyRemove(FactorPage, RemoveWebAuthnView):  # type: ignore[misc]
    """Taking a passkey away."""

    template_name = "accounts/passkey_remove.html"
    success_url = INDEX


class RecoveryCodes(FactorPage, ViewRecoveryCodesView):  # type: ignore[misc]
    """The codes for the day when the phone is gone."""

    template_name = "accounts/recovery_codes.html"


class RecoveryCodesGenerate(FactorPage, GenerateRecoveryCodesView):  # type: ignore[misc]
    """New codes instead of the old."""

    template_name = "accounts/recovery_codes_new.html"


class RecoveryCodesDownload(DownloadRecoveryCodesView):  # type: ignore[misc]
    """The codes as a text file."""

    template_name = "accounts/recovery_codes.txt"


class PasswordAgain(FactorPage, ReauthenticateView):  # type: ignore[misc]
    """The password once more, before the way to sign in is changed."""

    template_name = "accounts/again.html"


class CodeAgain(FactorPage, CodeReauthenticateView):  # type: ignore[misc]
    """A code instead of the password."""

    template_name = "accounts/again.html"


class PasskeyAgain(FactorPage, ReauthenticateWebAuthnView):  # type: ignore[misc]
    """A passkey instead of the password."""

    template_name = "accounts/again_passkey.html"
