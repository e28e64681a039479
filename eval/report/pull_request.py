"""A summary as Markdown for a pull request.

Words from gold sets and models are hostile here too: pipes and line ends would break a table, HTML would be shown
as such, an @ would call somebody, an address would become a link. Knows nothing of files and pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from eval.report import figures
from eval.report.question import given
from eval.report.words import count, percent, seconds
from index.shown import plain

_MOST = 10
"""Examples that are listed."""
_LONGEST = 160
"""Characters of a text that are shown."""

_MARKUP = re.compile(r"[\\`*_{}\[\]<>#&|~$@]|:(?=//)|(?i:(?<=www))\.")
_APART = "&#8203;"
"""A space of no width. Names and issues are looked for in the finished page, where `&#64;` is an @ again."""


def safe(text: object, longest: int | None = _LONGEST) -> str:
    """`text` on one line, cut to length, in which nothing is markup, a link, an issue or a mention.

    >>> safe("a | <b> @me #1\\nhttps://x.example")
    'a &#124; &lt;b&gt; &#64;&#8203;me &#35;&#8203;1 https&#58;&#8203;//x.example'
    >>> safe("*x* `y` 3.5", longest=6)
    '&#42;x&#42; &#96;…'
    """
    return _MARKUP.sub(_entity, plain(text, longest))


def _entity(match: re.Match[str]) -> str:
    char = match[0]
    named = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
    return named.get(char, f"&#{ord(char)};") + (_APART if char in "@#:." else "")


def write(summary: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> str:
    """The Markdown text; `records` give the examples of what went wrong."""
    run = summary.get("run") or {}
    title = figures.title(run)
    about = [safe(title["system"]), count(int(summary.get("n", 0)), "question"), safe(title["date"])]
    parts = [
        f"### Evaluation: {safe(title['gold'])}",
        " · ".join(part for part in about if part),
        figures.lede(summary),
        _headline(summary),
        _stages(summary),
        _examples(summary, records),
        _settings(summary),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table whose first column is words and whose others are numbers; "" without rows."""
    if not rows:
        return ""
    line = ["---", *(["---:"] * (len(head) - 1))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, line, *rows))


def _headline(summary: Mapping[str, Any]) -> str:
    found = [row for row in (figures.right(summary), *figures.headline(summary)) if row]
    rows = [
        [
            f"**{row['name']}**" if i == 0 else row["name"],
            percent(row["value"]),
            f"{percent(row['low'], '')}–{percent(row['high'], '')}",
            f"{row['n']:,}",
        ]
        for i, row in enumerate(found)
    ]
    if total := figures.total_seconds(summary):
        rows.append(
            ["seconds, p50", seconds(total["p50"]), f"p95 {seconds(total['p95'])}", f"{total['n']:,.0f}"]
        )
    return _table(("", "value", "95% interval", "n"), rows)


def _stages(summary: Mapping[str, Any]) -> str:
    rows = [
        [
            f"**{safe(row['stage'])}**<br>{row['meaning']}" if row["meaning"] else safe(row["stage"]),
            f"{row['count']:,}",
            percent(row["share"]),
        ]
        for row in figures.wrong(summary)
    ]
    return _table(("where it went wrong", "questions", "share"), rows)


def _examples(summary: Mapping[str, Any], records: Sequence[Mapping[str, Any]]) -> str:
    """The first of each stage in turn, folded away: with records, questions and answers; without, their ids."""
    wrong = figures.wrong(summary)
    if not records:
        return "\n".join(
            f"- {safe(row['stage'])}: {', '.join(safe(name, 40) for name in row['ids'][:_MOST])}"
            + (f" and {len(row['ids']) - _MOST:,} more" if len(row["ids"]) > _MOST else "")
            for row in wrong
        )
    by_id = {record["id"]: record for record in records}
    turns = [
        (place, row["stage"], by_id[name])
        for row in wrong
        for place, name in enumerate(row["ids"][:_MOST])
        if name in by_id
    ]
    chosen = sorted(turns, key=lambda turn: turn[0])[:_MOST]
    rows = [
        [
            safe(record["id"], 40),
            safe(stage),
            safe(record["question"]),
            safe(" / ".join(_expected(record)) or "(no answer)"),
            safe(given(record) or "(nothing)"),
        ]
        for _, stage, record in chosen
    ]
    table = _table(("id", "stage", "question", "expected", "got"), rows).replace("---:", "---")
    return _folded("Examples of what went wrong", table) if rows else ""


def _expected(record: Mapping[str, Any]) -> list[str]:
    """The answers of the gold set, or the facts that an open answer should hold."""
    return [nugget[0] for nugget in record["gold"].get("nuggets", ())] or list(record["gold"]["answers"])


def _settings(summary: Mapping[str, Any]) -> str:
    rows = [[name, safe(key), safe(value)] for name, pairs in figures.made(summary) for key, value in pairs]
    if command := (summary.get("run") or {}).get("command"):
        rows.insert(0, ["Run", "command", safe(command, None)])
    if summary.get("verifier"):
        rows.append(["Verifier", "accuracy", safe(figures.verifier(summary), None)])
    table = _table(("", "setting", "value"), rows).replace("---:", "---")
    return _folded("How this was made", table) if rows else ""


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"
