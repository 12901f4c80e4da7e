"""Languages that a story may be in: code, own name, direction. Any may be an edition of the site."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """An IETF language tag, the language's name in itself, and "ltr" or "rtl"."""

    code: str
    name: str
    direction: str = "ltr"


_LTR = {
    "am": "አማርኛ", "az": "Azərbaycanca", "be": "Беларуская", "bg": "Български", "bn": "বাংলা",
    "bs": "Bosanski", "cs": "Čeština", "da": "Dansk", "de": "Deutsch", "el": "Ελληνικά",
    "en": "English", "es": "Español", "et": "Eesti", "fi": "Suomi", "fr": "Français", "ha": "Hausa",
    "hi": "हिन्दी", "hr": "Hrvatski", "ht": "Kreyòl ayisyen", "hu": "Magyar", "hy": "Հայերեն",
    "id": "Bahasa Indonesia", "ig": "Igbo", "it": "Italiano", "ja": "日本語", "ka": "ქართული",
    "kk": "Қазақша", "km": "ខ្មែរ", "ko": "한국어", "ku": "Kurdî", "ky": "Кыргызча", "lt": "Lietuvių",
    "lv": "Latviešu", "mk": "Македонски", "my": "မြန်မာ", "ne": "नेपाली", "nl": "Nederlands",
    "no": "Norsk", "om": "Oromoo", "pa": "ਪੰਜਾਬੀ", "pl": "Polski", "pt": "Português", "ro": "Română",
    "ru": "Русский", "rw": "Kinyarwanda", "si": "සිංහල", "sk": "Slovenčina", "sl": "Slovenščina",
    "sn": "ChiShona", "so": "Soomaali", "sq": "Shqip", "sr": "Српски", "sv": "Svenska",
    "sw": "Kiswahili", "ta": "தமிழ்", "tg": "Тоҷикӣ", "th": "ไทย", "ti": "ትግርኛ", "tk": "Türkmençe",
    "tl": "Tagalog", "tr": "Türkçe", "uk": "Українська", "uz": "Oʻzbekcha", "vi": "Tiếng Việt",
    "wo": "Wolof", "xh": "isiXhosa", "yo": "Yorùbá", "zh": "中文", "zu": "isiZulu",
}  # fmt: skip
_RTL = {
    "ar": "العربية", "ckb": "کوردی", "dv": "ދިވެހި", "fa": "فارسی", "he": "עברית", "ps": "پښتو", "sd": "سنڌي",
    "ug": "ئۇيغۇرچە", "ur": "اردو", "yi": "ייִדיש",
}  # fmt: skip

LANGUAGES: dict[str, Language] = {
    **{code: Language(code, name) for code, name in _LTR.items()},
    **{code: Language(code, name, "rtl") for code, name in _RTL.items()},
}
CHOICES: list[tuple[str, str]] = sorted(
    ((each.code, each.name) for each in LANGUAGES.values()), key=lambda pair: pair[1]
)


def direction(code: str) -> str:
    """ "rtl" for languages written from right to left, else "ltr"; unknown codes count as "ltr"."""
    language = LANGUAGES.get(code)
    return language.direction if language else "ltr"


def name_of(code: str) -> str:
    """The language's name in itself; an unknown code stands for itself."""
    language = LANGUAGES.get(code)
    return language.name if language else code


# Of Chinese and Japanese characters, as `markup.word_count` counts them.
_PACE = {
    "ar": 138, "de": 179, "en": 228, "es": 218, "fi": 161, "fr": 195, "he": 187, "it": 188, "ja": 357, "nl": 202,
    "pl": 166, "pt": 181, "ru": 184, "sl": 180, "sv": 199, "tr": 166, "zh": 255,
}  # fmt: skip
_USUAL_PACE = 184


def words_a_minute(code: str) -> int:
    """How fast grown-up readers read the language; for one that was not measured, the mean of those that were.

    Trauzettel-Klosinski and Dietz, "Standardized Assessment of Reading Performance" (2012), doi:10.1167/iovs.11-8284.
    """
    return _PACE.get(code, _USUAL_PACE)
