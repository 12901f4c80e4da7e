from articles.admin import article, furniture  # noqa: F401
