"""The database is away while a witness sends something: all that was typed comes back, to be sent again."""

import re
from html import unescape

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client

from citizen_reports.models import Report
from tests.citizen_reports.posts import FORM, come_back, content, hidden, receipt_of, send, token


def test_a_database_that_is_away_gives_back_all_that_was_typed(witness: Client) -> None:
    receipt = receipt_of(send(witness))
    visit, stamp = hidden(come_back(witness, receipt).content.decode(), "visit"), token(witness)
    large = SimpleUploadedFile("quay.jpg", b"\xff\xd8" + b"a" * 2_000_000, content_type="image/jpeg")
    typed = content(token=stamp, title='The "new" quay', body="\nWhat <I> saw.\nAnd heard.")

    def away(*_: object) -> None:
        raise OperationalError("connection refused")

    with connection.execute_wrapper(away):
        report = witness.post(f"{FORM}?lang=fr", {**typed, "files": large})
        message = witness.post("/report/receipt/write/", {"visit": visit, "body": "And from the bridge."})
        key = witness.post("/report/receipt/", {"receipt": receipt})
        assert witness.get(FORM).status_code == 503
    assert [each.status_code for each in (report, message, key)] == [503] * 3
    assert [each.headers["Retry-After"] for each in (report, message, key)] == ["120"] * 3
    assert report.headers["Cache-Control"] == "no-store"
    assert (report.headers["Content-Language"], message.headers["Content-Language"]) == ("fr", "en")
    assert "And from the bridge." in message.content.decode()
    assert hidden(key.content.decode(), "receipt") == receipt
    assert hidden(message.content.decode(), "visit") == visit
    # Sent again as it came back, it arrives, once.
    again = form_in(report.content.decode())
    assert again == typed
    for _twice in range(2):
        assert "Votre" in witness.post(f"{FORM}?lang=fr", again).content.decode()
    assert Report.objects.count() == 2
    assert sorted(each.title.open() for each in Report.objects.all()) == ["", 'The "new" quay']


def form_in(page: str) -> dict[str, str]:
    """What a browser would send of the form in the page."""
    names = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    text = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)
    assert text
    return {name: unescape(value) for name, value in [*names, ("body", text[1])]}
