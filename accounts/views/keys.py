"""The page of API keys."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import forms, keys, roles, showing
from accounts.models import SEES_ADDRESSES, ApiKey
from accounts.pages import PageView
from executor_one.kit.errors import DomainError, NotFound


def least(role: str) -> str:
    """What is suggested for a new key: enough to run goals, and no more."""
    return min(role, roles.OPERATOR, key=roles.rank)


def key_or_404(key_id: str) -> ApiKey:
    """A key of the active account; a foreign id answers like one that never was."""
    key: ApiKey | None = ApiKey.objects.filter(pk=key_id).first()
    if key is None:
        raise NotFound("There is no key with this id.")
    return key


class Keys(PageView):
    """The live keys, masked; making one."""

    permissions = {"GET": "keys.view", "POST": "keys.edit"}
    section = "keys"
    template = "accounts/keys.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show()

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.KeyForm(request.POST, role=self.caller.role)
        if not form.is_valid():
            return self.show(form, status=400)
        wanted, days = form.cleaned_data, form.cleaned_data["expires"]
        try:
            _, raw = keys.create_key(
                name=wanted["name"], role=wanted["role"], scopes=wanted["scopes"] or ["*"],
                expires_at=timezone.now() + timedelta(days=int(days)) if days else None,
                by=self.caller, plan=self.caller.plan,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
            return self.show(form, status=error.status)
        showing.keep(request, raw)
        return self.go("/dashboard/keys")

    def show(self, form: forms.KeyForm | None = None, *, status: int = 200) -> HttpResponse:
        live = list(ApiKey.objects.live().select_related("created_by").order_by("-created_at", "-id"))
        return self.page(
            {
                "keys": live,
                "counted": sum(1 for key in live if key.rotated_at is None),
                "limit": self.caller.plan.api_keys,
                "new_key": showing.take(self.request) if status == 200 else "",
                "form": form or forms.KeyForm(role=self.caller.role, initial={"role": least(self.caller.role)}),
                "graces": forms.GRACES,
                "sees_addresses": self.caller.may(SEES_ADDRESSES),
            },
            status=status,
        )


class KeyRevoke(PageView):
    """Revoking a key."""

    permissions = {"POST": "keys.edit"}
    section = "keys"

    def post(self, request: HttpRequest, key_id: str) -> HttpResponse:
        keys.revoke_key(key_or_404(key_id), by=self.caller)
        return self.go("/dashboard/keys")


class KeyRotate(PageView):
    """Rotating a key."""

    permissions = {"POST": "keys.edit"}
    section = "keys"

    def post(self, request: HttpRequest, key_id: str) -> HttpResponse:
        key = key_or_404(key_id)
        form = forms.RotateForm(request.POST)
        hours = int(form.cleaned_data["grace"]) if form.is_valid() else 24
        _, raw = keys.rotate_key(key, grace=timedelta(hours=hours), by=self.caller, plan=self.caller.plan)
        showing.keep(request, raw)
        return self.go("/dashboard/keys")
