"""The parts that drawings are made of: escaped elements, scales with round ticks, axes, words that don't collide.

Colours are CSS variables with a fallback, given as presentation attributes: a page themes a drawing by defining
the variables, and no inline style has to be allowed. Knows nothing of evaluation.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from qa.presentation.markup import Html, el, join, number

INK = "var(--fn-ink, #22252a)"
SOFT = "var(--fn-soft, #5b6068)"
LINE = "var(--fn-line, #dedad0)"
SHEET = "var(--fn-sheet, #ffffff)"
ACCENT = "var(--fn-accent, #0f5e66)"
SECOND = "var(--fn-second, #a8480f)"

SPACE = "http://www.w3.org/2000/svg"
SIZE = 11.5
"""Size of ordinary words, in the drawing's units."""


def text(
    x: float,
    y: float,
    words: object,
    *,
    anchor: str = "start",
    fill: str = SOFT,
    size: float = SIZE,
    **more: object,
) -> Html:
    """A line of words whose baseline is at `y`."""
    return el("text", words, x=x, y=y, text_anchor=anchor, fill=fill, font_size=size, **more)


def haloed(x: float, y: float, words: str, *, anchor: str, fill: str) -> Html:
    """Words that stay readable over lines: the sheet's colour shines around them."""
    halo = {"stroke": SHEET, "stroke_width": 4, "stroke_linejoin": "round", "paint_order": "stroke"}
    return text(x, y, words, anchor=anchor, fill=fill, size=SIZE, **halo)


def svg(width: float, height: float, *parts: Html, title: str, description: str = "") -> Html:
    """A drawing with its text alternative; it takes the width that it is given.

    >>> svg(10, 5, title="Nothing")
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 5" role="img" aria-label="Nothing"></svg>'
    """
    said = f"{title}. {description}" if description else title
    view = f"0 0 {number(width)} {number(height)}"
    return el("svg", *parts, xmlns=SPACE, viewBox=view, role="img", aria_label=said)


def cut(words: str, longest: int) -> str:
    """`words`, or their beginning if they are longer.

    >>> cut("pick evidence", 6)
    'pick …'
    """
    return words if len(words) <= longest else words[: longest - 1] + "…"


def width_of(words: str, size: float = SIZE) -> float:
    """About how wide words are in a sans-serif type, on the wide side."""
    return 0.62 * size * len(words)


def ticks(high: float, most: int = 5) -> list[float]:
    """Round values from 0 up to the first that isn't below `high`, at most `most` steps.

    >>> ticks(1.0), ticks(29.9), ticks(0.0)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0.0, 10.0, 20.0, 30.0], [0.0, 1.0])
    """
    if not high > 0 or not math.isfinite(high):
        return [0.0, 1.0]
    size = 10.0 ** math.floor(math.log10(high / most))
    step = next(
        size * factor for factor in (1, 2, 2.5, 5, 10, 20) if size * factor * most >= high * (1 - 1e-9)
    )
    return [round(step * i, 10) for i in range(math.ceil(high / step - 1e-9) + 1)]


@dataclass(frozen=True, slots=True)
class Frame:
    """Where data stands in a drawing: `left` to `right` is `x0` to `x1`, `bottom` to `top` is `y0` to `y1`."""

    left: float
    right: float
    top: float
    bottom: float
    x0: float = 0.0
    x1: float = 1.0
    y0: float = 0.0
    y1: float = 1.0

    def x(self, value: float) -> float:
        """The place of `value` on the horizontal axis."""
        return self.left + (value - self.x0) / (self.x1 - self.x0) * (self.right - self.left)

    def y(self, value: float) -> float:
        """The place of `value` on the vertical axis."""
        return self.bottom - (value - self.y0) / (self.y1 - self.y0) * (self.bottom - self.top)


def axes(
    frame: Frame,
    xs: Sequence[tuple[float, str]],
    ys: Sequence[tuple[float, str]],
    x_label: str,
    y_label: str,
    below: float = 34,
) -> Html:
    """Gridlines across, ticks with labels on both axes, what each axis is: above the one, `below` the other."""
    parts = [text(frame.left, frame.top - 12, y_label, fill=INK)]
    for value, label in ys:
        y = frame.y(value)
        parts.append(el("line", x1=frame.left, x2=frame.right, y1=y, y2=y, stroke=LINE))
        parts.append(text(frame.left - 7, y + 4, label, anchor="end"))
    base = frame.bottom
    for value, label in xs:
        x = frame.x(value)
        parts.append(el("line", x1=x, x2=x, y1=base, y2=base + 4, stroke=SOFT))
        parts.append(text(x, base + 17, label, anchor="middle"))
    parts.append(el("line", x1=frame.left, x2=frame.right, y1=base, y2=base, stroke=SOFT))
    parts.append(text(frame.right, base + below, x_label, anchor="end", fill=INK))
    return join(parts)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle that something takes up."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two share any room."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def within(self, other: Box) -> bool:
        """Whether this one lies inside the other."""
        return (
            other.left <= self.left
            and self.right <= other.right
            and other.top <= self.top
            and self.bottom <= other.bottom
        )


def place(
    x: float, y: float, words: str, taken: Sequence[Box], room: Box
) -> tuple[float, float, str, Box] | None:
    """Where `words` fit beside the point (x, y): (x, baseline, anchor, box); None if everywhere is taken.

    Tried in order: right, left, above, below, and the four corners.
    """
    wide, high, gap = width_of(words), SIZE, 8.0
    for dx, dy in ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (1, 1), (-1, -1), (-1, 1)):
        left = x + dx * gap - (0.0 if dx > 0 else wide if dx < 0 else wide / 2)
        top = y + dy * (gap + high / 2) - high / 2
        box = Box(left, top, left + wide, top + high)
        if box.within(room) and not any(box.meets(other) for other in taken):
            anchor = "start" if dx > 0 else "end" if dx < 0 else "middle"
            return x + dx * gap, top + high - 2, anchor, box
    return None
