"""The desk's own pages are valid HTML: what an editor opens all day."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests import make
from tests.browser.checks import nu

pytestmark = [pytest.mark.nu, pytest.mark.django_db]


def test_the_pages_of_the_desk_are_valid(chief: User, signed_in: Callable[[User], Client]) -> None:
    make.site()
    picture = make.picture()
    story = make.draft("Ferry resumes", actor=chief, lead_picture=picture.pk, bylines=["Harbour Wire"])
    addresses = {
        "index": reverse("admin:index"),
        "library": reverse("admin:images_picture_changelist"),
        "upload": reverse("admin:images_picture_add"),
        "picture": reverse("admin:images_picture_change", args=[picture.pk]),
        "videos": reverse("admin:images_video_changelist"),
        "stories": reverse("admin:articles_article_changelist"),
        "new story": reverse("admin:articles_article_add"),
        "story, with its pickers": reverse("admin:articles_article_change", args=[story.pk]),
        "board": reverse("admin:articles_article_board"),
        "revisions": reverse("admin:articles_article_revisions", args=[story.pk]),
        "discard": reverse("admin:articles_article_discard", args=[story.pk]),
    }
    client = signed_in(chief)
    pages = {name: client.get(address) for name, address in addresses.items()}
    assert {name: page.status_code for name, page in pages.items() if page.status_code != 200} == {}
    found = nu({name: page.content.decode() for name, page in pages.items()})
    # Django's searching select has one empty option, where its script puts the placeholder.
    assert [each for each in found if "“option” without attribute “label”" not in each] == []
