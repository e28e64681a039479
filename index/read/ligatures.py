"""Ligatures that a PDF's fonts draw without saying which letters they are: fi, fl, ff, ffi and ffl.

Taken is what makes a word that the document holds elsewhere, or else, in an English one, a common word, and only where
one of the five does; a name that stands nowhere else stays as it is. Knows lines of text, and no PDF.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from index.language.languages import language_of

_NAMES = ("ff", "fi", "fl", "ffi", "ffl")
CONTROLS = {
    **dict(zip("\x0b\x0c\x0d\x0e\x0f", _NAMES, strict=True)),
    **dict(zip("\x1b\x1c\x1d\x1e\x1f", _NAMES, strict=True)),
}
"""The ligatures of TeX's older and newer fonts by their codes; other fonts draw nothing for them."""
LETTERS = str.maketrans(
    dict(zip("ﬀﬁﬂﬃﬄ", _NAMES, strict=True))
    | CONTROLS
    | {"ﬅ": "ft", "ﬆ": "st", "\uf001": "fi", "\uf002": "fl"}
)
"""The letters that a ligature stands for; the last two are Apple's and Microsoft's own."""
_LOST = re.compile("[\ufffd\ue000-\uf8ff]")
_WORD = re.compile(rf"[^\W\d_]*(?:{_LOST.pattern}[^\W\d_]*)+")
_INTACT = re.compile(r"[^\W\d_]{3,}")
# Beginnings of common words.
_STEMS = """
affair affect affiliat affirm afflict affluen afford affront baffl bluff buffalo buffer buffet caffein chauffeur
cliff coffee coffin cuff daffodil differ difficult diffus effect efficac efficien effort fluff gaff giraffe graffiti
griffin handcuff kickoff layoff muffin muffl off offend offens offer office officia officio offset offshore offspring
plaintiff playoff puff raffle ruffl scaffold scoff scuff sheriff shuffl sniff spinoff staff stiff stuff sufficien suffer
suffix suffrag suffoc tariff takeoff traffic tuff waffl whiff
amplifi artific battlefield benefic benefit brownfield campfire ceasefi certifi clarifi classifi coeffici confid
confin confirm confisc configur crossfire crucifi deficien deficit define defini defian diversifi dignifi electrifi
falsifi fiasco fiber fibre fickle fictio fiddl fidel field fierc fifteen fifth fifty fight figur file filing fill film
filter filth final financ find fine finger finish finite firm first fiscal fish fist fit five fix fianc fire fireman
fortifi gratifi greenfield gunfire identifi indefini infinit infirm intensifi justifi magnific magnifi misfire modifi
mortifi mystifi notifi nullifi oilfield outfit pacifi pacific personifi petrifi profici profil profit purifi qualifi
quantifi ratifi rectifi redefin refin refit refill sacrific satisfi scarifi scientifi selfish shellfish signific
signifi simplifi specifi specific spitfire starfish stratifi superfici terrifi terrific testifi traffick unfinish unfit
unifi unific verifi vilifi wildfire
aflame aflo airflow butterfl camoufl cashflow conflagr conflat conflict deflat deflect flag flair flak flame flank
flap flare flash flask flat flavor flavour flaw flea fled flee flesh flew flex flick flier flies flight flims fling
flint flip flirt float flock flog flood floor flop flora florid florist flour flow fluct fluen fluid flung flush flute
flux fly genuflect inflam inflat inflect inflex inflict inflow influen influx leaflet muffler outflow overflow reflat
reflect reflex reflow riffl snowflak sunflower superfluous wallflower workflow
""".split()
# What may stand before these.
_PREFIXES = (
    "",
    *"ab af co counter de dis dys fore im in inter mis multi non out over pre re self sub super un under up".split(),
)
_SHORTEST = 2


def mended(texts: Iterable[str]) -> list[str]:
    """The lines of a document with the ligatures that were lost, as far as the words they stand in tell which.

    >>> mended(["The o\\ufffdce con\\ufffdrmed the \\ufffdood in the shop of Gri\\ufffdth."])
    ['The office confirmed the flood in the shop of Gri\ufffdth.']
    >>> mended(["Il est dans l'\ufffdle avec les autres, et la mer est calme pour une fois."])[0][14:17]  # French
    '\ufffdle'
    """
    lines = list(texts)
    whole = "\n".join(lines)
    if _LOST.search(whole):
        words = Counter(word.casefold() for word in _INTACT.findall(whole))
        stems = _STEMS if language_of(whole) == "en" else []
        return [_WORD.sub(lambda found: _word(found[0], words, stems), line) for line in lines]
    return lines


def _word(lost: str, words: Counter[str], stems: list[str]) -> str:
    """The word whole, or as it is where none or more than one of the ligatures makes one."""
    if len(places := list(_LOST.finditer(lost))) > 1 or len(lost) < _SHORTEST:
        return lost
    at = places[0].start()
    spelt = [lost[:at] + letters + lost[at + 1 :] for letters in _NAMES]
    known = [word for word in spelt if words[word.casefold()]]
    if not known:
        lengths = [
            _common(word.casefold(), at + len(letters), stems)
            for word, letters in zip(spelt, _NAMES, strict=True)
        ]
        known = [
            word for word, length in zip(spelt, lengths, strict=True) if length and length == max(lengths)
        ]
    return known[0] if len(known) == 1 else lost


def _common(word: str, end: int, stems: list[str]) -> int:
    """The length of the longest stem that the word begins with, the ligature that ends at `end` in it; 0 for none."""
    starts = [len(prefix) for prefix in _PREFIXES if word.startswith(prefix)]
    return max(
        (len(s) for s in stems for start in starts if start + len(s) >= end and word.startswith(s, start)),
        default=0,
    )
