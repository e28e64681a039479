"""Who says what a cited sentence claims, told with it: "The gang fled, according to police."

Where `speakers.py` reads no plain claim, nothing is added. English only. Knows nothing of models or retrieval.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import islice

from index.language.names import names, whole_names, without_role
from index.language.sentences import sentences
from index.language.times import MONTHS, WEEKDAYS
from index.language.words import STOP_WORDS, stems
from index.types import Article
from qa.presentation.speakers import INTRODUCING, SAYING, SAYS, Claim, claims
from qa.types import Evidence

BEFORE = 700
"""Characters before a quote in which the sentence before it is looked for."""
COVERED = 0.6
"""The share of an answer's words, of those that its quote holds, that the claim must hold."""
CLAIMS = 20
"""So many claims of a sentence are looked at: more are in none that a person wrote."""
LONG = 24
"""Words of a sentence from which on the speaker is named before it, where that is possible."""

_ATTRIBUTED = re.compile(
    rf"\baccording to\b|\bper\b (?:the|a|[A-Z])|{SAYS.pattern}|\b(?:reportedly|allegedly|saying)\b",
    re.IGNORECASE,
)
_ASKS_WHO = re.compile(
    r"\b(?:who|whom|whose|which)\b.{0,60}\b(?:say|says|said|claim|claims|claimed|told|argue[sd]?|announce[sd]?|reported"
    r"|warn(?:s|ed)?|state[sd]?)\b|\baccording to (?:whom|who|which|what)\b"
    r"|\bwhat (?:did|does|do|has|have)\b.{0,60}\b(?:say|said|claim|claimed|tell|told|argue|argued|announce)\b",
    re.IGNORECASE,
)
_ORGANISED = frozenset(
    """department house university agency county city united states new north south east west street avenue court party
    committee council association bureau office center centre institute school company corp inc group news post times
    press radio church hospital police army navy force ministry commission board senate congress union league bank
    national international american federal white state day week month the""".split()
) | {*MONTHS, *WEEKDAYS}
_PRONOUN = re.compile(r"(?:he|she|it|they|his|her|its|their)\b", re.IGNORECASE)
"""So begins a sentence that speaks of who was named last, most likely the speaker."""


def attributed(sentence: str, quote: Evidence, *, question: str = "") -> str:
    """The sentence with ", according to X" when its quote gives the claim as X's and it doesn't say so itself.

    X stands as in the quote; "he" becomes the only person that the sentence before names. Unchanged where the question
    asks who said it, where the sentence names X, or where it tells another part of the quote than what X says.
    """
    if _ATTRIBUTED.search(sentence) or _PRONOUN.match(sentence) or (question and _ASKS_WHO.search(question)):
        return sentence
    text = quote.text
    for claim in islice(claims(text), CLAIMS):
        speaker = _resolved(claim.speaker, quote)
        if speaker and not _names(sentence, speaker) and _tells(sentence, text, claim):
            return _with(sentence, speaker, quote.article)
    return sentence


def who_says(quote: Evidence) -> tuple[str, str]:
    """The pronoun ("he" or "she") by which a quote names its speaker, and whom it means; ("", "") where it names them.

    Whom it means is "" where the sentences before don't tell: the nearest one that names persons must name one alone.
    """
    said = _PRONOUN_SAYS.search(quote.text)
    surnames = _surnames(quote.article.text)
    if said is None or _named(quote.text[: said.start()], surnames):
        return "", ""
    window = quote.article.text[max(0, quote.start - BEFORE) : quote.start]
    for start, end in reversed(sentences(window)[-BACK:]):
        text = window[start:end]
        if found := _named(text, surnames):
            return said["who"], found.pop() if len(found) == 1 else ""
        if not _GOES_ON.search(text):
            break
    return said["who"], ""


def speakers(quote: Evidence) -> frozenset[str]:
    """The stems of the names of those whose claims a quote gives, pronouns resolved where they can be."""
    told = [claim.speaker for claim in islice(claims(quote.text), CLAIMS)]
    told = [name for name in told if name not in ("he", "she")] + [who_says(quote)[1]]
    return frozenset().union(*(names(f"x {name}") for name in told if name))


BACK = 4
"""Sentences before a quote in which the speaker is looked for whom a pronoun means."""
_PRONOUN_SAYS = re.compile(
    rf"\b(?P<who>he|she)\s+(?:(?:also|later|then|has|had)\s+){{0,2}}{SAYING}\b", re.IGNORECASE
)
_GOES_ON = re.compile(r"\b(?:he|she|his|her)\b|[“”\"]", re.IGNORECASE)
"""What a sentence has that goes on about whom an earlier one names: a pronoun, or more of a quotation."""


@lru_cache(maxsize=64)
def _surnames(text: str) -> dict[str, str]:
    """The persons that a text names in full, by the last word of their name."""
    found: dict[str, str] = {}
    for name in _people(text):
        found.setdefault(name.split()[-1], name)
    return found


def _named(text: str, surnames: Mapping[str, str]) -> set[str]:
    """The persons of the article that a text names, by their full names; not "in El Salvador", "with Maria Holt"."""
    found = set()
    for word in re.finditer(r"[A-Z][\w’'-]*\w", text):
        if name := surnames.get(word[0]):
            start = word.end() - len(name) if text.endswith(name, 0, word.end()) else word.start()
            before = text[:start].split()[-1:]
            if not before or before[0].lower() not in INTRODUCING:
                found.add(name)
    return found


def _resolved(speaker: str, quote: Evidence) -> str:
    """The speaker; for a pronoun, the only person that the sentence before names, or ""."""
    if speaker not in ("he", "she"):
        return speaker
    window = quote.article.text[max(0, quote.start - BEFORE) : quote.start]
    spans = sentences(window)
    if not spans:
        return ""
    found = _people(window[spans[-1][0] : spans[-1][1]])
    return found[0] if len(found) == 1 and not _two_names(quote.text) else ""


def _two_names(text: str) -> bool:
    """Whether two words with a capital stand side by side."""
    return any(re.search(r"[A-Z]\w", m[1]) for m in re.finditer(r"\b(\w+) (?=[A-Z]\w)", text))


def _people(text: str) -> list[str]:
    """Who may be persons in a text: full names without a word of organisations or places, and names with a role."""
    found = []
    for name in whole_names(text):
        words = without_role(name)
        roled = len(words) < len(name.words)
        organised = any(word.lower().strip(".") in _ORGANISED or word[0].isdigit() for word in words)
        if roled or (len(words) > 1 and not organised):
            found.append(text[text.index(words[0], name.start) : name.end])
    return found


def _names(sentence: str, speaker: str) -> bool:
    """Whether the sentence names the speaker by the word that matters: a surname, or "officials"."""
    core = re.split(r",| (?:of|for|from|in|at|with|on) ", speaker)[0].split()
    heads = [word for word in core if word.rstrip(".") not in ("Jr", "Sr", "III", "II")] or core
    held = stems(sentence) | names(sentence)
    proper = names("x " + speaker.split(",")[0]) if heads[-1][0].isupper() else frozenset()
    return bool(stems(heads[-1]) & held) or (bool(proper) and len(proper & held) >= len(proper) / 2)


def _tells(sentence: str, text: str, claim: Claim) -> bool:
    """Whether what the sentence takes from its quote is the claim, and not the rest of the quote."""
    said = stems(text[claim.start : claim.end])
    rest = stems(text[: claim.start] + " " + text[claim.end :]) - said
    told = stems(sentence)
    inside, outside = told & said, told & rest
    return (
        len(inside) >= 2
        and len(inside) >= COVERED * len(told & (said | rest))
        and len(outside) <= len(inside) / 4
    )


def _with(sentence: str, speaker: str, article: Article) -> str:
    """The sentence with its speaker behind it; before it where it is long or doesn't end plainly."""
    if re.match(r"[A-Z][a-z]+ [a-z]", speaker):  # industry watchers, but the White House
        speaker = _uncapitalised(speaker, article) or speaker
    body = sentence.rstrip()
    plain = body[-1:] not in "!?…”\"’'"
    if (not plain or len(body.split()) > LONG) and (first := _uncapitalised(body, article)):
        return f"According to {speaker}, {first}"
    bare = (
        body if re.search(r"\b[A-Z]\.[A-Z]\.$", body) else body.removesuffix(".")
    )  # the U.S. keeps its stop
    return f"{bare}, according to {speaker.rstrip('.')}." if plain else sentence


def _uncapitalised(sentence: str, article: Article) -> str:
    """The sentence with its first word in lower case; "" where that word may be a name."""
    first = re.match(r"[A-Z][a-z’']*(?![\w.’'-])", sentence)
    if not first or first[0] == "I":
        return ""
    low = first[0].lower()
    if low not in STOP_WORDS and not re.search(rf"(?<![\w’'-]){low}(?![\w’'-])", article.text):
        return ""
    return low + sentence[first.end() :]
