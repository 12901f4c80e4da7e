"""Before a dangerous verb: is it still the person who signed in? What was typed is not lost."""

import re
from collections.abc import Callable
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditRow, User
from accounts.roles import Role
from articles.models.desk import Article, State
from articles.models.places import Tag
from citizen_reports.models.reports import ReportEvent
from tests import make
from tests.accounts.flows import add_app, code, long_ago
from tests.citizen_reports.reports import named

TYPED = {
    "email": "nora@paper.example", "display_name": 'Nora "Vale" <b>\nsecond', "role": "reporter", "language": "fr",
    "time_zone": "Europe/Lisbon", "is_active": "on",
}  # fmt: skip
ADD = "admin:accounts_user_add"


@pytest.fixture
def desk(chief: User, signed_in: Callable[[User], Client]) -> Client:
    client = signed_in(chief)
    long_ago(client)
    return client


def carried(html: str) -> dict[str, str]:
    """What the asking page's password form carries along."""
    form = next(each for each in re.findall(r"<form.*?</form>", html, re.DOTALL) if "confirm-password" in each)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    typed = dict(re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', form, re.DOTALL))
    found = {**hidden, **typed}
    return {name: unescape(value) for name, value in found.items() if name != "csrfmiddlewaretoken"}


def test_the_form_is_shown_after_the_password_and_not_before(desk: Client) -> None:
    html = desk.get(reverse(ADD)).content.decode()
    assert "Is it you?" in html and 'name="display_name"' not in html
    back = desk.post(reverse(ADD), {**carried(html), "_confirm_password": make.PASSWORD})
    assert back.headers["Location"] == reverse(ADD)
    assert 'name="display_name"' in desk.get(reverse(ADD)).content.decode()


def test_what_was_posted_travels_on_and_nothing_is_saved_before(desk: Client) -> None:
    html = desk.post(reverse(ADD), TYPED).content.decode()
    assert "What you typed is kept" in html
    assert not User.objects.filter(email="nora@paper.example").exists()
    wrong = desk.post(reverse(ADD), {**carried(html), "_confirm_password": "guess"}).content.decode()
    assert "That is not right" in wrong
    assert not User.objects.filter(email="nora@paper.example").exists()
    assert carried(wrong) == carried(html)
    desk.post(reverse(ADD), {**carried(wrong), "_confirm_password": make.PASSWORD})
    nora = User.objects.get(email="nora@paper.example")
    assert nora.display_name == 'Nora "Vale" <b>\nsecond'


def test_a_code_does_as_well_and_is_used_up(desk: Client, chief: User) -> None:
    used = code(add_app(chief))
    html = desk.post(reverse(ADD), TYPED).content.decode()
    desk.post(reverse(ADD), {**carried(html), "_confirm_code": used})
    assert User.objects.filter(email="nora@paper.example").exists()
    long_ago(desk)
    session = desk.session
    session["desk_confirmed"] -= 3600
    session.save()
    html = desk.post(reverse(ADD), {**TYPED, "email": "zoe@paper.example"}).content.decode()
    again = desk.post(reverse(ADD), {**carried(html), "_confirm_code": used}).content.decode()
    assert "was used before" in again
    assert not User.objects.filter(email="zoe@paper.example").exists()


def test_guessing_is_braked(desk: Client) -> None:
    for _guess in range(10):
        desk.post(reverse(ADD), {**TYPED, "_confirm": "1", "_confirm_password": "guess"})
    html = desk.post(reverse(ADD), {**TYPED, "_confirm": "1", "_confirm_password": make.PASSWORD}).content.decode()
    assert "Too many attempts" in html
    assert not User.objects.filter(email="nora@paper.example").exists()


def test_somebody_elses_password_or_code_is_no_answer(desk: Client) -> None:
    other = make.user(Role.CHIEF)
    used = code(add_app(other))
    desk.post(reverse(ADD), {**TYPED, "_confirm": "1", "_confirm_code": used})
    assert not User.objects.filter(email="nora@paper.example").exists()


def test_the_mark_of_an_answer_alone_opens_nothing(desk: Client) -> None:
    html = desk.post(reverse(ADD), {**TYPED, "_confirm": "1", "_confirm_method": "POST"}).content.decode()
    assert "That is not right" in html
    assert not User.objects.filter(email="nora@paper.example").exists()


def test_nobody_is_asked_what_they_may_not_do(editor: User, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(editor)
    long_ago(client)
    assert client.post(reverse(ADD), TYPED).status_code == 403
    assert client.get(reverse("admin:accounts_auditrow_export")).status_code == 403


def test_looking_at_the_list_asks_nothing_but_every_verb_does(desk: Client, chief: User, editor: User) -> None:
    assert "Edith Oram" in desk.get(reverse("admin:accounts_user_changelist")).content.decode()
    for address in (
        reverse("admin:accounts_user_change", args=[editor.pk]),
        reverse("admin:accounts_user_verb", args=[editor.pk, "sign-out"]),
        reverse("admin:accounts_auditrow_export"),
    ):
        assert "Is it you?" in desk.post(address, TYPED).content.decode()
    editor.refresh_from_db()
    assert editor.display_name == "Edith Oram"
    assert AuditRow.objects.count() == 0


def test_a_story_is_killed_only_by_who_is_really_there(desk: Client) -> None:
    story = make.story("The bridge opens")
    address = reverse("admin:articles_article_kill", args=[story.pk])
    html = desk.get(address).content.decode()
    assert "Is it you?" in html and 'name="notice"' not in html
    typed = {"notice": "This was wrong.", "reason": "The source withdrew.", "sure": "on"}
    html = desk.post(address, typed).content.decode()
    assert "What you typed is kept" in html
    assert Article.objects.get(pk=story.pk).state == State.PUBLISHED
    desk.post(address, {**carried(html), "_confirm_password": make.PASSWORD})
    assert Article.objects.get(pk=story.pk).state == State.KILLED


def test_tags_are_merged_only_by_who_is_really_there(desk: Client) -> None:
    gone, stays = (Tag.objects.create(name=name, slug=name) for name in ("ferrys", "ferries"))
    address = reverse("admin:articles_article_merge_tag", args=[gone.pk])
    html = desk.post(address, {"into": stays.pk, "_sure": "1"}).content.decode()
    assert Tag.objects.filter(pk=gone.pk).exists()
    desk.post(address, {**carried(html), "_confirm_password": make.PASSWORD})
    assert not Tag.objects.filter(pk=gone.pk).exists()


def test_who_the_witness_is_learns_only_who_is_really_there(desk: Client) -> None:
    witness = named()
    address = reverse("admin:citizen_reports_report_do", args=[witness.pk, "identity"])
    html = desk.post(address, {"reason": "To call her."}).content.decode()
    assert "Is it you?" in html
    assert not ReportEvent.objects.filter(verb="identity_seen").exists()
    desk.post(address, {**carried(html), "_confirm_password": make.PASSWORD})
    assert ReportEvent.objects.filter(verb="identity_seen").exists()
