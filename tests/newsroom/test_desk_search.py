"""One search over all of the desk: each finds what they may see, and no more."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from articles.models.workflow import SectionLimit
from citizen_reports.models import Report
from tests import make
from tests.citizen_reports import reports
from tests.subscriptions import readers


@pytest.fixture
def paper(db: None, settings, tmp_path) -> None:
    settings.DATA_DIR = tmp_path
    make.site()


def found(client: Client, typed: str) -> dict[str, list[str]]:
    groups = client.get(reverse("admin:search"), {"q": typed}).context["groups"]
    return {group.label: [row.label for row in group.rows] for group in groups}


def test_each_kind_is_found(paper: None, chief: User, signed_in: Callable[[User], Client]) -> None:
    desk = signed_in(chief)
    section = make.section("Quayside")
    story = make.draft("A quayside opens", actor=chief, section=section, tags=["Quayside walks"])
    make.author("Quayside Miller")
    make.series("Quayside years")
    make.page("Quayside office", slug="office")
    make.picture(caption="The quayside at noon")
    make.user(Role.REPORTER, display_name="Quayside Jones")
    assert found(desk, "quayside") == {
        "Stories": ["A quayside opens"], "Pictures": ["The quayside at noon"], "Authors": ["Quayside Miller"],
        "Tags": ["Quayside walks"], "Sections": ["Quayside"], "Series": ["Quayside years"],
        "Pages": ["Quayside office"], "Staff": ["Quayside Jones"],
    }  # fmt: skip
    assert found(desk, f"#{story.pk}") == {"Stories": ["A quayside opens"]}
    assert found(desk, "palette") == {"Pages of the desk": ["Colours and typefaces"]}
    assert found(desk, "TIME zone") == {"Pages of the desk": ["Time zones of the paper", "My settings"]}


def test_witnesses_and_subscribers_are_found_exactly_and_by_whom_may(
    paper: None, editor: User, reporter: User, signed_in: Callable[[User], Client]
) -> None:
    report = reports.report(title="The bridge fell")
    subscriber = readers.reader("tamar@readers.example")
    for person, sees_report, sees_reader in (
        (editor, True, True), (reporter, True, False), (make.user(Role.CONTRIBUTOR), False, False),
    ):  # fmt: skip
        client = signed_in(person)
        assert found(client, report.reference.lower()) == ({"Reports": [report.reference]} if sees_report else {})
        assert found(client, "bridge fell") == {}
        assert found(client, report.reference[:6]) == {}
        assert ("Subscribers" in found(client, subscriber.email.upper())) == sees_reader
        assert found(client, "readers.example") == {}


def test_a_contributor_finds_no_copy_of_others_and_no_staff(
    paper: None, editor: User, signed_in: Callable[[User], Client]
) -> None:
    make.draft("Secret harbour plan", actor=editor)
    make.page("Harbour office", slug="office")
    client = signed_in(make.user(Role.CONTRIBUTOR))
    assert found(client, "harbour") == {}
    assert found(client, "Edith Oram") == {}
    assert found(client, "staff roles") == {}


def test_five_of_each_and_a_way_to_all(paper: None, editor: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(editor)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("admin:search"), {"q": "ferry fares"})
        return len(queries)

    make.draft("Ferry fares, day 0", actor=editor)
    cost()
    with_one = cost()
    for day in range(1, 7):
        make.draft(f"Ferry fares, day {day}", actor=editor)
    assert cost() == with_one <= 22
    html = client.get(reverse("admin:search"), {"q": "ferry fares"}).content.decode()
    assert html.count("Ferry fares, day") == 5
    assert 'href="/admin/articles/article/?q=ferry+fares"' in html


def test_what_finds_nothing_says_so(paper: None, editor: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(editor)
    for typed, said in (("", "are found here"), ("x", "at least two letters"), ("zzz\0 zzz", "Nothing fits “zzz zzz”")):
        assert said in client.get(reverse("admin:search"), {"q": typed}).content.decode()


def test_another_desks_report_is_not_found(paper: None, editor: User, signed_in: Callable[[User], Client]) -> None:
    report = reports.report(title="The bridge fell")
    Report.objects.update(section=make.section("Sport"))
    SectionLimit.objects.create(user=editor, section=make.section("Money"))
    assert found(signed_in(editor), report.reference) == {}
