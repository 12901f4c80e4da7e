"""Checks on what a story has and where it leads, and what they count for: by kind, by flag, by who asks."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models.audit import AuditRow
from articles import actions, checks, registry
from articles.checks import Level
from articles.checks.table import LEVELS, RULES
from articles.findings import Finding
from articles.kinds import Kind
from articles.models.desk import Article, State
from articles.models.published import PublishedArticle
from articles.problems import NotReady
from tests import make
from tests.articles.checked import TEXT, codes, findings

pytestmark = pytest.mark.django_db


def test_a_story_with_everything_has_nothing_said_against_it():
    assert findings() == []


def test_every_rule_stands_in_the_table_of_some_kind_and_every_kind_has_a_row():
    assert {code for levels in LEVELS.values() for code in levels} == set(RULES)
    assert set(LEVELS) == set(Kind.values)


# What a story has ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "field", "level"),
    [
        ({"headline": " "}, "headline", "headline", "required"),
        ({"headline": "!!!"}, "slug", "slug", "required"),
        ({"section": None}, "section", "section", "required"),
        ({"body": "<hr>"}, "text", "body", "required"),
        ({"language": "sw"}, "language", "language", "required"),
        ({"body": "<p>It costs TK.</p>"}, "placeholder", "body", "required"),
        ({"standfirst": ""}, "standfirst", "standfirst", "recommended"),
        ({"standfirst": "", "kind": "longread"}, "standfirst", "standfirst", "required"),
        ({"lead_picture": None}, "lead_picture", "lead_picture", "recommended"),
        ({"lead_picture": None, "flags": {"needs_picture": True}}, "lead_picture", "lead_picture", "required"),
        ({"flags": {"needs_legal": True}}, "legal", "", "required"),
        ({"headline": "Ferry " * 19, "short_headline": "Ferry"}, "headline_length", "headline", "recommended"),
        ({"headline": "Ferry " * 12}, "headline_length", "short_headline", "recommended"),
        ({"short_headline": "Ferry " * 12}, "headline_length", "short_headline", "recommended"),
        ({"headline": "FERRY SERVICE RESUMES"}, "headline_capitals", "headline", "recommended"),
        ({"kind": "news", "body": "<p>" + "Ferries sail. " * 30 + "</p>"}, "dateline", "dateline", "recommended"),
    ],
)
def test_what_is_missing_is_said_at_its_field(changes, code, field, level):
    assert [(found.code, found.field, found.level) for found in findings(**changes)] == [(code, field, level)]


@pytest.mark.parametrize(
    "changes",
    [
        {"headline": "العبارة تعود إلى الميناء"},
        {"headline": "UN and AU meet"},
        {"headline": "Ferry " * 12, "short_headline": "Ferry"},
        {"kind": "brief", "standfirst": ""},
        {"kind": "news"},
        {"language": "fr"},
    ],
)
def test_what_may_be_so_is_left_alone(changes):
    assert codes(**changes) == []


def test_pictures_without_description_credit_or_rights_are_required_to_be_mended():
    picture = make.picture(colour="navy", alt_text="", credit="", rights="")
    found = findings(lead_picture=picture.pk, body=f'{TEXT}<figure data-image="{picture.pk}"></figure>')
    assert {(each.code, each.field, each.level) for each in found} == {
        ("pictures", "lead_picture", "required"), ("pictures", "body", "required"),
    }  # fmt: skip
    assert len(found) == 6


@pytest.mark.parametrize("as_text", [True, False])
def test_an_embargo_forbids_until_it_is_over(as_text):
    until = timezone.now() + timedelta(hours=1)
    written = until.isoformat() if as_text else until
    assert codes(embargo_until=written) == ["embargo"]
    assert codes(embargo_until=written, at=until) == []
    assert codes(embargo_until=None) == []


def test_a_headline_that_readers_have_already_is_pointed_out():
    there = make.story("Ferry’s service resumes")
    assert codes(headline="Ferry's service RESUMES") == ["published_twice"]
    assert codes(headline="Ferry's service resumes", number=there.pk) == []
    assert codes(headline="Ferry's service resumes", language="fr") == []


def test_a_slug_that_another_story_has_is_named_before_publishing():
    make.story(slug="ferry")
    assert [(found.code, found.field) for found in findings(slug="ferry")] == [("address", "slug")]
    assert codes(slug="ferry", section=make.section("Culture").pk) == []
    assert codes(slug="ferry", number=PublishedArticle.objects.get().pk) == []


# Links ---------------------------------------------------------------------------------------------------------------


def linked(*addresses: str) -> list[tuple[str, str]]:
    body = "".join(f'<p>See <a href="{address}">{rank}th</a>.</p>' for rank, address in enumerate(addresses))
    return [(found.code, found.place.excerpt) for found in findings(body=body)]


def test_links_to_what_stands_on_the_site_are_left_alone(settings):
    make.site()
    there = make.story(tags=["Ferries"], series=make.series(slug="flood"))
    moved = make.story("Moved", slug="before")
    actions.save(moved.pk, actor=None, content={"slug": "after"})
    actions.update(moved.pk, actor=None)
    make.section("Culture", in_menu=False)
    make.page(slug="about")
    ada = make.author(slug="ada")
    make.story("Signed", bylines=[ada])
    assert linked(
        "/", "/fr/", there.path, f"{there.path}?a=b#c", settings.SITE_URL + there.path, moved.path, "/news/",
        "/fr/culture/", "/about/", "/tag/ferries/", "/series/flood/", "/author/ada/",
        "/feeds/rss.xml", "/news/feeds/rss.xml", "/archive/2026/11/", "/report/", "/subscribe/",
        "https://elsewhere.example/nothing/", "mailto:desk@paper.example", "tel:+100",
    ) == []  # fmt: skip


def test_links_that_lead_nowhere_are_found_with_their_place(settings):
    make.site()
    draft, killed = make.draft(slug="draft"), make.story("Wrong", slug="wrong")
    actions.kill(killed.pk, actor=None, notice="It was wrong.")
    make.page(slug="hidden", is_hidden=True)
    make.draft("Not out", tags=["Unread"], series=make.series(slug="unread"), bylines=[make.author(slug="unread")])
    addresses = [
        f"/news/2026/11/22/{draft.slug}/", killed.path, "/nowhere/", "/hidden/", "/tag/none/", "/series/none/",
        "/author/none/", "/tag/unread/", "/series/unread/", "/author/unread/",
        "/sw/", "/nowhere/feeds/rss.xml", settings.SITE_URL + "/nowhere/x/",
    ]  # fmt: skip
    assert linked(*addresses) == [("dead_link", f"{rank}th") for rank in range(len(addresses))]


@pytest.mark.parametrize(
    "address",
    [
        "/admin/articles/article/1/change/", "/accounts/sign-in/", "http://localhost:8000/news/", "http://127.0.0.1/",
        "http://192.168.1.10/x", "http://desk.local/", "https://[::1]/",
    ],
)  # fmt: skip
def test_links_that_only_the_desk_can_follow_stand_in_the_way(address, settings):
    settings.SITE_URL = "https://paper.example"
    (found,) = findings(body=f'<p>See <a href="{address}">this</a>.</p>')
    assert (found.code, found.level, found.place.excerpt) == ("desk_link", Level.REQUIRED, "this")


def test_any_number_of_links_costs_the_same_number_of_queries():
    make.site()
    section, picture = make.section().pk, make.picture().pk
    kinds = ["tag/a{}/", "series/a{}/", "author/a{}/", "a{}/", "a/2026/01/01/b{}/"]

    def queries(count: int) -> int:
        body = "".join(f'<p><a href="/{kind.format(rank)}">x</a></p>' for rank in range(count) for kind in kinds)
        with CaptureQueriesContext(connection) as seen:
            findings(make.site(), body=body, section=section, lead_picture=picture)
        return len(seen)

    queries(1)
    assert queries(1) == queries(40)


# What other rooms say ------------------------------------------------------------------------------------------------


@pytest.fixture
def rooms(monkeypatch):
    monkeypatch.setattr(registry, "_checks", {})


def test_another_room_adds_a_check(rooms):
    registry.add_check("tide", lambda content, number: [Finding("tide", "body", f"Low tide for {number}.")])
    registry.add_check("tide", lambda content, number: [Finding("tide", "body", f"High tide for {number}.")])
    assert [found.message for found in findings(number=7)] == ["High tide for 7."]


# In the verbs --------------------------------------------------------------------------------------------------------


@pytest.fixture
def unfinished():
    make.site()
    return make.draft(body="<p>It costs TK.</p>", standfirst="")


def test_what_is_required_holds_a_story_back_and_says_so_by_field(unfinished, editor):
    with pytest.raises(NotReady) as refused:
        actions.publish(unfinished.pk, actor=editor)
    assert refused.value.errors == {"body": ["Still to be filled in: TK"]}
    assert [found.code for found in refused.value.findings] == ["placeholder"]
    assert not PublishedArticle.objects.exists()


def test_what_is_recommended_holds_nobody_back(editor):
    make.site()
    story = make.draft(body="<p>It left the the quay.</p>")
    assert actions.publish(story.pk, actor=editor).pk == story.pk


def test_a_chief_sets_checks_aside_with_a_reason_that_stays(unfinished, chief):
    actions.publish(unfinished.pk, actor=chief, override="  TK is the\nname of a firm. ")
    row = AuditRow.objects.get(verb="published")
    assert (row.detail["note"], row.detail["overridden"]) == ("TK is the name of a firm.", ["placeholder"])
    assert PublishedArticle.objects.get().pk == unfinished.pk


def test_a_reason_that_was_not_needed_is_not_recorded(chief):
    make.site()
    actions.publish(make.draft().pk, actor=chief, override="Just in case.")
    assert "overridden" not in AuditRow.objects.get(verb="published").detail


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_without_a_reason_nothing_is_set_aside(unfinished, chief, reason):
    with pytest.raises(NotReady):
        actions.publish(unfinished.pk, actor=chief, override=reason)


def test_an_editors_reason_counts_for_nothing(unfinished, editor):
    with pytest.raises(NotReady):
        actions.publish(unfinished.pk, actor=editor, override="I am in a hurry.")
    unfinished.refresh_from_db()
    assert unfinished.state == State.DRAFT


@pytest.mark.parametrize("missing", [{"headline": ""}, {"body": ""}, {"section": None}, {"language": "sw"}])
def test_without_a_headline_text_section_or_edition_there_is_nothing_to_publish(missing, chief):
    make.site()
    story = make.draft()
    actions.save(story.pk, actor=None, content=missing)
    with pytest.raises(NotReady):
        actions.publish(story.pk, actor=chief, override="It must go.")


def test_a_change_to_a_live_story_is_held_to_the_same(chief, editor):
    make.site()
    story = make.story()
    actions.save(story.pk, actor=None, content={"body": "<p>Now TK.</p>"})
    with pytest.raises(NotReady):
        actions.update(story.pk, actor=editor, override="No.")
    assert actions.update(story.pk, actor=chief, override="A firm.").body_html == "<p>Now TK.</p>"
    assert AuditRow.objects.get(verb="updated").detail["overridden"] == ["placeholder"]


def test_flags_and_embargo_of_the_working_copy_hold_it_back_and_a_chief_may_break_them(editor, chief):
    make.site()
    story = make.draft()
    until = timezone.now() + timedelta(days=1)
    Article.objects.filter(pk=story.pk).update(needs_legal=True, needs_picture=True, embargo_until=until)
    with pytest.raises(NotReady) as refused:
        actions.publish(story.pk, actor=editor)
    assert {found.code for found in refused.value.findings} == {"legal", "lead_picture", "embargo"}
    actions.publish(story.pk, actor=chief, override="The court has ruled.")
    assert AuditRow.objects.get(verb="published").detail["overridden"] == ["embargo", "lead_picture", "legal"]


def test_a_thousand_findings_are_told_in_a_list_that_can_be_read():
    found = findings(body="<p>The the quay.</p>" * 1000)
    assert len(found) == checks.MOST_OF_A_CODE
