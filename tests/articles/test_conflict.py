"""Two people save one story, by every way of saving: the second is told, and one text comes out of both."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from articles import actions, autosaves
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from articles.models.workflow import Autosave
from articles.problems import StaleCopy
from tests import make
from tests.articles.desk_form import form_of, typed
from tests.articles.test_keeping import opened

pytestmark = pytest.mark.django_db
BODY = "<p>One.</p><p>Two.</p><p>Three.</p>"


@pytest.fixture
def desk(editor, signed_in):
    make.site()
    return signed_in(editor)


@pytest.fixture
def article(reporter):
    return make.draft("As opened", body=BODY, actor=reporter)


def save_theirs(article: Article, actor=None, **content: object) -> None:
    actions.save(article.pk, actor=actor, content=content)


def post_again(desk: Client, answer, button: str, **choices: str):
    """What a browser sends from the page with both versions."""
    page = answer.content.decode()
    form = page[page.index("/merge/") :]
    posted: dict[str, list[str]] = {}
    for name, value in answer.context["posted"]:
        posted.setdefault(name, []).append(value)
    for name in {name for name, _ in answer.context["posted"]}:
        assert f'name="{name}"' in form
    address = re.search(r'action="([^"]+/merge/)"', page)[1]
    return desk.post(address, {**posted, "theirs": answer.context["theirs"].number, button: "1", **choices})


def now(article: Article) -> Article:
    return Article.objects.get(pk=article.pk)


def test_both_texts_stand_on_the_page_and_nothing_is_written(desk, article, reporter):
    save_theirs(article, reporter, standfirst="Theirs", body=BODY.replace("Three", "Drei"))
    answer = desk.post(form_of(article), typed(article, headline="Mine", body=BODY.replace("One", "Eins"), _save="1"))
    page = answer.content.decode()
    assert "Somebody saved this story while you had it open" in page
    assert "Rafi Sand" in page
    assert reverse("admin:articles_article_revision", args=[article.pk, 2]) in page
    for word in ("Eins", "Drei", "Theirs", "Mine"):
        assert word in page
    assert (now(article).headline, now(article).version) == ("As opened", 2)


def test_what_each_changed_alone_is_put_together(desk, article):
    save_theirs(article, standfirst="Theirs", body=BODY.replace("Three", "Drei"), tags=[make_tag("theirs")])
    answer = desk.post(form_of(article), typed(article, headline="Mine", body=BODY.replace("One", "Eins"), _save="1"))
    assert post_again(desk, answer, "_merge_save")["Location"] == form_of(article)
    both = now(article)
    assert (both.headline, both.standfirst, both.body) == ("Mine", "Theirs", "<p>Eins.</p><p>Two.</p><p>Drei.</p>")
    assert [tag.name for tag in both.tags.all()] == ["theirs"]
    assert both.version == 3


def make_tag(name: str) -> int:
    return actions.names_to_tags([name])[0].pk


def test_what_both_changed_stands_twice_and_keeps_from_readers(desk, article, reporter):
    save_theirs(article, reporter, headline="Theirs", body=BODY.replace("Two", "Zwei"))
    answer = desk.post(form_of(article), typed(article, headline="Mine", body=BODY.replace("Two", "Deux"), _save="1"))
    post_again(desk, answer, "_merge_save")
    both = now(article)
    assert both.headline == "Mine"
    assert both.body == (
        "<p>One.</p><p>⟦Your version⟧</p><p>Deux.</p><p>⟦Version of Rafi Sand⟧</p><p>Zwei.</p>"
        "<p>⟦End of the two versions⟧</p><p>Three.</p>"
    )
    page = desk.post(form_of(article), typed(both, _publish="1")).content.decode()
    assert "Still to be filled in: ⟦Your version⟧" in page
    assert not PublishedArticle.objects.exists()


@pytest.mark.parametrize(("choice", "word"), [("mine", "Deux"), ("theirs", "Zwei")])
def test_of_what_both_changed_one_can_be_chosen(desk, article, choice, word):
    save_theirs(article, headline="theirs", body=BODY.replace("Two", "Zwei"))
    answer = desk.post(form_of(article), typed(article, headline="mine", body=BODY.replace("Two", "Deux"), _save="1"))
    place = str(answer.context["passages"][0]["place"])
    post_again(desk, answer, "_merge_save", **{"choice-headline": choice, f"passage-{place}": choice})
    assert now(article).headline == choice
    assert now(article).body == BODY.replace("Two", word)


def test_both_put_together_can_be_looked_at_in_the_form_first(desk, article):
    save_theirs(article, standfirst="Theirs")
    own = opened(desk, form_of(article))
    stale = typed(article, headline="Mine", _save="1", **own) | {"version": 1}
    answer = desk.post(form_of(article), stale)
    filled = desk.get(post_again(desk, answer, "_merge_form")["Location"])
    form = filled.context["adminform"].form
    assert (form["headline"].value(), form["standfirst"].value(), form["version"].value()) == ("Mine", "Theirs", "2")
    assert (now(article).headline, now(article).standfirst) == ("As opened", "Theirs")
    keeping = filled.context["keeping"]
    last = typed(article, headline="Mine", standfirst="Theirs", version=2, _save="1")
    desk.post(form_of(article), last | {"form-page": keeping["form"].token, "form-took": keeping["took"]})
    assert (now(article).headline, now(article).standfirst) == ("Mine", "Theirs")
    assert autosaves.offered(Autosave.objects.get().user, article.pk) is None


def test_a_third_save_meanwhile_is_told_again_and_mine_is_still_there(desk, article):
    save_theirs(article, standfirst="Second")
    answer = desk.post(form_of(article), typed(article, headline="Mine", _save="1"))
    save_theirs(article, kicker="Third")
    again = post_again(desk, answer, "_merge_save")
    assert "Mine" in again.content.decode()
    assert now(article).headline == "As opened"
    post_again(desk, again, "_merge_save")
    assert (now(article).headline, now(article).standfirst, now(article).kicker) == ("Mine", "Second", "Third")


def test_mine_is_kept_on_the_server_until_it_is_saved(desk, article):
    save_theirs(article, standfirst="Theirs")
    own = opened(desk, form_of(article))
    answer = desk.post(form_of(article), typed(article, headline="Mine", _save="1", **own) | {"version": 1})
    assert Autosave.objects.get().fields["headline"] == ["Mine"]
    post_again(desk, answer, "_merge_save")
    assert Autosave.objects.get().fields == {}


def test_without_the_version_both_began_from_everything_of_mine_stands(desk, article):
    save_theirs(article, standfirst="Theirs", body=BODY + "<p>Four.</p>")
    article.revisions.filter(number=1).delete()
    answer = desk.post(form_of(article), typed(article, headline="Mine", body=BODY + "<p>Vier.</p>", _save="1"))
    post_again(desk, answer, "_merge_save")
    assert now(article).headline == "Mine"
    assert "Vier." in now(article).body
    assert "Four." in now(article).body


def test_a_form_without_its_version_overwrites_nothing(desk, article):
    answer = desk.post(form_of(article), typed(article, headline="Mine", version="", _save="1"))
    assert "nothing of it is lost" in answer.content.decode()
    assert now(article).headline == "As opened"


def test_nonsense_sent_to_the_page_changes_nothing(desk, article):
    address = reverse("admin:articles_article_merge", args=[article.pk])
    save_theirs(article, standfirst="Theirs")
    assert desk.post(address, {"theirs": "x"}).status_code == 404
    desk.post(address, typed(article, theirs="2", slug="no slug!", _merge_save="1"))
    assert now(article).version == 2


# Every way of saving --------------------------------------------------------------------------------------------------

MINE = "Words of mine."


def by_form(desk: Client, story: Article) -> str:
    return shown_by(desk.post(form_of(story), typed(story, headline=MINE, _save="1")))


def by_publishing(desk: Client, story: Article) -> str:
    return shown_by(desk.post(form_of(story), typed(story, headline=MINE, _publish="1")))


def by_handing_on(desk: Client, story: Article) -> str:
    return shown_by(desk.post(form_of(story), typed(story, _do="ready", **{"ready-note": MINE})))


def by_autosave(desk: Client, story: Article) -> str:
    form = {**opened(desk, form_of(story)), "form-count": 1}
    address = reverse("admin:articles_article_autosave", args=[story.pk])
    desk.post(address, typed(story, headline=MINE, **form))
    filled = desk.get(f"{form_of(story)}?restore=1").context["adminform"].form
    return shown_by(
        desk.post(form_of(story), typed(story, headline=MINE, version=filled["version"].value(), _save="1"))
    )


def by_page_that_asks(desk: Client, story: Article) -> str:
    address = reverse("admin:articles_article_ready", args=[story.pk])
    return shown_by(desk.post(address, {"version": story.version, "note": MINE}))


def by_card_of_the_board(desk: Client, story: Article) -> str:
    address = reverse("admin:articles_article_move", args=[story.pk, "ready"])
    return shown_by(desk.post(address, {"version": story.version, "note": MINE}))


def by_bulk(desk: Client, story: Article) -> str:
    address = reverse("admin:articles_article_bulk", args=["ready"])
    return shown_by(desk.post(f"{address}?s={story.pk}.{story.version}", {"note": MINE}))


def by_quick_publication(desk: Client, story: Article) -> str:
    address = reverse("admin:articles_article_quick", args=[story.pk])
    return shown_by(desk.post(address, {"version": story.version, "verb": "publish"}))


def by_restoring(desk: Client, story: Article) -> str:
    address = reverse("admin:articles_article_revision", args=[story.pk, 1])
    return shown_by(desk.post(address, {"version": story.version}, follow=True))


def shown_by(answer) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    "save",
    [
        by_form, by_publishing, by_handing_on, by_autosave, by_page_that_asks, by_card_of_the_board, by_bulk,
        by_quick_publication, by_restoring,
    ],
    ids=lambda way: way.__name__,
)  # fmt: skip
def test_no_way_of_saving_overwrites_what_was_saved_since_and_mine_is_still_there(desk, article, reporter, save):
    save_theirs(article, kicker="Second")
    seen = now(article)
    save_theirs(article, reporter, headline="Theirs")
    page = save(desk, seen)
    assert "Rafi Sand" in page
    if save not in {by_quick_publication, by_restoring}:  # into these nothing is typed
        assert MINE in page
    assert (now(article).headline, now(article).version, now(article).state) == ("Theirs", 3, "draft")
    assert not PublishedArticle.objects.exists()
    assert not article.comments.exists()


def test_the_verb_itself_refuses_a_stale_copy(article):
    save_theirs(article, headline="Theirs")
    with pytest.raises(StaleCopy):
        actions.save(article.pk, actor=None, content={"headline": "Mine"}, expected_version=1)


@pytest.mark.parametrize("button", ["_merge_form", "_merge_save"])
def test_a_note_typed_for_a_verb_waits_in_the_form_until_the_verb_is_done(desk, article, button):
    save_theirs(article, standfirst="Theirs")
    own = opened(desk, form_of(article))
    stale = typed(article, headline="Mine", _do="ready", **own, **{"ready-note": MINE}) | {"version": 1}
    answer = desk.post(form_of(article), stale)
    again = desk.get(post_again(desk, answer, button)["Location"])
    fields = {each["verb"]: each["form"]["note"].value() for each in again.context["handed"]}
    assert fields["ready"] == MINE
    assert f"<bdi>{MINE}</bdi>" in again.content.decode()
    assert ("is in the form again" in again.content.decode()) == (button == "_merge_form")
    assert now(article).headline == ("Mine" if button == "_merge_save" else "As opened")
    assert MINE in desk.get(reverse("admin:articles_article_unsaved", args=[article.pk])).content.decode()
    keeping, version = again.context["keeping"], again.context["adminform"].form["version"].value()
    own = {"form-page": keeping["form"].token, "form-took": keeping["took"], "form-count": 1}
    both = typed(article, headline="Mine", standfirst="Theirs", **own, **{"ready-note": MINE}) | {"version": version}
    desk.post(form_of(article), {**both, "_do": "ready"})
    story = now(article)
    assert (story.state, story.headline, story.standfirst) == ("ready", "Mine", "Theirs")
    assert story.comments.get().text == MINE
    assert Autosave.objects.get().fields == {}


def test_a_note_is_still_told_where_another_text_is_in_the_way(desk, article):
    left = {**opened(desk, form_of(article)), "form-count": 1}
    desk.post(reverse("admin:articles_article_autosave", args=[article.pk]), typed(article, headline="Left", **left))
    save_theirs(article, standfirst="Theirs")
    stale = typed(article, headline="Mine", _do="ready", **opened(desk, form_of(article)), **{"ready-note": MINE})
    answer = desk.post(form_of(article), stale | {"version": 1})
    page = desk.get(post_again(desk, answer, "_merge_save")["Location"]).content.decode()
    assert f"This was not sent yet: Note for the desk: {MINE}" in page
    assert now(article).headline == "Mine"
    assert Autosave.objects.get().fields["headline"] == ["Left"]


def test_what_a_bulk_action_left_is_done_when_it_is_sent_once_more(desk, article, reporter):
    stale = now(article)
    save_theirs(article, reporter, headline="Theirs")
    address = reverse("admin:articles_article_bulk", args=["ready"])
    answer = desk.post(f"{address}?s={stale.pk}.{stale.version}&back=state%3Ddraft", {"note": MINE})
    again = re.search(r'action="(\?[^"]+)"', answer.content.decode())[1].replace("&amp;", "&")
    assert desk.post(address + again, {"note": MINE})["Location"].endswith("?state=draft")
    assert (now(article).state, now(article).headline) == ("ready", "Theirs")
    assert article.comments.get().text == MINE
