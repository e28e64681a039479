"""Finds what each sentence rests on, and owns the `[1]` markers. Knows nothing of models or retrieval.

Citations are computed, never asked of the model: each sentence of a draft is laid beside the evidence
sentences, and the smallest set that covers its words, numbers and names is cited, at exact offsets.
Numbers are assigned, printed and parsed in this file only.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby, zip_longest
from textwrap import wrap

from index.language.names import names
from index.language.numbers import numbers
from index.language.words import normalise, stems
from index.pages import place
from qa.types import Answer, Citation, Evidence, Point, Sentence, Table

MARKER = re.compile(r"(?<!\s)\s*\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]")
LARGEST = 3
"""The most citations of one sentence."""
GAIN = 0.12
"""A further citation must cover at least this share of the sentence's weight."""
WIDTH = 100
"""Characters of a line of a table that is written in letters."""
SILENT = "The articles say nothing of it."
"""What the column of a side says that no point is about."""
FIRM = 3.0
"""How much heavier a number or a name weighs than a common word."""


def align(sentence: str, evidence: Sequence[Evidence], *, question: str = "", short: str = "") -> list[int]:
    """Indices into `evidence` of the smallest set that covers `sentence`, best first; [] when nothing fits.

    Greedy weighted set cover: words weigh their rarity within the evidence; numbers, names and words that the
    question does not hold weigh more, since they are what the sentence claims. A further quote must hold one of those
    that the quotes before it lack.
    """
    weights = _weights(sentence, evidence, question)
    if not weights:
        return []
    claimed = weights.keys() - (_features(question) - names(sentence) - numbers(sentence))
    total = sum(weights.values())
    held = [_features(item.text) for item in evidence]
    # A title says what its article's sentences are about: it counts, but less than the quote itself.
    titled = [stems(item.article.title) | names(item.article.title) for item in evidence]
    bonus = [0.3 * total if short and normalise(short) in normalise(item.text) else 0.0 for item in evidence]
    chosen: list[int] = []
    covered: frozenset[str] = frozenset()
    while len(chosen) < LARGEST:
        gains = {
            i: sum(weights[w] for w in words & weights.keys() - covered)
            + 0.25 * sum(weights[w] for w in (titled[i] & weights.keys()) - words - covered)
            + (bonus[i] if not chosen else 0.0)
            for i, words in enumerate(held)
            if i not in chosen and (not chosen or words & claimed - covered)
        }
        if not gains:
            break
        best = max(gains, key=lambda i: (gains[i], evidence[i].score, -i))
        if gains[best] < GAIN * total:
            break
        chosen.append(best)
        covered |= held[best] | titled[best]
    return chosen


def _features(text: str) -> frozenset[str]:
    return stems(text) | names(text) | numbers(text)


def _weights(sentence: str, evidence: Sequence[Evidence], question: str) -> Mapping[str, float]:
    """How much each feature of the sentence matters for what it rests on."""
    asked = _features(question)
    firm = names(sentence) | numbers(sentence)
    seen = Counter(word for item in evidence for word in _features(item.text))
    return {
        word: math.log(1 + (len(evidence) + 1) / (1 + seen[word]))
        * (FIRM if word in firm else 1.0)
        * (1.0 if word in asked else 2.0)
        for word in _features(sentence)
    }


class Numbering:
    """Gives each distinct quote its number, in order of first use."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int], Citation] = {}

    def cite(self, item: Evidence, support: float) -> int:
        """The number of this quote; a quote cited twice keeps its number and its better support."""
        key = (item.article.id, item.start, item.end)
        old = self._found.get(key)
        number = old.number if old else len(self._found) + 1
        best = max(support, old.support) if old else support
        self._found[key] = Citation(number, item.article, item.start, item.end, item.text, round(best, 3))
        return number

    def citations(self) -> tuple[Citation, ...]:
        """All citations, by number."""
        return tuple(self._found.values())


def marked(sentence: Sentence) -> str:
    """The sentence with its markers before the final stop: "It opened in 1999 [1][2]."

    >>> marked(Sentence("It opened in 1999.", (1, 2), True))
    'It opened in 1999 [1][2].'
    """
    if not sentence.citations:
        return sentence.text
    marks = "".join(f"[{n}]" for n in sentence.citations)
    body = sentence.text.rstrip()
    ending = re.search(r"[.!?]$", body)
    return f"{body[:-1]} {marks}{ending.group()}" if ending else f"{body} {marks}"


def parse_markers(text: str) -> tuple[str, tuple[int, ...]]:
    """Text without its `[n]` markers, and their numbers in order.

    >>> parse_markers("It opened in 1999 [1][2].")
    ('It opened in 1999.', (1, 2))
    """
    found = tuple(int(n) for match in MARKER.finditer(text) for n in match.group(1).split(","))
    return MARKER.sub("", text), found


def with_footnotes(answer: Answer) -> str:
    """The answer as plain text: sentences with markers, then one footnote a citation."""
    if answer.abstained:
        lines = [f"{answer.text} {answer.reason}".strip()]
        if answer.citations:
            lines.append("\nClosest passages:")
    else:
        lines = [
            " ".join(marked(s) + ("" if s.supported else " (not supported)") for s in paragraph)
            for paragraph in answer.paragraphs
        ]
        lines += [*(_columns(answer.table) if answer.table else _listed(answer.points)), ""]
    lines += [footnote(citation) for citation in answer.citations]
    return "\n".join(lines)


def understood(answer: Answer) -> str:
    """The question as it was answered, with the articles that alone were read where the conversation said which."""
    where = f"{answer.scope}" if answer.scope else ""
    return f"{answer.standalone} ({where})" if where else answer.standalone


def _listed(points: Sequence[Point]) -> list[str]:
    """A line for each point, dates in front, with a line above those under one heading."""
    lines = []
    for about, group in groupby(points, key=lambda point: point.about):
        lines += [f"{about.rstrip(':')}:"] if about else []
        lines += [f"- {f'{p.when}: ' if p.when else ''}{marked_point(p)}" for p in group]
    return lines


def marked_point(point: Point) -> str:
    """The point with its markers."""
    return marked(Sentence(point.text, point.citations, True))


def _columns(table: Table) -> list[str]:
    """The table in letters, its columns side by side."""
    width = max(20, (WIDTH - 3 * (len(table.columns) - 1)) // len(table.columns))
    rule = "-+-".join("-" * width for _ in table.columns)
    lines = _beside([[column] for column in table.columns], width)
    for row in table.rows:
        said = [
            [marked_point(point) for point in cell] or [SILENT if table.silent(i) else ""]
            for i, cell in enumerate(row)
        ]
        lines += [rule, *_beside(said, width)]
    return lines


def _beside(cells: Sequence[Sequence[str]], width: int) -> list[str]:
    folded = [[line for text in cell for line in wrap(text, width) or [""]] for cell in cells]
    return [
        " | ".join(line.ljust(width) for line in row).rstrip() for row in zip_longest(*folded, fillvalue="")
    ]


def footnote(citation: Citation) -> str:
    """One line that says where a quote stands: number, title, publisher, date, page, quote, and URL if known."""
    quote = " ".join(citation.quote.split())
    return f"[{citation.number}] {_place(citation)}: “{quote}”{_address(citation)}"


def reference(citation: Citation) -> str:
    """One quote with where it stands, for somebody else's text.

    >>> from index.types import Article
    >>> reference(Citation(1, Article("a", "Harbour", "It cost 41.", publisher="NPR"), 0, 11, "It cost 41.", 1.0))
    '“It cost 41.” (Harbour, NPR)'
    """
    where = _place(citation)
    return f"“{' '.join(citation.quote.split())}”{f' ({where})' if where else ''}{_address(citation)}"


def _place(citation: Citation) -> str:
    article = citation.article
    on = place(article, citation.start, citation.end)
    return ", ".join(part for part in (article.title, article.publisher, article.published, on) if part)


def _address(citation: Citation) -> str:
    return f" <{citation.article.url}>" if citation.article.url else ""
