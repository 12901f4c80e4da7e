"""The demo's inbox: what eight people sent about the flood, in three languages, and what the desk found out so far."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice, User
from citizen_reports import evidence, handling, intake, receipts, sorting
from citizen_reports.models import CannedAnswer, IntakeForm, LibraryCopy, Report, ReportEvent, ReportStory
from citizen_reports.models.inbox import Aspect, Finding
from citizen_reports.models.reports import Exposure, Priority, ReportState, Verification

_WALL = (
    "At ten past four the water came over the wall behind the market in Dar Simbo. Nobody had told us that the gates"
    " were open. We carried the children to the roof of the school and waited there until it was light. I counted"
    " eleven houses that were gone by then."
)
# By the key that its form token is made of; "state" is where the desk has got with it.
_REPORTS: dict[str, dict[str, Any]] = {
    "wall": {
        "title": "Water over the market wall", "body": _WALL, "place": "Dar Simbo, behind the market",
        "language": "en", "story": "flood-main-en", "hours": 30, "state": ReportState.IN_VERIFICATION,
        "priority": Priority.HIGH,
    },
    "wall-again": {
        "title": "", "body": "Please read this. " + _WALL.replace("eleven houses", "more than ten houses"),
        "place": "Dar Simbo", "language": "en", "story": None, "hours": 20,
    },
    "siren": {
        "title": "Pas de sirène à Lansemba",
        "body": "J’habite à deux cents mètres de la sirène du pont. Elle n’a pas sonné. Le gardien dit qu’elle est"
        " débranchée depuis les travaux de mars. J’ai une photo de l’armoire ouverte, prise il y a trois semaines.",
        "place": "Lansemba, pont sud", "language": "fr", "story": "crue-lansemba-fr", "hours": 9,
        "state": ReportState.TRIAGED,
    },
    "radio": {
        "title": "الراديو لم يقل شيئًا",
        "body": "كنت أستمع إلى إذاعة المحافظة من الثانية حتى الخامسة فجرًا، ولم يُذكر فتح البوابات إلا بعد السادسة."
        " سجّلت ساعة منها على هاتفي، ويمكنني إرسالها إن كان ذلك آمنًا.",
        "place": "أم زلاط", "language": "ar", "story": "flood-ar", "hours": 5,
    },
    "nurse": {
        "title": "Nobody counts the ones from the camp",
        "body": "I work at the health post. Four people from the seasonal workers' camp were brought to us and are in"
        " no list that the governor read out. I cannot be named, I would lose my post.",
        "place": "Gorembe", "language": "en", "story": "flood-main-en", "hours": 3, "exposure": Exposure.CONFIDENTIAL,
    },
    "ferry": {
        "title": "Ferry timetable", "body": "The notice at the quay says no ferry until Thursday, not Wednesday.",
        "place": "Nafra", "language": "en", "story": None, "hours": 52, "state": ReportState.CLOSED,
    },
    "drone": {
        "title": "Vidéo par drone",
        "body": "Je peux vous vendre des images par drone de toutes les crues du pays, prix sur demande.",
        "place": "", "language": "fr", "story": None, "hours": 14, "state": ReportState.DECLINED,
    },
    "pills": {
        "title": "", "body": " ".join(f"https://pills.example/offer-{number}" for number in range(1, 6)), "place": "",
        "language": "en", "story": None, "hours": 2,
    },
}  # fmt: skip
_READY = {
    "en": [
        ("Thank you", "Thank you for writing to us. We have read your report and are looking into it. Nothing will be"
         " published without your permission."),
        ("When and where?", "Could you tell us as exactly as you can when and where this was, and whether you saw it"
         " yourself? Leave out whatever could put you in danger."),
        ("The original file", "If you can do so safely, please send us the original file, not a copy from a"
         " messenger. We remove everything that could show who took it before anything is published."),
    ],
    "fr": [
        ("Merci", "Merci de nous avoir écrit. Nous avons lu votre témoignage et nous vérifions. Rien ne sera publié"
         " sans votre accord."),
        ("Quand et où ?", "Pouvez-vous nous dire le plus précisément possible quand et où cela s’est passé, et si vous"
         " l’avez vu vous-même ? N’écrivez rien qui puisse vous mettre en danger."),
    ],
    "ar": [
        ("شكرًا", "شكرًا على مراسلتنا. قرأنا شهادتكم ونتحقق منها الآن. لن يُنشر شيء دون إذنكم."),
        ("متى وأين؟", "هل يمكنكم أن تخبرونا بأكبر قدر من الدقة متى وأين حدث ذلك، وهل رأيتموه بأنفسكم؟ لا تكتبوا ما قد"
         " يعرّضكم للخطر."),
    ],
}  # fmt: skip


def fill(sender: object, *, numbers: dict[str, int], **kwargs: Any) -> None:
    """Once; what the desk did with them since stays."""
    intake.found_forms()
    house = IntakeForm.objects.get(slug="witness")
    for language, answers in _READY.items():
        for position, (title, text) in enumerate(answers):
            CannedAnswer.objects.get_or_create(
                title=title, language=language, defaults={"text": text, "position": position}
            )
    for key, told in _REPORTS.items():
        own = {name: told[name] for name in intake.TOLD if name in told}
        received = intake.receive(
            {**dict.fromkeys(intake.IDENTITY, ""), **_CONTENT, **own},
            intake=house, nonce=_nonce(key), language=told["language"], story=numbers.get(told["story"] or ""),
        )  # fmt: skip
        if not received.again:
            _has_lain(received.report, told)
    _work_on_the_first()


def take_out(sender: object, **kwargs: Any) -> None:
    ours = Report.objects.filter(token_lookup__in=[receipts.token_lookup(_nonce(key)) for key in _REPORTS])
    numbers = list(ours.values_list("pk", flat=True))
    pages = [reverse("admin:citizen_reports_report_change", args=[number]) for number in numbers]
    Notice.objects.filter(url__in=pages).delete()
    ReportEvent.objects.filter(report__in=numbers).delete()
    for use in (ReportStory, LibraryCopy):  # what was made of one stays
        use.objects.filter(report__in=numbers).delete()
    ours.delete()
    for language, answers in _READY.items():
        for title, text in answers:
            CannedAnswer.objects.filter(title=title, language=language, text=text).delete()


_CONTENT: dict[str, Any] = {
    "kind": "eyewitness", "title": "", "happened_on": None, "happened_precision": "day",
    "exposure": Exposure.ANONYMOUS, "publish_text": True, "publish_media": False, "credit": "anonymous",
    "made_it_myself": True, "of_age": True, "may_contact": False,
}  # fmt: skip


def _nonce(key: str) -> str:
    return f"demo-report-{key}"


def _has_lain(report: Report, told: dict[str, Any]) -> None:
    at = (timezone.now() - timedelta(hours=told["hours"])).replace(minute=0, second=0, microsecond=0)
    state = told.get("state", report.state)
    Report.objects.filter(pk=report.pk).update(
        received_at=at, last_activity=at, state=state, priority=told.get("priority", Priority.NORMAL),
        is_announced=True, witness_waits=state in handling.OPEN_STATES,
    )  # fmt: skip


def _work_on_the_first() -> None:
    report = Report.objects.get(token_lookup=receipts.token_lookup(_nonce("wall")))
    people = {user.email.partition("@")[0]: user for user in User.objects.filter(email__endswith="@demo.example")}
    if report.checks.exists() or not {"reporter", "editor"} <= set(people):
        return
    reporter, editor = people["reporter"], people["editor"]
    sorting.sort(report.pk, actor=editor, priority=Priority.HIGH, assignee=reporter.pk)
    for aspect, finding, words in (
        (Aspect.PLACE, Finding.HOLDS, "The wall behind the market stands where they say, on the town map of 2024."),
        (Aspect.DATE, Finding.HOLDS, "Two others name the same ten minutes, one of them by the school clock."),
        (Aspect.CORROBORATION, Finding.DOUBTFUL, "Eleven houses: the list of the town has nine. Asked again."),
    ):
        evidence.check(report.pk, actor=reporter, aspect=aspect, finding=finding, evidence=words)
    handling.judge(report.pk, actor=reporter if reporter.has_perm("citizen_reports.verify_report") else editor,
                   verification=Verification.IN_PROGRESS, reason="")  # fmt: skip
    handling.answer(
        report.pk, actor=reporter,
        text="Thank you. Could you tell us how you counted the houses, and whether your own is among them?",
    )  # fmt: skip
