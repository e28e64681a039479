"""Mends what `index/store/doctor.py` finds: damaged articles are read again from their files, the rest is made anew.

A copy of the damaged database is kept beside it. What can't be had again is named as lost and taken out, so that no
altered words are ever shown.
"""

from __future__ import annotations

import itertools
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from index.config import Config
from index.errors import LibraryDamaged
from index.library import Library
from index.paths import is_gone
from index.store import database, doctor, trash
from index.store.contents import Store
from index.store.embedding import embedded_text
from index.store.ingest import Ingest
from index.store.lock import writer_lock
from index.store.salvage import EXPECTED, salvage
from index.types import Article, Embedder

ASIDE = database.FILE + ".damaged"


def mend(folder: Path, config: Config, embedder: Embedder | None = None) -> list[str]:
    """Mends a library; gives what was done and what was lost, a line each.

    Loads the embedder where vectors have to be made again. Raises LibraryBusy, LibraryMissing, LibraryIncompatible,
    and LibraryDamaged where nothing can be read.
    """
    done = []
    damaged = any(finding.harm and finding.database for finding in doctor.examine(folder))
    with writer_lock(folder), database.explained(folder):
        if damaged:
            done.append(f"the damaged database is kept as {_keep(folder)}")
        for name in doctor.LEFTOVERS:
            path = folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if _make_whole(folder):
            done.append(f"{database.FILE} was made anew from what could be read of it")
        done += _accept(folder)
        _fit(folder)
        _bind(folder, config, embedder)
    with Library.open(folder, config=config, embedder=embedder) as library:
        with library.mending() as ingest:
            done += [
                *ingest.tally.warnings,
                *_read_missing(ingest),
                *_mend_words(ingest),
                *_mend_passages(ingest),
            ]
        with library.mending():  # no term index is made of damaged words: now it can be
            pass
    return done


def _keep(folder: Path) -> Path:
    """Copies the database and its log, all or nothing.

    Never over a copy kept before: where mending was killed and is done again, that is the one of what there was.
    """
    numbers = (str(number or "") for number in itertools.count())
    aside = next(path for number in numbers if not (path := folder / (ASIDE + number)).exists())
    log = aside.with_name(aside.name + "-wal")
    try:
        shutil.copy2(folder / database.FILE, aside)
        log.unlink(missing_ok=True)
        with suppress(FileNotFoundError):
            shutil.copy2(folder / (database.FILE + "-wal"), log)
    except BaseException:  # a full disk: half a copy would only fill it more
        for path in (aside, log):
            path.unlink(missing_ok=True)
        raise
    return aside


def _accept(folder: Path) -> list[str]:
    """Goes on from the state the database is in, before a change of it hides that there was a newer one."""
    with closing(Store.writing(folder)) as store:
        lost = store.accept()
    return [lost] if lost else []


def _make_whole(folder: Path) -> bool:
    """Makes a database whose pages can be read; gives whether it had to be made anew for that."""
    try:
        with closing(Store.writing(folder)) as store:
            whole = not doctor.structure(store)
    except LibraryDamaged:
        whole = False
    if not whole:
        try:
            salvage(folder)
        except sqlite3.DatabaseError as e:
            raise LibraryDamaged(
                f"nothing can be read of the library in {folder} ({e}): restore {database.FILE} from a backup, or "
                f"delete the folder and add the articles again with footnote add PATH... --library {folder}"
            ) from None
    return not whole


def _fit(folder: Path) -> None:
    """Makes tables that fit together."""
    with closing(Store.writing(folder)) as store, store.transaction():
        write = store.connection.execute
        for table, row in doctor.orphans(store):
            write(f"DELETE FROM {table} WHERE rowid = ?", (row,))
        if masked := doctor.hidden(store):
            write(f"DELETE FROM gone WHERE passage IN ({','.join(map(str, masked))})")
            write("DELETE FROM meta WHERE key IN ('terms', 'term_files', 'faiss')")
        for key in doctor.garbled(store):
            write("DELETE FROM meta WHERE key = ?", (key,))
        for number in trash.unsound(store):
            write("DELETE FROM removed WHERE number = ?", (number,))
        for table in ("articles", "passages"):
            write(f"INSERT OR REPLACE INTO meta SELECT '{table}', count(*) FROM {table}")


def _bind(folder: Path, config: Config, embedder: Embedder | None) -> None:
    """Notes the embedder anew where that was damaged, if it gives the vectors that are kept."""
    with closing(Store.writing(folder)) as store:
        row = store.connection.execute(
            'SELECT a.title, a.text, p.start, p."end", v.vector FROM articles a '
            "JOIN passages p ON p.article = a.number JOIN vectors v ON v.passage_id = p.id LIMIT 1"
        ).fetchone()
        with suppress(LibraryDamaged):
            if row is None or store.settings()[1] is not None:
                return
        from index.models.embed import load_embedder

        embedder = embedder or load_embedder(config.embedder, config.cache)
        if not _made_by(embedder, *row):
            raise LibraryDamaged(
                f"what the library in {folder} noted of its embedder is damaged, and {embedder.name} gives other "
                f"vectors: set FOOTNOTE_EMBEDDER to the one it was made with, and run {doctor.MEND} again"
            )
        tokens = store.meta("passage_tokens")
        if not isinstance(tokens, int) or not 0 < tokens < 10_000:
            tokens = config.passage_tokens
        with store.transaction():
            store.bind(embedder, tokens)


def _made_by(embedder: Embedder, title: str, text: str, start: int, end: int, vector: bytes) -> bool:
    import numpy as np

    if len(vector) != 4 * embedder.dimension:
        return False
    (again,) = embedder.encode_documents([embedded_text(Article("", title, text), start, end)])
    return bool(np.frombuffer(vector, dtype="<f4") @ again > 0.95)


def _read_missing(ingest: Ingest) -> list[str]:
    """Reads all files again when articles are missing: which they were in isn't known any more."""
    store = ingest.store
    before, expected = store.count_articles(), store.meta(EXPECTED)
    if expected is None:
        return []
    for path in store.sources():
        ingest.again(path)
    with store.transaction():
        store.connection.execute("DELETE FROM meta WHERE key = ?", (EXPECTED,))
    back, lost = store.count_articles() - before, expected - store.count_articles()
    done = (
        [f"{back} articles of which nothing could be read were read again from their files"] if back else []
    )
    if lost > 0:
        done.append(
            f"{lost} articles of which nothing can be read are lost: add them again, or restore a backup"
        )
    return done


def _mend_words(ingest: Ingest) -> list[str]:
    """Reads articles again that aren't as they were stored, or whose files aren't noted; takes out those lost."""
    store = ingest.store
    before = store.sources()
    ailing = [each for each in doctor.ailing(store) if not each.sound or each.stray]
    read = {path: ingest.again(path) for path in dict.fromkeys(each.path for each in ailing if each.path)}
    bad = {each.number for each in doctor.ailing(store) if not each.sound}
    after, done = store.sources(), []
    for number, article, path, sound, _ in ailing:
        was_read = read.get(path or "", False)
        again = store.has_article(article.id) or after.get(path or "") == before.get(path or "")
        if sound:
            if not was_read:
                _change(store, "UPDATE articles SET source_id = NULL WHERE number = ?", number)
        elif number not in bad and again:
            done.append(f"article {article.id} was read again from {path}")
        elif path and not was_read and not is_gone(path):
            done.append(f"article {article.id} stays damaged: {dict(ingest.tally.failed)[path]}")
        else:
            _change(store, "DELETE FROM articles WHERE number = ?", number)
            why = f"{path} has other words now, which were added" if was_read else f"{path} is gone"
            done.append(f"article {article.id} is lost: {why if path else 'a program made it'}")
    return done


def _change(store: Store, sql: str, number: int) -> None:
    with store.transaction():
        store.connection.execute(sql, (number,))


def _mend_passages(ingest: Ingest) -> list[str]:
    """Makes the passages of sound articles anew where they, or their vectors, aren't as they were stored."""
    sick = [each for each in doctor.ailing(ingest.store) if each.sound]
    for each in sick:
        ingest.again_in_passages(each.number, each.article)
    return [f"the passages and vectors of article {each.article.id} were made anew" for each in sick]
