"""The demo's call-out: three stories ask with it, in three languages."""

from __future__ import annotations

from typing import Any

from citizen_reports.models import IntakeForm, Question, StoryCallOut

SLUG = "balouk-night"
STORIES = ("flood-main-en", "crue-lansemba-fr", "flood-ar")
Kind = Question.Kind
_FORM = {
    "title": "The night on the Balouk",
    "intro": "Were you on the lower Balouk when the water came, or do you know somebody who was? We are putting"
    " together what happened between two and four in the morning, minute by minute.",
}
_FORM_WORDS = {
    "fr": {
        "title": "La nuit sur le Balouk",
        "intro": "Étiez-vous sur le bas Balouk quand l’eau est arrivée, ou connaissez-vous quelqu’un qui y était ? Nous"
        " reconstituons, minute par minute, ce qui s’est passé entre deux et quatre heures du matin.",
    },
    "ar": {
        "title": "ليلة على نهر البالوك",
        "intro": "هل كنتم في أسفل البالوك حين وصلت المياه، أو تعرفون من كان هناك؟ نحن نعيد تركيب ما جرى دقيقةً بدقيقة"
        " بين الثانية والرابعة فجرًا.",
    },
}
_QUESTIONS: list[dict[str, Any]] = [
    {
        "kind": Kind.CHOICE, "label": "Where were you?", "required": True,
        "options": "Dar Simbo\nOum Zalat\nLansemba\nGorembe\nSomewhere else",
        "words": {
            "fr": {"label": "Où étiez-vous ?", "options": "Dar Simbo\nOum Zalat\nLansemba\nGorembe\nAilleurs"},
            "ar": {"label": "أين كنتم؟", "options": "دار سيمبو\nأم زلاط\nلانسيمبا\nغوريمبي\nفي مكان آخر"},
        },
    },
    {
        "kind": Kind.TEXT, "label": "When did you first see or hear the water?",
        "help_text": "As exactly as you can, and how you know the time.",
        "words": {
            "fr": {
                "label": "Quand avez-vous vu ou entendu l’eau pour la première fois ?",
                "help_text": "Aussi précisément que possible, et comment vous connaissez l’heure.",
            },
            "ar": {"label": "متى رأيتم المياه أو سمعتموها أول مرة؟", "help_text": "بأدق ما يمكن، وكيف عرفتم الوقت."},
        },
    },
    {
        "kind": Kind.CHOICES, "label": "How were you warned?",
        "options": "By a siren\nBy radio\nBy telephone\nBy neighbours\nNot at all",
        "words": {
            "fr": {
                "label": "Comment avez-vous été prévenu ?",
                "options": "Par une sirène\nPar la radio\nPar téléphone\nPar des voisins\nPas du tout",
            },
            "ar": {"label": "كيف وصلكم التحذير؟", "options": "بصفارة إنذار\nبالراديو\nبالهاتف\nمن الجيران\nلم يصل"},
        },
    },
    {
        "kind": Kind.YES_NO, "label": "Do you have photos or videos from that night?",
        "words": {
            "fr": {"label": "Avez-vous des photos ou des vidéos de cette nuit ?"},
            "ar": {"label": "هل لديكم صور أو مقاطع من تلك الليلة؟"},
        },
    },
    {
        "kind": Kind.TEXT, "label": "Whom else should we ask?", "is_personal": True,
        "help_text": "Only if they have agreed to it.",
        "words": {
            "fr": {"label": "À qui d’autre devrions-nous parler ?", "help_text": "Seulement avec leur accord."},
            "ar": {"label": "من غيركم ينبغي أن نسأل؟", "help_text": "بعد موافقتهم فقط."},
        },
    },
]  # fmt: skip


def fill(numbers: dict[str, int], **_kwargs: Any) -> None:
    """Receives `articles.signals.demo_filled`."""
    form, is_new = IntakeForm.objects.get_or_create(slug=SLUG, defaults={**_FORM, "words": _FORM_WORDS, "position": 1})
    if is_new:
        rows = [Question(form=form, position=place, **row) for place, row in enumerate(_QUESTIONS, start=1)]
        Question.objects.bulk_create(rows)
    for key in STORIES:
        StoryCallOut.objects.get_or_create(story_id=numbers[key], defaults={"form": form})


def take_out(**_kwargs: Any) -> None:
    """Receives `articles.signals.demo_taken_out`: what somebody has answered stays, and nobody is asked any more."""
    forms = IntakeForm.objects.filter(slug=SLUG)
    forms.filter(reports=None).delete()
    forms.update(is_open=False)
