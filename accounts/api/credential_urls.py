from django.urls import path

from accounts.api import credentials

urlpatterns = [
    path("", credentials.CredentialList.as_view()),
    path("/<path:credential_key>", credentials.CredentialDetail.as_view()),
]
