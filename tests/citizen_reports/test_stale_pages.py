"""Pages that were open for a while, keys pressed by mistake and double clicks: nothing of a colleague's is undone."""

import pytest
from django.test import Client

from accounts.models import User
from citizen_reports import sorting
from tests.citizen_reports import posts, reports
from tests.citizen_reports.test_inbox import INBOX, do, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(signed_in, editor: User) -> Client:
    return signed_in(editor)


def test_what_was_sorted_since_the_page_was_loaded_is_left_alone(desk, editor, chief):
    report = reports.report()
    seen = posts.hidden(desk.get(page(report)).content.decode(), "seen")
    sorting.sort(report.pk, actor=chief, priority="high", assignee=chief.pk)
    answer = do(desk, report, "sort", priority="normal", assignee=str(editor.pk), seen=seen)
    assert (answer.status_code, "This has changed meanwhile" in answer.content.decode()) == (409, True)
    report.refresh_from_db()
    assert (report.priority, report.assigned_to) == ("high", chief)
    seen = posts.hidden(answer.content.decode(), "seen")
    do(desk, report, "sort", priority="high", assignee=str(editor.pk), seen=seen)
    report.refresh_from_db()
    assert report.assigned_to == editor


def test_an_answer_that_is_sent_by_a_double_click_is_one(desk):
    report = reports.report()
    once = posts.hidden(desk.get(page(report)).content.decode(), "once")
    for verb in ("answer", "answer", "note", "note"):
        assert do(desk, report, verb, text="Thank you.", once=f"{once} {verb}").status_code == 302
    assert sorted(report.messages.values_list("direction", flat=True)) == ["internal", "to"]
    do(desk, report, "answer", text="Thank you.", once=posts.hidden(desk.get(page(report)).content.decode(), "once"))
    assert report.messages.count() == 3


def test_from_the_next_report_a_link_leads_back_to_the_one_that_was_set_aside(desk):
    mistaken, other = reports.report(), reports.report()
    shown = desk.post(f"{INBOX}{mistaken.pk}/do/move/", {"to": "declined"}, follow=True)
    assert shown.redirect_chain[-1][0] in (page(other), INBOX)
    assert f'<a href="{page(mistaken)}">{mistaken.reference}</a>: done.' in shown.content.decode()
