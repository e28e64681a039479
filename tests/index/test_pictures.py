"""Pages of a PDF as pictures: the marks lie on the cited words and on nothing else, and no file can do harm by it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fpdf import FPDF
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import RectangleObject

from index import Library
from index.config import Config
from index.errors import BadDocument
from index.pages import page as page_of
from index.pictures import File, Pictures, is_there
from index.read.budget import Reader
from index.types import Article, PagePicture
from tests.conftest import BagOfWords
from tests.index.read.test_pdf_layout import LEFT, RIGHT, in_rows
from tests.index.read.test_read_budget import parser
from tests.index.read.test_scans import drawn, scan

Item = tuple[float, float, str]
BROKEN = (
    "The ferry to Tarn carried fewer passengers in the",
    "winter than in any year before. *Its disappear-*",
    "*ance from the timetable was an afterthought,* said",
    "the harbour master, and nobody complained of it.",
    "*Southern*",
)
BESIDE = (
    "A second column stands beside the first one and",
    "talks of bridges. Its disappearance was never an",
    "issue in the council, whose members come by car",
    "and who have not used the ferry for many years.",
    "The end of the column is reached on this line.",
)
ROWS = (
    (60.0, "Channel", "Depth"),
    (60.0, "Northern", "6.1 m"),
    (60.0, "Inner", "3.0 m"),
    (60.0, "*Southern*", "*8.8 m*"),
)
QUOTE = "Its disappearance from the timetable was an afterthought,"


def written(path: Path, *pages: Sequence[Item], turned: bool = False) -> Path:
    """A PDF with each text at its place; what stands between stars is red."""
    pdf = FPDF(unit="pt")
    for items in pages:
        pdf.add_page()
        pdf.set_font("times", size=10)
        for x, y, text in items:
            with pdf.rotation(90, 200, 500) if turned else pdf.local_context():
                for n, part in enumerate(text.split("*")):
                    pdf.set_text_color(220 * (n % 2), 0, 0)
                    pdf.text(x, y, part)
                    x += pdf.get_string_width(part)
    pdf.output(str(path))
    return path


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "library", embedder=BagOfWords(), create=True) as made:
        yield made


@pytest.fixture
def show(library: Library) -> Callable[..., PagePicture]:
    """Adds a PDF and draws the page on which some words of it begin."""

    def run(path: Path, quote: str, number: int | None = None, nth: int = 0) -> PagePicture:
        library.add([path])
        [article] = [each for each in library.articles() if each.source == str(path)]
        at = -1
        for _ in range(nth + 1):
            at = article.text.index(quote, at + 1)
        return library.page_picture(article.id, number or page_of(article, at) or 0, [(at, at + len(quote))])

    return run


def is_exact(made: PagePicture) -> bool:
    """Whether the marks cover the red words, but for the tail of a comma, and no others."""
    image = np.asarray(Image.open(io.BytesIO(made.png)).convert("RGB")).astype(int)
    assert image.shape == (made.height, made.width, 3)
    covered = np.zeros(image.shape[:2], dtype=bool)
    for m in made.marks:
        top, bottom, left, right = (
            m.top * made.height,
            m.bottom * made.height,
            m.left * made.width,
            m.right * made.width,
        )
        covered[round(top) : round(bottom), round(left) : round(right)] = True
    red, black = (image[..., 0] > 150) & (image[..., 1] < 90), image[..., 0] < 90
    assert red.sum() > 500
    return bool((red & covered).sum() > 0.97 * red.sum() and (black & covered).sum() < 0.02 * red.sum())


def test_a_quotation_broken_by_a_hyphen_is_marked_in_its_column(show: Any, tmp_path: Path) -> None:
    text = (*BROKEN[:4], BROKEN[4].strip("*"))
    one_after_the_other = [(60.0, 100 + 13.0 * n, t) for n, t in enumerate(text)]
    one_after_the_other += [(320.0, 100 + 13.0 * n, t) for n, t in enumerate(BESIDE)]
    for name, items in (("a", one_after_the_other), ("b", in_rows(text, BESIDE, at=(60, 320)))):
        made = show(written(tmp_path / f"{name}.pdf", items), QUOTE)
        assert (made.number, made.pages, len(made.marks), made.note) == (1, 1, 2, "")
        assert max(made.width, made.height) == 2000
        assert is_exact(made)


def test_a_row_of_a_table_is_marked_cell_by_cell(show: Any, tmp_path: Path) -> None:
    prose = [(60.0, 100 + 13.0 * n, t) for n, t in enumerate(LEFT)]
    rows = [
        (x, 300 + 14.0 * n, t)
        for n, (at, *cells) in enumerate(ROWS)
        for x, t in zip((at, 260.0), cells, strict=True)
    ]
    made = show(written(tmp_path / "a.pdf", prose + rows), "Channel: Southern; Depth: 8.8 m")
    assert len(made.marks) == 2
    assert is_exact(made)


def test_of_words_that_stand_twice_the_cited_ones_are_marked(show: Any, tmp_path: Path) -> None:
    lines = ("The hall will close in May.", "*The hall will close in May.*", "Nobody asked why.")
    path = written(tmp_path / "a.pdf", [(60.0, 100 + 40.0 * n, t) for n, t in enumerate(lines)])
    assert is_exact(show(path, "The hall will close in May.", nth=1))
    assert not is_exact(show(path, "The hall will close in May.", nth=0))


@pytest.mark.parametrize("quarter", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [False, True])
def test_marks_lie_right_on_pages_turned_and_cropped(
    show: Any, tmp_path: Path, quarter: int, crop: bool
) -> None:
    lines = [(60.0, 100 + 13.0 * n, t) for n, t in enumerate(("*Its roof leaks in the rain.*", *LEFT))]
    writer = PdfWriter(clone_from=written(tmp_path / "upright.pdf", lines))
    for each in writer.pages:
        if crop:
            each.mediabox = RectangleObject((-100, -50, 595, 842))
            each.cropbox = RectangleObject((30, 200, 500, 800))
        each.rotate(quarter)
    writer.write(tmp_path / "a.pdf")
    made = show(tmp_path / "a.pdf", "Its roof leaks in the rain.")
    assert is_exact(made)
    assert (made.width > made.height) == (quarter in (90, 270))


def test_marks_lie_right_where_lines_run_upwards(show: Any, tmp_path: Path) -> None:
    lines = [(200.0, 500 + 13.0 * n, t) for n, t in enumerate((*LEFT, "*Its roof leaks in the rain.*"))]
    assert is_exact(show(written(tmp_path / "a.pdf", lines, turned=True), "Its roof leaks in the rain."))


def test_a_quotation_over_two_pages_is_marked_on_each(show: Any, tmp_path: Path) -> None:
    first = [
        (60.0, 100 + 13.0 * n, t) for n, t in enumerate((*LEFT[:4], "*of the whole island, and for many*"))
    ]
    second = [(60.0, 100 + 13.0 * n, t) for n, t in enumerate(("*years so, said the mayor.*", *RIGHT[1:]))]
    path = written(tmp_path / "a.pdf", first, second, [(60, 100, "The last page says little.")])
    quote = "of the whole island, and for many years so, said the mayor."
    assert all(is_exact(show(path, quote, number)) for number in (1, 2))
    other = show(path, quote, 3)
    assert (other.marks, other.note) == ((), "")


def test_a_scan_is_shown_without_marks(tmp_path: Path) -> None:
    path = scan(tmp_path / "a.pdf", drawn(tmp_path, "The mill was sold on Friday."))
    article = Article("1", "Mill", "The mill was sold on Friday.", pages=(0,), ocr=True)
    file = File(str(path), hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    made = Pictures(60, 2048).picture(article, file, 1, [(0, 8)])
    assert (made.marks, made.note) == ((), "This page is an image: no words can be marked on it.")
    assert Image.open(io.BytesIO(made.png)).height == 2000


def test_what_is_no_such_page_is_said_in_a_line_without_the_folder(library: Library, tmp_path: Path) -> None:
    path = written(tmp_path / "report.pdf", [(60, 100, "The hall will close in May.")])
    (tmp_path / "note.txt").write_text("The hall will close in June.")
    library.add([path, tmp_path / "note.txt"])
    ids = {Path(each.source).name: each.id for each in library.articles()}
    id, other = ids["report.pdf"], ids["note.txt"]
    assert (library.shows_pages(id), library.shows_pages(other), library.shows_pages("none")) == (
        True,
        False,
        False,
    )

    def why(id: str, number: int = 1) -> str:
        with pytest.raises(BadDocument) as refused:
            library.page_picture(id, number)
        assert str(tmp_path) not in str(refused.value)
        return str(refused.value)

    assert why(id, 2) == "report.pdf: has no page 2, but pages 1 to 1"
    assert why(id, 0) == "report.pdf: has no page 0, but pages 1 to 1"
    assert "isn't from a PDF" in why(other)
    with pytest.raises(KeyError):
        library.page_picture("none", 1)
    assert library.page_picture(id, 1).pages == 1
    path.write_bytes(path.read_bytes().replace(b"%PDF-1.3", b"%PDF-1.4"))
    assert why(id) == "report.pdf: has changed since it was added: add it again"
    path.unlink()
    assert why(id) == "report.pdf: no such file"
    assert not library.shows_pages(id)
    secret = tmp_path / "secret.pdf"
    written(secret, [(60, 100, "Nobody may read this.")])
    path.symlink_to(secret)
    assert why(id) == "report.pdf: has changed since it was added: add it again"


def test_a_page_is_drawn_once(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library.add([written(tmp_path / "a.pdf", [(60, 100, "The hall will close in May.")])])
    [article] = library.articles()
    marked = library.page_picture(article.id, 1, [(0, 8)])
    monkeypatch.setattr(Reader, "picture", lambda *_: pytest.fail("was drawn again"))
    again = library.page_picture(article.id, 1)
    assert (again.png, again.marks) == (marked.png, ())
    assert library.page_picture(article.id, 1, [(0, 8)]) == marked


def test_what_hangs_or_crashes_while_it_is_drawn_costs_that_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "a.pdf", [(60, 100, "The hall will close in May.")])
    config = Config(read_seconds=2)
    with Library.open(tmp_path / "lib", embedder=BagOfWords(), create=True, config=config) as library:
        library.add([path])
        [article] = library.articles()
        with monkeypatch.context() as patch:
            parser(patch, tmp_path / "slow", "time.sleep(600)")
            with pytest.raises(BadDocument, match="too heavy to read: took more than 2 s"):
                library.page_picture(article.id, 1)
            parser(patch, tmp_path / "bad", "os.kill(os.getpid(), signal.SIGSEGV)")
            with pytest.raises(BadDocument, match="crashes what reads it"):
                library.page_picture(article.id, 1)
        assert library.page_picture(article.id, 1, [(0, 8)]).marks


def test_a_page_of_any_size_is_drawn_small(show: Any, tmp_path: Path) -> None:
    for name, side in (("a", 14_000), ("b", 150)):
        pdf = FPDF(unit="pt", format=(side, side))
        pdf.add_page()
        pdf.set_font("times", size=10)
        pdf.text(20, 20, "The hall will close.")
        pdf.output(str(tmp_path / f"{name}.pdf"))
        assert show(tmp_path / f"{name}.pdf", "The hall").width == {"a": 2000, "b": 600}[name]


def test_only_what_lies_there_is_offered(tmp_path: Path) -> None:
    path = written(tmp_path / "a.PDF", [(60, 100, "The hall will close.")])
    file = File(str(path), "", path.stat().st_size)
    assert is_there(file)
    assert not is_there(file._replace(size=1))
    assert not is_there(None)
