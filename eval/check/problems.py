"""What a look over a gold set may find, and how it is shown. Knows nothing of how it was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from index.shown import plain

if TYPE_CHECKING:
    from rich.console import RenderableType

Severity = Literal["error", "warning", "info"]
"""An error spoils scores; a warning very likely does; an info is worth a look and no more."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about question `id`.

    `kind` is one of quote, article, answer, nugget, duplicate, answerable, elsewhere.
    """

    id: str
    kind: str
    message: str
    severity: Severity


def serious(problems: Iterable[Problem]) -> bool:
    """Whether any is more than an info: then the check has failed.

    >>> serious([Problem("q1", "elsewhere", "also in b.txt", "info")])
    False
    """
    return any(problem.severity != "info" for problem in problems)


def render(problems: Sequence[Problem]) -> RenderableType:
    """The problems as a table, without markup or control characters of the gold set."""
    from rich.table import Table
    from rich.text import Text

    if not problems:
        return Text("Nothing found.")
    styles = {"error": "bold red", "warning": "yellow", "info": "dim"}
    table = Table("question", "problem", "what, and how to mend it", box=None, pad_edge=False)
    table.columns[2].overflow = "fold"
    for problem in problems:
        table.add_row(
            Text(plain(problem.id)),
            Text(f"{problem.kind} ({problem.severity})", style=styles[problem.severity]),
            Text(plain(problem.message)),
        )
    return table


def short(text: str, longest: int = 160) -> str:
    """The text in quotes, cut to `longest` characters.

    >>> short("It opened in  May.")
    '“It opened in May.”'
    """
    text = " ".join(text.split())
    return f"“{text if len(text) <= longest else text[:longest].rsplit(' ', 1)[0] + ' …'}”"
