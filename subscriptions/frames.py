"""What a letter may load where the desk looks at it: its own style and the paper's pictures, in a frame of its own."""

from django.conf import settings

from subscriptions.links import LENGTH

LETTER_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'self'", settings.SITE_URL],
    "frame-ancestors": ["'self'"],
    "sandbox": [""],
}
# In the place of a reader's own links: they lead nowhere.
NOBODY = "-" * LENGTH
