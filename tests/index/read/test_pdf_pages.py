"""PDFs as printers and typesetters leave them: running heads, turned pages, and fonts that don't say their letters."""

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path

import pytest
from fpdf import FPDF
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject

from index.read import read

STORY = (
    "The borough of Quill voted on Monday to sell the",
    "swimming pool at Marl Park to a company from Jutland,",
    "which owns eleven others. Mayor Ada Finch said that",
    "the roof would cost three million to mend, and that",
    "the town had one. The clubs will swim in Bramley from",
    "autumn on, and whoever has bought a ticket for the",
    "season is paid back. The coach, Tom Arless, read of it",
    "in a newsletter, and says that he will leave the town",
)
HEADS = {
    "in turn": ("Marl Park", "THE QUILL ECHO", "Marl Park", "THE QUILL ECHO"),
    "of chapters": ("The roof 1", "The roof 2", "The sale 3", "The sale 4"),
    "of chapters in the text": ("The Quill Echo", "The Quill Echo", "Tickets", "The Quill Echo"),
}
FEET = {
    "roman": ("i", "ii", "iii", "iv"),
    "capital": ("VI", "VII", "VIII", "IX"),
    "of a preface": ("i", "ii", "1", "2"),
    "dashed": ("- 1 -", "- 2 -", "- 3 -", "- 4 -"),
}
NAMES = {"ff": "\xa0", "fi": "\xa1", "fl": "\xa2", "ffi": "\xa3", "ffl": "\xa4"}


def text_of(path: Path) -> str:
    (article,) = read(path)
    return " ".join(article.text.split())


def printed(path: Path, heads: Sequence[str], feet: Sequence[str]) -> None:
    """Pages of two lines of the story each, with a head above and a foot below."""
    pdf = FPDF(unit="pt")
    pdf.set_font("helvetica", size=10)
    for n, head, foot in zip(count(), heads, feet, strict=False):
        pdf.add_page()
        pdf.text(60, 40, head)
        if head == "Tickets":
            pdf.text(60, 80, head)
        for line, words in enumerate(STORY[2 * n : 2 * n + 2]):
            pdf.text(60, 100 + 13 * line, words)
        pdf.text(300, 800, foot)
    pdf.output(str(path))


@pytest.mark.parametrize("heads", HEADS.values(), ids=HEADS)
@pytest.mark.parametrize("feet", FEET.values(), ids=FEET)
def test_running_heads_and_page_numbers_stand_in_no_sentence(
    tmp_path: Path, heads: Sequence[str], feet: Sequence[str]
) -> None:
    printed(tmp_path / "a.pdf", heads, feet)
    assert text_of(tmp_path / "a.pdf").replace("Tickets ", "", 1) == " ".join(STORY)


@pytest.mark.parametrize(
    "said",
    [
        ("The sale", "The sale", "The coach", "The clubs"),
        ("Initialled: Finch", "Initialled: Finch", "Initialled: Finch", "Signed: Ada Finch, mayor"),
        ("Monday 3 May", "Tuesday 4 May", "Monday 10 May", "Tuesday 11 May"),
    ],
)
def test_what_only_one_page_says_where_others_have_a_running_head_stays(
    tmp_path: Path, said: tuple[str, ...]
) -> None:
    printed(tmp_path / "a.pdf", said, ("",) * 4)
    printed(tmp_path / "b.pdf", ("",) * 4, said)
    once = [each for each in said if said.count(each) == 1]
    assert once == [
        each for each in once if each in text_of(tmp_path / "a.pdf") and each in text_of(tmp_path / "b.pdf")
    ]


def test_headings_of_pages_that_differ_are_kept(tmp_path: Path) -> None:
    titles = ("The roof", "The sale", "The coach", "The clubs")
    printed(tmp_path / "a.pdf", titles, ("",) * 4)
    assert all(title in text_of(tmp_path / "a.pdf") for title in titles)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("drawn", [0, 90, 180, 270])
def test_a_turned_page_is_read_from_its_first_line_on(tmp_path: Path, turn: int, drawn: int) -> None:
    pdf = FPDF(unit="pt", format=(600, 600))
    pdf.add_page()
    pdf.set_font("helvetica", size=10)
    with pdf.rotation(drawn, 300, 300):
        for n, line in enumerate(STORY):
            pdf.text(60, 100 + 13 * n, line)
    pdf.output(str(tmp_path / "a.pdf"))
    writer = PdfWriter(clone_from=tmp_path / "a.pdf")
    writer.pages[0].rotate(turn)
    writer.write(tmp_path / "b.pdf")
    assert text_of(tmp_path / "b.pdf") == " ".join(STORY)


def test_a_page_drawn_from_its_foot_on_is_read_from_its_head_on(tmp_path: Path) -> None:
    pdf = FPDF(unit="pt")
    pdf.add_page()
    pdf.set_font("helvetica", size=10)
    for n, line in reversed(list(enumerate(STORY))):
        pdf.text(60, 100 + 13 * n, line)
    pdf.output(str(tmp_path / "a.pdf"))
    assert text_of(tmp_path / "a.pdf") == " ".join(STORY)


LOST = (
    "The o{ffi}ce con{fi}rmed that the bene{fi}t was su{ffi}cient.",
    "The {fi}rst {fi}ve {fl}ights di{ff}ered, and the ba{ffl}ed sta{ff} {fl}ew home.",
    "In Hu{ff} town, a river mouth, the river was calm. Hu{ff} lies by the sea.",
)


def typeset(
    path: Path, codes: Mapping[str, str], letters: Mapping[str, int] | None, names: str = "{}"
) -> None:
    """The lines in a font that draws ligatures for these codes, and says for them `letters` where they are given."""
    pdf = FPDF(unit="pt")
    pdf.add_page()
    pdf.set_font("helvetica", size=10)
    for n, line in enumerate(LOST):
        pdf.text(60, 100 + 13 * n, line.format(**{name: f"~{i}" for i, name in enumerate(NAMES)}))
    pdf.set_compression(False)
    pdf.output(str(path))
    writer = PdfWriter(clone_from=PdfReader(path))
    page = writer.pages[0]
    contents = page.get_contents()
    assert contents is not None
    data = contents.get_data()
    for i, name in enumerate(NAMES):
        data = data.replace(f"~{i}".encode(), b"\\%03o" % ord(codes[name]))
    stream = DecodedStreamObject()
    stream.set_data(data)
    page[NameObject("/Contents")] = writer._add_object(stream)
    font = page["/Resources"]["/Font"]["/F1"].get_object()  # type: ignore[index]
    differences = ArrayObject()
    for name, code in codes.items():
        differences += [NumberObject(ord(code)), NameObject("/" + names.format(name))]
    font[NameObject("/Encoding")] = DictionaryObject({NameObject("/Differences"): differences})
    if letters is not None:
        said = "".join(f"<{ord(code):02x}> <{letters[name]:04x}>\n" for name, code in codes.items())
        table = DecodedStreamObject()
        table.set_data(
            b"begincmap 1 begincodespacerange <00> <ff> endcodespacerange\n"
            + f"{len(codes)} beginbfchar\n{said}endbfchar endcmap".encode()
        )
        font[NameObject("/ToUnicode")] = writer._add_object(table)
    writer.write(path)


TEX = dict(zip(NAMES, "\x0b\x0c\x0d\x0e\x0f", strict=True))
NEWER = dict(zip(NAMES, "\x1b\x1c\x1d\x1e\x1f", strict=True))
FONTS = {
    "names": (NAMES, None, "{}"),
    "ligatures": (NAMES, dict(zip(NAMES, range(0xFB00, 0xFB05), strict=True)), "g{}"),
    "tex": (TEX, {name: ord(code) for name, code in TEX.items()}, "W"),
    "newer tex": (NEWER, {name: ord(code) for name, code in NEWER.items()}, "W"),
}
WHOLE = " ".join(LOST).format(**{name: name for name in NAMES})


@pytest.mark.parametrize("font", FONTS.values(), ids=FONTS)
def test_ligatures_that_the_font_says_are_letters(
    tmp_path: Path, font: tuple[Mapping[str, str], Mapping[str, int] | None, str]
) -> None:
    typeset(tmp_path / "a.pdf", *font)
    assert text_of(tmp_path / "a.pdf") == WHOLE


def test_the_end_of_a_line_that_a_program_left_in_is_no_ligature(tmp_path: Path) -> None:
    pdf = FPDF(unit="pt")
    pdf.add_page()
    pdf.set_font("helvetica", size=10)
    pdf.text(60, 100, "It rained all day~")
    pdf.text(60, 113, "and night~ Then it stopped.")
    pdf.set_compression(False)
    pdf.output(str(tmp_path / "a.pdf"))
    data = (tmp_path / "a.pdf").read_bytes()
    (tmp_path / "a.pdf").write_bytes(data.replace(b"day~", b"day\x0c").replace(b"night~", b"night\x1d"))
    assert text_of(tmp_path / "a.pdf") == "It rained all day and night Then it stopped."


@pytest.mark.parametrize("letter", [None, 0, 0xFFFD, 0xE010])
def test_ligatures_that_no_font_says_are_told_by_plain_words(tmp_path: Path, letter: int | None) -> None:
    letters = None if letter is None else dict.fromkeys(NAMES, letter)
    typeset(tmp_path / "a.pdf", NAMES, letters, "g{}")
    words = text_of(tmp_path / "a.pdf")
    assert words.startswith(WHOLE.partition("In Huff")[0])
    assert "Huff" not in words  # a name may be any: nothing is guessed
