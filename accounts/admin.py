"""People and keys as staff see them. No secret is shown: of a key its first letters, as to its owner."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString

from accounts import actions, keys, staffing
from accounts.models import ApiKey, Credential, DataKey, Invitation, Look, Membership, OneTimeToken, SessionToken, User
from executor_one.kit.columns import badge
from executor_one.kit.errors import Conflict
from executor_one.kit.queue import enqueue
from executor_one.kit.screens import StaffAdmin, deed, display
from executor_one.kit.staff import OWNER, StaffCaller, caller, role_of
from executor_one.kit.templatetags.look import NOTHING

STANDING = ("is_active", "is_staff", "staff_role")  # what makes an owner of the staff
LAST_OWNER = "This is the last owner of the staff. Make somebody else an owner first."

for model in (Group, EmailAddress, Authenticator, UserSession):  # of packages; ours below, or none
    admin.site.unregister(model)


def _stands(
    *, revoked: datetime | None, expires: datetime | None, live: str = "live", tone: str = "completed"
) -> SafeString:
    """How something stands that is revoked or runs out."""
    if revoked:
        return badge("cancelled", "revoked")
    return badge("cancelled", "expired") if expires and expires <= timezone.now() else badge(tone, live)


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an owner of the staff may change of a person. Somebody must be left who may."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        after = User(is_superuser=self.instance.is_superuser, **{name: cleaned.get(name) for name in STANDING})
        if role_of(after) != OWNER and not staffing.is_owner_left_without(self.instance.pk):
            changed = [name for name in STANDING if name in self.changed_data]
            raise forms.ValidationError(dict.fromkeys(changed, LAST_OWNER) or LAST_OWNER)
        return cleaned


@admin.register(User)
class UserAdmin(StaffAdmin):
    """People. They come by sign-up; a deleted one would leave accounts unowned."""

    called = ("person", "people")

    edited_by = OWNER
    form = PersonForm
    list_display = ["email", "name", "stands", "verified_at", "staff", "created_at", "last_login"]
    list_filter = ["is_active", "is_staff", "staff_role", "verified_at"]
    search_fields = ["email", "name"]
    ordering = ["-created_at"]
    fields = ["email", "name", "verified_at", "is_active", "is_staff", "staff_role", "created_at", "last_login"]
    readonly_fields = ["email", "verified_at", "created_at", "last_login"]

    @display("State", "is_active")
    def stands(self, row: User) -> SafeString:
        return badge("completed", "active") if row.is_active else badge("cancelled", "switched off")

    @display("Staff", "staff_role")
    def staff(self, row: User) -> str:
        return role_of(row) or NOTHING

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        person = self.get_object(request, object_id)
        extra = {"look_as": staffing.may_look_as(hijacker=request.user, hijacked=person), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, extra)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if form.changed_data:
            enqueue("accounts.tasks.end_looks")  # of them, or as them
            staffing.tell_edited(obj, form.changed_data, by=caller(request).actor)


@admin.register(Membership)
class MembershipAdmin(StaffAdmin):
    """Who works in which account."""

    called = ("member", "members")

    list_display = ["whose", "user", "role", "created_at"]
    list_filter = ["role"]
    list_select_related = ["account", "user"]
    search_fields = ["account__id", "account__name", "user__email"]
    ordering = ["-created_at"]


@admin.register(ApiKey)
class ApiKeyAdmin(StaffAdmin):
    """Developers' keys: who made them, what they may, when they were used."""

    called = ("API key", "API keys")

    list_display = [
        "prefix",
        "name",
        "whose",
        "role",
        "created_by",
        "created_at",
        "last_used_at",
        "expires_at",
        "stands",
    ]
    list_filter = ["role", ("revoked_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["account", "created_by"]
    search_fields = ["id", "name", "prefix", "account__id", "account__email", "created_by__email"]
    ordering = ["-created_at"]
    exclude = ["digest"]
    deeds = ("revoke",)

    @display("State", "revoked_at")
    def stands(self, row: ApiKey) -> SafeString:
        if row.paused_at and row.is_live(timezone.now()):
            return badge("waiting", "paused")
        return _stands(revoked=row.revoked_at, expires=row.expires_at)

    @deed("Revoke", fits=lambda row: not row.revoked_at)
    def revoke(self, row: ApiKey, by: StaffCaller, words: str) -> str:
        """It is refused from its next request on, and its sockets close."""
        if row.revoked_at:
            raise Conflict("It is revoked already.")
        keys.revoke_key(row, by=by)
        return "revoked."


@admin.register(Credential)
class CredentialAdmin(StaffAdmin):
    """What customers keep in the vault: keys, kinds and hosts. What a credential holds, nobody of the staff sees."""

    list_display = ["key", "whose", "kind", "reach", "created_at", "updated_at", "last_used_at", "times_used"]
    list_filter = ["kind", "created_at"]
    list_select_related = ["account"]
    search_fields = ["key", "account__id", "account__email"]
    ordering = ["-created_at"]
    exclude = ["sealed", "last_goal"]

    @display("Hosts")
    def reach(self, row: Credential) -> str:
        return ", ".join(row.hosts) or NOTHING


@admin.register(DataKey)
class DataKeyAdmin(StaffAdmin):
    """Which of the installation's keys wraps the one of an account's credentials: what a rotation has left to do."""

    called = ("data key", "data keys")

    list_display = ["whose", "kek", "created_at"]
    list_filter = ["kek"]
    list_select_related = ["account"]
    search_fields = ["account__id", "account__email"]
    ordering = ["-created_at"]
    exclude = ["wrapped"]


@admin.register(SessionToken)
class SessionTokenAdmin(StaffAdmin):
    """Bearer tokens of people."""

    called = ("token", "tokens")

    list_display = ["user", "whose", "stands", "created_at", "expires_at"]
    list_filter = [("revoked_at", admin.EmptyFieldListFilter), "created_at"]
    list_select_related = ["user", "account"]
    search_fields = ["user__email", "account__id"]
    ordering = ["-created_at"]
    exclude = ["digest"]
    deeds = ("end",)

    @display("State", "revoked_at")
    def stands(self, row: SessionToken) -> SafeString:
        return _stands(revoked=row.revoked_at, expires=row.expires_at)

    @deed("End", fits=lambda row: not row.revoked_at)
    def end(self, row: SessionToken, by: StaffCaller, words: str) -> str:
        """It is refused from its next request on."""
        if row.revoked_at:
            raise Conflict("It has ended already.")
        actions.end_session(row.user, row.pk, by=by.actor)
        return "ended."


@admin.register(Invitation)
class InvitationAdmin(StaffAdmin):
    """Who was asked to join an account."""

    list_display = ["email", "whose", "role", "stands", "invited_by", "created_at", "expires_at"]
    list_filter = ["role", ("accepted_at", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["account", "invited_by"]
    search_fields = ["email", "account__id", "account__name"]
    ordering = ["-created_at"]
    exclude = ["digest"]

    @display("State", "accepted_at")
    def stands(self, row: Invitation) -> SafeString:
        if row.accepted_at:
            return badge("completed", "accepted")
        return _stands(revoked=row.revoked_at, expires=row.expires_at, live="open", tone="waiting")


@admin.register(OneTimeToken)
class OneTimeTokenAdmin(StaffAdmin):
    """Links that were mailed; what they hold is stored nowhere. A row has no page: its address would be the digest."""

    called = ("mailed link", "mailed links")

    list_display = ["user", "email", "purpose", "stands", "expires_at"]
    list_filter = ["purpose", ("used_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["user__email", "email"]
    ordering = ["-expires_at"]
    list_display_links = None

    @display("State", "used_at")
    def stands(self, row: OneTimeToken) -> SafeString:
        if row.used_at:
            return badge("completed", "used")
        return _stands(revoked=None, expires=row.expires_at, live="open", tone="waiting")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_view_permission(request)


@admin.register(Look)
class LookAdmin(StaffAdmin):
    """When staff saw the product as a person does."""

    list_display = ["person", "staff", "stands", "writes", "began_at", "ended_at"]
    list_filter = ["began_at", "writes"]
    list_select_related = ["person", "staff"]
    search_fields = ["person__email", "staff__email"]
    ordering = ["-began_at"]
    exclude = ["session_key"]

    @display("State", "ended_at")
    def stands(self, row: Look) -> SafeString:
        return badge("completed", "over") if row.ended_at else badge("running", "looking")
