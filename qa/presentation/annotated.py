"""An answer as a text with markers, and where in it each marker stands: for programs that show it in their own way.

Article text may hold "[1]" of its own, so the places come from where the markers were put, not from reading the text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from qa.trust.cite import footnote, marked, marked_point
from qa.types import Answer, Citation, Partial, Point

CLOSEST = "Closest passages, none of which answers it:"


@dataclass(frozen=True, slots=True)
class Mark:
    """A marker: `text[start:end]` is "[3]", which stands for `citation`."""

    start: int
    end: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class Annotated:
    """A text and the markers in it."""

    text: str
    marks: tuple[Mark, ...] = ()

    def behind(self, other: Annotated, gap: str = "\n\n") -> Annotated:
        """This text behind another one.

        >>> Annotated("b").behind(Annotated("a"), " ").text
        'a b'
        """
        if not self.text or not other.text:
            return self if self.text else other
        shift = len(other.text) + len(gap)
        moved = (Mark(m.start + shift, m.end + shift, m.citation) for m in self.marks)
        return Annotated(other.text + gap + self.text, (*other.marks, *moved))


def annotated(answer: Answer, *, footnotes: bool = False) -> Annotated:
    """The whole answer: what stands above the points, the points as a list, and with `footnotes` its sources.

    Of a refusal the reason, and the closest passages.
    """
    found = points(answer).behind(above(answer))
    if footnotes and answer.citations and not answer.abstained:
        found = Annotated("\n".join(map(footnote, answer.citations))).behind(found)
    return found


def above(answer: Answer) -> Annotated:
    """What stands above the points: the lead, and what introduces them; the whole of an answer without points."""
    text = _Text(answer)
    if answer.abstained:
        text.plain(f"{answer.text} {answer.reason}".strip())
        if answer.citations:
            text.plain(f"\n\n{CLOSEST}")
        for citation in answer.citations:
            text.plain("\n- ")
            text.cited(f"“{' '.join(citation.quote.split())}” [{citation.number}]", (citation.number,))
        return text.done()
    for i, paragraph in enumerate(answer.paragraphs):
        text.plain("\n\n" if i else "")
        for j, sentence in enumerate(paragraph):
            text.plain(" " if j else "")
            text.cited(marked(sentence), sentence.citations)
            text.plain("" if sentence.supported else " (not supported)")
    return text.done()


def points(answer: Answer) -> Annotated:
    """The points as a list, dates in front, each heading above its own."""
    text = _Text(answer)
    for i, (about, group) in enumerate(groupby(answer.points, key=lambda point: point.about)):
        text.plain("\n\n" if i and about else "\n" if i else "")
        text.plain(f"{about.rstrip(':')}:\n" if about else "")
        _list(text, list(group))
    return text.done()


def lead(answer: Answer) -> Annotated:
    """The sentences that a language model wrote above the points."""
    text = _Text(answer)
    for i, sentence in enumerate(answer.lead):
        text.plain(" " if i else "")
        text.cited(marked(sentence), sentence.citations)
    return text.done()


def _list(text: _Text, group: Sequence[Point]) -> None:
    for i, point in enumerate(group):
        text.plain("\n- " if i else "- ")
        text.plain(f"{point.when}: " if point.when else "")
        text.cited(marked_point(point), point.citations)


class Growing:
    """An answer's text as it is sent piece by piece, of which nothing is taken back.

    The points come as soon as they are known, and what else stands above them below. Drafts are left out, since they
    may not stay. With `footnotes` the text ends with the sources.
    """

    def __init__(self, *, footnotes: bool = False) -> None:
        self.footnotes, self.sent = footnotes, Annotated("")

    def takes(self, item: str | Partial | Answer) -> list[str]:
        """The lines to send now, of an item of `qa.stream`; `sent` holds them all, with their markers."""
        before = len(self.sent.text)
        if isinstance(item, Partial) and item.answer.points:
            self._more(points(item.answer))
        elif isinstance(item, Answer) and not before:
            self._more(annotated(item, footnotes=self.footnotes))
        elif isinstance(item, Answer):
            self._more(lead(item))
            if self.footnotes:
                whole, plain = annotated(item, footnotes=True).text, annotated(item).text
                self._more(Annotated(whole[len(plain) :].strip()))
        return self.sent.text[before:].splitlines(keepends=True)

    def _more(self, found: Annotated) -> None:
        self.sent = found.behind(self.sent)


class _Text:
    """A text that is written piece by piece."""

    def __init__(self, answer: Answer) -> None:
        self._known = {citation.number: citation for citation in answer.citations}
        self._text, self._marks = "", list[Mark]()

    def plain(self, text: str) -> None:
        """Goes on with words that hold no marker."""
        self._text += text

    def cited(self, text: str, numbers: Sequence[int]) -> None:
        """Goes on with words of which the last "[1][2]" are the markers of these numbers."""
        at = len(self._text) + text.rfind("".join(f"[{n}]" for n in numbers))
        for n in numbers:
            end = at + len(f"[{n}]")
            if n in self._known:
                self._marks.append(Mark(at, end, self._known[n]))
            at = end
        self._text += text

    def done(self) -> Annotated:
        """What was written."""
        return Annotated(self._text, tuple(self._marks))
