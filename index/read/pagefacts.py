"""What a web page states about itself in its head: title, publisher, address, date. Knows nothing of its text."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from index.read.dates import iso
from index.read.facts import Facts

_DATES = (
    "article:published_time og:article:published_time og:published_time datepublished parsely-pub-date"
    " dc.date.issued dcterms.issued citation_publication_date publication_date publish_date publish-date"
    " publishdate pubdate article.published sailthru.date dc.date date"
).split()
_CERTAIN = len(_DATES) - 2
_POSTED = re.compile(r"publish|posted|entry-date|post-date|pub-?date|dateline", re.IGNORECASE)
_CHANGED = re.compile(r"updat|modif", re.IGNORECASE)
_KINDS = re.compile(r"Article|Posting|Report|Review$", re.IGNORECASE)


def page_facts(tree: Any) -> Facts:
    """The facts on the parsed page `tree` (an lxml element).

    The date is only what the page declares as its date of publication: nothing is inferred from the text,
    the address or a copyright line.
    """
    from trafilatura.metadata import extract_metadata

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    # Its own search for a date would guess; given a cheap one, it is not used.
    try:
        found = extract_metadata(tree, date_config={"extensive_search": False, "original_date": True})
        facts = Facts(found.title, found.url, found.sitename)
    except MemoryError:
        raise
    except Exception:  # malformed metadata is no reason to lose the article
        facts = Facts()
    meta = _meta(tree)
    return Facts(publisher=meta.get("og:site_name"), published=_published(tree, meta)).or_else(facts)


def _meta(tree: Any) -> dict[str, str]:
    values: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("itemprop")
        if name and (content := (element.get("content") or "").strip()):
            values.setdefault(name.strip().lower(), content)
    return values


def _published(tree: Any, meta: dict[str, str]) -> str | None:
    days = [
        *(iso(meta.get(name)) for name in _DATES[:_CERTAIN]),
        *map(iso, _linked_data_dates(tree)),
        *map(iso, _time_elements(tree)),
        *(iso(meta.get(name)) for name in _DATES[_CERTAIN:]),
    ]
    return next((day for day in days if day), None)


def _linked_data_dates(tree: Any) -> Iterator[object]:
    for script in tree.iter("script"):
        try:
            yield from _dates_in(json.loads(script.text or ""), depth=0)
        except (ValueError, RecursionError):
            continue


def _dates_in(value: Any, depth: int) -> Iterator[object]:
    """`datePublished` of the articles in JSON-LD, down to the depth of a graph within a list."""
    if isinstance(value, list) and depth < 4:
        for item in value[:50]:
            yield from _dates_in(item, depth + 1)
    elif isinstance(value, dict):
        if _KINDS.search(str(value.get("@type", ""))):
            yield value.get("datePublished")
        yield from _dates_in(value.get("@graph"), depth + 1)


def _time_elements(tree: Any) -> Iterator[str]:
    for element in tree.iter("time", "span", "div", "meta"):
        label = f"{element.get('itemprop') or ''} {element.get('class') or ''}"
        stated = element.get("itemprop") == "datePublished" or element.get("pubdate") is not None
        if element.tag == "time" and not stated:
            stated = bool(_POSTED.search(label)) and not _CHANGED.search(label)
        if stated:
            yield element.get("datetime") or element.get("content") or "".join(islice(element.itertext(), 50))
