"""The term index's files: none missing or another library's, none left over, none that remembers removed passages."""

import shutil
from pathlib import Path
from random import Random

import pytest

from index import Article, Library
from index.search import termfiles
from index.search.cachefile import FILE
from tests.conftest import BagOfWords

WORDS = [f"word{i}" for i in range(60)]
QUERIES = ["word1 word2", "word7", "word3 word9 word30", "word5 word50 word12 word44", "title word8"]


def made_up(chance: Random, number: int) -> Article:
    text = " ".join(chance.choices(WORDS, k=chance.randrange(5, 60)))
    return Article(str(number), f"Title {number}", f"{text}.", source="s")


def filled(folder: Path, seed: int) -> Library:
    library = Library.open(folder, embedder=BagOfWords(), create=True)
    chance = Random(seed)
    library.add_articles([made_up(chance, i) for i in range(40)])
    library.add_articles([made_up(chance, i) for i in range(40, 60)])
    return library


def ranked(library: Library, k: int = 50) -> list[list[tuple[str, float]]]:
    return [
        [(hit.article.id, hit.score) for hit in library.search(query, k=k, by="bm25")] for query in QUERIES
    ]


def segment_files(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted((folder / termfiles.FOLDER).iterdir()):
        if path.suffix in termfiles.PARTS:
            found.setdefault(path.suffix, []).append(path)
    return found


@pytest.mark.parametrize("harm", ["gone", "another library's", "another segment's"])
def test_every_file_is_missed_and_told_from_others(tmp_path: Path, harm: str) -> None:
    folder, other = tmp_path / "library", tmp_path / "other"
    with filled(folder, 1) as library, filled(other, 2) as foreign:
        expected = ranked(library)
        assert ranked(foreign) != expected
    files = segment_files(folder)
    assert len(files) == 6
    for suffix, (first, *more) in files.items():
        kept = first.read_bytes()
        if harm == "gone":
            first.unlink()
        else:
            donor = more[0] if harm == "another segment's" else segment_files(other)[suffix][0]
            first.write_bytes(donor.read_bytes())
        changed = not first.exists() or first.read_bytes() != kept
        with Library.open(folder, embedder=BagOfWords()) as library:
            assert ranked(library) == expected, suffix
            assert (library._access.indexes.terms._disk is None) == changed
        first.write_bytes(kept)


@pytest.mark.parametrize("suffix", [".idx", ".pos", ".term", ".fast", ".fieldnorm", ".store"])
def test_the_next_add_mends_it(tmp_path: Path, suffix: str) -> None:
    with filled(tmp_path / "library", 1) as library:
        expected = ranked(library)
    segment_files(tmp_path / "library")[suffix][0].unlink()
    with Library.open(tmp_path / "library", embedder=BagOfWords()) as library:
        ranked(library)
        library.add_articles([])
        assert ranked(library) == expected
        assert library._access.indexes.terms._disk is not None, "who read without it takes it up again"


def test_an_index_of_another_library_is_not_believed(tmp_path: Path) -> None:
    with filled(tmp_path / "library", 1) as library, filled(tmp_path / "other", 2):
        expected = ranked(library)
        shutil.rmtree(tmp_path / "library" / termfiles.FOLDER)
        shutil.copytree(tmp_path / "other" / termfiles.FOLDER, tmp_path / "library" / termfiles.FOLDER)
    with Library.open(tmp_path / "library", embedder=BagOfWords()) as library:
        assert ranked(library) == expected
        library.add_articles([])
        assert ranked(library) == expected
        assert library._access.indexes.terms._disk is not None


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2, 3))])
def test_after_removals_it_ranks_as_a_library_that_never_held_them(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    news = tmp_path / "news"
    news.mkdir()
    with Library.open(tmp_path / "library", embedder=BagOfWords(), create=True) as library:
        for turn in range(4):
            for path in chance.sample(sorted(news.iterdir()), min(turn * 4, 9)):
                path.unlink()
            for number in chance.sample(range(40), 15):
                article = made_up(chance, number)
                (news / f"{number}.txt").write_text(f"{article.title}\n\n{article.text}\n")
            library.sync([news], removing=True)
            with Library.open(tmp_path / f"clean{turn}", embedder=BagOfWords(), create=True) as clean:
                clean.add([news])
                for query in QUERIES:
                    found, wanted = (
                        {hit.article.title: hit.score for hit in each.search(query, k=99, by="bm25")}
                        for each in (library, clean)
                    )
                    assert list(found.values()) == pytest.approx(list(wanted.values()), abs=1e-3)
                    assert found == pytest.approx(wanted, abs=1e-3)
            assert library._access.indexes.terms._disk is not None
            assert library._access.indexes.terms._disk.dead == 0


def test_what_killed_writers_left_is_removed_by_the_next_write(tmp_path: Path) -> None:
    folder = tmp_path / "library"
    with filled(folder, 1) as library:
        expected = ranked(library)
        terms, beside = folder / termfiles.FOLDER, folder / (termfiles.FOLDER + ".new")
        before = {path.name for path in terms.iterdir()}
        file = segment_files(folder)[".pos"][0]
        left = [
            terms / ".tmpAbC123",
            terms / f"{'0' * 32}.pos",
            terms / f"{'0' * 32}.12.del",
            folder / f"{FILE}.tmp",
        ]
        beside.mkdir()
        for path in [*left, beside / file.name]:
            path.write_bytes(file.read_bytes())
        library.add_articles([])
        assert not [path for path in [*left, beside] if path.exists()]
        assert {path.name for path in terms.iterdir()} == before
        assert ranked(library) == expected
    with Library.open(folder, embedder=BagOfWords()) as library:
        assert ranked(library) == expected
        assert library._access.indexes.terms._disk is not None
