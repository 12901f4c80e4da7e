"""A paper in three languages, and in each a story that has all that a story can have, on every kind of page."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from articles import actions_corrections
from articles.models.published import PublishedArticle
from articles.models.site import MenuItem, SiteSettings
from tests import make
from tests.articles.test_blocks import TUBE, gallery, video

NOON = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
SITE = "https://post.example"
LANGUAGES = ("en", "fr", "ar")
_WORDS = {
    "en": ("Ferry & <tram> resume", "Harbour", "Ferries", "Ada Lind", "After the flood", "Both run again at noon."),
    "fr": ("Le bac « repart »", "Port", "Bacs", "Zoé Léger", "Après la crue", "Les deux repartent à midi."),
    "ar": ("العبّارة تعود", "الميناء", "عبارات", "ليلى درويش", "بعد الفيضان", "تعود كلتاهما عند الظهر."),
}


@dataclass(frozen=True)
class Printed:
    """The story of one language, and the pages of the lists that it stands in, by kind."""

    story: PublishedArticle
    lists: dict[str, str]


def site(**fields: Any) -> SiteSettings:
    wording = {"fr": {"name": "Le Courrier du port"}, "ar": {"name": "بريد المرفأ"}}
    fields = {
        "description": "News of the harbour.",
        "wording": wording,
        "newsroom_time_zone": "Europe/Lisbon",
        **fields,
    }
    return make.site(**fields)


def printed(language: str, **content: Any) -> Printed:
    """Makes the paper if need be, and publishes the story; `content` as for `make.story`."""
    paper = SiteSettings.objects.filter(pk=1).first() or site()
    headline, place, subject, name, about, standfirst = _WORDS[language]
    parts = make.section("News", names={"fr": "Actualités", "ar": "أخبار"}, in_menu=False)
    section = make.section("Harbour", slug="harbour", parent=parts, names={language: place}, in_menu=False)
    author, series = make.author(name, role="Harbour correspondent"), make.series(about, language=language)
    other = make.story(
        f"{headline} 1", language=language, at=NOON - timedelta(days=1), section=make.section("Sport", in_menu=False)
    )
    MenuItem.objects.all().delete()
    photo, second = make.picture((2000, 1500)), make.picture((900, 900), "olive", caption="The <quay>")
    body = (
        f"<p>{standfirst} <a href='/about/'>1</a> <a href='https://sister.example/?a=1&b=2'>2</a>"
        " <a href='#below'>3</a></p>"
        f'<h2>{place}</h2><figure data-image="{second.pk}"></figure>{gallery(photo.pk, second.pk)}'
        f'<figure data-video="{video(poster=photo).pk}"></figure>{TUBE}<figure data-stories="{other.pk}"></figure>'
        f'<aside class="facts"><h3>{about}</h3><p>{name}</p></aside><table><tbody><tr><td>1</td></tr></tbody></table>'
        f"<dl><dt>{subject}?</dt><dd>{standfirst}</dd></dl><blockquote><p>{standfirst}</p></blockquote>"
    )
    given = {
        "headline": headline, "standfirst": standfirst, "body": body, "section": section, "series": series,
        "tags": [subject], "bylines": [author, "Harbour Wire"], "lead_picture": photo.pk, "dateline": place, **content,
    }  # fmt: skip
    story = make.story(at=NOON, language=language, **given)
    actions_corrections.add(story.pk, kind="correction", text=f"{subject} & <{place}>", actor=None)
    story.refresh_from_db()
    lists = {
        "edition": paper.edition_path(language),
        "section": paper.section_path(section, language),
        "author": author.get_absolute_url(),
        "tag": story.tags.get().get_absolute_url(),
        "series": series.get_absolute_url(),
    }
    return Printed(story, lists)
