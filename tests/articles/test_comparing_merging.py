"""What differs between two texts, and one text out of two people's: nothing is invented, nothing of mine is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles import comparing, markup, merging
from articles.merging import Marks, Passage

MARKS = Marks("<p>⟦mine⟧</p>", "<p>⟦theirs⟧</p>", "<p>⟦end⟧</p>")
SET = {MARKS.mine, MARKS.theirs, MARKS.end}
BLOCKS = st.sampled_from([
    *(f"<p>{word} left the harbour at dawn</p>" for word in ("ferry", "tug", "pilot", "barge")),
    "<p>Two <strong>bold</strong> words<br>on two lines</p>", "<hr>", "<h2>At the quay</h2>",
    "<ul><li>one</li><li>two</li></ul>", "<blockquote><p>Smoke.</p><footer>Ada</footer></blockquote>",
    '<aside class="facts"><h3>Facts</h3><p>Forty people.</p></aside>',
])  # fmt: skip
BODIES = st.lists(BLOCKS, max_size=8).map("".join)
TEXTS = st.text("abA .,’\n", max_size=40)


def one_line(text: str) -> str:
    return "".join(text.split())


@given(TEXTS, TEXTS)
def test_the_runs_of_words_make_up_both_texts(old, new):
    runs = comparing.words(old, new)
    assert one_line("".join(text for op, text in runs if op != "added")) == one_line(old)
    assert one_line("".join(text for op, text in runs if op != "removed")) == one_line(new)


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [
        ("The ferry left.", "The old ferry left.", [("same", "The "), ("added", "old "), ("same", "ferry left.")]),
        ("غادرت العبارة", "غادرت السفينة", [("same", "غادرت "), ("removed", "العبارة"), ("added", "السفينة")]),
        ("渡船离港", "渡船进港", [("same", "渡船"), ("removed", "离"), ("added", "进"), ("same", "港")]),
        ("", "New", [("added", "New")]),
        ("Same", "Same", [("same", "Same")]),
    ],
)
def test_words_in_many_scripts(old, new, runs):
    assert comparing.words(old, new) == runs


@given(BODIES)
def test_a_body_is_its_blocks(body):
    assert "".join(comparing.split(markup.clean(body))) == markup.clean(body)


@given(BODIES, BODIES)
def test_pairs_of_blocks_make_up_both_bodies(old, new):
    pairs = comparing.blocks(old, new)
    assert "".join(pair.old for pair in pairs) == old
    assert "".join(pair.new for pair in pairs) == new


def test_a_rewritten_block_stands_beside_what_it_became():
    old = "<p>The ferry left at noon with forty people.</p><p>Nobody was hurt.</p>"
    new = "<h2>Late</h2><p>The ferry left at one with forty people.</p><p>Nobody was hurt.</p>"
    assert [pair.op for pair in comparing.blocks(old, new)] == ["added", "changed", "same"]


def merged(base: str | None, mine: str, theirs: str, choices: dict[int, str] | None = None) -> str:
    return merging.body(merging.passages(base, mine, theirs), marks=MARKS, choices=choices)


@given(BODIES, BODIES)
def test_what_one_side_alone_changed_is_taken_as_it_is(base, changed):
    assert merged(base, base, changed) == changed
    assert merged(base, changed, base) == changed
    assert merged(base, changed, changed) == changed


@settings(max_examples=300)
@given(st.none() | BODIES, BODIES, BODIES)
def test_nothing_that_i_wrote_is_lost(base, mine, theirs):
    result = comparing.split(merged(base, mine, theirs))
    for block in comparing.split(mine):
        assert block in result or block in comparing.split(base or "")
    for block in comparing.split(theirs):
        assert block in result or block in comparing.split(base or "")
    for block in result:
        assert block in SET or block in comparing.split(mine) or block in comparing.split(theirs)


@given(st.none() | BODIES, BODIES, BODIES)
def test_the_passages_make_up_every_text(base, mine, theirs):
    found = merging.passages(base, mine, theirs)
    assert "".join(block for passage in found for block in passage.mine) == mine
    assert "".join(block for passage in found for block in passage.theirs) == theirs


def test_neighbouring_paragraphs_changed_by_two_are_no_quarrel():
    assert merged("<p>a</p><p>b</p>", "<p>A</p><p>b</p>", "<p>a</p><p>B</p>") == "<p>A</p><p>B</p>"


def test_space_between_blocks_is_nobodys_change():
    brought_in = "\n<p>a</p>\n<p>b</p>\n"
    assert merged(brought_in, "<p>A</p><p>b</p>", "<p>a</p><p>B</p>") == "<p>A</p><p>B</p>"
    assert [pair.op for pair in comparing.blocks(brought_in, "<p>a</p><p>b</p>")] == ["same", "same"]


def test_a_passage_that_both_changed_stands_twice_and_can_be_chosen():
    texts = "<p>a</p><p>b</p>", "<p>a</p><p>mine</p>", "<p>a</p><p>theirs</p>"
    assert merged(*texts) == "<p>a</p><p>⟦mine⟧</p><p>mine</p><p>⟦theirs⟧</p><p>theirs</p><p>⟦end⟧</p>"
    assert merged(*texts, {1: "mine"}) == texts[1]
    assert merged(*texts, {1: "theirs"}) == texts[2]
    assert merging.passages(*texts)[1] == Passage(("<p>b</p>",), ("<p>mine</p>",), ("<p>theirs</p>",))


def test_fields_are_settled_one_by_one():
    base = {"headline": "a", "kicker": "", "slug": "s", "tags": [1], "body": "<p>a</p>"}
    mine = base | {"headline": "mine", "slug": "mine", "tags": [1, 2]}
    theirs = base | {"headline": "theirs", "kicker": "theirs", "tags": [3], "body": "<p>theirs</p>"}
    assert merging.changes(base, mine, theirs) == {
        "headline": "both", "kicker": "theirs", "slug": "mine", "tags": "both", "body": "theirs",
    }  # fmt: skip
    kept = merging.settled(base, mine, theirs, marks=MARKS)
    assert kept == {
        "headline": "mine", "kicker": "theirs", "slug": "mine", "tags": [1, 2], "body": "<p>theirs</p>",
    }  # fmt: skip
    choices = {"headline": "theirs", "tags": "together", "body": "mine"}
    chosen = merging.settled(base, mine, theirs, marks=MARKS, choices=choices)
    assert (chosen["headline"], chosen["tags"]) == ("theirs", [1, 2, 3])


def test_without_the_version_both_began_from_mine_stands():
    mine, theirs = {"headline": "mine", "body": "<p>a</p><p>b</p>"}, {"headline": "theirs", "body": "<p>a</p>"}
    assert merging.changes(None, mine, theirs) == {"headline": "both", "body": "both"}
    kept = merging.settled(None, mine, theirs, marks=MARKS)
    assert kept["headline"] == "mine"
    assert "<p>b</p>" in kept["body"]
