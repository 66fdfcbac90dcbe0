from django.urls import path

from accounts.api import members

urlpatterns = [
    path("members", members.MemberList.as_view()),
    path("members/leave", members.MemberLeave.as_view()),
    path("members/<uuid:member_id>", members.MemberDetail.as_view()),
    path("invitations", members.InvitationList.as_view()),
    path("invitations/accept", members.InvitationAccept.as_view()),
    path("invitations/<str:invitation_id>", members.InvitationDetail.as_view()),
]
