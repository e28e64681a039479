"""What a library notes of itself and of its caches: bits that flip in it, and what mending must not hide."""

import errno
import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index import Article, Library
from index.errors import DiskFull
from index.search import termfiles
from index.store import database, generationfile, salvage
from index.store.mend import ASIDE
from tests.conftest import BagOfWords
from tests.index.store.test_doctor import (
    built,
    change,
    errors,
    folder,
    harm,
    mended,
    news,
    restored,
    shown,
    spoil,
)

__all__ = ["built", "folder", "news", "restored"]


def notes(folder: Path) -> dict[str, object]:
    with closing(sqlite3.connect(folder / database.FILE)) as connection:
        return dict(connection.execute("SELECT key, value FROM meta"))


def put(folder: Path, key: str, value: bytes) -> None:
    with closing(sqlite3.connect(folder / database.FILE)) as connection, connection:
        connection.execute("UPDATE meta SET value = CAST(? AS TEXT) WHERE key = ?", (value, key))


@pytest.mark.parametrize("bits", [3, pytest.param(12, marks=pytest.mark.slow)])
@pytest.mark.parametrize("key", ["faiss", "terms", "term_files", "library", "embedder"])
def test_a_bit_that_flips_in_a_note_changes_nothing_or_is_named_and_mended(
    tmp_path: Path, folder: Path, key: str, bits: int
) -> None:
    sound, expected, chance = tmp_path / "sound", shown(folder), random.Random(key)
    shutil.copytree(folder, sound)
    for _ in range(bits):
        shutil.rmtree(folder)
        shutil.copytree(sound, folder)
        data = bytearray(str(notes(folder)[key]).encode())
        at, bit = chance.randrange(len(data)), chance.randrange(8)
        data[at] ^= 1 << bit
        put(folder, key, bytes(data))
        found = shown(folder)
        assert all(found[name] == expected[name] for name in found if found[name] not in errors(found))
        assert not errors(found) or harm(folder), f"bit {bit} of byte {at}"
        mended(folder)
        assert shown(folder) == expected, f"bit {bit} of byte {at}"
        assert not harm(folder)


@pytest.mark.parametrize("places", [1, pytest.param(8, marks=pytest.mark.slow)])
@pytest.mark.parametrize("key", ["faiss", "terms", "term_files"])
def test_a_number_that_is_another_in_a_note_is_seen(folder: Path, key: str, places: int) -> None:
    expected, note = shown(folder), str(notes(folder)[key])
    for digit in ("1", "2", "3", "5", "6"):
        for at in [at for at, letter in enumerate(note) if letter == digit][:places]:
            put(folder, key, (note[:at] + str(int(digit) ^ 1) + note[at + 1 :]).encode())
            assert shown(folder) == expected, f"{digit} at {at}"
            assert harm(folder), "no cache is used then, and doctor says so"


def test_doctor_tells_of_a_term_index_that_readers_do_without(folder: Path) -> None:
    change(folder, "DELETE FROM meta WHERE key = 'term_files'")
    with Library.open(folder, embedder=BagOfWords()) as library:
        library.search("bridge")
        assert library._access.indexes.terms._disk is None
    assert any("term index" in what for what in harm(folder))
    mended(folder)
    assert not harm(folder)
    with Library.open(folder, embedder=BagOfWords()) as library:
        library.search("bridge")
        assert library._access.indexes.terms._disk is not None
    assert (folder / termfiles.FOLDER).is_dir()


def test_mending_tells_that_the_last_changes_are_lost(tmp_path: Path, folder: Path) -> None:
    before = (folder / database.FILE).read_bytes()
    with Library.open(folder, embedder=BagOfWords()) as reader:
        with Library.open(folder, embedder=BagOfWords()) as library:
            for i in range(3):
                library.add_articles([Article(f"new {i}", f"Bees {i}", f"Bees {i} fly. " * 9, source="")])
        assert reader.search("bees")
        note = generationfile.read(folder)
        assert note is not None
        generationfile.write(folder, note._replace(folded=False))  # as before the log was emptied
        (folder / database.FILE).write_bytes(before)
        name = notes(folder)["library"]
        assert any("lacks its last changes" in what for what in harm(folder))
        assert any("had lost its last changes" in line for line in mended(folder))
        assert notes(folder)["library"] != name, "what others hold of the lost state isn't believed"
        assert not harm(folder)
        assert all("Bees" not in hit.article.title for hit in reader.search("bees"))


def test_a_second_mend_keeps_the_copy_that_the_first_made(folder: Path) -> None:
    change(folder, "UPDATE articles SET title = 'Other' WHERE title = 'Hero 5'")
    mended(folder)
    first = (folder / ASIDE).read_bytes()
    change(folder, "UPDATE articles SET title = 'Other' WHERE title = 'Hero 6'")
    (line, *_) = mended(folder)
    assert (folder / ASIDE).read_bytes() == first
    kept = Path(line.removeprefix("the damaged database is kept as "))
    assert kept != folder / ASIDE
    assert kept.is_file()


def test_half_a_copy_does_not_stay_on_a_full_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, "UPDATE articles SET title = 'Other' WHERE title = 'Hero 5'")

    def copy(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes()[:1000])
        raise OSError(errno.ENOSPC, "No space left on device", str(target))

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copy2", copy)
        with pytest.raises(DiskFull):
            mended(folder)
    assert not list(folder.glob(f"{ASIDE}*"))
    mended(folder)
    assert not harm(folder)


@pytest.mark.parametrize("table", ["articles", "passages"])
def test_no_more_rows_are_looked_for_than_the_file_can_hold(folder: Path, table: str) -> None:
    spoil(folder, table)
    spoil(folder, "sqlite_sequence")
    with closing(salvage._opened(folder / database.FILE)) as connection:
        assert sum(1 for _ in salvage._rowids(connection, table)) <= (folder / database.FILE).stat().st_size
