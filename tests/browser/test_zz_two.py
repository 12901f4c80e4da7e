import pytest
from tests import make
from articles import actions
from articles.models.desk import Article

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
from tests.articles.test_import_text import STORY


def test_two(open_page, live_server):
    make.site()
    make.section("News")
    make.section("Culture")
    for i in range(3):
        make.draft(f"A story number {i} with a rather long headline", bylines=["Ada Lund"])
    s = make.story("Live story")
    actions.save(s.pk, actor=None, content={"headline": "Live story changed"})
    page = open_page(make.user("chief"), viewport={"width": 360, "height": 740})
    L = live_server.url + "/admin/articles/article/"
    page.goto(L)
    page.screenshot(path="/tmp/ed/list-phone.png", full_page=True)
    page.goto(L + "import/")
    page.locator("#id_text").fill(STORY)
    page.get_by_role("button", name="Read it").click()
    page.wait_for_timeout(300)
    page.screenshot(path="/tmp/ed/import-phone.png", full_page=True)
    page = open_page(make.user("chief"), viewport={"width": 1280, "height": 900}, color_scheme="dark")
    page.goto(L + "import/")
    page.locator("#id_text").fill(STORY)
    page.get_by_role("button", name="Read it").click()
    page.wait_for_timeout(300)
    page.screenshot(path="/tmp/ed/import2.png", full_page=True)
    page.goto(L + "add/")
    page.locator(".ProseMirror").click()
    page.keyboard.type("A text")
    page.get_by_role("button", name="Table", exact=True).click()
    page.get_by_role("button", name="Publish").click()
    page.wait_for_timeout(500)
    page.screenshot(path="/tmp/ed/errors.png")
    page.goto(L + f"{s.pk}/preview/")
    page.get_by_role("radio", name="Desktop").check()
    page.wait_for_timeout(700)
    page.screenshot(path="/tmp/ed/preview2.png")
    page = open_page(make.user("reporter"), viewport={"width": 1280, "height": 900})
    page.goto(L + f"{s.pk}/change/")
    page.screenshot(path="/tmp/ed/readonly.png", full_page=True)
    page = open_page(make.user("editor", language="ar"), viewport={"width": 1280, "height": 900})
    page.goto(L + f"{s.pk}/change/")
    page.wait_for_timeout(700)
    page.screenshot(path="/tmp/ed/arabic.png", full_page=True)
