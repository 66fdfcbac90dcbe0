from django.urls import path

from accounts.api import keys, views

urlpatterns = [
    path("register", views.Register.as_view()),
    path("login", views.Login.as_view()),
    path("logout", views.Logout.as_view()),
    path("verify", views.Verify.as_view()),
    path("password/forgot", views.ForgotPassword.as_view()),
    path("password/reset", views.ResetPassword.as_view()),
    path("me", views.MeView.as_view()),
    path("account", views.AccountView.as_view()),
    path("keys", keys.KeyList.as_view()),
    path("keys/<str:key_id>", keys.KeyDetail.as_view()),
    path("keys/<str:key_id>/rotate", keys.KeyRotation.as_view()),
]
