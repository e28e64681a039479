"""A quoted sentence made readable by itself, as the press does it: what is ours stands in square brackets.

Widened by the sentence before where it can't be understood without; its first word freed of "But"; its quotation marks
paired; a date behind "last week". Knows nothing of questions or of which sentences are chosen.
"""

from __future__ import annotations

import re

from index.language.quotations import PAIRS, paired
from index.language.sentences import BULLETS, sentences
from qa.dates.resolve import dated
from qa.evidence import before, leaning
from qa.evidence.tellable import tellable
from qa.presentation.attribution import who_says
from qa.presentation.speakers import SAYING
from qa.types import Evidence

MOST_WORDS = 60
"""A quote is not widened beyond so many words."""
FURTHER = 300
"""Characters within which a quotation's end is looked for."""
_PRONOUN = re.compile(
    r"[\"'“‘(]*(?:(?:and|but|so|yet|also|however|then|meanwhile|instead|still),?\s+)?"
    r"(?:he|she|it|they|his|her|its|their|this|these|those|that|both|neither|such|another|others)\b",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"\b(?:I|we|We|my|My|our|Our|us)\b")
_JOINED = re.compile(
    r"^(?:(?:but|and|so|yet|or|however|meanwhile|moreover|furthermore|besides|also|still|nevertheless|instead|indeed"
    r"|in addition|for example|for instance|as a result|at the same time|on the other hand)\b,?\s+)+(?=\w)",
    re.IGNORECASE,
)
"""What ties a sentence to the one before it, and says nothing by itself."""
_BULLET = re.compile(rf"^\s*(?:[{BULLETS}]\s+|\(?\d{{1,2}}[.)]\s+|#{{1,6}}\s+)")
_DATELINE = re.compile(r"^[A-Z][A-Z.,' ]{2,40}(?:, \w+\.? \d{1,2})?(?: \([A-Za-z ]{2,20}\))?\s+[—–-]+\s+")


def self_contained(item: Evidence) -> Evidence:
    """The sentence, with the one before it where it begins with a pronoun, and the rest of a quotation that it opens.

    Unchanged where that would be longer than MOST_WORDS.
    """
    return _closed(_with_antecedent(item))


def dangling(item: Evidence) -> bool:
    """Whether a reader can't tell whom or what the sentence speaks of, even when it is made readable."""
    if self_contained(item).start < item.start:
        return False
    pronoun, speaker = who_says(item)
    if _FIRST_PERSON.search(item.text) and not re.search(r"[\"“”«»]", item.text):
        return True  # a piece of a quotation
    text = _bare(item.text)
    joined = _JOINED.match(text)
    return leaning(text[joined.end() :] if joined else text) or bool(pronoun and not speaker)


def _with_antecedent(item: Evidence) -> Evidence:
    if not _PRONOUN.match(_bare(item.text)):
        return item
    span = before(item.article, item.start)
    if span is None or not tellable(item.article.text[span[0] : span[1]]):
        return item
    return _fit(item, span[0], item.end)


def _closed(item: Evidence) -> Evidence:
    """With the sentences behind that end a quotation, or before it those that begin it."""
    text = item.article.text
    for opening, closing in PAIRS:
        if item.text.count(opening) > item.text.count(closing):
            end = text.find(closing, item.end, item.end + FURTHER)
            if end >= 0 and opening not in text[item.end : end]:
                spans = sentences(text[item.end : end + FURTHER])
                ends = [item.end + b for _, b in spans if item.end + b > end]
                return _fit(item, item.start, ends[0] if ends else end + 1)
    return item


def _fit(item: Evidence, start: int, end: int) -> Evidence:
    wide = Evidence(item.article, start, end, item.score)
    whole = len(wide.text.split()) <= MOST_WORDS and "\n\n" not in wide.text
    return wide if whole else item


def readable(item: Evidence) -> str:
    """The quote as it is shown; only what is in brackets differs from the article, besides what is left out in front.

    >>> from index.types import Article
    >>> text = "But the plan has critics."
    >>> readable(Evidence(Article("1", "Plan", text, source=""), 0, len(text), 1.0))
    '[T]he plan has critics.'
    """
    text = _with_speaker(paired(_bare(item.text)), item)
    if (joined := _JOINED.match(text)) and not leaning(rest := text[joined.end() :]):
        text = f"[{rest[0].upper()}]{rest[1:]}" if rest[0].islower() else rest
    return dated(text, item)


def _bare(text: str) -> str:
    """The text on one line, without its bullet or the place and agency that news begin with."""
    line = " ".join(text.split())
    return _DATELINE.sub("", _BULLET.sub("", line))


def _with_speaker(text: str, item: Evidence) -> str:
    """The text with the speaker in place of the pronoun: "..., [Maria Holt] said"."""
    pronoun, speaker = who_says(item)
    if not speaker:
        return text
    said = rf"\b{pronoun}\b(?= (?:{SAYING})\b)|(?<=said ){pronoun}\b"
    return re.sub(said, f"[{speaker}]", text, count=1, flags=re.IGNORECASE)
