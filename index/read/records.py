"""One record of a JSON file or a table as an article: which of its fields is the text, and which are its facts.

Knows the names that news services, crawlers and schema.org give to them, and nothing of files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from index.errors import BadDocument
from index.pages import is_page_file
from index.read.article import headline, make_article
from index.read.clean import has_words
from index.read.facts import from_mapping, key_of
from index.types import Article

# First come, first taken: a summary is the text only where there is nothing longer.
_TEXTS = (
    *("text", "maintext", "articlebody", "bodytext", "fulltext", "articletext", "plaintext", "textplain"),
    *("contenttext", "body", "bodyhtml", "content", "contenthtml", "article", "story", "transcript"),
    "selftext",
    *("leadparagraph", "description", "summary", "abstract", "shortdescription", "trailtext", "snippet"),
)
EXPORTED = "footnote"
"""The field that marks a record as written by `footnote export`: nothing in it is interpreted anew."""
_INNER = ("fields", "attributes", "source", "data", "node", "doc", "document", "article")
"""Where search engines and programming interfaces put the fields of a record, one level down."""
_DEEPEST, _MOST_LOOKED_AT = 5, 1000
_CUT = re.compile(r"\s*(?:…|\.{3})?\s*\[\+\d+ chars\]\s*\Z")
_MARKUP = re.compile(r"</(?:p|div|h[1-6]|li|span|strong|em|a)>|<br\s*/?>", re.IGNORECASE)


def article_of(values: object, where: str, source: str) -> Article:
    """The article that the record `values` holds; `where` names it in messages.

    Raises BadDocument where it is no object, or has no text by any of the usual names.

    >>> a = article_of({"headline": "Rain", "articleBody": "It rained.", "datePublished": "2017-07"}, "a", "a#1")
    >>> a.title, a.text, a.published
    ('Rain', 'It rained.', '2017-07')
    """
    record = _flat(_keyed(values)) if isinstance(values, dict) else {}
    if record.get(EXPORTED) == 1 and isinstance(record.get("text"), str):
        return _exported(record, where, source)
    if not _has_text(record):
        raise BadDocument(
            f'{where}: is not an object with a "text" (or "content", "body", ...), such as {{"text": "..."}}'
        )
    facts = from_mapping(record)
    try:
        text = _text(record)
    except BadDocument as e:
        raise BadDocument(f"{where}: {e}") from None
    if not has_words(text):
        raise BadDocument(f"{where}: its text holds no words")
    facts = facts._replace(title=facts.title or headline(text[:1000]) or "")
    return make_article(text, source=source, **facts._asdict())


def _exported(record: dict[str, object], where: str, source: str) -> Article:
    """The article as it was in the library that the record was exported from, but for its id and source.

    Where it is a version of a page, its source ends in the name of that one's file, which says which.
    """
    title, url, publisher, published = (
        value if isinstance(value := record.get(name), str) else None
        for name in ("title", "url", "publisher", "published")
    )
    pages, version = record.get("pages"), record.get("version")
    if isinstance(version, str) and is_page_file(version):
        source = f"{source.rpartition('#')[0]}#{version}"
    try:
        article = make_article(
            str(record["text"]),
            title=title or "",
            url=url,
            publisher=publisher,
            published=published,
            source=source,
            pages=[place for place in pages if isinstance(place, int)] if isinstance(pages, list) else (),
            ocr=record.get("ocr") is True,
        )
    except BadDocument:
        raise BadDocument(f"{where}: its text holds no words") from None
    return article if publisher else replace(article, publisher=None)


def text_of(values: Mapping[Any, object]) -> str:
    """The text of the record `values`, without markup; "" where it has none by any of the usual names.

    Raises BadDocument where it can't be read as HTML.

    >>> text_of({"body": [{"type": "paragraph", "text": "It rained."}, {"type": "image"}, {"text": "It stopped."}]})
    'It rained.\\n\\nIt stopped.'
    """
    return _text(_keyed(values))


def is_text_name(name: str) -> bool:
    """Whether a field or column of that name holds the text.

    >>> is_text_name("Article_Body"), is_text_name("Price")
    (True, False)
    """
    return key_of(name) in _TEXTS


def records_in(value: object) -> list[object]:
    """The records in a JSON document: a list, or the list somewhere in an object that has the most articles, or one.

    >>> records_in({"status": "ok", "response": {"results": [{"text": "It rained."}], "tags": [{"name": "rain"}]}})
    [{'text': 'It rained.'}]
    """
    if isinstance(value, list):
        return value
    if isinstance(value, dict) and _has_text(_keyed(value)):
        return [value]
    lists = list(_lists(value, 0))
    return max(lists, key=_articles, default=[value]) if any(map(_articles, lists)) else [value]


def _lists(value: object, depth: int) -> Iterator[list[object]]:
    if isinstance(value, list):
        yield value
    elif isinstance(value, dict) and depth < _DEEPEST:
        for inner in list(value.values())[:_MOST_LOOKED_AT]:
            yield from _lists(inner, depth + 1)


def _articles(items: list[object]) -> int:
    return sum(isinstance(item, dict) and _has_text(_flat(_keyed(item))) for item in items)


def _keyed(record: Mapping[Any, object]) -> dict[str, object]:
    """The record with its fields' names as they are compared."""
    return {key_of(key): value for key, value in record.items()}


def _flat(record: dict[str, object]) -> dict[str, object]:
    """The record with the fields of its one inner object beside its own, which go first."""
    if not _has_text(record):
        inner = next((each for name in _INNER if isinstance(each := record.get(name), dict)), {})
        return {**_keyed(inner), **record}
    return record


def _has_text(record: Mapping[str, object]) -> bool:
    return any(_string(record.get(name)) is not None for name in _TEXTS)


def _text(record: Mapping[str, object]) -> str:
    """The text of a record: the first of the usual fields that has words, without markup."""
    for name in _TEXTS:
        text = _CUT.sub("", _string(record.get(name)) or "")
        if _MARKUP.search(text):
            from index.read.html import words_of

            text = words_of(text)
        if has_words(text):
            return text
    return ""


def _string(value: object) -> str | None:
    """A text, also where it stands in an object of its own or in paragraphs, which may be such objects."""
    if isinstance(value, list):
        parts = [part if isinstance(part, str) else _inner(part) for part in value]
        return "\n\n".join(filter(None, parts)) if any(parts) else None
    return value if isinstance(value, str) else _inner(value)


def _inner(value: object) -> str | None:
    if not isinstance(value, dict):
        return None
    inner = next(
        (value[name] for name in ("rendered", "main", "value", "#text", "text", "html") if name in value),
        None,
    )
    return inner if isinstance(inner, str) else None
