"""Checks on how a text is written: they point at places, and people judge."""

import re
from collections.abc import Iterator
from itertools import zip_longest

from django.utils.translation import gettext

from articles.checks.copy import Block, Copy
from articles.checks.marks import lonely, opens_with_quote
from articles.checks.words import Words, words_of
from articles.findings import Place

Found = Iterator[tuple[str, str, Place | None]]  # field, message, place

LONG_SENTENCE, LONG_PARAGRAPH = 45, 180  # words
NEAR = 5  # words from one to the other
SPEECH = 7  # words between quotation marks that somebody must have said
_WORD = re.compile(r"[^\W\d_][^\W_\u200c]*+(?:[\u064b-\u0652\u0670'’‑-]++[^\W_]++)*+[\u064b-\u0652\u0670]*+")
_CLAUSE = re.compile(r"[,;:،؛()\[\]—–\n\d]")
_COMMA = re.compile(r"[,،]\s")
_LETTERS = {"en": 5, "fr": 5, "ar": 4}
_ELISION = re.compile(r"[^\W\d_]{1,2}['’]")  # l'eau, qu'elle
_DASH_AND_NAME = re.compile(r"(?:[—–]|\s-)\s*\w")
_PLACEHOLDER = re.compile(
    r"(?<![\w/.@-])(?:TKTK\w*|TK(?!\s(?:Maxx\b|[0-9]))|TBC|TBD|FIXME|[Ll]orem ipsum|LOREM IPSUM|"
    r"\[(?i:name|names|first name|surname|title|age|date|day|place|town|number|figure|quote|link|photo|caption|source|"
    r"nom|prénom|lieu|âge|titre|chiffre|citation|lien|ville|source|الاسم|التاريخ|المكان|العمر|الرقم|المصدر|رابط|"
    r"(?:[\w’']+\s){1,6}(?:to come|to follow|à venir|à suivre))\]|"
    r"XXX+|⟦[^⟦⟧\n]*⟧)(?![\w/@-])"  # ⟦…⟧: set by the page that puts two versions together
)
_CAPITALISED = re.compile(r"\b(?!Mrs? |Ms |Dr )[A-Z][a-z]+ \Z")
_UNSPACED = frozenset({"zh", "ja", "th", "km", "my", "lo"})  # words there have no spaces between them
WRITTEN = ("headline", "short_headline", "social_headline", "kicker", "standfirst", "dateline")


def long_sentence(copy: Copy) -> Found:
    for block in _paragraphs(copy):
        for start, end in block.sentences:
            length = len(block.text[start:end].split())
            if length > LONG_SENTENCE and not block.is_spoken(start, end):
                message = gettext("A sentence of %(number)s words. Could it be two?") % {"number": length}
                yield "body", message, block.place(start, end)


def long_paragraph(copy: Copy) -> Found:
    for block in _paragraphs(copy):
        length = len(block.text.split())
        if length > LONG_PARAGRAPH:
            message = gettext("A paragraph of %(number)s words is hard to read on a phone.") % {"number": length}
            yield "body", message, block.place(0, len(block.text))


def _paragraphs(copy: Copy) -> Iterator[Block]:
    return (block for block in copy.blocks if block.language.partition("-")[0] not in _UNSPACED)


def repeated_word(copy: Copy) -> Found:
    """The same word of weight twice in one clause, as when half of a sentence was rewritten and the rest stayed."""
    for block in copy.blocks:
        words = words_of(block.language)
        if words:
            for start, end, word in _repeated(block, words, _LETTERS[block.language.partition("-")[0]]):
                yield "body", gettext("“%(word)s” twice in a few words.") % {"word": word}, block.place(start, end)


def _repeated(block: Block, words: Words, letters: int) -> Iterator[tuple[int, int, str]]:
    for start, end in block.sentences:
        seen: dict[str, tuple[int, int]] = {}  # word -> its rank in the sentence, its place
        found = [(match.start(), match.end()) for match in _WORD.finditer(block.text, start, end)]
        plain = [_ELISION.sub("", block.text[first:last].casefold(), count=1) for first, last in found]
        for rank, (first, last) in enumerate(found):
            word = plain[rank]
            if len(word) < letters or word in words.binding:
                continue
            before = seen.get(word)
            seen[word] = rank, first
            if before is None or not 1 < rank - before[0] <= NEAR or block.text[first].isupper():
                continue
            # "step by step", "drones and decoy drones": a word that is meant twice.
            if rank - before[0] == 2 and plain[rank - 1] in words.binding:
                continue
            if words.joining.search(block.text, before[1], last):
                continue
            if block.text[before[1]].isupper() and before[0] > 0:
                continue
            if _CLAUSE.search(block.text, before[1], last) or block.is_spoken(before[1], last):
                continue
            yield before[1], last, word


def doubled_word(copy: Copy) -> Found:
    """The same word twice in a row: "the the"."""
    for field, text, block in _texts(copy):
        words = words_of(block.language if block else copy.content["language"])
        if not words:
            continue
        before: re.Match[str] | None = None
        for match in _WORD.finditer(text):
            if before and _same(before, match, text, words):
                message = gettext("“%(word)s” twice in a row.") % {"word": match[0]}
                yield field, message, _place(block, text, before.start(), match.end())
            before = match


def _same(first: re.Match[str], second: re.Match[str], text: str, words: Words) -> bool:
    word = second[0].casefold()
    return (
        first[0].casefold() == word
        and not text[first.end() : second.start()].strip(" \u00a0\u202f")
        and word not in words.twice
        and not second[0][0].isupper()  # Pago Pago is a place
    )


def unbalanced(copy: Copy) -> Found:
    """Quotation marks and brackets without a partner, paragraph by paragraph."""
    for block, after in zip_longest(copy.blocks, copy.blocks[1:]):
        goes_on = after is not None and opens_with_quote(after.text)
        for place, mark in lonely(block.text, language=block.language, goes_on=goes_on):
            yield "body", _alone(mark), block.place(*_around(block.text, place))
    for field in WRITTEN:
        text = copy.content[field]
        for place, mark in lonely(text, language=copy.content["language"]):
            yield field, _alone(mark), _place(None, text, *_around(text, place))


def _alone(mark: str) -> str:
    return gettext("This mark has no partner: %(mark)s") % {"mark": mark}


def _around(text: str, place: int) -> tuple[int, int]:
    """The mark with a few letters on each side, whole words where they are short, so that it can be found."""
    left = text.rfind(" ", max(0, place - 20), place) + 1 or max(0, place - 20)
    right = text.find(" ", place + 1, place + 21)
    return left, right if right > 0 else min(len(text), place + 21)


def placeholder(copy: Copy) -> Found:
    """What was to be filled in later: TK, XXX, TBC, [name], lorem ipsum."""
    for field, text, block in _texts(copy):
        for match in _PLACEHOLDER.finditer(text):
            # Super Bowl XXX is a number.
            if match[0] == "XXX" and _CAPITALISED.search(text, max(0, match.start() - 20), match.start()):
                continue
            message = gettext("Still to be filled in: %(words)s") % {"words": match[0]}
            yield field, message, _place(block, text, match.start(), match.end())


def attribution(copy: Copy) -> Found:
    """Speech and quotations of which neither the paragraph nor its neighbours say whose words they are."""
    cues = [_attributes(block) for block in copy.blocks]
    named = _named_at_the_end(copy.blocks)
    for rank, block in enumerate(copy.blocks):
        if not words_of(block.language) or block.tag in {"footer", "figcaption", "caption", "dt"}:
            continue
        near = cues[max(0, rank - 1) : rank + 2]
        if any(near) or named[rank]:
            continue
        if block.in_quotation and block.tag != "dd":
            yield "body", gettext("Whose words are these? The quotation names nobody."), block.place(0, len(block.text))
            continue
        for start, end in block.spoken:
            if len(block.text[start:end].split()) >= SPEECH:
                yield (
                    "body",
                    gettext("Whose words are these? No one near is said to have spoken."),
                    block.place(start, end),
                )
                break


def _attributes(block: Block) -> bool:
    """Whether this paragraph, outside what is spoken in it, says who speaks; a colon at its end counts."""
    words = words_of(block.language)
    if not words or block.in_quotation:
        return False
    edges = [0, *(edge for span in block.spoken for edge in span), len(block.text)]
    outside = "  ".join(block.text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
    if words.attributing.search(outside) or block.text.rstrip().endswith(":"):
        return True
    # « Nous partons, dit-elle. Demain. »: French says it between the marks.
    return bool(block.spoken and (_DASH_AND_NAME.search(outside) or _says_inside(block, words)))


def _says_inside(block: Block, words: Words) -> bool:
    return any(words.attributing.match(block.text, comma.end()) for comma in _COMMA.finditer(block.text))


def _named_at_the_end(blocks: list[Block]) -> list[bool]:
    """For each block whether it belongs to a quotation that names its speaker in its last line."""
    named: list[bool] = []
    in_named = False
    for block in reversed(blocks):
        in_named = block.in_quotation and (in_named or block.tag == "footer")
        named.append(in_named)
    return named[::-1]


def _texts(copy: Copy) -> Iterator[tuple[str, str, Block | None]]:
    """All that readers see of the words, with the field they stand in."""
    for field in WRITTEN:
        yield field, copy.content[field], None
    for block in copy.blocks:
        yield "body", block.text, block


def _place(block: Block | None, text: str, start: int, end: int) -> Place:
    return block.place(start, end) if block else Place(start, end, text[start:end])
