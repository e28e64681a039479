"""Reads .txt: decodes, takes front matter off, and tidies what was copied from a web page. No markup."""

from __future__ import annotations

from pathlib import Path

from index.read.article import make_article, source_of, title_of
from index.read.bundles import articles_in
from index.read.clean import clean
from index.read.frontmatter import split
from index.read.furniture import without_furniture
from index.read.load import read_text
from index.read.mailhead import split_head
from index.read.masthead import masthead
from index.read.paragraphs import paragraphs, without_repeats
from index.types import Article


def read_file(path: Path) -> list[Article]:
    """The article in the text file `path`, or the articles of a press database's export. Raises BadDocument."""
    facts, text = split(read_text(path), path)
    text = clean(text)
    if (articles := articles_in(text, path, source_of(path))) is not None:
        return articles
    mail, text = split_head(text)
    facts = facts.or_else(mail).or_else(masthead(text))
    # A page that is nothing but what looks like furniture is kept: better that than nothing.
    text = without_repeats(paragraphs(without_furniture(text) or text))
    return [
        make_article(
            text,
            title=facts.title or title_of(text, path),
            url=facts.url,
            publisher=facts.publisher,
            published=facts.published,
            source=source_of(path),
        )
    ]
