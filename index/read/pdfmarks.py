"""Where on a page of a PDF given words stand. Compares letters and digits alone.

Spaces, hyphens at the ends of lines, ligatures, accents that are set apart and the bars between cells are none of
these, so that words are found whatever reading did to them. Nor does the order matter in which a file draws its lines:
words are looked for as the end of one piece of a line, whole pieces, and the beginning of another one.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from index.read.ligatures import LETTERS
from index.read.pdfchars import Char

_LEAST = 24
"""Where words aren't found as a whole, their halves are looked for, down to so many letters."""


class _Span(NamedTuple):
    """The letters `first` to `last` (exclusive) of a piece."""

    piece: int
    first: int
    last: int


def letters(text: str) -> str:
    """The letters and digits of `text` by which it is compared.

    >>> letters("A ﬁne co-\\noperation, Café!")
    'afinecooperationcafe'
    """
    plain = unicodedata.normalize("NFKD", text.translate(LETTERS)).casefold()
    return "".join(filter(str.isalnum, plain))


class Marks:
    """The words of a page by their places, made of the pieces of its lines."""

    def __init__(self, runs: Sequence[Sequence[Char]]) -> None:
        drawn = [[(letter, char) for char in run for letter in letters(char.text)] for run in runs]
        self._chars = [[char for _, char in run] for run in drawn if run]
        self._texts = ["".join(letter for letter, _ in run) for run in drawn if run]
        self._by_first: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(self._texts):
            self._by_first[text[0]].append(number)

    def __bool__(self) -> bool:
        """Whether there are any words on the page."""
        return bool(self._texts)

    def boxes(self, wanted: str, before: int = 0) -> tuple[list[tuple[float, float, float, float]], bool]:
        """Left, bottom, right and top of each line of the words whose letters are `wanted`, and whether all are there.

        Where they stand on the page more than once, `before` says how many of these are passed over.
        """
        spans, whole = self._spans(wanted, before)
        chars = [self._chars[span.piece][span.first : span.last] for span in spans]
        ends = [[char.ends() for char in part] for part in chars]
        return [
            (
                min(e[0] for e in part),
                min(e[1] for e in part),
                max(e[2] for e in part),
                max(e[3] for e in part),
            )
            for part in ends
        ], whole

    def _spans(self, wanted: str, before: int) -> tuple[list[_Span], bool]:
        found = list(islice(self._ways(wanted), before + 1))
        if found:
            return found[min(before, len(found) - 1)], True
        if len(wanted) < 2 * _LEAST:
            return [], False
        middle = len(wanted) // 2
        return [
            span for half in (wanted[:middle], wanted[middle:]) for span in self._spans(half, 0)[0]
        ], False

    def _ways(self, wanted: str) -> Iterator[list[_Span]]:
        """The places at which the letters stand, in the order in which they are drawn."""
        dead: set[int] = set()
        for piece, text in enumerate(self._texts):
            at = text.find(wanted)
            while at >= 0:
                yield [_Span(piece, at, at + len(wanted))]
                at = text.find(wanted, at + 1)
            for first in range(max(0, len(text) - len(wanted) + 1), len(text)):
                if wanted.startswith(text[first:]) and (
                    rest := self._rest(piece, wanted, len(text) - first, dead)
                ):
                    yield [_Span(piece, first, len(text)), *rest]

    def _rest(self, piece: int, wanted: str, at: int, dead: set[int]) -> list[_Span] | None:
        """The pieces that hold what is wanted from `at` on; `dead` are the offsets from which none do."""
        way: list[_Span] = []
        steps = [(at, self._next(piece, wanted, at))]
        while steps:
            at, options = steps[-1]
            if at == len(wanted):
                return way
            span = next((s for s in options if at + s.last not in dead), None)
            if span is None:
                dead.add(at)
                steps.pop()
                del way[-1:]
            else:
                way.append(span)
                steps.append((at + span.last, self._next(span.piece, wanted, at + span.last)))
        return None

    def _next(self, piece: int, wanted: str, at: int) -> Iterator[_Span]:
        """The pieces that go on with what is wanted from `at` on, those that are drawn next first."""
        if at == len(wanted):
            return
        fitting = [
            number
            for number in self._by_first.get(wanted[at], ())
            if wanted.startswith(self._texts[number], at) or self._texts[number].startswith(wanted[at:])
        ]
        fitting.sort(key=lambda number: (number - piece - 1) % len(self._texts))
        for number in fitting:
            yield _Span(number, 0, min(len(self._texts[number]), len(wanted) - at))
