"""`addresses`: each kind of public address, with an example that works."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client

from articles import actions
from citizen_reports.intake import found_forms
from tests import make
from tests.subscriptions.readers import gone_out


def listed(*options: str) -> str:
    out = StringIO()
    call_command("addresses", *options, stdout=out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def _address(settings) -> None:
    settings.SITE_URL = "https://post.example"
    settings.SECURE_SSL_REDIRECT = False


def test_every_example_answers_as_its_kind_should(client: Client, db: None, chief) -> None:
    make.site()
    europe = make.section("Europe", parent=make.section(), in_menu=False)
    for language in ("en", "fr", "ar"):
        make.page("من نحن" if language == "ar" else "About", slug=f"about-{language}", language=language)
        make.story(language=language, section=europe, bylines=[make.author()], tags=["تاج"], series=make.series())
        gone_out(language)
    found_forms()
    moved, withdrawn, killed = make.story(), make.story(), make.story()
    actions.save(moved.pk, actor=chief, content={"slug": "moved"})
    actions.update(moved.pk, actor=chief)
    actions.withdraw(withdrawn.pk, actor=chief)
    actions.kill(killed.pk, actor=chief, notice="Wrong.")
    found = json.loads(listed("--json"))
    assert found.pop("picture") is None
    expected = {"moved": 301, "withdrawn": 410, "killed": 410, "admin": 302}
    for kind, address in found.items():
        assert address.startswith("https://post.example/")
        assert client.get(address.removeprefix("https://post.example")).status_code == expected.get(kind, 200), kind
    assert found["front_ar"] == "https://post.example/ar/"
    assert found["section_feed_fr"] == "https://post.example/fr/news/europe/feeds/rss.xml"


def test_a_new_newsroom_says_what_it_has_not(db: None) -> None:
    found = json.loads(listed("--json"))
    assert found["front"] == "https://post.example/"
    assert found["article"] is None
    assert found["tag"] is None
    lines = listed().splitlines()
    assert [line.split() for line in lines] == [[kind, address or "-"] for kind, address in found.items()]
