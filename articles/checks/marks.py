"""Quotation marks and brackets: which belong together, and which stand alone. Apostrophes are no quotation marks."""

import re

# Opening marks and the ones that close them, by language. What is not listed: pairs are only counted.
_PAIRS = {
    "en fr es pt it tr id sw ha yo so": {"“": "”", "«": "»"},
    "ar fa ur": {"«": "»"},  # “ and ” are typed either way round
    "de cs sk sl": {"„": "“", "»": "«"},
    "ru uk be bg": {"«": "»", "„": "“"},
    "pl ro hu": {"„": "”", "«": "»"},
}
DOUBLE = {language: pairs for languages, pairs in _PAIRS.items() for language in languages.split()}
BRACKETS = {"(": ")", "[": "]", "{": "}"}
_MARK = re.compile(r"[“”„«»\"()\[\]{}‘]")
_ITEM = re.compile(r"(?:^|\s)(?:\w|\d\d|[ivx]{2,4})\Z")  # "a)", "12)", "iii)"
_SPOKEN = re.compile(r"“[^“”]+”|«[^«»]+»|„[^„“”]+[“”]|»[^«»]+«|\"[^\"]+\"")


def spoken(text: str) -> list[tuple[int, int]]:
    """Starts and ends of what stands between double quotation marks of any kind."""
    return [match.span() for match in _SPOKEN.finditer(text)]


def lonely(text: str, *, language: str, goes_on: bool = False) -> list[tuple[int, str]]:
    """Places and characters of quotation marks and brackets that have no partner in this block.

    `goes_on`: the next block opens with a quotation mark, so that one left open here is the trade's way of quoting over
    several paragraphs.
    """
    marks = [(match.start(), match[0]) for match in _MARK.finditer(text)]
    if not marks:
        return []
    found = _pairs(text, marks, BRACKETS)
    pairs = DOUBLE.get(language.partition("-")[0], {})
    known = {*pairs, *pairs.values()}
    quotes = _pairs(text, marks, pairs)
    quotes += _counted(text, marks, "".join(mark for mark in '“”„"' if mark not in known))
    if not pairs:
        quotes += _counted(text, marks, "«»")
    if goes_on and len(quotes) == 1:
        quotes = []
    quotes += _single(text, marks)
    return sorted(found + quotes)


def opens_with_quote(text: str) -> bool:
    return text.lstrip()[:1] in {"“", "«", "»", "„", '"', "‘"}


def _pairs(text: str, marks: list[tuple[int, str]], pairs: dict[str, str]) -> list[tuple[int, str]]:
    lone = []
    waiting: dict[str, list[tuple[int, str]]] = {}
    for place, mark in marks:
        # One character may close one kind and open another: „Haus“, then “house”.
        closes = next((opening for opening, closing in pairs.items() if closing == mark and waiting.get(opening)), "")
        if closes:
            waiting[closes].pop()
        elif mark in pairs:
            waiting.setdefault(mark, []).append((place, mark))
        elif mark in pairs.values() and not _stands_alone(text, place, mark):
            lone.append((place, mark))
    return lone + [each for left in waiting.values() for each in left]


def _stands_alone(text: str, place: int, mark: str) -> bool:
    """Marks that have no partner and need none: "b)", ":)", and a » that repeats an open quotation in a new line."""
    if mark == ")":
        return bool(_ITEM.search(text[max(0, place - 5) : place])) or text[place - 1 : place] in {":", ";", "-"}
    return mark == "»" and not text[:place].strip()


def _counted(text: str, marks: list[tuple[int, str]], kinds: str) -> list[tuple[int, str]]:
    """The last of an odd number of marks; inches (7") do not count."""
    counted = [
        (place, mark) for place, mark in marks
        if mark in kinds and not (mark == '"' and text[place - 1 : place].isdigit() and place)
    ]  # fmt: skip
    inches = sum(mark == '"' for _, mark in marks) - sum(mark == '"' for _, mark in counted)
    return counted[-1:] if len(counted) % 2 and not inches else []


def _single(text: str, marks: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """‘ at the start of a word with no ’ after it; before a digit (‘90s) it is an apostrophe turned wrongly."""
    last = text.rfind("’")
    return [
        (place, mark) for place, mark in marks
        if mark == "‘" and place > last and not text[place - 1 : place].isalpha()
        and not text[place + 1 : place + 2].isdigit()
    ]  # fmt: skip
