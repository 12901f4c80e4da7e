"""What the desk lays down for stories on its pages: plans, commissions, and who works in which sections."""

import html
import json
import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditRow, User
from accounts.roles import Role
from articles import actions_desk
from articles.models.desk import Article
from articles.models.workflow import SectionLimit
from tests import make
from tests.articles.desk_form import ADD, LIST, form_of, typed
from tests.articles.desk_pages import at, page_of, said

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]


@pytest.fixture
def paper(db: None) -> None:
    make.site()


@pytest.fixture
def ada(paper: None) -> User:
    return make.user(Role.CONTRIBUTOR, display_name="Ada Lund")


@pytest.fixture
def samir(paper: None) -> User:
    return make.user(Role.SUBEDITOR, display_name="Samir Best")


# Plans ----------------------------------------------------------------------------------------------------------------


def planned(client: Client, story: Article, **changes: object) -> dict[str, object]:
    """What a browser posts from the panel as it was shown."""
    form = client.get(form_of(story)).content.decode()
    seen = html.unescape(re.search(r'name="seen" value="([^"]*)"', form)[1])  # type: ignore[index]
    shown = {name: value for name, value in json.loads(seen).items() if value not in {"", "False"}}
    moments = {f"{name}_date" for name in ("due_at", "embargo_until")}
    assert not moments & changes.keys() or "due_at_time" in changes
    return {
        **{name: value for name, value in shown.items() if not name.endswith(("_at", "_until"))},
        "seen": seen,
        **changes,
    }


def test_a_plan_is_written_and_shown(samir: User, ada: User, signed_in: SignIn) -> None:
    story, client = make.draft(actor=samir), signed_in(samir)
    client.post(
        at("plan", story.pk),
        planned(
            client, story, assignee=ada.pk, due_at_date="2026-03-04", due_at_time="12:00", commissioned_length="800",
            brief="Follow the leases.", needs_picture="on",
        ),
    )  # fmt: skip
    story.refresh_from_db()
    assert (story.assignee, story.commissioned_length, story.brief) == (ada, 800, "Follow the leases.")
    assert (story.needs_picture, story.needs_legal) == (True, False)
    assert story.due_at is not None
    page = page_of(signed_in(ada), form_of(story))
    assert 'data-commissioned="800"' in page
    assert "Follow the leases." in page
    assert 'class="late"' in page
    assert 'name="brief"' not in page, "a contributor sees the plan and does not change it"
    assert 'name="needs_legal"' in page


def test_two_peoples_plans_both_stand_and_a_clash_is_named(samir: User, ada: User, signed_in: SignIn) -> None:
    story, client = make.draft(actor=samir), signed_in(samir)
    mine = planned(client, story, brief="Mine", commissioned_length="500")
    actions_desk.plan(story.pk, actor=make.user(Role.EDITOR), assignee=ada)
    client.post(at("plan", story.pk), mine)
    story.refresh_from_db()
    assert (story.assignee, story.brief, story.commissioned_length) == (ada, "Mine", 500)

    again = planned(client, story, brief="Mine again")
    actions_desk.plan(story.pk, actor=make.user(Role.EDITOR), brief="Theirs")
    page = html.unescape(client.post(at("plan", story.pk), again).content.decode())
    assert "Somebody changed this meanwhile to “Theirs”." in page
    assert "Mine again" in page
    seen = re.search(r'name="seen" value="([^>]*)" id', page)
    assert seen
    client.post(at("plan", story.pk), {**again, "seen": seen[1]})
    story.refresh_from_db()
    assert story.brief == "Mine again"


def test_a_subeditor_sets_needs_legal_and_an_editor_takes_it_off(samir: User, editor: User, signed_in: SignIn) -> None:
    story = make.draft(actor=samir)
    client = signed_in(samir)
    client.post(at("plan", story.pk), planned(client, story, needs_legal="on"))
    client.post(at("plan", story.pk), {**planned(client, story), "needs_legal": ""})
    assert Article.objects.get().needs_legal
    boss = signed_in(editor)
    client.post(at("plan", story.pk), planned(client, story))
    boss.post(at("plan", story.pk), {**planned(boss, story), "needs_legal": ""})
    assert not Article.objects.get().needs_legal


@pytest.mark.parametrize("seen", ["", "[1]", "{", '{"brief": 3}', "null"])
def test_a_plan_that_was_tampered_with_is_no_crash(samir: User, signed_in: SignIn, seen: str) -> None:
    story = make.draft(actor=samir)
    answer = signed_in(samir).post(at("plan", story.pk), {"seen": seen, "brief": "New", "assignee": "x"})
    assert answer.status_code == 200
    assert Article.objects.get().brief == ""


def test_a_stranger_to_the_story_plans_nothing(ada: User, reporter: User, signed_in: SignIn) -> None:
    story = make.draft()
    assert signed_in(ada).post(at("plan", story.pk), {"brief": "x"}).status_code == 404
    assert signed_in(reporter).post(at("plan", story.pk), {"brief": "x"}).status_code == 403
    assert Article.objects.get().brief == ""


# Commissions ----------------------------------------------------------------------------------------------------------


def test_a_commission_is_a_draft_that_its_writer_finds(samir: User, ada: User, signed_in: SignIn) -> None:
    client, section = signed_in(samir), make.section("Harbour")
    assert at("commission") in page_of(client, LIST)
    response = client.post(
        at("commission"),
        {"headline": "Who owns  the quay?", "brief": "Follow the leases.", "assignee": ada.pk, "section": section.pk,
         "commissioned_length": "800", "language": "fr"},
    )  # fmt: skip
    story = Article.objects.get()
    assert response.url == form_of(story)
    assert "Commissioned. Ada Lund has been told." in said(response)
    assert (story.headline, story.section, story.language, story.assignee) == (
        "Who owns the quay?", section, "fr", ada,
    )  # fmt: skip
    page = page_of(signed_in(ada), form_of(story))
    assert 'name="_save"' in page
    assert "Follow the leases." in page
    assert "Who owns the quay?" in page_of(signed_in(ada), LIST)


def test_a_refused_commission_keeps_what_was_typed(samir: User, signed_in: SignIn) -> None:
    page = signed_in(samir).post(at("commission"), {"headline": "", "brief": "My brief", "language": "en"})
    assert "My brief" in page.content.decode()
    assert not Article.objects.exists()


def test_contributors_and_reporters_commission_nothing(ada: User, reporter: User, signed_in: SignIn) -> None:
    for person in (ada, reporter):
        client = signed_in(person)
        assert client.get(at("commission")).status_code == 403
        assert client.post(at("commission"), {"headline": "x", "language": "en"}).status_code == 403
        assert at("commission") not in page_of(client, LIST)
    assert not Article.objects.exists()


# Sections -------------------------------------------------------------------------------------------------------------


def test_a_chief_says_in_which_sections_somebody_works(chief: User, samir: User, signed_in: SignIn) -> None:
    sport, news = make.section("Sport"), make.section("News")
    client = signed_in(chief)
    person = reverse("admin:accounts_user_change", args=[samir.pk])
    box = reverse("admin:accounts_user_panel", args=[samir.pk, "sections"])
    assert box in page_of(client, person)
    client.post(box, {"limits-sections": [sport.pk]})
    assert [limit.section for limit in SectionLimit.objects.filter(user=samir)] == [sport]
    assert re.search(rf'value="{sport.pk}"[^>]*checked', page_of(client, person))
    assert AuditRow.objects.get(verb="sections set").detail == {"sections": [sport.pk]}

    form = signed_in(samir).get(ADD).context["adminform"].form
    assert [*form.fields["section"].queryset] == [sport]
    elsewhere = make.draft(section=news)
    page = page_of(signed_in(samir), form_of(elsewhere))
    assert 'name="_save"' not in page
    assert 'name="text"' not in page

    client.post(box, {})
    assert not SectionLimit.objects.exists()
    assert 'name="_save"' in page_of(signed_in(samir), form_of(elsewhere))


def test_nobody_but_a_chief_sets_sections(editor: User, samir: User, signed_in: SignIn) -> None:
    box = reverse("admin:accounts_user_panel", args=[samir.pk, "sections"])
    answer = signed_in(editor).post(box, {"limits-sections": [make.section().pk]})
    assert answer.status_code == 403
    assert not SectionLimit.objects.exists()


def test_a_section_that_is_not_offered_is_refused_and_the_text_kept(samir: User, signed_in: SignIn) -> None:
    sport, news = make.section("Sport"), make.section("News")
    SectionLimit.objects.create(user=samir, section=sport)
    page = signed_in(samir).post(ADD, typed(headline="What I typed", section=news.pk, _save="1")).content.decode()
    assert "What I typed" in page
    assert not Article.objects.exists()
