"""The page of the vault."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from accounts import forms, vault
from accounts.credentials import BEARER
from accounts.models import Credential
from accounts.pages import PageView
from executor_one.kit.errors import Malformed

CREDENTIALS = "/dashboard/credentials"


class VaultPage(PageView):
    """The list of credentials, whatever else is on the page."""

    section = "credentials"
    template = "accounts/credentials.html"

    def show(
        self, form: forms.CredentialForm | None = None, *, replaced: str = "", shown: Any = None, status: int = 200
    ) -> HttpResponse:
        rows = list(vault.listed())
        found = next((one for one in rows if one.key == replaced), None)
        blank = form or forms.CredentialForm(initial=_said_of(found) if found else {"kind": BEARER})
        return self.page({"rows": rows, "form": blank, "replaced": found, "shown": shown}, status=status)


class Credentials(VaultPage):
    """The account's credentials without what they hold; putting one in, or replacing it."""

    permissions = {"GET": "credentials.view", "POST": "credentials.edit"}

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(replaced=request.GET.get("replace", ""))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.CredentialForm(request.POST)
        if not form.is_valid():
            return self.show(form, status=400)
        given = form.cleaned_data
        try:
            row, is_new = vault.put(
                given["key"], given["kind"], form.values(), given["hosts"], given["description"],
                actor=self.caller.actor,
            )  # fmt: skip
        except Malformed as error:
            form.refuse(error)
            return self.show(form, status=error.status)
        messages.success(request, f"{row.key} is in the vault." if is_new else f"{row.key} was replaced.")
        return self.go(CREDENTIALS)


def _said_of(row: Credential) -> dict[str, str]:
    """What the form of replacing a credential begins with: all but what it holds."""
    return {
        "key": row.key, "kind": row.kind, "hosts": "\n".join(row.hosts), "description": row.description,
    }  # fmt: skip


class CredentialReveal(VaultPage):
    """What one holds, shown on the answer to this form and nowhere else. Each time is an event."""

    permissions = {"GET": "credentials.read", "POST": "credentials.read"}

    def get(self, request: HttpRequest, credential_key: str) -> HttpResponse:
        """A link to it shows nothing: the list."""
        vault.credential_or_404(credential_key)
        return self.go(CREDENTIALS)

    def post(self, request: HttpRequest, credential_key: str) -> HttpResponse:
        row, values = vault.reveal(credential_key, actor=self.caller.actor)
        return self.show(shown={"key": row.key, "values": values.items()})


class CredentialDelete(PageView):
    """Deleting one."""

    permissions = {"POST": "credentials.edit"}
    section = "credentials"

    def post(self, request: HttpRequest, credential_key: str) -> HttpResponse:
        vault.delete(credential_key, actor=self.caller.actor)
        messages.success(request, f"{credential_key} was deleted.")
        return self.go(CREDENTIALS)
