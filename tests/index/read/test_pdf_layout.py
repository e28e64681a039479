"""PDFs whose lines stand in columns, in tables, without spaces or twice; and on which page words are."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfWriter

from index.errors import BadDocument
from index.pages import page, place
from index.read import read
from index.types import Article

LEFT = (
    "The council of Tarn voted on Monday to close",
    "the old swimming hall by the river, which was",
    "opened in 1962 and loses heat through its roof.",
    "Repairs would cost four million, said the chair",
    "of the council, more than a new hall in the park.",
)
RIGHT = (
    "Swimmers had gathered on the steps before the",
    "vote and sang. Their speaker, Ines Okafor, said",
    "that nine schools teach swimming in the hall and",
    "that no bus goes to the park in the evening. The",
    "hall will close at the end of the summer.",
)
TALL = ("A decision on the slide is", "to follow.")


def placed(path: Path, items: Sequence[tuple[float, float, str]], size: float = 10) -> Article:
    """The article in a PDF with each text drawn at its place, in that order."""
    pdf = FPDF(unit="pt")
    pdf.add_page()
    pdf.set_font("helvetica", size=size)
    for x, y, text in items:
        pdf.text(x, y, text)
    pdf.output(str(path))
    return one(path)


def one(path: Path) -> Article:
    (article,) = read(path)
    return article


def in_rows(*columns: Sequence[str], at: Sequence[float]) -> list[tuple[float, float, str]]:
    rows = max(map(len, columns))
    return [
        (x, 100 + 13 * n, column[n])
        for n in range(rows)
        for x, column in zip(at, columns, strict=True)
        if n < len(column)
    ]


def test_columns_drawn_row_by_row_are_read_one_after_the_other(tmp_path: Path) -> None:
    title = [(60.0, 60.0, "Swimming hall to close in the autumn")]
    text = placed(tmp_path / "a.pdf", title + in_rows(LEFT, RIGHT, at=(60, 320))).text
    assert " ".join((*LEFT, *RIGHT)) in " ".join(text.split())


def test_the_column_that_goes_on_alone_is_kept_together(tmp_path: Path) -> None:
    text = placed(tmp_path / "a.pdf", in_rows((*LEFT, *TALL), RIGHT, at=(60, 320))).text
    assert " ".join((*LEFT, *TALL, *RIGHT)) in " ".join(text.split())


def test_a_box_of_figures_beside_the_text_does_not_break_its_sentences(tmp_path: Path) -> None:
    box = ("The hall in figures", "built 1962", "9 schools", "4 million")
    text = placed(tmp_path / "a.pdf", in_rows(LEFT, box, at=(60, 380))).text
    assert " ".join((*LEFT, *box)) in " ".join(text.split())


def test_three_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    columns = [[f"{word} line {n} of the text" for n in range(6)] for word in ("first", "second", "third")]
    text = " ".join(placed(tmp_path / "a.pdf", in_rows(*columns, at=(50, 220, 390))).text.split())
    assert text == " ".join(" ".join(column) for column in columns)


def test_a_head_of_two_lines_over_figures_stands_before_each_cell(tmp_path: Path) -> None:
    columns = (
        (60, ("", "Ferry", "Aurora", "Borealis")),
        (200, ("Cars", "carried", "35,120", "28,004")),
        (300, ("Days at", "sea", "201", "188")),
    )
    cells = [(float(x), 100 + 14.0 * n, t) for n in range(4) for x, column in columns if (t := column[n])]
    assert placed(tmp_path / "a.pdf", cells).text == (
        "Ferry: Aurora; Cars carried: 35,120; Days at sea: 201\nFerry: Borealis; Cars carried: 28,004; Days at sea: 188"
    )


def test_tables_keep_their_rows(tmp_path: Path) -> None:
    town, rain, year = ("Town", "Oslo", "Port Anselm"), ("Rain", "7 mm", "12 mm"), ("Year", "2019", "2020")
    text = placed(tmp_path / "a.pdf", in_rows(town, rain, year, at=(60, 200, 300))).text
    assert text == "Town: Oslo; Rain: 7 mm; Year: 2019\nTown: Port Anselm; Rain: 12 mm; Year: 2020"


def test_marks_of_a_list_are_no_column(tmp_path: Path) -> None:
    items = in_rows(("1.", "2.", "3."), ("Open the hall", "Mend the roof", "Sell the land"), at=(60, 85))
    assert placed(tmp_path / "a.pdf", items).text == "1. Open the hall\n2. Mend the roof\n3. Sell the land"


def test_a_line_with_a_date_at_the_margin_is_no_table(tmp_path: Path) -> None:
    items = [
        (60.0, 60.0, "Daily News"),
        (400.0, 60.0, "2021"),
        *((60.0, 120.0 + 13 * n, t) for n, t in enumerate(LEFT)),
    ]
    assert "|" not in placed(tmp_path / "a.pdf", items).text


def test_words_and_letters_set_one_by_one_get_their_spaces(tmp_path: Path) -> None:
    pdf = FPDF(unit="pt")
    pdf.add_page()
    pdf.set_font("times", size=11)
    for n, line in enumerate(LEFT):
        x = 60.0
        for part in line.split() if n % 2 else line:
            if part.strip():
                pdf.text(x, 100 + 13 * n, part)
            x += pdf.get_string_width(part + (" " if n % 2 else ""))
    pdf.output(str(tmp_path / "a.pdf"))
    assert " ".join(one(tmp_path / "a.pdf").text.split()) == " ".join(LEFT)


@pytest.mark.parametrize("shift", [0.0, 0.2, 0.5])
def test_letters_drawn_again_to_look_bold_count_once(tmp_path: Path, shift: float) -> None:
    once = [(60.0, 100.0 + 13 * n, text) for n, text in enumerate(LEFT)]
    again = [(x + shift, y, text) for x, y, text in once]
    mixed = [item for pair in zip(once, again, strict=True) for item in pair]
    assert " ".join(placed(tmp_path / "a.pdf", once + again).text.split()) == " ".join(LEFT)
    assert " ".join(placed(tmp_path / "b.pdf", mixed).text.split()) == " ".join(LEFT)


def test_text_beside_the_page_is_left_out_and_a_turned_page_is_read(tmp_path: Path) -> None:
    pdf = FPDF(unit="pt")
    pdf.add_page()
    pdf.set_font("helvetica", size=10)
    for n, line in enumerate(LEFT):
        pdf.text(100, 100 + 13 * n, line)
    with pdf.rotation(90, 20, 500):
        pdf.text(20, 500, "stamped at the side")
    pdf.output(str(tmp_path / "a.pdf"))
    assert " ".join(one(tmp_path / "a.pdf").text.split()) == " ".join(LEFT)
    pdf = FPDF(unit="pt")
    pdf.add_page()
    pdf.set_font("helvetica", size=10)
    with pdf.rotation(90, 200, 500):
        for n, line in enumerate(LEFT):
            pdf.text(200, 500 + 13 * n, line)
    pdf.output(str(tmp_path / "b.pdf"))
    assert " ".join(one(tmp_path / "b.pdf").text.split()) == " ".join(LEFT)


def test_a_page_that_is_there_twice_is_kept_once(tmp_path: Path) -> None:
    print_pages(tmp_path / "a.pdf", LEFT, LEFT)
    assert " ".join(one(tmp_path / "a.pdf").text.split()) == " ".join(LEFT)


def test_letters_that_are_alike_are_kept(tmp_path: Path) -> None:
    letters = [
        ("Dear Ms " + name, *LEFT, f"Your bill is {bill} crowns.")
        for name, bill in (("Holm", 40), ("Oduya", 75))
    ]
    print_pages(tmp_path / "a.pdf", *letters)
    text = one(tmp_path / "a.pdf").text
    assert "40 crowns" in text
    assert "75 crowns" in text
    assert text.count("voted on Monday") == 2


@pytest.mark.parametrize("algorithm", ["RC4-40", "RC4-128", "AES-128", "AES-256"])
def test_what_is_locked_against_editing_opens(tmp_path: Path, algorithm: str) -> None:
    print_pages(tmp_path / "a.pdf", LEFT)
    for name, password in (("open.pdf", ""), ("locked.pdf", "secret")):
        writer = PdfWriter(clone_from=tmp_path / "a.pdf")
        writer.encrypt(password, "owner", algorithm=algorithm)
        writer.write(tmp_path / name)
    assert one(tmp_path / "open.pdf").text == one(tmp_path / "a.pdf").text
    with pytest.raises(BadDocument, match="is encrypted: save a copy of it without a password"):
        read(tmp_path / "locked.pdf")


def print_pages(path: Path, *pages: Sequence[str]) -> None:
    pdf = FPDF(unit="pt")
    pdf.set_font("helvetica", size=10)
    for lines in pages:
        pdf.add_page()
        for n, line in enumerate(lines):
            pdf.text(60, 100 + 13 * n, line)
    pdf.output(str(path))


def test_the_page_of_each_word_is_known(tmp_path: Path) -> None:
    print_pages(tmp_path / "a.pdf", LEFT, (), RIGHT, TALL)
    article = one(tmp_path / "a.pdf")
    for words, number in (("council of Tarn", 1), ("Ines Okafor", 3), ("slide", 4)):
        assert page(article, article.text.index(words)) == number
    assert len(article.pages) == 4
    start, end = article.text.index("end of the summer"), article.text.index("decision")
    assert place(article, start, end) == "pp. 3–4"


def test_a_word_broken_over_two_pages_is_on_both(tmp_path: Path) -> None:
    print_pages(
        tmp_path / "a.pdf",
        (*LEFT[:4], "and of the whole coun-"),
        ("cil, whose members stood by the vote of Monday.",),
    )
    article = one(tmp_path / "a.pdf")
    at = article.text.index("whole council") + len("whole ")
    assert place(article, at, at + len("council")) == "pp. 1–2"
