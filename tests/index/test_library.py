"""The library as a user meets it: adding files, adding again, syncing, statuses and refusals."""

import json
import sqlite3
import threading
from pathlib import Path

import pytest

from index import Article, Library
from index.config import Config
from index.errors import BadDocument, BadSetting, DiskFull, FootnoteError, LibraryIncompatible, LibraryMissing
from index.library import AddProgress, AddReport
from index.store import database
from index.store.contents import Store
from tests.conftest import BagOfWords


@pytest.fixture
def news(tmp_path: Path) -> Path:
    folder = tmp_path / "news"
    folder.mkdir()
    for name, text in {
        "mill": "The mill in Odeburg burned down on Monday. Nobody was hurt.",
        "vote": "Ann Lee became mayor of Odeburg. She promised a new bridge.",
        "cats": "Cats sleep for most of the day. A mayor may own a cat.",
    }.items():
        (folder / f"{name}.txt").write_text(f"News of {name}\n\n{text}\n", encoding="utf-8")
    return folder


@pytest.fixture
def library(tmp_path: Path, embedder: BagOfWords):
    with Library.open(tmp_path / "library", embedder=embedder, create=True) as library:
        yield library


def counts(report: AddReport) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.removed


def best(library: Library, query: str) -> str:
    return library.search(query, k=1)[0].text


def test_adds_files_and_finds_them(library: Library, news: Path) -> None:
    report = library.add([news])
    assert counts(report) == (3, 0, 0, 0)
    assert report.articles == 3
    assert report.failed == ()
    assert "burned" in best(library, "Which mill burned down?")


def test_unchanged_files_are_not_embedded_again(library: Library, news: Path, embedder: BagOfWords) -> None:
    library.add([news])
    before = embedder.documents
    (news / "mill.txt").touch()
    assert counts(library.add([news])) == (0, 0, 3, 0)
    assert embedder.documents == before


def test_only_what_changed_is_embedded(library: Library, news: Path, embedder: BagOfWords) -> None:
    library.add([news])
    before = embedder.documents
    (news / "mill.txt").write_text("News of mill\n\nThe mill was rebuilt of glass.\n")
    report = library.add([news])
    assert counts(report) == (0, 1, 2, 0)
    assert embedder.documents == before + 1
    assert "glass" in best(library, "mill of glass")
    assert all("burned" not in hit.text for hit in library.search("mill burned down"))
    assert library.status().articles == 3


def test_a_line_put_into_a_jsonl_file_costs_one_article(
    library: Library, news: Path, embedder: BagOfWords
) -> None:
    def write(names: list[str]) -> None:
        rows = [
            {"title": f"On {n}", "text": f"This tells of {n} and its many fine ways to be {n}."}
            for n in names
        ]
        (news / "all.jsonl").write_text("\n".join(map(json.dumps, rows)))

    write(["ants", "bees", "crows"])
    library.add([news / "all.jsonl"])
    before = embedder.documents
    write(["zebras", "ants", "bees", "crows"])
    library.add([news / "all.jsonl"])
    assert embedder.documents == before + 1
    assert sorted(a.title for a in library.articles()) == ["On ants", "On bees", "On crows", "On zebras"]
    assert "crows" in best(library, "crows")


def test_one_file_by_two_names_is_one_file(
    library: Library, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([news])
    monkeypatch.chdir(news)
    assert counts(library.add(["mill.txt", "../news", news / "vote.txt"])) == (0, 0, 3, 0)


def test_two_files_of_the_same_words_are_two_articles(library: Library, news: Path) -> None:
    (news / "copy.txt").write_text((news / "mill.txt").read_text())
    library.add([news])
    assert library.status().articles == 4
    assert len({article.id for article in library.articles()}) == 4


def test_unreadable_files_are_reported_and_stop_nothing(library: Library, news: Path) -> None:
    (news / "bad.pdf").write_bytes(b"%PDF-1.4 nonsense")
    (news / "bad.jsonl").write_text("{not json\n")
    report = library.add([news, news / "nowhere.txt"])
    assert report.added == 3
    assert {Path(path).name for path, _ in report.failed} == {"bad.pdf", "bad.jsonl", "nowhere.txt"}
    assert all(message and "\n" not in message for _, message in report.failed)


def test_a_file_that_became_unreadable_keeps_its_article(library: Library, news: Path) -> None:
    (news / "all.jsonl").write_text(json.dumps({"title": "Ants", "text": "Ants are many and they walk far."}))
    library.add([news])
    (news / "all.jsonl").write_text("{not json\n")
    assert len(library.add([news]).failed) == 1
    assert "Ants" in best(library, "ants walk")


def test_sync_removes_what_is_gone_below_and_nothing_else(
    library: Library, news: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.txt"
    other.write_text("Elsewhere\n\nA ship sank off the coast.")
    library.add([news, other])
    other.unlink()
    (news / "mill.txt").unlink()
    assert counts(library.add([news])) == (0, 0, 2, 0)
    assert library.status().articles == 4
    assert counts(library.sync([news])) == (0, 0, 2, 1)
    assert library.status().articles == 3
    assert all("burned" not in hit.text for hit in library.search("mill burned"))
    assert counts(library.sync([other])) == (0, 0, 0, 1)
    assert library.status().articles == 2


def test_sync_of_a_missing_folder_removes_nothing(library: Library, news: Path) -> None:
    library.add([news])
    news.rename(news.with_name("unmounted"))
    report = library.sync([news])
    assert report.removed == 0
    assert report.failed[0][0] == str(news)
    assert library.status().articles == 3


def test_progress_tells_what_is_stored(library: Library, news: Path) -> None:
    told: list[AddProgress] = []
    library.add([news], progress=told.append)
    assert [p.done_files for p in told] == [1, 2, 3]
    assert {p.total_files for p in told} == {3}
    assert {Path(p.current).stem for p in told} == {"cats", "mill", "vote"}
    assert told[-1].passages == library.status().passages


def test_an_interruption_keeps_what_was_reported_and_goes_on_from_there(
    library: Library, tmp_path: Path, embedder: BagOfWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.ingest.BATCH", 1)
    for i in range(6):
        (tmp_path / f"{i}.md").write_text(
            f"# Number {i}\n\nThis is the story of number {i} and of its friends."
        )

    def interrupt(progress: AddProgress) -> None:
        if progress.done_files == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.add(sorted(tmp_path.glob("*.md")), progress=interrupt)
    assert library.status().articles == 3
    assert embedder.documents == 3
    assert counts(library.add(sorted(tmp_path.glob("*.md")))) == (3, 0, 3, 0)
    assert embedder.documents == 6


def test_a_large_file_interrupted_is_not_embedded_twice_nor_half_visible(
    library: Library, tmp_path: Path, embedder: BagOfWords, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.store.embedding.PIECE", 4)
    rows = [{"title": f"T{i}", "text": f"This is the tale of hero number {i}, who lived."} for i in range(10)]
    file = tmp_path / "large.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    encode = embedder.encode_documents

    def fail_late(texts):
        if embedder.documents >= 8:
            raise KeyboardInterrupt
        return encode(texts)

    monkeypatch.setattr(embedder, "encode_documents", fail_late)
    with pytest.raises(KeyboardInterrupt):
        library.add([file])
    assert library.status().articles == 0
    monkeypatch.setattr(embedder, "encode_documents", encode)
    library.add([file])
    assert embedder.documents == 10
    assert library.status().articles == 10
    assert "number 7" in best(library, "hero number 7")


def test_articles_of_a_program_replace_their_like(library: Library, embedder: BagOfWords) -> None:
    first = Article("x1", "Ants", "Ants are many.", source="program")
    assert counts(library.add_articles([first])) == (1, 0, 0, 0)
    before = embedder.documents
    assert counts(library.add_articles([first, first])) == (0, 0, 1, 0)
    moved = Article("x1", "Ants", "Ants are many.", url="https://example.org/ants", source="program")
    assert counts(library.add_articles([moved])) == (0, 1, 0, 0)
    assert embedder.documents == before
    assert library.article("x1") == moved
    library.add_articles([Article("x1", "Bees", "Bees are more.", source="program")])
    assert library.article("x1").title == "Bees"
    assert library.status().articles == 1


def test_articles_that_cannot_be_stored_are_refused_before_any_is(library: Library) -> None:
    with pytest.raises(BadDocument, match="surrogates"):
        library.add_articles([Article("1", "A", "fine"), Article("2", "B", "\ud800")])
    assert library.status().articles == 0


def test_an_unknown_article_is_a_key_error(library: Library) -> None:
    with pytest.raises(KeyError):
        library.article("nope")


def test_status_tells_what_is_there(library: Library, embedder: BagOfWords) -> None:
    dates = ["2020-05-01", None, "2017", "2024-01"]
    library.add_articles([Article(str(i), f"T{i}", f"Text {i}.", published=d) for i, d in enumerate(dates)])
    status = library.status()
    assert (status.articles, status.passages) == (4, 4)
    assert (status.embedder, status.dimension) == (embedder.name, embedder.dimension)
    assert (status.oldest, status.newest) == ("2017", "2024-01")
    assert status.recall == 1.0
    assert status.bytes_on_disk >= (library.folder / database.FILE).stat().st_size


def test_says_how_to_make_a_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryMissing, match=f"footnote add PATH... --library {tmp_path / 'none'}"):
        Library.open(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(FootnoteError, match="choose another folder"):
        Library.open(tmp_path / "file", create=True)


def test_refuses_another_embedder_and_names_both(library: Library, news: Path) -> None:
    library.add([news])
    other = BagOfWords("1" * 64)
    other.name = "another"
    with pytest.raises(LibraryIncompatible, match=r"bag-of-words.*another.*FOOTNOTE_EMBEDDER=bag-of-words"):
        Library.open(library.folder, embedder=other)


def test_finds_out_that_another_process_chose_another_embedder(library: Library, news: Path) -> None:
    with Library.open(library.folder, embedder=BagOfWords("1" * 64)) as other:
        other.add([news])
    with pytest.raises(LibraryIncompatible):
        library.add_articles([Article("1", "A", "Text.")])
    with pytest.raises(LibraryIncompatible):
        library.search("mill")


def test_a_renamed_embedder_of_the_same_weights_is_the_same(library: Library, news: Path) -> None:
    library.add([news])
    moved = BagOfWords()
    moved.name = "/elsewhere"
    with Library.open(library.folder, embedder=moved) as again:
        assert again.search("mill")


def test_passages_keep_the_size_the_library_began_with(tmp_path: Path, embedder: BagOfWords) -> None:
    text = " ".join(f"Sentence number {i} is here." for i in range(30))
    with Library.open(tmp_path, embedder=embedder, create=True, config=Config(passage_tokens=20)) as library:
        library.add_articles([Article("1", "A", text)])
        many = library.status().passages
    with Library.open(tmp_path, embedder=embedder, config=Config(passage_tokens=2000)) as library:
        library.add_articles([Article("2", "B", text)])
        assert library.status().passages == 2 * many
    with pytest.raises(BadSetting):
        Config(passage_tokens=0)


def test_a_full_disk_is_told_and_harms_nothing(
    library: Library, news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([news])
    writing = database.writing

    def small(folder: Path) -> sqlite3.Connection:
        connection = writing(folder)
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 2}").fetchone()
        return connection

    monkeypatch.setattr(database, "writing", small)
    with pytest.raises(DiskFull, match="no room left"):
        library.add_articles([Article(str(i), "A", f"Text {i}. " * 500) for i in range(20)])
    monkeypatch.undo()
    assert library.status().articles == 3
    assert "burned" in best(library, "mill burned")
    assert counts(library.add([news])) == (0, 0, 3, 0)


@pytest.mark.slow
def test_threads_may_search_while_another_adds(library: Library) -> None:
    library.add_articles([Article("0", "Hero 0", "The tale of hero 0.")])
    failures: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                for hit in library.search("tale of hero", k=5):
                    assert hit.text in hit.article.text
                assert library.status().articles >= 1
        except BaseException as e:
            failures.append(e)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for i in range(1, 15):
        library.add_articles([Article(str(i), f"Hero {i}", f"The tale of hero {i}, who won {i} times.")])
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert "hero 14" in best(library, "hero 14")


def test_sees_what_another_connection_added(library: Library, news: Path, embedder: BagOfWords) -> None:
    library.add([news])
    assert library.search("ants walk")
    with Library.open(library.folder, embedder=embedder) as other:
        other.add_articles([Article("a", "Ants", "Ants walk far.")])
    assert best(library, "ants walk") == "Ants walk far."


def test_a_database_put_back_from_a_backup_is_what_counts(
    library: Library, news: Path, embedder: BagOfWords
) -> None:
    library.add([news])
    backup = (library.folder / database.FILE).read_bytes()
    library.add_articles([Article("a", "Ants", "Ants walk far.")])
    library.close()
    (library.folder / database.FILE).write_bytes(backup)
    with Library.open(library.folder, embedder=embedder) as again:
        assert "Ants" not in best(again, "ants walk")
        assert again.status().articles == 3


def test_vectors_and_passages_always_match(library: Library, news: Path) -> None:
    library.add([news])
    (news / "mill.txt").write_text("News of mill\n\nRebuilt.")
    library.sync([news])
    store = Store.reading(library.folder)
    assert [id for id, _ in store.vectors_from(0)] == store.passage_ids()
    store.close()
