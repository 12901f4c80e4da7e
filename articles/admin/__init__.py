from articles.admin import addresses, article, furniture, reader_notes  # noqa: F401
