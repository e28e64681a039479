"""How the value of a metric is written: shares in per cent, lengths as they are. Knows nothing of what they measure."""

from __future__ import annotations

COUNTS = frozenset({"words"})
"""The metrics whose values aren't shares in [0, 1]. More or fewer is neither better nor worse."""


def shown(metric: str, value: float, sign: str = "", *, signed: bool = False) -> str:
    """The value in per cent with `sign` behind it, or as a number without; with a plus or minus if `signed`.

    >>> shown("nugget_recall", 0.625), shown("words", 126.4, "%"), shown("token_f1", 0.5, "%", signed=True)
    ('62.5', '126.4', '+50.0%')
    """
    number = value if metric in COUNTS else 100 * value
    plus = "+" if signed else ""
    return f"{number:{plus}.1f}{'' if metric in COUNTS else sign}"
