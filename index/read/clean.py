"""Text with everything a reader can't see taken out; knows nothing of files or what the text says.

Control, zero-width and bidirectional control characters, lone surrogates and variation selectors can hide
instructions, break offsets or spoil a search. They go here, once, before anything counts characters. Only joiners stay
that words are spelt with.
"""

from __future__ import annotations

import re
import unicodedata

_NEWLINE = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028]")
_UNSEEN = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"  # control characters, less newlines and tab
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # soft hyphen, fillers, joiners
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # zero width, bidirectional controls
    "\ufe00-\ufe0f\U000e0000-\U000e0fff"  # variation selectors, tags
    "\ufff9-\ufffb\ufffe\uffff"  # interlinear annotation, noncharacters
    "\ud800-\udfff"  # lone surrogates
    "]"
)
_JOINERS = re.compile("[\u200c\u200d]+")
_JOINED = re.compile(
    "[\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06fa-\u06ff\u0710-\u08ff\u0900-\u0dff\ufb50-\ufdff\ufe70-\ufefc]"
)
"""Letters and marks of scripts whose letters take another shape where they are joined, and are read otherwise then."""
_APART = re.compile(r"(?<=[\w.,;:!?%)\]\"'”’»])\u200b(?=[\w(\[\"'“‘«$€£])")
_TIED = re.compile(r"[^\s/]+")
_UNSPACED = re.compile("[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LONGEST_WORD, _LEAST_PIECE = 40, 2.5
_SPACE = re.compile("[\xa0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_SPACES = re.compile(r"(?: \t|  |\t)[ \t]*")
_TRAILING = re.compile(r" +$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")
_MARKS = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_MOST_MARKS = 30
_MOST_INDENT = 12
_VIRAMA = 9
"""The combining class of the sign that joins letters of Indian scripts; at the end of a word a joiner may follow it."""


def clean(text: str) -> str:
    """`text` in Unicode NFC with "\\n" newlines, single spaces, and no characters that can't be seen.

    At most one blank line stays between paragraphs. A line's indentation stays (up to 12 spaces), since
    code and nested lists can't be read without. Cleaning twice changes nothing more.

    >>> clean("\\ufeffA  caf\\u0065\\u0301\\u200b,\\r\\n\\r\\n\\r\\nyes.\\x00 ")
    'A café,\\n\\nyes.'
    >>> clean("می\u200cرود re\u200cad") == "می\u200cرود read"  # a joiner stays where words are spelt with it
    True
    """
    text = _NEWLINE.sub("\n", text).replace("\u2029", "\n\n")
    if "\u200b" in text and any(map(_is_a_sentence, _TIED.finditer(text))):
        text = _APART.sub(" ", text)
    text = _SPACE.sub(" ", _UNSEEN.sub("", text))
    if "\u200c" in text or "\u200d" in text:
        text = _JOINERS.sub(_joiner, text)
    if not text.isascii():
        # Composing may take two marks for one, so the cap comes before it, to bound its time, and after.
        text = _MARKS.sub(_cap_marks, text)
        text = _MARKS.sub(_cap_marks, unicodedata.normalize("NFC", text))
    text = _SPACES.sub(_spaces, text)  # first, since a pattern for trailing spaces is slow on long runs
    # Looking first is much faster than searching with a pattern, and most texts have neither.
    if " \n" in text:
        text = _TRAILING.sub("", text)
    if "\n\n\n" in text:
        text = _BLANK_LINES.sub("\n\n", text)
    return text.strip()


def one_line(text: str, most: int = 300) -> str:
    """`text` cleaned, on one line, of at most `most` characters.

    >>> one_line("A headline \\n in two lines")
    'A headline in two lines'
    """
    line = " ".join(clean(text[: 4 * most]).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def has_words(text: str) -> bool:
    """Whether any letter or digit is in `text`.

    >>> has_words("- * -")
    False
    """
    return re.search(r"[^\W_]", text) is not None


def _is_a_sentence(match: re.Match[str]) -> bool:
    """Whether zero-width spaces stand for the spaces between words, and not for where a long word may be broken."""
    words = match[0].split("\u200b")
    if len(words) == 1:
        return False
    letters = sum(map(len, words))
    return letters > _LONGEST_WORD and letters >= _LEAST_PIECE * len(words) and not _UNSPACED.search(match[0])


def _joiner(match: re.Match[str]) -> str:
    """One joiner or non-joiner between letters that it matters to, as in Persian; else none."""
    before, after = (
        match.string[match.start() - 1 : match.start()],
        match.string[match.end() : match.end() + 1],
    )
    wanted = _JOINED.match(before) and (_JOINED.match(after) or unicodedata.combining(before) == _VIRAMA)
    return match[0][0] if wanted else ""


def _spaces(match: re.Match[str]) -> str:
    """One space, or at the start of a line the indentation."""
    start = match.start()
    if start and match.string[start - 1] != "\n":
        return " "
    return " " * min(_MOST_INDENT, len(match[0].expandtabs(4)))


def _cap_marks(match: re.Match[str]) -> str:
    """At most 30 combining marks in a row: putting more in canonical order takes quadratic time (UAX #15)."""
    kept: list[str] = []
    marks = 0
    for char in match[0]:
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)
