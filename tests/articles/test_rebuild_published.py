"""`rebuild_published`: what readers see is made anew, and only that."""

from io import StringIO

import pytest
from django.core.management import call_command

from articles import actions
from articles.models.published import PublishedArticle, PublishedTag
from tests import make

pytestmark = pytest.mark.django_db


def test_published_rows_are_made_anew_from_their_revision():
    story, withdrawn = make.story("Bridge closed", tags=["Port"]), make.story("Ferry late")
    actions.withdraw(withdrawn.pk, actor=None)
    actions.save(story.pk, actor=None, content={"headline": "Not yet for readers"})
    before = PublishedArticle.objects.values().get()
    PublishedArticle.objects.update(body_html="<p>an older rendering</p>", headline="An older rendering")
    PublishedTag.objects.all().delete()

    out = StringIO()
    call_command("rebuild_published", stdout=out)

    assert out.getvalue() == "Stories made anew: 1\n"
    assert PublishedArticle.objects.values().get() == before
    assert PublishedTag.objects.get().content_object_id == story.pk
