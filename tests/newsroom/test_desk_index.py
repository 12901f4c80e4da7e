from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from articles import actions
from tests import make

INDEX = "admin:index"


def test_first_page_shows_my_drafts_changes_and_what_was_published(
    editor: User, reporter: User, signed_in: Callable[[User], Client]
) -> None:
    make.site()
    make.draft("Begun by me", actor=editor)
    author = make.author("Edith Oram", user=editor)
    make.draft("Signed by me", actor=reporter, bylines=[author])
    make.draft("Begun by another", actor=reporter)
    published = make.story("Ferry is back")
    changed = make.draft("Bridge stays shut", actor=editor)
    actions.publish(changed.pk, actor=editor)
    actions.save(changed.pk, actor=editor, content={"headline": "Bridge opens"})

    response = signed_in(editor).get(reverse(INDEX))

    assert {story.headline for story in response.context["my_drafts"]} == {"Begun by me", "Signed by me"}
    assert [story.headline for story in response.context["unpublished_changes"]] == ["Bridge opens"]
    html = response.content.decode()
    assert f'href="{published.path}"' in html
    assert "Begun by another" not in html


def test_a_contributor_sees_no_copy_of_others(signed_in: Callable[[User], Client], editor: User) -> None:
    contributor = make.user("contributor")
    changed = make.draft("Bridge stays shut", actor=editor)
    actions.publish(changed.pk, actor=editor)
    actions.save(changed.pk, actor=editor, content={"headline": "Bridge opens at noon"})
    html = signed_in(contributor).get(reverse(INDEX)).content.decode()
    assert "Bridge stays shut" in html  # as every reader sees it
    assert "Bridge opens at noon" not in html


@pytest.mark.django_db
def test_cost_of_first_page_does_not_grow(chief: User, signed_in: Callable[[User], Client]) -> None:
    make.site()
    client = signed_in(chief)
    client.get(reverse(INDEX))

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(reverse(INDEX)).status_code == 200
        return len(queries)

    def more() -> None:
        make.draft(actor=chief)
        changed = make.draft(actor=chief)
        actions.publish(changed.pk, actor=chief)
        actions.save(changed.pk, actor=chief, content={"kicker": "New"})

    more()
    with_one = cost()
    more()
    more()
    assert cost() == with_one <= 13


def test_a_worker_that_does_not_run_is_seen(chief: User, signed_in: Callable[[User], Client]) -> None:
    html = signed_in(chief).get(reverse(INDEX)).content.decode()
    assert "The worker is not running" in html
    assert reverse("admin:jobs_chore_changelist") in html


def test_witnesses_who_wait_and_letters_in_trouble_are_seen_by_those_who_may(
    editor: User, reporter: User, signed_in: Callable[[User], Client], settings, tmp_path
) -> None:
    settings.DATA_DIR = tmp_path
    from tests.citizen_reports import reports

    waiting = reports.report(title="The bridge fell")
    reports.report(title="Done with", state="closed")
    address = reverse("admin:citizen_reports_report_change", args=[waiting.pk])
    for person, sees in ((editor, True), (reporter, True), (make.user("contributor"), False)):
        html = signed_in(person).get(reverse(INDEX)).content.decode()
        assert (address in html) == ("The bridge fell" in html) == sees
        assert "Done with" not in html
