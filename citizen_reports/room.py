"""Editors hear of it when witnesses' files are refused for lack of room on the disk."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import notices
from accounts.models import Notice, User
from accounts.roles import Role
from citizen_reports import quarantine

FULL = gettext_noop("The disk is nearly full: files from witnesses are refused, their texts are taken.")
AGAIN = timedelta(days=1)


def warn() -> int:
    """For the worker, every few minutes: a notice for each editor and chief, once a day while it lasts; how many."""
    if quarantine.has_space():
        return 0
    told = Notice.objects.filter(text_id=FULL, at__gt=timezone.now() - AGAIN).values("user")
    people = User.objects.filter(role__in=(Role.EDITOR, Role.CHIEF), is_active=True).exclude(pk__in=told)
    return notices.tell(people, FULL, "", urgent=True)
