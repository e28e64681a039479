"""A file of each kind that is read, made by the library that people's programs make them with where there is one."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import mailbox
import tarfile
import zipfile
from collections.abc import Callable
from contextlib import closing
from email.message import EmailMessage, MIMEPart
from pathlib import Path

TITLE = "Ferry sold"


def town(suffix: str) -> str:
    """A name that is in the file of that kind alone.

    >>> town(".txt"), town(".mhtml")
    ('Quiltxtov', 'Quilmhtmlov')
    """
    return f"Quil{suffix.removeprefix('.')}ov"


def words(suffix: str) -> str:
    """What the file of that kind says."""
    return (
        f"The council of {town(suffix)} sold its old ferry on Monday. The crew of nine had to leave the boat."
    )


def write_all(folder: Path) -> dict[str, Path]:
    """Writes a file of each kind into the folder; gives them by their suffixes."""
    folder.mkdir(parents=True, exist_ok=True)
    made = {}
    for suffix, make in MAKERS.items():
        inside = ".txt" if make is _packed else ""  # the name without the last suffix tells what is packed
        made[suffix] = folder / f"ferry-{suffix[1:]}{inside}{suffix}"
        make(made[suffix], words(suffix))
    return made


def _text(path: Path, text: str) -> None:
    path.write_text(f"{TITLE}\n\n{text}\n")


def _markdown(path: Path, text: str) -> None:
    path.write_text(f"---\ntitle: {TITLE}\ndate: 2021-03-16\n---\n{text}\n")


def _page(text: str) -> str:
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'><title>{TITLE}</title></head>"
        f"<body><nav>Home News Sport</nav><article><h1>{TITLE}</h1><p>{text}</p></article></body></html>"
    )


def _html(path: Path, text: str) -> None:
    path.write_text(_page(text))


def _mhtml(path: Path, text: str) -> None:
    message = EmailMessage()
    message["From"] = "<Saved by Blink>"
    message["Snapshot-Content-Location"] = "https://daily.example.org/ferry"
    message["Subject"] = TITLE
    message.make_related()
    page = MIMEPart()
    page.set_content(_page(text), subtype="html", cte="quoted-printable")
    message.attach(page)
    path.write_bytes(message.as_bytes())


def _message(text: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"], message["From"] = TITLE, "The Daily <news@daily.example.org>"
    message["Date"] = "Tue, 16 Mar 2021 09:00:00 +0100"
    message.set_content(text)
    return message


def _eml(path: Path, text: str) -> None:
    path.write_bytes(_message(text).as_bytes())


def _mbox(path: Path, text: str) -> None:
    with closing(mailbox.mbox(path)) as box:
        box.add(_message(text))


def _pdf(path: Path, text: str) -> None:
    from fpdf import FPDF

    pdf = FPDF()
    pdf.set_title(TITLE)
    pdf.add_page()
    pdf.set_font("times", size=12)
    pdf.multi_cell(0, 6, text)
    pdf.output(str(path))


def _image(path: Path, text: str) -> None:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (1600, 400), "white")
    ImageDraw.Draw(image).multiline_text((40, 40), text.replace(". ", ".\n"), fill="black", font_size=36)
    image.save(path)


def _docx(path: Path, text: str) -> None:
    import docx

    document = docx.Document()
    document.core_properties.title = TITLE
    document.add_heading(TITLE)
    document.add_paragraph(text)
    document.save(str(path))


def _odt(path: Path, text: str) -> None:
    from odf.opendocument import OpenDocumentText
    from odf.text import H, P

    document = OpenDocumentText()
    document.text.addElement(H(outlinelevel=1, text=TITLE))
    document.text.addElement(P(text=text))
    document.save(str(path))


def _rtf(path: Path, text: str) -> None:
    path.write_text(rf"{{\rtf1\ansi\pard\b {TITLE}\b0\par {text}\par}}")


def _pptx(path: Path, text: str) -> None:
    from pptx import Presentation

    shown = Presentation()
    slide = shown.slides.add_slide(shown.slide_layouts[1])
    slide.shapes.title.text = TITLE
    slide.placeholders[1].text = text
    shown.save(str(path))


def _xlsx(path: Path, text: str) -> None:
    from openpyxl import Workbook

    book = Workbook()
    book.active.append(["title", "text", "published"])
    book.active.append([TITLE, text, "2021-03-16"])
    book.save(path)


def _table(path: Path, text: str) -> None:
    with path.open("w", newline="") as file:
        rows = csv.writer(file, delimiter="\t" if path.suffix == ".tsv" else ",")
        rows.writerows([["title", "text"], [TITLE, text]])


def _epub(path: Path, text: str) -> None:
    opf = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
        f'<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{TITLE}</dc:title></metadata><manifest>'
        '<item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine><itemref idref="c"/></spine></package>'
    )
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles>'
        '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("book.opf", opf)
        archive.writestr("c.xhtml", f"<html><body><h1>{TITLE}</h1><p>{text}</p></body></html>")


def _record(text: str) -> dict[str, str]:
    return {"title": TITLE, "text": text, "published": "2021-03-16"}


def _json(path: Path, text: str) -> None:
    record = json.dumps(_record(text))
    path.write_text(f"[{record}]" if path.suffix == ".json" else f"{record}\n")


def _subtitles(path: Path, text: str) -> None:
    head, mark = ("WEBVTT\n\n", ".") if path.suffix == ".vtt" else ("1\n", ",")
    path.write_text(f"{head}00:00:01{mark}000 --> 00:00:09{mark}000\n{text}\n")


def _rss(path: Path, text: str) -> None:
    item = f"<item><title>{TITLE}</title><content:encoded><![CDATA[<p>{text}</p>]]></content:encoded></item>"
    space = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    path.write_text(f'<rss version="2.0" {space}><channel><title>The Daily</title>{item}</channel></rss>')


def _atom(path: Path, text: str) -> None:
    entry = f"<entry><title>{TITLE}</title><content type='html'>&lt;p&gt;{text}&lt;/p&gt;</content></entry>"
    path.write_text(f'<feed xmlns="http://www.w3.org/2005/Atom"><title>A blog</title>{entry}</feed>')


def _zip(path: Path, text: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ferry.txt", f"{TITLE}\n\n{text}\n")


def _tar(path: Path, text: str) -> None:
    data = f"{TITLE}\n\n{text}\n".encode()
    with tarfile.open(path, "w:gz" if path.suffix == ".tgz" else "w") as archive:
        info = tarfile.TarInfo("ferry.txt")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))


def _packed(path: Path, text: str) -> None:
    pack = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}[path.suffix]
    path.write_bytes(pack(f"{TITLE}\n\n{text}\n".encode()))


def _warc(path: Path, text: str) -> None:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=False)
        headers = StatusAndHeaders(
            "200 OK", [("Content-Type", "text/html; charset=utf-8")], protocol="HTTP/1.1"
        )
        body = io.BytesIO(_page(text).encode())
        address = "https://daily.example.org/crawled"
        record = writer.create_warc_record(address, "response", payload=body, http_headers=headers)
        writer.write_record(record)
        record.raw_stream.close()


def _ris(path: Path, text: str) -> None:
    path.write_text(f"TY  - NEWS\nTI  - {TITLE}\nAB  - {text}\nER  - \n")


def _enex(path: Path, text: str) -> None:
    note = f"<![CDATA[<en-note><div>{text}</div></en-note>]]>"
    path.write_text(f"<en-export><note><title>{TITLE}</title><content>{note}</content></note></en-export>")


MAKERS: dict[str, Callable[[Path, str], None]] = {
    ".txt": _text,
    **dict.fromkeys((".md", ".markdown"), _markdown),
    **dict.fromkeys((".html", ".htm", ".xhtml"), _html),
    **dict.fromkeys((".mhtml", ".mht"), _mhtml),
    ".eml": _eml,
    ".mbox": _mbox,
    ".pdf": _pdf,
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff"), _image),
    ".docx": _docx,
    ".odt": _odt,
    ".rtf": _rtf,
    ".pptx": _pptx,
    ".xlsx": _xlsx,
    **dict.fromkeys((".csv", ".tsv"), _table),
    ".epub": _epub,
    **dict.fromkeys((".json", ".jsonl", ".ndjson"), _json),
    **dict.fromkeys((".srt", ".vtt"), _subtitles),
    **dict.fromkeys((".rss", ".xml"), _rss),
    ".atom": _atom,
    ".zip": _zip,
    **dict.fromkeys((".tar", ".tgz"), _tar),
    **dict.fromkeys((".gz", ".bz2", ".xz"), _packed),
    ".warc": _warc,
    ".ris": _ris,
    ".enex": _enex,
}
IMAGES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
"""Kinds that are read where words in images can be."""
