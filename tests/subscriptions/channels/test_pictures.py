"""The picture of a card on a channel that does not look at the page: sent along, and never in the way of the post."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from articles import reading
from images import library, renditions
from images.models import Picture
from images.pixels import PictureRefused
from safeguards import stores
from safeguards.stores import StoreAway
from tests import make
from tests.subscriptions.channels.accounts import account, only, publish, work
from tests.subscriptions.channels.double import Double

pytestmark = pytest.mark.django_db


def state(story: Any) -> tuple[str, str]:
    post = only(story)
    return post.state, post.problem


def test_bluesky_gets_the_cards_picture_out_of_the_public_store(double: Double) -> None:
    account("bluesky")
    account("mastodon")  # which looks at the page itself
    story = publish(lead_picture=make.picture((1600, 1200)).pk)
    work()
    (shown,) = double.shown["bluesky"]
    (rendition, _height) = reading.lead_jpeg(story) or (None, 0)
    assert rendition is not None and rendition.width == 1280
    (sent,) = double.blobs.values()
    with stores.public().opened(renditions.key_of(rendition.name)) as file:
        assert sent == file.read()
    assert Image.open(BytesIO(sent)).size == (1280, 720)
    assert shown["record"]["embed"]["external"]["thumb"]["size"] == len(sent) < 1_000_000
    assert len(double.texts("mastodon")) == 1


def test_a_graphic_picture_is_never_sent_ahead(double: Double) -> None:
    account("bluesky")
    photo = make.picture((1600, 1200))
    stories = [publish(lead_picture=make.picture(colour="red", is_sensitive=True).pk), publish(lead_picture=photo.pk)]
    library.change(photo, actor=None, is_sensitive=True)
    stories.append(publish())
    work()
    assert {state(story) for story in stories} == {("posted", "")}
    assert not double.blobs
    assert not any("thumb" in each["record"]["embed"]["external"] for each in double.shown["bluesky"])


@pytest.mark.parametrize(
    "reply",
    [
        (413, {"error": "BlobTooLarge"}), (429, {"error": "RateLimitExceeded"}), (500, {}), (200, {"blob": "none"}),
        (200, {"blob": {"ref": {"$link": "bafkrei-of-nothing"}}}),
    ],
)  # fmt: skip
def test_a_picture_that_bluesky_does_not_take_holds_no_post_back(reply: Any, double: Double) -> None:
    account("bluesky")
    double.blob_reply = reply
    story = publish(lead_picture=make.picture().pk)
    work()
    assert state(story) == ("posted", "")
    (shown,) = double.shown["bluesky"]
    assert "thumb" not in shown["record"]["embed"]["external"]


@pytest.mark.parametrize(
    "error", [StoreAway("away"), FileNotFoundError(), PictureRefused("broken"), Picture.DoesNotExist()]
)
def test_a_picture_that_cannot_be_read_holds_no_post_back(
    error: Exception, double: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_none(rendition: object) -> str:
        raise error

    account("bluesky")
    story = publish(lead_picture=make.picture().pk)
    monkeypatch.setattr(renditions, "make", make_none)
    work()
    assert state(story) == ("posted", "")
    assert not double.blobs
