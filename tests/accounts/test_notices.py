from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import notices
from accounts.models import Notice, User
from accounts.roles import Role
from tests import make
from tests.accounts.flows import send_letters

SENT_BACK = gettext_noop("%(headline)s was sent back to you.")


def tell(*users: User, actor: User | None = None, headline: str = "Ferry 100 % late", url: str = "/admin/") -> int:
    return notices.tell(users, SENT_BACK, url, actor, headline=headline)


def test_everybody_concerned_is_told_but_whoever_did_it(editor: User, reporter: User) -> None:
    off = make.user(Role.REPORTER, is_active=False)
    assert tell(editor, reporter, reporter, off, actor=editor) == 1
    assert Notice.objects.get().user == reporter
    assert Notice.objects.get().text == "Ferry 100 % late was sent back to you."


def test_the_bell_counts_and_the_page_leads_on(reporter: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(reporter)
    assert 'class="count"' not in client.get(reverse("admin:index")).content.decode()
    empty = client.get(reverse("admin:notices")).content.decode()
    assert "Nothing yet" in empty and "Mark all as read" not in empty
    tell(reporter, headline="One", url=reverse("admin:authors_author_changelist"))
    tell(reporter, headline="Two <b>")
    assert '<span class="count">2</span>' in client.get(reverse("admin:index")).content.decode()
    html = client.get(reverse("admin:notices")).content.decode()
    assert html.index("Two &lt;b&gt; was sent back") < html.index("One was sent back")
    first = Notice.objects.get(params__headline="One")
    gone = client.get(reverse("admin:notice", args=[first.pk]))
    assert gone.headers["Location"] == reverse("admin:authors_author_changelist")
    assert '<span class="count">1</span>' in client.get(reverse("admin:index")).content.decode()
    client.post(reverse("admin:notices"))
    assert not Notice.objects.filter(read_at=None).exists()


def test_notices_of_others_are_neither_seen_nor_read(
    reporter: User, editor: User, signed_in: Callable[[User], Client]
) -> None:
    tell(editor)
    client = signed_in(reporter)
    assert client.get(reverse("admin:notice", args=[Notice.objects.get().pk])).status_code == 404
    client.post(reverse("admin:notices"))
    assert Notice.objects.get().read_at is None
    assert "Ferry" not in client.get(reverse("admin:notices")).content.decode()


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_notice_leads_to_no_other_site(url: str, reporter: User, signed_in: Callable[[User], Client]) -> None:
    tell(reporter, url=url)
    address = reverse("admin:notice", args=[Notice.objects.get().pk])
    assert signed_in(reporter).get(address).headers["Location"] == reverse("admin:notices")


def test_the_bell_costs_one_query(
    reporter: User, signed_in: Callable[[User], Client], django_assert_num_queries
) -> None:
    for number in range(3):
        tell(reporter, headline=str(number))
    with django_assert_num_queries(1):
        assert notices.unread(reporter) == 3


def test_the_list_asks_as_much_for_three_as_for_one(
    reporter: User, signed_in: Callable[[User], Client], django_assert_max_num_queries
) -> None:
    client = signed_in(reporter)
    tell(reporter)
    for _round in range(2):
        with django_assert_max_num_queries(8):
            client.get(reverse("admin:notices"))
        tell(reporter)
        tell(reporter)


def test_older_ones_are_a_page_further(reporter: User, signed_in: Callable[[User], Client]) -> None:
    for number in range(53):
        tell(reporter, headline=f"Story {number}.")
    client = signed_in(reporter)
    html = client.get(reverse("admin:notices"), {"p": "2"}).content.decode()
    assert "Story 2. was" in html and "Story 3. was" not in html
    assert client.get(reverse("admin:notices"), {"p": "99"}).status_code == 302


def test_several_at_once_are_one_mail_in_the_persons_language(editor: User, settings: object) -> None:
    settings.SITE_URL = "https://paper.example"
    tell(editor, headline="One", url="/admin/1/")
    tell(editor, headline="Two")
    (letter,) = send_letters()
    assert letter.to == [editor.email]
    assert "One was sent back to you.\nhttps://paper.example/admin/1/" in letter.body and "Two" in letter.body
    assert letter.subject == "2 notices from the desk"
    assert send_letters() == []


def test_what_was_read_in_the_desk_is_not_mailed(editor: User) -> None:
    tell(editor)
    notices.mark_read(editor)
    assert send_letters() == []


def test_who_wants_no_mail_gets_none(editor: User) -> None:
    User.objects.filter(pk=editor.pk).update(notices_by_mail="none")
    editor.refresh_from_db()
    tell(editor)
    assert send_letters() == []
    assert notices.unread(editor) == 1


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (datetime(2026, 3, 2, 5, 0, tzinfo=UTC), datetime(2026, 3, 2, 6, 0, tzinfo=UTC)),
        (datetime(2026, 3, 2, 6, 30, tzinfo=UTC), datetime(2026, 3, 3, 6, 0, tzinfo=UTC)),
        (datetime(2026, 3, 28, 12, 0, tzinfo=UTC), datetime(2026, 3, 29, 5, 0, tzinfo=UTC)),  # the clocks go forward
    ],
)
def test_daily_means_seven_in_the_morning_where_the_person_is(
    now: datetime, due: datetime, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    User.objects.filter(pk=editor.pk).update(notices_by_mail="daily", time_zone="Europe/Berlin")
    editor.refresh_from_db()
    monkeypatch.setattr(notices.timezone, "now", lambda: now)
    tell(editor)
    assert Notice.objects.get().mail_at == due


def test_a_mail_that_fails_is_tried_again_later(editor: User, settings: object, caplog) -> None:
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    tell(editor)
    assert send_letters() == []
    assert Notice.objects.get().mail_at > timezone.now()
    assert editor.email not in caplog.text
    settings.EMAIL_BACKEND = backend
    assert notices.send_due() == 0
    assert len(send_letters()) == 1
    assert Notice.objects.get().mail_at is None


def test_nothing_stale_is_mailed_and_old_ones_go(editor: User) -> None:
    tell(editor)
    Notice.objects.update(at=timezone.now() - timedelta(days=3))
    assert send_letters() == [] == mail.outbox
    Notice.objects.update(at=timezone.now() - timedelta(days=91))
    assert notices.forget_old() == 1
