"""Arranging front pages in the admin: by plain forms, by saving at each step, two at once, preview, launch, history."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from articles import actions, actions_fronts, fronts
from articles.fronts import Card, Container, Fill, Layout, Rule
from articles.models.fronts import Front
from articles.models.pressed import PressedFront
from articles.problems import NotAllowed
from articles.section_limits import set_limits
from tests import make

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
SignIn = Callable[[User], Client]


def at(name: str, section: int = 0, language: str = "en") -> str:
    return reverse(f"admin:articles_front_{name}", args=[language, section])


def posted(front: Front | None, do: str = "save", **changes: Any) -> dict[str, Any]:
    """What a browser sends: the draft as the page showed it, with `changes`."""
    data: dict[str, Any] = {"version": front.version if front else 0, "do": do, "order": []}
    for container in fronts.read(front.draft) if front else []:
        rule = container.rule
        fill = f"{rule.fill}:{rule.value}" if rule.fill in {Fill.SECTION, Fill.KIND} else str(rule.fill)
        data["order"].append(f"container:{container.key}")
        data |= {
            f"{container.key}-title": container.title, f"{container.key}-layout": container.layout.value,
            f"{container.key}-fill": fill, f"{container.key}-size": container.size,
        }  # fmt: skip
        for card in container.cards:
            data["order"].append(f"card:{card.story}")
            data |= {f"card-{card.story}-headline": card.headline, f"card-{card.story}-picture": card.picture or ""}
    return {**data, **changes}


def draft(*containers: Container) -> Front:
    return actions_fronts.change_draft("en", None, actor=None, containers=list(containers))


def order() -> list[list[int]]:
    return [[card["story"] for card in each["cards"]] for each in Front.objects.get(section=None).draft]


@pytest.fixture(autouse=True)
def paper(db: None) -> None:
    make.site()
    make.section()


def test_the_page_begins_with_what_it_shows_by_itself(signed_in: SignIn, editor: User) -> None:
    text = signed_in(editor).get(at("arrange")).content.decode()
    assert re.findall(r'value="container:(\w+)"', text)[0] == "c1"
    assert text.count('value="container:') == 3  # top, News, opinion
    assert "Nobody has arranged this page yet" in text
    assert not Front.objects.exists()


def test_everything_by_plain_forms(signed_in: SignIn, editor: User) -> None:
    client = signed_in(editor)
    one, two, three = make.story(), make.story(), make.story()
    front = draft(Container("c1", rule=Rule(Fill.NONE)), Container("c2", rule=Rule(Fill.NONE)))

    def do(what: str, **changes: Any) -> str:
        response = client.post(at("arrange"), posted(Front.objects.get(), what, **changes))
        assert response.status_code == 302, response.context["problem"]
        return str(response.headers["Location"])

    assert do("add:c1", **{"add-c1": f"{one.pk} https://paper.example{two.path} 99999"}).endswith("#container-c1")
    assert "Readers find no story at this: 99999." in client.get(at("arrange")).content.decode()
    assert order() == [[one.pk, two.pk], []]
    assert do(f"down:{one.pk}").endswith(f"#card-{one.pk}")
    assert order() == [[two.pk, one.pk], []]
    do(f"down:{one.pk}")
    assert order() == [[two.pk], [one.pk]]
    do(f"up:{one.pk}")
    assert order() == [[two.pk, one.pk], []]
    do("add:c2", **{"add-c2": str(two.pk)})  # comes over from the other container
    assert order() == [[one.pk], [two.pk]]
    do("later:c1")
    assert order() == [[two.pk], [one.pk]]
    do("new")
    do("add:c3", **{"add-c3": str(three.pk)})
    do(f"remove:{one.pk}")
    assert order() == [[two.pk], [], [three.pk]]
    do("drop:c1")
    assert order() == [[two.pk], [three.pk]]
    assert do("preview") == at("preview")
    assert Front.objects.get().version > front.version
    assert not PressedFront.objects.exists()


def test_what_fills_a_container_is_shown_and_can_be_kept(signed_in: SignIn, editor: User) -> None:
    client = signed_in(editor)
    one, two = make.story("Quay reopens"), make.story("Fares rise")
    front = draft(Container("c1", size=2, cards=[Card(one.pk)]))
    assert f'value="keep:c1-{two.pk}"' in client.get(at("arrange")).content.decode()
    client.post(at("arrange"), posted(front, f"keep:c1-{two.pk}"))
    assert order() == [[one.pk, two.pk]]


def test_cards_keep_their_headline_picture_and_pin(signed_in: SignIn, editor: User) -> None:
    story, picture = make.story(), make.picture()
    front = draft(Container("c1", rule=Rule(Fill.NONE), cards=[Card(story.pk)]))
    tomorrow = timezone.now() + timedelta(days=1)
    changes = {
        f"card-{story.pk}-headline": "Ferries again", f"card-{story.pk}-picture": picture.pk,
        f"card-{story.pk}-pinned_until_date": f"{tomorrow:%Y-%m-%d}", f"card-{story.pk}-pinned_until_time": "12:00",
        "c1-title": "Harbour", "c1-layout": "row", "c1-fill": f"section:{story.section_id}", "c1-size": 5,
    }  # fmt: skip
    assert signed_in(editor).post(at("arrange"), posted(front, **changes)).status_code == 302
    (made,) = fronts.read(Front.objects.get().draft)
    assert (made.title, made.layout, made.size) == ("Harbour", Layout.ROW, 5)
    assert made.rule == Rule(Fill.SECTION, story.section_id)
    (card,) = made.cards
    assert (card.headline, card.picture) == ("Ferries again", picture.pk)
    assert card.pinned_until is not None
    assert f"{card.pinned_until:%H:%M}" == "12:00"
    text = signed_in(editor).get(at("arrange")).content.decode()
    assert "headline of its own" in text
    assert "picture of its own" in text


def test_what_is_wrong_is_said_and_what_was_typed_stays(signed_in: SignIn, editor: User) -> None:
    story = make.story()
    front = draft(Container("c1", cards=[Card(story.pk)]))
    changes = {"c1-fill": "tag", "c1-name": "Nowhere", "c1-size": 99, f"card-{story.pk}-picture": 4711}
    response = signed_in(editor).post(at("arrange"), posted(front, **changes))
    text = response.content.decode()
    assert "Nothing is saved yet" in text
    assert "Nothing has this name." in text
    assert "The library has no picture of this number." in text
    assert 'value="Nowhere"' in text
    assert Front.objects.get().version == front.version


def test_a_stale_page_shows_what_i_did_and_saving_again_puts_it_there(
    signed_in: SignIn, editor: User, chief: User
) -> None:
    story = make.story()
    front = draft(Container("c1", rule=Rule(Fill.NONE)))
    mine = posted(front, "add:c1", **{"add-c1": str(story.pk), "c1-title": "Mine"})
    actions_fronts.change_draft("en", None, actor=chief, containers=[Container("c1", title="Theirs")])
    client = signed_in(editor)
    response = client.post(at("arrange"), mine)
    text = response.content.decode()
    assert response.status_code == 409
    assert "Chika Dahl changed this front page while you had it open." in text
    assert 'value="Mine"' in text
    assert f'value="card:{story.pk}"' in text  # the step that was being made, too
    assert Front.objects.get().draft[0]["title"] == "Theirs"
    newest = re.search(r'name="version" value="(\d+)"', text)
    assert newest is not None
    assert client.post(at("arrange"), {**mine, "version": newest[1]}).status_code == 302
    assert Front.objects.get().draft[0]["title"] == "Mine"
    assert order() == [[story.pk]]


def test_each_step_is_saved_quietly(signed_in: SignIn, editor: User) -> None:
    client, front = signed_in(editor), draft(Container("c1"))
    response = client.post(at("arrange"), posted(front, **{"c1-title": "World"}), headers=JSON)
    assert json.loads(response.content) == {"version": front.version + 1, "changed": True}
    response = client.post(at("arrange"), posted(front, **{"c1-title": "No"}), headers=JSON)
    assert response.status_code == 409
    wrong = posted(Front.objects.get(), **{"c1-size": 0})
    assert client.post(at("arrange"), wrong, headers=JSON).status_code == 422
    assert Front.objects.get().draft[0]["title"] == "World"


def test_preview_launch_undo_history(signed_in: SignIn, editor: User) -> None:
    client = signed_in(editor)
    one, two = make.story("Quay reopens"), make.story("Fares rise")
    draft(Container("c1", layout=Layout.LIST, rule=Rule(Fill.NONE), cards=[Card(one.pk)]))
    page = client.get(at("preview_page"))
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Quay reopens" in page.content.decode()
    assert "Fares rise" not in page.content.decode()
    assert "Fares rise" in Client().get("/").content.decode()
    client.post(at("launch"), {"version": 1})
    assert "Fares rise" not in Client().get("/").content.decode()
    draft(Container("c1", layout=Layout.LIST, rule=Rule(Fill.NONE), cards=[Card(two.pk)]))
    text = client.get(at("preview")).content.decode()
    assert re.search(r"Come on to the page</h3><ul><li><bdi[^>]*>Fares rise", text)
    assert re.search(r"Leave the page</h3><ul><li><bdi[^>]*>Quay reopens", text)
    client.post(at("launch"), {"version": 1})  # somebody else's draft by now
    assert Front.objects.get().launched_number == 1
    client.post(at("launch"), {"version": 3})
    assert "Fares rise" in Client().get("/").content.decode()
    launch = re.search(r'name="launch" value="(\d+)"', client.get(at("arrange")).content.decode())
    assert launch is not None
    for _ in range(2):  # a second click, which must not undo the undoing
        client.post(at("undo"), {"launch": launch[1]})
        assert "Quay reopens" in Client().get("/").content.decode()
    assert Front.objects.get().launched_number == 3
    assert "Launch once more" in client.get(at("history")).content.decode()
    client.post(at("history"), {"number": 2})
    assert "Fares rise" in Client().get("/").content.decode()
    assert client.post(at("history"), {"number": 99}).status_code == 404


def test_what_somebody_else_has_launched_meanwhile_is_not_undone(signed_in: SignIn, editor: User, chief: User) -> None:
    client = signed_in(editor)
    for headline in ("Quay reopens", "Fares rise"):
        draft(Container("c1", cards=[Card(make.story(headline).pk)]))
        actions_fronts.launch("en", None, actor=chief, expected_version=Front.objects.get().version)
    answer = client.post(at("undo"), {"launch": 1}, follow=True).content.decode()
    assert "Chika Dahl changed this front page while you had it open." in answer
    assert Front.objects.get().launched_number == 2


def test_an_untouched_page_is_launched_as_it_was_shown(signed_in: SignIn, editor: User) -> None:
    make.story("Quay reopens")
    client = signed_in(editor)
    client.post(at("launch"), {"version": 0})
    assert len(Front.objects.get().live) == 3
    assert "Quay reopens" in Client().get("/").content.decode()


def test_a_section_front_is_arranged_and_previewed(signed_in: SignIn, editor: User) -> None:
    client, news = signed_in(editor), make.section()
    stories = [make.story(section=news) for _ in range(5)]
    number = news.pk
    assert "News" in client.get(at("arrange", number)).content.decode()
    text = client.get(at("preview_page", number)).content.decode()
    assert all(story.headline in text for story in stories)
    assert "More stories" in text


def test_who_is_let_in(signed_in: SignIn, editor: User, reporter: User) -> None:
    draft(Container("c1"))
    pages = [reverse("admin:articles_front"), reverse("admin:articles_banner")]
    pages += [at(name) for name in ("arrange", "preview", "preview_page", "history")]
    for page in pages:
        assert signed_in(editor).get(page).status_code == 200, page
        assert signed_in(reporter).get(page).status_code == 403, page
        assert Client().get(page).status_code == 302, page
    for name in ("arrange", "launch", "undo", "discard", "history"):
        assert signed_in(reporter).post(at(name), {"version": 1}).status_code == 403
    assert Front.objects.get().launched_number == 0
    assert signed_in(editor).get(at("arrange", 4711)).status_code == 404
    assert signed_in(editor).get(at("arrange", language="de")).status_code == 404
    assert reverse("admin:articles_front") in signed_in(editor).get(reverse("admin:index")).content.decode()
    assert reverse("admin:articles_front") not in signed_in(reporter).get(reverse("admin:index")).content.decode()


def test_limits_to_sections_hold_for_fronts(signed_in: SignIn, editor: User, chief: User) -> None:
    sport, news = make.section("Sport"), make.section()
    set_limits(editor, [sport], actor=chief)
    client = signed_in(editor)
    assert client.get(at("arrange", sport.pk)).status_code == 200
    for elsewhere in (0, news.pk):
        assert client.get(at("arrange", elsewhere)).status_code == 403
        assert client.post(at("launch", elsewhere), {"version": 0}).status_code == 403
    assert not Front.objects.exists()
    overview = client.get(reverse("admin:articles_front")).content.decode()
    assert at("arrange", sport.pk) in overview
    assert at("arrange", news.pk) not in overview
    with pytest.raises(NotAllowed):
        actions_fronts.launch("en", news.pk, actor=User.objects.get(pk=editor.pk), expected_version=0)


def test_the_editor_costs_the_same_with_one_card_and_with_many(signed_in: SignIn, editor: User) -> None:
    client = signed_in(editor)
    stories = [make.story() for _ in range(6)]

    def cost(count: int) -> int:
        draft(Container("c1", size=12, cards=[Card(story.pk, headline="Other") for story in stories[:count]]))
        with CaptureQueriesContext(connection) as queries:
            client.get(at("arrange"))
        return len(queries)

    cost(1)
    assert cost(1) == cost(6)


def test_all_launches_are_listed_and_cost_the_same_however_many(signed_in: SignIn, editor: User) -> None:
    client, tags = signed_in(editor), [tag.pk for tag in actions.names_to_tags(["Ferries", "Storms"])]

    def launched(numbers: range) -> tuple[int, int]:
        for number in numbers:
            draft(Container("c1", title=f"Launch of {number}", rule=Rule(Fill.TAG, tags[number % 2])))
            actions_fronts.launch("en", None, actor=editor)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(at("history")).content.decode()
        return len(queries), page.count("Launch of ")

    launched(range(1))
    cost, _shown = launched(range(1, 2))
    assert launched(range(2, 32)) == (cost, 32)
