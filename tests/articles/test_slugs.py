import pytest
from django.core.validators import validate_unicode_slug
from hypothesis import given
from hypothesis import strategies as st

from articles.slugs import MAX_LENGTH, slugify


@pytest.mark.parametrize(
    ("headline", "slug"),
    [
        ("Putin’s bridge: 3 lorries, 1 ferry", "putins-bridge-3-lorries-1-ferry"),
        ("L’été à Hadrima", "lete-a-hadrima"),
        ("Ọ̀rọ̀ Yorùbá ń lọ", "oro-yoruba-n-lo"),
        ("Straße nach Łódź", "strasse-nach-lodz"),
        ("الجسرُ مغلقٌ اليوم", "الجسر-مغلق-اليوم"),
        ("Міст закрито", "міст-закрито"),
        ("橋が閉鎖", "橋が閉鎖"),
        ("under_score and -- dashes", "under-score-and-dashes"),
        ("“”…!", ""),
    ],
)
def test_headlines_of_many_scripts(headline, slug):
    assert slugify(headline) == slug


def test_a_long_headline_is_cut_between_words():
    slug = slugify("the committee " * 20)
    assert len(slug) <= MAX_LENGTH
    assert set(slug.split("-")) == {"the", "committee"}


def test_one_endless_word_is_cut():
    assert slugify("a" * 300) == "a" * MAX_LENGTH


@given(st.text(max_size=200))
def test_any_text_makes_a_valid_slug_or_none(text):
    slug = slugify(text)
    assert len(slug) <= MAX_LENGTH
    if slug:
        validate_unicode_slug(slug)
        assert slugify(slug) == slug
