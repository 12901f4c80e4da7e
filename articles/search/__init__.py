"""Search in what is published: `articles.search.index` keeps the index, `articles.search.find` asks it."""
