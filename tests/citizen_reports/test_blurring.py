"""Parts of a clean copy made unrecognisable: for good, for everybody, and only by who saw the copy that there is."""

import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from PIL import Image

from accounts.models import User
from accounts.roles import Role
from articles.models.workflow import SectionLimit
from citizen_reports import copies, derivatives, handling, quarantine
from citizen_reports.models import Attachment, Report, ReportEvent
from tests import make, stored
from tests.citizen_reports import posts
from tests.citizen_reports.posts import send

pytestmark = pytest.mark.django_db
FACE = (0.25, 0.25, 0.75, 0.75)


def checked() -> bytes:
    """Black and white squares of four pixels."""
    squares = Image.new("L", (50, 50))
    squares.putdata([255 * ((place % 50 + place // 50) % 2) for place in range(2500)])
    out = io.BytesIO()
    squares.resize((200, 200), Image.Resampling.NEAREST).convert("RGB").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def file(witness: Client) -> Attachment:
    send(witness, files=SimpleUploadedFile("face.png", checked()))
    derivatives.turn("worker", threading.Event())
    return Attachment.objects.get()


def contrast(attachment: Attachment, box: tuple[int, int, int, int]) -> int:
    picture = Image.open(io.BytesIO(quarantine.safe_copy(attachment))).convert("L").crop(box)
    darkest, lightest = picture.getextrema()
    return int(lightest - darkest)  # type: ignore[operator]


def address(attachment: Attachment, what: str = "blur") -> str:
    return f"/admin/citizen_reports/report/{attachment.report_id}/files/{attachment.pk}/{what}/"


@pytest.mark.django_db(transaction=True)
def test_the_blurred_copy_takes_the_place_of_the_other(
    file: Attachment, own_data: Path, signed_in: Callable[[User], Client]
) -> None:
    client, before = signed_in(make.user(Role.REPORTER)), file.derivative
    shown = client.get(address(file)).content.decode()
    assert f'name="seen" value="{before}"' in shown
    assert address(file, "safe") in shown
    assert client.post(address(file), {"seen": before, "blurred_parts": "25 25 75 75\n0 0 5 5"}).status_code == 302

    file.refresh_from_db()
    assert file.derivative != before and file.blurred == 2
    assert contrast(file, (60, 60, 140, 140)) < 60
    assert contrast(file, (160, 160, 200, 200)) > 200
    assert {path.name for path in posts.stored(own_data)} == {file.original, file.derivative}
    event = ReportEvent.objects.get(verb="file_blurred")
    assert event.detail == {"file": file.pk, "parts": 2}
    assert "2 parts blurred" in client.get(f"/admin/citizen_reports/report/{file.report_id}/change/").content.decode()

    # Who had the other one before them changes nothing.
    answer = client.post(address(file), {"seen": before, "blurred_parts": "0 0 50 50"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "The picture has changed meanwhile." in page and "0 0 50 50" in page
    assert len(posts.stored(own_data)) == 2

    # Made anew, it is whole again.
    verifier = signed_in(make.user(Role.EDITOR))
    assert verifier.post(address(file, "anew")).status_code == 302
    file.refresh_from_db()
    assert (file.derivative_state, file.derivative, file.blurred) == ("waiting", "", 0)
    assert {path.name for path in posts.stored(own_data)} == {file.original}
    assert derivatives.turn("worker", threading.Event()) == 1
    file.refresh_from_db()
    assert contrast(file, (60, 60, 140, 140)) > 200


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ("", "This field is required."),
        ("10 10 5 20", "“10 10 5 20” is no part of the picture"),
        ("0 0 101 5", "is no part of the picture"),
        ("a face", "is no part of the picture"),
        ("0 0 1 1\n" * 41, "Not more than 40 parts."),
    ],
)
def test_what_is_no_part_is_said_and_kept(
    file: Attachment, signed_in: Callable[[User], Client], parts: str, said: str
) -> None:
    answer = signed_in(make.user(Role.REPORTER)).post(address(file), {"seen": file.derivative, "blurred_parts": parts})
    page = answer.content.decode()
    assert said in page and parts.strip() in page
    file.refresh_from_db()
    assert file.blurred == 0


def test_a_copy_that_cannot_be_blurred_is_left_alone(file: Attachment, own_data: Path) -> None:
    editor, seen = make.user(Role.EDITOR), file.derivative
    with pytest.raises(handling.HandlingRefused, match="at least one"):
        copies.blur_parts(file.report_id, file.pk, actor=editor, parts=[], seen=seen)
    Report.objects.update(state="purged")
    with pytest.raises(handling.HandlingRefused, match="purged"), transaction.atomic():
        copies.blur_parts(file.report_id, file.pk, actor=editor, parts=[FACE], seen=seen)
    Report.objects.update(state="new")
    stored.report(seen).write_bytes(b"spoilt")
    with pytest.raises(handling.HandlingRefused, match="cannot be read"):
        copies.blur_parts(file.report_id, file.pk, actor=editor, parts=[FACE], seen=seen)
    Attachment.objects.update(derivative_type="video/mp4")
    with pytest.raises(handling.HandlingRefused):
        copies.blur_parts(file.report_id, file.pk, actor=editor, parts=[FACE], seen=seen)
    assert len(posts.stored(own_data)) == 2  # nothing half made is left


@pytest.mark.parametrize("role", [None, *Role])
def test_who_may_blur_and_who_may_have_it_made_anew(
    file: Attachment, signed_in: Callable[[User], Client], role: Role | None
) -> None:
    client = signed_in(make.user(role)) if role else Client()
    may = role in (Role.REPORTER, Role.SUBEDITOR, Role.EDITOR, Role.CHIEF)
    assert (client.get(address(file)).status_code == 200) == may
    client.post(address(file), {"seen": file.derivative, "blurred_parts": "0 0 50 50"})
    assert ReportEvent.objects.filter(verb="file_blurred").exists() == may
    client.post(address(file, "anew"))
    assert ReportEvent.objects.filter(verb="copy_asked").exists() == (role in (Role.EDITOR, Role.CHIEF))


def test_a_file_of_another_report_or_desk_is_not_found(file: Attachment, signed_in: Callable[[User], Client]) -> None:
    here, there = make.section("North"), make.section("South")
    Report.objects.update(section=here)
    stranger = make.user(Role.EDITOR)
    SectionLimit.objects.create(user=stranger, section=there)
    client = signed_in(stranger)
    for what in ("safe", "poster", "blur"):
        assert client.get(address(file, what)).status_code == 404, what
    for what in ("original", "anew", "blur"):
        assert (
            client.post(address(file, what), {"seen": file.derivative, "blurred_parts": "0 0 9 9"}).status_code == 404
        )
    assert not ReportEvent.objects.filter(verb__in=("file_blurred", "copy_asked", "original_downloaded")).exists()
