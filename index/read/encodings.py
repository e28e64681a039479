"""In which encoding a text is that doesn't say so: by its bytes, and by what they would spell. Reads no files.

chardet weighs the encodings by the letters of some fifty languages. Of what it offers only that is taken which spells
words as people write them: no capital inside a word, no letter of another script, no sign between two letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_SAMPLE = 40_000
_ENOUGH = 50
"""So many bytes beyond ASCII show the encoding; where the beginning has fewer, lines that hold any are looked at."""
_WESTERN = "cp1252"
# Those that files of people are found in; not those of mainframes, nor rare ones that take the bytes of common ones.
_ENCODINGS = (
    *(
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "cp874",
        "tis-620",
    ),
    *(
        "iso8859-1",
        "iso8859-2",
        "iso8859-5",
        "iso8859-6",
        "iso8859-7",
        "iso8859-8",
        "iso8859-9",
        "iso8859-15",
    ),
    *("koi8-r", "koi8-u", "mac-roman", "mac-latin2", "mac-cyrillic", "mac-greek", "mac-turkish"),
    *("cp437", "cp850", "cp852", "cp866"),
    *("big5hkscs", "cp932", "shift_jis_2004", "euc_jis_2004", "cp949", "euc_kr", "gb18030"),
)
_MOST_FLAWS = 0.02
"""So many of the letters and signs beyond ASCII may stand where they don't belong."""
_NEAR = 0.8
"""The Western encoding is taken where it is so nearly as likely as the best: it is by far the most common one."""
_UNSURE, _RIVAL = 0.1, 0.7
"""Below that an encoding may be likelier by chance than one that comes so near to it."""
_FEW, _RARELY = 16, 0.5
"""So few bytes beyond ASCII tell the encodings of DOS and old Macs from common ones by chance: they count less."""
_SHORT, _CLOSE, _NOTHING = 200, 0.3, 0.02
"""In a text of fewer bytes that hold so few, another encoding that comes so near to the best may be the right one;
any may where the best is no likelier than that."""
_BEYOND = bytes(range(0x80, 0x100))
_COMMON = frozenset(" \n\r\t.,'\"-。、，：「」“”’") | frozenset(map(chr, range(0x30, 0x7B)))
_JOINED = re.compile(r"[^\W\d_][^\w\s\x00-\x7f’][^\W\d_]")
_INSIDE = frozenset("'’‘´`-‐‑–—.·/&@:,;…_()[]{}\"”»+=#*!?%|\\<>~\xad")
"""Signs that stand between letters without a space."""
_WORDS = frozenset("àáâãåæèéêíîìòóôöøùúüýłőűÀÁÂÃÅÆÈÉÊÍÎÌÒÓÔÖØÙÚÜÝŁŐŰ")
"""Letters beyond ASCII that are a word, or stand for one."""
# A lead byte of UTF-8 and one that follows it, as Windows' Western letters: "Ã©" for "é".
_SPOILT = re.compile("[Â-ôĂ]([\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ ])")
_OPENING = frozenset("„‚")
_TYPED = frozenset("‘’“”„‚–—…€£©®°•«»½¼¾§\xa0")


class Guess(NamedTuple):
    """The encoding of a text as far as its bytes tell; `doubtful` where they are few and may spell other words."""

    encoding: str
    doubtful: bool


class _Spelt(NamedTuple):
    encoding: str
    confidence: float
    text: str
    flaws: float

    @property
    def rare(self) -> bool:
        """Whether only machines wrote it that are long gone."""
        return self.encoding.startswith("mac-") or self.encoding in ("cp437", "cp850", "cp852", "cp866")


def guess(data: bytes) -> Guess | None:
    """The encoding of `data`, which is not UTF-8; None where none fits, or several do that spell other words.

    >>> guess("Rada gminy zagłosowała w środę za zamknięciem.".encode("cp1250"))
    Guess(encoding='cp1250', doubtful=False)
    """
    sample = _sample(data)
    few = len(sample) - len(sample.translate(None, _BEYOND)) < _FEW
    spelt = sorted(_spelt(sample), key=lambda each: -each.confidence * (_RARELY if few and each.rare else 1))
    good = [each for each in spelt if each.flaws <= _MOST_FLAWS]
    if not good:
        return None
    best = next((each for each in good if not each.flaws), good[0])
    western = next((each for each in good if each.encoding == _WESTERN and not each.flaws), None)
    if western is not None and (_typed(western.text) or _outweighs(western, best)):
        best = western
    elif best.confidence < _UNSURE and any(
        each.text != best.text and not each.flaws and each.confidence >= _RIVAL * best.confidence
        for each in good
    ):
        return None
    rivals = [each.confidence for each in good if each.text != best.text and not each.flaws]
    near = max(rivals, default=-1.0) >= (_CLOSE * best.confidence if best.confidence >= _NOTHING else 0.0)
    return Guess(best.encoding, near and few and len(sample) < _SHORT and not _typed(best.text))


def _sample(data: bytes) -> bytes:
    head = data[:_SAMPLE]
    if len(data) <= _SAMPLE or len(head) - len(head.translate(None, _BEYOND)) >= _ENOUGH:
        return head
    return b"\n".join(line for line in data.split(b"\n") if not line.isascii())[:_SAMPLE]


def _typed(text: str) -> bool:
    """Whether nothing is beyond ASCII but quotation marks, dashes and the like, as a word processor puts them."""
    return all(char in _TYPED for char in text if char > "\x7f") and not _JOINED.search(text)


def _outweighs(western: _Spelt, best: _Spelt) -> bool:
    letters = sum(map(str.isalpha, western.text))
    beyond = sum(char > "\x7f" and char.isalpha() for char in western.text)
    return western.confidence >= (_NEAR if beyond < 0.05 * letters else 0.97) * best.confidence


def _spelt(sample: bytes) -> Iterator[_Spelt]:
    """What chardet offers, with the text that it would be."""
    from chardet import detect_all

    offered = detect_all(sample, ignore_threshold=True, compat_names=False, include_encodings=_ENCODINGS)
    confidences = {str(each["encoding"]): each["confidence"] for each in offered if each["encoding"]}
    for encoding, confidence in ({_WESTERN: 0.0} | confidences).items():
        text = sample.decode(encoding, "replace")
        yield _Spelt(encoding, confidence, text, _flaws(text))


def _flaws(text: str) -> float:
    """The share of characters beyond ASCII that don't stand as people write them."""
    beyond = sum(char > "\x7f" for char in text)
    spaced = sum(char.isascii() and char.isalpha() for char in text) > 2 * beyond
    return min(1.0, sum(_odd(run, spaced) for run in _runs(text)) / beyond) if beyond else 1.0


def _runs(text: str) -> Iterator[str]:
    """The words that hold anything beyond ASCII, with what stands around them."""
    return (run for run in text.split() if not run.isascii())


def _odd(run: str, spaced: bool) -> int:
    """How many characters of a word, with the signs around it, are out of place; `spaced` in a text of Latin words."""
    odd = int(len(run) == 1 and run.isalpha() and spaced and run not in _WORDS)
    scripts = {_script(char) for char in run if char.isalpha()} - {""}
    if "LATIN" in scripts and scripts & {"CYRILLIC", "GREEK", "HEBREW", "ARABIC", "THAI"}:
        odd += 1
    lower = any(char.islower() for char in run)
    for n, char in enumerate(run):
        if char <= "\x7f":
            continue
        before, after = run[n - 1 : n], run[n + 1 : n + 2]
        kind = unicodedata.category(char)
        if kind in ("Cc", "Cn", "Co", "Cs") or (kind in ("Sk", "So", "Lm") and char not in "°©®™´¨ʼ々ーゝヽ"):
            odd += 1
        elif kind in ("Lu", "Lt"):
            odd += (before.islower() and before.isalpha()) or (before.isalpha() and lower and after.islower())
        elif kind == "Lo" and spaced:
            odd += (before.isascii() and before.islower()) or (after.isascii() and after.islower())
        elif kind[0] in "PSN" and not kind.startswith("Nl"):
            between = before.isalpha() and after.isalpha() and char not in _INSIDE
            odd += (between and _spaced(before)) or (
                char in _OPENING and before.isalpha() and _spaced(before)
            )
    return odd


def _spaced(letter: str) -> bool:
    """Whether the letter is of a script that parts words by spaces."""
    return _script(letter) in ("LATIN", "CYRILLIC", "GREEK", "HEBREW", "ARABIC")


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def wide(data: bytes) -> str | None:
    """Whether `data` is UTF-16 without a mark that says so: "utf-16-le" or "utf-16-be"; None where it isn't.

    >>> wide("Ferry to close".encode("utf-16-le")), wide(b"\\x00\\x01\\x02\\x03"), wide(b"Ferry")
    ('utf-16-le', None, None)
    """
    if b"\0" not in data:
        return None
    common = {}
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data[:_SAMPLE].decode(encoding)
        except UnicodeDecodeError as e:
            if e.end < min(len(data), _SAMPLE) - 2:
                continue
            text = data[: e.start].decode(encoding)
        wrong = sum(
            unicodedata.category(char) in ("Cc", "Cn", "Co", "Cs") and char not in "\t\n\r\f" for char in text
        )
        if wrong <= 0.001 * len(text):
            common[encoding] = sum(char in _COMMON for char in text)
    best = max(common, key=lambda encoding: common[encoding], default="")
    sure = best and common[best] and list(common.values()).count(common[best]) == 1
    return best if sure else None


def escaped(data: bytes) -> str | None:
    """The encoding of `data` where it is one of seven bits that switches to other letters by escapes: of mail, mostly.

    >>> escaped("渡船".encode("iso2022_jp"))
    'iso2022_jp'
    """
    if b"\x1b$" in data:
        names: tuple[str, ...] = ("iso2022_jp", "iso2022_jp_2", "iso2022_kr")
    elif re.search(rb"~\{[!-~]+~\}", data):
        names = ("hz",)
    else:
        return None
    return next((name for name in names if _decodes(data, name)), None)


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        text = data.decode(encoding)
    except UnicodeError:
        return False
    return not text.isascii()


def mended(text: str) -> str:
    """`text`, and where a line of it is UTF-8 that was taken for another encoding before it was written, the right one.

    >>> mended("â€œWe wonâ€™t waitâ€\x9d, said MarÃ\xada NÃºÃ±ez."), mended("à l’école, « très » bien")
    ('“We won’t wait”, said María Núñez.', 'à l’école, « très » bien')
    """
    if _SPOILT.search(text) is None:
        return text
    from ftfy import TextFixerConfig, fix_encoding

    config = TextFixerConfig(explain=False)
    return "\n".join(
        fix_encoding(line, config) if _SPOILT.search(line) else line for line in text.split("\n")
    )
