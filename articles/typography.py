"""Typographic quotes, apostrophes, dashes, ellipses and spaces by language.

Quotes are judged on a view of the text in which every quotation mark, typed or typographic, is the straight one. What
was set once therefore reads the same the second time, and setting it again changes nothing.
"""

import re

# The pair, the pair for double quotes inside it, the pair for single quotes.
_ENGLISH = "“”“”‘’"
_QUOTES = {
    "ar": "«»“”‘’",
    "de": "„“„“‚‘",
    "es": "«»“”‘’",
    "fr": "«»“”‘’",
    "pl": "„”«»‘’",
    "ru": "«»„“‘’",
    "uk": "«»„“‘’",
}
_EM_DASH = frozenset({"es", "ru", "uk"})
# Words that begin with an apostrophe; "'n'" also ends with one.
_ELISIONS = {"en": r"n'(?!\w)|(?:em|tis|twas|til)\b", "ha": r"y", "nl": r"[nst]\b"}

_STRAIGHT = str.maketrans(dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("‘’‚‛‹›", "'"))
_QUOTE = re.compile("[\"']")
_BEFORE_OPENING = frozenset("([{-–—/¿¡|<")
_URL = re.compile(r"""\b(?:https?://|www\.)[^\s<>"“”„‟«»]*[^\s<>"“”„‟«»'‘’‚‛‹›.,;:!?)\]…]""", re.I)
_FEET = re.compile(r"""\d'\s?\d{1,2}(?:\.\d+)?"?""")
_DECADE = r"\d\ds?\b"
_ELLIPSIS = re.compile(r"(?<!\.)\.{3}(?!\.)")
_DASH = re.compile(r"(?<![-<])-{2,3}(?![->])")
_THIN, _NO_BREAK = "\u202f", "\u00a0"
_FRENCH_GAP = re.compile(r"(?<=«)[ \u00a0\u202f]+|(?<![ \u00a0\u202f])[ \u00a0\u202f]++(?=[»;:!?])")
# 21 h 41, 3 %, 200 €: a number stays with its unit.
_FRENCH_UNIT = re.compile(r"(?<=\d) (?=h\b|[%€])|(?<=\d[ \u00a0\u202f]h) (?=\d\d\b)")
_FRENCH_OPENING = re.compile(r"«([ \u00a0\u202f]*+)(?=[^\n])")
_FRENCH_CLOSING = re.compile(r"(?<=[^\s«])([ \u00a0\u202f]*+)»")
_FRENCH_MARK = re.compile(
    r"""(?<=[^\s(\[¿¡«;:!?])([ \u00a0\u202f]*+)([;!?](?=[\s;:!?»”’"')\].,…]|\Z)|:(?=[\s«»]|\Z))"""
)


def smarten(text: str, *, language: str) -> str:
    """The text with typographic quotes, apostrophes, dashes, ellipses and (in French) spaces. For plain text, not HTML.

    Languages without rules of their own take English quotes. Web addresses, inches and feet stay as they are.
    """
    return "".join(typeset(text, language=language))


def typeset(text: str, *, language: str) -> list[str]:
    """As `smarten`, but one string for each character of `text`, so that markup between them can be put back."""
    base = language.partition("-")[0].lower()
    out = list(text)
    # Letters in the place of addresses keep every rule away from them.
    masked = _URL.sub(lambda match: "x" * len(match[0]), text)
    for match in _ELLIPSIS.finditer(masked):
        _put(out, match, "…")
    for match in _DASH.finditer(masked):
        _put(out, match, _dash(masked, match, base))
    _set_quotes(out, masked, base)
    if base == "fr":
        # The quotes just set count as guillemets here; everything else must keep its place.
        marks = "".join(new if old in "\"'" else old for old, new in zip(masked, out, strict=True))
        _set_french_spaces(out, marks)
    return out


def _put(out: list[str], match: re.Match[str], new: str) -> None:
    out[match.start() : match.end()] = [new] + [""] * (len(match[0]) - 1)


def _dash(text: str, match: re.Match[str], base: str) -> str:
    before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
    if len(match[0]) == 3 or base in _EM_DASH:
        return "—"
    spaced = not before.strip() or not after.strip()
    return "–" if spaced or (before.isdigit() and after.isdigit()) else "—"


def _set_quotes(out: list[str], masked: str, base: str) -> None:
    view = masked.translate(_STRAIGHT)
    places: list[int] | range = range(len(view))
    if base == "fr":
        skipped = {place for match in _FRENCH_GAP.finditer(masked) for place in range(*match.span())}
        places = [place for place in places if place not in skipped]
        view = "".join(view[place] for place in places)
    for index, quote in _quotes(view, base, _QUOTES.get(base, _ENGLISH)):
        if out[places[index]] in {'"', "'"}:
            out[places[index]] = quote


def _quotes(view: str, base: str, pairs: str) -> list[tuple[int, str]]:
    """What each straight quote of the view becomes; those to be left alone are left out."""
    found: list[tuple[int, str]] = []
    view = _FEET.sub(lambda match: re.sub("[\"']", "x", match[0]), view)
    elision = "|".join(filter(None, [_DECADE, _ELISIONS.get(base)]))

    def elided(match: re.Match[str]) -> str:
        found.extend((match.start() + at, "’") for at, each in enumerate(match[0]) if each == "'")
        return match[0].replace("'", "x")

    view = re.sub(rf"(?<!\w)'(?:{elision})", elided, view, flags=re.I)
    padded = f" {view} "
    last_closing = max((match.start() for match in re.finditer(r"(?<=\S)'(?!\w)", view)), default=-1)
    open_quotes: list[str] = []
    newest = -2
    for match in _QUOTE.finditer(view):
        at, quote = match.start(), match[0]
        before, after = padded[at], padded[at + 2]
        elided_word = before == "'" and quote == '"' and after.isalnum()  # l'"eau"
        starts = before.isspace() or before in _BEFORE_OPENING or newest == at - 1 or elided_word
        opens = starts and not after.isspace()
        if quote == "'" and opens and (at >= last_closing or before.isdigit()):
            found.append((at, "’"))
        elif opens:
            depth = open_quotes.count(quote)
            found.append((at, pairs[4] if quote == "'" else pairs[0] if depth % 2 == 0 else pairs[2]))
            open_quotes = [*open_quotes[-7:], quote]
            newest = at
        elif before.isspace() or (quote == '"' and before.isalpha() and after.isalpha()):
            continue  # a quote on its own, or the Hebrew mark of an abbreviation
        elif quote == "'" and after.isalnum():
            if not (before.isdigit() and after.isdigit()):
                found.append((at, "’"))
        elif quote in open_quotes:
            depth = open_quotes.count(quote)
            while open_quotes.pop() != quote:
                pass
            found.append((at, pairs[5] if quote == "'" else pairs[1] if depth % 2 else pairs[3]))
        elif not before.isdigit():
            found.append((at, "’" if quote == "'" else pairs[1]))
    return found


def _set_french_spaces(out: list[str], marks: str) -> None:
    for match in _FRENCH_UNIT.finditer(marks):
        out[match.start()] = _NO_BREAK
    for match in _FRENCH_OPENING.finditer(marks):
        out[match.start(1) : match.end(1)] = [""] * len(match[1])
        out[match.start()] += _THIN
    for match in _FRENCH_CLOSING.finditer(marks):
        out[match.start(1) : match.end(1)] = [""] * len(match[1])
        out[match.end() - 1] = f"{_THIN}»"
    for match in _FRENCH_MARK.finditer(marks):
        out[match.start(1) : match.end(1)] = [""] * len(match[1])
        out[match.end() - 1] = f"{_NO_BREAK if match[2] == ':' else _THIN}{match[2]}"
