from articles.admin import addresses, article, furniture, moving, reader_notes  # noqa: F401
