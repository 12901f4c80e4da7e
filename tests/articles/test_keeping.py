"""What is typed and not saved: kept, offered back, put into the form, forgotten when saved; and lost by no sign-out."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from articles import actions, autosaves
from articles.autosaves import HeldByAnother
from articles.models.desk import Article
from articles.models.workflow import Autosave
from tests import make
from tests.articles.desk_form import ADD, form_of, typed

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/sign-in/?next="


@pytest.fixture
def desk(editor, signed_in):
    make.site()
    return signed_in(editor)


def opened(desk: Client, address: str) -> dict[str, str]:
    """The fields that the form at this address has of its own."""
    keeping = desk.get(address).context["keeping"]
    return {"form-page": keeping["form"].token, "form-count": keeping["count"], "form-took": keeping["took"]}


def keep(desk: Client, article: Article | None, form: dict[str, str], count: int = 1, **changes: object):
    address = reverse("admin:articles_article_autosave", args=[article.pk] if article else [])
    return desk.post(address, typed(article, **{**form, "form-count": count}, **changes))


def shown(desk: Client, address: str) -> dict[str, object]:
    form = desk.get(f"{address}?restore=1").context["adminform"].form
    return {name: form[name].value() for name in form.fields} | {"bylines": form.bylines.initial}


def test_what_is_kept_is_offered_and_put_back_whole_and_the_story_is_untouched(desk):
    section, author = make.section("Economy"), make.author("Ada Lund")
    article = make.draft("As saved")
    tags = [tag.pk for tag in actions.names_to_tags(["harbour", "bread"])]
    picture = make.picture()
    answer = keep(
        desk, article, opened(desk, form_of(article)), headline="Typed", body="<p>My <strong>words</strong>.</p>",
        section=section.pk, tags=tags, lead_picture=picture.pk, kicker="Now",
        bylines=[
            {"author": author.pk, "ORDER": 2}, {"name": "Agency", "credit": "text", "ORDER": 1},
            {"name": "Out", "DELETE": "on"},
        ],
    )  # fmt: skip
    assert answer.json()["said"].startswith("Kept at ")
    article.refresh_from_db()
    assert (article.headline, article.version) == ("As saved", 1)
    assert "did not save it" in desk.get(form_of(article)).content.decode()
    form = shown(desk, form_of(article))
    assert form["headline"] == "Typed"
    assert form["body"] == "<p>My <strong>words</strong>.</p>"
    assert {*form["tags"]} == {*tags}
    assert (form["section"], form["lead_picture"], form["kicker"]) == (section.pk, picture.pk, "Now")
    assert form["bylines"] == [
        {"author": "", "name": "Agency", "credit": "text"}, {"author": str(author.pk), "name": "", "credit": ""},
    ]  # fmt: skip


def test_what_has_gone_meanwhile_is_left_out(desk):
    article, picture = make.draft(), make.picture()
    form = opened(desk, form_of(article))
    keep(
        desk,
        article,
        form,
        headline="Typed",
        lead_picture=picture.pk,
        section="x",
        tags=["1000000", "²"],
        series="9" * 30,
    )
    picture.delete()
    restored = shown(desk, form_of(article))
    assert (restored["headline"], restored["lead_picture"], restored["section"], restored["tags"]) == (
        "Typed",
        None,
        None,
        [],
    )


def test_a_new_story_is_kept_and_offered_on_an_empty_form(desk):
    keep(desk, None, opened(desk, ADD), headline="Begun", body="<p>First words.</p>")
    assert not Article.objects.exists()
    assert "did not save it" in desk.get(ADD).content.decode()
    assert shown(desk, ADD)["headline"] == "Begun"


def test_saving_forgets_it_and_a_belated_request_brings_nothing_back(desk):
    article = make.draft()
    form = opened(desk, form_of(article))
    keep(desk, article, form, 1, headline="Typed")
    saved = desk.post(form_of(article), typed(article, headline="Typed", _save="1", **form | {"form-count": 3}))
    assert saved.cookies["desk_saved"].value.startswith(Autosave.objects.get().page)
    keep(desk, article, form, 2, headline="Typ")
    assert "did not save it" not in desk.get(form_of(article)).content.decode()
    keep(desk, article, form, 4, headline="Typed after the browser's back")
    assert "did not save it" in desk.get(form_of(article)).content.decode()


def test_what_has_been_put_back_and_saved_is_forgotten(desk):
    article = make.draft()
    keep(desk, article, opened(desk, form_of(article)), headline="Typed")
    form = opened(desk, f"{form_of(article)}?restore=1")
    desk.post(form_of(article), typed(article, headline="Typed on", _save="1", **form))
    assert autosaves.offered(article.created_by or Autosave.objects.get().user, article.pk) is None


def test_an_older_request_never_overwrites_a_newer_one(editor):
    form = autosaves.open_form(editor, make.draft().pk)
    autosaves.keep(form, {"headline": ["Second"]}, version=1, count=2)
    autosaves.keep(form, {"headline": ["First"]}, version=1, count=1)
    assert Autosave.objects.get().fields == {"headline": ["Second"]}


def test_another_window_does_not_overwrite_what_nobody_has_decided_about(editor):
    story = make.draft().pk
    first, second = autosaves.open_form(editor, story), autosaves.open_form(editor, story)
    autosaves.keep(first, {"headline": ["From the first"]}, version=1, count=5)
    with pytest.raises(HeldByAnother):
        autosaves.keep(second, {"headline": ["From the second"]}, version=1, count=1)
    autosaves.settle(second, count=2)
    assert Autosave.objects.get().fields == {"headline": ["From the first"]}
    autosaves.keep(second, {"headline": ["Taken over"]}, version=1, count=1, took=first.page)
    assert Autosave.objects.get().fields == {"headline": ["Taken over"]}


def test_each_has_their_own(desk, reporter, signed_in):
    article = make.draft(actor=reporter)
    keep(desk, article, opened(desk, form_of(article)), headline="The editor's")
    other = signed_in(reporter)
    assert "did not save it" not in other.get(form_of(article)).content.decode()
    keep(other, article, opened(other, form_of(article)), headline="The reporter's")
    assert shown(desk, form_of(article))["headline"] == "The editor's"
    assert shown(other, form_of(article))["headline"] == "The reporter's"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"form-page": "nonsense"}, 400),
        ({"body": "x" * (autosaves.MOST + 1)}, 413),
    ],
)
def test_what_no_form_of_ours_sends_is_refused(desk, changes, status):
    article = make.draft()
    address = reverse("admin:articles_article_autosave", args=[article.pk])
    answer = desk.post(address, typed(article, **{**opened(desk, form_of(article)), **changes}))
    assert answer.status_code == status
    assert answer.json()["said"]
    assert not Autosave.objects.exists()


def test_another_persons_form_and_another_story_are_refused(desk, reporter, signed_in):
    article, other = make.draft(actor=reporter), make.draft(actor=reporter)
    form = opened(desk, form_of(article))
    assert keep(signed_in(reporter), article, form).status_code == 400
    assert keep(desk, other, form).status_code == 400
    stranger = signed_in(make.user(Role.CONTRIBUTOR))
    own = {"form-page": autosaves.open_form(make.user(), article.pk).token}
    assert keep(stranger, article, own).status_code == 400
    assert not Autosave.objects.exists()


def test_what_may_not_be_changed_is_not_kept(signed_in, reporter):
    article = make.draft()
    form = {"form-page": autosaves.open_form(reporter, article.pk).token}
    assert keep(signed_in(reporter), article, form).status_code == 403
    assert not Autosave.objects.exists()


def test_what_differs_is_shown_and_can_be_thrown_away(desk):
    article = make.draft("As saved", body="<p>The ferry left at noon.</p>")
    form = opened(desk, form_of(article))
    keep(desk, article, form, headline="As typed", body="<p>The ferry left at one.</p>")
    address = reverse("admin:articles_article_unsaved", args=[article.pk])
    page = desk.get(address).content.decode()
    assert "typed" in page
    assert "noon" in page
    desk.post(address, {"page": "0" * 32})
    assert autosaves.offered(Autosave.objects.get().user, article.pk)
    desk.post(address, {"page": Autosave.objects.get().page})
    assert "did not save it" not in desk.get(form_of(article)).content.decode()
    assert desk.get(address, follow=True).redirect_chain[-1][0] == form_of(article)


def test_a_new_storys_words_are_compared_with_nothing(desk):
    keep(desk, None, opened(desk, ADD), headline="Begun", body="<p>First words.</p>")
    page = desk.get(reverse("admin:articles_article_unsaved")).content.decode()
    assert "First words." in page


def test_what_equals_the_story_is_not_offered(desk):
    article = make.draft("As saved")
    keep(desk, article, opened(desk, form_of(article)))
    assert "did not save it" not in desk.get(form_of(article)).content.decode()


def test_what_nobody_came_back_for_goes_after_thirty_days(editor):
    for days in (29, 31):
        Autosave.objects.create(article=make.draft(), user=editor, at=timezone.now() - timedelta(days=days))
    autosaves.forget_old()
    assert Autosave.objects.count() == 1


# Signed out while writing --------------------------------------------------------------------------------------------


def test_a_form_sent_after_the_session_ended_loses_no_word(desk, editor):
    article = make.draft("As saved")
    form = opened(desk, form_of(article))
    editor_again = Client()
    answer = editor_again.post(
        form_of(article), typed(article, headline="Typed", body="<p>Mine.</p>", _save="1", **form)
    )
    assert answer["Location"].startswith(SIGN_IN)
    assert "What you typed is kept" in editor_again.get(answer["Location"]).content.decode()
    signed_in = editor_again.post(answer["Location"], {"login": editor.email, "password": make.PASSWORD})
    page = editor_again.get(signed_in["Location"])
    assert page.context["adminform"].form["headline"].value() == "Typed"
    assert "<p>Mine.</p>" in page.context["adminform"].form["body"].value()
    article.refresh_from_db()
    assert article.headline == "As saved"


def test_a_new_story_sent_after_the_session_ended_loses_no_word(desk, editor, signed_in):
    form = opened(desk, ADD)
    answer = Client().post(ADD, typed(headline="Begun", _save="1", **form))
    assert answer["Location"].startswith(SIGN_IN)
    assert shown(signed_in(editor), ADD)["headline"] == "Begun"


def test_a_stranger_without_a_form_of_ours_leaves_nothing(client):
    article = make.draft()
    for token in ("", "0-1-1", "x" * 40):
        answer = client.post(form_of(article), typed(article, headline="Typed", **{"form-page": token}))
        assert "/login/" in answer["Location"]
    assert not Autosave.objects.exists()


def test_a_page_too_old_for_its_token_is_filled_in_again(desk, editor):
    article = make.draft()
    form = opened(desk, form_of(article))
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    answer = strict.post(form_of(article), typed(article, headline="Typed", _save="1", **form))
    assert answer["Location"] == f"{form_of(article)}?restore=1"
    page = strict.get(answer["Location"])
    assert "Save once more" in page.content.decode()
    assert page.context["adminform"].form["headline"].value() == "Typed"
    assert strict.post(form_of(article), typed(article, headline="Typed", _save="1")).status_code == 403


def test_keeping_goes_on_after_signing_in_anew_in_another_tab(desk, editor):
    article = make.draft()
    form = opened(desk, form_of(article))
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)
    assert keep(strict, article, form, headline="Typed").status_code == 200
    strict.cookies.pop(settings.SESSION_COOKIE_NAME)
    assert keep(strict, article, form, 2, headline="Typed on").status_code == 302
    assert Autosave.objects.get().fields["headline"] == ["Typed"]


def test_what_cannot_be_kept_there_stays_on_the_page(desk, editor):
    article = make.draft()
    keep(desk, article, opened(desk, form_of(article)), headline="In one window")
    form = {"form-page": autosaves.open_form(editor, article.pk).token}
    page = Client().post(form_of(article), typed(article, headline="In the other", **form)).content.decode()
    assert 'value="In the other"' in page
    assert Autosave.objects.get().fields["headline"] == ["In one window"]
