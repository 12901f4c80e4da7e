from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditRow, User
from accounts.roles import Role
from articles.models.fronts import Front
from images import registry
from images.models import Picture, Rights
from tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
SignIn = Callable[[User], Client]
LIST, UPLOAD, CHOOSE = (reverse(f"admin:images_picture_{page}") for page in ("changelist", "add", "choose"))


def page_of(picture: Picture) -> str:
    return reverse("admin:images_picture_change", args=[picture.pk])


def replacing(picture: Picture) -> str:
    return reverse("admin:images_picture_replace", args=[picture.pk])


def named(file: BytesIO, name: str) -> BytesIO:
    file.name = name
    return file


def filled(picture: Picture, **changes: Any) -> dict[str, Any]:
    """What a browser would send from the picture's page."""
    kept = ("alt_text", "caption", "credit", "place", "rights", "rights_note", "focal_x", "focal_y")
    return {**{name: getattr(picture, name) for name in kept}, "blurred_parts": "", **changes}


def test_many_files_at_once_and_a_bad_one_loses_no_other(reporter: User, signed_in: SignIn) -> None:
    files = [
        named(make.picture_file((90, 60)), "quay.jpg"),
        named(BytesIO(b"<html>"), "page.jpg"),
        named(make.picture_file((90, 60), "navy"), "pier.jpg"),
    ]
    text = signed_in(reporter).post(UPLOAD, {"files": files}).content.decode()
    assert Picture.objects.filter(uploaded_by=reporter).count() == 2
    assert "not a picture that can be read" in text
    assert all(name in text for name in ("quay.jpg", "page.jpg", "pier.jpg"))
    assert all(page_of(picture) in text for picture in Picture.objects.all())


def test_a_script_is_told_the_same_as_json(reporter: User, signed_in: SignIn) -> None:
    client = signed_in(reporter)
    good, bad = (
        client.post(UPLOAD, {"files": [file]}, headers={"accept": "application/json"}).json()["files"][0]
        for file in (named(make.picture_file(), "quay.jpg"), named(BytesIO(b"GIF89a"), "torn.gif"))
    )
    assert (good["name"], good["url"], good["error"]) == ("quay.jpg", page_of(Picture.objects.get()), "")
    assert b"".join(client.get(good["thumb"]).streaming_content)[8:12] == b"WEBP"
    assert (good["known"], good["alike"]) == (False, [])
    assert (bad["name"], bad["url"], bad["alike"]) == ("torn.gif", "", [])
    assert "not a picture" in bad["error"]


def test_what_looks_alike_is_named_at_once(reporter: User, signed_in: SignIn) -> None:
    client = signed_in(reporter)
    twin = make.picture((120, 80), caption="The <b>twin</b>")

    def send(size: tuple[int, int]) -> dict[str, Any]:
        file = named(make.picture_file(size), "quay.jpg")
        return client.post(UPLOAD, {"files": [file]}, headers={"accept": "application/json"}).json()["files"][0]

    [other] = send((90, 60))["alike"]
    assert (other["name"], other["url"]) == ("The <b>twin</b>", page_of(twin))
    assert other["thumb"].startswith(f"/pictures/{twin.pk}-1-square-")
    again = send((90, 60))
    assert (again["known"], again["alike"], Picture.objects.count()) == (True, [], 2)

    files = [named(make.picture_file((150, 100)), "a.jpg"), named(BytesIO(b"no"), "b.jpg")]
    text = client.post(UPLOAD, {"files": files}).content.decode()
    assert "Looks like" in text and "The &lt;b&gt;twin&lt;/b&gt;" in text


def test_one_good_file_leads_to_its_page_and_none_to_a_word(reporter: User, signed_in: SignIn) -> None:
    client = signed_in(reporter)
    response = client.post(UPLOAD, {"files": [named(make.picture_file(), "quay.jpg")]})
    assert response["Location"] == page_of(Picture.objects.get())
    assert "Choose at least one picture." in client.post(UPLOAD).content.decode()


def test_the_grid_asks_as_much_for_three_as_for_one(reporter: User, signed_in: SignIn) -> None:
    client = signed_in(reporter)
    asked = []
    for colours in (["teal"], ["navy", "maroon"]):
        for colour in colours:
            make.picture((90, 60), colour, caption=f"The {colour} quay")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text = client.get(LIST).content.decode()
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert all(f"The {colour} quay" in text for colour in ("teal", "navy", "maroon"))
    assert text.count("<img") == 3


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=harbour", {"searched"}), ("q=ETUDIANTS", {"mine"}),
        ("rights__exact=unknown", {"uncleared"}), ("missing=alt_text", {"undescribed"}),
        ("missing=expired", {"expired"}), ("is_sensitive__exact=1", {"graphic"}), ("missing=nonsense", None),
        ("missing=rights", {"uncleared"}), ("rights_end=7", {"ending"}), ("rights_end=30", {"ending", "ending later"}),
        ("rights_end=x", None), ("whose=mine", {"mine"}), ("whose=x", None), ("used=x", None),
    ],
)  # fmt: skip
def test_the_library_is_searched_and_filtered(
    query: str, found: set[str] | None, reporter: User, signed_in: SignIn
) -> None:
    today = timezone.localdate()
    yesterday = today - timedelta(days=1)
    every: dict[str, dict[str, Any]] = {
        "searched": {"place": "Harbour of Selin"}, "uncleared": {"rights": Rights.UNKNOWN},
        "undescribed": {"alt_text": ""}, "expired": {"rights_until": yesterday}, "graphic": {"is_sensitive": True},
        "decorative": {"alt_text": "", "is_decorative": True}, "ending": {"rights_until": today},
        "ending later": {"rights_until": today + timedelta(days=20)}, "mine": {"place": "Selin, quai des Étudiants"},
    }  # fmt: skip
    for number, (name, fields) in enumerate(every.items()):
        picture = make.picture((90, 60), f"#{number}0ff00", caption=f"The {name} one", **fields)
        Picture.objects.filter(pk=picture.pk).update(uploaded_by=reporter if name == "mine" else None)
    text = signed_in(reporter).get(f"{LIST}?{query}", follow=True).content.decode()
    assert {name for name in every if f"The {name} one" in text} == (set(every) if found is None else found)


def test_an_empty_library_says_what_to_do(reporter: User, signed_in: SignIn) -> None:
    client = signed_in(reporter)
    assert "The first ones you upload will stand here." in client.get(LIST).content.decode()
    assert "No picture fits." in client.get(f"{LIST}?q=harbour").content.decode()


def test_what_is_written_on_its_page_is_kept(reporter: User, signed_in: SignIn) -> None:
    picture = make.picture()
    sent = filled(picture, caption="At the quay", focal_x="0.25", blurred_parts="10 20 30,5 40\n\n0 0 100 100")
    signed_in(reporter).post(page_of(picture), sent)
    picture.refresh_from_db()
    assert (picture.caption, picture.focal_x, picture.version) == ("At the quay", 0.25, 2)
    assert picture.blurred == [[0.1, 0.2, 0.305, 0.4], [0, 0, 1, 1]]
    row = AuditRow.objects.get(verb="picture changed")
    assert (row.actor, row.detail) == (reporter, {"fields": ["blurred", "caption", "focal_x"]})

    same = filled(picture, blurred_parts="10 20 30.5 40\r\n0 0 100 100")
    signed_in(reporter).post(page_of(picture), same)
    picture.refresh_from_db()
    assert picture.version == 2


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"focal_x": "1.5"}, "less than or equal to 1"),
        ({"blurred_parts": "40 10 30 20"}, "“40 10 30 20” is no part of the picture"),
        ({"blurred_parts": "a face"}, "“a face” is no part of the picture"),
        ({"blurred_parts": "nan 0 1 1"}, "no part of the picture"),
        ({"blurred_parts": "1 1 2 2\n" * 41}, "Not more than 40 parts."),
        ({"rights_from": "2026-05-02", "rights_until": "2026-05-01"}, "before the day from which it may be used"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    changes: dict[str, str], word: str, reporter: User, signed_in: SignIn
) -> None:
    picture = make.picture()
    response = signed_in(reporter).post(page_of(picture), filled(picture, **changes))
    assert word in response.content.decode()
    picture.refresh_from_db()
    assert (picture.version, picture.rights_until) == (1, None)


def test_its_page_shows_where_it_is_used_and_what_looks_like_it(
    reporter: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, twin = make.picture((90, 60)), make.picture((120, 80), caption="The twin")
    monkeypatch.setattr(registry, "_finders", [])
    client = signed_in(reporter)
    assert "Nowhere yet." in client.get(page_of(picture)).content.decode()

    def find(asked: Picture) -> list[tuple[str, str]]:
        return [("Ferry fares rise", "/admin/articles/article/7/change/")] if asked == picture else []

    registry.add_finder(find)
    registry.add_finder(find)
    text = client.get(page_of(picture)).content.decode()
    assert text.count('<a href="/admin/articles/article/7/change/">Ferry fares rise</a>') == 1
    assert page_of(twin) in text and "The twin" in text


def test_a_file_is_replaced_or_refused_in_words(reporter: User, signed_in: SignIn) -> None:
    picture, client = make.picture(), signed_in(reporter)
    torn = client.post(replacing(picture), {"file": named(BytesIO(b"<html>"), "a.jpg")}, follow=True)
    assert "not a picture that can be read" in torn.content.decode()
    none = client.post(replacing(picture), follow=True)
    assert "Choose the file that is to take its place." in none.content.decode()
    done = client.post(replacing(picture), {"file": named(make.picture_file((640, 400), "navy"), "b.jpg")}, follow=True)
    assert "The file was replaced, wherever the picture is used." in done.content.decode()
    picture.refresh_from_db()
    assert (picture.width, picture.version) == (640, 2)


@pytest.mark.parametrize("shown_by", ["a story", "a front page"])
def test_a_contributor_describes_what_she_brought_until_readers_have_it(shown_by: str, signed_in: SignIn) -> None:
    client = signed_in(make.user(Role.CONTRIBUTOR))
    client.post(UPLOAD, {"files": [named(make.picture_file((640, 400)), "quay.jpg")]})
    picture = Picture.objects.get()
    words = {"alt_text": "A quay", "credit": "Amira Holt", "rights": Rights.OWN}
    assert 'name="alt_text"' in client.get(page_of(picture)).content.decode()
    client.post(page_of(picture), filled(picture, **words, caption="Mine"))
    picture.refresh_from_db()
    assert picture.caption == "Mine"
    describe = reverse("admin:images_picture_describe", args=[picture.pk])
    client.post(describe, {**words, "caption": "Still mine"})

    if shown_by == "a story":
        make.story(lead_picture=picture.pk)
    else:
        card = {"story": make.story().pk, "picture": picture.pk}
        Front.objects.create(language="en", live=[{"cards": [card]}])
    assert_that_nothing_can_be_changed(client, picture, caption="Still mine")


def test_what_others_brought_a_contributor_only_looks_at(signed_in: SignIn) -> None:
    client = signed_in(make.user(Role.CONTRIBUTOR))
    assert_that_nothing_can_be_changed(client, make.picture(caption="Theirs"), caption="Theirs")
    assert "set_rights" not in client.get(LIST).content.decode()


def assert_that_nothing_can_be_changed(client: Client, picture: Picture, *, caption: str) -> None:
    text = client.get(page_of(picture)).content.decode()
    assert "Replace the file" not in text and 'name="alt_text"' not in text
    assert client.post(page_of(picture), filled(picture, caption="Other")).status_code == 403
    describe = reverse("admin:images_picture_describe", args=[picture.pk])
    assert client.post(describe, {"caption": "Other", "rights": "own"}).status_code == 403
    file = named(make.picture_file((90, 60)), "b.jpg")
    assert client.post(replacing(picture), {"file": file}).status_code == 403
    picture.refresh_from_db()
    assert (picture.caption, picture.version) == (caption, 1)


def test_what_the_dialog_asks_is_written_or_comes_back_with_its_errors(reporter: User, signed_in: SignIn) -> None:
    client = signed_in(reporter)
    file = named(make.picture_file(), "quay.jpg")
    [sent] = client.post(UPLOAD, {"files": [file]}, headers={"accept": "application/json"}).json()["files"]
    picture = Picture.objects.get()
    describe = reverse("admin:images_picture_describe", args=[picture.pk])
    assert sent["picture"]["id"] == picture.pk and f'action="{describe}"' in sent["form"]
    words = {"alt_text": "A quay", "caption": "At noon", "credit": "Amira Holt", "rights": "own"}

    wrong = client.post(describe, {**words, "alt_text": "quay " * 61}).json()
    assert set(wrong) == {"form"} and "Amira Holt" in wrong["form"] and "at most 300 characters" in wrong["form"]
    picture.refresh_from_db()
    assert picture.credit == ""
    done = client.post(describe, words).json()["picture"]
    assert (done["alt"], done["credit"], done["missing"]) == ("A quay", "Amira Holt", [])
    picture.refresh_from_db()
    assert (picture.alt_text, picture.caption, picture.rights, picture.version) == ("A quay", "At noon", Rights.OWN, 1)
    assert AuditRow.objects.get(verb="picture changed").actor == reporter


def test_the_picker_gets_the_newest_and_goes_on_by_number(reporter: User, signed_in: SignIn) -> None:
    client = signed_in(reporter)
    pictures = [make.picture((90 + number, 60)) for number in range(26)]
    first = client.get(CHOOSE).json()
    assert [each["id"] for each in first["pictures"]] == [picture.pk for picture in reversed(pictures[2:])]
    then = client.get(CHOOSE, {"before": first["before"]}).json()
    assert ([each["id"] for each in then["pictures"]], then["before"]) == ([pictures[1].pk, pictures[0].pk], None)


def test_the_picker_searches_and_says_what_is_missing(reporter: User, signed_in: SignIn) -> None:
    make.picture((90, 60), caption="The pier")
    bare = make.picture((96, 64), "navy", alt_text="", credit="", caption="The harbour", rights=Rights.UNKNOWN)
    [found] = signed_in(reporter).get(CHOOSE, {"q": "harbour"}).json()["pictures"]
    assert found.pop("thumb").startswith(f"/pictures/{bare.pk}-1-square-64-")
    assert found == {
        "id": bare.pk, "alt": "", "caption": "The harbour", "credit": "", "width": 96, "height": 64,
        "missing": ["no description", "no credit", "rights not cleared"],
    }  # fmt: skip


def test_a_stranger_gets_no_list() -> None:
    make.picture((90, 60), caption="The pier")
    for address in (LIST, UPLOAD, CHOOSE):
        response = Client().get(address)
        assert response["Location"].startswith(reverse("admin:login"))
