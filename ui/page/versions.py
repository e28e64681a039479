"""The versions of a page that an article is one of, as a reader leafs through them: pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from qa.presentation.markup import Html, date, el
from ui.page.here import ALONE, Here

if TYPE_CHECKING:
    from index.search.versions import Version


@dataclass(frozen=True, slots=True)
class Row:
    """A version: the address of its page, its dates in words, whether it is read now, whether it is the present one."""

    address: str
    dates: str
    read: bool
    present: bool


def rows(versions: Sequence[Version], id: str, back: str = "") -> list[Row]:
    """The versions, the oldest first; their pages lead `back` to the list that a reader came from."""
    last = len(versions) - 1
    way = {"back": back} if back else {}
    return [
        Row(f"/library/article?{urlencode({'id': v.id, **way})}", dates(v), v.id == id, i == last)
        for i, v in enumerate(versions)
    ]


def dates(version: Version) -> str:
    """When a version was published, and when another took its place.

    >>> from index.search.versions import Version
    >>> dates(Version("a", 1, "2022-10-01", "2022-10-04")), dates(Version("b", 2, "", None))
    ('1 October 2022, replaced on 4 October 2022', 'without a date')
    """
    published = date(version.published) or "without a date"
    return f"{published}, replaced on {date(version.replaced)}" if version.replaced else published


def line(versions: Sequence[Version], id: str, here: Here = ALONE) -> Html:
    """Which version stands beside an answer, with the way to the others; nothing where there is one alone."""
    found = rows(versions, id)
    place = next((i for i, row in enumerate(found) if row.read), None)
    if place is None:
        return Html()
    row = found[place]
    said = "the present one" if row.present else "an older one"
    link = el("a", "Leaf through them", href=here.at(row.address))
    what = f"Version {place + 1} of {len(found)}, {said} ({row.dates}). "
    return el("p", what, link, class_="fn-hint fn-versions")
