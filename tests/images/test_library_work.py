"""The library kept in order: many pictures changed at once, what is used nowhere found, and taken out for good."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditRow, User
from accounts.roles import Role
from articles import actions
from images.admin import PictureAdmin
from images.models import Picture, Rights, Video
from tests import make, stored

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
SignIn = Callable[[User], Client]
LIST = reverse("admin:images_picture_changelist")


def three() -> list[Picture]:
    return [
        make.picture((90, 60), colour, caption=f"The {colour} quay", rights_from=date(2026, 5, 1))
        for colour in ("teal", "navy", "maroon")
    ]


def chosen(pictures: list[Picture], **written: Any) -> dict[str, Any]:
    """What a browser sends from the list, or from the form if anything is written."""
    sent = {"action": "set_rights", "_selected_action": [picture.pk for picture in pictures]}
    return {**sent, "apply": "1", **written} if written else {**sent, "index": "0"}


def removing(picture: Picture) -> str:
    return reverse("admin:images_picture_delete", args=[picture.pk])


def test_credit_and_rights_are_written_on_all_that_were_chosen(reporter: User, signed_in: SignIn) -> None:
    client, pictures = signed_in(reporter), three()
    form = client.post(LIST, chosen(pictures[:2])).content.decode()
    assert "The teal quay" in form and "The navy quay" in form and "The maroon quay" not in form
    assert Picture.objects.filter(credit="Amira Holt").count() == 3

    sent = chosen(pictures[:2], credit="Harbour Press", rights=Rights.AGENCY, rights_until="2026-12-31")
    told = client.post(LIST, sent, follow=True).content.decode()
    assert "2 pictures were changed." in told
    changed, also, left = [Picture.objects.get(pk=picture.pk) for picture in pictures]
    for each in (changed, also):
        assert (each.credit, each.rights, each.rights_until) == ("Harbour Press", Rights.AGENCY, date(2026, 12, 31))
        assert (each.rights_from, each.caption) == (date(2026, 5, 1), f"The {each.caption.split()[1]} quay")
    assert (left.credit, left.rights) == ("Amira Holt", Rights.OWN)
    rows = AuditRow.objects.filter(verb="picture changed")
    assert {(row.actor, row.thing_number) for row in rows} == {(reporter, str(each.pk)) for each in (changed, also)}
    assert rows[0].detail == {"fields": ["credit", "rights", "rights_until"]}

    client.post(LIST, chosen(pictures[:1], without_end="on"))
    assert Picture.objects.get(pk=changed.pk).rights_until is None


def test_who_chooses_a_whole_library_is_told_where_the_form_ends(
    reporter: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PictureAdmin, "list_per_page", 2)
    client, pictures = signed_in(reporter), three()
    all_of_them = {**chosen(pictures), "select_across": "1"}
    form = client.post(LIST, all_of_them).content.decode()
    assert "You chose more than 2 pictures. These are the first 2: go on page by page." in form
    assert form.count('name="_selected_action"') == 2
    assert "You chose more than" not in client.post(LIST, chosen(pictures[:2])).content.decode()


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ({"credit": ""}, "Fill in what is to be written"),
        ({"rights_until": "2026-04-30"}, "could then never be used"),
        ({"rights_until": "2026-12-31", "without_end": "on"}, "Either a last day or no end."),
        ({"rights": "stolen"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_written(
    written: dict[str, str], word: str, reporter: User, signed_in: SignIn
) -> None:
    pictures = three()
    text = signed_in(reporter).post(LIST, chosen(pictures, **written)).content.decode()
    assert word in text and "Nothing was written yet." in text
    assert not AuditRow.objects.filter(verb="picture changed").exists()


def test_a_contributor_chooses_nothing(signed_in: SignIn) -> None:
    pictures, client = three(), signed_in(make.user(Role.CONTRIBUTOR))
    assert 'name="_selected_action"' not in client.get(LIST).content.decode()
    client.post(LIST, chosen(pictures, credit="Mine"))
    assert not Picture.objects.filter(credit="Mine").exists()


def test_used_nowhere_is_what_no_row_and_no_text_at_work_names(reporter: User, signed_in: SignIn) -> None:
    live, lead, text, poster, _unused, taken_off = [
        make.picture((90, 60), colour, caption=f"The {colour} quay")
        for colour in ("teal", "navy", "maroon", "olive", "gray", "lime")
    ]
    make.story(body=f'<p>Noon.</p><figure data-image="{live.pk}"></figure>')
    make.draft(lead_picture=lead.pk)
    make.draft(body=f'<p>Noon.</p><figure data-image="{text.pk}"></figure>')
    story = make.story(body=f'<p>Noon.</p><figure data-image="{taken_off.pk}"></figure>')
    actions.save(story.pk, actor=None, content={"body": "<p>Noon.</p>"})
    actions.update(story.pk, actor=None)
    Video.objects.create(original="0" * 32, form="mp4", size=1, sha256="0" * 64, poster=poster)
    client = signed_in(reporter)
    html = client.get(LIST, {"used": "nowhere"}).content.decode()
    shown = {colour for colour in ("teal", "navy", "maroon", "olive", "gray", "lime") if f"The {colour} quay" in html}
    assert shown == {"gray", "lime"}


@pytest.mark.parametrize("query", ["", "used=nowhere", "rights_end=30", "q=quay"])
def test_the_list_asks_as_much_for_three_as_for_one(query: str, reporter: User, signed_in: SignIn) -> None:
    client, asked = signed_in(reporter), []
    client.get(LIST)
    for colours in (["teal"], ["navy", "maroon"]):
        for colour in colours:
            make.picture((90, 60), colour, caption=f"The {colour} quay", rights_until=date(2999, 1, 1))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(f"{LIST}?{query}").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 8


def test_an_editor_takes_out_what_is_used_nowhere(
    files: Path, editor: User, signed_in: SignIn, django_capture_on_commit_callbacks: Callable
) -> None:
    picture, client = make.picture(caption="The quay"), signed_in(editor)
    page = client.get(reverse("admin:images_picture_change", args=[picture.pk])).content.decode()
    assert removing(picture) in page
    assert "It is used nowhere." in client.get(removing(picture)).content.decode()
    assert Picture.objects.exists()

    with django_capture_on_commit_callbacks(execute=True):
        told = client.post(removing(picture), follow=True).content.decode()
    assert "“The quay” is gone, with its file." in told
    assert not Picture.objects.exists()
    assert not stored.original(picture.original).exists()
    row = AuditRow.objects.get(verb="picture removed")
    assert (row.actor, row.label, row.thing_number) == (editor, "The quay", str(picture.pk))
    assert client.get(removing(picture)).status_code == 404


@pytest.mark.parametrize("use", ["live", "lead", "text", "poster"])
def test_what_is_in_use_stays(use: str, files: Path, editor: User, signed_in: SignIn) -> None:
    picture, client = make.picture(), signed_in(editor)
    figure = f'<p>Noon.</p><figure data-image="{picture.pk}"></figure>'
    if use == "live":
        make.story("Ferry is back", body=figure)
    elif use == "lead":
        make.draft("Ferry is back", lead_picture=picture.pk)
    elif use == "text":
        make.draft("Ferry is back", body=figure)
    else:
        film = {"original": "0" * 32, "form": "mp4", "size": 1, "sha256": "0" * 64}
        Video.objects.create(**film, caption="Ferry is back", poster=picture)
    assert "Ferry is back" in client.get(removing(picture)).content.decode()
    assert "The picture is in use, and stays." in client.post(removing(picture), follow=True).content.decode()
    assert Picture.objects.get() == picture
    assert stored.original(picture.original).exists()


def test_a_reporter_takes_nothing_out(reporter: User, signed_in: SignIn) -> None:
    picture, client = make.picture(), signed_in(reporter)
    assert (
        removing(picture) not in client.get(reverse("admin:images_picture_change", args=[picture.pk])).content.decode()
    )
    assert client.post(removing(picture)).status_code == 403
    assert Picture.objects.get() == picture
