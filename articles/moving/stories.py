"""From a post to a story, from a page to a page: whole, with its old addresses, or not at all."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext

from articles import actions, actions_schedule, actions_site, addresses
from articles.languages import LANGUAGES
from articles.models.desk import Article
from articles.models.moves import FeedName, MovedThing, MovingRun
from articles.models.published import OldPath
from articles.models.site import Page, SiteSettings
from articles.moving import texts
from articles.moving.house import House
from articles.moving.library import Files
from articles.moving.posts import Post
from articles.moving.report import Report
from articles.problems import DeskProblem, NotReady

# What the digests of stories begin with; never to be changed: by it a second run knows what is here.
_PREFIXES = {MovingRun.Kind.WORDPRESS: "wxr:", MovingRun.Kind.GHOST: "ghost:"}
_SLUG = re.compile(r"[\w-]{1,80}")
_LONGEST = {"headline": 200, "standfirst": 600}
_MOST_SAME = 50
_BEFORE_IT_CAME = timedelta(days=1)  # an export is a little older than the run that reads it
LINKS, PAGE, GROUP = "links", "page", "group"


class _Here(NamedTuple):
    """Since when a post is here (None: it was, and the desk has deleted it), and as which story (None: as a page)."""

    since: datetime | None
    story: int | None


class Stories:
    """`key` names the old site, `hosts` are its names without "www."; on a trial (`writes` is False) only counts."""

    def __init__(
        self,
        *,
        kind: MovingRun.Kind,
        key: str,
        hosts: Collection[str],
        house: House,
        files: Files,
        report: Report,
        language: str,
        writes: bool,
    ) -> None:
        self.kind, self.key, self.hosts, self.house, self.files = kind, key, hosts, house, files
        self.report, self.language, self.writes = report, language, writes

    def bring(self, post: Post) -> None:
        """Takes the post in, if it is to be had and not here yet; the report says what came of it."""
        try:
            fate = self._brought(post)
        except (DeskProblem, ValidationError, IntegrityError, DataError, OverflowError) as problem:
            self.house.forget()  # what a transaction that was taken back had made of it
            fate = self._left(post, "refused", _in_words(problem))
        self.report.count(fate)

    def _brought(self, post: Post) -> str:
        """What became of it, as it is counted."""
        title = " ".join(strip_tags(post.title).split())
        if post.gone:
            return self._left(post, "bin", post.gone)
        if here := self._here(post):
            if post.changed and here.since and post.changed > here.since - _BEFORE_IT_CAME:
                self._note(post, title, "changed_there", number=here.story)
            return "known"
        written = post.written()
        if not title and not strip_tags(written.html).strip():
            return self._left(post, "empty")
        text = texts.body_of(
            written, hosts=self.hosts, picture=self.files.picture,
            gallery=lambda ids: self.files.of_numbers(ids) if ids else self.files.of_post(post.number),
        )  # fmt: skip
        self._tell(post, title, text)
        lead = self._lead(post, title)  # before the transaction: a picture has a file, which no transaction takes back
        if not self.writes:
            self._tell_why(post, title, text)
            return self._tried(post, title, text)
        with transaction.atomic():
            return self._page(post, title, text) if post.is_page else self._story(post, title, text, lead)

    def _left(self, post: Post, code: str, detail: str = "") -> str:
        self.report.note(code, line=post.line, title=post.title, detail=detail)
        return "left"

    def _tell(self, post: Post, title: str, text: texts.Text) -> None:
        if text.missing:
            self._note(post, title, "no_picture", ", ".join(text.missing))
        if text.dropped:
            what = ", ".join(f"{name} ({count})" if count > 1 else name for name, count in sorted(text.dropped.items()))
            self._note(post, title, "dropped", what)
        if text.documents:
            self._note(post, title, "document", ", ".join(text.documents))
        for code, detail in post.told:
            self._note(post, title, code, detail)

    def _tell_why(self, post: Post, title: str, text: texts.Text, number: int | None = None) -> None:
        """Why it stays at the desk, if it does and was no plain draft."""
        code = post.why or text.why
        if code:
            self._note(post, title, code, number=number)

    def _note(self, post: Post, title: str, code: str, detail: str = "", number: int | None = None) -> None:
        self.report.note(code, line=post.line, title=title, detail=detail, number=number)

    def _digest(self, post: Post) -> str:
        """The post's own name, for `Article.import_digest`."""
        prefix = _PREFIXES[self.kind]
        return prefix + sha256(post.name.encode()).hexdigest()[: 64 - len(prefix)]

    def _here(self, post: Post) -> _Here | None:
        """What an earlier run has made of it."""
        if not post.is_page:
            known = Article.objects.filter(import_digest=self._digest(post)).values_list("created_at", "pk").first()
            return _Here(*known) if known else None
        moved = MovedThing.objects.filter(source=self.key, kind=PAGE, foreign=post.number).first()
        if moved is None:
            return None
        page = Page.desk.filter(pk=moved.number).first() if moved.number else None
        return _Here(page.updated_at if page else None, None)

    def _fate(self, post: Post, text: texts.Text) -> str:
        if post.is_page:
            return "page"
        if not post.is_out or text.why:
            return "draft"
        return "scheduled" if post.at and post.at > timezone.now() else "published"

    def _tried(self, post: Post, title: str, text: texts.Text) -> str:
        """What would become of it, as far as that can be told without writing it."""
        fate = self._fate(post, text)
        if fate != "published" or (title and (strip_tags(text.body).strip() or "<figure" in text.body)):
            return fate
        self._note(post, title, "not_ready")
        return "draft"

    # Stories --------------------------------------------------------------------------------

    def _story(self, post: Post, title: str, text: texts.Text, lead: int | None) -> str:
        content = {**self._content(post, title, text.body), "lead_picture": lead}
        Article(
            **{name: content[name] for name in ("headline", "standfirst", "body", "language", "slug")}
        ).clean_fields(exclude={"created_by", "saved_by"})
        article = actions.bring(content, import_digest=self._digest(post))
        if 'href="/' in text.body:
            MovedThing.objects.create(source=self.key, kind=LINKS, foreign=str(article.pk), number=article.pk)
        fate = self._fate(post, text)
        if fate == "draft":
            self._tell_why(post, title, text, article.pk)
            return fate
        return self._out(article.pk, post, title, content, fate)

    def _content(self, post: Post, title: str, body: str) -> dict[str, Any]:
        section = self.house.section_of(post.place)
        language = self._language(post)
        standfirst = texts.in_words(post.standfirst)
        slug = unquote(post.slug)
        return {
            "headline": self._cut(post, "headline", title),
            "standfirst": self._cut(post, "standfirst", standfirst),
            "body": body,
            "language": language,
            "slug": slug if _SLUG.fullmatch(slug) else "",
            "section": section.pk if section else None,
            "tags": self.house.tags_of(post.tags),
            "bylines": self.house.lines_of(post.names),
            "noindex": post.is_hidden_from_search,
            "original": self._original(post, language),
        }

    def _lead(self, post: Post, title: str) -> int | None:
        if post.lead is None:
            return None
        mine = self.files.picture(post.lead)
        if mine is None:
            self._note(post, title, "no_picture", gettext("the lead picture"))
        return mine

    def _language(self, post: Post) -> str:
        """What the old site says, where the paper has that edition; else what was chosen for all."""
        said = post.language
        return said if said in LANGUAGES and said in SiteSettings.load().languages else self.language

    def _original(self, post: Post, language: str) -> int | None:
        """The first of a group of translations that came, if it is in another language."""
        if not post.group:
            return None
        row = MovedThing.objects.filter(source=self.key, kind=GROUP, foreign=post.group[:190]).first()
        if row is None or row.number is None:
            return None
        first = Article.objects.filter(pk=row.number).exclude(language=language).first()
        if first and not first.translations.filter(language=language).exists():
            return first.pk
        return None

    def _remember_group(self, post: Post, number: int) -> None:
        if post.group:
            MovedThing.objects.get_or_create(
                source=self.key, kind=GROUP, foreign=post.group[:190], defaults={"number": number}
            )

    def _cut(self, post: Post, field: str, text: str) -> str:
        longest = _LONGEST[field]
        if len(text) <= longest:
            return text
        self._note(post, post.title, "shortened", text)
        return text[: longest - 1].rpartition(" ")[0] + "…"

    def _out(self, number: int, post: Post, title: str, content: dict[str, Any], fate: str) -> str:
        """Before readers, or on the clock, whatever the checks object to; what cannot be set aside keeps it a draft."""
        slug = content["slug"]
        path = ""
        for turn in range(1, _MOST_SAME + 1):
            try:
                with transaction.atomic():
                    path = self._publish(number, post, fate)
            except NotReady as refused:
                if "slug" in refused.errors and slug and turn < _MOST_SAME:
                    actions.save(number, actor=None, content={"slug": f"{slug[:76]}-{turn + 1}"})
                    continue
                self._note(post, title, "not_ready", _in_words(refused), number)
                return "draft"
            if turn > 1:
                self._note(post, title, "new_slug", f"{slug[:76]}-{turn}", number)
            break
        if path:
            self._lead_on(post, title, path, number)
            self._keep_feed_name(post, number)
        self._remember_group(post, number)
        return fate

    def _keep_feed_name(self, post: Post, number: int) -> None:
        """So that what reads our feeds does not take old stories for new ones, and send them out once more."""
        name = post.in_feeds
        if 0 < len(name) <= FeedName.LONGEST:
            FeedName.objects.create(article_number=number, name=name)

    def _publish(self, number: int, post: Post, fate: str) -> str:
        """Where readers find it; "" while it is on the clock."""
        reason = gettext("Brought in from %(system)s") % {"system": self.kind.label}
        if fate == "scheduled" and post.at:
            actions_schedule.schedule(number, verb="publish", at=post.at, actor=None, override=reason)
            return ""
        return actions.publish(number, actor=None, at=post.at, override=reason).path

    # Pages --------------------------------------------------------------------------------

    def _page(self, post: Post, title: str, text: texts.Text) -> str:
        language = self._language(post)
        slug, number = unquote(post.slug), post.number[-36:]
        page = Page(
            title=title[:160] or gettext("No title"), slug=slug if _SLUG.fullmatch(slug) else f"page-{number}",
            language=language, body=text.body,
            is_hidden=not post.is_out or bool(text.why) or bool(post.at and post.at > timezone.now()),
        )  # fmt: skip
        try:
            page.clean()
        except ValidationError:
            page.slug = f"{page.slug[:70]}-page"
        if Page.desk.filter(slug=page.slug, language=language).exists():
            page.slug = f"{page.slug[:40]}-{number}"
        page = actions_site.save_page(page, actor=None)
        MovedThing.objects.create(source=self.key, kind=PAGE, foreign=post.number, number=page.pk)
        self._tell_why(post, title, text)
        if not page.is_hidden:
            self._lead_on(post, title, page.path, None)
        return "page"

    # Old addresses --------------------------------------------------------------------------------

    def _lead_on(self, post: Post, title: str, path: str, number: int | None) -> None:
        """Each address under which readers knew the post leads to the new one."""
        wanted = [old for old in post.addresses if old != path]
        there = addresses.in_use(old for old in wanted if "?" not in old)
        rows = {row.path: row for row in OldPath.objects.filter(path__in=wanted)}
        new = []
        for old in wanted:
            known = rows.get(old)
            if old in there or (known and (known.article_number != number or number is None)):
                self._note(post, title, "address_taken", old, number)
                continue
            row = known or OldPath(path=old)
            row.kind, row.target, row.article_number, row.at = OldPath.Kind.MOVED, path, number, timezone.now()
            row.language = self._language(post) if number else ""
            if known:
                row.save()
            else:
                new.append(row)
            self.report.count("address")
        OldPath.objects.bulk_create(new)


def _in_words(problem: Exception) -> str:
    if isinstance(problem, NotReady):
        return " ".join(message for messages in problem.errors.values() for message in messages)
    if isinstance(problem, ValidationError):
        return " ".join(problem.messages)
    return str(problem)
