"""What a device shows of a story, and the same sealed for one device alone (RFC 8291)."""

from __future__ import annotations

import json
from dataclasses import dataclass

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

from articles.models.published import PublishedArticle
from articles.reading import Edition as Paper
from subscriptions.push.keys import to_bytes

# One record of 4,096 bytes less its head and its seal (RFC 8291, 4).
MOST = 3993


@dataclass(frozen=True)
class Keys:
    """What a browser gave when it asked for notices."""

    endpoint: str
    p256dh: str
    auth: str

    def check(self) -> None:
        """Raises ``ValueError`` unless a message can be sealed for these: a point of P-256, and 16 bytes."""
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), to_bytes(self.p256dh))
        if len(to_bytes(self.auth)) != 16:
            raise ValueError("the secret is not 16 bytes long")

    def to_json(self) -> str:
        return json.dumps(self.__dict__)

    @classmethod
    def of(cls, text: str) -> Keys:
        return cls(**json.loads(text))


def of_story(story: PublishedArticle, paper: Paper) -> str:
    """The notice as `static/site/worker.js` shows it: JSON of at most `MOST` bytes, the standfirst cut to fit."""
    message = {
        "title": story.headline,
        "lang": story.language,
        "dir": paper.direction,
        "tag": f"story-{story.pk}",
        "icon": paper.icon_path,
        "path": story.path,
    }
    for room in (240, 120, 0):
        written = json.dumps({**message, "body": _cut(story.standfirst, room)}, ensure_ascii=False)
        if len(written.encode()) <= MOST:
            break
    return written


def sealed(message: str, keys: Keys) -> bytes:
    """The notice so that only that browser can read it (aes128gcm, RFC 8188)."""
    once = ec.generate_private_key(ec.SECP256R1())
    sealed_for_it: bytes = http_ece.encrypt(
        message.encode(),
        private_key=once,
        dh=to_bytes(keys.p256dh),
        auth_secret=to_bytes(keys.auth),
        version="aes128gcm",
    )
    return sealed_for_it


def _cut(text: str, room: int) -> str:
    """At most so many characters, whole words, with an ellipsis where something is missing."""
    text = " ".join(text.split())
    if len(text) <= room:
        return text
    return text[:room].rpartition(" ")[0].rstrip(" ,;:–-") + "…" if room else ""
