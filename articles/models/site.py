"""The paper as a whole: its name, languages, channels, its own pages and menus."""

from __future__ import annotations

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q, Value
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from accounts.models.user import known_time_zone
from articles import paths
from articles.models.places import Section


class Palette(models.TextChoices):
    """The paper's colours; what each is made of stands in `articles.palettes`."""

    BROADSHEET = "broadsheet", _("Broadsheet: black and oxblood on warm white")
    HARBOUR = "harbour", _("Harbour: deep blue on cool white")
    SAVANNA = "savanna", _("Savanna: green and ochre on cream")
    STUDIO = "studio", _("Studio: violet on pure white")
    SIGNAL = "signal", _("Signal: red on light grey")


class Faces(models.TextChoices):
    """The paper's typefaces."""

    CLASSIC = "classic", _("Classic: serif headlines and text")
    MODERN = "modern", _("Modern: sans-serif headlines, serif text")
    PLAIN = "plain", _("Plain: sans-serif throughout")
    OWN = "own", _("The paper's own fonts, uploaded below")


WORDINGS = ("name", "tagline", "description", "updates", "report", "follow", "city", "home")


def city_of(time_zone: str) -> str:
    """ "Port of Spain" for ``America/Port_of_Spain``."""
    return time_zone.rpartition("/")[2].replace("_", " ")


class SiteSettings(models.Model):
    """One row (number 1) that says what paper this is. `load` gives it, or sensible values before it is written."""

    name = models.CharField(_("name of the paper"), max_length=120, default="Newsroom")
    tagline = models.CharField(_("tagline"), max_length=160, blank=True)
    description = models.CharField(
        _("description"), max_length=300, blank=True, help_text=_("One sentence for search and messengers.")
    )
    logo = models.FileField(_("logo"), upload_to="pictures", blank=True)
    # 512 pixels square; smaller ones are made from it (`articles.icons`).
    icon = models.FileField(
        _("icon"), upload_to="pictures", blank=True, default="", db_default="",
        help_text=_("A square picture for tabs, bookmarks and home screens, at least 512 pixels wide."),
    )  # fmt: skip
    palette = models.CharField(
        _("colours"), max_length=12, choices=Palette, default=Palette.BROADSHEET, db_default=Palette.BROADSHEET
    )
    faces = models.CharField(
        _("typefaces"), max_length=12, choices=Faces, default=Faces.CLASSIC, db_default=Faces.CLASSIC
    )
    headline_font = models.FileField(_("headline font"), upload_to="fonts", blank=True, default="", db_default="")
    text_font = models.FileField(_("text font"), upload_to="fonts", blank=True, default="", db_default="")
    language = models.CharField(_("main language"), max_length=12, default="en")
    further_languages = models.JSONField(_("further languages"), default=list, blank=True)
    newsroom_time_zone = models.CharField(
        _("newsroom's time zone"), max_length=64, default="UTC", validators=[known_time_zone]
    )
    home_time_zone = models.CharField(
        _("home country's time zone"),
        max_length=64,
        default="UTC",
        validators=[known_time_zone],
        help_text=_("Where most of what you write about happens."),
    )

    whatsapp_url = models.URLField(_("WhatsApp channel"), blank=True)
    telegram_url = models.URLField(_("Telegram channel"), blank=True)
    x_url = models.URLField(_("X account"), blank=True)
    facebook_url = models.URLField(_("Facebook page"), blank=True)
    report_email = models.EmailField(_("address for citizens' reports"), blank=True)
    feeds_whole = models.BooleanField(
        _("whole stories in the feeds"),
        default=True,
        db_default=True,
        help_text=_("Off: the feeds carry the standfirst and a link. Whoever reads by feed then has to come to you."),
    )
    # {language: {any of `WORDINGS`: text}}; what is missing falls back.
    wording = models.JSONField(_("wording by language"), default=dict, blank=True)
    # The breaking banner by language: {language: {"text", "path", "ends_at": ISO 8601}}; written by its verbs alone.
    banners = models.JSONField(default=dict, db_default=Value({}, models.JSONField()), editable=False)

    counts_reads = models.BooleanField(
        _("count what is read"), default=True, db_default=True,
        help_text=_(
            "The front page then shows what is read most, and the desk how often a story was read. No cookie, no"
            " identifier; whoever asks browsers not to be followed is not counted."
        ),
    )  # fmt: skip
    # Read by the room of letters alone.
    counts_letters = models.BooleanField(
        _("count opened letters and followed links"), default=False, db_default=False,
        help_text=_(
            "Readers are then asked on their own page; letters to those who agree carry an invisible picture and"
            " counted links to your site. It is noted whether a letter was opened and a link followed, never when or"
            " where. Off: nobody is asked, and nothing is counted."
        ),
    )  # fmt: skip

    class Meta:
        verbose_name = _("site settings")
        verbose_name_plural = _("site settings")
        default_permissions = ("view", "change")
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="site_settings_one_row")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def load(cls, **asked: models.Exists) -> SiteSettings:
        """The row, or an unsaved one with defaults: a paper without settings is still a paper.

        `asked` are found out by the same query, and become attributes of the row.
        """
        return cls.objects.annotate(**asked).filter(pk=1).first() or cls(pk=1)

    @property
    def languages(self) -> list[str]:
        """Codes of all editions, the main one first."""
        return [self.language, *(code for code in self.further_languages if code != self.language)]

    def edition_path(self, language: str) -> str:
        return paths.edition_path(language, main_language=self.language)

    def section_path(self, section: Section, language: str) -> str:
        return paths.section_path(section.path, language=language, main_language=self.language)

    def words(self, language: str) -> dict[str, str]:
        """What one edition words for itself, all filled: name, tagline, description, the channels block, the cities.

        ``city`` is the newsroom's, ``home`` the home country's; where nothing is said, as their time zones have it.
        """
        own = self.wording.get(language, {})
        main = {"name": self.name, "tagline": self.tagline, "description": self.description}
        with override(language):
            standard = {
                "updates": gettext("For updates from %(name)s, click on") % {"name": own.get("name") or self.name},
                "report": gettext("For eyewitness accounts, reports and articles, write to"),
                "follow": gettext("Follow us on"),
                "city": city_of(self.newsroom_time_zone),
                "home": city_of(self.home_time_zone),
            }
        return {key: own.get(key) or main.get(key) or standard.get(key, "") for key in WORDINGS}


class PublicPages(models.Manager["Page"]):
    def get_queryset(self) -> models.QuerySet[Page]:
        return super().get_queryset().filter(is_hidden=False)


class Page(models.Model):
    """A page of the desk's own (About us, Contact). Saving it publishes it, unless it is kept hidden."""

    title = models.CharField(_("title"), max_length=160)
    slug = models.SlugField(_("slug"), max_length=80, allow_unicode=True)
    language = models.CharField(_("language"), max_length=12, default="en")
    path = models.CharField(max_length=120, unique=True, editable=False)
    body = models.TextField(_("text"), blank=True)
    body_html = models.TextField(editable=False, default="")
    is_hidden = models.BooleanField(
        _("hidden"), default=False, help_text=_("Readers do not see it, and its address is not found.")
    )
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = PublicPages()
    desk = models.Manager()

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ("language", "title", "pk")
        base_manager_name = "desk"

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        paths.refuse_reserved(self.slug)
        if Section.objects.filter(path=self.slug).exists():
            raise ValidationError({"slug": gettext("A section has this address.")})

    def get_absolute_url(self) -> str:
        return self.path


class MenuItem(models.Model):
    """One line of a menu: a section, a page, or an address elsewhere."""

    class Menu(models.TextChoices):
        MAIN = "main", _("Main menu")
        FOOTER = "footer", _("Foot of the page")

    menu = models.CharField(_("menu"), max_length=8, choices=Menu, default=Menu.MAIN)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    section = models.ForeignKey(
        Section, models.CASCADE, null=True, blank=True, related_name="menu_items", verbose_name=_("section")
    )
    page = models.ForeignKey(
        Page, models.CASCADE, null=True, blank=True, related_name="menu_items", verbose_name=_("page")
    )
    url = models.URLField(_("address elsewhere"), blank=True)
    label = models.CharField(
        _("label"), max_length=80, blank=True, help_text=_("Empty: the name of the section or page.")
    )
    language = models.CharField(_("only in"), max_length=12, blank=True, help_text=_("Empty: in every language."))

    class Meta:
        verbose_name = _("menu item")
        verbose_name_plural = _("menus")
        ordering = ("menu", "position", "pk")

    def __str__(self) -> str:
        return self.label or str(self.section or self.page or self.url)

    def clean(self) -> None:
        if sum((bool(self.section_id), bool(self.page_id), bool(self.url))) != 1:
            raise ValidationError(
                gettext("A menu item leads to one thing: a section, a page, or an address elsewhere.")
            )
        if self.url and not self.label:
            raise ValidationError({"label": gettext("An address elsewhere needs a label.")})
