"""Text is found in any spelling, by both databases."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.db.models import F

from safeguards.spelling import Named, fold, pattern

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Les Étudiants de Sandérou", "ETUDIANTS"), ("les etudiants", "Étudiants"), ("Київ чекає", "КИІВ"),
        ("Ọ̀ṣun rises", "osun"), ("Osun", "Ọ̀ṣun"), ("Straße", "STRASSE"), ("Strasse", "straße"), ("Œuvre", "oeuvre"),
        ("مَدْرَسة", "مدرسه"), ("أخبار المدينة", "اخبار"), ("اخبار", "أخبار"), ("٢٠٢٦", "2026"), ("L’eau", "l'eau"),
        ("Пʼять", "п'ЯТЬ"), ("a.b*c", "A.B*"), ("50% [off] (today)^$", "% [OFF] (today)^$"), ("a\\d", "\\D"),
    ],
)  # fmt: skip
def test_text_is_found_in_any_spelling(written: str, typed: str) -> None:
    people = get_user_model()._default_manager
    for number, name in enumerate((written, "Nothing of the kind")):
        people.create(email=f"p{number}@paper.example", display_name=name)
    assert [each.display_name for each in people.filter(display_name__spelt=typed)] == [written]


def test_what_is_typed_is_no_expression() -> None:
    people = get_user_model()._default_manager
    people.create(email="p@paper.example", display_name="abc")
    for typed in (".", "a.c", "a|b", "[abc]", "x*", "\\w", "(a"):
        assert not people.filter(display_name__spelt=typed).exists(), typed


def test_a_name_is_the_same_in_capitals_of_any_script_and_no_other_is() -> None:
    people = get_user_model()._default_manager
    names = ("Économie & co. (2026)", "Економіка", "Economie & co. (2026)", "Економіка та гроші", "a.c", "abc")
    for number, name in enumerate(names):
        people.create(email=f"p{number}@paper.example", display_name=name)
    for typed, name in (("ÉCONOMIE & CO. (2026)", names[0]), ("ЕКОНОМІКА", names[1]), ("A.C", names[4])):
        assert [each.display_name for each in people.filter(display_name__named=typed)] == [name]
    assert people.filter(display_name__named=["ЕКОНОМІКА", "ABC", "none|abc"]).count() == 2


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Économie", "éCONOMIE"),
        ("Гроші", "ГРОШІ"),
        ("Σοφός", "ΣΟΦΌΣ"),
        ("Straße", "STRAẞE"),
        ("Ǆ", "ǅ"),
        ("[a]-^\\", "[A]-^\\"),
    ],
)
def test_capitals_are_in_the_expression_since_not_every_database_knows_them(written: str, typed: str) -> None:
    expression = Named(F("name"), typed).rhs
    assert re.search(expression, written)
    assert not re.search(expression, f"{written}\n")
    assert not re.search(expression, f"{written}s")


def test_folding_is_the_same_twice() -> None:
    for text in ("Ọ̀ṣun", "مدرسةٌ", "Straße", "Ǆ", "ﬁ", "İstanbul"):
        assert fold(fold(text)) == fold(text)
        assert pattern(text) == pattern(fold(text))
