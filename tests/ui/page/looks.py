"""Pictures of the page that another machine's fonts can't change, and how far two of them are from each other.

All letters are boxes of a font that is made here, so that lines break at the same words everywhere.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image, ImageChops
from scipy.ndimage import maximum_filter, minimum_filter

PICTURES = Path(__file__).with_name("pictures")
CELL = 10
"""Side of a cell in pixels of a picture, which has half the size of the page: 20 pixels of the page."""
COLOUR, INK = 5, 4
"""By how much of 255 the ground of a cell may differ, and by how much what is written on it."""
BORDER = 1.0
"""Per cent of the cells that may differ (docs/design/003-web-page.md says how it was chosen)."""
LETTERS = [
    *range(0x21, 0x250),
    *range(0x2010, 0x2028),
    *range(0x2190, 0x2200),
    0x22EF,
    *range(0x25A0, 0x2640),
]
# Before anything is laid out: the page's scripts measure texts, and scroll by what they measure.
BOXED = """(() => {
  const bytes = Uint8Array.from(atob('FONT'), letter => letter.charCodeAt(0));
  const font = new FontFace('Boxes', bytes.buffer), sheet = new CSSStyleSheet();
  document.fonts.add(font);
  sheet.replaceSync(`*, *::before, *::after, *::marker, *::placeholder { font-family: Boxes !important; }
    * { scrollbar-width: none !important; text-rendering: geometricPrecision !important; }`);
  document.adoptedStyleSheets = [sheet];
})()"""
# What differs from one run to the next: the hour, and how long an answer took.
STEADY = r"""css => {
  for (const at of document.querySelectorAll('.fn-at')) at.textContent = '4 May 2014';
  for (const took of document.querySelectorAll('.fn-meta > span')) {
    took.firstChild.data = took.firstChild.data.replace(/^[\d.,]+/, '0.1');
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [document.adoptedStyleSheets[0], sheet];
}"""


def boxes() -> str:
    """The font, base64: each letter is a low box, so that the ground stays the most of a cell; a space is empty."""
    pen = TTGlyphPen(None)
    for n, corner in enumerate([(60, 100), (60, 420), (480, 420), (480, 100)]):
        (pen.lineTo if n else pen.moveTo)(corner)
    pen.closePath()
    font = FontBuilder(1000, isTTF=True)
    font.setupGlyphOrder([".notdef", "space", "box"])
    font.setupCharacterMap({0x20: "space", 0xA0: "space"} | {each: "box" for each in LETTERS if each != 0xA0})
    empty = TTGlyphPen(None).glyph()
    font.setupGlyf({".notdef": empty, "space": empty, "box": pen.glyph()})
    font.setupHorizontalMetrics({".notdef": (540, 0), "space": (300, 0), "box": (540, 60)})
    font.setupHorizontalHeader(ascent=930, descent=-240)
    font.setupOS2(sTypoAscender=930, sTypoDescender=-240, sTypoLineGap=0, usWinAscent=930, usWinDescent=240)
    font.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    font.setupPost()
    file = io.BytesIO()
    font.save(file)
    return base64.b64encode(file.getvalue()).decode()


def fix(page: Any) -> None:
    """Loads the page anew, and whatever comes after it, with boxes for letters."""
    page.add_init_script(BOXED.replace("FONT", boxes()))
    page.reload()


def picture(page: Any, css: str = "") -> Image.Image:
    """The page as it is seen now, at half its size, with `css` added to its styles."""
    page.evaluate(STEADY, css)
    shot = page.screenshot(animations="disabled", caret="hide")
    page.evaluate(STEADY, "")
    return Image.open(io.BytesIO(shot)).convert("RGB").reduce(2)


def written(image: Image.Image, path: Path) -> None:
    """Writes the picture with 64 colours, which takes a third of the bytes."""
    path.parent.mkdir(exist_ok=True)
    image.quantize(64, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE).save(path, optimize=True)


def opened(path: Path) -> Image.Image:
    """The picture that `written` wrote."""
    assert path.exists(), f"{path} is missing: REMAKE_PICTURES=1 makes it"
    with Image.open(path) as image:
        return image.convert("RGB")


def distance(one: Image.Image, other: Image.Image) -> float:
    """Per cent of the cells of either picture that are like none around the same place in the other.

    It is 100 where the sizes differ. Of each cell the ground (the median colour) and the ink (the mean distance from
    it) are compared. Cells of no more than one cell away count as the same place, so that nothing hangs on where
    exactly an edge falls.
    """
    if one.size != other.size:
        return 100.0
    first, second = _cells(one), _cells(other)
    return float((_strange(first, second) | _strange(second, first)).mean() * 100)


def differing(one: Image.Image, other: Image.Image) -> Image.Image:
    """What was expected, what was found, and where they differ (light), side by side."""
    wide = Image.new("RGB", (3 * one.width, max(one.height, other.height)))
    difference = ImageChops.difference(one, other.crop((0, 0, *one.size))).point(lambda v: min(255, 4 * v))
    for n, each in enumerate((one, other, difference)):
        wide.paste(each, (n * one.width, 0))
    return wide


def _cells(image: Image.Image) -> np.ndarray:
    """Ground (red, green, blue) and ink of each cell: rows x columns x 4."""
    across, down = image.width // CELL, image.height // CELL
    pixels = np.asarray(image, dtype=np.float32)[: down * CELL, : across * CELL]
    cells = pixels.reshape(down, CELL, across, CELL, 3).swapaxes(1, 2).reshape(down, across, CELL * CELL, 3)
    ground = np.median(cells, axis=2)
    ink = np.abs(cells - ground[:, :, None]).max(axis=3).mean(axis=2)
    return np.dstack((ground, ink))


def _strange(cells: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Which cells lie outside what the others have around that place: rows x columns."""
    least, most = minimum_filter(others, size=(3, 3, 1)), maximum_filter(others, size=(3, 3, 1))
    least, most = least - COLOUR, most + COLOUR
    least[..., 3], most[..., 3] = (least[..., 3] + COLOUR) / 2 - INK, (most[..., 3] - COLOUR) * 2 + INK
    strange: np.ndarray = ((cells < least) | (cells > most)).any(axis=2)
    return strange
