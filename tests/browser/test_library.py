"""The picture library as people use it: many files at once, a click for the focal point, a frame over a face."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from accounts.models import User
from images.models import Picture
from tests import make
from tests.browser.checks import axe

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
UPLOAD = reverse("admin:images_picture_add")


def file(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def test_chosen_files_are_sent_each_by_itself_and_say_what_became_of_them(
    reporter: User, desk_page: Callable[[User], Page]
) -> None:
    page = desk_page(reporter)
    page.goto(UPLOAD)
    page.get_by_label("Pictures", exact=True).set_input_files(
        [
            file("quay.jpg", make.picture_file().getvalue()),
            file("page.jpg", b"<html>"),
            file("pier.jpg", make.picture_file(colour="navy").getvalue()),
        ]
    )
    lines = page.locator("#picture-results li")
    expect(lines).to_have_count(3)
    expect(lines.nth(2)).to_contain_text("in the library")
    expect(lines.nth(0)).to_contain_text("in the library")
    expect(lines.nth(1)).to_contain_text("not a picture that can be read")
    assert Picture.objects.filter(uploaded_by=reporter).count() == 2
    assert axe(page) == []
    page.get_by_role("link", name="quay.jpg").click()
    expect(page.locator(".picture-stage img")).to_be_visible()


def test_a_pasted_or_dropped_file_is_sent_too(reporter: User, desk_page: Callable[[User], Page]) -> None:
    page = desk_page(reporter)
    page.goto(UPLOAD)
    for event, holder, colour in (("paste", "clipboardData", "teal"), ("drop", "dataTransfer", "navy")):
        data = list(make.picture_file(colour=colour).getvalue())
        page.evaluate(
            """([event, holder, data]) => {
              const held = new DataTransfer()
              held.items.add(new File([new Uint8Array(data)], event + ".jpg", { type: "image/jpeg" }))
              document.body.dispatchEvent(event === "paste"
                ? new ClipboardEvent(event, { [holder]: held, bubbles: true })
                : new DragEvent(event, { [holder]: held, bubbles: true, cancelable: true }))
            }""",
            [event, holder, data],
        )
        expect(page.get_by_role("link", name=f"{event}.jpg")).to_be_visible()
    assert Picture.objects.count() == 2


def test_focal_point_and_frames_are_set_on_the_picture(reporter: User, desk_page: Callable[[User], Page]) -> None:
    picture = make.picture((1200, 800))
    page = desk_page(reporter)
    page.goto(reverse("admin:images_picture_change", args=[picture.pk]))
    stage = page.locator(".picture-stage img")
    box = stage.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.5)
    expect(page.get_by_label("Focal point, across")).to_have_value("0.25")
    square = page.locator("[data-crop=square]")
    # A square is two thirds as wide as the picture: round a quarter it begins at the left edge.
    assert square.evaluate("crop => crop.style.objectPosition") == "0% 50%"

    page.get_by_role("button", name="Blur a part").click()
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.6, steps=3)
    page.mouse.up()
    parts = page.get_by_role("textbox", name="Blurred parts")
    left, top, right, bottom = map(float, parts.input_value().split())
    assert (round(left), round(top), round(right), round(bottom)) == (10, 20, 40, 60)
    parts.fill(parts.input_value() + "\n50 50 60 60")
    expect(page.get_by_role("button", name="Take this frame away")).to_have_count(2)
    page.get_by_role("button", name="Take this frame away: 50 50 60 60").click()
    expect(page.locator(".picture-blur")).to_have_count(1)
    assert axe(page) == []
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()

    picture.refresh_from_db()
    assert (picture.focal_x, picture.focal_y, picture.version) == (0.25, 0.5, 2)
    assert [[round(edge, 2) for edge in part] for part in picture.blurred] == [[0.1, 0.2, 0.4, 0.6]]


def test_without_script_the_plain_form_works(reporter: User, open_page: Callable[..., Page]) -> None:
    page = open_page(reporter, java_script_enabled=False)
    page.goto(UPLOAD)
    page.get_by_label("Pictures", exact=True).set_input_files([file("quay.jpg", make.picture_file().getvalue())])
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("1 picture is in the library.")).to_be_visible()
    assert Picture.objects.get().form == "JPEG"
