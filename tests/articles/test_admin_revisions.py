"""A story's past at the desk: the list of copies, two of them compared, one or one field brought back."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from articles import actions
from articles.admin.differences import Differences, words_changed
from articles.models.desk import Article
from articles.models.revisions import Revision
from tests import make
from tests.articles.desk_form import form_of, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(editor: User, signed_in: Callable[[User], Client]) -> Client:
    make.site()
    return signed_in(editor)


def page(desk: Client, name: str, article: Article, *args: int, **query: object) -> str:
    response = desk.get(reverse(f"admin:articles_article_{name}", args=[article.pk, *args]), query)
    assert response.status_code == 200
    return response.content.decode()


def saved(article: Article, **content: object) -> Article:
    actions.save(article.pk, actor=None, content=content)
    article.refresh_from_db()
    return article


def test_the_list_says_how_many_words_came_and_went_and_which_copy_is_what(desk: Client) -> None:
    story = make.story("Ferry returns", body="<p>It left at noon.</p>")
    article = saved(Article.objects.get(pk=story.pk), body="<p>It left at one in the rain.</p>")
    listed = page(desk, "revisions", article)
    assert "what readers see" in listed
    assert "the working copy" in listed
    assert words_changed(article.revisions.get(number=1).content, article.revisions.get(number=2).content) == (1, 4)
    assert '+4<span class="visually-hidden"> words added' in listed
    assert '−1<span class="visually-hidden"> words removed' in listed
    compare = reverse("admin:articles_article_compare", args=[article.pk])
    assert f'href="{compare}?old=1&amp;new=2">Compare with what readers see now' in listed
    assert 'name="old" value="1" checked' in listed
    assert 'name="new" value="2" checked' in listed


def test_two_copies_are_compared_by_words_fields_and_pictures(desk: Client) -> None:
    lead, went, came = make.picture(colour="teal"), make.picture(colour="red"), make.picture(colour="blue")
    first = "".join(f"<p>Paragraph {number} stays as it is.</p>" for number in range(9))
    article = make.draft(
        "Ferry returns at noon", body=f'{first}<p>Ten came.</p><figure data-image="{went.pk}"></figure>', tags=["Port"]
    )
    saved(
        article, headline="Ferry returns at one", section=make.section("Harbour").pk, lead_picture=lead.pk, tags=[],
        body=f'{first}<p>Nine came.</p><figure data-image="{came.pk}"></figure>', noindex=True,
    )  # fmt: skip
    old, new = article.revisions.get(number=1).content, article.revisions.get(number=2).content
    found = Differences(old, new)
    assert {field.name for field in found.fields} == {"headline", "section", "tags", "noindex"}
    assert [op for op, _thing in found.lead] == ["added"]
    assert {(op, thing.thumb != "") for op, thing in found.things} == {("removed", True), ("added", True)}
    assert next((stretch.is_folded, len(stretch.rows)) for stretch in found.text) == (True, 8)

    shown = page(desk, "compare", article)
    assert "removed: </span>noon" in shown
    assert "added: </span>one" in shown
    assert "added: </span>Harbour" in shown
    assert "8 paragraphs the same" in shown
    assert "Lead picture added" in shown
    assert page(desk, "compare", article, old=2, new=1).count("removed: </span>noon") == 1


def test_a_change_of_markup_alone_and_none_at_all_are_told_so(desk: Client) -> None:
    article = saved(make.draft(body="<p>It left at noon.</p>"), body="<p>It left at <strong>noon</strong>.</p>")
    assert "The words are the same" in page(desk, "compare", article)
    assert "These two copies are the same" in page(desk, "compare", article, old=1, new=1)


def test_nonsense_leads_back_to_the_list(desk: Client) -> None:
    article = make.draft()
    address = reverse("admin:articles_article_compare", args=[article.pk])
    for query in ({"old": 1, "new": 77}, {"old": 5, "new": 6}):
        response = desk.get(address, query)
        assert response["Location"] == reverse("admin:articles_article_revisions", args=[article.pk])


def test_one_field_alone_is_brought_back(desk: Client, editor: User) -> None:
    article = make.draft("First words", body="<p>The first text.</p>", bylines=["Wire"])
    saved(article, headline="Second words", body="<p>The second text.</p>", bylines=[])
    assert "Put back “headline” of revision 1" in page(desk, "compare", article)
    address = reverse("admin:articles_article_revision", args=[article.pk, 1])
    desk.post(address, {"field": "headline", "version": article.version})
    article.refresh_from_db()
    assert (article.headline, article.body) == ("First words", "<p>The second text.</p>")
    desk.post(address, {"field": "bylines", "version": article.version})
    assert [line.printed for line in article.bylines.all()] == ["Wire"]
    assert "from revision 1: bylines" in page(desk, "revisions", article)
    assert article.revisions.first().verb == Revision.Verb.RESTORED
    assert desk.post(address, {"field": "state"}).status_code == 404


def test_who_restores_over_what_somebody_saved_meanwhile_is_told(desk: Client) -> None:
    article = saved(make.draft("First words"), headline="Second words")
    before = article.version
    saved(article, headline="Third words")
    address = reverse("admin:articles_article_revision", args=[article.pk, 1])
    answer = desk.post(address, {"version": before}, follow=True).content.decode()
    article.refresh_from_db()
    assert article.headline == "Third words"
    assert 'class="error"' in answer


def test_a_reporter_compares_what_is_not_theirs_and_brings_nothing_back(
    reporter: User, signed_in: Callable[[User], Client]
) -> None:
    make.site()
    article = saved(make.draft("First words"), headline="Second words")
    desk = signed_in(reporter)
    assert "Put back" not in page(desk, "compare", article)
    desk.post(reverse("admin:articles_article_revision", args=[article.pk, 1]), {"field": "headline"})
    article.refresh_from_db()
    assert article.headline == "Second words"
    contributor = signed_in(make.user(Role.CONTRIBUTOR))
    for name in ("compare", "revisions", "receipt", "receipt_state"):
        assert contributor.get(reverse(f"admin:articles_article_{name}", args=[article.pk])).status_code == 404


def test_what_was_done_leads_to_what_it_changed(desk: Client) -> None:
    story = make.story("One")
    article = Article.objects.get(pk=story.pk)
    saved(article, headline="Two")
    saved(article, headline="Three")
    actions.update(article.pk, actor=None, note_to_readers="A better headline.")
    done = page(desk, "revisions", article)
    assert "?old=1&amp;new=3" in done  # between the two publications
    assert "?old=2&amp;new=3" in done  # between the two saves
    assert "A better headline." in done


def test_the_pages_cost_the_same_for_many_copies(desk: Client) -> None:
    article = make.draft("One")
    counts = []
    for number in range(4):
        saved(article, headline=f"Headline {number}")
        for name in ("revisions", "compare"):
            with CaptureQueriesContext(connection) as queries:
                page(desk, name, article)
            counts.append(len(queries))
    assert counts[:2] == counts[-2:]
    assert max(counts) <= 30


def test_the_note_for_readers_is_asked_for_where_they_see_it_and_kept_when_refused(desk: Client) -> None:
    plain = Article.objects.get(pk=make.story("Plain").pk)
    assert "What changed, for readers" not in desk.get(form_of(plain)).content.decode()
    story = make.story("Open", section=make.section("Harbour", shows_history=True))
    article = Article.objects.get(pk=story.pk)
    assert "What changed, for readers" in desk.get(form_of(article)).content.decode()
    refused = typed(article, headline="", _publish="1", note_to_readers="The headline was wrong.")
    assert 'value="The headline was wrong."' in desk.post(form_of(article), refused).content.decode()
    desk.post(form_of(article), {**refused, "headline": "Opened"})
    assert story.version_rows.get(headline="Opened").note == "The headline was wrong."


@pytest.mark.parametrize("number", ["9" * 5000, "٣", "-1"])
def test_a_number_that_no_copy_and_no_version_has_is_no_error(desk: Client, number: str) -> None:
    article = saved(Article.objects.get(pk=make.story("Ferry returns").pk), headline="Ferry leaves")
    assert "Compare two copies" in page(desk, "compare", article, old=number, new="1")
    for name, args in (("quick", []), ("submit", []), ("correction_add", []), ("revision", [1])):
        address = reverse(f"admin:articles_article_{name}", args=[article.pk, *args])
        answer = desk.post(address, {"version": number, "text": "It was noon.", "with_changes": "on"})
        assert answer.status_code in {200, 302, 403}
