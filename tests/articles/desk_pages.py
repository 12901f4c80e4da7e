"""Pages of the desk as a test asks for them and reads them."""

import html

from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse


def at(name: str, *args: object) -> str:
    """The address of a page of stories."""
    return reverse(f"admin:articles_article_{name}", args=args)


def said(response: HttpResponse) -> str:
    """The messages that the next page shows."""
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def page_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return html.unescape(response.content.decode())
