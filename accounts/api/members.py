"""Members and invitations of the account."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import members
from accounts.api import serializers as shapes
from accounts.models import Invitation, Membership
from executor_one.kit.api import PAGING, ApiView
from executor_one.kit.errors import Conflict, NotFound
from executor_one.kit.pagination import Page, flag
from executor_one.kit.serializers import NUL


def member_or_404(user_id: UUID) -> Membership:
    """A member of the active account by the person's id; a person of another account is not there."""
    member = Membership.objects.filter(user_id=user_id).select_related("user").first()
    if member is None:
        raise NotFound("There is no member with this id.")
    return member


def invitation_or_404(invitation_id: str) -> Invitation:
    """An invitation of the active account, whatever became of it."""
    found: Invitation | None = None if NUL in invitation_id else Invitation.objects.filter(pk=invitation_id).first()
    if found is None:
        raise NotFound("There is no invitation with this id.")
    return found


class MemberList(ApiView):
    """Members of the account."""

    permissions = {"GET": "members.view"}
    query = {"GET": PAGING}
    pagination_class = Page

    @extend_schema(operation_id="members_list", responses=shapes.MemberSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The people of the account with their roles, oldest first."""
        found = Membership.objects.select_related("user").order_by("created_at", "id")
        return self.page(found, shapes.MemberSerializer)


class MemberDetail(ApiView):
    """One member."""

    permissions = {"PATCH": "members.edit", "DELETE": "members.edit"}
    query = {"DELETE": ("revokeKeys",)}

    @extend_schema(operation_id="members_update", request=shapes.RoleInput, responses=shapes.MemberSerializer)
    def patch(self, request: Request, member_id: UUID) -> Response:
        """Give a member another role, at most your own. 409 for the last owner."""
        member = member_or_404(member_id)
        members.set_role(member, **self.read(shapes.RoleInput, request), by=self.caller)
        return Response(shapes.MemberSerializer(member).data)

    @extend_schema(
        operation_id="members_remove",
        parameters=[
            OpenApiParameter("revokeKeys", OpenApiTypes.BOOL, description="Revoke the keys that they made too."),
        ],
        responses={204: None},
    )
    def delete(self, request: Request, member_id: UUID) -> Response:
        """Take a member out at once; the keys that they made stay the account's, unless `revokeKeys` says otherwise.

        409 for the last owner.
        """
        members.remove_member(member_or_404(member_id), by=self.caller, revoke_keys=flag(request, "revokeKeys"))
        return Response(status=204)


class MemberLeave(ApiView):
    """Leaving an account."""

    permissions = {"POST": "account.view"}

    @extend_schema(operation_id="members_leave", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Leave the account. Only a person can, not a key; 409 for the last owner."""
        members.leave(by=self.caller)
        return Response(status=204)


class InvitationList(ApiView):
    """Invitations."""

    permissions = {"GET": "members.view", "POST": "members.edit"}
    query = {"GET": PAGING}
    pagination_class = Page

    @extend_schema(operation_id="invitations_list", responses=shapes.InvitationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The invitations that wait for an answer."""
        return self.page(Invitation.objects.open(), shapes.InvitationSerializer)

    @extend_schema(
        operation_id="invitations_create",
        request=shapes.InvitationInput,
        responses={201: shapes.InvitationSerializer},
    )
    def post(self, request: Request) -> Response:
        """Mail somebody a link that joins the account, good for 7 days. 409 for a member or a second invitation."""
        invitation = members.invite(**self.read(shapes.InvitationInput, request), by=self.caller)
        return Response(shapes.InvitationSerializer(invitation).data, status=201)


class InvitationDetail(ApiView):
    """One invitation."""

    permissions = {"DELETE": "members.edit"}

    @extend_schema(operation_id="invitations_revoke", responses={204: None})
    def delete(self, request: Request, invitation_id: str) -> Response:
        """Revoke an invitation: its link stops working at once. Again is 204 too."""
        members.revoke_invitation(invitation_or_404(invitation_id), by=self.caller)
        return Response(status=204)


class InvitationAccept(ApiView):
    """Joining an account."""

    permissions = {"POST": "account.view"}
    refusals = {"POST": (410,)}

    @extend_schema(operation_id="invitations_accept", request=shapes.TokenInput, responses={201: shapes.Joined})
    def post(self, request: Request) -> Response:
        """Join the account of a mailed link. Only the person whose address it was mailed to can; 410 for an old one."""
        caller: Any = self.caller
        if caller.user is None:
            raise Conflict("A key cannot join an account; sign in as the person who was invited.")
        token = self.read(shapes.TokenInput, request)["token"]
        member = members.accept_invitation(token, user=caller.user)
        return Response({"accountId": member.account_id, "role": member.role}, status=201)
