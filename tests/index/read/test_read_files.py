"""Reading PDF and Word files, made here with the libraries that people make them with."""

from __future__ import annotations

import contextlib
import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter

from index.errors import BadDocument
from index.read import read
from index.types import Article

SENTENCES = (
    "The new bridge over the river opened on Thursday after ten years of work, the city said in a statement. ",
    "It cost 40 million dollars and carries four lanes of traffic, two tram lines and a path for cyclists. ",
    "The mayor thanked the workers who had built it through two hard winters and one flood of the river. ",
    "Traffic on the old bridge had doubled since it was built, and its tram line had been closed for years. ",
)


class Pages(FPDF):
    """A printed article with a running header and numbered pages."""

    def header(self) -> None:
        self.set_font("helvetica", size=8)
        self.cell(0, 8, "The Daily News - for subscribers only", align="C")
        self.ln(12)

    def footer(self) -> None:
        self.set_y(-15)
        self.set_font("helvetica", size=8)
        self.cell(0, 8, f"Page {self.page_no()}/{{nb}}", align="C")


def print_article(path: Path, paragraphs: list[str], pdf: FPDF | None = None, heading: str = "") -> FPDF:
    pdf = pdf or FPDF()
    pdf.add_page()
    if heading:
        pdf.set_font("times", size=18)
        pdf.multi_cell(0, 9, heading, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("times", size=11)
    for paragraph in paragraphs:
        pdf.multi_cell(0, 6, paragraph, new_x="LMARGIN", new_y="NEXT")
        pdf.ln(3)
    pdf.output(str(path))
    return pdf


def read_one(path: Path) -> Article:
    (article,) = read(path)
    return article


def refusal(path: Path) -> str:
    with pytest.raises(BadDocument) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)
    return str(caught.value)


# -- PDF


def test_pdf_paragraphs_are_whole_and_running_lines_gone(tmp_path: Path) -> None:
    paragraphs = [
        f"Paragraph {n} of the report. " + "".join(SENTENCES).strip() for n in "ABCDEFGHIJKLMNOPQRST"
    ]
    print_article(
        tmp_path / "a.pdf",
        paragraphs,
        Pages(),
        "Bridge opens after ten years of work on both banks of the river Mersey",
    )
    article = read_one(tmp_path / "a.pdf")
    assert len(PdfReader(tmp_path / "a.pdf").pages) >= 3
    assert article.title == "Bridge opens after ten years of work on both banks of the river Mersey"
    assert article.text.split("\n\n") == [article.title, *paragraphs]


def test_pdf_banners_between_paragraphs_go_and_the_printed_address_is_kept(tmp_path: Path) -> None:
    pdf = FPDF()
    for number in range(1, 5):
        pdf.add_page()
        pdf.set_font("times", size=11)
        for text in (f"{number}. {SENTENCES[0] * number}", "Subscribe today", SENTENCES[number - 1] * 3):
            pdf.multi_cell(0, 6, text.strip(), new_x="LMARGIN", new_y="NEXT")
            pdf.ln(6)
        pdf.set_y(-25)
        pdf.cell(0, 6, f"https://news.org/bridge {number}/4")
    pdf.output(str(tmp_path / "a.pdf"))
    article = read_one(tmp_path / "a.pdf")
    assert "Subscribe" not in article.text
    assert "/4" not in article.text
    assert all(sentence.strip() in article.text for sentence in SENTENCES)
    assert article.url == "https://news.org/bridge"


def test_pdf_words_broken_at_line_ends_are_made_whole(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("times", size=11)
    for line in (
        "The government's well-known infrastructure plan was met with appro-",
        "val by the council, and the self-",
        "made builder of the bridge, who fled MS-",
        "13 as a child, was praised at the well-",
        "known river on Thursday.",
    ):
        pdf.cell(0, 6, line, new_x="LMARGIN", new_y="NEXT")
    pdf.output(str(tmp_path / "a.pdf"))
    assert read_one(tmp_path / "a.pdf").text == (
        "The government's well-known infrastructure plan was met with approval by the council, and the self-made"
        " builder of the bridge, who fled MS-13 as a child, was praised at the well-known river on Thursday."
    )


def test_pdf_facts_come_from_its_lines_and_properties_but_not_its_creation_date(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.set_title("Bridge opens after ten years")
    print_article(
        tmp_path / "a.pdf", ["Daily News | July 27, 2017 | https://news.org/bridge", "".join(SENTENCES)], pdf
    )
    article = read_one(tmp_path / "a.pdf")
    assert (article.title, article.publisher) == ("Bridge opens after ten years", "Daily News")
    assert (article.published, article.url) == ("2017-07-27", "https://news.org/bridge")
    print_article(tmp_path / "b.pdf", ["".join(SENTENCES)])
    assert read_one(tmp_path / "b.pdf").published is None


@pytest.mark.parametrize("stated", ["Microsoft Word - draft.docx", "scan_0001.pdf", "untitled", ""])
def test_pdf_titles_that_are_none_are_not_used(tmp_path: Path, stated: str) -> None:
    pdf = FPDF()
    pdf.set_title(stated)
    print_article(tmp_path / "the-bridge.pdf", ["".join(SENTENCES)], pdf)
    assert read_one(tmp_path / "the-bridge.pdf").title == "The bridge"


def test_pdf_lists_keep_their_lines(tmp_path: Path) -> None:
    print_article(
        tmp_path / "a.pdf",
        ["It carries:", "- four lanes of traffic", "- two tram lines", SENTENCES[0].strip()],
    )
    assert (
        "It carries:\n\n- four lanes of traffic\n- two tram lines\n\nThe new bridge"
        in read_one(tmp_path / "a.pdf").text
    )


def test_pdf_years_alone_on_a_line_are_kept(tmp_path: Path) -> None:
    print_article(tmp_path / "a.pdf", [SENTENCES[0].strip(), "2015"])
    assert read_one(tmp_path / "a.pdf").text.endswith("2015")


def test_encrypted_pdf_is_refused_unless_it_opens_for_all(tmp_path: Path) -> None:
    print_article(tmp_path / "a.pdf", ["".join(SENTENCES)])
    for name, password in (("locked.pdf", "secret"), ("open.pdf", "")):
        writer = PdfWriter(clone_from=tmp_path / "a.pdf")
        writer.encrypt(password, "owner", algorithm="RC4-128")
        writer.write(tmp_path / name)
    assert "is encrypted" in refusal(tmp_path / "locked.pdf")
    assert "40 million" in read_one(tmp_path / "open.pdf").text


def test_scanned_pdf_is_refused(tmp_path: Path) -> None:
    pdf = FPDF()
    pdf.add_page()
    pdf.rect(10, 10, 50, 50, style="F")
    pdf.output(str(tmp_path / "a.pdf"))
    assert "has no text, only images" in refusal(tmp_path / "a.pdf")


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"%PDF-1.7\n",
        b"PK\x03\x04",
        b"%PDF-1.4\n1 0 obj\n<</Pages 1 0 R>>\nendobj\ntrailer<</Root 1 0 R>>",
    ],
)
def test_damaged_pdf_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(data)
    assert "damaged" in refusal(tmp_path / "a.pdf") or "no text" in refusal(tmp_path / "a.pdf")


def test_cut_pdf_is_read_or_refused_quietly(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    print_article(tmp_path / "a.pdf", ["".join(SENTENCES)] * 3)
    whole = (tmp_path / "a.pdf").read_bytes()
    for share in range(1, 10):
        (tmp_path / "cut.pdf").write_bytes(whole[: len(whole) * share // 10])
        with contextlib.suppress(BadDocument):
            assert read_one(tmp_path / "cut.pdf").text
    assert capfd.readouterr() == ("", "")


# -- Word


@pytest.mark.parametrize(
    ("style", "bold"), [("Light Grid Accent 1", False), ("Table Grid", True), ("Table Grid", False)]
)
def test_a_table_of_words_has_heads_where_the_first_row_is_set_off(
    tmp_path: Path, style: str, bold: bool
) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3, style=style)
    words = [["Town", "Mayor", "Party"], ["Harlow", "Edith Brannock", "Greens"], ["", "Una Farrow", "Labour"]]
    for row, texts in zip(table.rows, words, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.paragraphs[0].add_run(text).bold = bold and texts[0] == "Town"
    table.cell(1, 0).merge(table.cell(2, 0))
    document.save(str(tmp_path / "a.docx"))
    text = read_one(tmp_path / "a.docx").text
    headed = (
        "Town: Harlow; Mayor: Edith Brannock; Party: Greens\nTown: Harlow; Mayor: Una Farrow; Party: Labour"
    )
    plain = "Town | Mayor | Party\nHarlow | Edith Brannock | Greens\nUna Farrow | Labour"
    assert text == (headed if bold or style != "Table Grid" else plain)


def test_a_row_that_begins_further_right_and_a_mark_that_is_none_lose_no_table(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3, style="Light List")
    for row, texts in zip(table.rows, ("Town 2010 2020", "Harlow 9034 8120", "none 845 802"), strict=True):
        for cell, text in zip(row.cells, texts.split(), strict=True):
            cell.text = text
    last = table.rows[2]._tr
    last.remove(last.tc_lst[0])
    last.get_or_add_trPr().append(parse_xml(f'<w:gridBefore {nsdecls("w")} w:val="1"/>'))
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    look.attrib.clear()
    look.set(qn("w:val"), "unknown")
    document.save(str(tmp_path / "a.docx"))
    assert read_one(tmp_path / "a.docx").text == "Town: Harlow; 2010: 9034; 2020: 8120\n2010: 845; 2020: 802"


def test_docx_keeps_paragraphs_lists_and_tables_in_order(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_heading("Bridge opens after ten years", 0)
    document.add_paragraph(SENTENCES[0])
    document.add_paragraph("Four lanes", style="List Bullet")
    document.add_paragraph("Two tram lines", style="List Bullet")
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip(
        table._cells, ("Year", "Cost", "Note", "2015", "30", "more\nthan planned"), strict=True
    ):
        cell.text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    document.add_paragraph("Published July 27, 2017")
    document.add_paragraph(SENTENCES[1])
    document.save(str(tmp_path / "a.docx"))
    article = read_one(tmp_path / "a.docx")
    assert article.title == "Bridge opens after ten years"
    assert article.text == (
        f"Bridge opens after ten years\n\n{SENTENCES[0].strip()}\n\n- Four lanes\n- Two tram lines\n\n"
        f"Year | Cost Note\n2015 | 30 | more than planned\n\nPublished July 27, 2017\n\n{SENTENCES[1].strip()}"
    )


def test_docx_title_is_its_property_and_its_creation_date_is_no_publication(tmp_path: Path) -> None:
    document = docx.Document()
    document.core_properties.title = "Bridge report"
    document.add_paragraph(SENTENCES[0])
    document.save(str(tmp_path / "a.docx"))
    assert (read_one(tmp_path / "a.docx").title, read_one(tmp_path / "a.docx").published) == (
        "Bridge report",
        None,
    )


def paragraph_xml(inner: str) -> Any:
    return parse_xml(f"<w:p {nsdecls('w')}>{inner}</w:p>")


def test_docx_shows_the_final_text_of_tracked_changes(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("x")._p.addnext(
        paragraph_xml(
            "<w:r><w:t>It cost </w:t></w:r>"
            '<w:del w:id="1" w:author="a"><w:r><w:delText>30</w:delText></w:r></w:del>'
            '<w:ins w:id="2" w:author="a"><w:r><w:t>40</w:t></w:r></w:ins>'
            "<w:r><w:t> million.</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>Ignore this.</w:t></w:r>"
        )
    )
    inner = "<w:p><w:r><w:t>In a control.</w:t></w:r></w:p>"
    control = f"<w:sdt {nsdecls('w')}><w:sdtContent>{inner}</w:sdtContent></w:sdt>"
    document.element.body.insert(0, parse_xml(control))
    document.save(str(tmp_path / "a.docx"))
    assert read_one(tmp_path / "a.docx").text == "In a control.\n\nx\n\nIt cost 40 million."


def test_docx_notes_stand_where_they_are_referred_to(tmp_path: Path) -> None:
    document = docx.Document()
    for kind, number, words in (
        ("footnote", 2, "The vote was 7 to 2."),
        ("endnote", 1, "Minutes, page 318."),
    ):
        document.element.body.insert(
            0,
            paragraph_xml(f'<w:r><w:t>It closed.</w:t></w:r><w:r><w:{kind}Reference w:id="{number}"/></w:r>'),
        )
        notes = f"<w:{kind}s {nsdecls('w')}>" + "".join(
            f'<w:{kind} w:id="{each}"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:{kind}>'
            for each, text in ((0, ""), (number, words))
        )
        part = Part(PackURI(f"/word/{kind}s.xml"), "application/xml", f"{notes}</w:{kind}s>".encode())
        document.part.relate_to(
            part, f"http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}s"
        )
    document.save(str(tmp_path / "a.docx"))
    assert (
        read_one(tmp_path / "a.docx").text
        == "It closed. [Minutes, page 318.]\n\nIt closed. [The vote was 7 to 2.]"
    )


def test_what_is_no_docx_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.docx"
    for data in (b"hello", b"PK\x03\x04broken"):
        file.write_bytes(data)
        assert "not a Word file" in refusal(file)
    file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert "encrypted or an old .doc" in refusal(file)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("readme.txt", "no document here")
    file.write_bytes(packed.getvalue())
    assert "not a Word file" in refusal(file)
    docx.Document().save(str(file))
    assert "holds no words" in refusal(file)


def test_cut_docx_is_refused(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("".join(SENTENCES))
    document.save(str(tmp_path / "a.docx"))
    whole = (tmp_path / "a.docx").read_bytes()
    for share in (3, 6, 9):
        (tmp_path / "cut.docx").write_bytes(whole[: len(whole) * share // 10])
        refusal(tmp_path / "cut.docx")
