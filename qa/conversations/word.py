"""A conversation as a Word file. Knows python-docx, which it imports late."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
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
    """Adds a table: its first row stands above each page's part of it, and each point is a paragraph."""
    table = file.add_table(rows=1, cols=len(grid.columns), style="Table Grid")
    for cell, column in zip(table.rows[0].cells, grid.columns, strict=True):
        _fill(cell.paragraphs[0], [Run(column, strong=True)])
    table.rows[0]._tr.get_or_add_trPr().append(_made("w:tblHeader"))
    for row in grid.rows:
        for cell, runs in zip(table.add_row().cells, row, strict=True):
            for i, run in enumerate(runs):
                _fill(cell.add_paragraph() if i else cell.paragraphs[0], [run])
    file.add_paragraph()


def _fill(paragraph: Any, runs: Sequence[Run], *, italic: bool = False) -> None:
    """Puts the runs into a paragraph, their numbers raised behind them."""
    for i, run in enumerate(runs):
        said = paragraph.add_run((" " if i else "") + visible(run.text))
        said.bold, said.italic = run.strong or None, italic or None
        for number in run.numbers:
            mark = paragraph.add_run(f"[{number}]")
            mark.font.superscript = True
            _wrapped(paragraph, mark, {"w:anchor": _place(number)})


def _source(file: Any, source: Source) -> None:
    paragraph = file.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    about = {"w:id": str(source.number)}
    paragraph._p.append(_made("w:bookmarkStart", about | {"w:name": _place(source.number)}))
    paragraph.add_run(f"[{source.number}] ")
    paragraph._p.append(_made("w:bookmarkEnd", about))
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
    from docx.shared import RGBColor

    run = paragraph.add_run(address)
    run.font.underline, run.font.color.rgb = True, RGBColor(0x05, 0x63, 0xC1)
    id = paragraph.part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    _wrapped(paragraph, run, {"r:id": id})


def _wrapped(paragraph: Any, run: Any, to: Mapping[str, str]) -> None:
    """Makes a link of the last run of a paragraph."""
    link = _made("w:hyperlink", to)
    link.append(run._r)
    paragraph._p.append(link)


def _place(number: int) -> str:
    """What the place of a source is called, to which its numbers lead."""
    return f"source_{number}"


def _made(tag: str, attributes: Mapping[str, str] = {}) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(name), value)
    return made
