"""Pictures in stories: before readers with alt and credit, not before they may be used, and never lost by the form."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from articles import actions, blocks, figures, markup, snapshots
from articles.models.desk import Article
from articles.models.published import PublishedArticle, PublishedPicture
from articles.problems import NotReady
from images import library, registry
from images.models import Rights
from tests import make
from tests.articles.desk_form import ADD, form_of, typed

pytestmark = pytest.mark.django_db

NODES = "doc paragraph text quotation photo"


def with_photo(number: int, caption: str = "") -> str:
    words = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<p>Before.</p><figure data-image="{number}">{words}</figure><p>After.</p>'


@pytest.fixture
def desk(editor, signed_in):
    make.site()
    return signed_in(editor)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("<p>a</p><figure data-image='12'></figure>b", '<p>a</p><figure data-image="12"></figure><p>b</p>'),
        (
            '<figure data-image="007" class="x"><img src="/x.jpg"><figcaption>Own <b>one</b></figcaption></figure>',
            '<figure data-image="7"><figcaption>Own <strong>one</strong></figcaption></figure>',
        ),
        (
            '<div lang="fr"><figure data-image="7">Un<h2>deux</h2><figcaption>trois</figcaption></figure></div>',
            '<figure data-image="7"><figcaption lang="fr">Un<br>deux<br>trois</figcaption></figure>',
        ),
        ('<figure data-image="7"><figure data-image="8">x</figure></figure>',
         '<figure data-image="7"><figcaption>x</figcaption></figure>'),
        ('<figure data-image="x"><figcaption>Kept</figcaption></figure>', "<p>Kept</p>"),
        ('<figure data-image="0">Kept</figure>', "<p>Kept</p>"),
        ('<figure data-image="1 onload=x">Kept</figure>', "<p>Kept</p>"),
        ("<figure><figcaption>Kept</figcaption></figure>after", "<p>Kept</p><p>after</p>"),
        ('<ul><li>One<figure data-image="7">Kept</figure></ul>', "<ul><li>One<br>Kept</li></ul>"),
        ('<blockquote>One<figure data-image="7">Kept</figure></blockquote>',
         "<blockquote><p>One</p><p>Kept</p></blockquote>"),
    ],
)  # fmt: skip
def test_of_a_figure_its_number_and_caption_stay(source, expected):
    assert markup.clean(source) == expected
    assert markup.clean(expected) == expected


def test_readers_get_the_picture_with_description_caption_and_credit(client):
    make.site()
    photo = make.picture(alt_text='A "quay" & boats', caption='The "Vela" at noon', credit="Amira <Holt>")
    published = make.story(body=with_photo(photo.pk))
    page = client.get(published.path).content.decode()
    assert f'src="/pictures/{photo.pk}-1-whole-640-' in page
    assert 'alt="A &quot;quay&quot; &amp; boats"' in page
    assert 'width="960" height="640"' in page
    assert '<figcaption>The “Vela” at noon <span class="credit">Amira &lt;Holt&gt;</span></figcaption>' in page
    assert "data-image" not in page
    assert published.word_count == 2


def test_a_caption_of_its_own_stands_for_the_librarys(client):
    make.site()
    photo = make.picture(caption="The library's words")
    page = client.get(make.story(body=with_photo(photo.pk, 'Mara "said" <em>so</em>')).path).content.decode()
    assert '<figcaption>Mara “said” <em>so</em> <span class="credit">Amira Holt</span></figcaption>' in page
    assert "The library" not in page


def test_a_graphic_picture_is_covered_in_the_storys_language():
    make.site()
    photo = make.picture(is_sensitive=True)
    body = make.story(language="fr", body=with_photo(photo.pk)).body_html
    assert '<details class="graphic"><summary>' in body
    assert body.index("<summary>") < body.index("<picture>") < body.index("</figure></details>")


def test_decoration_says_nothing_to_screen_readers():
    make.site()
    photo = make.picture(alt_text="Waves", is_decorative=True)
    assert ' alt="" ' in make.story(body=with_photo(photo.pk)).body_html


def test_the_lead_picture_is_printed_with_the_story():
    make.site()
    photo = make.picture(caption='The "Vela"', is_sensitive=True)
    published = make.story(lead_picture=photo.pk)
    lead = PublishedArticle.objects.get(pk=published.pk).lead
    assert {key: lead[key] for key in ("picture", "alt", "caption", "credit", "sensitive")} == {
        "picture": photo.pk, "alt": "A quay at noon", "caption": "The “Vela”", "credit": "Amira Holt",
        "sensitive": True,
    }  # fmt: skip
    assert set(lead["crops"]) == {"whole", "wide", "standard", "square"}
    assert lead["crops"]["square"]["height"] == lead["crops"]["square"]["width"]
    assert make.story().lead == {}


def test_rows_tell_which_pictures_readers_see():
    make.site()
    first, second = make.picture(), make.picture(colour="red")
    published = make.story(lead_picture=first.pk, body=with_photo(second.pk) + with_photo(first.pk))
    assert set(PublishedPicture.objects.values_list("article", "picture")) == {
        (published.pk, first.pk), (published.pk, second.pk),
    }  # fmt: skip
    actions.save(published.pk, actor=None, content={"lead_picture": None, "body": with_photo(second.pk)})
    actions.update(published.pk, actor=None)
    assert list(PublishedPicture.objects.values_list("picture", flat=True)) == [second.pk]
    actions.withdraw(published.pk, actor=None)
    assert not PublishedPicture.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"alt_text": ""}, "has no description"),
        ({"credit": ""}, "has no credit"),
        ({"rights": Rights.UNKNOWN}, "have not been cleared"),
        ({"rights_until": timezone.now().date() - timedelta(days=2)}, "may no longer be used"),
        ({"rights_from": timezone.now().date() + timedelta(days=2)}, "may not be used yet"),
    ],
)
def test_a_picture_that_lacks_something_is_not_published(fields, words):
    make.site()
    photo = make.picture(caption="The Vela", **fields)
    article = make.draft(lead_picture=photo.pk, body=with_photo(photo.pk))
    with pytest.raises(NotReady) as refusal:
        actions.publish(article.pk, actor=None)
    assert set(refusal.value.errors) == {"lead_picture", "body"}
    assert words in refusal.value.errors["lead_picture"][0]
    assert "“The Vela”" in refusal.value.errors["body"][0]
    assert not PublishedArticle.objects.exists()


def test_a_picture_that_is_not_there_is_not_published():
    make.site()
    with pytest.raises(NotReady) as refusal:
        make.story(body=with_photo(4711))
    assert refusal.value.errors == {"body": ["Picture 4711 is not in the library. Choose another."]}


def test_revisions_keep_the_lead_picture_and_older_ones_have_none():
    make.site()
    article = make.draft(lead_picture=make.picture().pk)
    content = snapshots.take(article)
    assert content["lead_picture"] == article.lead_picture_id
    del content["lead_picture"]
    snapshots.put_back(article, content)
    article.refresh_from_db()
    assert article.lead_picture is None
    actions.restore(article.pk, actor=None, revision=1)
    article.refresh_from_db()
    assert article.lead_picture_id


def test_a_body_costs_one_query_however_many_pictures(django_assert_num_queries):
    make.site()
    content = snapshots.take(make.draft())
    for count in (1, 3):
        numbers = [make.picture(colour=f"#00{count}0{each}f").pk for each in range(count)]
        content["body"] = "".join(map(with_photo, numbers))
        with django_assert_num_queries(1):
            rendered = blocks.render(content["body"], blocks.material_of(content), language="en")
        assert rendered.count("<picture>") == count


def test_the_page_of_a_story_costs_no_query_for_pictures(client, django_assert_max_num_queries):
    make.site()
    photo = make.picture()
    path = make.story(lead_picture=photo.pk, body=with_photo(photo.pk)).path
    with django_assert_max_num_queries(4):
        assert client.get(path).content.decode().count("<picture>") == 2


def test_a_picture_before_the_first_words_keeps_dateline_and_description_whole(client):
    make.site()
    photo = make.picture(is_sensitive=True)
    body = f'<figure data-image="{photo.pk}"></figure><p>The ferry left.</p>'
    page = client.get(make.story(body=body, dateline="PORT VELA").path).content.decode()
    assert '<p><span class="dateline">PORT VELA</span> — The ferry left.</p>' in page
    assert '<meta name="description" content="The ferry left.">' in page


def test_feeds_carry_the_plain_picture_with_its_full_address(client):
    site = make.site()
    photo = make.picture()
    make.story(body=with_photo(photo.pk))
    feed = client.get("/feeds/rss.xml").content.decode()
    assert f"/pictures/{photo.pk}-1-whole-640-" in feed
    assert 'src="/' not in feed
    assert "srcset" not in feed
    assert site.name in feed


def test_preview_and_revision_show_pictures(desk):
    photo = make.picture()
    article = make.draft(lead_picture=photo.pk, body=with_photo(photo.pk))
    assert desk.get(f"{form_of(article)}".replace("change", "preview/page")).content.decode().count("<picture>") == 2
    page = desk.get(f"{form_of(article)}".replace("change", "revisions/1")).content.decode()
    assert page.count("<picture>") == 1
    assert "Amira Holt" in page


def test_the_form_saves_the_lead_picture_and_shows_it(desk):
    photo = make.picture()
    desk.post(ADD, typed(headline="With a picture", lead_picture=photo.pk))
    article = Article.objects.get()
    assert article.lead_picture == photo
    page = desk.get(form_of(article)).content.decode()
    assert f'<img src="{figures.thumbnail(photo)}"' in page
    assert "A quay at noon" in page
    desk.post(form_of(article), typed(article, lead_picture=""))
    article.refresh_from_db()
    assert article.lead_picture is None


def test_a_number_that_no_picture_has_is_refused(desk):
    page = desk.post(ADD, typed(headline="With a picture", lead_picture="4711")).content.decode()
    assert "There is no picture with this number in the library." in page
    assert not Article.objects.exists()


def test_what_stands_in_the_way_is_said_at_the_field(desk):
    photo = make.picture(credit="")
    story: dict[str, Any] = {
        "headline": "Ferry",
        "section": make.section().pk,
        "body": "<p>Text.</p>",
        "lead_picture": photo.pk,
    }
    page = desk.post(ADD, typed(**story, _publish="1")).content.decode()
    assert "has no credit. Add it in the library." in page
    assert 'href="#id_lead_picture"' in page
    assert not PublishedArticle.objects.exists()


@pytest.mark.parametrize(("nodes", "kept"), [("doc paragraph text", True), (NODES, False), ("", False)])
def test_an_editor_that_does_not_know_pictures_cannot_take_them_out(desk, nodes, kept):
    article = make.draft(body=with_photo(make.picture().pk))
    page = desk.post(form_of(article), typed(article, body="<p>Before.</p>", body_nodes=nodes), follow=True)
    article.refresh_from_db()
    assert ("<figure" in article.body) is kept
    assert ("would lose what that shows" in page.content.decode()) is kept


def test_pages_of_the_desks_own_hold_no_pictures(chief, signed_in):
    make.site()
    page = make.page()
    answer = signed_in(chief).post(
        f"/admin/articles/page/{page.pk}/change/",
        {"title": page.title, "slug": page.slug, "body": with_photo(make.picture().pk), "language": "en"},
    )
    assert "Pictures, videos and lists of stories stand in stories only" in answer.content.decode()
    page.refresh_from_db()
    assert page.body == "<p>We are a paper.</p>"


def test_the_library_knows_where_a_picture_is_used():
    make.site()
    photo = make.picture()
    make.draft("As lead", lead_picture=photo.pk)
    make.draft("In the text", body=with_photo(photo.pk))
    live = make.story("Before readers", body=with_photo(photo.pk))
    actions.save(live.pk, actor=None, content={"body": "<p>Taken out.</p>"})
    make.draft("Another's", lead_picture=make.picture(colour="red").pk)
    places = registry.used_in(photo)
    assert {label for label, _ in places} == {"As lead", "In the text", "Before readers"}
    assert f"/admin/articles/article/{live.pk}/change/" in dict(places).values()


def test_another_version_of_the_picture_changes_what_is_printed_next():
    make.site()
    photo = make.picture()
    published = make.story(lead_picture=photo.pk)
    library.change(photo, actor=None, focal_x=0.1)
    actions.save(published.pk, actor=None, content={"headline": "Again"})
    src = actions.update(published.pk, actor=None).lead["crops"]["whole"]["src"]
    assert src.startswith(f"/pictures/{photo.pk}-2-whole-")
