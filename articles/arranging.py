"""Moves on the front page that is being arranged: each takes the containers, changes them and says what to look at.

The answers are fragments of the editor's page: ``card-<story>``, ``container-<key>``, or "" for its top.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from articles.fronts import Card, Container, Fill, Layout, Rule
from articles.models.fronts import Front
from articles.models.places import Section

Move = Callable[[list[Container], str], str]


def beginning(front: Front) -> list[Container]:
    """What a page that was never arranged begins with: about what it shows by itself."""
    if front.section_id:
        return [Container("c1", layout=Layout.LEAD, size=3)]
    tops = Section.objects.filter(parent=None)
    blocks = [Container(f"c{section.pk + 2}", rule=Rule(Fill.SECTION, section.pk)) for section in tops]
    opinion = Container("c2", layout=Layout.OPINION, rule=Rule(Fill.KIND, "opinion"))
    return [Container("c1", layout=Layout.LEAD, size=9), *blocks, opinion]


def new_container(containers: list[Container], _: str) -> str:
    taken = {container.key for container in containers}
    key = next(f"c{number}" for number in range(1, len(taken) + 2) if f"c{number}" not in taken)
    containers.append(Container(key, rule=Rule(Fill.NONE)))
    return f"container-{key}"


def container_up(containers: list[Container], key: str) -> str:
    return _shift_container(containers, key, -1)


def container_down(containers: list[Container], key: str) -> str:
    return _shift_container(containers, key, 1)


def _shift_container(containers: list[Container], key: str, by: int) -> str:
    place = next((place for place, each in enumerate(containers) if each.key == key), None)
    if place is not None and 0 <= place + by < len(containers):
        containers[place], containers[place + by] = containers[place + by], containers[place]
    return f"container-{key}"


def drop_container(containers: list[Container], key: str) -> str:
    containers[:] = [container for container in containers if container.key != key]
    return ""


def card_up(containers: list[Container], story: str) -> str:
    """One place up; from the top of a container to the end of the one above it."""
    return _shift_card(containers, story, -1)


def card_down(containers: list[Container], story: str) -> str:
    """One place down; from the end of a container to the top of the one below it."""
    return _shift_card(containers, story, 1)


def _shift_card(containers: list[Container], story: str, by: int) -> str:
    for above, container in enumerate(containers):
        for place, card in enumerate(container.cards):
            if str(card.story) != story:
                continue
            if 0 <= place + by < len(container.cards):
                container.cards.insert(place + by, container.cards.pop(place))
            elif 0 <= above + by < len(containers):
                there = containers[above + by].cards
                there.insert(0 if by > 0 else len(there), container.cards.pop(place))
            return f"card-{story}"
    return ""


def remove_card(containers: list[Container], story: str) -> str:
    for container in containers:
        if any(str(card.story) == story for card in container.cards):
            container.cards = [card for card in container.cards if str(card.story) != story]
            return f"container-{container.key}"
    return ""


def keep_card(containers: list[Container], name: str) -> str:
    """A story that fills a container stays there from now on; `name` is ``<key>-<story>``."""
    key, _sep, story = name.partition("-")
    if not (story.isascii() and story.isdecimal() and len(story) < 18):
        return ""
    add_cards(containers, key, [int(story)])
    return f"card-{story}"


MOVES: dict[str, Move] = {
    "keep": keep_card,
    "new": new_container,
    "up": card_up,
    "down": card_down,
    "remove": remove_card,
    "earlier": container_up,
    "later": container_down,
    "drop": drop_container,
}


def add_cards(containers: list[Container], key: str, stories: Iterable[int]) -> None:
    """Puts stories at the end of a container. Those that stand elsewhere on the page come over, with their cards."""
    cards = {card.story: card for container in containers for card in container.cards}
    wanted = list(dict.fromkeys(stories))
    for container in containers:
        container.cards = [card for card in container.cards if card.story not in wanted]
        if container.key == key:
            container.cards += [cards.get(story) or Card(story) for story in wanted]


def differences(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, Any]:
    """Between two pressed pages: numbers of the stories that ``come``, ``go``, and ``stay`` in another place."""
    was, will = _places(before), _places(after)
    return {
        "come": [story for story in will if story not in was],
        "go": [story for story in was if story not in will],
        "move": [story for story in will if story in was and was[story] != will[story]],
    }


def _places(pressed: list[dict[str, Any]]) -> dict[int, tuple[str, int]]:
    return {
        card["story"]: (container["key"], place)
        for container in pressed
        for place, card in enumerate(container["cards"])
    }
