"""A witness's picture or film in the library: the clean copy alone, with the credit of the consent, never the file."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext, override

from articles.models.published import PublishedPicture, PublishedVideo
from articles.models.site import SiteSettings
from citizen_reports import handling, quarantine
from citizen_reports.models.files import Attachment, FileScan
from citizen_reports.models.people import Consent
from citizen_reports.models.reports import Report, ReportEvent, ReportState
from citizen_reports.models.stories import LibraryCopy
from citizen_reports.stories import NameInPrint
from images import library, videos
from images.models import Picture, Rights, Video
from images.pixels import PictureRefused
from images.video_files import VideoRefused
from safeguards.problems import Unsealable

if TYPE_CHECKING:
    from accounts.models import User


def nameless() -> str:
    """The credit of a witness who is not to be named, in the paper's own language."""
    with override(SiteSettings.load().language):
        return gettext("A witness")


def what_is_missing(report: Report, consent: Consent | None, attachment: Attachment) -> str:
    """Why this file cannot be taken into the library; "" when it can."""
    scan = FileScan.objects.filter(attachment=attachment).first()
    if scan and scan.state == FileScan.State.INFECTED:
        return gettext("This file is infected. Nothing of it leaves the quarantine.")
    if attachment.derivative_state != Attachment.Derivative.MADE or attachment.copy_type.startswith("audio/"):
        return gettext("Only a picture or a film of which there is a clean copy can be taken into the library.")
    if report.state not in (ReportState.READY, ReportState.USED):
        return gettext("Only files of a report that is ready to use can be taken into the library.")
    if consent is None or not consent.publish_media:
        return gettext("The witness has not agreed that their files may be published. Ask them first.")
    return ""


@transaction.atomic
def take(number: Any, *, actor: User, file: int, credit_checked: bool = False) -> Picture | Video:
    """Adds the file's clean copy to the library: rights "from a witness", the credit of the consent, nothing else.

    Caption, place and day stay empty, and the description is owed: people write them. A second call gives what there
    is, with the clean copy as it is now where more of it was blurred meanwhile. A name asks once more. Raises
    `HandlingRefused`.
    """
    handling.need(actor, "change_report")
    report = handling.hold(number, actor)
    attachment = report.attachments.select_for_update(of=("self",)).filter(pk=file).first()
    if attachment is None:
        raise handling.HandlingRefused(gettext("This file is not there any more."))
    if not actor.has_perm(f"images.add_{kind_of(attachment)}"):
        raise handling.HandlingRefused(gettext("Your role does not allow this. Ask an editor."))
    consent = handling.consent_in_force(report)
    if missing := what_is_missing(report, consent, attachment):
        raise handling.HandlingRefused(missing)
    copy = LibraryCopy.objects.select_related("picture", "video").filter(attachment=attachment).first()
    if copy and copy.thing and copy.derivative == attachment.derivative:
        return copy.thing
    name = handling.credit_line(report, consent) if consent else ""
    if name and not credit_checked:
        raise NameInPrint(gettext("The witness’s name will be printed. Tick that you are sure."))
    try:
        thing = _bring(attachment, copy.thing if copy else None, actor=actor, credit=name or nameless())
    except (PictureRefused, VideoRefused) as problem:
        raise handling.HandlingRefused(str(problem)) from problem
    except (Unsealable, OSError) as problem:
        words = gettext("The clean copy cannot be read. Ask whoever runs the server.")
        raise handling.HandlingRefused(words) from problem
    kind = kind_of(attachment)
    LibraryCopy.objects.update_or_create(
        attachment=attachment,
        defaults={
            kind: thing, "report": report, "derivative": attachment.derivative, "consent": consent, "by": actor,
            "names_witness": bool(name),
        },
    )  # fmt: skip
    Report.objects.filter(pk=report.pk).update(**handling.activity(report))
    taken = {"file": attachment.pk, kind: thing.pk}
    handling.note_event(report, actor=actor, verb=ReportEvent.Verb.TAKEN_INTO_LIBRARY, **taken)
    return thing


def kind_of(attachment: Attachment) -> str:
    """ "picture" or "video": what its clean copy would be in the library."""
    return "video" if attachment.copy_type.startswith("video/") else "picture"


def _bring(attachment: Attachment, there: Picture | Video | None, *, actor: User, credit: str) -> Picture | Video:
    """The clean copy in the library, new or in the place of `there`. Never with the name that the witness gave it."""
    pieces = quarantine.opened(attachment.derivative)
    if kind_of(attachment) == "picture":
        clean = BytesIO(b"".join(pieces))
        if isinstance(there, Picture):
            return library.replace(there, clean, filename="", actor=actor)
        return library.add(clean, filename="", actor=actor, rights=Rights.WITNESS, credit=credit)
    film = _Film(pieces)
    if isinstance(there, Video):
        return videos.replace(there, film, filename="", actor=actor)
    return videos.add(film, filename="", actor=actor, rights=Rights.WITNESS, credit=credit)


class _Film:
    """Unsealed pieces, each far smaller than the library asks for at a time, as something to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int, /) -> bytes:
        return next(self._pieces, b"")


def forget_name(report: Report) -> None:
    """The witness's name goes from the credit of what readers do not see; what they see stays."""
    named = LibraryCopy.objects.filter(report=report, names_witness=True).select_related("picture", "video")
    seen = Q(picture__in=PublishedPicture.objects.values("picture")) | Q(
        video__in=PublishedVideo.objects.values("video")
    )
    for copy in named.exclude(pk__in=named.filter(seen).values("pk")):
        if copy.picture:
            library.change(copy.picture, actor=None, credit=nameless())
        elif copy.video:
            videos.change(copy.video, actor=None, credit=nameless())
        LibraryCopy.objects.filter(pk=copy.pk).update(names_witness=False)
