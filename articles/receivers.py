"""What stories do when something below them changes."""

from functools import partial
from typing import Any

from django.dispatch import Signal
from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts import notices
from accounts.models import User
from articles import publication, signals, translations
from articles.actions_desk import concerned
from articles.models.desk import Article, Byline, State
from articles.models.published import PublishedArticle, PublishedPicture
from articles.models.reader_notes import ReaderNote
from articles.models.site import SiteSettings
from articles.signals import article_corrected, reader_noted
from authors.models import Author
from authors.signals import author_moved, author_saved
from images.models import Picture
from images.signals import picture_changed

AT_ONCE = 200
# What of a picture stands in the HTML of stories. "original" is another file.
_PRINTED = {
    "alt_text", "is_decorative", "caption", "credit", "is_sensitive", "focal_x", "focal_y", "blurred", "original"
}  # fmt: skip


def lead_on_from_old_address(sender: object, *, author: Author, old_path: str, new_path: str, **kwargs: Any) -> None:
    """An author's new address: the old one leads on, and printed bylines link to the new one."""
    publication.leave_renamed(old_path, new_path, is_prefix=True)
    stories = list(author.published_rows.order_by("article").values_list("article", flat=True))
    publication.print_anew(stories, "byline", partial(publication.led_on, old=old_path, new=new_path))


def keep_as_printed(sender: object, *, author: Author, former_name: str, **kwargs: Any) -> None:
    """An author's new name: stories that readers have had keep the name under which they were printed."""
    if author.name != former_name:
        printed = Byline.objects.filter(author=author, name="", article__first_published_at__isnull=False)
        printed.update(name=former_name)


def show_anew(sender: object, *, picture: Picture, fields: frozenset[str], actor: User | None, **kwargs: Any) -> int:
    """Live stories that show the picture are made anew, if the person may change what readers see; how many.

    A story's own caption stays. Not more than the newest 200: `rebuild_published` does the others.
    """
    if not fields & _PRINTED or not (actor is None or actor.has_perm("articles.update_article")):
        return 0
    newest = PublishedPicture.objects.filter(picture=picture).order_by("-article").values_list("article", flat=True)
    live = Article.objects.filter(pk__in=list(newest[:AT_ONCE]), state=State.PUBLISHED)
    stories = list(live.select_for_update().order_by("pk"))
    for article in stories:
        publication.rebuild(article)
    return len(stories)


# What whoever's story it is hears of what became of it.
_BECAME: dict[str, tuple[Signal, str]] = {
    "published": (signals.article_published, gettext_noop("%(who)s published “%(story)s”.")),
    "updated": (signals.article_updated, gettext_noop("%(who)s published changes of “%(story)s”.")),
    "withdrawn": (signals.article_withdrawn, gettext_noop("%(who)s withdrew “%(story)s”.")),
    "killed": (signals.article_killed, gettext_noop("%(who)s killed “%(story)s”.")),
    "discarded": (signals.article_discarded, gettext_noop("%(who)s put “%(story)s” into the bin.")),
}
_CORRECTED = gettext_noop("%(who)s changed the corrections of “%(story)s”.")
_OF_ORIGINAL = {
    signals.article_withdrawn: _BECAME["withdrawn"][1],
    signals.article_killed: _BECAME["killed"][1],
    article_corrected: _CORRECTED,
}


def tell_of_fate(sender: object, *, signal: Signal, article_id: int, actor: User | None, **kwargs: Any) -> None:
    """Whose story it is hears what became of it. What the system does by itself, as bringing copy in, is no news."""
    if actor is None:
        return
    article = Article.objects.get(pk=article_id)
    message = next(words for sent, words in _BECAME.values() if sent is signal)
    notices.tell(concerned(article), message, url=_form_of(article_id), actor=actor, who=str(actor), story=str(article))


def tell_of_original(
    sender: object, *, signal: Signal, article_id: int, actor: User | None = None, **kwargs: Any
) -> None:
    """Whose translation it is hears that readers see changes in its original, or do not see it any more.

    A correction, withdrawal or kill is told in the words that whose story it is hears, once to each person; the notice
    leads to the translation.
    """
    if actor is None:
        return
    original = Article.objects.get(pk=article_id)
    told = set(concerned(original))
    for story in Article.objects.filter(original=article_id).exclude(state__in=translations.GONE):
        people, about = concerned(story), story
        if signal is signals.article_updated:
            message = gettext_noop("%(who)s published changes in the original of “%(story)s”.")
        else:
            message, about = _OF_ORIGINAL[signal], original
            people = [person for person in people if person not in told]
            told.update(people)
        notices.tell(people, message, url=_form_of(story.pk), actor=actor, who=str(actor), story=str(about))


def tell_of_correction(
    sender: object, *, article_id: int, published: PublishedArticle, actor: User | None = None, **kwargs: Any
) -> None:
    """Whose story it is hears that readers now see a correction on it, or another than before."""
    article = Article.objects.get(pk=article_id)
    who = str(actor or SiteSettings.load())
    url = _form_of(article_id)
    notices.tell(concerned(article), _CORRECTED, url=url, actor=actor, who=who, story=published.headline)


def tell_of_reader_note(sender: object, *, note: ReaderNote, is_first: bool, **kwargs: Any) -> None:
    """Whose story it is hears of the first note that is open on it; further ones wait in the same list."""
    article = Article.objects.filter(pk=note.article_number).first() if is_first else None
    if not article:
        return
    page = reverse("admin:articles_readernote_change", args=[note.pk])
    message = gettext_noop("A reader reports an error in “%(story)s”.")
    for person in concerned(article):
        url = page if person.has_perm("articles.view_readernote") else _form_of(article.pk)
        notices.tell([person], message, url=url, story=note.headline)


def _form_of(number: int) -> str:
    return reverse("admin:articles_article_change", args=[number])


def connect() -> None:
    for name, (signal, _words) in _BECAME.items():
        signal.connect(tell_of_fate, dispatch_uid=f"articles.tell_of_{name}")
    for signal in (signals.article_updated, *_OF_ORIGINAL):
        signal.connect(tell_of_original, dispatch_uid="articles.tell_of_original")
    article_corrected.connect(tell_of_correction, dispatch_uid="articles.article_corrected")
    reader_noted.connect(tell_of_reader_note, dispatch_uid="articles.reader_noted")
    author_moved.connect(lead_on_from_old_address, dispatch_uid="articles.author_moved")
    author_saved.connect(keep_as_printed, dispatch_uid="articles.author_saved")
    picture_changed.connect(show_anew, dispatch_uid="articles.picture_changed")
