"""What is known about an article besides its text, and the names files use for it; reads no files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from index.read.dates import iso

# First come, first taken: a plain "date" gives way to "published".
_NAMES = {
    "title": ("title", "headline"),
    "url": ("url", "link", "permalink", "canonical_url", "source_url"),
    "publisher": ("publisher", "site_name", "sitename", "site", "publication", "outlet", "source"),
    "published": ("published", "publish_date", "date_published", "published_at", "pubdate", "date"),
}
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


def from_mapping(values: Mapping[object, object]) -> Facts:
    """The facts in a mapping such as front matter or a JSON object. Keys count in any case.

    >>> from_mapping({"Title": "A", "Site-Name": "Daily", "date": "27 July 2017"})
    Facts(title='A', url=None, publisher='Daily', published='2017-07-27')
    """
    lower = {str(key).lower().replace("-", "_").replace(" ", "_"): value for key, value in values.items()}

    def first(fact: str) -> str | None:
        return next((text for name in _NAMES[fact] if (text := _text(lower.get(name)))), None)

    dates = (iso(lower.get(name)) for name in _NAMES["published"])
    url, publisher = first("url"), first("publisher")
    if publisher and publisher.startswith(("http://", "https://")):
        # A "source" is sometimes the page and sometimes the paper.
        url, publisher = url or publisher, None
    return Facts(first("title"), url, publisher, next((day for day in dates if day), None))


def _text(value: object) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    text = str(value).strip()
    return None if text.lower() in _NOTHING else text
