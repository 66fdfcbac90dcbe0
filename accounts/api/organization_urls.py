from django.urls import path

from accounts.api import keys

urlpatterns = [
    path("", keys.OrganizationKeys.as_view()),
    path("/<str:key_id>", keys.OrganizationKeyDetail.as_view()),
    path("/<str:key_id>/revoke", keys.OrganizationKeyRevocation.as_view()),
    path("/<str:key_id>/rotate", keys.OrganizationKeyRotation.as_view()),
    path("/<str:key_id>/roll", keys.OrganizationKeyRoll.as_view()),
    path("/<str:key_id>/usage", keys.OrganizationKeyUsage.as_view()),
]
