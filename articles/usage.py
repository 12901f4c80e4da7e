"""Which stories use a picture: for its page in the library."""

from django.db.models import F, Q
from django.urls import reverse

from articles.models.desk import Article
from articles.models.published import PublishedPicture
from images.models import Picture

MOST = 50


def stories_with(picture: Picture) -> list[tuple[str, str]]:
    """Headline and form's address of the newest stories that show the picture to readers, or would if published."""
    live = PublishedPicture.objects.filter(picture=picture).values("article")
    # Of texts that readers have, the rows above tell: only the others are looked through.
    in_text = ~Q(digest=F("live_digest")) & Q(body__contains=f'<figure data-image="{picture.pk}">')
    stories = Article.objects.filter(Q(pk__in=live) | Q(lead_picture=picture) | in_text).only("headline")
    return [(str(story), reverse("admin:articles_article_change", args=[story.pk])) for story in stories[:MOST]]
