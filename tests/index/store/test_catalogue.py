"""The list of a library's articles: what is left out, and in which order the rest comes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Library
from index.errors import BadSetting
from index.read import make_article
from index.search.scope import Scope
from tests.conftest import BagOfWords

MADE = (
    ("Crabs", "2020-05", "feed.xml#1"),
    ("ants", None, "feed.xml#2"),
    ("Bees", "2021", "mail.mbox#1"),
)


@pytest.fixture
def library(tmp_path: Path, embedder: BagOfWords) -> Iterator[Library]:
    """Three articles that a program made, and one from a file."""
    (tmp_path / "d.txt").write_text("Deer are shy, and seen at dusk.")
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        library.add_articles(
            make_article(f"{title} are many.", title=title, published=published, source=source)
            for title, published, source in MADE
        )
        library.add([tmp_path / "d.txt"])
        yield library


def titles(library: Library, **asked: object) -> list[str]:
    return [each.title[:4] for each in library.catalogue(**asked)]  # type: ignore[arg-type]


def test_the_order_is_that_which_is_asked_for(library: Library) -> None:
    assert titles(library) == ["Crab", "ants", "Bees", "Deer"]
    assert titles(library, order="added") == ["Deer", "Bees", "ants", "Crab"]
    assert titles(library, order="title") == ["ants", "Bees", "Crab", "Deer"]
    # What has no date is neither new nor old.
    assert titles(library, order="newest") == ["Bees", "Crab", "ants", "Deer"]
    assert titles(library, order="oldest") == ["Crab", "Bees", "ants", "Deer"]
    with pytest.raises(BadSetting, match="choose newest, oldest, title, added"):
        library.catalogue(order="size")


def test_articles_of_one_origin(library: Library, tmp_path: Path) -> None:
    assert titles(library, origin="feed.xml") == ["Crab", "ants"]
    assert titles(library, origin=str(tmp_path / "d.txt"), undated=True) == ["Deer"]
    assert titles(library, origin="") == []


def test_what_has_no_date_lies_in_no_span_of_dates(library: Library) -> None:
    assert titles(library, undated=True, order="title") == ["ants", "Deer"]
    with pytest.raises(BadSetting, match="leave one of both out"):
        library.catalogue(Scope.of("2020"), undated=True)
