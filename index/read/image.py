"""Reads .png, .jpg and .tif: the words in an image, such as a scan; each image of a TIFF is a page."""

from __future__ import annotations

from pathlib import Path

from index.errors import BadDocument
from index.read import ocr
from index.read.article import article_from, source_of
from index.read.clean import has_words
from index.read.facts import Facts
from index.read.load import read_bytes
from index.read.masthead import masthead
from index.read.pdflines import join
from index.read.pdfrunning import without_running_lines
from index.read.steps import step
from index.types import Article

_MOST_PAGES = 2_000


def read_file(path: Path) -> list[Article]:
    """The article in the image `path`. Raises BadDocument, also where no OCR is installed or it holds no words."""
    if not ocr.available():
        raise BadDocument(f"{path}: is an image; {ocr.HOW}")
    from io import BytesIO

    from PIL import Image, ImageOps

    data = read_bytes(path)
    pages = []
    try:
        with Image.open(BytesIO(data)) as image:
            count = min(getattr(image, "n_frames", 1), _MOST_PAGES)
            for number in range(count):
                step(f"page {number + 1} of {count}")
                image.seek(number)
                pages.append(ocr.lines_of(ImageOps.exif_transpose(image)))
    except MemoryError:
        raise
    except Exception as e:  # each format's decoder fails in ways of its own
        raise BadDocument(f"{path}: is no image, or is damaged ({type(e).__name__})") from None
    pages, url = without_running_lines(pages)
    text, starts = join(pages)
    if not has_words(text):
        raise BadDocument(f"{path}: no words were found in the image")
    facts = masthead(text).or_else(Facts(url=url))
    return [article_from(text, facts, path, source_of(path), starts if count > 1 else (), ocr=True)]
