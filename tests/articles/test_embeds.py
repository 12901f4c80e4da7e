"""Which addresses are cards, and under which canonical address; whatever else comes in is an ordinary link."""

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.embeds import PROVIDERS, Kind, frame_origins, recognise

TUBE = "https://www.youtube.com/watch?v=abc-EFG_123"
POST = "https://quay.example/@mara/112233445566778899"
PAGE = "https://www.facebook.com/harbourpost"


@pytest.mark.parametrize(
    ("address", "provider", "kind", "url"),
    [
        (TUBE, "YouTube", "video", TUBE),
        ("http://m.youtube.com/watch?feature=share&v=abc-EFG_123&list=x#a", "YouTube", "video", TUBE),
        ("//youtu.be/abc-EFG_123?si=tracks", "YouTube", "video", TUBE),
        ("https://youtu.be/abc-EFG_123?t=1m30s", "YouTube", "video", f"{TUBE}&t=90"),
        ("https://www.youtube-nocookie.com/embed/abc-EFG_123?start=90", "YouTube", "video", f"{TUBE}&t=90"),
        ("https://www.youtube.com/live/abc-EFG_123", "YouTube", "video", TUBE),
        ("https://youtube.com/shorts/abc-EFG_123?si=x", "YouTube", "upright", "https://www.youtube.com/shorts/abc-EFG_123"),
        ("https://vimeo.com/76979871?share=copy", "Vimeo", "video", "https://vimeo.com/76979871"),
        ("https://player.vimeo.com/video/76979871?h=8272103f6e", "Vimeo", "video", "https://vimeo.com/76979871/8272103f6e"),
        ("https://vimeo.com/channels/quay/76979871", "Vimeo", "video", "https://vimeo.com/76979871"),
        ("https://twitter.com/mara/status/12345?s=20", "X", "post", "https://x.com/mara/status/12345"),
        ("https://mobile.twitter.com/mara/status/12345/photo/1", "X", "post", "https://x.com/mara/status/12345"),
        ("https://platform.twitter.com/embed/Tweet.html?id=12345", "X", "post", "https://x.com/i/status/12345"),
        ("https://t.me/s/harbourpost/77?embed=1", "Telegram", "post", "https://t.me/harbourpost/77"),
        (f"{PAGE}/posts/pfbid0abc?locale=x", "Facebook", "post", f"{PAGE}/posts/pfbid0abc"),
        (f"{PAGE}/videos/the-quay/99/", "Facebook", "video", f"{PAGE}/videos/the-quay/99"),
        (
            "https://m.facebook.com/story.php?id=2&story_fbid=1&fbclid=x", "Facebook", "post",
            "https://www.facebook.com/story.php?story_fbid=1&id=2",
        ),
        ("https://facebook.com/watch/?ref=x&v=99", "Facebook", "video", "https://www.facebook.com/watch/?v=99"),
        (
            "https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fwww.facebook.com%2Fharbourpost%2Fposts%2F1",
            "Facebook", "post", f"{PAGE}/posts/1",
        ),
        (POST, "Mastodon", "post", POST),
        (f"{POST}/embed?x=1", "Mastodon", "post", POST),
        (
            "https://bsky.app/profile/mara.example/post/3kabcdefgh2x", "Bluesky", "post",
            "https://bsky.app/profile/mara.example/post/3kabcdefgh2x",
        ),
        (
            "https://embed.bsky.app/embed/did:plc:abc/app.bsky.feed.post/3kabcdefgh2x?id=1", "Bluesky", "post",
            "https://bsky.app/profile/did:plc:abc/post/3kabcdefgh2x",
        ),
    ],
)  # fmt: skip
def test_what_is_recognised(address, provider, kind, url):
    embed = recognise(f" {address}\n")
    assert embed
    assert (embed.provider, embed.kind, embed.url) == (provider, kind, url)
    assert recognise(embed.url) == embed
    assert provider in PROVIDERS


@pytest.mark.parametrize(
    "address",
    [
        "", "https://", "javascript:alert(1)", "https://youtube.com/", "https://www.youtube.com/@harbourpost",
        "https://youtube.com.evil.example/watch?v=abc-EFG_123", "https://evil.example/youtube.com/watch?v=abc-EFG_123",
        "https://youtube.com@evil.example/watch?v=abc-EFG_123", "https://youtube.com:8443/watch?v=abc-EFG_123",
        "https://www.youtube.com/watch?v=abc-EFG_123%22onload", "https://www.youtube.com/embed/videoseries?list=x",
        "ftp://youtu.be/abc-EFG_123", "https://youtu.be\\@evil.example/abc-EFG_123", "https://youtu.be/abc EFG_123",
        "https://x.com/mara", "https://t.me/c/123/4", "https://t.me/harbourpost", "https://vimeo.com/about",
        "https://www.facebook.com/harbourpost", "https://www.facebook.com/sharer/sharer.php?u=x",
        "https://www.facebook.com/plugins/post.php?href=https%3A%2F%2Fevil.example%2F",
        "https://127.0.0.1/@mara/112233445566778899", "https://localhost/@mara/112233445566778899",
        "https://quay.example/@mara@other.example/112233445566778899", "https://quay.example/@mara/12",
        "https://youtube.com/@mara/112233445566778899", "https://youtu.be/абвгдежзикл", "https://[x",
        TUBE + "&a=" + "b" * 600,
    ],
)  # fmt: skip
def test_what_is_none(address):
    assert recognise(address) is None


@given(
    st.text(max_size=30), st.sampled_from(["https://youtu.be/", "https://www.facebook.com/", "https://t.me/", "//", ""])
)
def test_nothing_raises_and_what_comes_out_is_plain(text, before):
    embed = recognise(before + text)
    if embed:
        assert embed.url.isascii()
        assert not {*embed.url} & {*'"<> '}
        assert recognise(embed.url) == embed


def test_frames_are_the_providers_own_and_youtube_sets_no_cookie():
    tube, short, x, post, page = map(recognise, (
        f"{TUBE}&t=90", "https://youtube.com/shorts/abc-EFG_123", "https://x.com/a/status/1", POST, f"{PAGE}/posts/1",
    ))  # fmt: skip
    assert tube and short and x and post and page
    assert tube.frame == "https://www.youtube-nocookie.com/embed/abc-EFG_123?autoplay=1&start=90"
    assert short.kind == Kind.UPRIGHT
    assert x.frame == ""
    assert post.frame == f"{POST}/embed"
    assert urlsplit(page.frame).netloc == "www.facebook.com"
    assert tube.host == "youtube.com"


def test_origins_are_read_from_what_was_rendered():
    html = ' data-frame="https://a.example/x"> data-frame="https://b.example/" data-frame="https://a.example/y"'
    assert frame_origins(html) == ["https://a.example", "https://b.example"]
    assert frame_origins("<p>https://a.example/</p>") == []
