"""Bits that flip in library.db: never shown as if they were the article's words; found, named and mended."""

import random
import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from index import Article, Library
from index.config import Config
from index.errors import FootnoteError, LibraryDamaged
from index.search.scope import Scope
from index.store import database
from index.store.doctor import examine
from index.store.mend import ASIDE, mend
from tests.conftest import BagOfWords
from tests.index.store.test_library_crash import child

WORDS = "mayor bridge ferry council mill river school budget winter harbour train vote".split()
OWN = Article("own", "Ants", "Ants are many and walk far. " * 20, publisher="A program", published="2019")
QUESTIONS = ("mayor of the bridge", "ants", "budget number 3")
MEND = """
from index.config import Config
from index.store.ingest import Ingest
from index.store.mend import mend
def stopped(ingest, path):
    print("reading", flush=True)
    sys.stdin.readline()
Ingest.again = stopped
mend(folder, Config(), BagOfWords())
"""


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with news and a library of them, which lies there as one file and what is made of it."""
    chance = random.Random(1)
    built = tmp_path_factory.mktemp("built")
    folder = built / "news"
    folder.mkdir()
    for i in range(12):
        paragraphs = [f"{' '.join(chance.choices(WORDS, k=30))} number {i} {j}." for j in range(8)]
        head = f"title: Hero {i}\npublisher: Post {i % 4}\ndate: 2020-01-{i + 1:02}\nurl: https://example.org/{i}"
        (folder / f"{i}.md").write_text(f"---\n{head}\n---\n" + "\n\n".join(paragraphs))
    with Library.open(built / "library", embedder=BagOfWords(), create=True) as library:
        library.add([folder])
        library.add_articles([OWN])
    with closing(sqlite3.connect(built / "library" / database.FILE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copytree(built, built.with_name(f"{built.name}-sound"))
    return built


@pytest.fixture
def restored(built: Path) -> Path:
    """The same, as it was made: in its place, as a library notes the full names of its files."""
    shutil.rmtree(built)
    return Path(shutil.copytree(built.with_name(f"{built.name}-sound"), built))


@pytest.fixture
def news(restored: Path) -> Path:
    return restored / "news"


@pytest.fixture
def folder(restored: Path) -> Path:
    return restored / "library"


def change(folder: Path, *statements: str) -> None:
    """Changes rows behind the library's back, as a flipped bit does."""
    with closing(sqlite3.connect(folder / database.FILE)) as connection, connection:
        for statement in statements:
            assert connection.execute(statement).rowcount == 1


def spoil(folder: Path, table: str) -> bytes:
    """Makes the first page of a table no page any more; gives what is in the file then."""
    file = folder / database.FILE
    with closing(sqlite3.connect(file)) as connection:
        sql = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        ((page,),) = connection.execute(sql, (table,)).fetchall()
    data = bytearray(file.read_bytes())
    data[(page - 1) * 8192 : (page - 1) * 8192 + 400] = b"\xaa" * 400
    file.write_bytes(data)
    return bytes(data)


def shown(folder: Path) -> dict[str, object]:
    """All that a library shows, or the error that it gives instead."""
    found: dict[str, object] = {}
    try:
        with Library.open(folder, embedder=BagOfWords()) as library:
            looks: dict[str, Callable[[], object]] = {
                "articles": lambda: tuple(library.articles()),
                "status": lambda: (lambda s: (s.articles, s.passages, s.newest, s.oldest))(library.status()),
                "publisher": lambda: _hits(library, "bridge", scope=Scope(publisher="Post 2")),
                "dates": lambda: _hits(library, "bridge", scope=Scope("2020-01-03", "2020-01-09")),
            }
            for question in QUESTIONS:
                looks[question] = lambda question=question: _hits(library, question)
            for name, look in looks.items():
                try:
                    found[name] = look()
                except FootnoteError as e:
                    found[name] = e
    except FootnoteError as e:
        found["open"] = e
    return found


def _hits(library: Library, question: str, scope: Scope | None = None) -> frozenset[tuple[str, Article]]:
    """Passages found, in no order: a flipped vector may change that."""
    return frozenset((hit.text, hit.article) for hit in library.search(question, k=200, scope=scope))


def harm(folder: Path) -> list[str]:
    return [finding.what for finding in examine(folder) if finding.harm]


def mended(folder: Path) -> list[str]:
    return mend(folder, Config(), BagOfWords())


def errors(found: dict[str, object]) -> list[FootnoteError]:
    return [value for value in found.values() if isinstance(value, FootnoteError)]


@pytest.mark.parametrize("caches", ["kept", "lost"])
@pytest.mark.parametrize("bits", [40, pytest.param(200, marks=pytest.mark.slow)])
def test_no_flipped_bit_is_shown_as_if_it_were_right(folder: Path, caches: str, bits: int) -> None:
    if caches == "lost":
        shutil.rmtree(folder / "terms")
        (folder / "vectors.faiss").unlink()
    file = folder / database.FILE
    sound, expected = file.read_bytes(), shown(folder)
    assert not errors(expected)
    chance, named = random.Random(6), 0
    for _ in range(bits):
        data = bytearray(sound)
        at, bit = chance.randrange(len(data)), chance.randrange(8)
        data[at] ^= 1 << bit
        for log in ("-wal", "-shm"):
            file.with_name(file.name + log).unlink(missing_ok=True)
        file.write_bytes(data)
        found = shown(folder)
        named += bool(errors(found))
        for name, value in found.items():
            assert isinstance(value, FootnoteError) or value == expected[name], f"bit {bit} of byte {at}"
    assert named >= 5 * bits // 200


@pytest.mark.parametrize(
    ("column", "old", "new"),
    [
        ("text", "number 5 3", "number 5 8"),
        ("title", "Hero 5", "Hero 6"),
        ("publisher", "Post 1", "Post 3"),
        ("published", "2020-01-06", "2020-01-16"),
        ("url", "org/5", "org/6"),
        ("source", "5.md", "6.md"),
        ("id", "", "x"),
    ],
)
def test_what_flips_in_an_article_is_named_and_read_again(
    folder: Path, column: str, old: str, new: str
) -> None:
    before = shown(folder)
    changed = f"replace({column}, '{old}', '{new}')" if old else f"'{new}' || substr({column}, 2)"
    change(folder, f"UPDATE articles SET {column} = {changed} WHERE title = 'Hero 5'")
    assert all("footnote doctor --mend" in str(error) for error in errors(shown(folder)))
    assert isinstance(shown(folder)["articles"], LibraryDamaged)
    (said,) = harm(folder)
    assert "5.md) isn't as it was stored" in said
    done = mended(folder)
    assert any("was read again from" in line for line in done)
    assert harm(folder) == []
    after = shown(folder)
    assert set(after.pop("articles")) == set(before.pop("articles"))  # type: ignore[call-overload]
    assert after == before
    assert (folder / ASIDE).is_file()


def test_what_is_nowhere_else_is_named_as_lost_and_never_shown(folder: Path, news: Path) -> None:
    change(folder, "UPDATE articles SET text = replace(text, 'many', 'mean') WHERE id = 'own'")
    change(folder, "UPDATE articles SET text = replace(text, '5 3', '5 8') WHERE title = 'Hero 5'")
    change(folder, "UPDATE articles SET text = replace(text, '7 3', '7 8') WHERE title = 'Hero 7'")
    (news / "5.md").unlink()
    (news / "7.md").write_text((news / "7.md").read_text().replace("Hero 7", "Villain").replace("7 3", "9 9"))
    done = mended(folder)
    assert "article own is lost: a program made it" in done
    assert any("is lost" in line and "5.md is gone" in line for line in done)
    assert any("is lost" in line and "7.md has other words now, which were added" in line for line in done)
    assert harm(folder) == []
    with Library.open(folder, embedder=BagOfWords()) as library:
        titles = {article.title for article in library.articles()}
    assert len(titles) == 11
    assert {"Villain"} <= titles
    assert titles.isdisjoint({"Ants", "Hero 5", "Hero 7"})


def test_a_file_that_cannot_be_read_now_loses_nothing(folder: Path, news: Path) -> None:
    change(folder, "UPDATE articles SET text = replace(text, '5 3', '5 8') WHERE title = 'Hero 5'")
    sound = (news / "5.md").read_bytes()
    (news / "5.md").write_bytes(b"")
    assert any("stays damaged" in line for line in mended(folder))
    assert len(harm(folder)) == 1
    (news / "5.md").write_bytes(sound)
    mended(folder)
    assert harm(folder) == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE passages SET start = start + 1 WHERE id = 3",
        'UPDATE passages SET "end" = 9999 WHERE id = 3',
        "UPDATE passages SET article = 2 WHERE id = 1",
        "UPDATE passages SET article = 99 WHERE id = 3",
        "UPDATE vectors SET vector = zeroblob(1024) WHERE passage_id = 3",
        "UPDATE vectors SET vector = zeroblob(9) WHERE passage_id = 3",
        "DELETE FROM vectors WHERE passage_id = 3",
        "UPDATE gone SET passage = 3",
        "UPDATE meta SET value = 99 WHERE key = 'passages'",
        "UPDATE meta SET value = 128 WHERE key = 'dimension'",
        "UPDATE meta SET value = 'bag-of-wards' WHERE key = 'embedder'",
        "UPDATE articles SET source_id = 99 WHERE number = 3",
        "UPDATE sources SET path = path || 'x' WHERE id = 3",
        "UPDATE meta SET value = NULL WHERE key = 'generation'",
        "UPDATE meta SET value = '[[' WHERE key = 'terms'",
    ],
)
def test_passages_vectors_and_what_is_noted_are_mended(folder: Path, statement: str) -> None:
    before = shown(folder)
    if "gone" in statement:
        change(folder, "INSERT INTO gone(passage) VALUES (1000)")
    change(folder, statement)
    assert harm(folder) or "sources" in statement
    done = mended(folder)
    assert not any("lost" in line for line in done)
    assert harm(folder) == []
    after = shown(folder)
    assert set(after.pop("articles")) == set(before.pop("articles"))  # type: ignore[call-overload]
    assert after == before


SLOW = [pytest.param(table, marks=pytest.mark.slow) for table in ("vectors", "sources", "meta")]


@pytest.mark.parametrize("table", ["articles", "passages", *SLOW])
def test_a_page_that_is_no_page_any_more_is_worked_around(folder: Path, table: str) -> None:
    before = shown(folder)
    data = spoil(folder, table)
    said = any("footnote doctor --mend" in str(error) for error in errors(shown(folder)))
    assert said or table == "sources", "what shows nothing says nothing"
    assert harm(folder)
    done = mended(folder)
    assert harm(folder) == []
    after = shown(folder)
    assert not errors(after)
    gone = set(before["articles"]) - set(after["articles"])  # type: ignore[call-overload]
    assert gone <= {OWN}, "what has a file is there again"
    assert bool(gone) == any("1 articles of which nothing can be read are lost" in line for line in done)
    assert (folder / ASIDE).read_bytes() == data


def test_killed_while_mending_it_goes_on_when_called_again(folder: Path, news: Path) -> None:
    before = shown(folder)
    spoil(folder, "articles")
    with child(MEND, folder, news) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "reading\n"
        process.send_signal(signal.SIGKILL)
    assert any("interrupted" in line for line in harm(folder))
    mended(folder)
    assert harm(folder) == []
    after = shown(folder)
    assert set(before["articles"]) - set(after["articles"]) <= {OWN}  # type: ignore[call-overload]


def test_killed_while_mending_adding_reads_what_is_missing(folder: Path, news: Path) -> None:
    spoil(folder, "articles")
    with child(MEND, folder, news) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    with Library.open(folder, embedder=BagOfWords()) as library:
        library.add([news])
        assert {article.source for article in library.articles()} >= {str(path) for path in news.iterdir()}


def test_what_is_no_library_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / database.FILE)) as connection, connection:
        connection.execute("CREATE TABLE songs(name)")
        connection.execute("INSERT INTO songs VALUES ('Norwegian Wood')")
    with pytest.raises(LibraryDamaged, match="nothing can be read"):
        mended(tmp_path)
    with closing(sqlite3.connect(tmp_path / database.FILE)) as connection:
        assert connection.execute("SELECT name FROM songs").fetchall() == [("Norwegian Wood",)]


def test_caches_leftovers_and_files_are_looked_at(folder: Path, news: Path) -> None:
    assert examine(folder) == []
    for path in (folder / "vectors.faiss", next((folder / "terms").glob("*.idx"))):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    (folder / "vectors.faiss.tmp").write_bytes(b"half")
    (news / "3.md").write_text("Other words are here now.")
    (news / "4.md").unlink()
    findings = examine(folder)
    assert len(harm(folder)) == 3
    said = {finding.what.partition(": ")[0] for finding in findings if not finding.harm}
    assert said == {"changed since they were added", "gone since they were added"}
    assert mended(folder) == []
    assert harm(folder) == []
    assert len(examine(folder)) == 2
    assert not (folder / "vectors.faiss.tmp").exists()


def test_caches_are_made_anew_together_with_what_they_are_made_of(folder: Path) -> None:
    shutil.rmtree(folder / "terms")
    (folder / "vectors.faiss").unlink()
    change(folder, "UPDATE articles SET text = replace(text, '5 3', '5 8') WHERE title = 'Hero 5'")
    change(folder, "UPDATE vectors SET vector = zeroblob(1024) WHERE passage_id = 3")
    mended(folder)
    assert examine(folder) == []


def test_what_is_in_the_trash_is_looked_at_too(folder: Path, news: Path) -> None:
    (news / "3.md").unlink()
    with Library.open(folder, embedder=BagOfWords()) as library:
        library.sync([news])
    change(folder, "UPDATE removed SET text = replace(text, '3 1', '3 7')")
    assert "can't come back" in harm(folder)[0]
    with Library.open(folder, embedder=BagOfWords()) as library:
        assert library.restore().articles == 0
        assert "Hero 3" not in {article.title for article in library.articles()}
    mended(folder)
    assert harm(folder) == []


def test_a_damaged_article_is_mended_by_adding_it_again(folder: Path, news: Path) -> None:
    change(folder, "UPDATE articles SET text = replace(text, 'many', 'mean') WHERE id = 'own'")
    with Library.open(folder, embedder=BagOfWords()) as library:
        with pytest.raises(LibraryDamaged, match="article own"):
            library.article("own")
        library.add_articles([OWN])
        assert library.article("own") == OWN
    assert harm(folder) == []
