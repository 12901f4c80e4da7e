"""Witnesses' files at the desk: what plays, what is said of them, and a face blurred by hand and by keyboard."""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from citizen_reports import derivatives, intake, views
from citizen_reports.models import Attachment
from tests import make
from tests.browser.checks import axe
from tests.citizen_reports import media
from tests.citizen_reports.posts import send, tagged_photo
from tests.images.films import KINDS, film

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_files_play_and_a_face_is_blurred(
    desk_page: Callable[[User], Page], settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATA_DIR, settings.SEALING_KEYS, settings.PEPPER = tmp_path, [], ""
    monkeypatch.setattr(views, "TYPING_TAKES", views.timedelta(0))
    make.site()
    intake.found_forms()
    sent = {"walk.webm": film(*KINDS["webm"], planted=True), "voice.ogg": media.sound("ogg", "libopus")}
    sent["face.jpg"] = make.picture_file((1200, 800)).getvalue()
    files = [tagged_photo("bridge.jpg"), *(SimpleUploadedFile(name, data) for name, data in sent.items())]
    send(Client(), files=[*files, SimpleUploadedFile("list.pdf", b"%PDF-1.7")])
    stop = threading.Event()
    assert derivatives.turn("worker", stop) + derivatives.turn_media("worker", stop) == 4
    picture = Attachment.objects.get(width=1200)

    page = desk_page(make.user("editor"))
    page.goto(reverse("admin:citizen_reports_report_change", args=[picture.report_id]))
    for kind in ("video", "audio"):
        page.evaluate(f"document.querySelector('{kind}').load(); document.querySelector('{kind}').muted = true")
        page.evaluate(f"document.querySelector('{kind}').play()")
        page.wait_for_function(f"document.querySelector('{kind}').currentTime > 0")
    shown = page.locator(".files")
    expect(shown.get_by_text("Taken out of the copy: where it was made")).to_have_count(3)
    expect(shown.get_by_text("Kept as evidence, never shown")).to_be_visible()
    assert axe(page) == []
    if folder := os.environ.get("SHOTS"):
        page.locator("section:has(> .files)").screenshot(path=f"{folder}/files.png")

    page.get_by_role("link", name="Blur faces or parts").last.click()
    parts = page.get_by_label("Parts to blur")
    expect(page.locator(".picture-stage img")).to_have_js_property("naturalWidth", 1200)  # it has come
    stage = page.locator(".picture-stage img").bounding_box()
    assert stage
    page.mouse.move(stage["x"] + stage["width"] * 0.1, stage["y"] + stage["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(stage["x"] + stage["width"] * 0.4, stage["y"] + stage["height"] * 0.6)
    page.mouse.up()
    drawn = page.get_by_role("button", name="Take this frame away")
    expect(drawn).to_have_count(1)
    parts.press_sequentially("\n50 50 90 90")
    expect(drawn).to_have_count(2)
    assert axe(page) == []
    if folder:
        page.screenshot(path=f"{folder}/blur.png", full_page=True)
        page.set_viewport_size({"width": 360, "height": 740})
        page.screenshot(path=f"{folder}/blur-phone.png", full_page=True)
    drawn.first.press("Enter")
    expect(drawn).to_have_count(1)
    assert parts.input_value() == "50 50 90 90"
    page.get_by_role("button", name="Blur for good").click()
    expect(page.get_by_text("Blurred. The copy without is gone.")).to_be_visible()
    if folder:
        page.locator("section:has(> .files)").screenshot(path=f"{folder}/files-phone.png")
    before = picture.derivative
    picture.refresh_from_db()
    assert (picture.blurred, picture.derivative != before) == (1, True)
