"""Which articles a search may read, by date of publication and by publisher.

Knows the columns of `articles`, and nothing of questions, passages or ranking.

Dates are ISO 8601, each as precise as it was given, and compared as text: "2017-05" is the whole of that month
because it is a prefix of all its days. No calendar is needed, and SQLite compares the same way.
"""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from index.errors import BadSetting
from index.read.dates import iso
from index.store import database
from index.store.sql import Connection
from index.types import Article

AFTER = "~"
"""Sorts behind every digit and hyphen: "2017~" comes right after the last day of 2017."""
_DATED = "(published GLOB '[0-9][0-9][0-9][0-9]' OR published GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]*')"
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}.*)?", re.DOTALL)
_HOST = re.compile(r"[a-z]+://(?:[^/?#@]*@)?([^/?#:]+)", re.IGNORECASE)
_SHARED = frozenset("ac co com edu go gov ne net or org".split())
"""Labels that belong to the suffix when they stand before a country's: bbc.co.uk."""
_RUN = 8
"""At most so many words of a publisher's name are taken together."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Articles published from `since` until `until`, both included, by `publisher`; None sets no limit.

    Dates are ISO 8601, as precise as wanted. An article belongs to it when the time it may have been published
    in overlaps; one without a date does not, as soon as a date is asked for. `publisher` stands for whole words
    of a publisher's name or whole labels of its host, whatever the case, accents, punctuation and spaces.
    `only` are the ids of the articles that may belong to it, `without` those of articles that don't. With `as_of`, a
    day like `until`, what was known then is asked for: `superseded` are the ids of the versions of pages that don't
    count, which `index.search.versions` finds.
    """

    since: str | None = None
    until: str | None = None
    publisher: str | None = None
    only: frozenset[str] | None = field(default=None, repr=False)
    without: frozenset[str] = field(default=frozenset(), repr=False)
    as_of: str | None = field(default=None, repr=False)
    superseded: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of(
        cls,
        since: str | None = None,
        until: str | None = None,
        publisher: str | None = None,
        as_of: str | None = None,
    ) -> Scope | None:
        """The scope that a user asks for; None when nothing is asked for.

        Dates may be "2017", "2017-05", "19 May 2017", "today", "yesterday". Raises BadSetting.

        >>> Scope.of("May 2017", "2018", "NPR"), Scope.of()
        (Scope(since='2017-05', until='2018', publisher='NPR'), None)
        """
        if since is None and until is None and publisher is None and as_of is None:
            return None
        if until is not None and as_of is not None:
            raise BadSetting("--until and --as-of both end the time that is asked for: leave one out")
        end = "until" if as_of is None else "as-of"
        since, as_of = _date("since", since), _date("as-of", as_of)
        until = as_of or _date("until", until)
        if since and until and since > until + AFTER:
            raise BadSetting(f"--since {since} is after --{end} {until}: swap them, or leave one out")
        if publisher is not None:
            publisher = " ".join(publisher.split())
            if not squeezed(publisher):
                raise BadSetting(
                    f"--publisher {publisher!r} names nobody: write a name or a host, such as NPR or npr.org"
                )
        return cls(since, until, publisher, as_of=as_of)

    def __str__(self) -> str:
        """What is true of the articles inside.

        >>> str(Scope("2016", "2017-05", "NPR")), str(Scope(until="2016"))
        ('by NPR and from 2016 to 2017-05', 'from 2016 or earlier')
        """
        dates = {
            (True, True): f"from {self.since} to {self.until}",
            (True, False): f"from {self.since} or later",
            (False, True): f"from {self.until} or earlier",
        }.get((self.since is not None, self.until is not None))
        if dates and self.since == self.until:
            dates = f"from {self.since}"
        apart = "in other articles" if self.without else ""
        return " and ".join(filter(None, (self.publisher and f"by {self.publisher}", dates, apart)))

    def holds(self, article: Article) -> bool:
        """Whether the article is inside.

        >>> may = Article("1", "T", "Text.", publisher="The Daily", published="2017-05")
        >>> Scope("2017-05-19", publisher="daily").holds(may), Scope("2017-06").holds(may)
        (True, False)
        """
        if article.id in self.without or article.id in self.superseded:
            return False
        if self.only is not None and article.id not in self.only:
            return False
        published = article.published or ""
        if (self.since or self.until) and not _DATE.fullmatch(published):
            return False
        if self.since and not (published >= self.since or published in _wider(self.since)):
            return False
        if self.until and published > self.until + AFTER:
            return False
        return self.publisher is None or _wrote(_keys(self.publisher), article.publisher, article.url)

    def articles(self, connection: Connection) -> list[int]:
        """The `number` of each article inside, ascending; in one statement."""
        conditions, values = ["TRUE"], []
        if self.since or self.until:
            conditions.append(_DATED)
        if self.since:
            conditions.append("(published >= ? OR published IN (?, ?))")
            values += [self.since, *_wider(self.since)]
        if self.until:
            conditions.append("published <= ?")
            values.append(self.until + AFTER)
        if self.only is not None:
            conditions.append("id IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(self.only)))
        sql = f"SELECT number, id, publisher, url FROM articles WHERE {' AND '.join(conditions)}"
        if self.publisher is None:
            sql = sql.replace(", publisher, url", ", NULL, NULL")
        keys = None if self.publisher is None else _keys(self.publisher)
        return sorted(
            number
            for number, id, publisher, url in connection.execute(sql, values)
            if id not in self.without
            and id not in self.superseded
            and (keys is None or _wrote(keys, publisher, url))
        )

    def narrowed(self, other: Scope | None) -> Scope:
        """The articles that are inside both; the other's publisher and dates go before this one's.

        >>> Scope(since="2016").narrowed(Scope(publisher="NPR"))
        Scope(since='2016', until=None, publisher='NPR')
        """
        if other is None:
            return self
        only = [ids for ids in (self.only, other.only) if ids is not None]
        return Scope(
            other.since or self.since,
            other.until or self.until,
            other.publisher or self.publisher,
            frozenset.intersection(*only) if only else None,
            self.without | other.without,
            other.as_of or self.as_of,
            self.superseded | other.superseded,
        )


def publishers(connection: Connection) -> list[str]:
    """The publishers of a library's articles, those of most articles first."""
    rows = connection.execute(
        "SELECT publisher FROM articles WHERE publisher <> '' GROUP BY publisher "
        "ORDER BY count(*) DESC, publisher"
    )
    return [row[0] for row in rows]


_known: dict[Path, tuple[tuple[int, int], tuple[str, ...]]] = {}
"""The publishers of libraries, by their folders, and the state of each in which it has them."""


def publishers_in(folder: Path) -> tuple[str, ...]:
    """`publishers` of the library in a folder, kept until it changes. Raises LibraryMissing, LibraryDamaged."""
    with database.explained(folder), closing(database.reading(folder)) as connection:
        (generation,) = connection.execute("SELECT value FROM meta WHERE key = 'generation'").fetchone()
        # A library made anew in the same folder begins to count generations anew, in another file.
        state = (folder / database.FILE).stat().st_ino, generation
        known = _known.get(folder)
        if known is None or known[0] != state:
            known = _known[folder] = state, tuple(publishers(connection))
        return known[1]


def names_publisher(wanted: str, publisher: str) -> bool:
    """Whether a publisher is called so: whole words, whatever the case, accents, punctuation and spaces.

    >>> names_publisher("npr", "N.P.R. News"), names_publisher("ap", "Apple News")
    (True, False)
    """
    return _wrote(_keys(wanted), publisher, None)


def squeezed(text: str) -> str:
    """The letters and digits of a name, without case, accents or spaces.

    >>> squeezed("N.P.R."), squeezed("El País")
    ('npr', 'elpais')
    """
    return "".join(_words(text))


def _date(option: str, value: str | None) -> str | None:
    if value is None:
        return None
    days = {"today": 0, "yesterday": 1}
    if (ago := days.get(value.strip().lower())) is not None:
        return (date.today() - timedelta(days=ago)).isoformat()
    if (found := iso(value)) is None:
        raise BadSetting(
            f"--{option} {value[:40]!r} is no date that can be read: write it as 2017, 2017-05 or 2017-05-19"
        )
    return found


def _wider(day: str) -> tuple[str, str]:
    """The year and the month of a date: an article dated just so may be from that day on, too."""
    return day[:4], day[:7]


def _words(text: str) -> list[str]:
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", plain.casefold())


@lru_cache(maxsize=64)
def _keys(wanted: str) -> frozenset[str]:
    """What a run of words must come to, squeezed: the name with and without "the"; of an address its host."""
    if match := _HOST.match(wanted):
        wanted = match[1]
    elif "." in wanted and " " not in wanted:
        wanted = wanted.split("/")[0]
    words = _words(wanted)
    if len(words) > 1 and words[0] in ("the", "www"):
        words = words[1:]
    key = "".join(words)
    return frozenset((key, "the" + key))


def _wrote(keys: frozenset[str], publisher: str | None, url: str | None) -> bool:
    if publisher and not keys.isdisjoint(_runs(publisher)):
        return True
    host = _HOST.match(url) if url else None
    return host is not None and not keys.isdisjoint(_host_runs(host[1]))


@lru_cache(maxsize=4096)
def _runs(name: str) -> frozenset[str]:
    """Every run of whole words of a name, squeezed."""
    return _joined(_words(name)[:100], None)


@lru_cache(maxsize=4096)
def _host_runs(host: str) -> frozenset[str]:
    """Every run of whole labels of a host, squeezed, that doesn't lie in its suffix (.com, .co.uk)."""
    labels = ["".join(_words(label)) for label in host.lower().split(".") if label]
    if labels[:1] == ["www"]:
        labels = labels[1:]
    suffix = 2 if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SHARED else 1
    return _joined(labels, len(labels) - suffix)


def _joined(words: list[str], before: int | None) -> frozenset[str]:
    """The runs that begin before that place, each as one word."""
    starts = range(len(words) if before is None else before)
    return frozenset("".join(words[i : i + n]) for i in starts for n in range(1, _RUN + 1))
