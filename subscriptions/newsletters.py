"""The paper's own newsletters: breaking news, digests, corrections. Each is made when it is first needed."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop, override

from articles.models.site import SiteSettings
from subscriptions.models.letters import Newsletter

Kind = Newsletter.Kind
# What each is called at first, and for how many hours its letters are worth sending.
_OWN = {
    Kind.BREAKING: (gettext_noop("Breaking news"), 2),
    Kind.DAILY: (gettext_noop("Morning letter"), 12),
    Kind.WEEKLY: (gettext_noop("Weekly letter"), 12),
    Kind.CORRECTION: (gettext_noop("Corrections"), 24),
}


def of_kind(kind: Newsletter.Kind) -> Newsletter:
    """The one newsletter of that kind, named in the paper's main language when it is made."""
    found = Newsletter.objects.filter(kind=kind).first()
    if found:
        return found
    name, hours = _OWN[kind]
    with override(SiteSettings.load().language):
        values = {"name": gettext(name), "not_after_hours": hours, "slug": kind}
    return Newsletter.objects.get_or_create(kind=kind, defaults=values)[0]
