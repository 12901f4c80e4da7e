"""Several people begin or link the same translation at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from articles import actions, actions_translations
from articles.models.desk import Article
from articles.problems import NotReady
from tests import make

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 4


def test_one_translation_comes_of_it_and_the_others_are_told() -> None:
    make.site()
    english = make.draft()
    written = [make.draft(f"Le bac {number}", language="fr") for number in range(PEOPLE)]
    together = Barrier(2 * PEOPLE)

    def attempt(number: int) -> str:
        try:
            together.wait(60)
            if number < PEOPLE:
                actions_translations.begin(english.pk, language="fr", actor=None)
            else:
                actions.save(written[number - PEOPLE].pk, actor=None, content={"original": english.pk})
        except NotReady as refusal:
            return str(refusal)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(2 * PEOPLE) as pool:
        said = sorted(pool.map(attempt, range(2 * PEOPLE)))
    assert said[0] == ""
    assert all("There is a version in this language already" in each for each in said[1:])
    assert Article.objects.filter(original=english, language="fr").count() == 1
