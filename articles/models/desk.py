"""The working copy: what the desk is writing. Readers' code must not import this module."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import NullIf
from django.db.models.lookups import IsNull
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.kinds import Kind
from articles.models.places import Section, Series, Tag
from authors.models import Author
from images.models import Picture

if TYPE_CHECKING:
    from accounts.models import User


HANDED_IN = "submitted"  # `revisions.Revision.Verb.SUBMITTED`; that module imports this one


class State(models.TextChoices):
    """Where a story stands. Written by the verbs in `articles.actions` alone."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    RETURNED = "returned", _("Returned")
    READY = "ready", _("Ready")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    KILLED = "killed", _("Killed")
    DISCARDED = "discarded", _("Discarded")


# How far changes of a live story may be on their way to readers.
ON_THEIR_WAY = (State.IN_REVIEW, State.RETURNED, State.READY)
# The desk has it otherwise than readers. In this form PostgreSQL counts how many such there are (migration 0022); two
# columns it takes to differ in nearly every row, and then it reads the whole table rather than the index.
DIFFERS = Q(IsNull(NullIf("digest", "live_digest"), False))
# Live, and the desk has it otherwise; an index has few besides (`article_changed_since`).
CHANGED = Q(state=State.PUBLISHED) & DIFFERS


class ArticleQuerySet(models.QuerySet["Article"]):
    def for_user(self, user: User) -> ArticleQuerySet:
        """What this member of staff may see in the desk: everything, or what is their own."""
        if user.has_perm("articles.view_article"):
            return self
        if not user.has_perm("articles.view_own_article"):
            return self.none()
        return self.own(user)

    def own(self, user: User) -> ArticleQuerySet:
        """Those that belong to this person (`Article.belongs_to`)."""
        # A query for each way: with OR between them, a database reads the whole table.
        every = self.model._base_manager.order_by()
        begun, now = every.filter(created_by=user).values("pk"), every.filter(assignee=user).values("pk")
        signed = Byline.objects.filter(author__user=user).order_by().values("article")
        handed_in = every.filter(revisions__verb=HANDED_IN, revisions__created_by=user).values("pk")
        return self.filter(pk__in=begun.union(now, signed, handed_in))

    def at(self, *states: str) -> ArticleQuerySet:
        """Those in one of these states, and live ones whose changes are."""
        every = self.model._base_manager.order_by()  # a query for each, as in `own`
        changed = every.filter(changes__in=states).values("pk")
        return self.filter(pk__in=every.filter(state__in=states).values("pk").union(changed))

    def at_work(self) -> ArticleQuerySet:
        """Those that are not live as they stand: unpublished, or changed since. Indexes know them, in any paper."""
        every = self.model._base_manager.order_by()  # a query for each, as in `own`
        unpublished = every.filter(state__in=[state for state in State if state != State.PUBLISHED]).values("pk")
        return self.filter(pk__in=unpublished.union(every.filter(CHANGED).values("pk")))


class Article(models.Model):
    """A story as the desk has it now. A draft may lack anything; `articles.checks` says what a publication needs."""

    state = models.CharField(
        _("state"), max_length=12, choices=State, default=State.DRAFT, editable=False, db_index=True
    )
    # Of a live story: how far what the desk has changed since is on its way. "": nobody has handed it in.
    changes = models.CharField(
        max_length=12, choices=[(each.value, each.label) for each in ON_THEIR_WAY], blank=True, default="",
        db_default="", editable=False,
    )  # fmt: skip
    version = models.PositiveIntegerField(_("version"), default=0, editable=False)

    headline = models.CharField(_("headline"), max_length=200, blank=True)
    short_headline = models.CharField(
        _("short headline"), max_length=90, blank=True, help_text=_("For cards and narrow places. Empty: the headline.")
    )
    social_headline = models.CharField(
        _("social headline"), max_length=160, blank=True, help_text=_("For messengers and search. Empty: the headline.")
    )
    kicker = models.CharField(_("kicker"), max_length=60, blank=True, help_text=_("A word or two above the headline."))
    standfirst = models.TextField(
        _("standfirst"), blank=True, max_length=600, help_text=_("One or two sentences under the headline.")
    )
    dateline = models.CharField(
        _("dateline"), max_length=80, blank=True, help_text=_("Where it was reported from: PORT VELA")
    )
    body = models.TextField(_("text"), blank=True)

    lead_picture = models.ForeignKey(
        Picture, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("lead picture")
    )
    section = models.ForeignKey(
        Section, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("section")
    )
    series = models.ForeignKey(
        Series, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("series")
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="+", verbose_name=_("tags"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.NEWS)
    language = models.CharField(_("language"), max_length=12, default="en")
    slug = models.SlugField(
        _("slug"),
        max_length=80,
        blank=True,
        allow_unicode=True,
        help_text=_("The last part of the address. Empty: made from the headline."),
    )
    original = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="translations",
        verbose_name=_("translation of"),
        help_text=_("The story as it was written first. Empty: this is it."),
    )
    noindex = models.BooleanField(
        _("keep out of search engines"),
        default=False,
        db_default=False,
        help_text=_("Readers find it; search engines are asked not to."),
    )

    # The desk's own affairs: in no revision, and readers never see them.
    # The number of the original's revision with which the translation was last in line.
    original_revision = models.PositiveIntegerField(null=True, editable=False)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("with"),
        help_text=_("Who has it now."),
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    commissioned_length = models.PositiveIntegerField(
        _("commissioned length"), null=True, blank=True, help_text=_("In words.")
    )
    brief = models.TextField(
        _("brief"),
        blank=True,
        default="",
        db_default="",
        max_length=2000,
        help_text=_("What the story is to be about."),
    )
    needs_legal = models.BooleanField(_("needs legal"), default=False, db_default=False)
    needs_picture = models.BooleanField(_("needs picture"), default=False, db_default=False)
    is_sensitive = models.BooleanField(
        _("sensitive"), default=False, db_default=False, help_text=_("Handle with care: people may be in danger.")
    )
    embargo_until = models.DateTimeField(
        _("embargo until"), null=True, blank=True, help_text=_("Nobody but a chief editor may publish it before.")
    )

    created_at = models.DateTimeField(_("begun"), default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("begun by"),
    )
    saved_at = models.DateTimeField(_("saved"), default=timezone.now, editable=False)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("saved by"),
    )
    latest_revision = models.PositiveIntegerField(default=0, editable=False)
    digest = models.CharField(max_length=64, editable=False, default="")
    live_revision = models.PositiveIntegerField(null=True, editable=False)
    live_digest = models.CharField(max_length=64, editable=False, default="")
    # {"path", "slug", "section", "language"} of the last publication: the address is kept while these stay.
    public_place = models.JSONField(editable=False, default=dict)
    first_published_at = models.DateTimeField(_("first published"), null=True, editable=False)
    import_digest = models.CharField(max_length=64, blank=True, editable=False, db_index=True, default="")

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        ordering = ("-saved_at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["-saved_at", "-id"], name="article_saved"),
            models.Index(fields=["state", "-saved_at"], name="article_state_saved"),
            models.Index(fields=["changes"], name="article_changes"),
            models.Index(fields=["created_by", "-saved_at"], name="article_writer_saved"),
            models.Index(fields=["assignee", "-saved_at"], name="article_assignee_saved"),
            models.Index(fields=["section", "-saved_at"], name="article_section_saved"),
            models.Index(fields=["state", "due_at"], name="article_due", condition=Q(due_at__isnull=False)),
            # Without the state in its condition: SQLite takes an index only for what the statement itself says.
            models.Index(fields=["state", "-saved_at"], name="article_changed_since", condition=DIFFERS),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="article_live_when_published",
                condition=Q(state="published", live_revision__isnull=False)
                | (~Q(state="published") & Q(live_revision=None)),
            ),
            models.CheckConstraint(
                name="article_changes_of_a_live_one", condition=Q(changes="") | Q(state="published")
            ),
            models.UniqueConstraint(
                name="article_translated_once",
                fields=["original", "language"],
                condition=Q(original__isnull=False) & ~Q(state__in=["killed", "discarded"]),
            ),
            models.UniqueConstraint(
                name="article_imported_once", fields=["import_digest"], condition=~Q(import_digest="")
            ),
        ]

    def __str__(self) -> str:
        return self.headline or str(_("Story %(number)s, no headline yet") % {"number": self.pk or ""})

    @property
    def stage(self) -> str:
        """What `articles.verbs` goes by: the state, and how far a live story's changes are ("published in_review")."""
        return f"{self.state} {self.changes}".rstrip()

    @property
    def copy_state(self) -> State:
        """How far the working copy is: the state, or that of a live story's changes once they were handed in."""
        return State(self.changes or self.state)

    @property
    def stage_label(self) -> str:
        """The stage in words."""
        if not self.changes:
            return self.get_state_display()
        return f"{self.get_state_display()} · {gettext('unpublished changes')}: {self.copy_state.label}"

    @property
    def has_unpublished_changes(self) -> bool:
        """Live, and the working copy has moved on from what readers see."""
        return self.state == State.PUBLISHED and self.digest != self.live_digest

    def belongs_to(self, user: User) -> bool:
        """Begun by this person or with them now, carrying a byline of theirs, or handed in by them before."""
        return (
            user.pk in {self.created_by_id, self.assignee_id}
            or self.bylines.filter(author__user=user).exists()
            or self.revisions.filter(verb=HANDED_IN, created_by=user).exists()
        )


class Byline(models.Model):
    """One name above a story, in order, with its own text as printed. Nothing derives it and nothing replaces it."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="bylines")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    author = models.ForeignKey(
        Author, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("author")
    )
    name = models.CharField(
        _("as printed"),
        max_length=160,
        blank=True,
        help_text=_("Empty: the author's name. For an agency, its name alone."),
    )
    credit = models.CharField(
        _("credit"), max_length=80, blank=True, help_text=_("For example: reporting, photographs, translation.")
    )

    class Meta:
        verbose_name = _("byline")
        verbose_name_plural = _("bylines")
        ordering = ("position", "pk")
        constraints: ClassVar = [
            models.CheckConstraint(name="byline_has_a_name", condition=Q(author__isnull=False) | ~Q(name=""))
        ]

    def __str__(self) -> str:
        return self.printed

    @property
    def printed(self) -> str:
        """The name as readers see it."""
        return self.name or (self.author.name if self.author else "")
