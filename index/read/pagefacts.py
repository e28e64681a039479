"""What a web page states about itself in its head: title, publisher, address, date. Knows nothing of its text."""

from __future__ import annotations

import logging
import re
from itertools import islice
from typing import Any

from index.read.facts import Facts
from index.read.linked import Entity, is_titled, page_entities
from index.read.pagedates import published_on

_ARCHIVED = re.compile(r"https?://web\.archive\.org/web/\d{4,14}\w*/(https?):/+", re.IGNORECASE)


def page_facts(tree: Any, address: str | None = None) -> tuple[Facts, list[Entity]]:
    """The facts on the parsed page `tree` (an lxml element), and what it says of its article as linked data.

    `address` is where it was saved, if that is known.
    """
    from trafilatura.metadata import extract_metadata

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    logging.getLogger("htmldate").setLevel(logging.CRITICAL)
    # Its own search for a date would guess; given a cheap one, it is not used.
    try:
        found = extract_metadata(tree, date_config={"extensive_search": False, "original_date": True})
        own = _own(found.url)
        facts = Facts(found.title, own, found.sitename if own == found.url else None)
    except MemoryError:
        raise
    except Exception:  # malformed metadata is no reason to lose the article
        facts = Facts()
    meta = _meta(tree)
    address = facts.url or _own(address)
    headings = [" ".join(h.text_content().split()) for h in islice(tree.iter("h1"), 10)]
    titles = [meta.get("og:title", ""), *headings, *(t.text or "" for t in islice(tree.iter("title"), 3))]
    entities = page_entities(tree, titles, address)
    published = published_on(tree, meta, entities, address)
    title = facts.title
    if title and not is_titled(title, titles):  # it is that of an update, or of another article
        title = next(filter(None, (*headings, *titles)), title)
    known = Facts(title, address, meta.get("og:site_name"), published)
    return known.or_else(facts), entities


def _own(address: str | None) -> str | None:
    """The address that an archive's copy was made of, or `address` itself."""
    return _ARCHIVED.sub(r"\1://", address) if address else None


def _meta(tree: Any) -> dict[str, str]:
    values: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or element.get("http-equiv")
        if name and (content := (element.get("content") or "").strip()):
            values.setdefault(name.strip().lower(), content)
    return values
