"""Which stories use a picture or a video: for its page in the library."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from articles.figures import numbers_in
from articles.models.desk import DIFFERS, Article
from articles.models.fronts import Front
from articles.models.published import PublishedPicture, PublishedVideo
from articles.models.revisions import Revision
from articles.models.workflow import ScheduledChange
from images.models import Picture, Video

MOST = 50
LOOKED_THROUGH = 2_000


def stories_with(picture: Picture) -> list[tuple[str, str]]:
    """Headline and form's address of the newest stories that show the picture to readers, would if published, or will
    as the clock has them.
    """
    live = PublishedPicture.objects.filter(picture=picture).values("article")
    figure = f'<figure data-image="{picture.pk}">'
    frozen = Q(content__lead_picture=picture.pk) | Q(content__body__icontains=figure)
    return _stories(Q(pk__in=live) | Q(lead_picture=picture) | _in_text(figure) | _on_the_clock(frozen))


def is_shown(picture: Picture) -> bool:
    """Whether a live story or a front page shows the picture to readers."""
    return PublishedPicture.objects.filter(picture=picture).exists() or any(
        card["picture"] == picture.pk
        for front in Front.objects.only("live")
        for each in front.live
        for card in each["cards"]
    )


def fronts_with(picture: Picture) -> list[tuple[str, str]]:
    """Name and address of the front pages that show the picture instead of a story's own, or whose draft does."""
    return [
        (str(front), reverse("admin:articles_front_arrange", args=[front.language, front.section_id or 0]))
        for front in Front.objects.select_related("section__parent")
        if any(card["picture"] == picture.pk for each in [*front.draft, *front.live] for card in each["cards"])
    ]


def stories_with_video(video: Video) -> list[tuple[str, str]]:
    """As `stories_with`, of a video."""
    live = PublishedVideo.objects.filter(video=video).values("article")
    figure = f'<figure data-video="{video.pk}">'
    return _stories(Q(pk__in=live) | _in_text(figure) | _on_the_clock(Q(content__body__icontains=figure)))


def pictures_in_texts() -> set[int]:
    """Numbers of the pictures in texts that readers do not have so (of the newest 2,000 such texts), and of all that
    will go out by the clock.
    """
    at_work = Article.objects.filter(DIFFERS, body__contains='<figure data-image="')
    bodies = at_work.order_by("-saved_at").values_list("body", flat=True)[:LOOKED_THROUGH]
    found = {number for body in bodies.iterator() for number in numbers_in(body)}
    for body, lead in _frozen().values_list("content__body", "content__lead_picture").iterator():
        found.update(numbers_in(body), {lead} - {None})
    return found


def _in_text(figure: str) -> Q:
    """Of texts that readers have, rows tell: only the others are looked through."""
    return DIFFERS & Q(body__contains=figure)


def _frozen() -> QuerySet[Revision]:
    """The texts that will go out by the clock: the story's form may hold another one by then."""
    waiting = ScheduledChange.objects.filter(state=ScheduledChange.State.WAITING, article=OuterRef("article"))
    return Revision.objects.filter(Exists(waiting.filter(revision=OuterRef("number"))))


def _on_the_clock(names: Q) -> Q:
    return Q(pk__in=_frozen().filter(names).values("article"))


def _stories(using: Q) -> list[tuple[str, str]]:
    stories = Article.objects.filter(using).only("headline")[:MOST]
    return [(str(story), reverse("admin:articles_article_change", args=[story.pk])) for story in stories]
