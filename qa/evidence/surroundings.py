"""The text around the best sentences, as much of it as a reader takes in at once. Knows nothing of models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from index.language.rows import is_row
from index.language.sentences import sentences
from qa.types import Evidence

WIDE = 600
"""Characters of a window, at most, unless its sentence is longer: what the reader learned from."""


def windows(found: Sequence[Evidence], most: int) -> list[Evidence]:
    """Windows on the articles around the best of the sentences, best first, none inside another; at most `most`.

    Each is widened by the sentence before, the one behind, and so on, within WIDE characters. A window's `score` is
    that of its best sentence. A row of a table is a window by itself: beside others, cells of a wrong one are read.
    """
    chosen: list[Evidence] = []
    for item in sorted(found, key=lambda item: -item.score):
        if len(chosen) == most:
            break
        if not any(w.article.id == item.article.id and w.start <= item.start < w.end for w in chosen):
            chosen.append(item if is_row(item.text) else _widened(item))
    return chosen


def holding(window: Evidence, start: int, end: int) -> Evidence:
    """The sentence of a window in which the characters from `start` to `end` of the article stand."""
    spans = [(window.start + a, window.start + b) for a, b in sentences(window.text)]
    first = next((a for a, b in spans if a <= start < b), start)
    last = next((b for a, b in spans if a < end <= b), end)
    return replace(window, start=first, end=max(last, end))


def _widened(item: Evidence) -> Evidence:
    text = item.article.text
    low, high = max(0, item.start - WIDE), min(len(text), item.end + WIDE)
    spans = [(low + a, low + b) for a, b in sentences(text[low:high])]
    if low and spans:  # the first one may have been cut
        spans = spans[1:]
    before = [span for span in spans if span[1] <= item.start]
    behind = [span for span in spans if span[0] >= item.end][::-1]
    before, behind = _since_row(text, before), _since_row(text, behind)[::-1]
    start, end = item.start, item.end
    while before or behind:
        grown = False
        if before and end - before[-1][0] <= WIDE:
            start, grown = before.pop()[0], True
        if behind and behind[0][1] - start <= WIDE:
            end, grown = behind.pop(0)[1], True
        if not grown:
            break
    return replace(item, start=start, end=end)


def _since_row(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans behind the last of them that is a row of a table."""
    rows = [n for n, (start, end) in enumerate(spans) if is_row(text[start:end])]
    return spans[rows[-1] + 1 :] if rows else spans
