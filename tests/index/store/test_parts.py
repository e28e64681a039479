"""Several libraries that become one: nothing is doubled, nothing is chosen between, nothing that was kept is lost."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from index import Article, Library
from index.errors import BadSetting, LibraryIncompatible
from index.store import copying
from tests.conftest import BagOfWords
from ui.terminal.cli import app

NAMES = ("mill", "storm", "bridge", "harbour", "school", "market")
Open = Callable[[str], Library]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two shares of articles."""
    for at, name in enumerate(NAMES):
        share = tmp_path / "articles" / ("north" if at < 3 else "south")
        share.mkdir(parents=True, exist_ok=True)
        (share / f"{name}.txt").write_text(f"The {name} was in the news, and so was number {at}. " * 40)
    return tmp_path / "articles"


@pytest.fixture
def opened(tmp_path: Path, embedder: BagOfWords) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(Library.open(tmp_path / name, embedder=embedder, create=True))


@pytest.fixture
def parts(opened: Open, folder: Path) -> list[Library]:
    made = [opened("first"), opened("second")]
    for library, share in zip(made, ("north", "south"), strict=True):
        library.add([folder / share])
    return made


@pytest.fixture(autouse=True)
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each article is copied in a batch of its own."""
    monkeypatch.setattr(copying, "BATCH", 1)


def texts(library: Library) -> set[tuple[str, str]]:
    return {(article.id, article.text) for article in library.articles()}


def test_parts_make_the_library_that_one_machine_would_have_made(
    parts: list[Library], opened: Open, folder: Path, embedder: BagOfWords
) -> None:
    one, whole = opened("one"), opened("whole")
    one.add([folder])
    before = embedder.documents
    made = whole.take_in(parts)
    assert (made.articles, made.files, made.left_out) == (6, 6, 0)
    assert (made.passages, embedder.documents) == (one.status().passages, before)
    assert texts(whole) == texts(one)
    for name in NAMES:
        for by in ("dense", "bm25", "hybrid"):
            found, expected = (
                {
                    (hit.article.id, hit.passage.start, hit.score)
                    for hit in library.search(f"the {name}", by=by)
                }
                for library in (whole, one)
            )
            assert found == expected
    assert whole.add([folder]).unchanged == 6
    assert whole.take_in(parts).there == 6, "a whole copy is only compared"


def test_what_two_parts_have_is_taken_once(parts: list[Library], opened: Open, folder: Path) -> None:
    parts[1].add([folder / "north" / "mill.txt"])
    for part in parts:
        part.add_articles([Article("made", "Made", "By a program.")])
        part.follow([("https://paper.example/feed", "Paper")])
    whole = opened("whole")
    made = whole.take_in(parts)
    assert (made.articles, made.left_out) == (7, 2)
    assert len(whole.catalogue()) == 7
    assert len(whole.followed()) == 1


@pytest.mark.parametrize("what", ["a file", "facts set by hand", "an article removed", "a program's article"])
def test_what_differs_is_refused_before_anything_is_written(
    parts: list[Library], opened: Open, folder: Path, what: str
) -> None:
    mill = folder / "north" / "mill.txt"
    if what == "a file":
        mill.write_text("The mill burned down.")
    if what == "a program's article":
        for number, part in enumerate(parts):
            part.add_articles([Article("made", "Made", f"By program {number}.")])
    else:
        parts[1].add([mill])
    (id,) = (entry.id for entry in parts[0].catalogue() if str(entry.file).endswith("mill.txt"))
    if what == "facts set by hand":
        parts[0].edit(id, {"publisher": "The Gazette"})
    if what == "an article removed":
        parts[0].remove([id])
    whole = opened("whole")
    with pytest.raises(
        LibraryIncompatible, match=r"(mill\.txt|article made) isn't the same in .*first and .*second"
    ) as e:
        whole.take_in(parts)
    assert "Nothing was copied" in str(e.value)
    assert not whole.catalogue()
    whole.add_articles([Article("mine", "Mine", "Nothing was begun here.")])


def test_parts_made_otherwise_are_refused(parts: list[Library], opened: Open, tmp_path: Path) -> None:
    with Library.open(tmp_path / "other", embedder=BagOfWords("1" * 64), create=True) as other:
        other.add_articles([Article("a", "A", "Ants.")])
        with pytest.raises(LibraryIncompatible, match=r"first was made with .*, .*other with"):
            opened("whole").take_in([parts[0], other])
    with pytest.raises(BadSetting, match="first is named twice"):
        opened("whole").take_in([parts[0], parts[0]])


def cut_off(whole: Library, parts: list[Library], after: int, **more: bool) -> None:
    """A copy that ends after so many articles of the parts."""
    done: list[int] = []

    def stop(*_: object) -> None:
        done.append(1)
        if len(done) == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        whole.take_in(parts, report=stop, **more)


def test_a_copy_of_parts_that_was_cut_off_goes_on_with_the_same_parts(
    parts: list[Library], opened: Open, folder: Path, embedder: BagOfWords
) -> None:
    whole = opened("whole")
    cut_off(whole, parts, 4)
    assert whole.status().articles == 4
    with pytest.raises(BadSetting, match=r"holds a part of a copy of .*first and .*second"):
        whole.take_in(parts[:1])
    assert whole.take_in(parts).there == 4
    assert whole.add([folder]).unchanged == 6


def test_files_of_a_copy_that_was_cut_off_do_not_count_as_added(
    parts: list[Library], opened: Open, folder: Path
) -> None:
    whole = opened("whole")
    cut_off(whole, parts, 4)
    report = whole.add([folder])
    assert (report.unchanged, len(whole.catalogue())) == (0, 6), "what was left out is there now"


def test_a_library_in_use_takes_in_what_it_lacks(parts: list[Library], opened: Open, folder: Path) -> None:
    use = opened("use")
    use.add([folder / "north"])
    use.add_articles([Article("mine", "Mine", "Mine alone.")])
    by_name = {Path(entry.file or "").stem: entry.id for entry in use.catalogue()}
    use.edit(by_name["mill"], {"published": "2019-05-01"})
    use.remove([by_name["storm"]])
    use.edit("mine", {"title": "Mine, by hand"})
    parts[1].add_articles([Article("mine", "Mine", "Mine alone."), Article("new", "New", "A new one.")])
    parts[1].edit(parts[1].catalogue()[0].id, {"publisher": "The Gazette"})
    with pytest.raises(BadSetting, match="name --add"):
        use.take_in(parts)
    cut_off(use, parts, 4, adding=True)
    made = use.take_in(parts, adding=True)
    assert (made.articles, made.files, made.there, made.left_out) == (4, 3, 1, 4)
    there = {Path(entry.file or "").stem or entry.id: entry for entry in use.catalogue()}
    assert set(there) == {"mill", "bridge", "harbour", "school", "market", "mine", "new"}
    assert there["mill"].published == "2019-05-01"
    assert there["mine"].title == "Mine, by hand"
    assert there["harbour"].publisher == "The Gazette"
    assert use.add([folder]).unchanged == 6
    assert len(use.catalogue()) == 7, "what was removed stays removed"
    again = use.take_in(parts, adding=True)
    assert (again.articles, again.left_out) == (0, 8)


@pytest.mark.parametrize("what", ["changed file", "removed meanwhile"])
def test_a_library_in_use_is_not_overwritten(
    parts: list[Library], opened: Open, folder: Path, what: str
) -> None:
    use, harbour = opened("use"), folder / "south" / "harbour.txt"
    if what == "changed file":
        text = harbour.read_text()
        harbour.write_text("The harbour froze.")
        use.add([harbour])
        harbour.write_text(text)
    else:
        use.add([folder / "north"])
        cut_off(use, parts, 4, adding=True)
        (id,) = (entry.id for entry in use.catalogue() if str(entry.file).endswith("harbour.txt"))
        use.remove([id])
    before = texts(use)
    with pytest.raises(LibraryIncompatible, match=r"harbour\.txt isn't the same in .*use and .*second"):
        use.take_in(parts, adding=True)
    assert texts(use) == before


def test_the_command_names_all_parts(
    parts: list[Library], folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = [str(tmp_path / name) for name in ("first", "second", "whole")]
    app(["copy", *places], standalone_mode=False)
    said = capsys.readouterr().out
    assert said.startswith("6 articles, ")
    assert f"copied from {places[0]}, {places[1]} to {places[2]}" in said
    parts[1].add_articles([Article("new", "New", "A new one.")])
    app(["copy", "--add", places[1], places[2]], standalone_mode=False)
    assert "3 articles left out, there already" in capsys.readouterr().out
