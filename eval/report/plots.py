"""The report's plots, each a small SVG as a string: risk-coverage, recall@k, latency, calibration, sweeps.

Made by hand since nothing smaller gives inline drawings that follow the page's theme and need no script. Every
plot carries its figures as a text alternative. Shares are in [0, 1] and shown in per cent. Knows nothing of runs
or pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.report import svg
from eval.report.svg import ACCENT, INK, LINE, SECOND, SHEET, SOFT, Box, Frame, axes, haloed, text
from eval.report.words import percent, seconds
from qa.presentation.markup import Html, el, number

WIDTH = 400.0
"""Width of a plot, in its own units."""

_SHARES = tuple((share, f"{100 * share:.0f}%") for share in (0.0, 0.25, 0.5, 0.75, 1.0))
_FRAME = Frame(left=44, right=380, top=40, bottom=206)
_HEIGHT = 248.0


def risk_coverage(
    points: Sequence[tuple[float, float, float]], *, area: float, threshold: float | None = None
) -> Html:
    """How many of the answers are wrong when only the most confident share is answered.

    `points` are (coverage, risk, threshold) by rising coverage; the shaded part is `area`, taken in steps. The
    point that `threshold` comes to is marked.

    >>> "threshold 0.20" in risk_coverage([(0.5, 0.1, 0.8), (1.0, 0.4, 0.2)], area=0.25, threshold=0.2)
    True
    """
    marks = svg.ticks(max((risk for _, risk, _ in points), default=1.0), 4)
    frame = Frame(_FRAME.left, _FRAME.right, _FRAME.top, _FRAME.bottom, y1=marks[-1])
    drawn = [
        axes(frame, _SHARES, [(t, f"{100 * t:g}%") for t in marks], "answered", "wrong among the answered")
    ]
    if points:
        steps, before = "", frame.left
        for coverage, risk, _ in points:
            up, along = number(frame.y(risk)), number(frame.x(coverage))
            steps += f"{'L' if steps else 'M'}{number(before)} {up}H{along}"
            before = frame.x(coverage)
        base = number(frame.bottom)
        drawn.append(el("path", d=f"{steps}V{base}H{number(frame.left)}Z", fill=ACCENT, fill_opacity=0.13))
        drawn.append(el("path", d=steps, fill="none", stroke=ACCENT, stroke_width=2, stroke_linejoin="round"))
    said = f"Area under the curve {percent(area)}."
    if (now := operating_point(points, threshold)) and threshold is not None:
        x, y = frame.x(now[0]), frame.y(now[1])
        beside, anchor = (x - 6, "end") if now[0] > 0.6 else (x + 6, "start")
        drawn += [
            el("line", x1=x, x2=x, y1=frame.top, y2=frame.bottom, stroke=SECOND, stroke_dasharray="3 3"),
            el("circle", cx=x, cy=y, r=5, fill=SECOND, stroke=SHEET, stroke_width=1.5),
            haloed(beside, frame.top + 9, f"threshold {threshold:.2f}", anchor=anchor, fill=INK),
        ]
        said += f" At threshold {threshold:.2f}: {percent(now[0])} answered, {percent(now[1])} of them wrong."
    return svg.svg(WIDTH, _HEIGHT, *drawn, title="Risk-coverage curve", description=said)


def operating_point(
    points: Sequence[tuple[float, float, float]], threshold: float | None
) -> tuple[float, float, float] | None:
    """The last of `points` that is still answered at `threshold`; None when nothing is, or it isn't known.

    >>> operating_point([(0.5, 0.1, 0.8), (1.0, 0.4, 0.2)], 0.3)
    (0.5, 0.1, 0.8)
    """
    if threshold is None:
        return None
    answered = [point for point in points if point[2] >= threshold]
    return answered[-1] if answered else None


Curve = Sequence[tuple[int, float, float, float]]
"""(k, value, low, high) by rising k."""


def recall_curve(passages: Curve, articles: Curve = ()) -> Html:
    """Recall@k of passages and, if given, of articles, with their intervals; each k takes the same room.

    >>> recall_curve([(1, 0.5, 0.4, 0.6), (5, 0.9, 0.8, 1.0)]).count("<path")
    1
    """
    ks = sorted({k for k, *_ in (*passages, *articles)})
    frame = Frame(_FRAME.left, _FRAME.right, _FRAME.top, _FRAME.bottom, x0=-0.4, x1=max(len(ks) - 1, 0) + 0.4)
    drawn = [
        axes(frame, [(i, str(k)) for i, k in enumerate(ks)], _SHARES, "k, first results looked at", "found")
    ]
    both = bool(passages and articles)
    lines = [("passages", passages, ACCENT, None), ("articles", articles, SECOND, "6 3")]
    said, x_key = [], frame.right
    for i, (name, curve, colour, dashes) in enumerate(lines):
        if not curve:
            continue
        # Side by side, so that one interval doesn't hide the other.
        shift = (-4.0 if i == 0 else 4.0) if both else 0.0
        at = [
            (frame.x(ks.index(k)) + shift, frame.y(v), frame.y(low), frame.y(high))
            for k, v, low, high in curve
        ]
        path = "".join(f"{'L' if j else 'M'}{number(x)} {number(y)}" for j, (x, y, _, _) in enumerate(at))
        drawn.append(el("path", d=path, fill="none", stroke=colour, stroke_width=2, stroke_dasharray=dashes))
        for x, y, low_y, high_y in at:
            drawn.append(el("line", x1=x, x2=x, y1=low_y, y2=high_y, stroke=colour, stroke_opacity=0.55))
            drawn.append(_mark(x, y, colour, square=i == 1))
        said.append(f"{name} " + ", ".join(f"@{k} {percent(v)}" for k, v, _, _ in curve))
        x_key -= svg.width_of(name) + 24
        drawn.append(_mark(x_key + 6, frame.top - 16, colour, square=i == 1))
        drawn.append(text(x_key + 15, frame.top - 12, name, fill=INK))
    return svg.svg(WIDTH, _HEIGHT, *drawn, title="Recall at k", description="; ".join(said))


def _mark(x: float, y: float, colour: str, *, square: bool) -> Html:
    if square:
        return el("rect", x=x - 4, y=y - 4, width=8, height=8, fill=SHEET, stroke=colour, stroke_width=2)
    return el("circle", cx=x, cy=y, r=4, fill=colour)


def latency(stages: Sequence[tuple[str, float, float]]) -> Html:
    """A bar to the median and a line on to the 95th percentile for each (name, p50, p95), in seconds.

    >>> latency([("total", 17.1, 29.9)]).count("<rect")
    2
    """
    marks = svg.ticks(max((p95 for _, _, p95 in stages), default=1.0), 4)
    row = 25.0
    bottom = 40 + row * max(len(stages), 1)
    frame = Frame(left=104, right=304, top=40, bottom=bottom, x1=marks[-1])
    drawn = [
        el("line", x1=frame.x(t), x2=frame.x(t), y1=frame.top - 4, y2=bottom, stroke=LINE) for t in marks
    ]
    drawn += [text(frame.x(t), bottom + 17, f"{t:g}", anchor="middle") for t in marks]
    drawn.append(text(frame.right, bottom + 34, "seconds", anchor="end", fill=INK))
    drawn += [text(x, 24, name, anchor="end", fill=INK) for x, name in ((346, "p50"), (392, "p95"))]
    drawn += [
        el("rect", x=104, y=14, width=18, height=12, rx=2, fill=ACCENT),
        text(127, 24, "to p50", fill=INK),
        el("path", d="M180 20H200M200 15V25", stroke=ACCENT, stroke_width=2),
        text(207, 24, "to p95", fill=INK),
    ]
    for i, (name, p50, p95) in enumerate(stages):
        y = frame.top + row * (i + 0.5)
        end = frame.x(p95)
        drawn += [
            text(frame.left - 8, y + 4, svg.cut(name, 14), anchor="end", fill=INK),
            el("line", x1=frame.x(p50), x2=end, y1=y, y2=y, stroke=ACCENT, stroke_width=2),
            el("line", x1=end, x2=end, y1=y - 5, y2=y + 5, stroke=ACCENT, stroke_width=2),
            el(
                "rect",
                x=frame.left,
                y=y - 6,
                width=max(frame.x(p50) - frame.left, 1.0),
                height=12,
                rx=2,
                fill=ACCENT,
            ),
            text(346, y + 4, seconds(p50), anchor="end", fill=INK),
            text(392, y + 4, seconds(p95), anchor="end"),
        ]
    said = "; ".join(f"{name} p50 {seconds(a)} s, p95 {seconds(b)} s" for name, a, b in stages)
    return svg.svg(WIDTH, bottom + 42, *drawn, title="Seconds per stage", description=said)


def calibration(bins: Sequence[Mapping[str, float]], *, error: float) -> Html:
    """The share that is right over the confidence, bin by bin, with the number of answers under each.

    Each bin has low, high, n, confidence (its mean) and right; on the diagonal both agree.

    >>> bins = [{"low": 0.8, "high": 0.9, "n": 12, "confidence": 0.86, "right": 0.75}]
    >>> ">12<" in calibration(bins, error=0.11)
    True
    """
    frame = _FRAME
    drawn = [axes(frame, [(t / 5, f"{20 * t}%") for t in range(6)], _SHARES, "confidence", "right", below=52)]
    drawn.append(text(frame.left - 7, frame.bottom + 34, "n", anchor="end"))
    for b in bins:
        left, top = frame.x(b["low"]) + 1, frame.y(b["right"])
        width = max(frame.x(b["high"]) - frame.x(b["low"]) - 2, 1.0)
        drawn.append(
            el("rect", x=left, y=top, width=width, height=frame.bottom - top, fill=ACCENT, fill_opacity=0.28)
        )
        drawn.append(el("line", x1=left, x2=left + width, y1=top, y2=top, stroke=ACCENT, stroke_width=2))
    ends = {"x1": frame.x(0), "y1": frame.y(0), "x2": frame.x(1), "y2": frame.y(1)}
    drawn.append(el("line", **ends, stroke=SOFT, stroke_dasharray="4 4"))
    for b in bins:
        middle = (frame.x(b["low"]) + frame.x(b["high"])) / 2
        drawn.append(_mark(frame.x(b["confidence"]), frame.y(b["right"]), ACCENT, square=False))
        drawn.append(text(middle, frame.bottom + 34, f"{b['n']:.0f}", anchor="middle", fill=INK))
    said = "; ".join(
        f"confidence {100 * b['low']:.0f} to {100 * b['high']:.0f}%: {percent(b['right'])} of {b['n']:.0f} right"
        for b in bins
    )
    title = f"Calibration, expected error {percent(error)}"
    return svg.svg(WIDTH, _HEIGHT + 18, *drawn, title=title, description=said)


def scatter(points: Sequence[tuple[float, float, str, bool]], *, x: str, y: str, title: str) -> Html:
    """Points (x, y, label, on the Pareto front) of a sweep; the front is filled and joined by a line.

    Axes start at 0 and are labelled `x` and `y`; y is a share when no value is above 1. A label for which there
    is no room is left to the text alternative, those on the front being placed first.

    >>> drawing = scatter([(1.0, 0.5, "k=5", True), (2.0, 0.4, "k=10", False)], x="seconds", y="F1", title="Sweep")
    >>> drawing.count("<circle"), "k=10" in drawing
    (2, True)
    """
    shares = all(point[1] <= 1 for point in points)
    xs = svg.ticks(max((point[0] for point in points), default=1.0))
    ys = svg.ticks(max((point[1] for point in points), default=1.0))
    frame = Frame(left=44, right=508, top=40, bottom=286, x1=xs[-1], y1=ys[-1])
    named = [(t, f"{100 * t:g}%" if shares else f"{t:g}") for t in ys]
    drawn = [axes(frame, [(t, f"{t:g}") for t in xs], named, x, y)]
    front = sorted((point for point in points if point[3]), key=lambda point: point[:2])
    if len(front) > 1:
        steps = "L".join(f"{number(frame.x(p[0]))} {number(frame.y(p[1]))}" for p in front)
        drawn.append(
            el("path", d=f"M{steps}", fill="none", stroke=ACCENT, stroke_opacity=0.5, stroke_width=1.5)
        )
    drawn += [_point(frame, point, shares) for point in sorted(points, key=lambda point: point[3])]
    taken = [Box(frame.x(a) - 5, frame.y(b) - 5, frame.x(a) + 5, frame.y(b) + 5) for a, b, _, _ in points]
    room = Box(frame.left + 2, frame.top - 6, 518, frame.bottom - 2)
    for a, b, label, on_front in sorted(points, key=lambda point: not point[3]):
        if found := svg.place(frame.x(a), frame.y(b), label, taken, room):
            left, base, anchor, box = found
            taken.append(box)
            drawn.append(haloed(left, base, label, anchor=anchor, fill=INK if on_front else SOFT))
    said = "; ".join(
        f"{label}: {x} {a:g}, {y} {b:g}{', on the front' if f else ''}" for a, b, label, f in points
    )
    return svg.svg(520, 328, *drawn, title=title, description=said)


def _point(frame: Frame, point: tuple[float, float, str, bool], shares: bool) -> Html:
    a, b, label, on_front = point
    said = f"{label}: {a:g}, {percent(b) if shares else format(b, 'g')}"
    fill, stroke = (ACCENT, SHEET) if on_front else (SHEET, SOFT)
    tip = el("title", said)
    return el("circle", tip, cx=frame.x(a), cy=frame.y(b), r=5, fill=fill, stroke=stroke, stroke_width=1.5)
