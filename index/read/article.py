"""Clean text and loose facts into an Article with a title and an id; knows nothing of file formats."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from index.errors import BadDocument
from index.read.clean import clean, has_words, one_line
from index.read.dates import iso
from index.read.facts import Facts
from index.types import Article

_LONGEST_HEADLINE = 130
_LONGEST_ADDRESS = 4_000


def make_article(
    text: str,
    *,
    title: str,
    url: str | None = None,
    publisher: str | None = None,
    published: str | None = None,
    source: str = "",
    pages: Sequence[int] = (),
    ocr: bool = False,
) -> Article:
    """The article of `text`, cleaned, with an id made of its text and source.

    `pages` are the offsets in `text`, before it is cleaned, at which pages of the file begin.

    An empty `title` becomes the text's opening words. Only http(s) addresses are kept as `url`, and only
    certain dates as `published`; without a `publisher` the address's host stands for it. Raises BadDocument
    where the text holds no words.

    >>> a = make_article("Rain\\xa0 fell.", title="Weather", url="https://www.daily.org/1")
    >>> a.text, a.publisher, a.id
    ('Rain fell.', 'daily.org', '44665153232750ea')
    """
    given, text = text, clean(text)
    if not has_words(text):
        raise BadDocument(f"{source or 'the text'}: holds no words")
    address = _web_address(url)
    return Article(
        id=id_of(text, source),
        title=one_line(title) or opening(text),
        text=text,
        url=address,
        publisher=one_line(publisher or "", 100) or _host(address),
        published=iso(published),
        source=source,
        pages=tuple(_moved(pages, given, text)),
        ocr=ocr,
    )


def _moved(offsets: Sequence[int], given: str, cleaned: str) -> Iterator[int]:
    """Where `offsets` into the text `given` are in the `cleaned` one: spaces aside, both have the same characters."""
    letters = enumerate(re.finditer(r"\S", cleaned))
    before = seen = 0
    number, at = -1, 0
    for offset in offsets:
        seen += len("".join(clean(given[before:offset]).split()))
        before = offset
        while number < seen:
            number, letter = next(letters, (seen, None))
            at = letter.start() if letter else len(cleaned)
        yield at if offset else 0


def article_from(
    text: str, facts: Facts, path: Path, source: str, pages: Sequence[int] = (), ocr: bool = False
) -> Article:
    """The article of `text` from the file `path`; without a title in `facts` its headline or the file's name is it."""
    title = facts.title or title_of(text, path)
    return make_article(text, source=source, pages=pages, ocr=ocr, **{**facts._asdict(), "title": title})


def id_of(text: str, source: str) -> str:
    """The id of an article read from a file: a hash of its cleaned text and its source."""
    return hashlib.sha256(f"{text}\0{source}".encode("utf-8", "backslashreplace")).hexdigest()[:16]


def source_of(path: Path) -> str:
    """The absolute path as text that can be stored and printed, whatever bytes the file's name holds."""
    return os.fspath(path.resolve()).encode("utf-8", "backslashreplace").decode()


def headline(text: str) -> str | None:
    """The first line of `text` if it reads like a headline: short, with no full stop, and not alone.

    >>> headline("Mayor opens bridge\\n\\nThe mayor opened it on Monday.")
    'Mayor opens bridge'
    >>> headline("The mayor opened it.\\n\\nOn Monday.") is None
    True
    """
    first, _, rest = text.strip().partition("\n")
    first = first.strip()
    if not rest.strip() or len(first) > _LONGEST_HEADLINE or len(first) < 4:
        return None
    if not re.search(r"[^\W\d_]{2}", first) or re.search(r"[.,;:…]$|https?://", first) or iso(first):
        return None
    return None if re.match(r"[-*•·>|]\s|by\s+[A-Z]|\d+[.)]\s", first, re.IGNORECASE) else first


def title_of(text: str, path: Path) -> str:
    """A title for a text that names none: its headline, else its file's name if that has words, else "".

    >>> title_of("Long ago.", Path("2017-07-27-the_old-bridge.txt"))
    'The old bridge'
    """
    return headline(text) or _readable(path.stem)


def opening(text: str, most: int = 80) -> str:
    """The first words of `text`: its first sentence if short, else as many words as fit.

    >>> opening("It rained. Then it stopped.")
    'It rained.'
    """
    first = re.split(r"(?<=[^A-Z.][.!?])\s+(?=[^\sa-z])|\n", text.strip()[: 4 * most + 100], maxsplit=1)[0]
    first = " ".join(first[: 4 * most].split())
    return first if len(first) <= most else first[: most - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def _readable(stem: str) -> str:
    """A file name's words, or "" where it is only numbers and hashes."""
    name = re.sub(r"^\d{4}-\d{2}-\d{2}[-_ ]+", "", stem)
    words = re.sub(r"[-_+\s]+", " ", name).strip()
    if not any(word.isalpha() and len(word) > 2 for word in words.split()):
        return ""
    return words[0].upper() + words[1:]


def _web_address(url: str | None) -> str | None:
    if len(url or "") > _LONGEST_ADDRESS:
        return None
    text = clean(url or "")
    return text if re.fullmatch(r"https?://[^\s/<>\"][^\s<>\"]*", text, re.IGNORECASE) else None


def _host(url: str | None) -> str | None:
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None
