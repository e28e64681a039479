"""Notes as Evernote exports them."""

import base64
import time
from pathlib import Path

import pytest

from index.errors import BadDocument
from index.read import read

NOTE = """<note><title>{title}</title><created>20210316T183000Z</created><updated>20220702T080000Z</updated>
<tag>pool</tag><note-attributes>{attributes}</note-attributes><content><![CDATA[<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE en-note SYSTEM "http://xml.evernote.com/pub/enml2.dtd"><en-note>{text}</en-note>]]></content>{more}</note>"""
CLIP = (
    "<author>Jo Pell</author><source>web.clip7</source><source-url>https://echo.example.org/pool</source-url>"
)
PICTURE = f"<resource><data encoding='base64'>{base64.b64encode(b'0' * 3000).decode()}</data></resource>"


def exported(path: Path, *notes: str) -> Path:
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE en-export SYSTEM "http://xml.evernote.com/pub/evernote-export4.dtd">'
        f'\n<en-export export-date="20220703T080000Z" application="Evernote">{"".join(notes)}</en-export>'
    )
    return path


def note(title: str, text: str, attributes: str = "", more: str = "") -> str:
    return NOTE.format(title=title, text=text, attributes=attributes, more=more)


def test_a_note_and_a_clipped_page(tmp_path: Path) -> None:
    own = "<div>Call Ms Finch &amp; ask:</div><ul><li>the roof</li><li>the price</li></ul><en-media type='image/png'/>"
    page = "<h1>Pool sold</h1><div>March 15, 2021</div><p>The council voted <b>5 to 4</b>.</p><p>Swimmers wept.</p>"
    path = exported(
        tmp_path / "notes.enex",
        note(
            "To do", own + "<en-crypt cipher='AES'>UkMyAAAB</en-crypt>", "<author>Lars Holm</author>", PICTURE
        ),
        note("Pool sold", page, CLIP),
        note("Undated", "<p>The pool is deep.</p>", CLIP),
    )
    mine, clip, undated = read(path)
    assert (mine.title, mine.publisher, mine.published, mine.url) == (
        "To do",
        "Lars Holm",
        "2021-03-16",
        None,
    )
    assert mine.text == "Call Ms Finch & ask:\n\nthe roof\n\nthe price"
    assert (clip.url, clip.publisher, clip.published) == (
        "https://echo.example.org/pool", "echo.example.org", "2021-03-15",
    )  # fmt: skip
    assert clip.text.endswith("The council voted 5 to 4.\n\nSwimmers wept.")
    assert clip.source == f"{path}#2"
    assert undated.published is None  # the day it was clipped on is no day of publication


def test_a_bad_note_costs_no_other_one(tmp_path: Path) -> None:
    path = exported(
        tmp_path / "a.enex", note("Empty", "<en-media/>"), note("Good", "<div>The pool is deep.</div>")
    )
    path.write_text(path.read_text().removesuffix("</en-export>") + "<note><title>Cut")
    flaws: list[str] = []
    (good,) = read(path, flaws)
    assert good.text == "The pool is deep."
    assert flaws[0] == f"{path} note 1 (Empty): holds no words"
    assert flaws[1].startswith(f"{path} note 3: is damaged, and what follows can't be read")


def test_what_is_no_export_is_refused_and_nothing_outside_is_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("A key.")
    entity = f'<!DOCTYPE en-export [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    inside = "<note><title>&x;</title><content>&lt;div&gt;Words. &x;&lt;/div&gt;</content></note>"
    (tmp_path / "a.enex").write_text(f"{entity}<en-export>{inside}</en-export>")
    (article,) = read(tmp_path / "a.enex")
    assert "key" not in article.title + article.text
    (tmp_path / "b.enex").write_text("Dear diary.")
    with pytest.raises(BadDocument, match="is damaged"):
        read(tmp_path / "b.enex")
    with pytest.raises(BadDocument, match="holds no articles, not one note"):
        read(exported(tmp_path / "c.enex"))


def test_what_is_encrypted_costs_no_time_and_no_other_words(tmp_path: Path) -> None:
    sealed = "<p>Before.</p><en-crypt hint='a > b'>UkMyAAAB</en-crypt><p>After.</p>"
    began = time.monotonic()
    mine, cut = read(
        exported(tmp_path / "a.enex", note("A", sealed), note("B", "It rained." + "<en-crypt " * 20_000))
    )
    assert time.monotonic() - began < 5
    assert (mine.text, cut.text) == ("Before.\n\nAfter.", "It rained.")
