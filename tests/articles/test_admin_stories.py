"""The list of stories, and who may do what with them in the admin."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.roles import Role
from articles import actions
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from tests import make
from tests.articles.desk_form import ADD, LIST, form_of, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(editor, signed_in):
    make.site()
    return signed_in(editor)


def test_a_stranger_is_asked_to_sign_in(client):
    article = make.draft()
    pages = [
        f"{LIST}{article.pk}/{page}/" for page in ("revisions", "compare", "receipt", "receipt/state", "preview/page")
    ]
    for address in (LIST, ADD, form_of(article), *pages):
        assert client.get(address, follow=True).redirect_chain[-1][0].startswith("/accounts/sign-in/?next=/admin/")


def test_a_contributor_sees_their_own_copy_alone(signed_in):
    writer = make.user(Role.CONTRIBUTOR)
    own, other = make.draft("My own story", actor=writer), make.draft("Somebody else's story")
    desk = signed_in(writer)
    listed = desk.get(LIST).content.decode()
    assert "My own story" in listed
    assert "Somebody else" not in listed
    for name in ("change", "revisions", "preview", "preview_page", "discard"):
        answer = desk.get(reverse(f"admin:articles_article_{name}", args=[other.pk]), follow=True)
        assert "Somebody else" not in re.sub(r"<title>.*?</title>", "", answer.content.decode())
    page = desk.get(form_of(own)).content.decode()
    assert "Save draft" in page
    assert "_publish" not in page


def test_a_reporter_reads_all_and_writes_their_own(reporter, signed_in):
    own, other = make.draft("Mine", actor=reporter), make.draft("Theirs", body="<p>Their text.</p>")
    desk = signed_in(reporter)
    page = desk.get(form_of(other)).content.decode()
    assert "<p>Their text.</p>" in page
    assert "English" in page
    assert "_save" not in page
    assert desk.post(form_of(other), typed(other, headline="Changed")).status_code == 403
    desk.post(form_of(own), typed(own, headline="Changed", _save="1"))
    assert sorted(Article.objects.values_list("headline", flat=True)) == ["Changed", "Theirs"]


def test_a_reporter_who_presses_a_button_that_was_not_there_publishes_nothing(reporter, signed_in):
    article = make.draft(actor=reporter)
    page = signed_in(reporter).post(form_of(article), typed(article, headline="Typed", _publish="1")).content.decode()
    assert "Your role does not allow this" in page
    assert "Typed" in page
    assert not PublishedArticle.objects.exists()
    article.refresh_from_db()
    assert article.headline != "Typed"


@pytest.mark.parametrize(("verb", "role"), [("withdraw", Role.SUBEDITOR), ("kill", Role.EDITOR)])
def test_verbs_beyond_the_role_are_refused(signed_in, verb, role):
    make.story()
    article = Article.objects.get()
    desk = signed_in(make.user(role))
    assert desk.post(reverse(f"admin:articles_article_{verb}", args=[article.pk]), {"notice": "x"}).status_code == 403
    assert PublishedArticle.objects.exists()


def test_nobody_deletes_a_story(chief, signed_in):
    article = make.draft()
    assert signed_in(chief).post(f"{LIST}{article.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Article.objects.exists()


# The list ------------------------------------------------------------------------------------------------------------


def test_the_list_searches_and_filters(desk):
    make.draft("A storm on the coast", language="fr", kind="analysis")
    make.draft("Bread prices fall", section=make.section("Economy"))
    make.story("Ferry service resumes")
    actions.discard(make.draft("Nothing came of it").pk, actor=None)

    def listed(query: str) -> set[str]:
        return {article.headline for article in desk.get(LIST + query).context["cl"].result_list}

    economy = make.section("Economy")
    assert listed("") == {"A storm on the coast", "Bread prices fall", "Ferry service resumes"}
    assert listed("?state=discarded") == {"Nothing came of it"}
    assert listed("?q=bread") == {"Bread prices fall"}
    assert listed("?state=published") == {"Ferry service resumes"}
    assert listed("?kind=analysis") == {"A storm on the coast"}
    assert listed("?language=fr") == {"A storm on the coast"}
    assert listed(f"?section={economy.pk}") == {"Bread prices fall"}
    assert listed("?section=nonsense") == {"A storm on the coast", "Bread prices fall", "Ferry service resumes"}


def test_the_list_costs_the_same_for_three_stories_as_for_one(desk):
    def write(number: int) -> None:
        parent = make.section(f"Part {number}")
        child = make.section(f"Lower {number}", parent=parent)
        make.draft(f"Story {number}", section=child, bylines=[make.author()], actor=make.user())

    counts = []
    for number in (1, 2, 3):
        write(number)
        with CaptureQueriesContext(connection) as queries:
            desk.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[2] <= 15
