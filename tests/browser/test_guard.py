"""The checks themselves: a page with a fault must not get past them."""

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import path
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from newsroom import urls
from tests.browser.checks import Guard, axe, nu

HEAD = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A page</title>'
    '<link rel="icon" href="/static/admin/img/icon-yes.svg"></head>'
)
BODIES = {
    "good": "<main><h1>Ferries</h1><p>They run.</p></main>",
    "style": '<main><h1 style="color: red">Ferries</h1></main>',
    "script": "<main><h1>Ferries</h1><script>document.title = 'Trains'</script></main>",
    "elsewhere": '<main><h1>Ferries</h1><img src="http://elsewhere.example/ferry.png" alt="A ferry"></main>',
    "missing": '<main><h1>Ferries</h1><img src="/no/such/ferry.png" alt="A ferry"></main>',
    "nameless": '<main><h1>Ferries</h1><img src="/static/admin/img/icon-yes.svg"></main>',
}


def show(request: HttpRequest, fault: str) -> HttpResponse:
    return HttpResponse(f"{HEAD}<body>{BODIES[fault]}</body></html>")


urlpatterns = [path("faults/<str:fault>/", show), *urls.urlpatterns]
handler404 = urls.handler404


@pytest.fixture(autouse=True)
def faulty_addresses(settings: Settings) -> None:
    settings.ROOT_URLCONF = __name__


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fault", "complaint"),
    [
        ("style", "style-src"),
        ("script", "script-src"),
        ("elsewhere", "elsewhere.example"),
        ("missing", "status of 404"),
    ],
)
def test_the_guard_hears_what_the_browser_complains_of(
    browser: Browser, live_server: LiveServer, fault: str, complaint: str
) -> None:
    with browser.new_context() as context:
        guard = Guard(context, origin=live_server.url)
        context.new_page().goto(f"{live_server.url}/faults/{fault}/", wait_until="networkidle")
    assert any(complaint in each for each in guard.complaints), guard.complaints


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_axe_finds_a_picture_without_words_and_nothing_on_a_good_page(reader_page: Page) -> None:
    reader_page.goto("/faults/good/")
    assert axe(reader_page) == []
    reader_page.goto("/faults/nameless/")
    assert [line.split()[0] for line in axe(reader_page)] == ["image-alt"]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_member_of_staff_is_signed_in(desk_page: Callable[..., Page], editor: User) -> None:
    page = desk_page(editor)
    page.goto("/faults/good/")
    assert {cookie["name"] for cookie in page.context.cookies()} == {"sessionid"}


@pytest.mark.nu
def test_nu_names_the_page_and_the_line() -> None:
    found = nu(
        {
            "good": f"{HEAD}<body>{BODIES['good']}</body></html>",
            "bad": f"{HEAD}<body><main><p><h1>x</h1></p></main></body></html>",
        }
    )
    assert found and all(line.startswith("bad line 1: ") for line in found)
