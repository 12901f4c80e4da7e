"""What newsrooms suffer from elsewhere, caused here on purpose.

1. A schedule that silently does not happen: `test_clockwork`, `test_schedule_kills`, `test_health`.
2. Text lost by lock or autosave: `test_conflict`, `test_keeping`, `browser/test_keeping`, `test_verbs_machine`.
3. A green tick for what was not sent: `subscriptions/test_receipts`, `subscriptions/test_faults`, `test_kills`.
4. A slow front page, a wrong byline: below, and `test_fronts`, `test_merges`.
5. An installation of many servers: below, and `newsroom/test_serve`.
"""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from articles import actions
from articles.models.desk import Article
from articles.models.published import PublishedArticle
from authors.actions import save_author
from tests import make


@pytest.mark.django_db
def test_no_byline_changes_behind_a_storys_back(editor: User, reporter: User) -> None:
    make.site()
    author = make.author("A. Holt", user=reporter)
    live, draft = make.story("Ferry resumes", bylines=[author, "Harbour Wire"]), make.draft(bylines=[author])
    author.name = "Samir Best"
    save_author(author, actor=editor)
    reporter.is_active = False
    reporter.save()
    call_command("rebuild_published", verbosity=0)

    def printed() -> list[str]:
        return [line["name"] for line in PublishedArticle.objects.get(pk=live.pk).byline]

    assert printed() == ["A. Holt", "Harbour Wire"]
    # Years later somebody mends a comma, and not the name.
    actions.save(live.pk, actor=editor, content={"standfirst": "From Monday, at noon."})
    actions.update(live.pk, actor=editor)
    assert printed() == ["A. Holt", "Harbour Wire"]
    # What goes out for the first time carries the name under which it was saved.
    assert actions.publish(draft.pk, actor=editor).byline[0]["name"] == "A. Holt"


@pytest.mark.django_db
def test_a_new_name_of_an_author_is_no_unpublished_change(editor: User) -> None:
    author = make.author("A. Holt")
    story = make.story(bylines=[author])
    author.name = "Amira Holt"
    save_author(author, actor=editor)
    actions.save(story.pk, actor=editor, content={})
    assert not Article.objects.get(pk=story.pk).has_unpublished_changes


@pytest.mark.django_db
def test_a_cold_front_page_reads_no_more_of_a_large_paper(client: Client) -> None:
    make.site()
    first = make.story("The oldest")

    def rows_read() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/", headers={"cache-control": "no-cache"}).status_code == 200
        assert len(queries) < 30
        assert all("LIMIT" in each["sql"] for each in queries if "articles_publishedarticle" in each["sql"])
        return len(queries)

    few = rows_read()
    copies = []
    start = first.pk + 1  # numbers go on from test to test on PostgreSQL
    for number in range(2000):
        first.pk, first.path = start + number, f"/news/story-{number}/"
        first.published_at = timezone.now() - timedelta(minutes=1000 + number)
        copies.append(PublishedArticle(**{f.attname: getattr(first, f.attname) for f in first._meta.concrete_fields}))
    PublishedArticle.objects.bulk_create(copies)
    assert rows_read() <= few + 3


def test_nothing_has_to_be_set_up_and_no_further_server_is_asked(tmp_path: Path) -> None:
    """An empty environment, and no program within reach: the newsroom is one SQLite file."""
    said = subprocess.run(
        [
            sys.executable, "-c",
            "import sys, django; django.setup(); from django.conf import settings;"
            "from django.core.management import call_command; call_command('migrate', verbosity=0);"
            "print(settings.DATABASES['default']['ENGINE'], sorted({'redis', 'psycopg'} & set(sys.modules)))",
        ],
        env={"PATH": "", "DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "newsroom.settings"},
        cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    assert said.stdout.strip().splitlines()[-1] == "django.db.backends.sqlite3 []"
    assert list(tmp_path.glob("*.sqlite3"))
