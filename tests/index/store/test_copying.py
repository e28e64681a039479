"""A library copied to another folder: what it holds comes along, whatever happens on the way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index import Article, Library
from index.errors import BadSetting, FootnoteError, LibraryDamaged, LibraryIncompatible
from index.store import copying
from tests.conftest import BagOfWords
from ui.terminal.cli import app

PAGE = "https://paper.example/storm"


@pytest.fixture
def old(tmp_path: Path, embedder: BagOfWords) -> Iterator[Library]:
    """A library with all that one can hold: files, facts set by hand, a removed article, a feed, one of a program."""
    articles = tmp_path / "articles"
    articles.mkdir()
    for name in ("mill", "storm", "bridge", "nothing"):
        (articles / f"{name}.txt").write_text(f"The {name} was in the news. " * 40)
    with Library.open(tmp_path / "old", embedder=embedder, create=True) as library:
        library.add([articles])
        library.add_articles([Article("made", "Made", "By a program.", url=PAGE)])
        by_name = {Path(entry.file or "").stem: entry.id for entry in library.catalogue()}
        library.edit(by_name["mill"], {"published": "2019-05-01", "publisher": "The Gazette"})
        library.remove([by_name["nothing"]])
        library.follow([("https://paper.example/feed", "Paper")])
        yield library


@pytest.fixture
def new(tmp_path: Path, embedder: BagOfWords) -> Iterator[Library]:
    with Library.open(tmp_path / "new", embedder=embedder, create=True) as library:
        yield library


def test_all_comes_along_and_nothing_is_embedded(
    old: Library, new: Library, embedder: BagOfWords, tmp_path: Path
) -> None:
    before = embedder.documents
    made = old.copy_to(new)
    assert (made.articles, made.files, made.there) == (4, 4, 0)
    assert list(new.articles()) == list(old.articles())
    assert new.catalogue() == old.catalogue()
    assert new.followed() == old.followed()
    for by in ("dense", "bm25", "hybrid"):
        assert [(h.article.id, h.passage.start, h.score) for h in new.search("the storm", by=by)] == [
            (h.article.id, h.passage.start, h.score) for h in old.search("the storm", by=by)
        ]
    again = new.add([tmp_path / "articles" / "mill.txt", tmp_path / "articles"])
    assert (again.unchanged, again.added) == (4, 0), "files are known, and what was removed stays removed"
    assert len(new.catalogue()) == 4
    assert embedder.documents == before


def test_a_copy_that_was_cut_off_goes_on(
    old: Library, new: Library, embedder: BagOfWords, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BATCH", 1)

    def stop(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        old.copy_to(new, report=stop)
    assert new.status().articles == 1
    with Library.open(tmp_path / "third", embedder=embedder, create=True) as third:
        with pytest.raises(BadSetting, match="part of a copy"):
            new.copy_to(third)
        assert third.status().articles == 0
    stages: list[tuple[str, int, int]] = []
    assert old.copy_to(new, report=lambda *stage: stages.append(stage)).there == 1
    assert list(new.articles()) == list(old.articles())
    passages = old.status().passages
    assert stages[-1] == ("checking", passages, passages)
    assert old.copy_to(new).there == 4, "a whole copy is only compared"


def test_facts_that_changed_meanwhile_come_too(
    old: Library, new: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BATCH", 1)
    done: list[int] = []

    def stop(stage: str, passages: int, total: int) -> None:
        done.append(passages)
        if len(done) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        old.copy_to(new, report=stop)
    first = next(iter(new.articles()))
    old.edit(first.id, {"title": "Another title"})
    old.copy_to(new)
    assert new.article(first.id).title == "Another title"


def test_another_library_is_never_written_to(old: Library, new: Library) -> None:
    new.add_articles([Article("mine", "Mine", "Mine alone.")])
    with pytest.raises(BadSetting, match="holds another library"):
        old.copy_to(new)
    assert [each.id for each in new.articles()] == ["mine"]
    with pytest.raises(BadSetting, match="is named twice"):
        old.copy_to(old)


def test_other_vectors_and_lengths_are_refused(old: Library, tmp_path: Path) -> None:
    with Library.open(tmp_path / "other", embedder=BagOfWords("1" * 64), create=True) as other:
        other.add_articles([Article("a", "A", "Ants.")])
        other.remove(["a"])
        with pytest.raises(
            LibraryIncompatible, match=r"embedder bag-of-words \(11111111\) and passages of 160"
        ):
            old.copy_to(other)


def test_what_came_meanwhile_is_no_part_of_the_copy(
    old: Library, new: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def add(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        old.copy_to(new, report=add)
    new.add_articles([Article("mine", "Mine", "Mine alone.")])
    with pytest.raises(FootnoteError, match=r"has 5 articles .* and .* 4 and"):
        old.copy_to(new)
    assert new.article("mine")


def test_damage_is_not_copied(old: Library, new: Library) -> None:
    with old._access.changing() as (store, _, _), store.transaction():
        store.connection.execute("UPDATE articles SET text = 'X' || text WHERE id = 'made'")
    with pytest.raises(LibraryDamaged, match="article made"):
        old.copy_to(new)


def test_the_command_says_what_it_did(
    old: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    app(["copy", str(tmp_path / "old"), str(tmp_path / "third")], standalone_mode=False)
    said = capsys.readouterr().out
    assert said.startswith("4 articles, ")
    assert "compared: the same, hash " in said
