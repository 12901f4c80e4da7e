"""Told inside the verb's transaction, once per verb. A receiver may write rows or register ``on_commit``; no more."""

from django.dispatch import Signal

# With ``picture`` (the row as it is now), ``fields`` (names of those that changed; "original" for another file) and
# ``actor``. What readers see of it may have changed. A receiver returns in how many stories readers see the change now.
picture_changed = Signal()
