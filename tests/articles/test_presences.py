"""Who else has a story open: told by name, forgotten when the pings stop, and never oneself as somebody else."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.roles import Role
from articles import actions, autosaves, presences
from articles.models.workflow import Presence
from tests import make
from tests.articles.desk_form import form_of, typed

pytestmark = pytest.mark.django_db


@pytest.fixture
def story():
    make.site()
    return make.draft()


def ping(desk, story, form, **more):
    address = reverse("admin:articles_article_presence", args=[story.pk])
    return desk.post(address, {"form-page": form.token, "version": story.version, **more})


def test_two_people_are_told_of_each_other(story, editor, chief, signed_in):
    mine, theirs = autosaves.open_form(editor, story.pk), autosaves.open_form(chief, story.pk)
    alone = ping(signed_in(editor), story, mine).json()
    assert (alone["here"], alone["newer"]) == ([], None)
    assert "Edith Oram has this story open" in ping(signed_in(chief), story, theirs, typing="1").json()["here"][0]
    assert "Chika Dahl is changing this story" in ping(signed_in(editor), story, mine).json()["here"][0]


def test_ones_own_second_window_is_no_somebody_else(story, editor, signed_in):
    desk = signed_in(editor)
    first, second = autosaves.open_form(editor, story.pk), autosaves.open_form(editor, story.pk)
    ping(desk, story, first)
    assert ping(desk, story, second).json()["here"] == ["You have this story open in another window."]


def test_two_windows_of_one_colleague_are_one_person(story, editor, chief):
    for form in (autosaves.open_form(chief, story.pk), autosaves.open_form(chief, story.pk)):
        presences.ping(form, is_typing=False)
    company = presences.company(autosaves.open_form(editor, story.pk))
    assert [(other.user, other.is_typing) for other in company.others] == [(chief, False)]
    assert company.own_windows == 0


def test_whoever_leaves_or_falls_silent_is_gone(story, editor, chief, signed_in):
    mine, theirs = autosaves.open_form(editor, story.pk), autosaves.open_form(chief, story.pk)
    presences.ping(theirs, is_typing=False)
    ping(signed_in(chief), story, theirs, left="1")
    assert presences.company(mine).others == []
    presences.ping(theirs, is_typing=False)
    Presence.objects.update(seen_at=timezone.now() - timedelta(seconds=36))
    assert presences.company(mine).others == []


def test_a_newer_version_is_told_with_who_and_when(story, editor, reporter, signed_in):
    form = autosaves.open_form(editor, story.pk)
    actions.save(story.pk, actor=None, content={"headline": "Theirs"})
    newer = ping(signed_in(editor), story, form).json()["newer"]
    assert newer["said"].startswith("The system saved this story at ")
    assert newer["url"] == reverse("admin:articles_article_compare", args=[story.pk]) + "?old=1&new=2"


def test_who_signed_in_anew_elsewhere_goes_on_with_the_open_form(story, editor):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(editor)
    page = browser.get(form_of(story)).content.decode()
    form = autosaves.read_token(re.search(r'name="form-page" value="([^"]+)"', page)[1])
    shown = {**typed(story), "csrfmiddlewaretoken": re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page)[1]}
    checks = reverse("admin:articles_article_checks", args=[story.pk])
    assert browser.post(checks, shown).status_code == 200
    # Signing in gives the browser another token; what the page was given is good no more.
    browser.cookies.clear()
    browser.force_login(editor)
    browser.get(reverse("admin:index"))
    assert browser.post(checks, shown).status_code == 403
    shown["csrfmiddlewaretoken"] = ping(browser, story, form).json()["token"]
    assert browser.post(checks, shown).status_code == 200


def test_nobody_pings_for_others_or_for_what_they_may_not_see(story, editor, chief, signed_in):
    form = autosaves.open_form(chief, story.pk)
    refused = ping(signed_in(editor), story, form)
    assert (refused.status_code, "token" in refused.json()) == (400, False)
    stranger = make.user(Role.CONTRIBUTOR)
    assert ping(signed_in(stranger), story, autosaves.open_form(stranger, story.pk)).status_code == 404
    assert not Presence.objects.exists()


def test_old_pings_are_forgotten(story, editor):
    presences.ping(autosaves.open_form(editor, story.pk), is_typing=False)
    Presence.objects.update(seen_at=timezone.now() - timedelta(days=2))
    autosaves.forget_old()
    assert not Presence.objects.exists()
