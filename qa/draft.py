"""Gets a short phrase and then a sentence out of a language model. Knows nothing of citations.

Two short requests instead of one that asks for both: a small model follows each, and the second can be asked about
less, and only where the first gave an answer.
"""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from index.language.names import ROLES, cut, stands_whole, whole_names, without_role
from index.language.numbers import numbers
from index.language.numberwords import SMALL, TENS
from index.language.words import normalise, words
from qa.prompt import sentence_messages, short_messages
from qa.types import Evidence, LanguageModel, Message

SHORT_TOKENS = 40
"""The most tokens of a short phrase."""
LONGEST_PHRASE = 60
"""So many words of a phrase are looked for in the evidence; more are in no so many tokens."""
_GAP = re.compile(r"\W+")
REFUSAL = re.compile(
    r"\b(?:none|no answer|not (?:stated|mentioned|given|specified|provided|answered|said|known)|unknown|n/a"
    r"|(?:passages?|articles?|texts?) (?:do|does|did) not|cannot be (?:answered|determined))\b",
    re.IGNORECASE,
)
SPELLED: dict[str, tuple[str, ...]] = {
    str(value): (str(value), word) for word, value in (SMALL | TENS).items() if 1 <= value <= 20
}
SPELLED["2"] += ("twice",)
"""The ways in which small numbers are written."""


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote. `first_token` is the clock's reading at its first piece (`time.perf_counter`)."""

    text: str
    first_token: float


def phrase(question: str, evidence: Sequence[Evidence], model: LanguageModel) -> Written:
    """The shortest phrase that answers the question. Asked afresh, so that what was asked before can't change it."""
    text, first_token = "", 0.0
    for piece in _pieces(short_messages(question, evidence), model, SHORT_TOKENS, "\n", fresh=True):
        first_token = first_token or time.perf_counter()
        text += piece
    return Written(text.strip(), first_token or time.perf_counter())


def sentence(
    question: str, evidence: Sequence[Evidence], short: str, model: LanguageModel, *, max_tokens: int
) -> Generator[str, None, str]:
    """Yields the pieces of the sentence that gives the phrase `short` as the answer; returns the whole."""
    text = ""
    for piece in _pieces(
        sentence_messages(question, evidence, short), model, max_tokens, "\n\n", fresh=False
    ):
        text += piece
        yield piece
    return text.strip()


def _pieces(
    messages: Sequence[Message], model: LanguageModel, max_tokens: int, stop: str, *, fresh: bool
) -> Iterator[str]:
    """What the model writes, piece by piece."""
    for delta in model.generate(messages, max_tokens=max_tokens, stop=(stop,), fresh=fresh, adapted=True):
        if delta.text:
            yield delta.text


def refuses(text: str) -> bool:
    """Whether a phrase says that the passages don't hold the answer, or nothing.

    >>> refuses("not mentioned"), refuses("The passages do not say."), refuses("41 million pounds")
    (True, True, False)
    """
    return not text or bool(REFUSAL.search(text))


def plain(short: str) -> str:
    """A phrase without the quotes, stars and full stop that a model may put around it."""
    return short.strip(" \"'“”*").removesuffix(".")


def locate(short: str, evidence: Sequence[Evidence]) -> str:
    """`short` as it stands in the evidence, or "" when it does not stand there.

    Case, quotes and spaces may differ, and a number be spelled out; when the whole does not stand there, the longest
    run of its words that does is taken, provided it holds at least half of them and every number.
    """
    wanted = [word.strip("'’") for word in words(short)][:LONGEST_PHRASE]
    if not wanted:
        return ""
    needed = numbers(re.sub(r"[$£€¥]", "", short))  # as in the runs, which are words alone
    runs = [_runs(wanted, item.text.replace("’", "'")) for item in evidence]
    for size in range(len(wanted), (len(wanted) + 1) // 2 - 1, -1):
        for last in range(size - 1, len(wanted)):
            holding = [i for i, run in enumerate(runs) if any(r.size >= size for r in run[last].values())]
            if not holding or needed - numbers(" ".join(wanted[last - size + 1 : last + 1])):
                continue
            text, run = evidence[holding[0]].text, runs[holding[0]]
            start, end = min(_span(run, last, end, size) for end, r in run[last].items() if r.size >= size)
            return text[_money(text, start, end) : end]
    return ""


def completed(short: str, sentence: str, article: str, question: str) -> str:
    """`short` with the rest of a name that it was cut out of, as the sentence that holds it has that name.

    Unchanged where the article has the cut name by itself too, unless the question asks for what was cut off: which
    university.

    >>> completed("Salvador", "The mayor of San Salvador met her.", "The mayor of San Salvador met her.", "Of where?")
    'San Salvador'
    """
    at = sentence.find(short)
    end = at + len(short)
    names = [name for name in whole_names(sentence) if at >= 0 and name.start < end and at < name.end]
    for name in names:
        start, stop = max(at, name.start), min(end, name.end)
        kept, rest = sentence[start:stop], sentence[name.start : start] + sentence[stop : name.end]
        parts = [part.words for part in whole_names(kept)]
        wanted = set(words(rest.lower())) & set(words(question.lower())) - ROLES
        if wanted or any(cut(part, without_role(name)) and not stands_whole(part, article) for part in parts):
            at, end = min(at, name.start), max(end, name.end)
    return sentence[at:end] if names else short


class _Run(NamedTuple):
    """A word of a phrase as it stands in a text, how many stand in a row up to it, and where the one before ends."""

    start: int
    size: int
    before: int


def _runs(wanted: Sequence[str], text: str) -> list[dict[int, _Run]]:
    """For each word of a phrase, by their ends, its places in the text."""
    known: dict[str, list[tuple[int, int]]] = {}
    runs: list[dict[int, _Run]] = []
    for word in wanted:
        if word not in known:
            places = re.finditer(rf"(?<!\w){_spellings(word)}(?!\w)", text, re.IGNORECASE) if word else ()
            known[word] = [m.span() for m in places]
        here = {}
        for start, end in known[word]:
            ends = (start - gap for gap in (1, 2, 3) if _GAP.fullmatch(text, max(0, start - gap), start))
            before = next((e for e in ends if runs and e in runs[-1]), -1)
            here[end] = _Run(start, runs[-1][before].size + 1 if before >= 0 else 1, before)
        runs.append(here)
    return runs


def _span(runs: Sequence[dict[int, _Run]], last: int, end: int, size: int) -> tuple[int, int]:
    """The span of so many words in a row, of which the last, the `last` of the phrase, ends at `end`."""
    at = end
    for word in range(last, last - size + 1, -1):
        at = runs[word][at].before
    return runs[last - size + 1][at].start, end


def _money(text: str, start: int, end: int) -> int:
    """Where a phrase begins, with the sign before it that makes a million of the m in "$1.5m"."""
    signed = start and text[start - 1] in "$£€¥" and re.match(r"\d[\d.,]*[^\W\d_]", text[start:end])
    return start - 1 if signed else start


def _spellings(word: str) -> str:
    """A pattern for a word or, if it is a small number, for its digits and its name."""
    value = next(iter(numbers(word)), "1" if word.lower() == "one" else "")
    names = SPELLED.get(value, ())
    return (
        rf"(?:{'|'.join(map(re.escape, (normalise(word), *names)))})" if names else re.escape(normalise(word))
    )


def respelled(text: str, evidence: Sequence[Evidence]) -> str:
    """`text` with initials spaced and names written as the evidence has them, and without the publisher in brackets.

    Some models write "U. S." for "U.S." and "mcDonald" for "McDonald", and copy what stands behind the headings.
    """
    for publisher in dict.fromkeys(item.article.publisher for item in evidence if item.article.publisher):
        text = re.sub(rf" \({re.escape(publisher)}(?:, [^)]{{0,60}})?\)", "", text)
    known = " ".join(item.text for item in evidence)
    spellings = {word.lower(): word for word in re.findall(r"\w+", known)}

    def joined(match: re.Match[str]) -> str:
        close = match.group().replace(" ", "")
        return close if close in known and match.group() not in known else match.group()

    def cased(match: re.Match[str]) -> str:
        word = match.group()
        return word if word in known else spellings.get(word.lower(), word)

    spaced = re.sub(r"\b(?:[A-Z]\. )+[A-Z]\b", joined, text)
    return re.sub(r"\b\w+[A-Z]\w*\b", cased, spaced)
