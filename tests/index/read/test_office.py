"""OpenDocument texts, rich text, presentations, books and subtitles: their words in order, and nothing unseen."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from index.errors import BadDocument
from index.read import read
from index.types import Article

PROSE = "The new bridge over the river opened on Thursday, the city said."


def one(path: Path) -> Article:
    (article,) = read(path)
    return article


def test_an_opendocument_text(tmp_path: Path) -> None:
    from odf import dc, office, table, text
    from odf.opendocument import OpenDocumentText

    document = OpenDocumentText()
    document.meta.addElement(dc.Title(text="Bridge opens"))
    document.text.addElement(text.H(outlinelevel=1, text="A long-awaited day"))
    paragraph = text.P(text="The new ")
    paragraph.addElement(text.Span(text="bridge"))
    paragraph.addElement(text.S())
    remark = office.Annotation()
    remark.addElement(text.P(text="check this"))
    paragraph.addElement(remark)
    paragraph.addText("over the river.")
    note = text.Note(noteclass="footnote")
    note.addElement(text.NoteCitation(text="1"))
    body = text.NoteBody()
    body.addElement(text.P(text="Over 300 metres."))
    note.addElement(body)
    paragraph.addElement(note)
    document.text.addElement(paragraph)
    items = text.List()
    for words in ("four lanes", "two tram lines"):
        item = text.ListItem()
        item.addElement(text.P(text=words))
        items.addElement(item)
    document.text.addElement(items)
    grid = table.Table(name="Costs")
    row = table.TableRow()
    for words in ("steel", "7"):
        cell = table.TableCell()
        cell.addElement(text.P(text=words))
        row.addElement(cell)
    grid.addElement(row)
    document.text.addElement(grid)
    document.save(str(tmp_path / "a.odt"))
    article = one(tmp_path / "a.odt")
    assert article.title == "Bridge opens"
    assert article.text == (
        "A long-awaited day\n\nThe new bridge over the river. [Over 300 metres.]\n\n"
        "- four lanes\n- two tram lines\n\nsteel | 7"
    )


def test_rich_text(tmp_path: Path) -> None:
    source = (
        r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Times;}}{\info{\title x}}\pard\b Bridge opens\b0\par "
        rf"{PROSE} Caf\'e9, 40 \u8364? million.\par}}"
    )
    (tmp_path / "a.rtf").write_text(source, encoding="ascii")
    article = one(tmp_path / "a.rtf")
    assert article.title == "Bridge opens"
    assert article.text == f"Bridge opens\n\n{PROSE} Café, 40 € million."
    (tmp_path / "b.rtf").write_text(PROSE)
    with pytest.raises(BadDocument, match="is not rich text"):
        read(tmp_path / "b.rtf")


def test_a_presentation_is_its_slides_with_their_notes(tmp_path: Path) -> None:
    from pptx import Presentation
    from pptx.util import Inches

    shown = Presentation()
    shown.core_properties.title = "Bridge opens"
    for number in (1, 2, 3):
        slide = shown.slides.add_slide(shown.slide_layouts[1])
        slide.shapes.title.text = f"Slide {number}"
        slide.placeholders[1].text = f"{PROSE} Said {number} times."
        if number == 2:
            slide.notes_slide.notes_text_frame.text = "Thank the workers."
            grid = slide.shapes.add_table(1, 2, Inches(1), Inches(1), Inches(1), Inches(1)).table
            grid.cell(0, 0).text, grid.cell(0, 1).text = "steel", "7"
        if number == 3:
            slide.element.set("show", "0")
    shown.save(tmp_path / "a.pptx")
    article = one(tmp_path / "a.pptx")
    assert article.title == "Bridge opens"
    assert article.text == (
        f"Slide 1\n\n{PROSE} Said 1 times.\n\nSlide 2\n\n{PROSE} Said 2 times.\n\nsteel | 7\n\nThank the workers."
    )


def book(path: Path, chapters: dict[str, str]) -> Path:
    items = "".join(
        f'<item id="c{n}" href="text/{name}" media-type="application/xhtml+xml"/>'
        for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/>'
            "</rootfiles></container>",
        )
        archive.writestr(
            "OEBPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Bridge</dc:title>'
            "<dc:publisher>River Press</dc:publisher><dc:date>2021-03-16T00:00:00Z</dc:date></metadata>"
            '<manifest><item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
            f'{items}</manifest><spine><itemref idref="nav"/>{spine}</spine></package>',
        )
        links = "".join(f'<li><a href="text/{name}#top">Called {name}</a></li>' for name in chapters)
        contents = f"<p>Contents and contents</p><nav><ol>{links}</ol></nav>"
        archive.writestr(
            "OEBPS/nav.xhtml", f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{contents}</body></html>'
        )
        for name, body in chapters.items():
            page = f"<html><head><title>x</title></head><body>{body}</body></html>"
            page = f"<?xml version='1.0' encoding='utf-8'?>{page}"
            archive.writestr(f"OEBPS/text/{name}", page)
    return path


def test_a_book_is_an_article_a_chapter(tmp_path: Path) -> None:
    chapters = {
        "cover.xhtml": '<img src="cover.png"/>',
        "1.xhtml": f"<h1>First day</h1><p>{PROSE}</p><p>It rained — all day.</p>",
        "2.xhtml": "<p>They fled.</p>",
    }
    path = book(tmp_path / "a.epub", chapters)
    first, second = read(path)
    assert first.text == f"First day\n\n{PROSE}\n\nIt rained — all day."
    assert (first.title, first.publisher, first.published) == (
        "The Bridge: First day",
        "River Press",
        "2021-03-16",
    )
    assert (second.title, second.text) == ("The Bridge: Called 2.xhtml", "They fled.")
    assert (first.source, second.source) == (f"{path}#2", f"{path}#3"), "the cover is a page, too"


@pytest.mark.parametrize("suffix", [".odt", ".epub", ".pptx"])
def test_what_is_no_archive_or_lacks_its_parts_is_refused(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"a{suffix}").write_bytes(b"PK\x03\x04 and then nothing")
    with zipfile.ZipFile(tmp_path / f"b{suffix}", "w") as archive:
        archive.writestr("words.txt", PROSE)
    for name in "ab":
        with pytest.raises(BadDocument, match=rf"{name}\{suffix}: is not an? .*, or damaged"):
            read(tmp_path / f"{name}{suffix}")


@pytest.mark.parametrize("suffix", [".odt", ".epub", ".pptx", ".xlsx"])
def test_what_unpacks_to_too_much_is_refused(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.read.zipped.MOST_UNPACKED", 2**20)
    with zipfile.ZipFile(tmp_path / f"a{suffix}", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("content.xml", bytes(2**21))
    with pytest.raises(BadDocument, match="unpacks to more than 1 MiB"):
        read(tmp_path / f"a{suffix}")


SRT = """1
00:00:01,000 --> 00:00:03,000
<i>The new bridge</i> over the river

2
00:00:03,100 --> 00:00:05,000
{\\an8}opened on Thursday.

3
00:00:12,000 --> 00:00:14,000
- It cost 40 million.
- Too much?
"""
VTT = """WEBVTT

STYLE
::cue { color: red }

NOTE made by hand

intro
00:01.000 --> 00:03.000 align:start position:0%
<v Ann Lee>The new <c.yellow>bridge</c> over the river</v>

00:03.100 --> 00:05.000
opened &amp; <00:04.000>closed.

00:05.000 --> 00:06.000
opened &amp; closed.
"""


def test_subtitles_become_running_text(tmp_path: Path) -> None:
    (tmp_path / "council-talk.srt").write_text(SRT)
    article = one(tmp_path / "council-talk.srt")
    assert article.title == "Council talk"
    assert article.text == (
        "The new bridge over the river opened on Thursday.\n\n- It cost 40 million.\n\n- Too much?"
    )
    (tmp_path / "a.vtt").write_text(VTT)
    assert one(tmp_path / "a.vtt").text == "Ann Lee: The new bridge over the river opened & closed."
    (tmp_path / "b.srt").write_text(PROSE)
    with pytest.raises(BadDocument, match="holds no subtitles"):
        read(tmp_path / "b.srt")


def test_cells_of_documents_and_slides_stand_behind_the_head_of_their_own_column(tmp_path: Path) -> None:
    from odf import opendocument, table, text
    from pptx import Presentation
    from pptx.util import Inches

    document = opendocument.OpenDocumentText()
    grid = table.Table(name="Costs")
    for words in (["Town", "Schools", "Pools", "Halls"], ["Harlow", None, "3"], ["Ostley", "4", "5", "6"]):
        row = table.TableRow()
        for word in words:
            cell = table.TableCell() if word else table.TableCell(numbercolumnsrepeated=2)
            cell.addElement(text.P(text=word or ""))
            row.addElement(cell)
        grid.addElement(row)
    document.text.addElement(grid)
    document.save(str(tmp_path / "a.odt"))
    written = "Town: Harlow; Halls: 3\nTown: Ostley; Schools: 4; Pools: 5; Halls: 6"
    assert one(tmp_path / "a.odt").text == written

    shown = Presentation()
    slide = shown.slides.add_slide(shown.slide_layouts[6])
    slots = slide.shapes.add_table(4, 3, Inches(1), Inches(1), Inches(5), Inches(2)).table
    rows = (["Line", "Passengers", ""], ["", "weekday", "Sunday"], ["North", "71", "82"], ["", "93", "14"])
    for number, words in enumerate(rows):
        for column, word in enumerate(words):
            slots.cell(number, column).text = word
    slots.cell(0, 1).merge(slots.cell(0, 2))
    slots.cell(2, 0).merge(slots.cell(3, 0))
    slots.cell(0, 2)._tc.set("hMerge", "true")
    shown.save(tmp_path / "a.pptx")
    assert one(tmp_path / "a.pptx").text == (
        "Line: North; Passengers weekday: 71; Passengers Sunday: 82\n"
        "Line: North; Passengers weekday: 93; Passengers Sunday: 14"
    )
