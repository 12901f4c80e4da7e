"""The things that stories hang on: sections, series, tags."""

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from taggit.models import TagBase

from articles import paths
from articles.slugs import slugify

COLOUR = RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("Write the colour like #1f4e79."))


class Section(models.Model):
    """A part of the paper (News, Culture), or a part of such a part: one level below, no more."""

    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of"),
        limit_choices_to={"parent": None},
    )  # fmt: skip
    name = models.CharField(_("name"), max_length=80)
    names = models.JSONField(_("name in other languages"), default=dict, blank=True)
    slug = models.SlugField(_("slug"), max_length=80, allow_unicode=True)
    path = models.CharField(max_length=170, unique=True, editable=False)
    description = models.CharField(_("description"), max_length=300, blank=True)
    colour = models.CharField(
        _("colour"), max_length=7, blank=True, validators=[COLOUR], help_text=_("Dark enough for white text on it.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    shows_history = models.BooleanField(
        _("show what changed"),
        default=False,
        db_default=False,
        help_text=_("Each story links to a page with the versions that readers had, from now on."),
    )

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ("position", "name", "pk")
        constraints = [
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="section_not_its_own_part"),
        ]

    def __str__(self) -> str:
        return f"{self.parent.name} › {self.name}" if self.parent else self.name

    def clean(self) -> None:
        if self.parent and (self.parent.parent_id or self.parent_id == self.pk):
            raise ValidationError({"parent": gettext("A section has one level below it, no more.")})
        if self.parent and self.pk and self.children.exists():
            raise ValidationError({"parent": gettext("This section has parts of its own; it cannot become a part.")})
        if not self.parent:
            paths.refuse_reserved(self.slug)
        if Section.objects.filter(path=self.make_path()).exclude(pk=self.pk).exists():
            raise ValidationError({"slug": gettext("Another section has this address.")})

    def save(self, *args: object, **kwargs: object) -> None:
        self.path = self.make_path()
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    def make_path(self) -> str:
        """Slugs from the top, joined by slashes, without any at the ends: ``news`` or ``news/europe``."""
        return f"{self.parent.slug}/{self.slug}" if self.parent else self.slug

    def name_in(self, language: str) -> str:
        """The section's name in that language; the main name where none was given."""
        return str(self.names.get(language) or self.name)


class Series(models.Model):
    """Stories that belong together over weeks: told in order, on a page of their own."""

    title = models.CharField(_("title"), max_length=160)
    slug = models.SlugField(_("slug"), max_length=120, unique=True, allow_unicode=True)
    description = models.TextField(_("description"), blank=True, max_length=2000)
    language = models.CharField(_("language"), max_length=12, default="en")

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ("title", "pk")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("articles:series", args=[self.slug])


class Tag(TagBase):
    """A subject of stories. Slugs keep the script that the tag is written in."""

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("name", "pk")

    def slugify(self, tag: str, i: int | None = None) -> str:
        slug = slugify(tag) or "tag"
        return slug if i is None else f"{slug}-{i}"

    def get_absolute_url(self) -> str:
        return reverse("articles:tag", args=[self.slug])
