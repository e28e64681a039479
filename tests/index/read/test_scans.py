"""Words in images: scanned pages and pictures of text are read by OCR, and marked as that."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from fpdf import FPDF
from PIL import Image
from pypdfium2 import PdfDocument

from index.errors import BadDocument
from index.library import Library
from index.pages import place
from index.read import discover, ocr, read
from index.read.pdflines import Line
from index.read.steps import listening

FIRST = (
    "The mill by the river was sold on Friday to a baker from Elm, who will mend its wheel before the winter."
)
SECOND = "The town had owned the mill since 1911, and paid 4,200 crowns a year for its roof."


def drawn(folder: Path, *texts: str) -> list[Image.Image]:
    """Pages of text as images."""
    pdf = FPDF()
    pdf.set_font("times", size=13)
    for text in texts:
        pdf.add_page()
        pdf.multi_cell(0, 7, text)
    pdf.output(str(folder / "drawn.pdf"))
    with PdfDocument(folder / "drawn.pdf") as document:
        images = [page.render(scale=2).to_pil() for page in document]
    (folder / "drawn.pdf").unlink()
    return images


def scan(path: Path, images: list[Image.Image], stamp: str = "", text: str = "") -> Path:
    """A PDF whose pages are images; a `text` is a page of letters before them."""
    pdf = FPDF()
    pdf.set_font("times", size=11)
    if text:
        pdf.add_page()
        pdf.multi_cell(0, 6, text)
    for image in images:
        pdf.add_page()
        pdf.image(image, 0, 0, 210, 297)
        if stamp:
            pdf.text(10, 290, stamp)
    pdf.output(str(path))
    return path


@pytest.fixture
def read_out(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What an OCR that is there reads out, page by page, in place of the real one."""
    said: list[Any] = []
    monkeypatch.setattr(ocr, "available", lambda: True)
    monkeypatch.setattr(ocr, "lines_of", lambda image: [Line(text) for text in said.pop(0)])
    return said


def test_scanned_pages_are_read_and_marked(tmp_path: Path, read_out: list[Any]) -> None:
    images = drawn(tmp_path, FIRST, SECOND)
    read_out += [[FIRST], [SECOND]]
    steps: list[str] = []
    with listening(steps.append):
        (article,) = read(scan(tmp_path / "a.pdf", images, stamp="Scanned by Elm"))
    assert article.text == f"{FIRST}\n\n{SECOND}"
    assert article.ocr
    at = article.text.index("4,200")
    assert place(article, at, at + 5) == "p. 2"
    assert steps == ["page 1 of 2", "page 2 of 2"]


def test_pages_with_letters_are_not_read_again(tmp_path: Path, read_out: list[Any]) -> None:
    read_out += [[SECOND]]
    (article,) = read(scan(tmp_path / "a.pdf", drawn(tmp_path, SECOND), text=FIRST))
    assert article.text.split() == f"{FIRST} {SECOND}".split()
    assert article.ocr
    (article,) = read(scan(tmp_path / "b.pdf", [], text=FIRST))
    assert not article.ocr


def test_each_image_of_a_tiff_is_a_page(tmp_path: Path, read_out: list[Any]) -> None:
    first, second = drawn(tmp_path, FIRST, SECOND)
    first.save(tmp_path / "a.tif", save_all=True, append_images=[second])
    read_out += [[FIRST], [SECOND]]
    (article,) = read(tmp_path / "a.tif")
    assert (len(article.pages), article.ocr) == (2, True)
    assert article.text == f"{FIRST}\n\n{SECOND}"


def test_that_words_were_read_from_images_is_kept(tmp_path: Path, read_out: list[Any], embedder: Any) -> None:
    drawn(tmp_path, FIRST)[0].save(tmp_path / "a.png")
    read_out += [[FIRST]]
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as library:
        assert library.add([tmp_path / "a.png"]).added == 1
        assert [article.ocr for article in library.articles()] == [True]


def test_without_ocr_the_way_to_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr, "available", lambda: False)
    image = drawn(tmp_path, FIRST)
    image[0].save(tmp_path / "a.png")
    scan(tmp_path / "a.pdf", image)
    for name in ("a.png", "a.pdf"):
        with pytest.raises(BadDocument, match=r"pip install 'footnote-qa\[ocr\]'"):
            read(tmp_path / name)
    flaws: list[str] = []
    (article,) = read(scan(tmp_path / "b.pdf", image, text=SECOND), flaws)
    assert article.text.split() == SECOND.split()
    assert flaws == [f"{tmp_path / 'b.pdf'}: 1 of its 2 pages are images without text; {ocr.HOW}"]
    skipped: list[Path] = []
    assert tmp_path / "a.png" not in discover([tmp_path], skipped=lambda path, why: skipped.append(path))
    assert skipped == [tmp_path / "a.png"]


@pytest.mark.parametrize("data", [b"", b"\x89PNG\r\n\x1a\nnone", b"GIF89a" + b"\0" * 20])
def test_images_that_are_none_are_refused(tmp_path: Path, data: bytes, read_out: list[Any]) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(BadDocument, match=r"is empty|is no image, or is damaged"):
        read(tmp_path / "a.png")


def test_an_image_without_words_is_named(tmp_path: Path, read_out: list[Any]) -> None:
    Image.new("RGB", (90, 90)).save(tmp_path / "a.jpg")
    read_out += [[]]
    with pytest.raises(BadDocument, match="no words were found in the image"):
        read(tmp_path / "a.jpg")


@pytest.mark.models
@pytest.mark.parametrize("engine", ["rapidocr", "tesseract"])
def test_real_ocr_reads_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    if engine == "tesseract":
        if not shutil.which("tesseract"):
            pytest.skip("Tesseract isn't installed")
        monkeypatch.setattr(ocr, "find_spec", lambda name: None)
    else:
        pytest.importorskip("rapidocr")
    drawn(tmp_path, f"{FIRST}\n\n{SECOND}")[0].save(tmp_path / "a.png")
    (article,) = read(tmp_path / "a.png")
    assert article.text == f"{FIRST}\n\n{SECOND}"
