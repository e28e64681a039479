"""Files and folders that have another name now: their articles move, and nothing is doubled or embedded again."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Library
from index.store.doctor import examine
from tests.conftest import BagOfWords


@pytest.fixture
def library(tmp_path: Path, embedder: BagOfWords) -> Iterator[Library]:
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        yield library
    assert [each for each in examine(tmp_path / "library") if each.harm] == []


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for i in range(12):
        (folder / f"{i:02}.md").write_text(f"# Hero {i}\n\nThe tale of hero number {i}, who won {i} times.")
    records = [{"title": f"Saga {i}", "text": f"The saga of number {i}."} for i in range(5)]
    (folder / "sagas.jsonl").write_text("\n".join(map(json.dumps, records)))
    return folder


@pytest.mark.parametrize("verb", ["add", "sync"])
def test_a_renamed_folder_is_moved(library: Library, news: Path, verb: str, embedder: BagOfWords) -> None:
    library.add([news])
    before = sorted((a.title, a.text) for a in library.articles())
    news.rename(news.with_name("archive"))
    embedder.documents = 0
    report = getattr(library, verb)([news.with_name("archive")])
    assert embedder.documents == 0
    assert (len(report.moved), report.added, report.removed, report.articles) == (13, 0, 0, 0)
    assert (str(news / "00.md"), str(news.with_name("archive") / "00.md")) in report.moved
    assert sorted((a.title, a.text) for a in library.articles()) == before
    assert all("/archive/" in a.source for a in library.articles())
    assert "archive" in library.search("hero number 7", k=1)[0].article.source
    assert library.removed() == []


def test_moving_within_the_synced_folder_needs_no_word(library: Library, news: Path) -> None:
    library.add([news])
    (news / "old").mkdir()
    for file in news.glob("*.md"):
        file.rename(news / "old" / file.name)
    assert library.going([news]) == []
    report = library.sync([news])
    assert (len(report.moved), report.removed, report.withheld, report.unchanged_articles) == (12, 0, (), 5)
    assert library.status().articles == 17


def test_what_is_really_gone_is_said_before_and_removed(library: Library, news: Path) -> None:
    library.add([news])
    (news / "00.md").unlink()
    (news / "01.md").rename(news / "first.md")
    assert library.going([news]) == [(str(news / "00.md"), 1)]
    assert library.status().articles == 17, "asking changes nothing"
    report = library.sync([news])
    assert (report.removed, report.removed_articles, len(report.moved)) == (1, 1, 1)


def test_a_copy_is_no_move_and_is_not_embedded_again(
    library: Library, news: Path, embedder: BagOfWords
) -> None:
    library.add([news])
    embedder.documents = 0
    shutil.copytree(news, news.with_name("copy"))
    report = library.add([news.with_name("copy")])
    assert (report.moved, report.added, report.articles) == ((), 13, 17)
    assert embedder.documents == 0
    assert library.status().articles == 34


def test_one_of_two_that_are_alike_moves_once(library: Library, news: Path) -> None:
    library.add([news])
    (news / "00.md").rename(news / "a.md")
    shutil.copy(news / "a.md", news / "b.md")
    report = library.add([news])
    assert (len(report.moved), report.added) == (1, 1)
    assert library.status().articles == 18


def test_what_the_user_decided_moves_along(library: Library, news: Path) -> None:
    library.add([news])
    ids = {entry.title: entry.id for entry in library.catalogue()}
    library.edit(ids["Saga 1"], {"published": "2016"})
    library.remove([ids["Saga 2"], ids["Hero 3"]])
    news.rename(news.with_name("archive"))
    library.add([news.with_name("archive")])
    now = {entry.title: entry for entry in library.catalogue()}
    assert now["Saga 1"].published == "2016"
    assert now["Saga 1"].by_hand == ("published",)
    assert not {"Saga 2", "Hero 3"} & now.keys()
    assert library.restore([news.with_name("archive")]).articles == 2
    assert all("/archive/" in entry.source for entry in library.catalogue())
    with (news.with_name("archive") / "sagas.jsonl").open("a") as file:
        file.write('\n{"title": "Saga 5", "text": "The saga of number 5."}')
    library.sync([news.with_name("archive")])
    assert library.status().articles == 18


def test_what_was_removed_before_it_was_found_elsewhere_is_not_embedded_again(
    library: Library, news: Path, embedder: BagOfWords
) -> None:
    library.add([news])
    shutil.move(news / "00.md", news.parent / "kept.md")
    assert library.sync([news]).removed == 1
    embedder.documents = 0
    assert library.add([news.parent / "kept.md"]).added == 1
    assert embedder.documents == 0
