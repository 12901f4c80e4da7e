"""Letters on the site are kept as finished pages, and are made anew when another goes out or a story is taken off."""

from collections.abc import Iterator

import pytest
from django.core.wsgi import get_wsgi_application

from articles import actions
from pagecache import host
from subscriptions import archive, ledger, manual
from subscriptions.models.letters import Edition, Newsletter
from tests import make
from tests.pagecache.paper import Reader
from tests.subscriptions.readers import gone_out, letter_by_the_desk

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("paper")]


@pytest.fixture
def read() -> Iterator[Reader]:
    store = host.here()
    store.purge([host.EVERYTHING], hard=True)
    yield Reader(store.wrap(get_wsgi_application()))
    store.purge([host.EVERYTHING], hard=True)


def test_pages_of_letters_are_kept_and_follow_what_happens(read, chief):
    story = make.story("Ferry returns")
    shown = archive.address(gone_out("en"))
    for path in ("/letters/", shown):
        assert (read(path).how, read(path).how) == ("MISS", "HIT"), path
    letter = letter_by_the_desk()
    Newsletter.objects.update(is_public=True)
    edition = manual.decide(letter, actor=None, version=letter.version)
    assert read("/letters/").how == "HIT"
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.SENDING)
    assert ledger.settle(edition)
    assert "Hello" in read("/letters/").body.decode()
    read(shown)
    actions.withdraw(story.pk, actor=chief)
    assert "Ferry returns" not in read(shown).body.decode()


def test_with_the_first_letter_a_link_to_it_appears_at_every_foot(read):
    make.story("Ferry returns")
    assert (read("/").how, read("/").how) == ("MISS", "HIT")
    assert 'href="/letters/"' not in read("/").body.decode()
    letter = letter_by_the_desk()
    Newsletter.objects.update(is_public=True)
    edition = manual.decide(letter, actor=None, version=letter.version)
    Edition.objects.filter(pk=edition.pk).update(state=Edition.State.SENDING)
    assert ledger.settle(edition)
    assert 'href="/letters/"' in read("/").body.decode()
