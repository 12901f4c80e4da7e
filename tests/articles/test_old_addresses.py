"""Old addresses that the desk writes down itself: one by one, and in lists."""

import csv
from collections.abc import Callable
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditRow, User
from accounts.roles import Role
from articles import actions, actions_addresses, actions_site
from articles.actions_addresses import MOST_LINES, Outcome, bring_in, lead_on, plan
from articles.models.published import OldPath
from articles.problems import DeskProblem, NotReady
from articles.views import elsewhere
from tests import make

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
ADD = "/admin/articles/oldpath/add/"
LIST_IN, LIST_OUT = "/admin/articles/oldpath/list/in/", "/admin/articles/oldpath/list/"


@pytest.fixture(autouse=True)
def paper() -> None:
    make.site()
    make.section()
    make.page()


def moved(old: str, new: str, **more: Any) -> OldPath:
    return lead_on(old, new, actor=None, **more)


def led(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 301
    return answer.headers["Location"]


def test_an_old_address_leads_on(client: Client, editor: User) -> None:
    story = make.story()
    row = lead_on("https://old.example/2019/05/ferry%20boat.html", story.path, actor=editor)
    assert (row.path, row.target) == ("/2019/05/ferry boat.html", story.path)
    assert led(client, "/2019/05/ferry%20boat.html?utm_source=x") == f"{story.path}?utm_source=x"
    assert AuditRow.objects.get(verb="old address saved").actor == editor


@pytest.mark.parametrize("where", ["{}", "/text{}"])
def test_a_story_that_comes_back_while_it_is_looked_for_is_found(
    client: Client, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    story = make.story("The quay is open")
    actions.withdraw(story.pk, actor=None)
    find, times = elsewhere._find, []

    def publish_first(path: str) -> OldPath | None:
        if not times:
            actions.publish(story.pk, actor=None)
        times.append(path)
        return find(path)

    monkeypatch.setattr(elsewhere, "_find", publish_first)
    answer = client.get(where.format(story.path))
    assert (answer.status_code, len(times)) == (200, 1)
    assert "The quay is open" in answer.content.decode()


def test_a_folder_leads_on_with_all_below_it(client: Client) -> None:
    moved("/nachrichten/", "/news/", is_prefix=True)
    assert led(client, "/nachrichten/europa/ferry/") == "/news/europa/ferry/"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("no-slash", "/about/"), ("", "/about/"), ("/a/?p=1", "/about/"), ("/a/#b", "/about/"), ("//evil/x", "/about/"),
        ("/a//b/", "/about/"), ("/a/../b/", "/about/"), ("/a%00b/", "/about/"), ("/%ff/", "/about/"),
        ("/" + "x" * 400, "/about/"), ("javascript:alert(1)", "/about/"), ("http://[broken/x", "/about/"),
        ("/old/", "https://elsewhere.example/x/"), ("/old/", "//elsewhere.example/"), ("/old/", "/\\evil.example/"),
        ("/old/", "/nothing-here/"), ("/old/", "/tag/no-such-tag/"), ("/old/", "/de/"), ("/old/", "/old/"),
        ("/about/", "/news/"), ("/news/", "/about/"), ("/", "/about/"), ("/admin/x/", "/about/"),
        ("/report/receipt/", "/about/"), ("/corrections/", "/about/"),
    ],
)  # fmt: skip
def test_what_no_old_address_may_be_or_lead_to(old: str, new: str) -> None:
    with pytest.raises(NotReady):
        moved(old, new)
    assert OldPath.objects.count() == 0


@pytest.mark.parametrize("target", ["/", "/fr/", "/news/", "/fr/news/", "/about/", "/archive/", "/corrections/"])
def test_where_one_may_lead(client: Client, target: str) -> None:
    moved("/old/", target)
    assert led(client, "/old/") == target


def test_authors_tags_and_series_are_found(client: Client) -> None:
    story = make.story(tags=["Floods"], bylines=[make.author(slug="ada")], series=make.series(slug="after"))
    for number, target in enumerate(("/tag/floods/", "/author/ada/", "/series/after/", story.path)):
        moved(f"/old-{number}/", target)
        assert led(client, f"/old-{number}/") == target


def test_chains_are_made_short_and_circles_refused(client: Client) -> None:
    moved("/b/", "/about/")
    moved("/a/", "/b/")
    assert led(client, "/a/") == "/about/"
    OldPath.objects.create(path="/further/", kind="moved", target="/c/", at=timezone.now())
    moved("/c/", "/news/")
    assert led(client, "/further/") == "/news/"
    with pytest.raises(NotReady):
        moved("/old/news/", "/old/news/")
    moved("/x/", "/news/", is_prefix=True)
    with pytest.raises(NotReady):
        moved("/news/deep/", "/news/deep/er/", is_prefix=True)


def test_folders_that_would_send_each_other_round_are_refused() -> None:
    OldPath.objects.create(path="/news/", kind="moved", target="/latest/", is_prefix=True, at=timezone.now())
    with pytest.raises(NotReady):
        moved("/latest/", "/news/", is_prefix=True)


def test_what_a_story_keeps_by_itself_nobody_changes(editor: User) -> None:
    story = make.story(slug="ferry")
    former = story.path
    actions.save(story.pk, actor=editor, content={"slug": "boat"})
    actions.update(story.pk, actor=editor)
    row = OldPath.objects.get(path=former)
    with pytest.raises(NotReady):
        moved(former, "/about/")
    with pytest.raises(DeskProblem):
        lead_on("/other/", "/about/", actor=editor, instead_of=row)
    with pytest.raises(DeskProblem):
        actions_addresses.remove(row, actor=editor)
    actions.kill(story.pk, actor=None, notice="It was wrong.")
    with pytest.raises(NotReady):
        moved("/old/", former)


def test_a_row_is_changed_and_removed(client: Client, editor: User) -> None:
    row = moved("/old/", "/about/")
    again = lead_on("/older/", "/news/", actor=editor, instead_of=row)
    assert [each.path for each in OldPath.objects.all()] == ["/older/"]
    with pytest.raises(NotReady):
        moved("/older/", "/about/")
    actions_addresses.remove(again, actor=editor)
    assert client.get("/older/").status_code == 404


# Lists.


def outcomes(text: str) -> list[tuple[int, str]]:
    return [(line.number, line.outcome.value) for line in plan(text)]


@pytest.mark.parametrize("text", [
    "/a/,/about/\n/b/,/news/,yes\n", "\ufeffold;new;all below\r\n/a/;/about/\r\n\r\n/b/;/news/;x\r\n",
    "/a/\t/about/\n/b/\t/news/\tYES", '"/a/","/about/"\n"/b/","https://127.0.0.1:8000/news/","1"',
])  # fmt: skip
def test_lists_as_spreadsheets_write_them(client: Client, text: str) -> None:
    counts = bring_in(text, actor=None)
    assert counts == {Outcome.NEW: 2, Outcome.CHANGED: 0, Outcome.SAME: 0, Outcome.REFUSED: 0}
    assert (led(client, "/a/"), led(client, "/b/x/")) == ("/about/", "/news/x/")
    assert bring_in(text, actor=None)[Outcome.SAME] == 2
    assert OldPath.objects.count() == 2


def test_each_line_says_what_becomes_of_it() -> None:
    moved("/changed/", "/about/")
    moved("/same/", "/about/")
    text = "\n".join([
        "/new/,/about/", "/changed/,/news/", "/same/,/about/", "/new/,/about/", "/new/,/news/", "/bad/,/nothing/",
        "nonsense", '/quote/,"/about/', "/about/,/news/",
    ])  # fmt: skip
    assert outcomes(text) == [
        (1, "new"), (2, "changed"), (3, "same"), (4, "same"), (5, "refused"), (6, "refused"), (7, "refused"),
        (8, "new"), (9, "refused"),
    ]  # fmt: skip
    assert OldPath.objects.count() == 2
    assert all(line.why for line in plan(text) if line.outcome == Outcome.REFUSED)


def test_lines_that_lead_to_later_lines_are_followed_to_the_end(client: Client) -> None:
    text = "/a/,/b/\n/b/,/c/\n/c/,/about/\n/x/,/y/\n/y/,/x/\n"
    counts = bring_in(text, actor=None)
    assert (counts[Outcome.NEW], counts[Outcome.REFUSED]) == (3, 2)
    assert {led(client, path) for path in ("/a/", "/b/", "/c/")} == {"/about/"}
    assert bring_in(text, actor=None)[Outcome.SAME] == 3


def test_a_long_list_takes_few_queries_and_a_longer_one_is_refused() -> None:
    text = "".join(f"/old-{number}/,/about/\n" for number in range(MOST_LINES))
    with CaptureQueriesContext(connection) as queries:
        assert bring_in(text, actor=None)[Outcome.NEW] == MOST_LINES
    assert len(queries) < 600
    with pytest.raises(DeskProblem):
        bring_in(text + "/x/,/about/\n/y/,/about/\n", actor=None)
    assert OldPath.objects.count() == MOST_LINES


def test_what_is_written_out_can_be_brought_in(editor: User, signed_in: SignIn) -> None:
    moved("/a/", "/about/")
    moved("/b/", "/news/", is_prefix=True)
    story = make.story(slug="ferry")
    actions.kill(story.pk, actor=None, notice="Wrong.")
    answer = signed_in(editor).get(LIST_OUT)
    text = answer.getvalue().decode()
    assert answer.headers["Content-Disposition"] == 'attachment; filename="old-addresses.csv"'
    assert list(csv.reader(StringIO(text.removeprefix("\ufeff"))))[1:] == [
        ["/a/", "/about/", ""],
        ["/b/", "/news/", "yes"],
    ]
    assert bring_in(text, actor=editor)[Outcome.SAME] == 2


# The desk's pages.


def test_an_editor_adds_changes_and_removes(client: Client, editor: User, signed_in: SignIn) -> None:
    desk = signed_in(editor)
    refused = desk.post(ADD, {"path": "/old/", "target": "/nothing/"})
    assert "Readers find nothing at the new address." in refused.content.decode()
    assert 'value="/old/"' in refused.content.decode()
    desk.post(ADD, {"path": "/old/", "target": "/about/"})
    row = OldPath.objects.get()
    change = reverse("admin:articles_oldpath_change", args=[row.pk])
    assert 'value="/about/"' in desk.get(change).content.decode()
    desk.post(change, {"path": "/old/", "target": "/news/", "is_prefix": "on"})
    assert led(client, "/old/x/") == "/news/x/"
    desk.post(reverse("admin:articles_oldpath_delete", args=[row.pk]), {"post": "yes"})
    assert OldPath.objects.count() == 0


def test_a_storys_own_row_is_there_to_look_at(editor: User, signed_in: SignIn) -> None:
    story = make.story(slug="ferry")
    actions.kill(story.pk, actor=None, notice="Wrong <from> the start.")
    change = reverse("admin:articles_oldpath_change", args=[OldPath.objects.get().pk])
    shown = signed_in(editor).get(change).content.decode()
    assert "Wrong &lt;from&gt; the start." in shown
    assert 'name="target"' not in shown
    assert signed_in(editor).post(change, {"path": story.path, "target": "/about/"}).status_code == 403


def upload(text: bytes) -> dict[str, Any]:
    file = BytesIO(text)
    file.name = "moved.csv"
    return {"file": file}


def test_a_list_is_tried_before_it_is_written(client: Client, editor: User, signed_in: SignIn) -> None:
    desk = signed_in(editor)
    tried = desk.post(LIST_IN, upload("\ufeff/a/;/about/\n/b/;/nöthing/<x>\n".encode()))
    shown = tried.content.decode()
    assert "1 line would be written." in shown
    assert "Readers find nothing at the new address." in shown
    assert "/nöthing/&lt;x&gt;" in shown
    assert OldPath.objects.count() == 0
    done = desk.post(LIST_IN, {"text": tried.context["text"], "_sure": "1"}, follow=True)
    assert "1 old address leads on now." in done.content.decode()
    assert "1 line was left out." in done.content.decode()
    assert led(client, "/a/") == "/about/"


@pytest.mark.parametrize(
    ("sent", "said"),
    [(b"", "Choose a file with at least one line."), ("/é/,/about/".encode("latin-1"), "This file is not in UTF-8."),
     (b"/a/,/about/\n" * (MOST_LINES + 2), "At most 10000 lines at a time.")],
)  # fmt: skip
def test_lists_that_cannot_be_read(editor: User, signed_in: SignIn, sent: bytes, said: str) -> None:
    assert said in signed_in(editor).post(LIST_IN, upload(sent) if sent else {}).content.decode()
    assert OldPath.objects.count() == 0


@pytest.mark.parametrize("role", [None, *Role])
def test_who_may_bring_lists_in_and_out(role: Role | None, signed_in: SignIn) -> None:
    client = signed_in(make.user(role)) if role else Client()
    may = role in {Role.EDITOR, Role.CHIEF}
    assert (client.get(LIST_IN).status_code == 200) == may
    assert (client.get(LIST_OUT).status_code == 200) == may
    client.post(LIST_IN, {"text": "/a/,/about/", "_sure": "1"})
    client.post(ADD, {"path": "/b/", "target": "/about/"})
    assert OldPath.objects.count() == (2 if may else 0)


def test_a_section_that_was_renamed_is_no_obstacle(client: Client, chief: User) -> None:
    section = make.section()
    section.slug = "latest"
    actions_site.save_section(section, actor=chief)
    moved("/nachrichten/", "/news/")
    assert led(client, "/nachrichten/") == "/latest/"
