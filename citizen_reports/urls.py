from django.urls import path, re_path

from citizen_reports import conversation, tus, views

app_name = "citizen_reports"
urlpatterns = [
    path("", views.start, name="start"),
    path("safety/", views.safety, name="safety"),
    path("receipt/", conversation.receipt, name="receipt"),
    path("receipt/write/", conversation.write, name="write"),
    path("receipt/withdraw/", conversation.withdraw_consent, name="withdraw_consent"),
    path("receipt/forget/", conversation.forget_contact, name="forget_contact"),
    path("receipt/delete/", conversation.ask_deletion, name="ask_deletion"),
    path("upload/file/<slug:name>/", tus.to_file, name="upload"),
    re_path(r"^upload/(?P<slug>[-\w]+)/$", tus.to_form, name="upload_to"),
    re_path(r"^(?P<slug>[-\w]+)/$", views.report, name="report"),
]
