"""A conversation as a Word file. Knows python-docx, which it imports late."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from qa.conversations.document import Block, Document, Grid, Run, Source
from qa.presentation.markup import safe_link, visible

_STYLES = {"heading": "Heading 2", "item": "List Bullet"}


def written(document: Document) -> bytes:
    """The document as the bytes of a .docx file."""
    import docx

    file = docx.Document()
    file.core_properties.title = visible(document.title)[:255]
    file.core_properties.author = ""
    file.core_properties.comments = ""
    file.add_heading(visible(document.title), 0)
    file.add_paragraph(document.day)
    for entry in document.entries:
        file.add_heading(visible(entry.question), 1)
        if entry.understood:
            _fill(file.add_paragraph(), [Run(f"Searched for: {entry.understood}")], italic=True)
        for block in entry.blocks:
            _grid(file, block) if isinstance(block, Grid) else _block(file, block)
    if document.sources:
        file.add_heading("Sources", 1)
    for source in document.sources:
        _source(file, source)
    raw = io.BytesIO()
    file.save(raw)
    return raw.getvalue()


def _block(file: Any, block: Block) -> None:
    paragraph = file.add_paragraph(style=_STYLES.get(block.kind, "Normal"))
    _fill(paragraph, block.runs, italic=block.kind == "remark")


def _grid(file: Any, grid: Grid) -> None:
    table = file.add_table(rows=1, cols=len(grid.columns), style="Table Grid")
    for cell, column in zip(table.rows[0].cells, grid.columns, strict=True):
        _fill(cell.paragraphs[0], [Run(column, strong=True)])
    for row in grid.rows:
        for cell, runs in zip(table.add_row().cells, row, strict=True):
            _fill(cell.paragraphs[0], runs)


def _fill(paragraph: Any, runs: Sequence[Run], *, italic: bool = False) -> None:
    """Puts the runs into a paragraph, their numbers raised behind them."""
    for i, run in enumerate(runs):
        said = paragraph.add_run((" " if i else "") + visible(run.text))
        said.bold, said.italic = run.strong or None, italic or None
        for number in run.numbers:
            paragraph.add_run(f"[{number}]").font.superscript = True


def _source(file: Any, source: Source) -> None:
    paragraph = file.add_paragraph()
    paragraph.add_run(f"[{source.number}] ")
    paragraph.add_run(visible(source.title)).bold = True
    if source.about:
        paragraph.add_run(f", {visible(source.about)}")
    if link := safe_link(source.citation.article.url):
        paragraph.add_run(". ")
        _link(paragraph, link)
    if source.note:
        paragraph.add_run(f" {source.note}").italic = True
    file.add_paragraph(visible(source.citation.quote), style="Quote")


def _link(paragraph: Any, address: str) -> None:
    """Adds an address that can be clicked, which python-docx has no function for."""
    from docx.opc.constants import RELATIONSHIP_TYPE
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    link.append(paragraph.add_run(address)._r)
    paragraph._p.append(link)
