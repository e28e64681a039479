"""In which language a text is, by its commonest words, and which words of each language are left out of a search.

Languages of one alphabet are told apart by counting; Russian and Arabic by their letters; Chinese, Japanese and Thai
are looked for by pairs of characters, whatever the language. Knows nothing of indexes and articles.
"""

from __future__ import annotations

import re
import unicodedata

_COMMON = {
    "en": """a about after all also am an and any are aren't as at be because been before being but by can can't could
        did didn't do does doesn't doing don't for from had has have having he her here hers him his how i i'm if in
        into is isn't it it's its just me my no nor not of on or our ours out over own please said say says she should
        so some such tell than that that's the their theirs them then there these they this those through to too
        under until up very was wasn't we were weren't what what's when where which while who who's whom whose why
        will with would you your yours""",
    "es": """a al algo algún alguna ante antes así aunque bajo cada como con contra cosa cual cuál cuáles
        cuando cuándo
        cuánta cuántas cuánto cuántos cuya cuyo de del desde después donde dónde durante e el él ella ellas ellos en
        entre era eran es esa ese eso esta está estaba están estas este esto estos fue fueron ha había haber hace hacia
        han hasta hay la las le les lo los más me mi mientras muy ni no nos o otra otro para pero por porque pues que
        qué quien quién quiénes se sea según ser será si sí sido sin sobre solo son su sus también tan tanto te tiene
        todo todos tras tu un una unas uno unos y ya""",
    "de": """ab aber als am an auch auf aus bei beim bin bis da damit dann das dass dem den denn der des dessen
        deren die
        dies diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es etwas für gab
        gegen habe haben hat hatte hatten hier ich ihm ihn ihr ihre ihrem ihren ihrer im in ins ist ja jede jeder jetzt
        kann kein keine können man mehr mein mit muss nach nicht noch nun nur ob oder ohne sehr sein seine seinem
        seinen seiner seit sich sie sind so soll sowie über um und uns unter vom von vor wann war waren warum was weil
        welche welchem welchen welcher welches wenn wer werden wem wen wie wieder wieso wird wo wurde wurden zu zum
        zur zwischen viele""",
    "fr": """a à ai ainsi alors après au aucun aussi autre aux avait avant avec avoir c ce cela celle celui ces
        cet cette
        chez combien comme comment d dans de depuis des dès donc dont du elle elles en entre est et était étaient été
        être eu eux fait fut il ils je j l la là le les leur leurs lors lorsque lui m mais même mes moins mon n ne ni
        nos notre nous on ont ou où par parce pas pendant peu plus pour pourquoi qu quand que quel quelle quelles quels
        qui quoi s sa sans se selon sera ses si son sont sous sur ta tandis te tous tout toute toutes très tu un une
        vers vos votre vous y""",
    "pt": """a à ainda ao aos após aquela aquele as às até através cada com como contra cujo da das de dela dele deles
        depois desde do dos durante e é ela elas ele eles em entre era eram essa esse esta está estão estava este eu
        foi foram há isso isto já lhe mais mas me mesmo meu muito na nas não nem no nos nós num numa o onde os ou para
        pela pelas pelo pelos pois por porque porém qual quais quando quanta quantas quanto quantos que quem são se
        segundo sem ser será seu seus só sobre sua suas também te tem têm ter tinha um uma uns você""",
    "it": """a ad agli ai al alla alle allo anche ancora avere aveva c che chi ci ciò come con contro cosa cui
        d da dagli
        dai dal dalla dalle dallo degli dei del dell della delle dello di dopo dove dov e è ed era erano essere fra fu
        furono gli ha hanno i il in io l la le lei li lo loro lui ma me mentre mi ne negli nei nel nella nelle nello
        noi non o ogni per perché più poi prima qual quale quali quando quanta quante quanti quanto quella quello
        questa queste questi questo se sei senza si sia sono sopra sotto stata stati stato su sua sue sugli sui sul
        sulla sulle suo suoi tra tu un una uno vi""",
    "nl": """aan al alle als bij daar dan dat de deze die dit door dus een eens en er ge geen had hadden haar
        heb hebben
        heeft hem het hier hij hoe hoeveel hun iets ik in is ja je kan kon maar me meer men met mijn moet na naar niet
        niets nog nu of om omdat onder ons ook op over te tegen tijdens toch toen tot u uit uw van veel volgens voor
        waar waarom wanneer want waren was wat we welk welke werd werden wie wij wil word worden wordt ze zelf zich zij
        zijn zo zonder zou""",
    "pl": """a aby albo ale ani bardzo bez bo być był była było były będą będzie co czego czy czyli dla do
        dlaczego gdy
        gdzie go i ich ile ilu im ja jak jaka jaki jakie jako je jednak jego jej jest jeszcze już każdy kiedy komu kto
        która które którego której który których którym którzy ma mają mi może my na nad nam nas nich nie nim o od on
        ona one oni oraz po pod podczas ponieważ poza przed przez przy roku są się skąd swoje ta tak także tam te tego
        tej ten to trzeba tu tych tylko tym u w we wam według wielu więc wszystko z za że ze został została zostały""",
    "ru": """а без более будет будут бы был была были было быть в вам вас весь во вот все всех всё вы где да
        для до его
        ее её если есть еще ещё же за здесь и из или им их к как какая какие какой какого когда ко кого который которая
        которые которого кто куда ли между меня мне много может мы на над не него нее неё нет ни них но ну о об он она
        они оно от откуда по под после потому почему при про с сколько со так также там то того тоже только том ты у
        уже чего чем через что чтобы чья чей эта эти это этого этот я""",
    "ar": """في من الى على عن مع هذا هذه ذلك تلك التي الذي الذين ما ماذا متى اين كيف كم لماذا هل مَن هو هي هم
        هن انا نحن
        انت كان كانت يكون تكون قد لقد لم لن لا ليس ان انه انها او ثم بعد قبل عند منذ حتى بين كل بعض غير اي كما لكن بل
        حيث خلال ضد نحو و ف ب ل فيها فيه منها منه به بها له لها لهم وهو وهي وفي ومن""",
}

_ARABIC_MARKS = "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
_UNWANTED = re.compile(f"[{_ARABIC_MARKS}\u0591-\u05bd\u05bf-\u05c7\u0e47-\u0e4e]")
"""Marks that some write and others don't: of Arabic (and the bar that stretches a word), of Hebrew, tones of Thai."""
_SPELLINGS = str.maketrans(
    {**dict.fromkeys("أإآٱ", "ا"), **dict.fromkeys("ىی", "ي"), "ک": "ك", "ё": "е", "Ё": "Е"}
)
"""Letters that are written with or without their marks, and Persian ones that keyboards give as the Arabic ones."""
JOINERS = "\u200c\u200d"
"""What parts or joins letters within a word, as in Persian, and is often left out or written as a space."""


def folded(text: str) -> str:
    """The text in one spelling: composed letters, no marks that are often left out. Accents of Latin letters stay.

    >>> folded("\u0623\u064a\u0640\u0640\u0646"), folded("e\u0301t\u00e9 \uff11"), folded("\u0451\u043b\u043a\u0430")
    ('اين', 'été 1', 'елка')
    """
    if text.isascii():
        return text
    return _UNWANTED.sub("", unicodedata.normalize("NFKC", text)).translate(_SPELLINGS)


STOP_WORDS = {language: frozenset(folded(words).split()) for language, words in _COMMON.items()}
"""The words of each language that a search leaves out, as `folded` spells them."""
LATIN = ("en", "es", "de", "fr", "pt", "it", "nl", "pl")
"""Languages that share an alphabet, so that their words have to be told apart."""
LEAST = 2
"""Fewer common words tell no language."""
_WORD = re.compile(r"[^\W\d_]+")
_LANGUAGES_OF: dict[str, list[str]] = {}
for _language in LATIN:
    for _word in STOP_WORDS[_language]:
        _LANGUAGES_OF.setdefault(_word, []).append(_language)


UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    "\U00020000-\U0003ffff]+"
)
"""A run of characters of a script that puts no spaces between words (Thai, Lao, Burmese, Khmer, Chinese, Japanese), or
that joins particles to them (Korean)."""
CYRILLIC, ARABIC = "\u0400-\u052f", "\u0620-\u06d3"
"""Letters, as they stand between the brackets of a pattern."""
_SCRIPTS = {
    "ru": re.compile(f"[{CYRILLIC}]"),
    "ar": re.compile(f"[{ARABIC}]"),
    "unspaced": UNSPACED,
}
SOME = 0.3
"""With this share of its letters in another script a text is in that script's language."""


def language_of(text: str) -> str:
    """In which language a folded text is: one of LATIN, English where nothing tells, "ru" or "ar" (or another language
    in their letters), or "unspaced".

    >>> language_of("Wer hat die Brücke gebaut?"), language_of("Who built the bridge in Las Palmas?")
    ('de', 'en')
    >>> language_of("Кто построил мост?"), language_of("谁建了桥？")
    ('ru', 'unspaced')
    """
    if not text.isascii():
        letters = sum(map(str.isalpha, text))
        for language, script in _SCRIPTS.items():
            if sum(len(run) for run in script.findall(text)) > SOME * letters:
                return language
    counts = dict.fromkeys(LATIN, 0)
    for word in _WORD.findall(text):
        if (
            word[0].isupper() and word.lower() in STOP_WORDS["en"]
        ):  # of others only small ones count: "Los" is a name
            counts["en"] += 1
        for language in _LANGUAGES_OF.get(word, ()):
            counts[language] += 1
    best = max(LATIN, key=counts.__getitem__)
    return best if counts[best] >= LEAST and counts[best] > counts["en"] else "en"


_ASKED = re.compile(
    "什么时候|为什么|什么|怎么样|怎么|哪里|哪儿|哪些|哪个|哪一|哪|多少|有没有|是否|是谁|谁|吗|呢|的"
    "|ですか|でしたか|でした|ましたか|ました|ますか|ます|ません|されました|どのくらい|くらい|どこ|いつ|だれ|なに|なぜ|どの"
    "|何人|何を|何が|何時|誰|について|に対して|という|อะไร|เมื่อไร|ที่ไหน|ทำไม|อย่างไร|เท่าไร|ใคร"
)


def pairs(run: str) -> list[str]:
    """The pairs of characters of an unspaced run; of a single one itself.

    >>> pairs("大坝泄洪"), pairs("坝")
    (['大坝', '坝泄', '泄洪'], ['坝'])
    """
    return [run[i : i + 2] for i in range(len(run) - 1)] or [run]


def asked_pairs(run: str) -> list[str]:
    """The pairs of an unspaced run of a question, without its question words where anything else is left.

    >>> asked_pairs("大坝什么时候泄洪")
    ['大坝', '泄洪']
    """
    parts = [part for part in _ASKED.split(run) if len(part) > 1]
    return [pair for part in parts or [run] for pair in pairs(part)]
