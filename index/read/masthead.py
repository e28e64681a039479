"""Publisher, date and address where an article's first and last lines state them; reads text, no markup.

Takes only lines that say so as a whole. A copyright year or a date within a sentence is no date of publication.
"""

from __future__ import annotations

import re

from index.read.dates import iso
from index.read.facts import Facts
from index.read.furniture import COPYRIGHT, SITE_NAME

_HEAD, _TAIL, _BODY = 12, 8, 140
_PUBLISHED = re.compile(
    r"(?:first |originally )?(?:published|posted|publication date|date published|date)"
    r"(?:\s+(?:on|at))?\s*[:–-]?\s+(?P<date>.{4,70}?)\.?",
    re.IGNORECASE,
)
_YEAR = re.compile(r"[12]\d{3}")
_OTHER_DATE = re.compile(r"(?:last\s+)?(?:updated|modified|revised|accessed|retrieved)\b", re.IGNORECASE)
_LABELLED = re.compile(
    r"(?P<name>publisher|publication|source|site|url|link)\s*:\s+(?P<value>\S.{1,300})", re.IGNORECASE
)
_URL = re.compile(r"https?://[^\s<>|]+", re.IGNORECASE)
_PARTS = re.compile(r"\s+[|•·]\s+|\s+[–—-]\s+")
_BYLINE = re.compile(r"by\s+\S|.*\bread$", re.IGNORECASE)
# "WASHINGTON, July 27, 2017 (Reuters) - ": place in capitals, full date, then a dash.
_DATELINE = re.compile(
    r"[A-Z][A-Z .'’-]{2,40},\s+(?:[A-Z][\w .]{2,30},\s+)?"
    r"(?P<date>[A-Z][a-z]{2,8}\.?\s+\d{1,2},\s+\d{4}),?\s*(?:\([^)]{2,30}\)|/[^/]{2,30}/)?\s*(?:-{1,2}|[–—])\s"
)


def masthead(text: str) -> Facts:
    """The facts that the lines around the body of `text` state: no title, and no guesses.

    >>> masthead("Bridge opens\\n\\nDaily News | July 27, 2017 | https://news.org/bridge\\n\\nIt opened in 2016.")
    Facts(title=None, url='https://news.org/bridge', publisher='Daily News', published='2017-07-27')
    >>> masthead("© 2024 City Radio\\n\\nBridge opens").publisher
    'City Radio'
    """
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    body = next((n for n, line in enumerate(lines) if _is_prose(line, n)), len(lines))
    # Several lines that are nothing but a date are the headings of a diary.
    diary = sum(_full_date(line) is not None for line in lines) > 1
    facts = Facts()
    head = lines[: min(body, _HEAD)]
    for line in head:
        if not (diary and _full_date(line)):
            facts = facts.or_else(_from_line(line))
    if body < len(lines) and (match := _DATELINE.match(lines[body])):
        facts = facts.or_else(Facts(published=iso(match["date"])))
    copyrights = [*head, *lines[max(body, len(lines) - _TAIL) :]]
    facts = facts.or_else(Facts(publisher=next(filter(None, map(_holder, copyrights)), None)))
    if lines and len(lines) > 1 and SITE_NAME.fullmatch(lines[-1]):
        facts = facts.or_else(Facts(publisher=lines[-1].rstrip("/ ")))
    return facts


def _is_prose(line: str, number: int) -> bool:
    """Whether the article's body begins here: a long line, or after the headline any whole sentence."""
    is_sentence = number > 0 and re.search(r"[.!?][\"'”’»)]*$", line) and len(line.split()) > 5
    return len(line) > _BODY or bool(is_sentence)


def _from_line(line: str) -> Facts:
    if match := _LABELLED.fullmatch(line):
        value = match["value"].strip()
        if _URL.fullmatch(value):
            return Facts(url=value)
        return Facts(publisher=value) if match["name"].lower() not in ("url", "link") else Facts()
    if _URL.fullmatch(line):
        return Facts(url=line)
    if day := _published(line):
        return Facts(published=day)
    return _from_parts([part for part in _PARTS.split(line) if part])


def _from_parts(parts: list[str]) -> Facts:
    """Facts of a line such as "Publisher | date | address", of which at least two must be recognised."""
    url = next((part for part in parts if _URL.fullmatch(part)), None)
    day = next(filter(None, map(_published, parts)), None)
    if not 2 <= len(parts) <= 5 or not (url or day):
        return Facts()
    names = [p for p in parts if p != url and not _published(p) and not _OTHER_DATE.match(p)]
    names = [name for name in names if not _BYLINE.match(name)]
    # Without an address, the rest may as well be an author or a section.
    publisher = names[0] if url and len(names) == 1 and len(names[0]) <= 60 else None
    return Facts(url=url, publisher=publisher, published=day)


def _published(text: str) -> str | None:
    """The date in "Published July 27, 2017" or "July 27, 2017", not in a bare year or month."""
    match = _PUBLISHED.fullmatch(text)
    return iso(match["date"]) if match else _full_date(text)


def _full_date(text: str) -> str | None:
    day = iso(text) if len(text) < 60 and _YEAR.search(text) else None
    return day if day and len(day) == len("2017-07-27") else None


def _holder(line: str) -> str | None:
    match = COPYRIGHT.fullmatch(line)
    return match["holder"].strip(" .,") if match else None
