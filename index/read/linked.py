"""What a web page says of itself as linked data (JSON-LD): which of it is the page's article, and what that holds.

Comments, references, teasers and videos have dates and texts of their own, which are none of the page's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

Entity = dict[str, Any]

_ARTICLES = re.compile(r"Article\b|Posting\b|Report\b|Review\b|\bStory\b", re.IGNORECASE)
_PAGES = re.compile(r"Page\b|\bCreativeWork\b", re.IGNORECASE)
_OTHERS = re.compile(
    r"\b(?:Comment|Event|\w*Organization|NewsMedia\w*|Person|Brand|Product|Offer|Place|\w*Object|Clip|ItemList|BreadcrumbList"
    r"|WebSite|\w*Action|Rating|AggregateRating|Question|Answer|SiteNavigationElement|WPHeader|WPFooter|Product\w*"
    r"|CollectionPage|SearchResultsPage|ProfilePage|ListItem)\b"
)
_INNER = ("@graph", "mainEntity", "mainEntityOfPage")
_WRAPPED = re.compile(
    r"\A\s*(?:<!--|(?://|/\*)?\s*<!\[CDATA\[(?:\s*\*/)?)|(?:-->|(?://|/\*)?\s*\]\]>(?:\s*\*/)?)\s*\Z"
)
_DEEPEST, _MOST = 5, 50


def page_entities(tree: Any, titles: list[str], address: str | None) -> list[Entity]:
    """The things that the page `tree` (an lxml element) describes and that may be its article, the likeliest first.

    Of several articles only those count that go by one of the page's `titles` or by its `address`.
    """
    found: list[Entity] = []
    for script in tree.iter("script"):
        try:
            data = json.loads(_WRAPPED.sub("", script.text or ""), strict=False)
            found += [thing for thing in _things(data, 0) if not _OTHERS.search(kind_of(thing))]
        except (ValueError, RecursionError):
            continue
    articles = [thing for thing in found if _ARTICLES.search(kind_of(thing))]
    if len({(str(thing.get("headline")), _address(thing)) for thing in articles}) > 1:
        articles = [thing for thing in articles if _is_of_page(thing, titles, address)]
    pages = [thing for thing in found if _PAGES.search(kind_of(thing)) and thing not in articles]
    others = [
        thing
        for thing in found
        if not _ARTICLES.search(kind_of(thing)) and not _PAGES.search(kind_of(thing)) and "@type" in thing
    ]
    return [*articles, *others, *pages]


def kind_of(thing: Entity) -> str:
    """The types of a thing, apart by spaces.

    >>> kind_of({"@type": ["NewsArticle", "https://schema.org/Report"]})
    'NewsArticle https://schema.org/Report'
    """
    kind = thing.get("@type", "")
    return " ".join(map(str, kind)) if isinstance(kind, list) else str(kind)


def text_in(thing: Entity, *names: str) -> str:
    """The first of the values of these `names` that is a text, or ""."""
    values = (thing.get(name) for name in names)
    return next((value.strip() for value in values if isinstance(value, str) and value.strip()), "")


def _things(value: Any, depth: int) -> Iterator[Entity]:
    if isinstance(value, list) and depth < _DEEPEST:
        for item in value[:_MOST]:
            yield from _things(item, depth + 1)
    elif isinstance(value, dict) and depth < _DEEPEST:
        yield value
        for name in _INNER:
            yield from _things(value.get(name), depth + 1)


def _is_of_page(thing: Entity, titles: list[str], address: str | None) -> bool:
    if is_titled(text_in(thing, "headline", "name"), titles):
        return True
    return address is not None and _address(thing) == _bare(address)


def is_titled(headline: str, titles: list[str]) -> bool:
    """Whether the `headline` is one of `titles`, or a part of one, or the other way round.

    >>> is_titled("Rain in Oslo", ["Rain in Oslo | Daily News"]), is_titled("", ["Rain"])
    (True, False)
    """
    words = _plain(headline)
    return bool(words) and any(words in title or title in words for title in map(_plain, titles) if title)


def declared_text(entities: list[Entity]) -> str:
    """The text of the page's article as its linked data holds it, or ""; a live blog's updates with their times."""
    for thing in entities:
        updates = thing.get("liveBlogUpdate")
        if isinstance(updates, list) and updates:
            return "\n\n".join(
                filter(None, (_update(update) for update in updates if isinstance(update, dict)))
            )
        if text := text_in(thing, "articleBody"):
            return _without_markup(text)
    return ""


def _update(update: Entity) -> str:
    when = re.match(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)", text_in(update, "datePublished"))
    head = " ".join(filter(None, (when and f"{when[1]}, {when[2]}", text_in(update, "headline", "name"))))
    return "\n\n".join(
        filter(None, (head, _without_markup(text_in(update, "articleBody", "text", "description"))))
    )


def _without_markup(text: str) -> str:
    text = unescape(text)
    if not re.search(r"</\w+>|<(?:p|br)\b", text):
        return text
    from index.read.html import words_of

    return words_of(text)


def _address(thing: Entity) -> str:
    main = thing.get("mainEntityOfPage")
    main = main.get("@id") if isinstance(main, dict) else main
    return _bare(next((str(value) for value in (thing.get("url"), main, thing.get("@id")) if value), ""))


def _bare(address: str) -> str:
    return re.sub(r"\Ahttps?://(?:www\.)?|[?#].*\Z", "", address).rstrip("/").lower()


def _plain(title: str) -> str:
    return " ".join(re.findall(r"\w+", title.lower()))
