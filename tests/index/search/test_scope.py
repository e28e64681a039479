"""Filtering by date and publisher: what users type, where intervals meet, and SQL agreeing with Python."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import BadSetting
from index.library import Library
from index.search.scope import Scope, names_publisher, publishers, publishers_in
from index.store import database
from index.types import Article

# fmt: off
ARTICLES = [
    ("day", "2017-05-19", "NPR", "https://www.npr.org/1"),
    ("month", "2017-05", "N.P.R.", None),
    ("year", "2017", "The New York Times", "https://www.nytimes.com/2017/a.html"),
    ("hour", "2017-05-31T23:59:00Z", "Apple News", "https://apple.news/a"),
    ("later", "2018-01-01", "AP News", "https://apnews.com/x"),
    ("undated", None, "BBC", "https://news.bbc.co.uk:443/a"),
    ("blank", "", None, "https://www.theguardian.com/a"),
    ("odd", "May 2017", "El País", "https://elpais.com/"),
    ("old", "1999-12-31", "The Washington Times", None),
    ("bare", "2016-12-31", None, None),
    ("npr2", "2020-02-29", "NPR", None),
]
# fmt: on


def article(name: str, published: str | None, publisher: str | None, url: str | None) -> Article:
    return Article(name, name, f"The article called {name}.", url, publisher, published, name)


_made: list[Path] = []


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory, embedder: Any) -> Path:
    """A library of ARTICLES, made once, since all tests only read it."""
    if not _made:
        folder = tmp_path_factory.mktemp("scope") / "lib"
        with Library.open(folder, embedder=embedder, create=True) as library:
            library.add_articles([article(*row) for row in ARTICLES])
        _made.append(folder)
    return _made[0]


@pytest.fixture
def connection(folder: Path) -> Iterator[Any]:
    with closing(database.reading(folder)) as opened:
        yield opened


def inside(connection: Any, scope: Scope) -> set[str]:
    names = dict(connection.execute("SELECT number, id FROM articles"))
    found = [names[number] for number in scope.articles(connection)]
    assert set(found) == {row[0] for row in ARTICLES if scope.holds(article(*row))}, "SQL and Python differ"
    return set(found)


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2017", "2017", "day month year hour"),
        ("2017-05-19", "2017-05-19", "day month year"),
        ("2017-05-20", "2017-05-31", "month year hour"),
        ("2017-06", None, "year later npr2"),
        ("2017-06", "2017-11", "year"),
        (None, "2016", "old bare"),
        (None, "2017-04-30", "old bare year"),
        ("2017-12-31", "2018-01-01", "year later"),
        ("2018", None, "later npr2"),
        ("2020-02-29", None, "npr2"),
        ("2021", None, ""),
        (None, "1999-12-30", ""),
    ],
)
def test_an_article_is_inside_when_its_day_month_or_year_overlaps(
    connection: Any, since: str | None, until: str | None, expected: str
) -> None:
    assert inside(connection, Scope(since, until)) == set(expected.split())


@pytest.mark.parametrize(
    ("publisher", "expected"),
    [
        ("NPR", "day month npr2"),
        ("npr.org", "day"),
        ("https://www.npr.org/sections/news/", "day"),
        ("n p r", "day month npr2"),
        ("New York Times", "year"),
        ("the new-york times", "year"),
        ("nytimes", "year"),
        ("NYTimes.com", "year"),
        ("www.nytimes.com", "year"),
        ("times", "year old"),
        ("ap", "later"),
        ("apple", "hour"),
        ("apnews.com", "later"),
        ("The BBC", "undated"),
        ("bbc.co.uk", "undated"),
        ("Guardian", "blank"),
        ("The Guardian", "blank"),
        ("el pais", "odd"),
        ("ELPAÍS", "odd"),
        ("com", ""),
        ("co.uk", ""),
        ("York", "year"),
        ("Yor", ""),
        ("Le Monde", ""),
    ],
)
def test_a_publisher_is_found_by_whole_words_or_by_its_host(
    connection: Any, publisher: str, expected: str
) -> None:
    assert inside(connection, Scope(publisher=publisher)) == set(expected.split())


def test_dates_and_publisher_must_both_hold(connection: Any) -> None:
    assert inside(connection, Scope("2018", None, "NPR")) == {"npr2"}
    assert inside(connection, Scope("2018", None, "El País")) == set()
    assert len(inside(connection, Scope())) == len(ARTICLES)


_dates = st.dates(date(2016, 11, 1), date(2018, 3, 1)).flatmap(
    lambda day: st.sampled_from([day.isoformat(), day.isoformat()[:7], day.isoformat()[:4]])
)


def _ends(text: str) -> tuple[date, date]:
    """The first and the last day of a year, a month or a day."""
    first = date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    step = {4: 366, 7: 31, 10: 0}[len(text)]
    last = max(d for n in range(step + 1) if (d := first + timedelta(n)).isoformat().startswith(text))
    return first, last


@settings(max_examples=60, deadline=None)
@given(_dates, _dates, _dates)
def test_comparing_as_text_is_comparing_by_calendar(one: str, other: str, published: str) -> None:
    since, until = sorted([one, other])
    first, last = _ends(published)
    overlap = last >= _ends(since)[0] and first <= _ends(until)[1]
    assert Scope(since, until).holds(article("a", published, None, None)) == overlap


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (("2017", None, None), Scope("2017")),
        (("2017-05", "2017", None), Scope("2017-05", "2017")),
        (("19 May 2017", "May 19, 2017", None), Scope("2017-05-19", "2017-05-19")),
        (("2017/05/19", "dec 2017", " The  Hill "), Scope("2017-05-19", "2017-12", "The Hill")),
        ((None, None, None), None),
        ((None, "Today", None), Scope(None, date.today().isoformat())),
        (("yesterday", None, None), Scope((date.today() - timedelta(1)).isoformat())),
    ],
)
def test_what_a_user_types(typed: tuple[str | None, ...], expected: Scope | None) -> None:
    assert Scope.of(*typed) == expected


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("last week", None, None), "--since"),
        (("", None, None), "--since"),
        ((None, "03/04/2017", None), "--until"),
        ((None, "2017-02-30", None), "2017-05-19"),
        (("2018", "2017", None), "swap"),
        (("2017-06", "2017-05-31", None), "after"),
        ((None, None, " .. "), "npr.org"),
        ((None, None, ""), "--publisher"),
        (("x" * 5000, None, None), "--since"),
    ],
)
def test_what_can_t_be_used_is_said_in_one_line(typed: tuple[str | None, ...], words: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Scope.of(*typed)
    message = str(caught.value)
    assert words in message
    assert "\n" not in message
    assert len(message) < 200


def test_publishers_come_with_most_articles_first(connection: Any, folder: Path) -> None:
    found = publishers(connection)
    assert found[0] == "NPR"
    assert len(found) == len(set(found)) == 8
    assert list(publishers_in(folder)) == found


def test_known_publishers_follow_the_library(tmp_path: Path, embedder: Any) -> None:
    with Library.open(tmp_path / "lib", embedder=embedder, create=True) as library:
        assert publishers_in(library.folder) == ()
        library.add_articles([article(*ARTICLES[0])])
        assert publishers_in(library.folder) == ("NPR",)
        library.add_articles([article(*ARTICLES[4])])
        assert set(publishers_in(library.folder)) == {"NPR", "AP News"}


def test_known_publishers_are_kept_for_each_library(
    tmp_path: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Questions go to one library and to another in turns."""
    read: list[sqlite3.Connection] = []

    def counted(connection: sqlite3.Connection) -> list[str]:
        read.append(connection)
        return publishers(connection)

    monkeypatch.setattr("index.search.scope.publishers", counted)
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder, one in zip(folders, ARTICLES[3:5], strict=True):
        with Library.open(folder, embedder=embedder, create=True) as library:
            library.add_articles([article(*one)])
    for folder in folders * 2:
        assert publishers_in(folder) == (("Apple News",) if folder == folders[0] else ("AP News",))
    assert len(read) == 2


def test_an_empty_scope_has_no_words_and_a_full_one_reads_well() -> None:
    assert str(Scope()) == ""
    assert str(Scope("2017", "2017")) == "from 2017"
    assert str(Scope(publisher="NPR")) == "by NPR"


def test_a_name_is_told_from_one_that_begins_alike() -> None:
    assert names_publisher("Hill", "The Hill")
    assert not names_publisher("The Hill", "Hillsdale News")
