"""The service worker's file and the offline page, as the server gives them out; what they do, browsers are asked."""

import json
import re
from datetime import timedelta
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from articles import actions_banner, actions_site
from articles.views.offline import APART
from tests import make
from tests.pagecache.paper import Reader
from tests.pagecache.test_purging import here, read  # noqa: F401  # fixtures

pytestmark = pytest.mark.django_db
SCRIPT = re.compile(r"<script[^>]*></script>")
SOURCE = re.compile(r'src="/static/([^"]+)"')


def told(client: Client) -> dict[str, Any]:
    first = client.get("/sw.js").content.decode().partition("\n")[0]
    paper = json.loads(first.removeprefix("const PAPER = ").removesuffix(";"))
    assert isinstance(paper, dict)
    return paper


def test_the_worker_is_a_script_at_the_root_that_is_asked_for_each_time(client: Client) -> None:
    make.site()
    answer = client.get("/sw.js")
    assert answer["Content-Type"] == "text/javascript"
    assert answer["Cache-Control"] == "no-cache"
    assert answer["Surrogate-Key"] == "site"
    assert "connect-src 'self'" in answer["Content-Security-Policy"]
    paper = told(client)
    assert paper["pages"] == {"": "/offline/", "fr": "/fr/offline/", "ar": "/ar/offline/"}
    assert [path for path in paper["pages"].values() if "data-path" not in client.get(path).content.decode()] == []
    assert [piece for piece in paper["pieces"] if not finders.find(piece.removeprefix("/static/"))] == []


def test_whoever_reports_subscribes_or_works_here_is_let_alone(client: Client) -> None:
    assert set(told(client)["apart"]) == set(APART)
    for path in ("/report/", "/subscribe/", "/accounts/", "/admin/", "/corrections/report/"):
        assert path in APART


def test_the_worker_is_another_when_what_it_keeps_ready_is(client: Client, chief: User) -> None:
    site, section = make.site(), make.section()
    before = told(client)["release"]
    make.story(section=section)
    assert told(client)["release"] == before
    ends = timezone.now() + timedelta(hours=1)
    actions_banner.set_banner("en", text="The dam holds", path="", ends_at=ends, actor=chief)
    assert told(client)["release"] == before
    site.refresh_from_db()
    site.name = "The Quay Post"
    actions_site.save_site_settings(site, actor=chief)
    assert told(client)["release"] != before


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_kept_and_purged_with_the_paper(read: Reader, chief: User) -> None:  # noqa: F811
    site = make.site()
    assert [read("/sw.js").how, read("/sw.js").how] == ["MISS", "HIT"]
    site.name = "The Quay Post"
    actions_site.save_site_settings(site, actor=chief)
    assert read("/sw.js").how != "HIT"


def test_each_edition_has_its_offline_page_and_no_search_engine_shows_it(client: Client) -> None:
    make.site()
    for path, language, direction in (("/offline/", "en", "ltr"), ("/ar/offline/", "ar", "rtl")):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path)
        page = answer.content.decode()
        assert len(queries) <= 2
        assert f'<html lang="{language}" dir="{direction}">' in page
        assert f'data-path="{path}"' in page
        assert answer["X-Robots-Tag"] == "noindex"
        assert "no-store" not in answer["Cache-Control"]
    assert client.get("/de/offline/").status_code == 404


def test_stories_and_fronts_lead_to_what_was_saved(client: Client) -> None:
    make.site()
    for path, saved in (("/", "/offline/"), (make.story(language="ar").path, "/ar/offline/")):
        assert f'<li><a href="{saved}">' in client.get(path).content.decode()


def test_the_script_of_a_page_is_small_waits_and_holds_nothing_up(client: Client, chief: User) -> None:
    make.site()
    ends = timezone.now() + timedelta(hours=1)
    actions_banner.set_banner("en", text="The dam holds", path="", ends_at=ends, actor=chief)
    page = client.get(make.story().path).content.decode()
    scripts = SCRIPT.findall(page)
    assert len(scripts) == 3
    assert all(" defer>" in script for script in scripts)
    files = [settings.BASE_DIR / "static" / SOURCE.findall(script)[0] for script in scripts]
    assert sum(len(brotli.compress(file.read_bytes(), quality=11)) for file in files) <= 6 * 1024
    assert not any("unload" in file.read_text(encoding="utf-8") for file in files)
    assert 'rel="stylesheet"' not in page
