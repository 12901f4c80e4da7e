from django.urls import path, re_path

from citizen_reports import conversation, views

app_name = "citizen_reports"
urlpatterns = [
    path("", views.start, name="start"),
    path("receipt/", conversation.receipt, name="receipt"),
    path("receipt/write/", conversation.write, name="write"),
    path("receipt/withdraw/", conversation.withdraw_consent, name="withdraw_consent"),
    path("receipt/forget/", conversation.forget_contact, name="forget_contact"),
    re_path(r"^(?P<slug>[-\w]+)/$", views.report, name="report"),
]
