"""Galleries, videos, posts elsewhere and related stories as readers, feeds, mailboxes and the desk get them."""

import re
from typing import Any

import pytest
from django.test import Client

from articles import actions, blocks, publication, signals
from articles.models.desk import Article
from articles.models.published import PublishedArticle, PublishedPicture, PublishedRelated, PublishedVideo
from articles.problems import NotReady
from images import registry
from images.models import Rights, Video
from subscriptions import shells
from tests import make
from tests.articles.desk_form import form_of, typed

pytestmark = pytest.mark.django_db

TUBE = '<figure data-embed="https://www.youtube.com/watch?v=abcdefghijk"><figcaption>The quay</figcaption></figure>'


def video(**fields: Any) -> Video:
    number = Video.objects.count()
    fields = {
        "alt_text": "A ferry leaves", "caption": 'The "Vela"', "credit": "Amira Holt", "rights": Rights.OWN,
        "form": "mp4", "width": 1280, "height": 720, "seconds": 65.2, "size": 1, "is_ready": True, **fields,
    }  # fmt: skip
    return Video.objects.create(original=f"{number:032}", sha256=f"{number:064}", **fields)


def gallery(*numbers: int) -> str:
    figures = "".join(f'<figure data-image="{number}"></figure>' for number in numbers)
    return f'<section class="gallery">{figures}</section>'


def pointing_to(*numbers: int, caption: str = "") -> str:
    return f'<p>Text.</p><figure data-stories="{" ".join(map(str, numbers))}">{caption}</figure>'


def related(story: Any) -> str:
    """The lists of related stories that readers have on a story's page, as HTML."""
    body = PublishedArticle.objects.get(pk=story.pk).body_html
    return body[body.index("<nav") :] if "<nav" in body else ""


def test_a_gallery_is_named_and_counted_and_its_pictures_are_like_any_other():
    make.site()
    first, second = make.picture(caption="The quay"), make.picture((800, 1200), "red", is_sensitive=True)
    body = make.story(body=gallery(first.pk, second.pk) + "<p>Text.</p>").body_html
    assert body.startswith('<section class="gallery" role="group" tabindex="0" aria-label="Gallery, 2 pictures">')
    assert body.count("<picture>") == 2
    assert body.index("1/2</span> The quay") < body.index('<details class="graphic">') < body.index("2/2</span>")
    assert 'sizes="(min-width: 47rem) 624px, 82vw"' in body
    assert 'sizes="(min-width: 47rem) 277px, 37vw"' in body
    assert PublishedPicture.objects.count() == 2


def test_one_picture_is_no_gallery_and_none_is_nothing():
    photo = make.picture()
    material = blocks.Material({photo.pk: photo})
    one = blocks.render(gallery(photo.pk, 999999999), material, language="en")
    assert one == blocks.render(f'<figure data-image="{photo.pk}"></figure>', material, language="en")
    assert blocks.render(gallery(999999999) + "<p>a</p>", material, language="en") == "<p>a</p>"


def test_what_a_picture_in_a_gallery_lacks_stands_in_the_way():
    make.site()
    with pytest.raises(NotReady) as refusal:
        make.story(body="<p>a</p>" + gallery(make.picture(credit="").pk, 999999999))
    assert [words.partition("has ")[2] or words for words in refusal.value.errors["body"]] == [
        "no credit. Add it in the library.", "Picture 999999999 is not in the library. Choose another.",
    ]  # fmt: skip


def test_a_video_is_played_by_the_browser_with_captions_and_can_be_taken_along():
    make.site()
    shown = video(poster=make.picture(), captions="WEBVTT", captions_language="fr", captions_kind="subtitles")
    body = make.story(body=f'<p>a</p><figure data-video="{shown.pk}"></figure>').body_html
    for part in (
        '<figure class="video"><video poster="/pictures/',
        ' controls playsinline preload="none" width="1280" height="720"',
        ' aria-label="A ferry leaves">', f'<source src="/pictures/v{shown.pk}-1-', 'type="video/mp4">',
        '<track kind="subtitles" src="/pictures/', 'srclang="fr" label="Français" default>', "The “Vela”",
        '<span class="credit">Amira Holt</span>', "download>Download the video (1:05)</a></figcaption></figure>",
    ):  # fmt: skip
        assert part in body
    assert list(PublishedVideo.objects.values_list("video", flat=True)) == [shown.pk]


def test_a_graphic_video_is_covered_and_decoration_says_nothing():
    covered, quiet = video(is_sensitive=True), video(is_decorative=True, captions="")
    body = "".join(f'<figure data-video="{each.pk}"></figure>' for each in (covered, quiet))
    made = blocks.render(body, blocks.material_of({"body": body}), language="en")
    assert made.startswith('<details class="graphic"><summary>Graphic video: show it</summary><figure class="video">')
    assert made.count("aria-label") == 1
    assert "<track" not in made


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"alt_text": ""}, "has no description"),
        ({"credit": ""}, "has no credit"),
        ({"rights": Rights.UNKNOWN}, "have not been cleared"),
        ({"is_ready": False}, "cannot be played yet"),
    ],
)
def test_a_video_that_lacks_something_is_not_published(fields, words):
    make.site()
    with pytest.raises(NotReady) as refusal:
        make.story(body=f'<p>a</p><figure data-video="{video(**fields).pk}"></figure>')
    assert words in refusal.value.errors["body"][0]
    assert 'The video “The "Vela"”' in refusal.value.errors["body"][0] or "rights" in fields
    assert not PublishedArticle.objects.exists()


def test_a_video_that_is_not_there_is_not_published():
    make.site()
    with pytest.raises(NotReady) as refusal:
        make.story(body='<p>a</p><figure data-video="999999999"></figure>')
    assert refusal.value.errors == {"body": ["Video 999999999 is not in the library. Choose another."]}


def test_a_post_elsewhere_is_a_card_with_a_link_and_loads_nothing(client: Client):
    make.site()
    page = client.get(make.story(body=TUBE + "<p>a</p>").path)
    html = page.content.decode()
    assert '<a href="https://www.youtube.com/watch?v=abcdefghijk" rel="noopener">Watch the video on YouTube</a>' in html
    assert '<div class="ask" hidden><button type="button" data-frame="https://www.youtube-nocookie.com/embed/' in html
    assert "YouTube will then see your internet address." in html
    assert "<figcaption>The quay</figcaption></figure>" in html
    assert "<iframe" not in html
    assert "frame-src https://www.youtube-nocookie.com;" in page.headers["Content-Security-Policy"] + ";"


def test_other_pages_may_load_no_frame(client: Client):
    make.site()
    x = '<figure data-embed="https://x.com/mara/status/12"></figure>'
    for path in (make.story(body=f"<p>a</p>{x}").path, make.story().path, "/"):
        policy = client.get(path).headers["Content-Security-Policy"]
        assert "frame-src" not in policy
        assert "default-src 'none'" in policy
    assert "data-frame" not in client.get(PublishedArticle.objects.order_by("pk")[0].path).content.decode()


def test_related_stories_are_those_that_readers_have():
    make.site()
    older = make.story('The "Vela" sails', language="fr", short_headline="It sails")
    hidden, gone = make.draft("Aardvark"), make.story("Bushbaby")
    actions.withdraw(gone.pk, actor=None)
    story = make.story(body=pointing_to(hidden.pk, older.pk, gone.pk, 999999999))
    assert related(story) == (
        '<nav class="related" aria-label="Read also"><p class="label">Read also</p><ul>'
        f'<li><a href="{older.path}" lang="fr" hreflang="fr" dir="ltr">It sails</a> '
        f'<span class="meta"><span>News</span> <time datetime="{older.published_at.isoformat(timespec="seconds")}">'
        f"{older.published_at:%-d %B %Y}</time></span></li></ul></nav>"
    )  # fmt: skip
    alone = make.story(body=pointing_to(hidden.pk, gone.pk, caption="Of old"))
    assert PublishedArticle.objects.get(pk=alone.pk).body_html == "<p>Text.</p>"


def test_lists_have_headings_and_names_of_their_own():
    make.site()
    other = make.story()
    caption = "<figcaption>The <em>Vela</em> affair</figcaption>"
    story = make.story(body=pointing_to(other.pk, caption=caption) + pointing_to(other.pk) + pointing_to(other.pk))
    assert 'aria-label="The Vela affair"><p class="label">The <em>Vela</em> affair</p>' in related(story)
    assert 'aria-label="Read also">' in related(story)
    assert 'aria-label="Read also (2)">' in related(story)


def test_a_story_does_not_point_to_itself():
    make.site()
    story = make.draft()
    actions.save(story.pk, actor=None, content={"body": pointing_to(story.pk)})
    assert "<nav" not in actions.publish(story.pk, actor=None).body_html
    assert not PublishedRelated.objects.exists()


def test_lists_follow_what_becomes_of_the_stories_in_them():
    make.site()
    other = make.draft("Census begins")
    story = make.story(body=pointing_to(other.pk))
    before = PublishedArticle.objects.get(pk=story.pk)
    told: list[int] = []

    def note(article_id: int, **_kwargs: Any) -> None:
        told.append(article_id)

    signals.article_rebuilt.connect(note)
    try:
        assert related(story) == ""
        actions.publish(other.pk, actor=None)
        assert "Census begins" in related(story)
        actions.save(other.pk, actor=None, content={"headline": "Census goes on", "slug": "census-on"})
        assert "Census begins" in related(story)
        path = actions.update(other.pk, actor=None).path
        assert "Census goes on" in related(story)
        assert f'href="{path}"' in related(story)
        actions.save(other.pk, actor=None, content={"body": "<p>Another text.</p>"})
        actions.update(other.pk, actor=None)
        assert told == [story.pk] * 2
        actions.withdraw(other.pk, actor=None)
        assert related(story) == ""
        actions.publish(other.pk, actor=None)
        assert "Census goes on" in related(story)
        actions.kill(other.pk, actor=None, notice="The figures were wrong.")
        assert related(story) == ""
        assert told == [story.pk] * 5
    finally:
        signals.article_rebuilt.disconnect(note)
    after = PublishedArticle.objects.get(pk=story.pk)
    assert (after.updated_at, after.revision) == (before.updated_at, before.revision)


def test_stories_that_point_at_each_other_are_made_anew_once():
    make.site()
    first, second = make.draft("First"), make.draft("Second")
    actions.save(first.pk, actor=None, content={"body": pointing_to(second.pk)})
    actions.save(second.pk, actor=None, content={"body": pointing_to(first.pk)})
    actions.publish(first.pk, actor=None)
    actions.publish(second.pk, actor=None)
    assert "Second" in related(first)
    assert "First" in related(second)


def test_what_is_written_and_not_published_is_not_in_lists_made_anew():
    make.site()
    other = make.story("Census begins")
    story = make.story(body=pointing_to(other.pk))
    actions.save(story.pk, actor=None, content={"body": "<p>Aardvark</p>", "headline": "Aardvark"})
    actions.withdraw(other.pk, actor=None)
    published = PublishedArticle.objects.get(pk=story.pk)
    assert "Aardvark" not in published.headline + published.body_html
    assert Article.objects.get(pk=story.pk).has_unpublished_changes


def test_of_very_many_only_the_newest_follow_and_the_log_says_how_to_go_on(monkeypatch, caplog):
    make.site()
    monkeypatch.setattr(publication, "MOST_REBUILT", 1)
    other = make.draft("Census begins")
    older, newer = make.story(body=pointing_to(other.pk)), make.story(body=pointing_to(other.pk))
    actions.publish(other.pk, actor=None)
    assert related(older) == ""
    assert "Census begins" in related(newer)
    assert "rebuild_published" in caplog.text


def test_a_page_costs_the_same_with_every_block(client: Client, django_assert_max_num_queries):
    make.site()
    other, photo, shown = make.story(), make.picture(), video()
    body = pointing_to(other.pk) + gallery(photo.pk, make.picture(colour="red").pk) + TUBE
    path = make.story(body=f'{body}<figure data-video="{shown.pk}"></figure>').path
    with django_assert_max_num_queries(4):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_material_costs_a_query_for_each_kind(django_assert_num_queries, count: int):
    make.site()
    pictures = [make.picture(colour=f"#0000{number}f").pk for number in range(count)]
    videos = "".join(f'<figure data-video="{video().pk}"></figure>' for _ in range(count))
    body = gallery(*pictures) + videos + pointing_to(*[make.story().pk for _ in range(count)])
    with django_assert_num_queries(3):
        material = blocks.material_of({"body": body})
    assert (len(material.pictures), len(material.videos), len(material.stories)) == (count, count, count)


def test_blocks_before_the_first_words_keep_dateline_and_description_whole(client: Client):
    make.site()
    photo, other = make.picture(), make.story()
    before = (
        gallery(photo.pk, make.picture(colour="red").pk) + f'<figure data-video="{video().pk}"></figure>{TUBE}'
        '<aside class="facts"><h3>In short</h3><p>Aside.</p></aside>'
    ) + pointing_to(other.pk).removeprefix("<p>Text.</p>")  # fmt: skip
    page = client.get(make.story(body=before + "<p>The ferry left.</p>", dateline="PORT VELA").path).content.decode()
    assert '<p><span class="dateline">PORT VELA</span> — The ferry left.</p>' in page
    assert '<meta name="description" content="The ferry left.">' in page


def test_feeds_and_letters_carry_links(client: Client):
    make.site()
    other, photo, graphic = make.story("Census begins"), make.picture(), make.picture(colour="red", is_sensitive=True)
    body = pointing_to(other.pk) + TUBE + f'<figure data-video="{video(poster=photo).pk}"></figure>'
    story = make.story("Ferry", body=body + gallery(photo.pk, graphic.pk))
    feed = client.get("/feeds/rss.xml").content.decode()
    letter = shells.breaking(PublishedArticle.objects.get(pk=story.pk))
    for text in (feed.replace("&lt;", "<").replace("&gt;", ">"), re.sub(r' style="[^"]*"', "", letter.html)):
        assert 'Watch the video on YouTube: <a href="https://www.youtube.com/watch?v=abcdefghijk">' in text
        assert not [tag for tag in ("<video", "<button", "<iframe", "<source") if tag in text]
        assert "Watch the video</a></p>" in text
        assert "Census begins" in text
        assert 'href="/' not in text and 'src="/' not in text
        assert f"/pictures/{photo.pk}-1-" in text
        assert f"/pictures/{graphic.pk}-1-" not in text
        assert "Graphic picture: show it</a>" in text
    assert "Watch the video on YouTube: https://www.youtube.com/watch?v=abcdefghijk" in letter.text


def test_the_desk_sees_the_same(editor, signed_in):
    make.site()
    desk = signed_in(editor)
    other = make.story("Census begins")
    article = make.draft(body=pointing_to(other.pk) + TUBE + f'<figure data-video="{video().pk}"></figure>')
    page = desk.get(form_of(article).replace("change", "preview/page"))
    revision = desk.get(form_of(article).replace("change", "revisions/1")).content.decode()
    for html in (page.content.decode(), revision):
        assert '<nav class="related"' in html
        assert '<figure class="embed">' in html
        assert '<figure class="video">' in html
    assert "https://www.youtube-nocookie.com" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("node", "block"),
    [
        ("photo", '<figure data-image="1"></figure>'),
        ("gallery", gallery(1, 2)),
        ("video", '<figure data-video="1"></figure>'),
        ("embed", TUBE),
        ("stories", '<figure data-stories="1 2"></figure>'),
        ("factBox", '<aside class="facts"><p>a</p></aside>'),
        ("questions", "<dl><dt>a</dt><dd><p>b</p></dd></dl>"),
    ],
)
def test_an_editor_without_a_part_cannot_take_out_what_that_shows(editor, signed_in, node: str, block: str):
    make.site()
    desk = signed_in(editor)
    article = make.draft(body=f"<p>Before.</p>{block}")
    assert blocks.lost(article.body, "<p>Before.</p>") == {node}
    nodes = {"photo", "gallery", "video", "embed", "stories", "factBox", "questions"}
    page = desk.post(form_of(article), typed(article, body="<p>Before.</p>", body_nodes=" ".join(nodes - {node})))
    assert "would lose what that shows" in page.content.decode()
    desk.post(form_of(article), typed(article, body="<p>Before.</p>", body_nodes=" ".join(nodes)))
    article.refresh_from_db()
    assert article.body == "<p>Before.</p>"


def test_a_picture_that_leaves_its_gallery_is_not_lost():
    assert blocks.lost(gallery(1, 2), '<figure data-image="1"></figure>' + gallery(2)) == set()
    assert blocks.lost('<figure data-image="1"></figure>', gallery(1)) == set()


def test_pages_of_the_desks_own_hold_boxes_questions_and_posts(client: Client, chief, signed_in):
    make.site()
    body = '<aside class="facts"><p>a</p></aside><dl><dt>b</dt><dd><p>c</p></dd></dl>' + TUBE
    page = make.page(body=body)
    answer = client.get(page.path)
    html = answer.content.decode()
    for part in (
        '<aside class="facts" aria-label="In brief">',
        "<dl><dt>b</dt>",
        '<figure class="embed">',
        "site/site.js",
    ):
        assert part in html
    assert "frame-src https://www.youtube-nocookie.com" in answer.headers["Content-Security-Policy"]
    for block in ('<figure data-video="1"></figure>', '<figure data-stories="1"></figure>', gallery(1)):
        form = {"title": page.title, "slug": page.slug, "body": block, "language": "en"}
        refused = signed_in(chief).post(f"/admin/articles/page/{page.pk}/change/", form).content.decode()
        assert "Take them out of this page." in refused


def test_the_library_knows_where_a_video_is_used():
    make.site()
    shown = video()
    body = f'<p>a</p><figure data-video="{shown.pk}"></figure>'
    make.draft("In the text", body=body)
    live = make.story("Before readers", body=body)
    actions.save(live.pk, actor=None, content={"body": "<p>Taken out.</p>"})
    make.draft("Another's", body='<p>a</p><figure data-video="999999999"></figure>')
    assert {label for label, _ in registry.video_used_in(shown)} == {"In the text", "Before readers"}
