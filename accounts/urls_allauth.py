"""The addresses that django-allauth looks up by its own names. Nothing else of it is reachable."""

from django.urls import path

from accounts.views import sign_in, two_factor

urlpatterns = [
    path("sign-in/", sign_in.SignIn.as_view(), name="account_login"),
    path("sign-in/second/", sign_in.SecondFactor.as_view(), name="mfa_authenticate"),
    path("sign-in/passkey/", sign_in.PasskeySignIn.as_view(), name="mfa_login_webauthn"),
    path("two-factor/", two_factor.Overview.as_view(), name="mfa_index"),
    path("two-factor/app/", two_factor.AddApp.as_view(), name="mfa_activate_totp"),
    path("two-factor/app/remove/", two_factor.RemoveApp.as_view(), name="mfa_deactivate_totp"),
    path("two-factor/passkeys/add/", two_factor.AddPasskey.as_view(), name="mfa_add_webauthn"),
    path("two-factor/passkeys/<int:pk>/remove/", two_factor.RemovePasskey.as_view(), name="mfa_remove_webauthn"),
    path("two-factor/codes/", two_factor.RecoveryCodes.as_view(), name="mfa_view_recovery_codes"),
    path("two-factor/codes/new/", two_factor.NewRecoveryCodes.as_view(), name="mfa_generate_recovery_codes"),
    path("two-factor/codes.txt", two_factor.DownloadRecoveryCodes.as_view(), name="mfa_download_recovery_codes"),
]
