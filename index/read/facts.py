"""What is known about an article besides its text, and the names files use for it; reads no files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from index.read.dates import from_epoch, iso

# First come, first taken: a plain "date" gives way to "published".
_NAMES = {
    "title": ("title", "headline", "webtitle", "articletitle", "subject"),
    "url": (
        *("url", "link", "permalink", "canonicalurl", "canonical", "sourceurl", "weburl", "articleurl"),
        *("pageurl", "originalurl", "mainentityofpage"),
    ),
    "publisher": (
        *("publisher", "sitename", "site", "publication", "outlet", "newspaper", "source", "sourcename"),
        *("sourcedomain", "domain"),
    ),
    "published": (
        *("published", "publishdate", "publisheddate", "datepublished", "datepublish", "publishedat"),
        *("publishedon", "publishedtime", "publicationdate", "pubdate", "webpublicationdate", "issued"),
        *("publishtime", "publishtimestamp", "publishedtimestamp", "pubtime"),
        *("date", "created", "createdat", "datecreated", "createdutc"),
    ),
}
_LINK = re.compile(r"\[([^\[\]]+)\]\((https?://[^\s()]+)\)")
_TEMPLATE = re.compile(
    r"(?:(?:\{\{(?:(?!\}\}).)*\}\}|\{%(?:(?!%\}).)*%\}|<%(?:(?!%>).)*%>|\$\{[^}]*\})\s*)+", re.DOTALL
)
"""What a template left to be filled in."""
_NOTHING = frozenset({"", "~", "null", "none"})


class Facts(NamedTuple):
    """Title, URL, publisher and date of publication, as far as known."""

    title: str | None = None
    url: str | None = None
    publisher: str | None = None
    published: str | None = None

    def or_else(self, other: Facts) -> Facts:
        """These facts, with the gaps filled from `other`.

        >>> Facts(title="A").or_else(Facts(title="B", url="https://b.org/1"))
        Facts(title='A', url='https://b.org/1', publisher=None, published=None)
        """
        return Facts(*(mine or theirs for mine, theirs in zip(self, other, strict=True)))


def from_mapping(values: Mapping[Any, object]) -> Facts:
    """The facts in a mapping such as front matter or a JSON object. Keys count in any case and spelling.

    >>> from_mapping({"Title": "A", "Site-Name": "Daily", "date": "27 July 2017"})
    Facts(title='A', url=None, publisher='Daily', published='2017-07-27')
    >>> from_mapping({"headline": "A", "published_at": 1501146060}).published
    '2017-07-27'
    >>> from_mapping({"title": "<% tp.file.title %>", "headline": "{{title}}", "site": "Daily"})
    Facts(title=None, url=None, publisher='Daily', published=None)
    >>> from_mapping({"title": "{{ x }} or {% x %}: which braces mean {{ what }}"}).title
    '{{ x }} or {% x %}: which braces mean {{ what }}'
    """
    lower = {key_of(key): value for key, value in values.items()}

    def first(fact: str) -> str | None:
        return next((text for name in _NAMES[fact] if (text := _text(lower.get(name)))), None)

    dates = (iso(value) or from_epoch(value) for value in map(lower.get, _NAMES["published"]))
    url, publisher = first("url"), first("publisher")
    if publisher and (link := _LINK.fullmatch(publisher)):
        publisher, url = link[1], url or link[2]
    if publisher and publisher.startswith(("http://", "https://")):
        # A "source" is sometimes the page and sometimes the paper.
        url, publisher = url or publisher, None
    return Facts(first("title"), url, publisher, next((day for day in dates if day), None))


def key_of(name: object) -> str:
    """The name of a field as it is compared: without case, hyphens and the like.

    >>> key_of("date_published") == key_of("datePublished") == key_of("Date-Published")
    True
    """
    return re.sub(r"[\W_]+", "", str(name)).lower()


def _text(value: object) -> str | None:
    if isinstance(value, list) and value:
        value = value[0]
    if isinstance(value, Mapping):
        value = next((value[name] for name in ("name", "rendered", "main", "@id") if name in value), None)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    text = str(value).strip()
    return None if text.lower() in _NOTHING or _TEMPLATE.fullmatch(text) else text
