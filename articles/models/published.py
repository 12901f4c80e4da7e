"""What readers see: finished rows, written by the verbs of `articles.actions` alone. Nothing here leads to the desk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar, NamedTuple, Self

from django.db import connection, models
from django.db.models import Q, Value
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from taggit.models import ItemBase

from articles.kinds import Kind
from articles.languages import direction, words_a_minute
from articles.models.places import Section, Series, Tag
from authors.models import Author
from images.models import Picture, Video


class Place(NamedTuple):
    """Where a list goes on: the moment and number of the last story shown."""

    published_at: datetime
    number: int


class PublishedArticleQuerySet(models.QuerySet["PublishedArticle"]):
    def newest_first(self) -> Self:
        return self.order_by("-published_at", "-pk")

    def before(self, place: Place | None) -> Self:
        """Stories older than `place`, in the order of lists; a page further down costs what the first one costs."""
        if place is None:
            return self
        # The first condition is implied by the second; it lets the index be entered at the right place.
        return self.filter(published_at__lte=place.published_at).filter(
            Q(published_at__lt=place.published_at) | Q(pk__lt=place.number)
        )

    def cards(self) -> Self:
        """All that a list shows, without the bodies."""
        return self.select_related("section", "section__parent").defer("body_html")

    def newest_of_each(
        self,
        sections: list[int],
        *,
        language: str,
        count: int,
        before: Place | None = None,
        besides: Sequence[int] = (),
    ) -> Self:
        """The newest `count` stories of each section, older than `before`, in one query that reads no row in vain.

        `besides` are numbers of stories that come too.
        """
        if not sections:
            return self.none()
        table = connection.ops.quote_name(self.model._meta.db_table)
        older, bounds = "", []
        if before:
            older = " AND published_at <= %s AND (published_at < %s OR id < %s)"
            moment = connection.ops.adapt_datetimefield_value(before.published_at)
            bounds = [moment, moment, before.number]
        one = (
            f"SELECT id FROM (SELECT id FROM {table} WHERE section_id = %s AND language = %s{older}"  # noqa: S608  # no outside text in it
            " ORDER BY published_at DESC, id DESC LIMIT %s) AS newest"
        )
        parts = [one] * len(sections)
        if besides:
            parts.append(f"SELECT id FROM {table} WHERE id IN ({', '.join(['%s'] * len(besides))})")  # noqa: S608  # nor here
        params = [value for section in sections for value in (section, language, *bounds, count)]
        union = RawSQL(" UNION ALL ".join(parts), [*params, *besides])  # noqa: S611  # values are parameters
        return self.filter(pk__in=union).newest_first()


class PublishedArticle(models.Model):
    """One story as it stands in the paper. Its key is the story's number; nothing relates it to the working copy."""

    id = models.BigIntegerField(primary_key=True)
    revision = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    path = models.CharField(max_length=400, unique=True)
    language = models.CharField(max_length=12)
    kind = models.CharField(max_length=12, choices=Kind)
    section = models.ForeignKey(Section, models.PROTECT, related_name="stories")
    series = models.ForeignKey(Series, models.PROTECT, null=True, related_name="stories")
    tags = TaggableManager(through="articles.PublishedTag", blank=True)

    kicker = models.CharField(max_length=60, blank=True)
    headline = models.CharField(max_length=220)
    short_headline = models.CharField(max_length=120, blank=True)
    social_headline = models.CharField(max_length=180, blank=True)
    standfirst = models.TextField(blank=True)
    dateline = models.CharField(max_length=80, blank=True)
    body_html = models.TextField()
    word_count = models.PositiveIntegerField(default=0)
    # As printed: [{"name": str, "credit": str, "path": str}], [{"name": str, "path": str}].
    byline = models.JSONField(default=list)
    tag_links = models.JSONField(default=list)

    # The lead picture as printed, {} for none: alt, caption, credit, sensitive, and `images.names.sources` by crop.
    lead = models.JSONField(default=dict)

    # The number of the story that this one translates; None: it is no translation.
    original = models.BigIntegerField(null=True)
    # Numbers of stories to read next, the likeliest first, as `articles.related` chose them at publication.
    related = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    # As printed, newest first: [{"number", "kind", "text", "above": bool, "at": ISO 8601}].
    corrections = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    noindex = models.BooleanField(default=False, db_default=False)

    published_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = PublishedArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("published story")
        verbose_name_plural = _("published stories")
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(fields=["language", "-published_at", "-id"], name="published_by_language"),
            models.Index(fields=["section", "language", "-published_at", "-id"], name="published_by_section"),
            models.Index(fields=["series", "-published_at", "-id"], name="published_by_series"),
            models.Index(fields=["-published_at", "-id"], name="published_newest"),
            # Partial: most stories have no original, and a planner thinks little of an index of nothing else.
            models.Index(fields=["original"], name="published_by_original", condition=Q(original__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.headline

    def get_absolute_url(self) -> str:
        return self.path

    @property
    def card_headline(self) -> str:
        """The headline where room is short."""
        return self.short_headline or self.headline

    @property
    def card_picture(self) -> dict[str, Any]:
        """The lead picture for lists, which have no cover to put over a graphic one; {} for none."""
        return {} if self.lead.get("sensitive") else self.lead

    @property
    def share_headline(self) -> str:
        """The headline for messengers and search."""
        return self.social_headline or self.headline

    @property
    def direction(self) -> str:
        return direction(self.language)

    @property
    def root(self) -> int:
        """The number that the story's translations share: the original's."""
        return self.original or self.pk

    @property
    def was_updated(self) -> bool:
        """Changed noticeably later than it appeared (five minutes: the desk's last touches are no news)."""
        return (self.updated_at - self.published_at).total_seconds() > 300

    @property
    def reading_minutes(self) -> int:
        """Words at the language's pace, and a look at each picture: twelve seconds for the first, each further one a
        second less, but three at least, as Medium counts (“Read time and you”, 2014)."""
        pictures = self.body_html.count("<picture>")
        seconds = self.word_count * 60 / words_a_minute(self.language) + sum(max(3, 12 - n) for n in range(pictures))
        return max(1, round(seconds / 60))

    @property
    def place(self) -> Place:
        return Place(self.published_at, self.pk)


class PublishedByline(models.Model):
    """Finds an author's stories; what is printed stands in `PublishedArticle.byline`."""

    article = models.ForeignKey(PublishedArticle, models.CASCADE, related_name="author_rows")
    author = models.ForeignKey(Author, models.PROTECT, related_name="published_rows")
    published_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["article", "author"], name="published_byline_once")]
        indexes: ClassVar = [models.Index(fields=["author", "-published_at", "-article"], name="published_by_author")]

    def __str__(self) -> str:
        return f"{self.author_id}: {self.article_id}"


class PublishedTag(ItemBase):
    """A tag on a published story, indexed so that a tag's page is read in order from the index."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="published_rows")
    content_object = models.ForeignKey(PublishedArticle, models.CASCADE, related_name="tag_rows")
    published_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["tag", "content_object"], name="published_tag_once")]
        indexes: ClassVar = [models.Index(fields=["tag", "-published_at", "-content_object"], name="published_by_tag")]

    def __str__(self) -> str:
        return f"{self.tag_id}: {self.content_object_id}"


class PublishedPicture(models.Model):
    """A picture that a published story shows: finds where it is used, and whose rights must not run out."""

    article = models.ForeignKey(PublishedArticle, models.CASCADE, related_name="picture_rows")
    picture = models.ForeignKey(Picture, models.PROTECT, related_name="published_rows")

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["article", "picture"], name="published_picture_once")]

    def __str__(self) -> str:
        return f"{self.picture_id}: {self.article_id}"


class PublishedVideo(models.Model):
    """A video that a published story shows: finds where it is used, and whose rights must not run out."""

    article = models.ForeignKey(PublishedArticle, models.CASCADE, related_name="video_rows")
    video = models.ForeignKey(Video, models.PROTECT, related_name="published_rows")

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["article", "video"], name="published_video_once")]

    def __str__(self) -> str:
        return f"{self.video_id}: {self.article_id}"


class PublishedRelated(models.Model):
    """A published story that points readers to another one: finds whose HTML hangs on that one."""

    article = models.ForeignKey(PublishedArticle, models.CASCADE, related_name="related_rows")
    other = models.BigIntegerField(db_index=True)  # the other story's number; it may not be published

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [models.UniqueConstraint(fields=["article", "other"], name="published_related_once")]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.other}"


class OldPath(models.Model):
    """An address that once worked, and what is true of it now."""

    class Kind(models.TextChoices):
        MOVED = "moved", _("Moved")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        KILLED = "killed", _("Killed")

    path = models.CharField(_("old address"), max_length=400, unique=True)
    kind = models.CharField(_("what happened"), max_length=10, choices=Kind)
    is_prefix = models.BooleanField(_("and all below it"), default=False)
    target = models.CharField(_("now at"), max_length=400, blank=True, db_index=True)
    article_number = models.BigIntegerField(_("story"), null=True, blank=True, db_index=True)
    language = models.CharField(max_length=12, blank=True)
    headline = models.CharField(max_length=220, blank=True)
    notice = models.TextField(_("notice to readers"), blank=True)
    at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("old address")
        verbose_name_plural = _("old addresses")
        ordering = ("-at", "-pk")
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.CheckConstraint(name="old_path_moved_has_target", condition=Q(kind="moved") ^ Q(target="")),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["language", "-at", "-article_number"], name="old_path_killed", condition=Q(kind="killed")
            ),
        ]

    def __str__(self) -> str:
        return self.path
