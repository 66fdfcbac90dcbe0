"""Pages about people and accounts. The names (account_, mfa_, usersessions_) are those that allauth asks for."""

from django.urls import path

from accounts.views import entrance, factors, keys, settings, team

FACTORS = "dashboard/settings/second-factors"
urlpatterns = [
    path("signup", entrance.SignUp.as_view(), name="account_signup"),
    path("login", entrance.SignIn.as_view(), name="account_login"),
    path("login/2fa", entrance.SecondFactor.as_view(), name="mfa_authenticate"),
    path("login/passkey", entrance.PasskeySignIn.as_view(), name="mfa_login_webauthn"),
    path("logout", entrance.SignOut.as_view(), name="account_logout"),
    path("verify", entrance.Verify.as_view()),
    path("reset", entrance.Reset.as_view(), name="account_reset_password"),
    path("join", entrance.Join.as_view()),
    path("admin/login/", entrance.admin_sign_in),
    path("dashboard/account", team.SwitchAccount.as_view()),
    path("dashboard/keys", keys.Keys.as_view()),
    path("dashboard/keys/<str:key_id>/revoke", keys.KeyRevoke.as_view()),
    path("dashboard/keys/<str:key_id>/rotate", keys.KeyRotate.as_view()),
    path("dashboard/team", team.Team.as_view()),
    path("dashboard/team/leave", team.Leave.as_view()),
    path("dashboard/team/members/<uuid:member_id>/role", team.MemberRole.as_view()),
    path("dashboard/team/members/<uuid:member_id>/remove", team.MemberRemove.as_view()),
    path("dashboard/team/invitations/<str:invitation_id>/revoke", team.InvitationRevoke.as_view()),
    path("dashboard/settings", settings.Settings.as_view()),
    path("dashboard/settings/profile", settings.Profile.as_view()),
    path("dashboard/settings/times", settings.SwitchTimes.as_view()),
    path("dashboard/settings/account", settings.RenameAccount.as_view()),
    path("dashboard/settings/password", settings.ChangePassword.as_view()),
    path("dashboard/settings/email", settings.ChangeEmail.as_view()),
    path("dashboard/settings/verify", settings.VerifyAgain.as_view()),
    path("dashboard/settings/sessions", settings.Sessions.as_view(), name="usersessions_list"),
    path("dashboard/settings/sessions/<int:session_id>/end", settings.SessionEnd.as_view()),
    path("dashboard/settings/again", factors.PasswordAgain.as_view(), name="account_reauthenticate"),
    path("dashboard/settings/again/code", factors.CodeAgain.as_view(), name="mfa_reauthenticate"),
    path("dashboard/settings/again/passkey", factors.PasskeyAgain.as_view(), name="mfa_reauthenticate_webauthn"),
    path(FACTORS, factors.Factors.as_view(), name="mfa_index"),
    path(f"{FACTORS}/app", factors.AppActivate.as_view(), name="mfa_activate_totp"),
    path(f"{FACTORS}/app/remove", factors.AppDeactivate.as_view(), name="mfa_deactivate_totp"),
    path(f"{FACTORS}/passkeys", factors.Factors.as_view(), name="mfa_list_webauthn"),
    path(f"{FACTORS}/passkeys/add", factors.PasskeyAdd.as_view(), name="mfa_add_webauthn"),
    path(f"{FACTORS}/passkeys/<int:pk>/rename", factors.PasskeyRename.as_view(), name="mfa_edit_webauthn"),
    path(f"{FACTORS}/passkeys/<int:pk>/remove", factors.PasskeyRemove.as_view(), name="mfa_remove_webauthn"),
    path(f"{FACTORS}/recovery-codes", factors.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path(f"{FACTORS}/recovery-codes/new", factors.RecoveryCodesGenerate.as_view(), name="mfa_generate_recovery_codes"),
    path(
        f"{FACTORS}/recovery-codes/download",
        factors.RecoveryCodesDownload.as_view(),
        name="mfa_download_recovery_codes",
    ),
]
