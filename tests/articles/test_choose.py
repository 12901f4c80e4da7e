"""What the editor's dialogs ask: stories to point to, and what an address is."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from articles import actions
from articles.editor import facts_in
from tests import make

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def paper():
    make.site()


def asked(client, **query):
    response = client.get(reverse("admin:articles_article_choose"), query)
    assert response.status_code == 200
    return response.json()


def headlines(answer):
    return [story["headline"] for story in answer["stories"]]


def test_published_stories_are_offered_newest_first(signed_in):
    client = signed_in(make.user("contributor"))
    make.story("Ferry resumes", at=NOON)
    arabic = make.story("عودة العبّارة", at=NOON + timedelta(hours=1), language="ar")
    make.draft("Not out yet")
    withdrawn = make.story("Taken off", at=NOON)
    actions.withdraw(withdrawn.pk, actor=None)
    answer = asked(client)
    assert headlines(answer) == ["عودة العبّارة", "Ferry resumes"]
    assert answer["before"] is None
    assert answer["stories"][0] == {
        "id": arabic.pk, "headline": "عودة العبّارة", "section": "News", "published": "20 Nov 2026", "language": "ar",
        "direction": "rtl",
    }  # fmt: skip


def test_words_of_the_headline_find_a_story_and_the_one_being_written_is_left_out(signed_in):
    client = signed_in(make.user("editor"))
    ferry = make.story("Ferry resumes in the north")
    make.story("Ferry stops")
    assert headlines(asked(client, q="north FERRY")) == ["Ferry resumes in the north"]
    assert headlines(asked(client, q="ferry", **{"not": ferry.pk})) == ["Ferry stops"]
    assert headlines(asked(client, q="50%\0 _")) == []
    assert len(headlines(asked(client, before="٣", **{"not": "x" * 40}))) == 2


def test_the_list_goes_on_where_it_ended(signed_in, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("articles.admin.choose.OFFERED", 2)
    client = signed_in(make.user("editor"))
    for number in range(5):
        make.story(f"Day {number}", at=NOON)  # the same moment: their numbers decide
    first = asked(client)
    assert headlines(first) == ["Day 4", "Day 3"]
    with django_assert_max_num_queries(5):
        second = asked(client, before=first["before"])
    assert headlines(second) == ["Day 2", "Day 1"]
    third = asked(client, before=second["before"])
    assert (headlines(third), third["before"]) == (["Day 0"], None)
    assert headlines(asked(client, before=987654)) == []


def test_as_many_queries_for_three_stories_as_for_one(signed_in):
    client = signed_in(make.user("editor"))
    counts = []
    for number in range(3):
        make.story(section=make.section(f"Section {number}"))
        with CaptureQueriesContext(connection) as captured:
            assert len(headlines(asked(client))) == number + 1
        counts.append(len(captured))
    assert len(set(counts)) == 1


def embed(client, url):
    response = client.get(reverse("admin:articles_article_embed"), {"url": url})
    assert response.status_code == 200
    return response.json()


def test_an_address_is_recognised_or_refused_in_words(signed_in):
    client = signed_in(make.user("contributor"))
    assert embed(client, " https://youtu.be/dQw4w9WgXcQ?si=tracked ") == {
        "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "provider": "YouTube", "kind": "Video",
    }  # fmt: skip
    for unknown in (
        "https://harbour.example/times",
        "javascript:alert(1)",
        "",
        "https://youtube.com.evil.example/watch?v=x",
    ):
        assert list(embed(client, unknown)) == ["error"]
    assert "YouTube, Vimeo" in embed(client, "nothing")["error"]


@pytest.mark.parametrize("name", ["choose", "embed"])
def test_strangers_learn_nothing(client, name):
    address = reverse(f"admin:articles_article_{name}")
    response = client.get(address)
    assert response.status_code == 302
    assert response.headers["Location"].endswith(f"?next={address}")


def test_the_form_tells_of_what_the_body_names():
    picture = make.picture(alt_text="A boat")
    story = make.story("Ferry resumes")
    hidden = make.draft("Secret")
    facts = facts_in(
        f'<section class="gallery"><figure data-image="{picture.pk}"></figure></section>'
        f'<figure data-stories="{story.pk} {hidden.pk} 12345678901234567890"></figure>'
        '<figure data-embed="https://www.youtube.com/watch?v=dQw4w9WgXcQ"></figure><figure data-embed="x"></figure>'
        '<figure data-video="9"></figure><figure data-image="nine"></figure>'
    )
    assert [each["alt"] for each in facts["pictures"]] == ["A boat"]
    assert [each["headline"] for each in facts["stories"]] == ["Ferry resumes"]
    assert [each["provider"] for each in facts["embeds"]] == ["YouTube"]
    assert facts["videos"] == []
