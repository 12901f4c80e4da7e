"""Finding stories of the desk by what people know of them: words of the headline, a byline, a number, an address."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from articles.models.desk import Article, ArticleQuerySet, Byline
from articles.models.published import OldPath, PublishedArticle
from articles.search import find
from authors.models import Author

LONGEST = 400
WORDS = 8
MOST = 1_000  # stories found in one way, the newest of them
_NUMBER = re.compile(r"#?([0-9]{1,18})")
_DESK = re.compile(r"/articles/article/([0-9]{1,18})/")


def search(stories: ArticleQuerySet, typed: str) -> ArticleQuerySet:
    """Those of `stories` that `typed` may mean. Each word must stand in the headline, or all of it in a byline,
    in whatever spelling (`safeguards.spelling`); of published ones each word may stand in either, or begin one there.

    A story's number (12, #12) finds it too, and so does the address of its page for readers, old ones among them, or of
    its page at the desk. Costs at most nine queries besides the list's own, and of a large paper reads no story that
    stands as it was published.
    """
    typed = " ".join(typed.replace("\0", "").split())[:LONGEST]
    if not typed:
        return stories
    if "/" in typed and (number := number_of_address(typed)):
        return stories.filter(pk=number)
    found = {*find.titled(typed), *_headed(typed), *_signed(typed)}
    if written := _NUMBER.fullmatch(typed):
        found.add(int(written[1]))
    return stories.filter(pk__in=found)


def number_of_address(address: str) -> int | None:
    """The story at an address (whole, or from the first slash on), at the desk or for readers; None: none is there."""
    try:
        path = unquote(urlsplit(address).path)
    except ValueError:  # brackets that hold no address
        return None
    if at_desk := _DESK.search(path):
        return int(at_desk[1])
    path = "/" + path.partition("/")[2] if not path.startswith("/") else path  # paper.example/news/…
    live = PublishedArticle.objects.values_list("pk", flat=True)
    if number := live.filter(path=path).first():
        return number
    folders = [path[: at + 1] for at, letter in enumerate(path) if letter == "/"]
    rows = OldPath.objects.in_bulk({path, *folders}, field_name="path")
    old = rows.get(path) or next((rows[each] for each in reversed(folders) if each in rows), None)
    if old is None or not (old.path == path or old.is_prefix):
        return None
    return old.article_number or live.filter(path=old.target + path.removeprefix(old.path)).first()


def _headed(typed: str) -> list[int]:
    headlines = Article.objects.at_work()
    for word in typed.split()[:WORDS]:
        headlines = headlines.filter(headline__spelt=word)
    return list(headlines.order_by("-pk").values_list("pk", flat=True)[:MOST])


def _signed(typed: str) -> list[int]:
    # The authors first, of whom there are few: joined, each byline of the paper would look its author up.
    authors = list(Author.objects.filter(name__spelt=typed).values_list("pk", flat=True)[:MOST])
    of_them = Byline.objects.filter(author__in=authors).order_by("-article")
    printed = Byline.objects.filter(article__in=Article.objects.at_work().order_by().values("pk"), name__spelt=typed)
    return [number for lines in (of_them, printed) for number in lines.values_list("article", flat=True)[:MOST]]
