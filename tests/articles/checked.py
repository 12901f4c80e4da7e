"""A story's content for the checks: one that nothing can be said against, unless `changes` say otherwise."""

from typing import Any

from articles import checks, markup
from articles.checks import Finding
from articles.models.site import SiteSettings
from tests import make

TEXT = "<p>The ferry left at noon.</p>"


def content(**changes: Any) -> dict[str, Any]:
    """`body` is cleaned, as whatever comes in by a form is."""
    found = {
        "headline": "Ferry service resumes", "short_headline": "", "social_headline": "", "kicker": "",
        "standfirst": "It runs three times a day.", "dateline": "", "body": TEXT, "kind": "opinion", "language": "en",
        "slug": "", "section": None, "series": None, "tags": [], "bylines": [], "lead_picture": None, **changes,
    }  # fmt: skip
    return {**found, "body": markup.clean(found["body"])}


def findings(site: SiteSettings | None = None, *, number: int | None = None, **changes: Any) -> list[Finding]:
    """All that is found on such a story, which has a section and a lead picture, unless `changes` name them."""
    flags = changes.pop("flags", None)
    at = changes.pop("at", None)
    if "section" not in changes:
        changes["section"] = make.section().pk
    if "lead_picture" not in changes:
        changes["lead_picture"] = make.picture().pk
    return checks.examine(content(**changes), site=site or make.site(), number=number, at=at, flags=flags)


def codes(*args: Any, **changes: Any) -> list[str]:
    return [finding.code for finding in findings(*args, **changes)]
