"""From a file that was read (`articles.importing`) to a draft, once for each text."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext

from accounts.models.audit import record
from articles import actions, markup
from articles.importing.boilerplate import Boilerplate
from articles.importing.plain_text import ParsedText
from articles.models.desk import Article
from articles.models.places import Section
from articles.models.revisions import Revision
from articles.models.site import SiteSettings
from articles.problems import DeskProblem, NotAllowed, NotReady
from articles.snapshots import Line
from authors.models import Author

if TYPE_CHECKING:
    from accounts.models import User

CHANNELS = {
    "whatsapp": "whatsapp_url",
    "telegram": "telegram_url",
    "x": "x_url",
    "facebook": "facebook_url",
}


class AlreadyBroughtIn(DeskProblem):
    """The same text has made a story before: `article`."""

    def __init__(self, article: Article) -> None:
        self.article = article
        super().__init__(
            gettext("This text is here already: story %(number)s, “%(headline)s” (%(state)s).")
            % {"number": article.pk, "headline": article, "state": article.get_state_display()}
        )


def section_names() -> list[str]:
    """Every name by which a file may call one of the site's sections, in all languages, and their slugs."""
    return [name for section in Section.objects.all() for name in _names(section)]


def find_section(name: str) -> Section | None:
    """The section of that name in any language, or of that slug, whatever the case; None if there is none."""
    wanted = " ".join(name.split()).casefold()
    sections = Section.objects.select_related("parent").order_by("path")
    return next((each for each in sections if wanted in {known.casefold() for known in _names(each)}), None)


def _names(section: Section) -> list[str]:
    return [name for name in (section.name, *section.names.values(), section.slug) if name]


@transaction.atomic
def bring_in(parsed: ParsedText, *, actor: User | None, section: Section | None, language: str) -> Article:
    """A draft from a text that was read, with its first revision.

    Raises `AlreadyBroughtIn`, or `NotReady` with messages by field where something is longer than the desk allows.
    """
    if actor and not actor.has_perm("articles.import_text"):
        raise NotAllowed
    content = {
        "headline": " ".join(parsed.headline.split()),
        "dateline": parsed.dateline,
        "body": markup.clean(parsed.body),
        "language": language,
    }
    try:
        Article(**content).clean_fields(exclude={"created_by", "saved_by"})
    except ValidationError as error:
        raise NotReady(error.message_dict) from error
    try:
        with transaction.atomic():
            article = actions.create(actor=actor, import_digest=parsed.digest)
    except IntegrityError as error:
        raise AlreadyBroughtIn(Article.objects.get(import_digest=parsed.digest)) from error
    actions.save(
        article.pk, actor=actor, verb=Revision.Verb.IMPORTED,
        content={**content, "section": section.pk if section else None, "bylines": _lines(parsed.byline)},
    )  # fmt: skip
    article.refresh_from_db()
    return article


def _lines(name: str) -> list[Line]:
    if not name:
        return []
    author = Author.objects.filter(name__named=name).first()
    return [Line(author=author.pk if author else None, name=author.name if author else name, credit="")]


def _channel(field: str) -> models.Field[str, str]:
    return cast("models.Field[str, str]", SiteSettings._meta.get_field(field))


def channel_label(field: str) -> str:
    """What the site settings call one of their channels."""
    return str(_channel(field).verbose_name)


def missing_channels(boilerplate: Boilerplate | None) -> dict[str, str]:
    """What a closing notice says that the site settings lack: field -> address. {} when there is nothing to offer."""
    if not boilerplate:
        return {}
    site = SiteSettings.load()
    told = {"report_email": boilerplate.email}
    told |= {CHANNELS[name]: address for name, address in boilerplate.links.items() if name in CHANNELS}
    offered = {}
    for field, address in told.items():
        if address and not getattr(site, field):
            try:
                _channel(field).clean(address, site)
            except ValidationError:
                continue
            offered[field] = address
    return offered


def channels_without_address(boilerplate: Boilerplate | None) -> list[str]:
    """Channels that a notice names without saying where they are, and that the site settings lack too."""
    if not boilerplate:
        return []
    site = SiteSettings.load()
    return [
        channel_label(CHANNELS[name])
        for name in boilerplate.channels
        if name in CHANNELS and name not in boilerplate.links and not getattr(site, CHANNELS[name])
    ]


@transaction.atomic
def fill_channels(boilerplate: Boilerplate | None, *, actor: User | None) -> dict[str, str]:
    """Writes what `missing_channels` offers into the site settings; what stands there already stays."""
    if actor and not actor.has_perm("articles.change_sitesettings"):
        raise NotAllowed
    SiteSettings.objects.get_or_create(pk=1)
    site = SiteSettings.objects.select_for_update().get(pk=1)
    filled = missing_channels(boilerplate)
    if filled:
        for field, address in filled.items():
            setattr(site, field, address)
        site.save(update_fields=list(filled))
        record(actor=actor, verb="site settings saved", thing=site)
    return filled
