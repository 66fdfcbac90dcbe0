"""The pages of an account's people: members, invitations, and which account one looks at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse

from accounts import forms, members, roles
from accounts.callers import ACCOUNT_OF_SESSION
from accounts.models import ApiKey, Invitation, Membership
from accounts.pages import PageView
from executor_one.kit.errors import DomainError, NotFound

TEAM = "/dashboard/team"


class Team(PageView):
    """Members and open invitations; inviting somebody."""

    permissions = {"GET": "members.view", "POST": "members.edit"}
    section = "team"
    template = "accounts/team.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.show(forms.InviteForm(role=self.caller.role, initial={"role": roles.DEVELOPER}))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.InviteForm(request.POST, role=self.caller.role)
        if not form.is_valid():
            return self.show(form, status=400)
        try:
            invitation = members.invite(**form.cleaned_data, by=self.caller)
        except DomainError as error:
            form.refuse(error, "email")
            return self.show(form, status=error.status)
        messages.success(request, f"Invited {invitation.email}. The link in the mail is good for 7 days.")
        return self.go(TEAM)

    def show(self, form: forms.InviteForm, *, status: int = 200) -> HttpResponse:
        own = roles.rank(self.caller.role)
        live = ApiKey.objects.live().filter(created_by=OuterRef("user_id")).order_by().values("created_by")
        keys = Coalesce(Subquery(live.annotate(count=Count("pk")).values("count")), 0)
        people = Membership.objects.select_related("user").annotate(keys=keys).order_by("created_at", "id")
        rows = [
            {
                "member": one,
                "keys": one.keys,
                "is_me": str(one.user_id) == self.caller.id,
                "form": forms.RoleForm(role=self.caller.role, initial={"role": one.role}, auto_id=f"role-{one.pk}-%s"),
                "in_reach": self.caller.may("members.edit") and roles.rank(one.role) <= own,
            }
            for one in people
        ]
        asked = list(Invitation.objects.open().select_related("invited_by"))
        return self.page({"rows": rows, "invitations": asked, "form": form}, status=status)


class MemberPage(PageView):
    """Base of the writes about one member."""

    permissions = {"POST": "members.edit"}
    section = "team"

    def member(self, user_id: UUID) -> Membership:
        found = Membership.objects.filter(user_id=user_id).select_related("user").first()
        if found is None:
            raise NotFound("There is no member with this id.")
        return found


class MemberRole(MemberPage):
    """Another role."""

    def post(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        member = self.member(member_id)
        form = forms.RoleForm(request.POST, role=self.caller.role)
        if form.is_valid():
            members.set_role(member, form.cleaned_data["role"], by=self.caller)
            messages.success(request, f"{member.user.email} is {member.role} now.")
        return self.go(TEAM)


class MemberRemove(MemberPage):
    """Taking a member out."""

    def post(self, request: HttpRequest, member_id: UUID) -> HttpResponse:
        member = self.member(member_id)
        revoked = members.remove_member(member, by=self.caller, revoke_keys=request.POST.get("revoke_keys") == "on")
        keys = f"{revoked} key{'s' * (revoked != 1)} of theirs stopped working." if revoked else ""
        messages.success(request, f"{member.user.email} is no member any more. {keys}".strip())
        return self.go("/dashboard" if str(member_id) == self.caller.id else TEAM)


class Leave(PageView):
    """Leaving the account."""

    permissions = {"POST": "account.view"}
    section = "team"

    def post(self, request: HttpRequest) -> HttpResponse:
        members.leave(by=self.caller)
        request.session.pop(ACCOUNT_OF_SESSION, None)
        return self.go("/dashboard")


class InvitationRevoke(PageView):
    """Revoking an invitation."""

    permissions = {"POST": "members.edit"}
    section = "team"

    def post(self, request: HttpRequest, invitation_id: str) -> HttpResponse:
        invitation: Any = Invitation.objects.filter(pk=invitation_id).first()
        if invitation is None:
            raise NotFound("There is no invitation with this id.")
        members.revoke_invitation(invitation, by=self.caller)
        return self.go(TEAM)


class SwitchAccount(PageView):
    """Looking at another account of one's own."""

    permissions = {"POST": "account.view"}
    is_personal = True

    def post(self, request: HttpRequest) -> HttpResponse:
        wanted = request.POST.get("account", "")
        if not any(membership.account_id == wanted for membership in self.caller.memberships):
            raise NotFound("You are in no account with this id.")
        request.session[ACCOUNT_OF_SESSION] = wanted
        return self.go("/dashboard")
