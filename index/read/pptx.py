"""Reads .pptx: the words of its slides in their order, each slide's notes after it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index.errors import BadDocument
from index.language import rows
from index.read.article import article_from, source_of
from index.read.clean import has_words
from index.read.facts import Facts
from index.read.zipped import opened
from index.types import Article


def read_file(path: Path) -> list[Article]:
    """The article in the presentation `path`. Raises BadDocument."""
    with opened(path, "a PowerPoint presentation") as archive:
        from pptx import Presentation

        shown = Presentation(archive.fp)
        title = shown.core_properties.title
        slides = ["\n\n".join(filter(str.strip, _slide(slide))) for slide in shown.slides]
    if not has_words("".join(slides)):
        raise BadDocument(f"{path}: holds no words")
    text, starts = _joined(slides)
    known = Facts(title=None if title == "PowerPoint Presentation" else title)
    return [article_from(text, known, path, source_of(path), starts)]


def _joined(slides: Sequence[str]) -> tuple[str, list[int]]:
    """The slides' words with blank lines between, and the offset at which each slide begins."""
    text, starts = "", []
    for words in slides:
        text += "\n\n" if text and words else ""
        starts.append(len(text))
        text += words
    return text, starts


def _slide(slide: Any) -> Iterator[str]:
    if slide.element.get("show") == "0":
        return
    for shape in slide.shapes:
        yield from _shape(shape)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        yield slide.notes_slide.notes_text_frame.text


def _shape(shape: Any) -> Iterator[str]:
    if hasattr(shape, "shapes"):  # a group
        for inner in shape.shapes:
            yield from _shape(inner)
    elif getattr(shape, "has_table", False):
        yield "\n".join(_table(shape.table))
    elif shape.has_text_frame:
        yield "\n".join(paragraph.text for paragraph in shape.text_frame.paragraphs)


def _table(table: Any) -> list[str]:
    """The lines of a table's rows; what spans several columns or rows stands in each."""
    grid: list[list[str]] = []
    for row in table.rows:
        above = grid[-1] if grid else []
        grid.append([])
        for place, cell in enumerate(row.cells):
            before = grid[-1][-1:] if cell._tc.hMerge else above[place : place + 1] if cell._tc.vMerge else []
            grid[-1].append(rows.Again(before[0]) if before else cell.text)
    return rows.lines(grid, 1 if table.first_row else None)
