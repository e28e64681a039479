"""The day on which a web page's article was published, from what the page declares, shows and is called.

What is declared for programs goes first, then what stands around the headline, then the address. Knows nothing of
the text below the headline: a day told there is none of publication.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from index.read.calendars import order_of
from index.read.dates import iso, order_shown
from index.read.linked import Entity
from index.read.stated import day_in, full_date

_CERTAIN = (
    "article:published_time og:article:published_time og:published_time article:published datepublished"
    " rnews:datepublished parsely-pub-date sailthru.date cxenseparse:recs:publishtime bt:pubdate vr:published_time"
    " shareaholic:article_published_time originalpublicationdate citation_online_date citation_publication_date"
    " citation_date prism.publicationdate dc.date.issued dcterms.issued dc.issued dcterms.available publication_date"
    " publication-date publish_date publish-date publishdate published_at published pubdate pub_date"
    " article.published displaydate"
).split()
_LESS_CERTAIN = "dc.date dcterms.date dc.date.created dcterms.created article.created date".split()
_POSTED = re.compile(r"publish|posted|entry-date|post-date|pub-?date|dateline", re.IGNORECASE)
_CHANGED = re.compile(r"updat|modif|revis|edited", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:comments?|references?|bibliography|citations?|related|sidebar|teasers?|recommend\w*|promos?|widget"
    r"|trending|most-?(?:read|popular|viewed)|more-(?:news|stories|from)|newsletters?|footer)(?:$|[\s_-])",
    re.IGNORECASE,
)
_UTC = re.compile(r"[T\s](\d\d):\d\d.*?(?:Z|[+-]00:?00|\b(?:GMT|UTC))\s*\Z", re.IGNORECASE)
_ATTRIBUTES = ("datetime", "content", "title", "data-datetime", "data-date")
_SENTENCES = 140
"""Characters of a piece of text that is no line around the headline any more."""
_MOST_PIECES = 80
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_IN_ADDRESS = re.compile(
    rf"(?<!\d)((?:19[89]|20\d)\d)(?:([/-])(\d\d?|{'|'.join(_MONTHS)})\2(\d\d?)(?=[/_.-]|\Z)"
    r"|(0\d|1[012])([0-3]\d)(?=[/_.-]|\Z)|/(\d\d?)(?=/))"
)


class _Stamp(NamedTuple):
    """A date, and the hour where it is one of UTC, which elsewhere may be the evening before."""

    day: str
    hour: int | None


def published_on(
    tree: Any, meta: Mapping[str, str], entities: Sequence[Entity], address: str | None
) -> str | None:
    """The day of publication of the page `tree` (an lxml element) with its `meta` and JSON-LD, or its month or year.

    What is only called updated or modified is none.
    """
    order = _order(tree, meta, address)
    top = _headline(tree)
    headed = frozenset(top.iterancestors()) if top is not None else frozenset()
    stamps = [
        stamp
        for value in (
            *(meta.get(name) for name in _CERTAIN),
            *(entity.get("datePublished") for entity in entities),
            *_marked(tree, order, headed),
            *_around_headline(tree, top, order, headed),
            *(meta.get(name) for name in _LESS_CERTAIN),
            *(entity.get("dateCreated") for entity in entities),
            _of_address(address),
        )
        if (stamp := _stamp(value, order))
    ]
    if not stamps:
        return None
    first = next((stamp for stamp in stamps if len(stamp.day) > len("2021")), stamps[0])
    exact = next((s for s in stamps if len(s.day) > len(first.day) and s.day.startswith(first.day)), first)
    return _local(exact, stamps)


def _stamp(value: object, order: str | None) -> _Stamp | None:
    if (day := iso(value, order)) is None:
        return None
    utc = _UTC.search(value[:80]) if isinstance(value, str) else None
    return _Stamp(day, int(utc[1]) if utc else None)


def _local(stamp: _Stamp, others: list[_Stamp]) -> str:
    """The day of a time of UTC at the place of publication, where the page names it elsewhere without UTC."""
    if stamp.hour is None:
        return stamp.day
    day = date.fromisoformat(stamp.day)
    possible = {stamp.day}
    if stamp.hour < 12:
        possible.add((day - timedelta(1)).isoformat())
    if stamp.hour >= 10:
        possible.add((day + timedelta(1)).isoformat())
    return next((other.day for other in others if other.hour is None and other.day in possible), stamp.day)


def _order(tree: Any, meta: Mapping[str, str], address: str | None) -> str | None:
    if order := order_shown(tree.text_content()[:200_000]):
        return order
    root = tree.getroottree().getroot()
    language = root.get("lang") or root.get("{http://www.w3.org/XML/1998/namespace}lang")
    try:
        host = urlsplit(address or "").hostname
    except ValueError:
        host = None
    tags = (language, meta.get("content-language"), meta.get("og:locale"), meta.get("language"))
    return next(filter(None, (order_of(tag, host) for tag in (*tags, ""))), None)


def _headline(tree: Any) -> Any:
    """The heading of the page's article, or None."""
    headings = [
        h
        for h in islice(tree.iter("h1"), 20)
        if next(h.iterancestors("aside", "nav", "footer"), None) is None
    ]
    within = (h for h in headings if next(h.iterancestors("article", "main"), None) is not None)
    return next(within, headings[0] if headings else None)


def _marked(tree: Any, order: str | None, headed: frozenset[Any]) -> Iterator[str]:
    """What is marked up as the date of publication: microdata, `pubdate`, and `<time>` of such a class."""
    scopes: dict[Any, list[str]] = {}
    for element in islice(
        filter(_is_marked, tree.iter("time", "span", "div", "meta", "abbr", "p")), _MOST_PIECES
    ):
        if not _is_elsewhere(element, headed):
            scope = next((e for e in element.iterancestors() if e.get("itemscope") is not None), None)
            scopes.setdefault(scope, []).append(_value(element, order))
    # Of several things that are dated the page's own is the innermost around its headline.
    own = next((scope for scope in reversed(scopes) if scope in headed), None)
    for scope, values in scopes.items():
        if scope is own or len(scopes) == 1:
            yield from values


def _is_marked(element: Any) -> bool:
    label = f"{element.get('itemprop') or ''} {element.get('class') or ''}"
    if element.get("itemprop") == "datePublished" or element.get("pubdate") is not None:
        return True
    posted = element.tag in ("time", "abbr") and _POSTED.search(label)
    return bool(posted) and (not _CHANGED.search(label) or "published" in label.split())


def _is_elsewhere(element: Any, headed: frozenset[Any]) -> bool:
    """Whether it belongs to another part of the page than the article: comments, references, teasers of others.

    What is `headed`, around the headline, is no other part, whatever it is called.
    """
    for part in (element, *element.iterancestors()):
        if part in headed or part.tag in ("body", "main"):
            return False
        if _is_other(part):
            return True
    return False


def _is_other(part: Any) -> bool:
    names = f"{part.get('id') or ''} {part.get('class') or ''}"
    return part.tag in ("aside", "nav", "footer") or _ELSEWHERE.search(names) is not None


def _value(element: Any, order: str | None) -> str:
    """The date that an element shows, or else the one in its attributes, which may be one of UTC."""
    shown = " ".join("".join(islice(element.itertext(), 50)).split())
    if full_date(shown, order):
        return shown
    attributes = map(element.get, _ATTRIBUTES)
    return next((value for value in attributes if value and iso(value, order)), shown)


def _around_headline(tree: Any, top: Any, order: str | None, headed: frozenset[Any]) -> list[str]:
    """The date in the lines around the headline `top`: one that is called published, else the only one there is."""
    start = next(tree.iter("main", "article"), None)
    if top is not None:
        start = next(top.iterancestors("article", "main"), None)
    own = start is not None  # else what stands above the headline is the site's, as today's date may be
    if start is None and top is not None:
        start = next((part for part in top.iterancestors() if _has_paragraph(part)), None)
    above: list[str] = []
    below: list[str] = []
    before = ""
    pieces = _pieces(start, top, order, headed) if start is not None else iter(())
    for piece, passed in islice(pieces, _MOST_PIECES):
        found = day_in(piece, order, before)
        if found and found.labelled:
            return [found.day]
        if found and (passed or own):
            (below if passed else above).append(found.day)
        before = piece
    days = below or above
    return days[:1] if len(set(days)) == 1 else []


def _has_paragraph(element: Any) -> bool:
    texts = (part.text or "" for part in islice(element.iter("p", "div", "td"), _MOST_PIECES))
    return any(len(text) > _SENTENCES // 2 for text in texts)


def _pieces(start: Any, top: Any, order: str | None, headed: frozenset[Any]) -> Iterator[tuple[str, bool]]:
    """The pieces of text from the element `start` to the first paragraph below the headline `top`, and whether below.

    What is marked up as a date gives the one that it shows, or else the one in its attributes.
    """
    from lxml import etree  # type: ignore[import-untyped]

    passed = top is None
    inside: Any = None  # an element of which the text has been given, or is not wanted
    for event, element in etree.iterwalk(start, events=("start", "end")):
        if event == "end":
            inside = None if inside is element else inside
            text = (element.tail or "") if inside is None and element is not start else ""
        elif inside is not None:
            continue
        elif (
            not isinstance(element.tag, str)
            or element.tag in ("script", "figure")
            or (element not in headed and _is_other(element))
        ):
            inside, text = element, ""
        elif element.tag == "time" or any(element.get(name) for name in _ATTRIBUTES if element.tag != "a"):
            changed = _CHANGED.search(f"{element.get('class') or ''} {element.get('itemprop') or ''}")
            inside, text = element, ("updated " if changed else "") + _value(element, order)
        elif 0 < len(element) < 6 and full_date(
            shown := " ".join("".join(islice(element.itertext(), 12)).split()), order
        ):
            inside, text = element, shown
        else:
            passed = passed or element is top
            text = element.text or ""
            if passed and element is not top and (element.tag in ("p", "li") or len(text) > _SENTENCES):
                text = element.text_content() if element.tag == "p" else text
                if len(text.strip()) > _SENTENCES:
                    return
                text = element.text or ""
        if text := " ".join(text.split()):
            yield text, passed


def _of_address(address: str | None) -> str | None:
    """The day or month in an address such as "https://news.org/2021/03/16/ferry"."""
    path = re.sub(r"\Ahttps?://web\.archive\.org/web/\w+/", "", address or "").partition("?")[0].lower()
    match = _IN_ADDRESS.search(path.partition("//")[2] or path)
    if not match:
        return None
    month, day = match[3] or match[5] or match[7], match[4] or match[6] or ""
    number = _MONTHS.index(month) + 1 if month in _MONTHS else int(month)
    return iso(f"{match[1]}-{number:02d}" + (f"-{day:0>2}" if day else ""))
