"""A witness's picture or film in the library: the clean copy alone, with the credit of the consent, never the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext, override

from articles.models.published import PublishedPicture, PublishedVideo
from articles.models.site import SiteSettings
from citizen_reports import desks, handling, quarantine
from citizen_reports.models.files import Attachment, FileScan
from citizen_reports.models.people import Consent
from citizen_reports.models.reports import Report, ReportEvent, ReportState
from citizen_reports.models.stories import LibraryCopy
from citizen_reports.stories import NameInPrint
from images import library, videos
from images.models import Picture, Rights, Video
from images.pixels import PictureRefused
from images.video_files import VideoRefused
from safeguards import stores
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
    if LibraryCopy.objects.filter(attachment=attachment, blurred__gt=attachment.blurred).exists():
        return _less_blurred()
    return ""


class _Wanted(NamedTuple):
    """What is to be taken, as it was seen: no row is held."""

    attachment: Attachment
    consent: Consent
    name: str  # to be printed; "" for none
    copy: LibraryCopy | None

    @property
    def up_to_date(self) -> Picture | Video | None:
        """What the library has, when it is this very copy."""
        return self.copy.thing if self.copy and self.copy.derivative == self.attachment.derivative else None


def take(number: Any, *, actor: User, file: int, credit_checked: bool = False) -> Picture | Video:
    """Adds the file's clean copy to the library: rights "from a witness", the credit of the consent, nothing else.

    Caption, place and day stay empty, and the description is owed: people write them. A second call gives what there
    is, with the clean copy as it is now where more of it was blurred meanwhile; what was blurred in the library stays
    so. A name asks once more. Not for use in a transaction: it may take minutes. Raises `HandlingRefused`.
    """
    handling.need(actor, "change_report")
    report = desks.seen_by(actor).filter(pk=number).first()
    if report is None:
        raise handling.HandlingRefused(gettext("Another desk has this report now."))
    seen = _wanted(report, file, actor=actor, credit_checked=credit_checked)
    if thing := seen.up_to_date:
        return thing
    try:
        with _brought(seen.attachment) as brought, transaction.atomic():
            thing = _write(brought, seen, actor=actor)
            # The report after the stories that show it, as a publication takes them; all is looked at once more.
            report = handling.hold(number, actor)
            now = _wanted(report, file, actor=actor, credit_checked=credit_checked)
            if (now.attachment.derivative, now.name) != (seen.attachment.derivative, seen.name):
                raise handling.HandlingRefused(gettext("The picture has changed meanwhile. Load the page again."))
            if not now.up_to_date:  # else somebody was quicker, with the same
                _note(report, now, thing, actor=actor)
    except (PictureRefused, VideoRefused) as problem:
        raise handling.HandlingRefused(str(problem)) from problem
    except stores.StoreAway as away:
        raise handling.HandlingRefused(str(stores.AWAY)) from away
    except (Unsealable, OSError) as problem:
        words = gettext("The clean copy cannot be read. Ask whoever runs the server.")
        raise handling.HandlingRefused(words) from problem
    return thing


def _wanted(report: Report, file: int, *, actor: User, credit_checked: bool) -> _Wanted:
    attachment = report.attachments.filter(pk=file).first()
    if attachment is None:
        raise handling.HandlingRefused(gettext("This file is not there any more."))
    if not actor.has_perm(f"images.add_{kind_of(attachment)}"):
        raise handling.HandlingRefused(gettext("Your role does not allow this. Ask an editor."))
    consent = handling.consent_in_force(report)
    missing = what_is_missing(report, consent, attachment)
    if missing or consent is None:
        raise handling.HandlingRefused(missing)
    copy = LibraryCopy.objects.select_related("picture", "video").filter(attachment=attachment).first()
    wanted = _Wanted(attachment, consent, handling.credit_line(report, consent), copy)
    if wanted.name and not credit_checked and not wanted.up_to_date:
        raise NameInPrint(gettext("The witness’s name will be printed. Tick that you are sure."))
    return wanted


def _note(report: Report, wanted: _Wanted, thing: Picture | Video, *, actor: User) -> None:
    attachment, kind = wanted.attachment, kind_of(wanted.attachment)
    LibraryCopy.objects.update_or_create(
        attachment=attachment,
        defaults={
            kind: thing, "report": report, "derivative": attachment.derivative, "blurred": attachment.blurred,
            "consent": wanted.consent, "by": actor, "names_witness": bool(wanted.name),
        },
    )  # fmt: skip
    Report.objects.filter(pk=report.pk).update(**handling.activity(report))
    taken = {"file": attachment.pk, kind: thing.pk}
    handling.note_event(report, actor=actor, verb=ReportEvent.Verb.TAKEN_INTO_LIBRARY, **taken)


def kind_of(attachment: Attachment) -> str:
    """ "picture" or "video": what its clean copy would be in the library."""
    return "video" if attachment.copy_type.startswith("video/") else "picture"


def _brought(attachment: Attachment) -> AbstractContextManager[library.Brought | videos.Brought]:
    """The clean copy, looked at. Never with the name that the witness gave it."""
    pieces = quarantine.opened(attachment.derivative)
    if kind_of(attachment) == "picture":
        return library.brought(BytesIO(b"".join(pieces)))
    return videos.brought(_Film(pieces))


def _write(brought: library.Brought | videos.Brought, wanted: _Wanted, *, actor: User) -> Picture | Video:
    """New in the library, or in the place of what it has, with the name that the consent of now allows."""
    there, credit = wanted.copy and wanted.copy.thing, wanted.name or nameless()
    is_credited_anew = bool(wanted.copy and (wanted.name or wanted.copy.names_witness))
    if isinstance(brought, library.Brought):
        if not isinstance(there, Picture):
            return library.add_brought(brought, filename="", actor=actor, rights=Rights.WITNESS, credit=credit)
        is_as_large = (there.width, there.height) == (brought.facts["width"], brought.facts["height"])
        if not is_as_large and wanted.copy and wanted.attachment.blurred < wanted.copy.blurred + len(there.blurred):
            raise handling.HandlingRefused(_less_blurred())
        picture = library.replace_with(brought, there, filename="", actor=actor, keeps_view=True)
        return library.change(picture, actor=actor, credit=credit) if is_credited_anew else picture
    if not isinstance(there, Video):
        return videos.add_brought(brought, filename="", actor=actor, rights=Rights.WITNESS, credit=credit)
    video = videos.replace_with(brought, there, filename="", actor=actor)
    return videos.change(video, actor=actor, credit=credit) if is_credited_anew else video


def _less_blurred() -> str:
    return gettext(
        "The library’s picture has more blurred than this copy. Blur the copy as well, then bring it up to date."
    )


class _Film:
    """Unsealed pieces, each far smaller than the library asks for at a time, as something to read from."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces

    def read(self, size: int, /) -> bytes:
        return next(self._pieces, b"")


def forget_name(report: Report, *, but: str = "") -> None:
    """Any name of the witness but this one goes from the credit of what readers do not see; what they see stays."""
    named = LibraryCopy.objects.filter(report=report, names_witness=True).select_related("picture", "video")
    films = PublishedVideo.objects
    seen = Q(picture__in=PublishedPicture.objects.values("picture")) | Q(video__in=films.values("video"))
    seen |= Q(picture__in=films.values("video__poster"))
    for copy in named.exclude(pk__in=named.filter(seen).values("pk")):
        if but and copy.thing and copy.thing.credit == but:
            continue
        if copy.picture:
            library.change(copy.picture, actor=None, credit=nameless())
        elif copy.video:
            videos.change(copy.video, actor=None, credit=nameless())
        LibraryCopy.objects.filter(pk=copy.pk).update(names_witness=False)
