import threading
from collections.abc import Callable
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from images import registry, remux, video_names, video_work, videos
from images.models import Rights, Video, VideoJob
from images.uploads import Body
from images.video_files import VideoRefused
from tests import make, stored
from tests.images.films import KINDS, film, video

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files")]
SignIn = Callable[[User], Client]
LIST, UPLOAD, CHOOSE = (reverse(f"admin:images_video_{page}") for page in ("changelist", "add", "choose"))
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nThe boats leave\n"


def page_of(boats: Video, which: str = "change") -> str:
    return reverse(f"admin:images_video_{which}", args=[boats.pk])


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def named(data: bytes, name: str) -> BytesIO:
    file = BytesIO(data)
    file.name = name
    return file


def filled(boats: Video, **changes: Any) -> dict[str, Any]:
    """What a browser would send from the video's page."""
    kept = (
        "alt_text", "caption", "credit", "place", "rights", "rights_note", "poster_at", "captions",
        "captions_language", "captions_kind",
    )  # fmt: skip
    return {**{name: getattr(boats, name) for name in kept}, **changes}


def send_raw(client: Client, address: str, data: bytes, name: str) -> dict[str, Any]:
    headers = {"accept": "application/json", "x-file-name": name}
    response = client.post(address, data, content_type="application/octet-stream", headers=headers)
    answer: dict[str, Any] = response.json()["files"][0]
    return answer


def test_a_form_brings_a_video_to_its_page(reporter: User, signed_in: SignIn) -> None:
    response = signed_in(reporter).post(UPLOAD, {"file": named(film(*KINDS["mp4"]), "boats.mp4")}, follow=True)
    boats = Video.objects.get()
    assert response.redirect_chain == [(page_of(boats), 302)]
    assert "The video has arrived, and is being made ready." in text_of(response)
    assert "It is being made ready to be played." in text_of(response)
    assert boats.uploaded_by == reporter


def test_a_script_sends_the_bytes_alone_and_is_told_in_json(reporter: User, signed_in: SignIn) -> None:
    client = signed_in(reporter)
    good = send_raw(client, UPLOAD, film(*KINDS["webm"]), "b%C3%A2teaux.webm")
    assert good == {"name": "bâteaux.webm", "url": page_of(Video.objects.get()), "error": ""}
    bad = send_raw(client, UPLOAD, b"<html>", "page.mp4")
    assert (bad["name"], bad["url"]) == ("page.mp4", "")
    assert "not a video that can be read" in bad["error"]


def test_what_is_too_large_is_refused_before_it_is_read(reporter: User, signed_in: SignIn, settings: Any) -> None:
    settings.VIDEO_MAX_MB = 1
    client, large = signed_in(reporter), b"x" * (1024 * 1024 + 1)
    assert "larger than 1 MB" in send_raw(client, UPLOAD, large, "boats.mp4")["error"]
    response = client.post(UPLOAD, {"file": SimpleUploadedFile("boats.mp4", large)})
    assert "The video is larger than 1 MB." in text_of(response)
    assert not Video.objects.exists()


def test_a_file_that_breaks_off_on_its_way_is_refused(files: Path, rf: RequestFactory) -> None:
    request = rf.post(UPLOAD, film(*KINDS["webm"]), content_type="application/octet-stream")
    request.META["CONTENT_LENGTH"] = "99999"
    with pytest.raises(VideoRefused, match="before the whole file had arrived"):
        videos.add(Body(request), filename="boats.webm", actor=None)
    assert not any(each.is_file() for each in (files / "private" / "videos").rglob("*"))


def test_nothing_chosen_and_a_bad_file_are_said(reporter: User, signed_in: SignIn) -> None:
    client = signed_in(reporter)
    assert "Choose a video." in text_of(client.post(UPLOAD))
    assert "not a video that can be read" in text_of(client.post(UPLOAD, {"file": named(b"x", "x.mp4")}))


def test_without_an_engine_the_page_names_both_cures(
    reporter: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remux, "engine", lambda: "")
    client = signed_in(reporter)
    text = text_of(client.get(UPLOAD))
    assert "pip install av" in text and "apt-get install ffmpeg" in text
    assert 'type="file"' not in text
    assert "PyAV" in send_raw(client, UPLOAD, film(*KINDS["webm"]), "boats.webm")["error"]


def test_the_page_plays_it_with_its_captions(reporter: User, signed_in: SignIn) -> None:
    boats = video(captions=VTT, captions_language="en")
    sources: dict[str, Any] = video_names.sources(boats)
    text = text_of(signed_in(reporter).get(page_of(boats)))
    for said in (sources["src"], sources["captions"], sources["poster"]["src"], 'srclang="en"', "0:02", "128 × 72"):
        assert said in text
    assert "Before it is used" not in text


def test_captions_come_from_a_file_or_are_typed_and_are_cleaned(reporter: User, signed_in: SignIn) -> None:
    boats, client = video(), signed_in(reporter)
    srt = SimpleUploadedFile("boats.srt", b"1\n00:00:01,000 --> 00:00:02,000\nThe boats <font>leave</font>\n")
    text = text_of(client.post(page_of(boats), filled(boats, captions_file=srt)))
    assert "Say which language the captions are in." in text
    srt.seek(0)
    client.post(page_of(boats), filled(boats, captions_file=srt, captions_language="en"))
    boats.refresh_from_db()
    assert (boats.captions, boats.captions_language, boats.version, boats.is_ready) == (VTT, "en", 1, True)

    typed = VTT.replace("leave", "return").replace("\n", "\r\n")
    client.post(page_of(boats), filled(boats, captions=typed))
    boats.refresh_from_db()
    assert boats.captions == VTT.replace("leave", "return")
    text = text_of(client.post(page_of(boats), filled(boats, captions="WEBVTT\n\nno times", caption="Kept words")))
    assert "Line 3: here should be times" in text and "Kept words" in text
    boats.refresh_from_db()
    assert boats.captions == VTT.replace("leave", "return")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"captions_language": "<b>"}, "Write the language’s code"),
        ({"poster_at": "99"}, "The video is not that long."),
        ({"rights_from": "2026-05-02", "rights_until": "2026-05-01"}, "before the day from which"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    changes: dict[str, str], said: str, reporter: User, signed_in: SignIn
) -> None:
    boats = video()
    assert said in text_of(signed_in(reporter).post(page_of(boats), filled(boats, **changes)))
    assert Video.objects.get().rights_until is None


def test_a_new_moment_for_the_poster_is_made_by_the_worker(reporter: User, signed_in: SignIn) -> None:
    boats, client = video(), signed_in(reporter)
    response = client.post(page_of(boats), filled(boats, poster_at="1.5"), follow=True)
    assert "The new poster is being made." in text_of(response)
    boats.refresh_from_db()
    assert (boats.poster_at, boats.version, VideoJob.objects.count()) == (1.5, 2, 1)
    assert client.get(page_of(boats, "state")).json() == {"state": "waiting"}
    video_work.turn("worker", threading.Event())
    assert client.get(page_of(boats, "state")).json() == {"state": "ready"}


def test_a_failure_is_shown_with_a_button_to_try_again(reporter: User, signed_in: SignIn) -> None:
    boats, client = video(ready=False), signed_in(reporter)
    place = stored.upload(boats.original)
    data = place.read_bytes()
    place.write_bytes(data[:600])
    video_work.turn("worker", threading.Event())
    text = text_of(client.get(page_of(boats)))
    assert "It could not be made ready: This file is not a video that can be read." in text
    assert page_of(boats, "again") in text
    place.write_bytes(data)
    assert "The worker tries again." in text_of(client.post(page_of(boats, "again"), follow=True))
    video_work.turn("worker", threading.Event())
    boats.refresh_from_db()
    assert boats.is_ready
    client.post(page_of(boats, "again"))
    assert not VideoJob.objects.exists()


def test_a_file_is_replaced_from_its_own_page(reporter: User, signed_in: SignIn) -> None:
    boats, client = video(caption="Boats"), signed_in(reporter)
    address = page_of(boats, "replace")
    assert "It takes the old one’s place" in text_of(client.get(address))
    assert "already: “Boats”" in send_raw(client, address, film(*KINDS["webm"], colour="teal"), "boats.webm")["error"]
    assert send_raw(client, address, film(*KINDS["mp4"]), "cut.mp4")["url"] == page_of(boats)
    boats.refresh_from_db()
    assert (boats.form, boats.version, boats.caption) == ("mp4", 2, "Boats")


def test_who_may_do_what(signed_in: SignIn) -> None:
    boats = video(ready=False)
    contributor, reporter = signed_in(make.user(Role.CONTRIBUTOR)), signed_in(make.user(Role.REPORTER))
    text = text_of(contributor.get(page_of(boats)))
    assert 'type="file"' not in text and "Boats leave the quay" in text
    for which in ("replace", "again"):
        assert contributor.post(page_of(boats, which)).status_code == 403
        assert Client().post(page_of(boats, which)).status_code == 302
        assert reporter.post(reverse(f"admin:images_video_{which}", args=[boats.pk + 1])).status_code == 404
    assert reporter.get(page_of(boats, "again")).status_code == 405
    assert reporter.post(reverse("admin:images_video_delete", args=[boats.pk])).status_code == 403
    assert Client().get(CHOOSE).status_code == Client().get(page_of(boats, "state")).status_code == 302
    boats.refresh_from_db()
    assert boats.version == 1


def test_where_it_is_used(reporter: User, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    boats = video()
    client = signed_in(reporter)
    assert "Nowhere yet." in text_of(client.get(page_of(boats)))
    monkeypatch.setattr(registry, "_video_finders", [])
    registry.add_video_finder(lambda found: [(f"Ferry fares rise {found.pk}", "/admin/there/")])
    assert f'<a href="/admin/there/">Ferry fares rise {boats.pk}</a>' in text_of(client.get(page_of(boats)))


@pytest.mark.parametrize("address", [LIST, CHOOSE])
def test_lists_ask_as_much_for_three_as_for_one(address: str, reporter: User, signed_in: SignIn) -> None:
    client, asked = signed_in(reporter), []
    for colours in (["teal"], ["navy", "maroon"]):
        for colour in colours:
            video(colour, caption=f"The {colour} boat", poster=make.picture((90, 60), colour))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            text = text_of(client.get(address))
        asked.append(len(queries))
    assert all(f"The {colour} boat" in text for colour in ("teal", "navy", "maroon"))
    assert asked[0] == asked[1]


def test_the_grid_shows_posters_lengths_and_what_is_missing(reporter: User, signed_in: SignIn) -> None:
    video("teal", caption="Boats at noon", credit="", rights=Rights.UNKNOWN)
    video("navy", ready=False, caption="Gulls", rights_until=date(2020, 1, 1))
    client = signed_in(reporter)
    text = text_of(client.get(LIST))
    assert "0:02" in text and text.count("<img") == 1
    assert "no credit, rights not cleared" in text and "rights expired, not ready to be played" in text
    assert "Gulls" not in text_of(client.get(LIST, {"q": "noon"}))
    for wanted, found in {"not_ready": "Gulls", "expired": "Gulls", "credit": "Boats at noon"}.items():
        listed = text_of(client.get(LIST, {"missing": wanted}))
        assert (listed.count('<span class="name">'), found in listed) == (1, True)
    assert "No video fits." in text_of(client.get(LIST, {"q": "glacier"}))
    Video.objects.all().delete()
    assert "There are no videos yet." in text_of(client.get(LIST))


def test_the_picker_is_told_what_it_shows(reporter: User, signed_in: SignIn) -> None:
    first = video(caption="Boats")
    later = video("maroon", ready=False, alt_text="", caption="Gulls")
    client = signed_in(reporter)
    answer = client.get(CHOOSE).json()
    assert ([each["id"] for each in answer["videos"]], answer["before"]) == ([later.pk, first.pk], None)
    gulls, boats = answer["videos"]
    assert (gulls["thumb"], gulls["missing"]) == ("", ["no description", "not ready to be played"])
    assert (boats["kind"], boats["caption"], boats["missing"]) == ("video", "Boats", [])
    assert abs(boats["seconds"] - 2) < 0.2
    assert b"".join(client.get(boats["thumb"]).streaming_content)[8:12] == b"WEBP"
    assert [each["id"] for each in client.get(CHOOSE, {"before": later.pk}).json()["videos"]] == [first.pk]
    assert [each["id"] for each in client.get(CHOOSE, {"q": "gulls"}).json()["videos"]] == [later.pk]
