"""The word to the desk that mails wait for its decision: how many, and where; nothing of who wrote or what."""

from __future__ import annotations

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts import notices
from accounts.models import User
from accounts.roles import roles_with
from citizen_reports import sorting
from citizen_reports.models.mail import UNDECIDED, InboundEmail

ONE = gettext_noop("A mail from a witness waits for a decision.")
MANY = gettext_noop("%(count)s mails from witnesses wait for a decision.")
IN_TURN = 500


@transaction.atomic
def announce() -> int:
    """For the worker, every few minutes: tells editors and chiefs, each of what they may see, of what came to wait.

    Of how many mails. Each is told of once, by one worker; again when it comes back after a decision.
    """
    waiting = InboundEmail.objects.filter(state__in=UNDECIDED, is_announced=False)
    found = waiting.select_related("report__section__parent").defer("body").order_by("pk")[:IN_TURN]
    mails = [mail for mail in found if waiting.filter(pk=mail.pk).update(is_announced=True)]
    for_each: dict[User, list[InboundEmail]] = {}
    everybody = User.objects.filter(is_active=True, role__in=roles_with("citizen_reports.view_inboundemail"))
    for mail in mails:
        for person in sorting.editors_of(mail.report) if mail.report else everybody:
            for_each.setdefault(person, []).append(mail)
    for person, theirs in for_each.items():
        if len(theirs) == 1:
            page = reverse("admin:citizen_reports_inboundemail_change", args=[theirs[0].pk])
            notices.tell([person], ONE, page)
        else:
            notices.tell([person], MANY, reverse("admin:citizen_reports_inboundemail_changelist"), count=len(theirs))
    return len(mails)
