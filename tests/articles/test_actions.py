from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditRow
from articles import actions, signals
from articles.models.desk import Article, State
from articles.models.published import OldPath, PublishedArticle, PublishedByline, PublishedTag
from articles.problems import NotAllowed, NotReady, StaleCopy, WrongState
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard():
    """Every signal of the verbs, in order: (name, story number)."""
    names = ["saved", "published", "updated", "withdrawn", "killed", "restored"]
    told: list[tuple[str, int]] = []
    receivers = []
    for name in names:
        signal = getattr(signals, f"article_{name}")

        def hear(sender, article_id, name=name, **kwargs):
            told.append((name, article_id))

        signal.connect(hear, weak=False)
        receivers.append((signal, hear))
    yield told
    for signal, hear in receivers:
        signal.disconnect(hear)


def verbs_of(article_number: int) -> list[str]:
    return list(AuditRow.objects.filter(thing_number=str(article_number)).order_by("pk").values_list("verb", flat=True))


def test_saving_keeps_a_revision_and_shows_readers_nothing(reporter, heard):
    article = make.draft("Bridge closed", actor=reporter)

    assert article.revisions.get().content["headline"] == "Bridge closed"
    assert article.created_by == reporter
    assert not PublishedArticle.objects.exists()
    assert heard == [("saved", article.pk)]
    assert verbs_of(article.pk) == ["saved"]


def test_saving_the_same_again_makes_no_revision(reporter, heard):
    article = make.draft("Bridge closed", actor=reporter)
    actions.save(article.pk, actor=reporter, content={"headline": "Bridge closed"})

    assert article.revisions.count() == 1
    assert heard == [("saved", article.pk)]


def test_publishing_makes_the_row_that_readers_see(editor, heard):
    writer = make.author("Ama Tolu", slug="ama-tolu")
    article = make.draft(
        "Bridge closed",
        body='<p>"No lorry may cross," he said.</p>',
        bylines=[writer, "Harbour Wire"],
        tags=["Roads", "Port"],
    )
    published = actions.publish(article.pk, actor=editor)

    day = timezone.now().strftime("%Y/%m/%d")
    assert published.pk == article.pk
    assert published.path == f"/news/{day}/bridge-closed/"
    assert "“No lorry may cross,” he said." in published.body_html
    assert published.byline == [
        {"name": "Ama Tolu", "credit": "", "path": "/author/ama-tolu/"},
        {"name": "Harbour Wire", "credit": "", "path": ""},
    ]
    assert [tag["name"] for tag in published.tag_links] == ["Port", "Roads"]
    assert PublishedByline.objects.get().author == writer
    assert PublishedTag.objects.count() == 2
    article.refresh_from_db()
    assert (article.state, article.has_unpublished_changes) == (State.PUBLISHED, False)
    assert heard[-1] == ("published", article.pk)
    assert verbs_of(article.pk) == ["saved", "published"]


def test_publishing_twice_is_one_publication(editor, heard):
    article = make.draft()
    first = actions.publish(article.pk, actor=editor, expected_version=article.version)
    second = actions.publish(article.pk, actor=editor, expected_version=article.version)

    assert second == first
    assert [name for name, _ in heard].count("published") == 1
    assert verbs_of(article.pk).count("published") == 1


def test_changing_a_live_story_changes_nothing_until_it_is_published_again(editor, heard):
    published = make.story("Bridge closed")
    actions.save(published.pk, actor=editor, content={"headline": "Bridge open again"})

    assert PublishedArticle.objects.get().headline == "Bridge closed"
    assert Article.objects.get().has_unpublished_changes

    actions.update(published.pk, actor=editor)
    again = PublishedArticle.objects.get()
    assert again.headline == "Bridge open again"
    assert again.path == published.path, "the address is frozen: the slug was not changed by hand"
    assert again.published_at == published.published_at
    assert again.updated_at > published.updated_at
    assert heard[-1] == ("updated", published.pk)


def test_a_new_slug_or_section_leaves_the_old_address_leading_on(editor):
    published = make.story("Bridge closed")
    first = published.path
    actions.save(published.pk, actor=editor, content={"slug": "bridge-shut"})
    second = actions.update(published.pk, actor=editor).path
    actions.save(published.pk, actor=editor, content={"section": make.section("Town").pk})
    third = actions.update(published.pk, actor=editor).path

    assert second.endswith("/bridge-shut/")
    assert third.startswith("/town/")
    assert dict(OldPath.objects.values_list("path", "target")) == {first: third, second: third}, "no chains"

    actions.save(published.pk, actor=editor, content={"slug": "bridge-closed", "section": make.section("News").pk})
    assert actions.update(published.pk, actor=editor).path == first
    assert dict(OldPath.objects.values_list("path", "target")) == {second: first, third: first}, "no loops"


def test_withdrawing_takes_it_off_quietly_and_it_can_come_back(editor, heard):
    published = make.story("Bridge closed")
    actions.withdraw(published.pk, actor=editor)

    assert not PublishedArticle.objects.exists()
    old = OldPath.objects.get()
    assert (old.path, old.kind, old.target) == (published.path, OldPath.Kind.WITHDRAWN, "")
    assert Article.objects.get().state == State.WITHDRAWN

    again = actions.publish(published.pk, actor=editor)
    assert (again.path, again.published_at) == (published.path, published.published_at)
    assert not OldPath.objects.exists()
    assert [name for name, _ in heard] == ["saved", "published", "withdrawn", "published"]


def test_killing_leaves_a_notice_at_every_address_it_had(chief):
    published = make.story("Bridge closed")
    actions.save(published.pk, actor=chief, content={"slug": "other"})
    moved = actions.update(published.pk, actor=chief)
    actions.kill(published.pk, actor=chief, notice="The report was wrong.")

    assert not PublishedArticle.objects.exists()
    assert set(OldPath.objects.values_list("path", "kind", "notice", "target")) == {
        (published.path, "killed", "The report was wrong.", ""),
        (moved.path, "killed", "The report was wrong.", ""),
    }
    with pytest.raises(WrongState):
        actions.publish(published.pk, actor=chief)


def test_a_kill_needs_a_notice(chief):
    published = make.story()
    with pytest.raises(NotReady) as refusal:
        actions.kill(published.pk, actor=chief, notice="  ")
    assert "notice" in refusal.value.errors
    assert PublishedArticle.objects.exists()


def test_restoring_writes_an_old_revision_into_the_working_copy(editor, heard):
    writer = make.author("Ama Tolu")
    article = make.draft("First", bylines=[writer], tags=["Port"])
    actions.save(article.pk, actor=editor, content={"headline": "Second", "bylines": [], "tags": []})
    actions.restore(article.pk, actor=editor, revision=1)

    article.refresh_from_db()
    assert article.headline == "First"
    assert [line.author for line in article.bylines.all()] == [writer]
    assert [tag.name for tag in article.tags.all()] == ["Port"]
    assert list(article.revisions.order_by("number").values_list("verb", flat=True)) == ["saved", "saved", "restored"]
    assert heard[-1] == ("restored", article.pk)


def test_restoring_on_a_live_story_shows_as_unpublished_changes(editor):
    published = make.story("First")
    actions.save(published.pk, actor=editor, content={"headline": "Second"})
    actions.update(published.pk, actor=editor)
    actions.restore(published.pk, actor=editor, revision=1)

    assert PublishedArticle.objects.get().headline == "Second"
    assert Article.objects.get().has_unpublished_changes


def test_a_stale_page_is_refused_and_says_who_was_there(editor, reporter):
    article = make.draft(actor=reporter)
    actions.save(article.pk, actor=editor, content={"headline": "Edited"}, expected_version=article.version)

    for verb in (
        lambda: actions.save(
            article.pk, actor=reporter, content={"headline": "Mine"}, expected_version=article.version
        ),
        lambda: actions.publish(article.pk, actor=editor, expected_version=article.version),
        lambda: actions.restore(article.pk, actor=editor, revision=1, expected_version=article.version),
    ):
        with pytest.raises(StaleCopy) as refusal:
            verb()
        assert "Edith Oram" in str(refusal.value)
    article.refresh_from_db()
    assert (article.headline, article.state) == ("Edited", State.DRAFT)


@pytest.mark.parametrize("lacking", ["headline", "section", "body"])
def test_a_draft_may_be_incomplete_but_a_publication_may_not(editor, lacking):
    article = make.draft(**{"headline": "Bridge"} | {lacking: None if lacking == "section" else ""})
    if lacking == "headline":
        actions.save(article.pk, actor=editor, content={"headline": ""})
    with pytest.raises(NotReady) as refusal:
        actions.publish(article.pk, actor=editor)

    assert list(refusal.value.errors) == [lacking]
    assert Article.objects.get().state == State.DRAFT
    assert verbs_of(article.pk)[-1] == "saved"


def test_what_each_role_may_do(db):
    def attempt(role, verb, **extra):
        user = make.user(role)
        article = make.draft()
        if verb in ("withdraw", "kill"):
            actions.publish(article.pk, actor=None)
        try:
            getattr(actions, verb)(article.pk, actor=user, **extra)
        except NotAllowed:
            return False
        return True

    roles = ["contributor", "reporter", "subeditor", "editor", "chief"]
    assert [attempt(role, "save", content={"headline": "x"}) for role in roles] == [False, False, True, True, True]
    assert [attempt(role, "publish") for role in roles] == [False, False, False, True, True]
    assert [attempt(role, "withdraw") for role in roles] == [False, False, False, True, True]
    assert [attempt(role, "kill", notice="Wrong.") for role in roles] == [False, False, False, False, True]


@pytest.mark.parametrize(
    ("done", "possible"),
    [
        ([], "save restore publish discard"),
        (["publish"], "save restore publish update withdraw kill"),  # publishing what is live is done already
        (["publish", "withdraw"], "save restore publish kill"),
        (["publish", "kill"], ""),
        (["discard"], "reclaim"),
    ],
)
def test_where_each_verb_leads_on(done, possible):
    more = {"save": {"content": {"headline": "Typed"}}, "restore": {"revision": 1}, "kill": {"notice": "Wrong."}}
    went = []
    for verb in ("save", "restore", "publish", "update", "withdraw", "kill", "discard", "reclaim"):
        article = make.draft()
        for step in done:
            getattr(actions, step)(article.pk, actor=None, **more.get(step, {}))
        before = verbs_of(article.pk)
        try:
            getattr(actions, verb)(article.pk, actor=None, **more.get(verb, {}))
        except WrongState:
            assert verbs_of(article.pk) == before
        else:
            went.append(verb)
    assert went == possible.split()


def test_a_contributor_may_write_their_own_and_what_carries_their_byline(db):
    contributor = make.user("contributor")
    own = make.draft(actor=contributor)
    other = make.draft()
    signed = make.draft(bylines=[make.author("Ama", user=contributor)])

    actions.save(own.pk, actor=contributor, content={"headline": "Mine"})
    actions.save(signed.pk, actor=contributor, content={"headline": "Also mine"})
    with pytest.raises(NotAllowed):
        actions.save(other.pk, actor=contributor, content={"headline": "Not mine"})
    assert set(Article.objects.for_user(contributor)) == {own, signed}


def test_two_stories_of_one_headline_and_day_get_two_addresses(editor):
    first, second = make.story("Weather"), make.story("Weather")
    assert (first.path, second.path) == (first.path, first.path[:-1] + "-2/")


def test_a_slug_that_the_desk_chose_and_that_is_taken_is_refused_at_its_field(editor):
    make.story("Weather")
    article = make.draft("Storm", slug="weather")
    with pytest.raises(NotReady) as refusal:
        actions.publish(article.pk, actor=editor)
    assert list(refusal.value.errors) == ["slug"]


def test_the_address_of_a_withdrawn_story_is_not_given_to_another(editor):
    withdrawn = make.story("Weather")
    actions.withdraw(withdrawn.pk, actor=editor)
    assert make.story("Weather").path != withdrawn.path
    assert actions.publish(withdrawn.pk, actor=editor).path == withdrawn.path


def test_further_editions_have_their_language_in_the_address(db):
    make.site()
    assert make.story("Le pont", language="fr").path.startswith("/fr/news/")
    assert "الجسر-مغلق" in make.story("الجسر مغلق", language="ar").path


def test_the_day_in_the_address_is_that_of_the_newsroom(db):
    make.site(newsroom_time_zone="Pacific/Auckland")
    at = timezone.now().replace(hour=23, minute=30) - timedelta(days=9)
    assert make.story(at=at).path.split("/")[2:5] == (at + timedelta(hours=12)).strftime("%Y %m %d").split(" ")


def test_a_draft_is_discarded_and_taken_back(editor):
    article = make.draft()
    actions.discard(article.pk, actor=editor)
    with pytest.raises(WrongState):
        actions.publish(article.pk, actor=editor)
    actions.reclaim(article.pk, actor=editor)
    assert Article.objects.get().state == State.DRAFT
    with pytest.raises(WrongState):
        actions.discard(make.story().pk, actor=editor)


def test_nothing_is_left_when_a_receiver_fails(editor):
    article = make.draft()

    def fail(**kwargs):
        raise RuntimeError("planted")

    signals.article_published.connect(fail, weak=False)
    try:
        with pytest.raises(RuntimeError, match="planted"):
            actions.publish(article.pk, actor=editor)
    finally:
        signals.article_published.disconnect(fail)
    assert not PublishedArticle.objects.exists()
    assert Article.objects.get().state == State.DRAFT
    assert "published" not in verbs_of(article.pk)
