from django.urls import path

from accounts.views import invitations, own, passwords, sign_in

app_name = "accounts"
urlpatterns = [
    path("", own.my_settings, name="my_settings"),
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("invitation/<str:token>/", invitations.accept, name="invitation"),
    path("sessions/", own.my_sessions, name="sessions"),
    path("sessions/<int:number>/end/", own.end_session, name="end_session"),
    path("sessions/end/", own.end_sessions, name="end_sessions"),
    path("password/", passwords.PasswordChange.as_view(), name="password_change"),
    path("password/reset/", passwords.password_reset, name="password_reset"),
    path("password/reset/sent/", passwords.password_reset_sent, name="password_reset_sent"),
    path("password/reset/done/", passwords.password_reset_done, name="password_reset_done"),
    path("password/reset/<uidb64>/<token>/", passwords.PasswordResetConfirm.as_view(), name="password_reset_confirm"),
]
