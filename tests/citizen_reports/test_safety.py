"""The page for witnesses: what is promised and what is not, in the paper's languages, without a trace."""

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from citizen_reports.models import IntakeForm
from tests.citizen_reports import posts

pytestmark = pytest.mark.django_db
PAGE = "/report/safety/"


def test_it_says_what_is_promised_what_is_not_and_how_long(witness: Client, house_form: IntakeForm) -> None:
    IntakeForm.objects.update(retention_days=45, safety_text="Leave the square before dark.")
    shown = witness.get(PAGE).content.decode()
    for words in (
        "ordinary server on the internet", "Tor Browser", "for 45 days", "Leave the square before dark.",
        "withdraw your permission", "a court",
    ):  # fmt: skip
        assert words in shown
    assert "<script" not in shown
    assert "Esc" not in shown, "a key that no script listens to"


def test_it_is_as_strict_as_the_form_and_nobody_keeps_it(witness: Client) -> None:
    page, form = witness.get(PAGE), witness.get(posts.FORM)
    for header in ("Content-Security-Policy", "Referrer-Policy", "Cache-Control", "X-Frame-Options"):
        assert page[header] == form[header]
    assert page["Cache-Control"] == "no-store"
    assert witness.post(PAGE).status_code == 405


def test_form_receipt_and_confirmation_lead_there_in_their_language(witness: Client) -> None:
    link = f'href="{PAGE}?lang=fr"'
    assert link in witness.get(posts.FORM, {"lang": "fr"}).content.decode()
    assert link in witness.get("/report/receipt/", {"lang": "fr"}).content.decode()
    sent = posts.send(witness)
    assert f'href="{PAGE}?lang=en"' in sent.content.decode()
    assert f'href="{PAGE}?lang=en"' in posts.come_back(witness, posts.receipt_of(sent)).content.decode()
    assert 'lang="ar" dir="rtl"' in witness.get(PAGE, {"lang": "ar"}).content.decode()


def test_no_call_out_takes_its_address() -> None:
    with pytest.raises(ValidationError, match="need this word"):
        IntakeForm(slug="safety", title="Safety first").full_clean()
