"""A witness's picture in the library: the clean copy, the credit of the consent, and no word of whose it is."""

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from accounts.models import AuditRow, User
from accounts.roles import Role
from articles import actions
from articles.models.workflow import SectionLimit
from citizen_reports import before_publication, handling, intake, into_library, quarantine
from citizen_reports.handling import HandlingRefused
from citizen_reports.models import Attachment, LibraryCopy, Report, ReportEvent
from images import library, remux
from images.models import Picture, Video
from images.remux import Facts
from tests import make, stored
from tests.citizen_reports import posts, reports
from tests.images.films import film

pytestmark = pytest.mark.django_db
ADMIN = "/admin/citizen_reports/report/"
FILE_NAME = "planted-aunt-samira-wedding.jpg"


def ready(**content: Any) -> tuple[Report, Attachment]:
    report = reports.report(state="ready", **{"publish_media": True, **content})
    return report, reports.photo_of(report, posts.tagged_photo(FILE_NAME))


def address(report: Report, file: Attachment) -> str:
    return f"{ADMIN}{report.pk}/files/{file.pk}/library/"


def test_the_clean_copy_goes_into_the_library_with_what_the_consent_gives(reporter: User, signed_in: Any) -> None:
    make.site(language="fr", further_languages=[])
    report, file = ready()
    desk = signed_in(reporter)
    assert "Take it into the library" in desk.get(f"{ADMIN}{report.pk}/change/").content.decode()
    asked = desk.get(address(report, file)).content.decode()
    assert f"/files/{file.pk}/safe/" in asked
    answer = desk.post(address(report, file))

    picture = Picture.objects.get()
    assert answer.headers["Location"] == f"/admin/images/picture/{picture.pk}/change/"
    assert (picture.rights, picture.alt_text, picture.caption, picture.place) == ("witness", "", "", "")
    assert picture.taken_on is None
    assert picture.credit == into_library.nameless()
    assert stored.original(picture.original).read_bytes() == quarantine.safe_copy(file)
    copy = LibraryCopy.objects.get()
    assert (copy.report, copy.attachment, copy.consent, copy.by) == (report, file, report.consents.get(), reporter)
    assert ReportEvent.objects.get(verb="taken_into_library").detail == {"file": file.pk, "picture": picture.pk}
    desk.post(address(report, file))
    assert (Picture.objects.count(), LibraryCopy.objects.count()) == (1, 1)
    assert "In the library" in desk.get(f"{ADMIN}{report.pk}/change/").content.decode()


def test_a_name_asks_once_more_and_is_not_on_the_page_that_asks(reporter: User, signed_in: Any) -> None:
    report, file = ready(exposure="named", name=reports.NAME, credit="full")
    desk = signed_in(reporter)
    asked = desk.post(address(report, file)).content.decode()
    assert 'name="credit_checked"' in asked
    assert reports.NAME not in asked
    assert not Picture.objects.exists()
    desk.post(address(report, file), {"credit_checked": "on"})
    assert Picture.objects.get().credit == reports.NAME


def test_nothing_goes_without_consent_verification_or_a_clean_copy(reporter: User, chief: User) -> None:
    report, file = ready(publish_media=False)
    with pytest.raises(HandlingRefused, match="not agreed"):
        into_library.take(report.pk, actor=chief, file=file.pk)
    report, file = ready()
    intake.withdraw_consent(report)
    with pytest.raises(HandlingRefused, match="not agreed"):
        into_library.take(report.pk, actor=chief, file=file.pk)
    report, file = ready()
    Report.objects.filter(pk=report.pk).update(state="triaged")
    with pytest.raises(HandlingRefused, match="ready"):
        into_library.take(report.pk, actor=chief, file=file.pk)
    report, file = ready()
    for state in set(Attachment.Derivative.values) - {"made"}:
        Attachment.objects.filter(pk=file.pk).update(derivative_state=state)
        with pytest.raises(HandlingRefused, match="clean copy"):
            into_library.take(report.pk, actor=chief, file=file.pk)
    Attachment.objects.filter(pk=file.pk).update(derivative_state="made")
    _scanned(file, "infected")
    with pytest.raises(HandlingRefused, match="infected"):
        into_library.take(report.pk, actor=chief, file=file.pk)
    _scanned(file, "clean")
    stored.report(file.derivative).unlink()
    with pytest.raises(HandlingRefused, match="cannot be read"):
        into_library.take(report.pk, actor=chief, file=file.pk)
    assert not Picture.objects.exists()
    assert not LibraryCopy.objects.exists()


def _scanned(file: Attachment, state: str) -> None:
    from citizen_reports.models.files import FileScan

    FileScan.objects.update_or_create(attachment=file, defaults={"state": state, "due_at": None})


def test_more_blurred_later_is_brought_to_the_library(reporter: User) -> None:
    report, file = ready()
    picture = into_library.take(report.pk, actor=reporter, file=file.pk)
    sealed = quarantine.SealedFile()
    sealed.write(make.picture_file((60, 40), "black").read())
    sealed.finish()
    Attachment.objects.filter(pk=file.pk).update(derivative=sealed.name)
    before = picture.original
    again = into_library.take(report.pk, actor=reporter, file=file.pk)
    assert (again.pk, again.version) == (picture.pk, picture.version + 1)
    file.refresh_from_db()
    assert stored.original(again.original).read_bytes() == quarantine.safe_copy(file)
    assert again.original != before
    assert LibraryCopy.objects.get().derivative == sealed.name


def anew(file: Attachment, size: tuple[int, int], *, blurred: int) -> None:
    """Another clean copy stands there now."""
    with quarantine.SealedFile() as sealed:
        sealed.write(make.picture_file(size, "navy").read())
        sealed.finish()
    Attachment.objects.filter(pk=file.pk).update(derivative=sealed.name, blurred=blurred)


def test_what_was_blurred_in_the_library_stays_so_and_no_copy_with_less_takes_its_place(
    reporter: User, signed_in: Any
) -> None:
    report, file = ready()
    anew(file, (80, 60), blurred=1)
    picture = into_library.take(report.pk, actor=reporter, file=file.pk)
    assert isinstance(picture, Picture)
    library.change(picture, actor=reporter, blurred=[[0.1, 0.1, 0.3, 0.3]], focal_x=0.2)
    anew(file, (80, 60), blurred=2)
    into_library.take(report.pk, actor=reporter, file=file.pk)
    picture.refresh_from_db()
    assert (picture.blurred, picture.focal_x) == ([[0.1, 0.1, 0.3, 0.3]], 0.2)
    assert stored.original(picture.original).read_bytes() == make.picture_file((80, 60), "navy").read()

    def kept() -> set[Path]:
        return set(stored.original(picture.original).parents[1].rglob("*"))

    before = kept()
    for size, blurred in (((80, 60), 1), ((40, 30), 2)):  # made anew from the original; of another size
        anew(file, size, blurred=blurred)
        shown = signed_in(reporter).post(address(report, file)).content.decode()
        assert "has more blurred than this copy" in shown
        assert Picture.objects.get().original == picture.original
    assert {place for place in kept() if place.is_file()} <= before, "nothing is left of what was refused"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["picture", "film"])
def test_nobody_waits_while_a_file_is_looked_at_and_the_report_is_taken_last(kind: str, monkeypatch: Any) -> None:
    person = make.user(Role.EDITOR)
    report, file = ready()
    looked, held = [], []

    def look(*args: Any) -> Any:
        looked.append(connection.in_atomic_block)
        return real(*args) if kind == "picture" else Facts("mp4", "h264", 80, 60, 2.0)

    def hold(*args: Any, **kwargs: Any) -> Any:
        held.append((Picture.objects.count(), Video.objects.count()))
        return real_hold(*args, **kwargs)

    real, real_hold = library._look, handling.hold
    monkeypatch.setattr(*((library, "_look") if kind == "picture" else (remux, "look")), look)
    monkeypatch.setattr(handling, "hold", hold)
    if kind == "film":
        Attachment.objects.update(derivative_type="video/mp4")
    into_library.take(report.pk, actor=person, file=file.pk)
    assert (looked, held) == ([False], [(1, 0) if kind == "picture" else (0, 1)])


def test_a_copy_that_changes_while_it_is_taken_is_not(reporter: User, monkeypatch: Any) -> None:
    report, file = ready()
    real = library._look

    def look(draft: Path, kept: Any) -> Any:
        anew(file, (80, 60), blurred=1)
        return real(draft, kept)

    monkeypatch.setattr(library, "_look", look)
    with pytest.raises(HandlingRefused, match="changed meanwhile"):
        into_library.take(report.pk, actor=reporter, file=file.pk)
    assert not Picture.objects.exists()
    assert not LibraryCopy.objects.exists()


def test_a_film_goes_too_and_is_looked_at_before_publication(editor: User, signed_in: Any) -> None:
    report = reports.report(state="ready", publish_media=True)
    upload = SimpleUploadedFile("planted-aunt.mp4", film("mp4", "libx264", "aac", planted=True))
    file = reports.photo_of(report, upload)
    desk = signed_in(editor)
    assert "Take it into the library" in desk.get(f"{ADMIN}{report.pk}/change/").content.decode()
    answer = desk.post(address(report, file))
    video = Video.objects.get()
    assert answer.headers["Location"] == f"/admin/images/video/{video.pk}/change/"
    assert (video.rights, video.alt_text, video.credit) == ("witness", "", into_library.nameless())
    kept = stored.upload(video.original).read_bytes()
    assert kept == quarantine.safe_copy(file)
    assert b"PLANTED" not in kept
    assert LibraryCopy.objects.get().thing == video
    intake.withdraw_consent(report)
    content = {"body": f'<figure data-video="{video.pk}"></figure>', "lead_picture": None}
    assert [(found.code, found.is_required) for found in before_publication.find(content, None)] == [
        ("witness_consent", True)
    ]


def test_a_deleted_name_goes_from_the_library_where_readers_have_not_seen_it(editor: User) -> None:
    seen, seen_file = ready(exposure="named", name=reports.NAME, credit="full")
    unseen = reports.report(state="ready", publish_media=True, exposure="named", name="Another Name", credit="full")
    unseen_file = reports.photo_of(unseen, posts.photo(colour="red"))
    shown = into_library.take(seen.pk, actor=editor, file=seen_file.pk, credit_checked=True)
    kept = into_library.take(unseen.pk, actor=editor, file=unseen_file.pk, credit_checked=True)
    Picture.objects.update(alt_text="A bridge in the water")
    actions.publish(make.draft(actor=editor, lead_picture=shown.pk).pk, actor=editor)
    for report in (seen, unseen):
        intake.forget_contact(report)
    assert Picture.objects.get(pk=shown.pk).credit == reports.NAME
    assert Picture.objects.get(pk=kept.pk).credit == into_library.nameless()


def test_no_word_of_the_witness_is_public_or_in_the_library(
    editor: User, signed_in: Any, client: Client, own_data: Path
) -> None:
    make.site()
    report, file = ready(
        exposure="confidential", name=reports.NAME, email=reports.ADDRESS, credit="anonymous",
        place="Planted Street 9", body="PLANTED-WORDS of a witness",
    )  # fmt: skip
    picture = into_library.take(report.pk, actor=editor, file=file.pk)
    Picture.objects.update(alt_text="A bridge in the water")
    story = actions.publish(make.draft(actor=editor, lead_picture=picture.pk).pk, actor=editor)
    planted = [
        reports.NAME, reports.ADDRESS, FILE_NAME, posts.PLANTED, "Planted Street", "PLANTED-WORDS", report.reference,
        str(report.pk),
    ]  # fmt: skip

    desk = signed_in(editor)
    pages = [client.get(path) for path in (story.path, f"/text{story.path}", "/feeds/rss.xml", "/feeds/atom.xml", "/")]
    pages += [desk.get(f"/admin/images/picture/{picture.pk}/{page}/") for page in ("change", "history")]
    assert [page.status_code for page in pages] == [200] * len(pages)
    assert story.headline in pages[2].content.decode()
    bodies = [page.content for page in pages] + [stored.original(picture.original).read_bytes()]
    shown = [part for crop in story.lead["crops"].values() for part in _addresses(crop)]
    assert shown
    bodies += [b"".join(client.get(path)) for path in shown[:3]]
    for value in planted:
        assert not [body[:80] for body in bodies if value.encode() in body], value
    rows = AuditRow.objects.filter(thing="images.picture").values_list("label", "detail")
    assert not [value for value in planted if value in str(list(rows))]


def _addresses(crop: Any) -> list[str]:
    """All paths of renditions in what `images.names.sources` gives."""
    import json
    import re

    return re.findall(r'"(/[^" ]+\.(?:jpg|webp|avif))', json.dumps(crop))


@pytest.mark.parametrize("who", ["stranger", Role.CONTRIBUTOR, "other desk", Role.REPORTER, Role.CHIEF])
def test_who_may_take_a_picture_into_the_library(who: str, signed_in: Any) -> None:
    report, file = ready()
    other, foreign = ready(body="Another")
    Report.objects.update(section=make.section("News"))
    client = Client()
    if who == "other desk":
        person = make.user(Role.EDITOR)
        SectionLimit.objects.create(user=person, section=make.section("Sport"))
        client = signed_in(person)
    elif who != "stranger":
        client = signed_in(make.user(who))
    expected = {"stranger": 302, Role.CONTRIBUTOR: 403, "other desk": 404}.get(who, 200)
    assert client.get(address(report, file)).status_code == expected
    # A file of another report is not to be had by this one's address.
    crossed = 404 if expected == 200 else expected
    assert client.get(address(report, foreign)).status_code == crossed
    assert client.post(address(report, foreign)).status_code == crossed
    client.post(address(report, file))
    assert LibraryCopy.objects.filter(report=report).exists() == (expected == 200)
    assert not LibraryCopy.objects.filter(report=other).exists()
