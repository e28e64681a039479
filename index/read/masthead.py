"""Publisher, date and address where an article's first and last lines state them; reads text, no markup.

Takes only lines that say so as a whole. A copyright year or a date within a sentence is no date of publication.
"""

from __future__ import annotations

import re

from index.read.facts import Facts
from index.read.furniture import COPYRIGHT, SITE_NAME
from index.read.stated import day_in, full_date, is_update, order_in

_HEAD, _TAIL, _BODY = 12, 8, 140
_LABELLED = re.compile(
    r"(?P<name>publisher|publication|source|site|url|link)\s*:\s+(?P<value>\S.{1,300})", re.IGNORECASE
)
_URL = re.compile(r"https?://[^\s<>|]+", re.IGNORECASE)
_PARTS = re.compile(r"\s+[|•·]\s+|\s+[–—-]\s+")
_BYLINE = re.compile(r"by\s+\S|.*\bread$", re.IGNORECASE)
# "WASHINGTON, July 27, 2017 (Reuters) - ": place, full date, then a dash; the place in capitals or an agency named.
_DATELINE = re.compile(
    r"(?P<place>[^\W\d_][^,()\d–—]{1,40})(?:,|\s[–—-]{1,2})\s+"
    r"(?:[^\W\d_][\w .]{2,30}(?:,|\s[–—-]{1,2})\s+)?(?P<date>[^()/]{8,40}?),?\s*"
    r"(?P<agency>\([^)]{2,30}\)|/[^/]{2,30}/)?\s*(?:-{1,2}|[–—])\s"
)


def masthead(text: str) -> Facts:
    """The facts that the lines around the body of `text` state: no title, and no guesses.

    >>> masthead("Bridge opens\\n\\nDaily News | July 27, 2017 | https://news.org/bridge\\n\\nIt opened in 2016.")
    Facts(title=None, url='https://news.org/bridge', publisher='Daily News', published='2017-07-27')
    >>> masthead("© 2024 City Radio\\n\\nBridge opens").publisher
    'City Radio'
    """
    lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
    order = order_in(text)
    prose = (n for n, line in enumerate(lines) if _is_prose(line, n) and not full_date(line, order))
    body = next(prose, len(lines))
    # Several lines that are nothing but a date are the headings of a diary.
    diary = sum(full_date(line, order) is not None for line in lines if line[:1].isalnum()) > 1
    facts = Facts()
    head = lines[: min(body, _HEAD)]
    for before, line in zip(["", *head], head, strict=False):
        if not (diary and full_date(line, order)):
            facts = facts.or_else(_from_line(line, before, order))
    if body < len(lines):
        facts = facts.or_else(Facts(published=_of_dateline(lines[body], order)))
    tail = lines[max(body, len(lines) - _TAIL) :]
    facts = facts.or_else(Facts(publisher=next(filter(None, map(_holder, [*head, *tail])), None)))
    labelled = (day.day for line in tail if (day := day_in(line, order)) and day.labelled)
    facts = facts.or_else(Facts(published=next(labelled, None)))
    if lines and len(lines) > 1 and SITE_NAME.fullmatch(lines[-1]):
        facts = facts.or_else(Facts(publisher=lines[-1].rstrip("/ ")))
    return facts


def _is_prose(line: str, number: int) -> bool:
    """Whether the article's body begins here: a long line, or after the headline any whole sentence."""
    is_sentence = number > 0 and re.search(r"[.!?][\"'”’»)]*$", line) and len(line.split()) > 5
    return len(line) > _BODY or bool(is_sentence)


def _from_line(line: str, before: str, order: str | None) -> Facts:
    if match := _LABELLED.fullmatch(line):
        value = match["value"].strip()
        if _URL.fullmatch(value):
            return Facts(url=value)
        return Facts(publisher=value) if match["name"].lower() not in ("url", "link") else Facts()
    if _URL.fullmatch(line):
        return Facts(url=line)
    day = day_in(line, order, before)
    return Facts(published=day.day if day else None).or_else(_from_parts(_PARTS.split(line), order))


def _from_parts(parts: list[str], order: str | None) -> Facts:
    """Facts of a line such as "Publisher | date | address", of which at least two must be recognised."""
    url = next((part for part in parts if _URL.fullmatch(part)), None)
    if not 2 <= len(parts) <= 5 or not url:
        return Facts()
    names = [
        p for p in parts if p and p != url and not (day_in(p, order) or is_update(p) or _BYLINE.match(p))
    ]
    # Without an address, the rest may as well be an author or a section.
    return Facts(url=url, publisher=names[0] if len(names) == 1 and len(names[0]) <= 60 else None)


def _of_dateline(line: str, order: str | None) -> str | None:
    match = _DATELINE.match(line)
    if match is None or not (match["agency"] or match["place"].isupper()):
        return None
    return full_date(match["date"], order)


def _holder(line: str) -> str | None:
    match = COPYRIGHT.fullmatch(line)
    return match["holder"].strip(" .,") if match else None
