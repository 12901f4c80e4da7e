"""What the checks on prose must know of a language: words that bind, words that attribute. English, French, Arabic.

In a language that has no row here, checks that hang on its words say nothing.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """`binding` words may stand anywhere again, and any word on both sides of a `joining` one; `twice` words may stand
    twice in a row; `attributing` words say who said it.
    """

    binding: frozenset[str]
    joining: re.Pattern[str]
    twice: frozenset[str]
    attributing: re.Pattern[str]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _whole(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(text.split())})(?!\w)", re.IGNORECASE)


WORDS = {
    "en": Words(
        _words(
            "a about above after again against all also although among an and another any are around as at be because "
            "been before behind being below between both but by can could did do does doing down during each either "
            "else even ever every few for from further had has have having he her here hers him his how however if in "
            "into is it its itself just least less like many may might more most much must near neither never no nor "
            "not now of off often on once only onto or other others our ours out over own per rather same several she "
            "should since so some still such than that the their theirs them then there these they this those though "
            "through to too toward towards under until up upon us very was we well were what whatever when where "
            "whether which while who whoever whole whom whose why will with within without would yet you your "
            "first second third million billion thousand hundred percent"
        ),
        _whole("and or nor but than as versus to"),
        _words("had that no very bye ha her so is"),
        _whole(
            "said says say saying told tells telling ask(?:s|ed|ing)? add(?:s|ed|ing)? wrote writes write writing "
            "according explain(?:s|ed|ing)? recall(?:s|ed|ing)? insist(?:s|ed|ing)? announc(?:es|ed|ing) "
            "declar(?:es|ed|ing) warn(?:s|ed|ing)? argu(?:es|ed|ing) stat(?:es|ed|ing|ement) claim(?:s|ed|ing)? "
            "call(?:s|ed|ing)? repl(?:y|ies|ied) not(?:es|ed|ing) describ(?:es|ed|ing) post(?:s|ed|ing)? "
            "tweet(?:s|ed)? quot(?:es|ed|ing) read(?:s|ing)? remember(?:s|ed|ing)? shout(?:s|ed|ing)? joke[sd]? "
            "laugh(?:s|ed|ing)? prais(?:es|ed|ing) admit(?:s|ted)? agree[sd]? confirm(?:s|ed)? complain(?:s|ed)? "
            "conclud(?:es|ed) continu(?:es|ed) den(?:ies|ied) predict(?:s|ed)? promis(?:es|ed) put recommend(?:s|ed)? "
            "report(?:s|ed)? respond(?:s|ed)? repeat(?:s|ed)? suggest(?:s|ed)? testif(?:ies|ied) thought thinks "
            "whisper(?:s|ed)? answer(?:s|ed)? urg(?:es|ed) words voice letter message"
        ),
    ),
    "fr": Words(
        _words(
            "à afin ainsi alors après au aucun aucune aussi autre autres aux avait avant avec avoir car ce ceci cela "
            "celle celles celui ces cet cette ceux chaque chez comme comment contre dans de depuis des dès deux donc "
            "dont du elle elles en encore entre est et étaient était été être eux faire fait font hors il ils jusqu "
            "jusque la là le les leur leurs lors lorsque lui mais même mêmes mes moins mon ne ni nos notre nous on ont "
            "ou où par parce pas pendant peu peut plus plusieurs pour pourquoi puis quand que quel quelle quelques qui "
            "quoi sa sans se sera ses si soit son sont sous sur ta tandis tant te tel telle tous tout toute toutes "
            "très trop tu un une vers voici voilà vos votre vous millions milliards mille cents premier première"
        ),
        _whole("et ou ni mais que comme à"),
        _words("nous vous très non oui si"),
        _whole(
            r"dit disent disait disaient disant affirm\w+ ajout\w+ expliqu\w+ selon racont\w+ déclar\w+ annonc\w+ "
            r"assur\w+ précis\w+ soulign\w+ estim\w+ indiqu\w+ répond\w* répét\w+ demand\w+ lanc\w+ "
            r"not[eé]\w* rappel\w+ reconn\w+ écri\w+ confi[eé]\w* regrett\w+ souri\w* soupir\w+ résum\w+ insist\w+ "
            r"poursui\w+ conclu\w* témoign\w+ plaid\w+ promet\w* préven\w+ avert\w+ dénonc\w+ appel\w+ "
            "communiqué message lettre mots propos li[ts] lisait"
        ),
    ),
    "ar": Words(
        _words(
            "من في على إلى عن مع هذا هذه ذلك تلك التي الذي الذين كان كانت كانوا يكون تكون قد لقد لم لن لا ما أن إن أنه "
            "أنها إنه إنها كل كما بعد قبل عند عندما حين حتى بين أو ثم هو هي هم هن نحن أنا أنت غير سوى دون منذ خلال حول "
            "أي أيضا أيضًا لكن بل فقط نحو ضد تحت فوق أمام وراء داخل خارج أكثر أقل بعض جميع كانا ليس ليست هناك هنا وقد "
            "ولم ولا وما وأن وفي ومن وعلى إلا أما إذا لأن الى مليون ألف مئة"
        ),
        _whole(r"و\w+ أو ثم بل ولا"),
        _words("كلا نعم لا رويدا رويدًا شيئا شيئًا واحدا واحدًا يوما يومًا جدا جدًا"),
        _whole(
            "[وف]?(?:قال|قالت|يقول|تقول|قالوا|يقولون|قائلا|قائلًا|قائلة|قولها?|أضاف|أضافت|يضيف|تضيف|أكد|أكدت|يؤكد|تؤكد|"
            "أوضح|أوضحت|يوضح|توضح|ذكر|ذكرت|صرح|صرحت|أعلن|أعلنت|حسب|وفقا|وفقًا|بحسب|كتب|كتبت|يكتب|تكتب|سأل|سألت|رد|ردت|"
            "أجاب|أجابت|يجيب|تجيب|شرح|شرحت|يشرح|تشرح|تابع|تابعت|يتابع|روى|روت|يروي|تروي|حكى|حكت|يحكي|تحكي|أشار|أشارت|"
            "طالب|طالبت|حذر|حذرت|وصف|وصفت|بيان|رسالة|عبارة|كلمات|نقل|نقلت|تذكر|يتذكر|تتذكر|ضحك|يضحك|تضحك)"
        ),
    ),
}


def words_of(language: str) -> Words | None:
    """The row of a language code such as ``en`` or ``fr-CH``."""
    return WORDS.get(language.partition("-")[0])
