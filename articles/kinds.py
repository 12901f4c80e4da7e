from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What a story is: readers are told, and machines too (schema.org types hang on it)."""

    NEWS = "news", _("News")
    ANALYSIS = "analysis", _("Analysis")
    OPINION = "opinion", _("Opinion")
    INTERVIEW = "interview", _("Interview")
    EXPLAINER = "explainer", _("Explainer")
    LONG_READ = "longread", _("Long read")
    BRIEF = "brief", pgettext_lazy("kind of story", "Brief")


class NoteKind(models.TextChoices):
    """What the paper adds to a story after the fact."""

    CORRECTION = "correction", _("Correction")
    CLARIFICATION = "clarification", _("Clarification")
    UPDATE = "update", _("Update")
    NOTE = "note", _("Editor’s note")
