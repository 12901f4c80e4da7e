import pytest
from tests import make
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
def test_two(desk_page, live_server):
    make.site()
    page = desk_page(make.user("chief"))
    page.goto(live_server.url + f"/admin/articles/article/add/")
    pm=page.locator(".ProseMirror"); pm.click()
    page.get_by_role("button", name="Quotation", exact=True).click()
    page.keyboard.type("first")
    print(pm.inner_html(), page.evaluate("document.activeElement.className"))
    page.keyboard.press("Enter")
    print(pm.inner_html())
    print(page.evaluate("JSON.stringify(document.querySelector('.ProseMirror').editor.state.selection.toJSON())"))
    print(page.evaluate("document.querySelector('.ProseMirror').editor.commands.splitBlock()"))
    print(pm.inner_html())
