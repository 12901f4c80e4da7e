"""Sections, series, tags, pages, menus, settings: what the desk does in the admin, and what readers get of it."""

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts.models import AuditRow, User
from articles import actions_site
from articles.models.places import Section, Series, Tag
from articles.models.published import OldPath, PublishedArticle
from articles.models.site import MenuItem, Page, SiteSettings
from tests import make

SITE = "admin:articles_sitesettings_change"


@pytest.fixture
def desk(chief: User, signed_in: Callable[[User], Client]) -> Client:
    make.site()
    return signed_in(chief)


def add(client: Client, model: str, **fields: object):
    return client.post(reverse(f"admin:articles_{model}_add"), fields)


def change(client: Client, row: object, **fields: object):
    return client.post(reverse(f"admin:articles_{row._meta.model_name}_change", args=[row.pk]), fields)


def errors(response) -> set[str]:
    return set(response.context["adminform"].form.errors)


def test_a_new_section_has_names_by_language_and_stands_last_in_the_menu(desk: Client) -> None:
    make.section("News")
    form = desk.get(reverse("admin:articles_section_add")).context["adminform"].form
    assert {"names_fr", "names_ar"} <= set(form.fields)
    add(
        desk,
        "section",
        name="The Arts",
        names_fr="Culture",
        names_ar="ثقافة",
        position=form.initial["position"],
        in_main_menu="on",
    )
    arts = Section.objects.get(name="The Arts")
    assert (arts.slug, arts.path, arts.position) == ("the-arts", "the-arts", 1)
    assert arts.names == {"fr": "Culture", "ar": "ثقافة"}
    assert [str(item) for item in MenuItem.objects.filter(menu="main")] == ["News", "The Arts"]
    assert AuditRow.objects.get(verb="section saved").detail == {"path": "the-arts"}


def test_a_section_can_stay_out_of_the_menu(desk: Client) -> None:
    add(desk, "section", name="Archive desk", position=0)
    assert Section.objects.get().name == "Archive desk"
    assert not MenuItem.objects.exists()


@pytest.mark.parametrize("slug", ["feeds", "fr", "about"])
def test_a_section_takes_no_address_of_the_site_or_of_a_page(slug: str, desk: Client) -> None:
    make.page(slug="about")
    response = add(desk, "section", name="Somewhere", slug=slug, position=0)
    assert errors(response) == {"slug"}
    assert 'value="Somewhere"' in response.content.decode()
    assert not Section.objects.exists()


def test_a_renamed_section_leads_on_and_keeps_its_names(desk: Client) -> None:
    section = make.section("News", names={"fr": "Infos", "sw": "Habari"})
    change(desk, section, name="News", slug="latest", position=0, names_fr="Actualités", names_ar="")
    section.refresh_from_db()
    assert section.names == {"fr": "Actualités", "sw": "Habari"}
    assert OldPath.objects.get(path="/news/").target == "/latest/"
    assert OldPath.objects.get(path="/fr/news/").target == "/fr/latest/"


def test_positions_are_changed_in_the_list(desk: Client) -> None:
    first, second = make.section("News", position=0), make.section("Culture", position=1)
    desk.post(
        reverse("admin:articles_section_changelist"),
        {
            "form-TOTAL_FORMS": 2, "form-INITIAL_FORMS": 2, "_save": "Save",
            "form-0-id": first.pk, "form-0-position": 5, "form-1-id": second.pk, "form-1-position": 1,
        },
    )  # fmt: skip
    assert list(Section.objects.values_list("name", "position")) == [("Culture", 1), ("News", 5)]


def test_a_tag_is_one_whatever_the_case_and_its_new_name_reaches_readers(desk: Client) -> None:
    story = make.story(tags=["Floods"])
    assert errors(add(desk, "tag", name="floods")) == {"name"}
    make.story(tags=["Économie"])
    make.story(tags=["ÉCONOMIE"])
    assert errors(add(desk, "tag", name="éCONOMIE")) == {"name"}
    Tag.objects.get(name="Économie").delete()
    tag = Tag.objects.get()
    change(desk, tag, name="High water", slug="")
    assert PublishedArticle.objects.get(pk=story.pk).tag_links == [{"name": "High water", "path": "/tag/high-water/"}]
    assert OldPath.objects.get(path="/tag/floods/").target == "/tag/high-water/"


def test_a_deleted_tag_leaves_no_dead_link_in_stories(desk: Client) -> None:
    story = make.story(tags=["Floods", "Harbour"])
    desk.post(reverse("admin:articles_tag_delete", args=[Tag.objects.get(name="Floods").pk]), {"post": "yes"})
    assert [link["name"] for link in PublishedArticle.objects.get(pk=story.pk).tag_links] == ["Harbour"]
    assert AuditRow.objects.get(verb="deleted").label == "Floods"


def test_a_section_or_series_with_stories_cannot_be_deleted(desk: Client) -> None:
    series = make.series()
    story = make.story(series=series)
    for row in (story.section, series):
        desk.post(reverse(f"admin:articles_{row._meta.model_name}_delete", args=[row.pk]), {"post": "yes"})
    assert Section.objects.exists()
    assert Series.objects.exists()


def test_a_series_offers_the_papers_languages_only(desk: Client) -> None:
    assert errors(add(desk, "series", title="After the flood", language="sw")) == {"language"}
    add(desk, "series", title="After the flood", language="fr")
    assert Series.objects.get().slug == "after-the-flood"


def test_a_page_is_cleaned_rendered_and_put_in_the_footer(desk: Client, client: Client) -> None:
    body = "<p>Write to us.</p><script>alert(1)</script>"
    add(desk, "page", title="About us", language="en", body=body, in_footer_menu="on")
    page = Page.objects.get()
    assert page.path == "/about-us/"
    assert "<script" not in page.body + page.body_html
    assert MenuItem.objects.get().page == page
    assert "Write to us." in client.get(page.path).content.decode()


def test_a_hidden_page_stays_on_the_desk_alone(desk: Client, client: Client) -> None:
    page = make.page()
    change(desk, page, title="About us", slug="about", language="en", body=page.body, is_hidden="on")
    assert client.get("/about/").status_code == 404
    assert "About us" in desk.get(reverse("admin:articles_page_changelist")).content.decode()
    form = desk.get(reverse("admin:articles_page_change", args=[page.pk])).content.decode()
    assert 'href="/about/"' not in form


def test_who_saves_a_page_that_somebody_else_has_saved_is_told_first(desk: Client, editor: User) -> None:
    page = make.page()
    address = reverse("admin:articles_page_change", args=[page.pk])

    def shown(answer: Any) -> dict[str, Any]:
        form = answer.context["adminform"].form
        return {name: form[name].value() for name in ("title", "slug", "language", "seen")}

    def stands() -> str:
        return Page.desk.get().body

    opened = {**shown(desk.get(address)), "body": "<p>Mine.</p>"}
    theirs = Page.desk.get()
    theirs.body = "<p>Theirs.</p>"
    actions_site.save_page(theirs, actor=editor)
    refused = desk.post(address, opened)
    assert "Somebody else has saved this page" in refused.content.decode()
    assert "Mine." in refused.content.decode()
    assert stands() == "<p>Theirs.</p>"
    desk.post(address, {**shown(refused), "body": "<p>Mine.</p>"})
    assert stands() == "<p>Mine.</p>"
    again = desk.post(address, {**shown(refused), "body": "<p>Mine.</p>"})
    assert again.status_code == 302, "a second click is no conflict"


def test_two_pages_do_not_share_an_address_but_editions_may(desk: Client) -> None:
    make.page(slug="about")
    assert errors(add(desk, "page", title="About us", slug="about", language="en", body="<p>No.</p>")) == {"slug"}
    add(desk, "page", title="Qui sommes-nous", slug="about", language="fr", body="<p>Oui.</p>")
    assert set(Page.objects.values_list("path", flat=True)) == {"/about/", "/fr/about/"}


def test_an_editor_without_the_menus_is_not_offered_the_tick(editor: User, signed_in: Callable[[User], Client]) -> None:
    make.site()
    client = signed_in(editor)
    form = client.get(reverse("admin:articles_page_add")).context["adminform"].form
    assert "in_footer_menu" not in form.fields
    add(client, "page", title="About us", language="en", body="<p>Us.</p>", in_footer_menu="on")
    assert Page.objects.exists()
    assert not MenuItem.objects.exists()


def test_menus_are_one_list_main_menu_first_in_order(desk: Client) -> None:
    news, about = make.section("News", in_menu=False), make.page()
    MenuItem.objects.create(menu="footer", page=about, position=0)
    MenuItem.objects.create(menu="main", url="https://shop.example/", label="Shop", position=2)
    MenuItem.objects.create(menu="main", section=news, position=1)
    shown = desk.get(reverse("admin:articles_menuitem_changelist")).context["cl"].result_list
    assert [str(item) for item in shown] == ["News", "Shop", "About us"]


def test_a_menu_item_leads_to_one_thing(desk: Client) -> None:
    news = make.section("News", in_menu=False)
    both = add(desk, "menuitem", menu="main", section=news.pk, url="https://shop.example/", label="Shop", position=0)
    assert errors(both) == {"__all__"}
    add(desk, "menuitem", menu="main", url="shop.example", label="Shop", position=0, language="fr")
    item = MenuItem.objects.get()
    assert (item.url, item.language) == ("https://shop.example", "fr")


def settings_fields(**given: object) -> dict[str, object]:
    return {
        "name": "The Harbour Post", "language": "en", "further_languages": ["fr", "ar"],
        "newsroom_time_zone": "Europe/Lisbon", "home_time_zone": "Africa/Lagos", "palette": "broadsheet",
        "faces": "classic", **given,
    }  # fmt: skip


def save_site(client: Client, **given: object):
    return client.post(reverse(SITE, args=[1]), settings_fields(**given))


def test_settings_are_one_page_and_written_at_the_first_save(chief: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(chief)
    response = client.get(reverse("admin:articles_sitesettings_changelist"), follow=True)
    assert response.request["PATH_INFO"] == reverse(SITE, args=[1])
    assert not SiteSettings.objects.exists()
    save_site(client, telegram_url="t.me/harbourpost")
    site = SiteSettings.objects.get()
    assert (site.name, site.further_languages, site.home_time_zone) == (
        "The Harbour Post",
        ["fr", "ar"],
        "Africa/Lagos",
    )
    assert site.telegram_url == "https://t.me/harbourpost"
    assert AuditRow.objects.get(verb="site settings saved").actor == chief
    assert client.get(reverse(SITE, args=[2])).status_code == 302


def test_wording_by_language_falls_back_and_shows_what_to(desk: Client) -> None:
    fields = desk.get(reverse(SITE, args=[1])).context["adminform"].form.fields
    assert "wording_en_name" not in fields
    assert fields["wording_fr_name"].widget.attrs["placeholder"] == "The Harbour Post"
    assert fields["wording_en_follow"].widget.attrs["placeholder"] == "Follow us on"
    save_site(desk, wording_fr_name="Le Courrier du port", wording_ar_follow="", wording_en_follow="Find us on")
    site = SiteSettings.load()
    assert site.wording == {"fr": {"name": "Le Courrier du port"}, "en": {"follow": "Find us on"}}
    assert site.words("fr")["name"] == "Le Courrier du port"
    save_site(desk, wording_fr_name="")
    assert SiteSettings.load().wording == {}


def test_cities_of_the_clocks_are_worded_until_the_clock_is_of_another_place(desk: Client) -> None:
    cities = {"wording_ar_city": "لشبونة", "wording_ar_home": "لاغوس"}
    save_site(desk, **cities)
    site = SiteSettings.load()
    assert site.wording == {"ar": {"city": "لشبونة", "home": "لاغوس"}}
    assert (site.words("fr")["city"], site.words("ar")["city"]) == ("Lisbon", "لشبونة")
    fields = desk.get(reverse(SITE, args=[1])).context["adminform"].form.fields
    assert fields["wording_fr_home"].widget.attrs["placeholder"] == "Lagos"
    save_site(desk, **cities, newsroom_time_zone="Europe/Berlin")
    site = SiteSettings.load()
    assert (site.words("ar")["city"], site.words("ar")["home"]) == ("Berlin", "لاغوس")


def test_feeds_may_be_cut_to_the_standfirst(desk: Client) -> None:
    assert SiteSettings.load().feeds_whole
    assert desk.get(reverse(SITE, args=[1])).context["adminform"].form.initial["feeds_whole"]
    save_site(desk)
    assert not SiteSettings.load().feeds_whole
    save_site(desk, feeds_whole="on")
    assert SiteSettings.load().feeds_whole


def test_the_main_language_is_locked_by_the_first_publication(desk: Client) -> None:
    make.page(slug="about")
    make.page("Qui sommes-nous", slug="about", language="fr")
    save_site(desk, language="fr", further_languages=["en", "ar"])
    assert SiteSettings.load().languages == ["fr", "ar", "en"]
    assert dict(Page.objects.values_list("language", "path")) == {"fr": "/about/", "en": "/en/about/"}
    make.story(language="fr")
    save_site(desk, language="en", further_languages=["fr", "ar"])
    assert SiteSettings.load().language == "fr"


def test_a_language_with_stories_cannot_be_taken_away(desk: Client) -> None:
    make.story(language="fr")
    response = save_site(desk, further_languages=["ar"], name="Renamed")
    assert errors(response) == {"further_languages"}
    assert "Français" in str(response.context["errors"])
    assert 'value="Renamed"' in response.content.decode()
    save_site(desk, further_languages=["fr", "pt"])
    assert SiteSettings.load().languages == ["en", "fr", "pt"]


def test_bad_zone_and_address_are_refused_at_their_fields(desk: Client) -> None:
    response = save_site(desk, home_time_zone="Moon/Base", report_email="nobody", x_url="x:y")
    assert errors(response) == {"home_time_zone", "report_email", "x_url"}


def test_a_replaced_logo_is_deleted(desk: Client, django_capture_on_commit_callbacks: Callable[..., object]) -> None:
    def logo(colour: str) -> SimpleUploadedFile:
        out = BytesIO()
        Image.new("RGB", (1600, 400), colour).save(out, "PNG")
        return SimpleUploadedFile("logo.png", out.getvalue(), "image/png")

    save_site(desk, logo=logo("navy"))
    first = Path(project.MEDIA_ROOT) / SiteSettings.load().logo.name
    with Image.open(first) as picture:
        assert picture.size == (800, 200)
    with django_capture_on_commit_callbacks(execute=True):
        save_site(desk, logo=logo("maroon"))
    assert not first.exists()
    assert (Path(project.MEDIA_ROOT) / SiteSettings.load().logo.name).exists()


def test_history_is_what_the_audit_says(desk: Client, chief: User) -> None:
    section = make.section("News")
    change(desk, section, name="News", slug="news", position=3)
    html = desk.get(reverse("admin:articles_section_history", args=[section.pk])).content.decode()
    assert "section saved" in html
    assert str(chief) in html


def rows_of(model: str, number: int) -> None:
    """One more row of each kind, with all that its line in the list shows."""
    if model == "section":
        make.section(f"Part {number}", parent=make.section("News"), in_menu=False)
    elif model == "menuitem":
        MenuItem.objects.create(section=make.section(f"Part {number}", parent=make.section("News"), in_menu=False))
        MenuItem.objects.create(page=make.page(slug=f"page-{number}"))
    elif model == "series":
        make.series()
    elif model == "tag":
        Tag.objects.create(name=f"Tag {number}")
    elif model == "page":
        make.page(slug=f"page-{number}")
    elif model == "oldpath":
        OldPath.objects.create(path=f"/was-{number}/", kind="moved", target="/is/", at=timezone.now())
    elif model == "author":
        make.author(user=make.user())
    elif model == "auditrow":
        make.section(f"Part {number}")
        make.draft(actor=make.user())
    else:
        make.user()


@pytest.mark.parametrize(
    "list_page",
    ["articles_section", "articles_menuitem", "articles_series", "articles_tag", "articles_page", "articles_oldpath",
     "authors_author", "accounts_user", "accounts_auditrow"],
)  # fmt: skip
def test_lists_cost_the_same_with_one_row_and_with_three(list_page: str, desk: Client) -> None:
    model = list_page.rpartition("_")[2]

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(reverse(f"admin:{list_page}_changelist")).status_code == 200
        return len(queries)

    rows_of(model, 1)
    with_one = cost()
    rows_of(model, 2)
    rows_of(model, 3)
    assert cost() == with_one <= 10


def test_a_tag_that_is_renamed_or_deleted_is_so_on_all_its_stories_by_the_same_number_of_queries(desk: Client) -> None:
    def cost(work: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as queries:
            work()
        return len(queries)

    def links() -> list[list[str]]:
        return [
            [f"{each['name']} {each['path']}" for each in story.tag_links] for story in PublishedArticle.objects.all()
        ]

    make.story(tags=["Ferries", "Storms"])
    one = cost(lambda: change(desk, Tag.objects.get(name="Ferries"), name="Boats", slug="boats"))
    assert links() == [["Boats /tag/boats/", "Storms /tag/storms/"]]
    for _ in range(2):
        make.story(tags=["Boats", "Storms"])
    assert cost(lambda: change(desk, Tag.objects.get(name="Boats"), name="Water", slug="water")) == one
    assert links() == [["Storms /tag/storms/", "Water /tag/water/"]] * 3
    tag = Tag.objects.get(name="Storms")
    desk.post(reverse("admin:articles_tag_delete", args=[tag.pk]), {"post": "yes"})
    assert links() == [["Water /tag/water/"]] * 3
