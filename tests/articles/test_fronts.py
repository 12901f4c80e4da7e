"""Front pages as editors arrange them: what is pressed, launched, undone, and what readers see of it."""

import random
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditRow, User
from articles import actions, actions_fronts, actions_merge, actions_site, fronts
from articles.fronts import Card, Container, Fill, Layout, Rule
from articles.models.fronts import Front, FrontLaunch
from articles.models.pressed import PressedFront
from articles.models.published import PublishedArticle
from articles.problems import NotAllowed, NotReady, StaleFront
from tests import make

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HEADLINES = re.compile(r'<h\d class="headline"><a href="[^"]+">([^<]+)</a>')
NONE = Rule(Fill.NONE)


def hours_ago(hours: int, **content: object) -> PublishedArticle:
    return make.story(f"Story of hour {hours}", at=NOON - timedelta(hours=hours), **content)


def launch(*containers: Container, section: int | None = None, language: str = "en") -> Front:
    actions_fronts.change_draft(language, section, actor=None, containers=list(containers))
    return actions_fronts.launch(language, section, actor=None)


def on_page(client: Client, path: str = "/") -> list[str]:
    return HEADLINES.findall(client.get(path).content.decode())


def stands(language: str = "en", section: int | None = None) -> list[list[int]]:
    row = PressedFront.objects.get(language=language, section=section)
    return [[card["story"] for card in container["cards"]] for container in row.containers]


@pytest.fixture(autouse=True)
def paper(db: None) -> None:
    make.site()


def test_what_is_put_there_by_hand_comes_first_and_rules_fill_the_rest(client: Client) -> None:
    news, culture = make.section(), make.section("Culture", position=1)
    film, opinion = hours_ago(50, section=culture), hours_ago(1, section=news, kind="opinion")
    stories = [hours_ago(hour, section=news) for hour in range(2, 8)]
    launch(
        Container("top", layout=Layout.LEAD, size=3, cards=[Card(film.pk), Card(stories[5].pk)]),
        Container("news", rule=Rule(Fill.SECTION, news.pk), size=2),
        Container("said", layout=Layout.OPINION, rule=Rule(Fill.KIND, "opinion"), size=4),
        Container("nothing", rule=NONE),
    )
    expected = [[film.pk, stories[5].pk, stories[0].pk], [stories[1].pk, stories[2].pk], [opinion.pk]]
    assert stands() == expected
    text = client.get("/").content.decode()
    assert HEADLINES.findall(text) == [
        PublishedArticle.objects.get(pk=number).headline for numbers in expected for number in numbers
    ]
    assert '<h2 class="label"><a href="/news/">News</a></h2>' in text


def test_no_story_twice_whatever_is_arranged() -> None:
    chance = random.Random(7)
    sections = [make.section(f"Section {number}") for number in range(3)]
    tag, author, series = "Floods", make.author(), make.series()
    stories = [
        hours_ago(
            hour, section=sections[hour % 3], kind=chance.choice(["news", "opinion"]), bylines=[author] * (hour % 2),
            tags=[tag] * (hour % 3 == 0), series=series if hour % 4 == 0 else None,
        )
        for hour in range(24)
    ]  # fmt: skip
    tagged = stories[0].tags.get()
    rules = [
        Rule(), NONE, Rule(Fill.TAG, tagged.pk), Rule(Fill.AUTHOR, author.pk), Rule(Fill.SERIES, series.pk),
        Rule(Fill.KIND, "opinion"), Rule(Fill.SECTION, sections[1].pk), Rule(Fill.TAG, 999_999),
    ]  # fmt: skip
    for _ in range(12):
        containers = [
            Container(
                f"c{place}", rule=chance.choice(rules), size=chance.randint(1, 6),
                cards=[Card(chance.choice(stories).pk) for _ in range(chance.randint(0, 4))],
            )
            for place in range(6)
        ]  # fmt: skip
        made = fronts.pressed(containers, Front(language="en"), now=NOON)
        shown = [card["story"] for container in made for card in container["cards"]]
        by_hand = {card.story for each in containers for card in each.cards}
        assert len(shown) == len(set(shown))
        assert by_hand <= set(shown)
        for container, got in ((each, got) for each in containers for got in made if got["key"] == each.key):
            numbers = [card["story"] for card in got["cards"]]
            put = [number for number in numbers if number in by_hand]
            assert numbers[: len(put)] == put
            assert len(numbers) <= max(container.size, len(put))
            filled = [number for number in numbers if number not in by_hand]
            assert filled == sorted(filled)  # made newest first


def test_rules_fill_by_tag_series_author_and_section_with_its_parts() -> None:
    news = make.section()
    europe = make.section("Europe", parent=news, in_menu=False)
    author, series = make.author("Amira Holt"), make.series("After the flood")
    part = hours_ago(1, section=europe)
    tagged, signed = hours_ago(2, tags=["Ferries"]), hours_ago(3, bylines=[author])
    told = hours_ago(4, series=series)
    hours_ago(0, language="fr", tags=["Ferries"], bylines=[author], series=series)
    launch(
        Container("a", rule=Rule(Fill.TAG, tagged.tags.get().pk)),
        Container("b", rule=Rule(Fill.AUTHOR, author.pk)),
        Container("c", rule=Rule(Fill.SERIES, series.pk), title="The long story"),
        Container("d", rule=Rule(Fill.SECTION, europe.pk)),
    )
    assert stands() == [[tagged.pk], [signed.pk], [told.pk], [part.pk]]
    titles = [(each["title"], each["path"]) for each in PressedFront.objects.get().containers]
    assert titles[0] == ("Ferries", tagged.tags.get().get_absolute_url())
    assert titles[1] == ("Amira Holt", author.get_absolute_url())
    assert titles[2] == ("The long story", series.get_absolute_url())


def test_rules_follow_tags_and_authors_that_are_merged(chief: User) -> None:
    author, same = make.author("A. Holt"), make.author("Amira Holt")
    tagged, signed = hours_ago(1, tags=["Ferry"]), hours_ago(2, bylines=[author])
    (tag,) = actions.names_to_tags(["Ferries"])
    gone = tagged.tags.get()
    launch(Container("a", rule=Rule(Fill.TAG, gone.pk)), Container("b", rule=Rule(Fill.AUTHOR, author.pk)))
    actions_merge.merge_tags(gone.pk, into=tag.pk, actor=chief)
    actions_merge.merge_authors(author.pk, into=same.pk, actor=chief)
    assert stands() == [[tagged.pk], [signed.pk]]
    assert [each["title"] for each in PressedFront.objects.get().containers] == ["Ferries", "Amira Holt"]


def test_publishing_withdrawing_and_killing_press_within_the_transaction(client: Client, chief: User) -> None:
    first, second = hours_ago(2), hours_ago(1)
    launch(Container("top", size=2, cards=[Card(first.pk)]))
    assert stands() == [[first.pk, second.pk]]
    third = make.story("The quay reopens")
    assert stands() == [[first.pk, third.pk]]
    actions.kill(third.pk, actor=chief, notice="It was not so.")
    assert stands() == [[first.pk, second.pk]]
    actions.withdraw(first.pk, actor=chief)
    assert stands() == [[second.pk]]
    assert on_page(client) == [second.headline]
    actions.publish(first.pk, actor=chief)
    assert stands() == [[first.pk, second.pk]]  # its place was kept
    foreign = hours_ago(0, language="fr")
    assert stands() == [[first.pk, second.pk]]
    launch(Container("top", size=2, cards=[Card(foreign.pk)]))
    actions.withdraw(foreign.pk, actor=chief)
    assert foreign.pk not in stands()[0]


def test_a_row_that_is_gone_is_left_out_even_before_anything_is_pressed(client: Client) -> None:
    stays, goes = hours_ago(1), hours_ago(2)
    launch(Container("top", layout=Layout.LIST, size=2))
    PublishedArticle.objects.filter(pk=goes.pk).delete()
    assert on_page(client) == [stays.headline]


def test_a_pin_holds_until_its_time() -> None:
    pinned, newest = hours_ago(9), hours_ago(1)
    soon = timezone.now() + timedelta(minutes=5)
    front = launch(Container("top", size=1, cards=[Card(pinned.pk, pinned_until=soon)]))
    assert stands() == [[pinned.pk]]
    assert fronts.press_expired() == 0
    past = fronts.write([Container("top", size=1, cards=[Card(pinned.pk, pinned_until=timezone.now())])])
    Front.objects.filter(pk=front.pk).update(live=past)
    PressedFront.objects.update(pressed_at=timezone.now() - timedelta(hours=1))
    assert fronts.press_expired() == 1
    assert stands() == [[newest.pk]]
    assert fronts.press_expired() == 0


def test_headline_and_picture_of_the_front_stand_instead_of_the_storys_own(client: Client) -> None:
    own, other = make.picture(colour="teal"), make.picture(colour="navy", alt_text="A crane at dusk")
    unready = make.picture(colour="red", credit="")
    story = hours_ago(1, lead_picture=own.pk)
    second = hours_ago(2, lead_picture=own.pk)
    cards = [Card(story.pk, headline='Minister "resigns"', picture=other.pk), Card(second.pk, picture=unready.pk)]
    launch(Container("top", layout=Layout.ROW, size=2, cards=cards))
    text = client.get("/").content.decode()
    assert HEADLINES.findall(text) == ["Minister “resigns”", second.headline]
    assert text.count('alt="A crane at dusk"') == 1
    assert text.count('alt="A quay at noon"') == 1
    assert "Minister" not in client.get(story.path).content.decode()


def test_a_draft_is_seen_by_nobody_until_it_is_launched(client: Client, editor: User) -> None:
    old, new = hours_ago(9), hours_ago(1)
    launch(Container("top", size=1, cards=[Card(new.pk)]))
    secret = Container("top", title="Mandrill", size=1, cards=[Card(old.pk, headline="Mandrill on the quay")])
    actions_fronts.change_draft("en", None, actor=editor, containers=[secret])
    assert "Mandrill" not in client.get("/").content.decode()
    assert on_page(client) == [new.headline]
    actions_fronts.launch("en", None, actor=editor)
    assert on_page(client) == ["Mandrill on the quay"]
    row = AuditRow.objects.filter(verb="front launched").first()
    assert row is not None
    assert (row.actor, row.detail["launch"]) == (editor, 2)


def test_what_is_live_already_is_not_launched_again(editor: User) -> None:
    story = hours_ago(1)
    front = launch(Container("top", size=1, cards=[Card(story.pk)]))
    again = actions_fronts.launch("en", None, actor=editor)
    assert again.launched_number == front.launched_number == 1
    assert FrontLaunch.objects.count() == AuditRow.objects.filter(verb="front launched").count() == 1


def test_undo_goes_back_and_history_restores(client: Client, editor: User) -> None:
    stories = [hours_ago(hour) for hour in range(3)]
    for story in stories:
        launch(Container("top", layout=Layout.LIST, rule=NONE, size=1, cards=[Card(story.pk)]))
    actions_fronts.undo("en", None, actor=editor)
    assert on_page(client) == [stories[1].headline]
    front = actions_fronts.restore("en", None, actor=editor, number=1)
    assert on_page(client) == [stories[0].headline]
    assert front.draft == front.live
    assert front.launched_number == 5
    assert FrontLaunch.objects.filter(front=front).count() == 5


def test_before_its_first_launch_a_page_fills_by_itself(client: Client, editor: User) -> None:
    stories = [hours_ago(hour) for hour in range(3)]
    with pytest.raises(NotReady):
        actions_fronts.undo("en", None, actor=editor)
    launch(Container("top", rule=NONE, cards=[Card(stories[2].pk)]))
    assert on_page(client) == [stories[2].headline]
    actions_fronts.undo("en", None, actor=editor)
    assert on_page(client) == [story.headline for story in stories]
    assert not PressedFront.objects.exists()


def test_two_editors_at_once_are_told(editor: User, chief: User) -> None:
    mine = [Container("mine")]
    actions_fronts.change_draft("en", None, actor=chief, containers=[Container("theirs")], expected_version=0)
    with pytest.raises(StaleFront, match="Chika Dahl changed this front page while you had it open"):
        actions_fronts.change_draft("en", None, actor=editor, containers=mine, expected_version=0)
    with pytest.raises(StaleFront):
        actions_fronts.launch("en", None, actor=editor, expected_version=0)
    assert [each["key"] for each in Front.objects.get().draft] == ["theirs"]
    actions_fronts.discard_draft("en", None, actor=editor, expected_version=1)
    assert Front.objects.get().draft == []


def test_who_may_not_is_refused(reporter: User) -> None:
    for verb, given in (
        (actions_fronts.change_draft, {"containers": []}), (actions_fronts.launch, {}), (actions_fronts.undo, {}),
        (actions_fronts.discard_draft, {}), (actions_fronts.restore, {"number": 1}),
    ):  # fmt: skip
        with pytest.raises(NotAllowed):
            verb("en", None, actor=reporter, **given)  # type: ignore[operator]
    assert not Front.objects.exists()


def test_a_section_front_goes_on_below_with_what_is_not_above(client: Client) -> None:
    news = make.section(names={"fr": "Actualités"})
    stories = [hours_ago(hour, section=news) for hour in range(4)]
    launch(Container("top", layout=Layout.LEAD, size=2, cards=[Card(stories[3].pk)]), section=news.pk)
    order = [stories[3], stories[0], stories[1], stories[2]]
    assert on_page(client, "/news/") == [story.headline for story in order]
    assert on_page(client, "/") == [story.headline for story in stories]
    assert "More stories" in client.get("/news/").content.decode()


def test_names_of_containers_follow_their_sections(client: Client, editor: User) -> None:
    news = make.section()
    hours_ago(1, section=news)
    launch(Container("a", rule=Rule(Fill.SECTION, news.pk)))
    news.name, news.slug = "World", "world"
    actions_site.save_section(news, actor=editor)
    assert '<a href="/world/">World</a></h2>' in client.get("/").content.decode()


@pytest.mark.parametrize("path", ["/", "/news/"])
def test_an_arranged_page_costs_five_queries(client: Client, path: str) -> None:
    news = make.section()
    stories = [hours_ago(hour, section=news, bylines=[make.author()], tags=["Ferries"]) for hour in range(8)]
    place = {"section": news.pk} if path == "/news/" else {}
    for count in (1, 7):
        cards = [Card(story.pk) for story in stories[:count]]
        launch(Container("a", size=1, cards=cards), Container("b", size=count, layout=Layout.ROW), **place)
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        assert len(queries) <= 5, count


def test_pressing_costs_the_same_with_few_stories_and_with_many() -> None:
    containers = [
        Container("a", size=9), Container("b", rule=Rule(Fill.KIND, "news")), Container("c", rule=Rule(Fill.AUTHOR, 1))
    ]  # fmt: skip

    def cost() -> int:
        containers[0].cards = [Card(number) for number in PublishedArticle.objects.values_list("pk", flat=True)[:5]]
        with CaptureQueriesContext(connection) as queries:
            fronts.pressed(containers, Front(language="en"), now=NOON)
        return len(queries)

    hours_ago(0)
    with_one = cost()
    for hour in range(1, 20):
        hours_ago(hour)
    assert cost() <= with_one + 1  # the second container finds something only now
    assert with_one <= 2 + 2 * len(containers)


def test_a_launch_and_a_pin_throw_the_stored_page_away(signed_in: Callable[[User], Client]) -> None:
    from articles import signals

    said: list[tuple[str, int | None]] = []

    def hear(sender: object, *, language: str, section: int | None, **kwargs: object) -> None:
        said.append((language, section))

    signals.front_changed.connect(hear)
    try:
        hours_ago(1)
        launch(Container("a"), language="en")
        launch(Container("a"), language="en")
        make.story("A further one")
    finally:
        signals.front_changed.disconnect(hear)
    assert said == [("en", None), ("en", None)]
