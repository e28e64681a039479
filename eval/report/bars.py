"""Bars one line high: a figure with its interval, seconds with their spread, a share. Knows nothing of runs."""

from __future__ import annotations

from eval.report import svg
from eval.report.svg import ACCENT, LINE, SHEET, Frame
from eval.report.words import percent, seconds
from qa.presentation.markup import Html, el, number


def interval_bar(value: float, low: float, high: float, *, label: str = "") -> Html:
    """A value with its interval on a track from 0 to 1; `label` says what it is of.

    >>> interval_bar(0.5, 0.4, 0.6, label="Recall").count("<rect")
    2
    """
    frame = Frame(left=6, right=234, top=0, bottom=18)
    low, high = min(low, value), max(high, value)
    marks = [el("line", x1=frame.x(t), x2=frame.x(t), y1=4, y2=14, stroke=LINE) for t in (0.0, 0.5, 1.0)]
    return svg.svg(
        240,
        18,
        el("rect", x=frame.left, y=7.5, width=228, height=3, rx=1.5, fill=LINE),
        *marks,
        el(
            "rect",
            x=frame.x(low),
            y=5.0,
            width=max(frame.x(high) - frame.x(low), 1.0),
            height=8,
            rx=4,
            fill=ACCENT,
            fill_opacity=0.32,
        ),
        el("circle", cx=frame.x(value), cy=9, r=5, fill=ACCENT, stroke=SHEET, stroke_width=1.5),
        title=f"{label}: {percent(value)}" if label else percent(value),
        description=f"95% interval {percent(low)} to {percent(high)}",
    )


def spread_bar(p50: float, p95: float, *, label: str = "") -> Html:
    """The median on a track that ends at the 95th percentile, in seconds.

    >>> spread_bar(2.0, 8.0).count("<circle")
    1
    """
    frame = Frame(left=6, right=234, top=0, bottom=18, x1=max(svg.ticks(p95, 4)[-1], 1e-9))
    end = frame.x(p95)
    return svg.svg(
        240,
        18,
        el("rect", x=frame.left, y=7.5, width=228, height=3, rx=1.5, fill=LINE),
        el(
            "rect",
            x=frame.left,
            y=5.0,
            width=max(end - frame.left, 1.0),
            height=8,
            rx=4,
            fill=ACCENT,
            fill_opacity=0.2,
        ),
        el("circle", cx=frame.x(p50), cy=9, r=5, fill=ACCENT, stroke=SHEET, stroke_width=1.5),
        title=f"{label}: half within {seconds(p50)} s" if label else f"half within {seconds(p50)} s",
        description=f"95% within {seconds(p95)} s",
    )


def share_bar(share: float, *, label: str, colour: str = ACCENT) -> Html:
    """A bar that fills `share` of its width.

    >>> 'width="50%"' in share_bar(0.5, label="half")
    True
    """
    wide = f"{number(100 * min(max(share, 0.0), 1.0))}%"
    bar = el("rect", width=wide, height=14, rx=3, fill=colour)
    return el("svg", bar, xmlns=svg.SPACE, width="100%", height=14, role="img", aria_label=label)
