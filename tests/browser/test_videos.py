"""The video library as people use it: a file with progress, the player with captions, a moment for the poster."""

import threading
from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from images import video_work
from images.models import Video
from tests.browser.checks import axe
from tests.images.films import KINDS, film, video

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("files")]
LIST, UPLOAD = (reverse(f"admin:images_video_{page}") for page in ("changelist", "add"))
VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:01.900\nThe boats leave\n"


@pytest.fixture
def files(settings: object, tmp_path: object) -> None:
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"  # type: ignore[attr-defined, operator]


def work() -> None:
    video_work.turn("worker", threading.Event())


def test_files_are_sent_one_after_the_other_and_say_what_became_of_them(
    reporter: User, desk_page: Callable[[User], Page]
) -> None:
    page = desk_page(reporter)
    page.goto(UPLOAD)
    expect(page.locator("#file")).to_have_attribute("multiple", "")
    assert axe(page) == []
    page.get_by_label("Videos", exact=True).set_input_files(
        [
            {"name": "bâteaux.webm", "mimeType": "video/webm", "buffer": film(*KINDS["webm"])},
            {"name": "page.mp4", "mimeType": "video/mp4", "buffer": b"<html>"},
        ]
    )
    lines = page.locator("#video-results li")
    expect(lines.nth(0)).to_contain_text("has arrived")
    expect(lines.nth(1)).to_contain_text("not a video that can be read")
    assert axe(page) == []
    page.get_by_role("link", name="bâteaux.webm").click()
    status = page.get_by_text("It is being made ready to be played.")
    expect(status).to_be_visible()
    assert axe(page) == []
    work()
    expect(page.locator(".video-work video")).to_be_visible()  # by itself
    assert Video.objects.get().uploaded_by == reporter


def test_it_plays_with_captions_and_its_moment_becomes_the_poster(
    reporter: User, desk_page: Callable[[User], Page]
) -> None:
    boats = video(captions=VTT, captions_language="en", caption="Boats at noon")
    page = desk_page(reporter)
    page.goto(reverse("admin:images_video_change", args=[boats.pk]))
    player = page.locator(".video-work video")
    seen = player.evaluate(
        """async player => {
          player.muted = true
          await player.play()
          await new Promise(done => player.addEventListener("timeupdate", () => player.currentTime > 0.3 && done()))
          player.pause()
          const cues = [...player.textTracks[0].cues].map(cue => cue.text)
          player.currentTime = 1.5
          await new Promise(done => player.addEventListener("seeked", done, { once: true }))
          return { cues, wide: player.videoWidth, at: player.currentTime }
        }"""
    )
    assert seen == {"cues": ["The boats leave"], "wide": 128, "at": 1.5}
    assert axe(page, leave_out=("no-autoplay-audio",)) == []
    page.get_by_role("button", name="Take this moment as the poster").click()
    expect(page.get_by_label("Poster from second")).to_have_value("1.5")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("The new poster is being made.")).to_be_visible()
    work()
    expect(page.locator(".video-work video")).to_be_visible()
    boats.refresh_from_db()
    assert (boats.poster_at, boats.is_ready) == (1.5, True)


def test_what_was_written_is_not_lost_when_the_video_gets_ready(
    reporter: User, desk_page: Callable[[User], Page]
) -> None:
    boats = video(ready=False)
    page = desk_page(reporter)
    page.goto(reverse("admin:images_video_change", args=[boats.pk]))
    page.get_by_label("Caption", exact=False).first.fill("Boats at noon")
    work()
    expect(page.get_by_text("It is done. Save what you have written")).to_be_visible()
    assert page.get_by_label("Caption", exact=False).first.input_value() == "Boats at noon"


@pytest.mark.parametrize("width", [360, 1280])
def test_the_grid_is_for_everybody(width: int, reporter: User, open_page: Callable[..., Page]) -> None:
    for colour in ("teal", "navy", "maroon"):
        video(colour, caption=f"The {colour} boat", credit="" if colour == "navy" else "Amira Holt")
    page = open_page(reporter, viewport={"width": width, "height": 800})
    page.goto(LIST)
    expect(page.locator(".video-grid li")).to_have_count(3)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_script_the_plain_form_works(reporter: User, open_page: Callable[..., Page]) -> None:
    page = open_page(reporter, java_script_enabled=False)
    page.goto(UPLOAD)
    boats = {"name": "boats.webm", "mimeType": "video/webm", "buffer": film(*KINDS["webm"])}
    page.get_by_label("Videos", exact=True).set_input_files([boats])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("The video has arrived, and is being made ready.")).to_be_visible()
    assert Video.objects.get().form == "webm"
