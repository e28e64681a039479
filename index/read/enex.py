"""Reads .enex: notes as Evernote exports them, an article a note. Pictures and other files in them are left out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from index.errors import BadDocument
from index.read.article import make_article, source_of
from index.read.clean import has_words, one_line
from index.read.html import words_of
from index.read.items import gathered
from index.read.load import MOST_LINES, checked, refuse_binary, unreadable
from index.read.masthead import masthead
from index.types import Article

_SEALED = re.compile(r"<en-crypt\b[^<]*</en-crypt>")
_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)T\d{6}Z?")


def read_file(path: Path, flaws: list[str] | None = None) -> list[Article]:
    """The notes in `path`; the source of each is "file.enex#NUMBER", counting from 1.

    A page that was clipped goes by its address, and by the day and the publisher that its text names; the day it was
    clipped on is none of its facts. A note without an address was published by its author on the day it was made.
    Raises BadDocument that names the note, or puts that into `flaws` where it is given and another note is good.
    """
    checked(path, MOST_LINES)
    source = source_of(path)
    try:
        with path.open("rb") as file:
            refuse_binary(file.peek(), path)
            makers = (
                partial(make, f"{path} note {number}", f"{source}#{number}")
                for number, make in enumerate(_notes(file), start=1)
            )
            return gathered(makers, path, flaws, "note")
    except OSError as e:
        raise unreadable(path, e) from None


def _notes(file: BinaryIO) -> Iterator[Callable[[str, str], Article]]:
    """What makes the article of each note; where the file is damaged, the last one says so."""
    from lxml import etree  # type: ignore[import-untyped]

    # Pictures are texts of many megabytes, hence huge_tree; no entity is expanded and nothing is fetched.
    events = etree.iterparse(file, resolve_entities=False, no_network=True, huge_tree=True)
    try:
        for _, element in events:
            if element.tag == "resource":
                element.clear()
            elif element.tag == "note":
                yield partial(_article, _values(element))
                element.clear()
    except etree.XMLSyntaxError as e:
        yield partial(_damaged, one_line(e.msg or "", 100))


def _values(note: Any) -> dict[str, str]:
    names = {
        "title": "title",
        "content": "content",
        "created": "created",
        "author": "note-attributes/author",
        "url": "note-attributes/source-url",
    }
    return {name: (note.findtext(place) or "").strip() for name, place in names.items()}


def _article(note: dict[str, str], where: str, source: str) -> Article:
    called = f" ({note['title'][:60]})" if note["title"] else ""
    try:
        text = words_of(_SEALED.sub("", note["content"])) if note["content"] else ""
    except BadDocument as e:
        raise BadDocument(f"{where}{called}: {e}") from None
    if not has_words(text):
        raise BadDocument(f"{where}{called}: holds no words")
    facts = masthead(text)
    day = _DAY.fullmatch(note["created"])
    made = "-".join(day.groups()) if day else None
    clipped = note["url"].lower().startswith(("http://", "https://"))
    return make_article(
        text,
        title=note["title"],
        url=note["url"] if clipped else facts.url,
        publisher=facts.publisher if clipped else facts.publisher or note["author"],
        published=facts.published if clipped else facts.published or made,
        source=source,
    )


def _damaged(why: str, where: str, source: str) -> Article:
    raise BadDocument(f"{where}: is damaged, and what follows can't be read ({why})")
