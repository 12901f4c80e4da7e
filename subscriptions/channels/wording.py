"""What is proposed for each channel: headline, standfirst and link, in the story's language, as long as it may be.

`measuring.LINK` stands for the story's address, which is known only once it is published.
"""

from __future__ import annotations

from typing import Protocol

from django.utils.translation import gettext, override

from articles.kinds import NoteKind
from subscriptions.channels.measuring import LINK, measure_of
from subscriptions.models.channels import ChannelKind

# Where the link is a card of its own, below the text.
_WITH_CARD = {ChannelKind.FACEBOOK, ChannelKind.BLUESKY}
# Where a standfirst would leave no room, or is more than people read there.
_SHORT = {ChannelKind.X}


class Story(Protocol):
    """The working copy or what readers have: both know these."""

    headline: str
    social_headline: str
    standfirst: str
    language: str


def proposed(kind: str, story: Story) -> str:
    """The text of the story's first post."""
    headline = " ".join((story.social_headline or story.headline).split())
    standfirst = "" if kind in _SHORT else " ".join(story.standfirst.split())
    return fitted(kind, f"*{headline}*" if kind == ChannelKind.WHATSAPP else headline, standfirst)


def update(kind: str, story: Story) -> str:
    """The text of a post that tells of new facts in a story that the channel already carries."""
    with override(story.language):
        return fitted(kind, gettext("Update: %(headline)s") % {"headline": " ".join(story.headline.split())})


def correction(kind: str, story: Story, note: str, text: str) -> str:
    """The text of a post that sets right what the channel has carried; `note` is a `NoteKind`."""
    with override(story.language):
        words = {"kind": str(NoteKind(note).label), "headline": " ".join(story.headline.split())}
        return fitted(kind, gettext("%(kind)s: “%(headline)s”") % words, " ".join(text.split()), keep_second=True)


def fitted(kind: str, first: str, second: str = "", *, keep_second: bool = False) -> str:
    """Both parts and the link; what is too long is cut at a word, or the second part is left out."""
    measure = measure_of(kind)
    tail = "" if kind in _WITH_CARD else LINK

    def whole(*parts: str) -> str:
        return "\n\n".join(filter(None, [*parts, tail]))

    if measure.fits(whole(first, second)):
        return whole(first, second)
    if not keep_second:
        second = ""
    words = second.split() if second else first.split()
    while words and not measure.fits(whole(*([first] if second else []), f"{' '.join(words)} …")):
        words.pop()
    cut = f"{' '.join(words)} …" if words else ""
    if second:
        return whole(first, cut)
    return whole(first if measure.fits(whole(first)) else cut)


def filled(text: str, link: str) -> str:
    """The text as it goes out."""
    return text.replace("\r\n", "\n").strip().replace(LINK, link)
