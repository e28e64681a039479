"""A conversation as Markdown, in which all words stay text: none become a link, a picture or HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qa.conversations.document import Block, Document, Entry, Grid, Run, Source
from qa.presentation.markup import safe_link, visible

_MEANT = re.compile(r"([\\`*_\[\]<>&|~^$#@])")
_AT_START = re.compile(r"^(\d+)([.)])|^([-+=:])")


def text(words: str) -> str:
    """The words on one line, as Markdown that shows exactly them.

    >>> text("1. *a* <b>"), text("- [x](javascript:y)")
    ('1\\\\. \\\\*a\\\\* \\\\<b\\\\>', '\\\\- \\\\[x\\\\](javascript\\\\:y)')
    """
    line = _MEANT.sub(r"\\\1", " ".join(visible(words).split()))
    # A bare address would become a link in some dialects.
    line = re.sub(r"(?<=[^\W\d]):(?=\S)", r"\\:", line).replace("www.", "www\\.")
    return _AT_START.sub(lambda m: f"{m[1]}\\{m[2]}" if m[1] else f"\\{m[3]}", line)


def written(document: Document) -> str:
    """The document as Markdown, in UTF-8 when encoded."""
    parts = [f"# {text(document.title)}", f"*{text(document.day)}*"]
    for entry in document.entries:
        parts += _entry(entry)
    if document.sources:
        parts += ["## Sources", "\n".join(_source(source) for source in document.sources)]
    return "\n\n".join(parts) + "\n"


def _entry(entry: Entry) -> list[str]:
    parts = [f"## {text(entry.question)}"]
    if entry.understood:
        parts.append(f"*Searched for: {text(entry.understood)}*")
    for block in entry.blocks:
        if isinstance(block, Grid):
            parts.append(_grid(block))
        elif block.kind == "item" and parts[-1].startswith("- "):
            parts[-1] += f"\n- {_runs(block.runs)}"
        else:
            parts.append(_block(block))
    return parts


def _block(block: Block) -> str:
    said = _runs(block.runs)
    return {"heading": f"### {said}", "item": f"- {said}", "remark": f"*{said}*"}.get(block.kind, said)


def _runs(runs: Sequence[Run]) -> str:
    return " ".join(
        (f"**{text(run.text)}**" if run.strong else text(run.text)) + "".join(f" [{n}]" for n in run.numbers)
        for run in runs
    )


def _grid(grid: Grid) -> str:
    rows = [[text(column) for column in grid.columns], ["---"] * len(grid.columns)]
    rows += [[_runs(cell) for cell in row] for row in grid.rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def address(url: str | None) -> str:
    """A link that shows where it leads; "" where there is no address that is safe to follow.

    >>> address("https://a.org/<b>"), address("javascript:alert(1)")
    ('<https://a.org/%3Cb%3E>', '')
    """
    link = safe_link(url)
    return f"<{link.replace('<', '%3C').replace('>', '%3E')}>" if link else ""


def _source(source: Source) -> str:
    about = f", {text(source.about)}" if source.about else ""
    link = address(source.citation.article.url)
    shown = f" {link}" if link else ""
    note = f" *{text(source.note)}*" if source.note else ""
    quote = text(source.citation.quote)
    number = f"{source.number}. "
    return f"{number}**{text(source.title)}**{about}.{shown}{note}\n\n{' ' * len(number)}> {quote}\n"
