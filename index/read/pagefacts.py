"""What a web page states about itself in its head: title, publisher, address, date. Knows nothing of its text."""

from __future__ import annotations

import logging
from itertools import islice
from typing import Any

from index.read.facts import Facts
from index.read.linked import page_entities
from index.read.pagedates import published_on


def page_facts(tree: Any, address: str | None = None) -> Facts:
    """The facts on the parsed page `tree` (an lxml element), which was saved at `address` where that is known."""
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
    address = facts.url or address
    titles = [meta.get("og:title", ""), *(h.text_content() for h in islice(tree.iter("title", "h1"), 10))]
    published = published_on(tree, meta, page_entities(tree, titles, address), address)
    return Facts(url=address, publisher=meta.get("og:site_name"), published=published).or_else(facts)


def _meta(tree: Any) -> dict[str, str]:
    values: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("http-equiv")
        if name and (content := (element.get("content") or "").strip()):
            values.setdefault(name.strip().lower(), content)
    return values
