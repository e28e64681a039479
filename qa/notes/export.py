"""Notes as a file for others to read: Markdown, CSV or BibTeX."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from itertools import groupby

from index.errors import BadSetting
from index.types import Article
from qa.conversations.markdown import address, text
from qa.notes.types import Note
from qa.presentation.markup import date, safe_link, visible

KINDS = {
    ".md": "text/markdown; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".bib": "application/x-bibtex; charset=utf-8",
}
"""The media type of each kind of file, by the ending of its name."""
COLUMNS = (
    *("quote", "remark", "title", "publisher", "published", "url", "source", "start", "end"),
    *("question", "added"),
)


def exported(notes: Sequence[Note], suffix: str) -> bytes:
    """The bytes of the file whose name ends in `suffix`. Raises BadSetting for an ending that isn't among KINDS."""
    match suffix.lower():
        case ".md":
            return _markdown(notes).encode()
        case ".csv":
            return _csv(notes).encode("utf-8-sig")  # without the mark Excel takes it for another encoding
        case ".bib":
            return _bibtex(notes).encode()
    raise BadSetting(
        f"{suffix or 'no ending'} is no kind of file to export notes to: end the name in {', '.join(KINDS)}"
    )


def _by_article(notes: Sequence[Note]) -> list[tuple[Article, list[Note]]]:
    """The notes of each article in the order of its text, articles by title."""
    ordered = sorted(notes, key=lambda n: (n.article.title.casefold(), n.article.id, n.start))
    groups = (list(group) for _, group in groupby(ordered, key=lambda n: n.article.id))
    return [(group[0].article, group) for group in groups]


def _markdown(notes: Sequence[Note]) -> str:
    parts = ["# Notes"]
    for article, kept in _by_article(notes):
        parts.append(f"## {text(article.title or article.source or 'Untitled')}")
        about = ", ".join(text(part) for part in (article.publisher, date(article.published)) if part)
        parts += [line] if (line := " ".join(filter(None, (about, address(article.url))))) else []
        for note in kept:
            parts.append(f"> {text(note.quote)}")
            parts += [text(line) for line in note.remark.splitlines() if line.strip()]
    return "\n\n".join(parts) + "\n"


def _csv(notes: Sequence[Note]) -> str:
    lines = io.StringIO()
    table = csv.writer(lines)
    table.writerow(COLUMNS)
    for n in notes:
        a = n.article
        row = (n.quote, n.remark, a.title, a.publisher, a.published, a.url, a.source, n.start, n.end)
        table.writerow([cell(value) for value in (*row, n.question, n.added)])
    return lines.getvalue()


def cell(value: object) -> str:
    """A value as a cell that no spreadsheet takes for a formula.

    >>> cell("=HYPERLINK(1)"), cell(None), cell(3)
    ("'=HYPERLINK(1)", '', '3')
    """
    shown = "" if value is None else visible(str(value))
    return f"'{shown}" if shown.startswith(("=", "+", "-", "@", "\t", "\r")) else shown


def _bibtex(notes: Sequence[Note]) -> str:
    """An entry an article, its quotes and remarks as annotation."""
    entries: dict[str, str] = {}
    for article, kept in _by_article(notes):
        key = _key(article, entries)
        said = [f"“{' '.join(n.quote.split())}”" + (f" {n.remark}" if n.remark else "") for n in kept]
        dated = re.match(r"(\d{4})(?:-(\d{2}))?", article.published or "", re.ASCII)
        fields = {
            "title": article.title or article.source or "Untitled",
            "howpublished": article.publisher,
            "year": dated and dated[1],
            "month": dated and dated[2],
            "annote": "\n\n".join(said),
        }
        lines = [f"  {name} = {{{latex(value)}}}" for name, value in fields.items() if value]
        if link := safe_link(article.url):
            lines.append(f"  url = {{{re.sub('[{}]', _percent, link)}}}")
        entries[key] = f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"
    return "\n\n".join(entries.values()) + ("\n" if entries else "")


def _key(article: Article, taken: dict[str, str]) -> str:
    """A name for the entry out of publisher or title and year, that no other entry has."""
    words = re.findall(r"[a-z0-9]+", (article.publisher or article.title or "").lower())
    year = re.match(r"\d{4}", article.published or "", re.ASCII)
    base = f"{words[0] if words else 'note'}{year[0] if year else ''}"
    return next(
        key for n in range(len(taken) + 1) if (key := base if not n else f"{base}-{n + 1}") not in taken
    )


_LATEX = {
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def latex(words: str) -> str:
    """The words as LaTeX that prints exactly them.

    >>> latex(r"50% of {A} \\ B")
    '50\\\\% of \\\\{A\\\\} \\\\textbackslash{} B'
    """
    return "".join(_LATEX.get(sign, sign) for sign in visible(words))


def _percent(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):X}"
