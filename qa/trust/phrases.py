"""The phrases that the reader takes for the answer to a question, and what speaks for each. Knows nothing of refusals.

A phrase that other articles give as well is likelier than one that stands alone; one close behind by another name or
figure makes both doubtful.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.language import rows
from index.language.numbers import numbers
from index.language.words import normalise, words
from qa.evidence.surroundings import holding, windows
from qa.reader import Extracts
from qa.types import Evidence

MOST = 6
"""Windows that are read."""
RELEVANCE = 0.3
"""What the relevance of a window counts beside how sure the reader is."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase, the sentence that holds it, and how surely it answers.

    `sure` is the reader's logit, `relevance` the cross-encoder's of its window's best sentence. `gap`: by how much it
    is ahead of the best phrase that says something else (LONE where there is none). `agreeing`: how many other
    articles give the same.
    """

    text: str
    sentence: Evidence
    sure: float
    relevance: float
    gap: float = 0.0
    agreeing: int = 0
    against: str = ""
    """Why it can't be the answer."""

    @property
    def worth(self) -> float:
        """What phrases are compared by here; `qa.ways.extractive.ranked` chooses by how likely each is right."""
        return self.sure + RELEVANCE * self.relevance


LONE = 6.0
"""The gap of a phrase beside which nothing else was found, and the largest."""


def phrases(
    question: str,
    found: Sequence[Evidence],
    reader: Extracts,
    against: Callable[[str, Evidence], str] = lambda phrase, sentence: "",
) -> list[Phrase]:
    """The best phrase of each window around the best sentences, best first, those that say the same joined.

    `against` says of a phrase and its sentence why it can't be the answer, "" for no reason. Phrases that can't come
    last, and are no doubt about the others.
    """
    read = windows(found, MOST)
    made = []
    for window, part in zip(read, reader.read(question, [w.text for w in read]), strict=True):
        start, end = (window.start + at for at in _cell(question, window.text, part.start, part.end))
        text = window.article.text[start:end].partition("\n")[0]  # what two lines hold is no phrase
        end = start + len(text)
        if text.strip():
            sentence = holding(window, start, end)
            made.append(Phrase(text, sentence, part.sure, window.score, against=against(text, sentence)))
    made.sort(key=lambda phrase: (bool(phrase.against), -phrase.worth))
    kept: list[Phrase] = []
    agreeing: dict[int, set[str]] = {}
    for phrase in made:
        same = next((i for i, one in enumerate(kept) if alike(one.text, phrase.text)), None)
        if same is None:
            agreeing[len(kept)] = set()
            kept.append(phrase)
        elif phrase.sentence.article.id != kept[same].sentence.article.id:
            agreeing[same].add(phrase.sentence.article.id)
    ranked: list[Phrase] = []
    for i, one in enumerate(kept):
        rivals = [other.worth for other in kept if other is not one and not other.against]
        gap = min(LONE, one.worth - max(rivals)) if rivals else LONE
        ranked.append(replace(one, gap=gap, agreeing=len(agreeing[i])))
    return ranked


def _cell(question: str, row: str, start: int, end: int) -> tuple[int, int]:
    """The cell of a table's row that a phrase in it stands for: the one whose head the question names, if just one is.

    A figure is taken whole, and of several cells the first. The row's name, its first cell, is kept; in other texts the
    phrase is as it was.

    >>> row = "Town: Harlow; 2010: 9034; 2020: 8120"
    >>> [row[slice(*_cell(f"How many lived in Harlow{when}?", row, 20, 24))] for when in (" in 2020", "")]
    ['8120', '9034']
    """
    cells = rows.cells(row)
    held = next((cell for cell in cells if start < cell.end), None)
    if held is None or held is cells[0]:
        return start, end
    asked = set(words(question.lower()))
    named = [cell for cell in cells[1:] if cell.head and asked.issuperset(words(cell.head.lower()))]
    if len(named) == 1:
        held = named[0]
    inside = held.start <= start and end <= held.end and not rows.is_number(row[held.start : held.end])
    return (start, end) if inside else (held.start, held.end)


def alike(one: str, other: str) -> bool:
    """Whether two phrases give the same answer: one holds the other's words, and their numbers are the same.

    >>> alike("Emmanuel Macron", "Macron"), alike("40 men", "14 men"), alike("in May 2014", "2014")
    (True, False, True)
    """
    a, b = normalise(one), normalise(other)
    if not a or not b:
        return False
    short, long = sorted((a, b), key=len)
    if f" {short} " not in f" {long} ":
        return False
    few, many = sorted((numbers(one), numbers(other)), key=len)
    return few == many or bool(few)
