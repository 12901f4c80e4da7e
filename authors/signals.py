"""Sent inside the transaction that changed the row."""

from django.dispatch import Signal

# With ``old_path`` and ``new_path`` (site-relative addresses of the author's page) and ``author``.
author_moved = Signal()
# With ``author`` and ``former_name``: a name, a portrait, words about the person.
author_saved = Signal()
