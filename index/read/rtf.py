"""Reads .rtf: rich text as plain text. Pictures and fields are left out."""

from __future__ import annotations

from pathlib import Path

from index.errors import BadDocument
from index.read.article import article_from, source_of
from index.read.bundles import articles_in
from index.read.clean import clean, has_words
from index.read.load import MOST_TEXT, read_bytes
from index.read.mailhead import split_head
from index.read.masthead import masthead
from index.types import Article


def read_file(path: Path) -> list[Article]:
    """The article in the rich text file `path`, or the articles of a press database's export. Raises BadDocument."""
    data = read_bytes(path, MOST_TEXT)
    if not data.lstrip().startswith(b"{\\rtf"):
        raise BadDocument(f"{path}: is not rich text, whatever its name says")
    from striprtf.striprtf import rtf_to_text

    try:
        text = rtf_to_text(data.decode("cp1252", "replace"), errors="replace")
    except MemoryError:
        raise
    except Exception as e:  # broken escapes fail in ways of their own
        raise BadDocument(f"{path}: can't be read as rich text ({type(e).__name__})") from None
    text = "\n\n".join(line for line in map(str.strip, text.split("\n")) if line)
    if not has_words(text):
        raise BadDocument(f"{path}: holds no words")
    if (articles := articles_in(clean(text), path, source_of(path))) is not None:
        return articles
    mail, text = split_head(text)
    return [article_from(text, mail.or_else(masthead(text)), path, source_of(path))]
