"""Told inside the verb's transaction, once per verb. A receiver may write rows or register ``on_commit``; no more.

Each is sent with ``article_id`` (int); published and updated also with ``published`` (the `PublishedArticle` row),
published with ``options`` too, the ticks that were set beside the button, by name (`articles.registry`), and ``actor``.
"""

from django.dispatch import Signal

article_saved = Signal()
article_published = Signal()
article_updated = Signal()
article_withdrawn = Signal()
article_killed = Signal()
article_restored = Signal()
