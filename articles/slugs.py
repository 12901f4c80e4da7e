"""Slugs: the last part of an address, made of the words of a headline in any script."""

import re
import unicodedata

MAX_LENGTH = 80
_LETTERS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ı": "i", "ə": "e", "ɓ": "b", "ɗ": "d", "ƙ": "k"}
)
_APOSTROPHES = re.compile(r"['’ʼ`]")
_ARABIC_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u0640]")


def slugify(text: str) -> str:
    """Words of `text` in lower case joined by hyphens, at most 80 characters, cut between words; "" for no words.

    Latin letters lose their accents (an address is passed on in messengers, where %C3%A9 is noise); other scripts
    stay as they are, without vowel points. The result is NFC and matches Django's Unicode slug rule.
    """
    text = _APOSTROPHES.sub("", text.lower())
    text = _ARABIC_MARKS.sub("", text).translate(_LETTERS)
    letters: list[str] = []
    for letter in unicodedata.normalize("NFC", text):
        base = unicodedata.normalize("NFD", letter)[0]
        letters.append(base if "a" <= base <= "z" else letter)
    # Marks that could not be composed with a Latin letter (Yoruba's ọ́) go; those of other scripts belong to words.
    plain = re.sub(r"(?<=[a-z])[\u0300-\u036f]+", "", "".join(letters))
    words = re.findall(r"\w+", plain.replace("_", " "))
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word
        if len(longer) > MAX_LENGTH:
            break
        slug = longer
    return slug or "".join(words)[:MAX_LENGTH]
