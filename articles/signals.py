"""Told inside the verb's transaction, once per verb. A receiver may write rows or register ``on_commit``; no more.

Those of stories are sent with ``article_id`` (int); published, updated and corrected also with ``published`` (the
`PublishedArticle` row), updated with ``replaced`` (that row as readers had it before), withdrawn and killed with the
row as it was (None: readers did not have the story any more), published and updated with ``options`` too, the ticks
beside the button that were set, by name (`articles.registry`). Published, updated, withdrawn, killed and discarded
have ``actor``, None for the system itself.
`article_rebuilt`: readers' HTML was made anew, the story says what it said.

`article_corrected` has ``actor`` too. `reader_noted`: a reader reports an error, with ``note`` (the `ReaderNote` row)
and ``is_first``, whether it is the story's only open one.

`site_changed`: what stands around every story changed (settings, menus, sections, the banner). `front_changed`, with
``language`` and ``section`` (its number; None: the edition's own front page): another arrangement was launched.
`most_read_changed`, with ``language``: other stories are read most in that edition.

`merging`, with ``gone`` and ``stays`` (two authors, or two tags): what hangs on the first must hang on the second now,
for the first is deleted next.

`shown_anew`, with ``tags``: rooms above show readers something else on pages that hang on these.

`demo_filled`, with ``numbers`` (of its stories, by the demo's keys), and `demo_taken_out`: rooms above have a demo too.
"""

from django.dispatch import Signal

article_saved = Signal()
article_published = Signal()
article_updated = Signal()
article_corrected = Signal()
article_withdrawn = Signal()
article_killed = Signal()
article_discarded = Signal()
article_restored = Signal()
article_rebuilt = Signal()
reader_noted = Signal()
site_changed = Signal()
front_changed = Signal()
most_read_changed = Signal()
merging = Signal()
shown_anew = Signal()
demo_filled = Signal()
demo_taken_out = Signal()
