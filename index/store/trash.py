"""Articles whose files have vanished or that the user removed, kept for thirty days: put away, brought back, purged.

Knows the tables `removed` and `removed_passages`, which nothing else reads but `Store.embedded`: no search, count or
index meets what is in them. What writes does so within a transaction of the caller, but for `restore_all`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from index import checksum
from index.paths import is_at_or_below
from index.read.article import id_of
from index.store import by_hand, schema
from index.store.contents import Store
from index.store.reports import Removed, RestoreReport
from index.types import Article

KEPT = timedelta(days=30)


class Returned(NamedTuple):
    """What came back of a file: its articles and passages; and why not everything did, if so."""

    articles: int = 0
    passages: int = 0
    why_not: str = ""


_SOURCES = "articles a LEFT JOIN sources s ON s.id = a.source_id"
_PATH = "coalesce(s.path, a.source)"


def discard(store: Store, path: str) -> None:
    """Moves the articles of the file into the trash, with passages and vectors, and deletes the file's row."""
    _put(store, path, "s.path = ?", path)
    store.remove_source(path)


def discard_article(store: Store, id: str) -> None:
    """Moves one article into the trash. Its file stays known, and adding it again doesn't bring the article back.

    Raises KeyError where there is none of that id, LibraryDamaged.
    """
    article = store.article(id)
    if article is None:
        raise KeyError(id)
    _, path = store.origin_of(id)
    _put(store, path or article.source, "a.id = ?", id)
    by_hand.remove(store, article)
    store.remove_article(id)


def rename(store: Store, old: str, new: str) -> None:
    """Notes that a file has another name now, and so its articles other ids."""
    write = store.connection.execute
    for number in _numbers(store, "WHERE path = ?", (old,)):
        write("UPDATE removed SET path = ? WHERE number = ?", (new, number))
        if (found := _read(store, number)) is None or not found[0].source.startswith(old):
            continue
        source = new + found[0].source.removeprefix(old)
        article = replace(found[0], source=source, id=id_of(found[0].text, source))
        write(
            "UPDATE removed SET id = ?, source = ?, checksum = ? WHERE number = ?",
            (article.id, source, checksum.of_article(article), number),
        )
        for start, end, _ in found[2]:
            write(
                'UPDATE removed_passages SET checksum = ? WHERE article = ? AND start = ? AND "end" = ?',
                (checksum.of_span(article.id, start, end), number, start, end),
            )


def _put(store: Store, path: str, where: str, value: str) -> None:
    """Copies articles of one file into the trash."""
    when = _now().replace(microsecond=0)
    (last,) = store.connection.execute(
        "SELECT max(removed_at) FROM removed WHERE path = ?", (path,)
    ).fetchone()
    with suppress(TypeError, ValueError):  # it wasn't removed before, or that is damaged
        when = max(
            when, datetime.fromisoformat(last) + timedelta(seconds=1)
        )  # also where the clock went back
    store.connection.execute(
        f"INSERT INTO removed SELECT a.number, ?, {_PATH}, coalesce(s.sha256, ''), coalesce(s.size, 0), "
        "coalesce(s.mtime_ns, 0), a.id, a.title, a.text, a.url, a.publisher, a.published, a.source, a.checksum, "
        f"a.pages, a.ocr FROM {_SOURCES} WHERE {where}",
        (when.isoformat(), value),
    )
    store.connection.execute(
        'INSERT INTO removed_passages(article, start, "end", checksum, vector_checksum, vector) '
        'SELECT p.article, p.start, p."end", p.checksum, p.vector_checksum, '
        f"v.vector FROM {_SOURCES} JOIN passages p ON p.article = a.number JOIN vectors v ON v.passage_id = p.id "
        f"WHERE {where} ORDER BY p.id",
        (value,),
    )


def listed(store: Store) -> list[Removed]:
    """What can be brought back, by file, what was removed last first."""
    rows = store.connection.execute(
        "SELECT path, removed_at, count(*), min(title) FROM removed GROUP BY path, removed_at "
        "ORDER BY removed_at DESC, path"
    )
    return [Removed(path, count, when, _until(when), title) for path, when, count, title in rows]


def _day(file: Removed) -> str:
    """The day that the file's articles were removed, by this machine's calendar."""
    try:
        return datetime.fromisoformat(file.removed_at).astimezone().date().isoformat()
    except ValueError:  # damaged
        return ""


def _until(when: str) -> str:
    """The moment to which what was removed then is kept."""
    try:
        return (datetime.fromisoformat(when) + KEPT).isoformat(timespec="seconds")
    except ValueError:  # damaged: kept
        return ""


def restore_all(
    store: Store,
    roots: Collection[str] | None,
    since: str | None,
    only: Iterable[Removed] | None = None,
) -> RestoreReport:
    """Brings back the articles of files at and below `roots`, removed `since` a day, named by `only`; None is no limit.

    Begins a transaction for each file, what was removed last first.
    """
    named = None if only is None else {(file.path, file.removed_at) for file in only}
    files, articles, passages, failed = 0, 0, 0, []
    for file in listed(store):
        if named is not None and (file.path, file.removed_at) not in named:
            continue
        if since is not None and _day(file) < since:
            continue
        if roots is not None and not any(is_at_or_below(file.path, root) for root in roots):
            continue
        with store.transaction():
            back = restore(store, file)
        files, articles, passages = (
            files + (back.articles > 0),
            articles + back.articles,
            passages + back.passages,
        )
        if back.why_not:
            failed.append((file.path, back.why_not))
    return RestoreReport(files, articles, passages, tuple(failed))


def restore(store: Store, file: Removed) -> Returned:
    """Brings back the articles of a file, with their ids, passages, vectors and places in the order of articles."""
    key = file.path, file.removed_at
    source = store.connection.execute(
        "SELECT sha256, size, mtime_ns FROM removed WHERE path = ? AND removed_at = ? LIMIT 1", key
    ).fetchone()
    there = store.source_hash(file.path)
    if there is not None and there != source[0]:
        return Returned(why_not="the file is in the library again, with other content: add it by its name")
    source_id = store.put_source(file.path, *source) if source[0] else None
    articles = passages = left = 0
    for number in _numbers(store, "WHERE path = ? AND removed_at = ?", key):
        count = _restore_article(store, number, source_id)
        articles, passages, left = articles + (count > 0), passages + count, left + (count == 0)
    why_not = f"{left} of its articles were damaged meanwhile" if left else ""
    if not articles and there is None:
        store.remove_source(file.path)
    return Returned(articles, passages, why_not)


def by_hash(store: Store) -> dict[str, list[str]]:
    """The ids of the articles in the trash, by the hash of the files they were from."""
    found: dict[str, list[str]] = {}
    for sha256, id in store.connection.execute("SELECT sha256, id FROM removed WHERE sha256 <> ''"):
        found.setdefault(sha256, []).append(id)
    return found


def unsound(store: Store) -> list[int]:
    """The numbers of articles in the trash that aren't as they were removed, and so can't come back."""
    return [number for number in _numbers(store) if _read(store, number) is None]


def _numbers(store: Store, where: str = "", values: tuple[str, ...] = ()) -> list[int]:
    rows = store.connection.execute(f"SELECT number FROM removed {where} ORDER BY number", values)
    return [row[0] for row in rows]


def _read(store: Store, number: int) -> tuple[Article, bytes, list[tuple[int, int, bytes]]] | None:
    """The article in the trash, its checksum, and its passages as (start, end, vector); None if any is damaged."""
    *columns, kept = store.connection.execute(
        f"SELECT {schema.ARTICLE}, checksum FROM removed WHERE number = ?", (number,)
    ).fetchone()
    article, passages = schema.article(columns), []
    for start, end, span, total, vector in _passages(store, number):
        if span != checksum.of_span(article.id, start, end) or total != checksum.of_vector(vector):
            return None
        passages.append((start, end, vector))
    if not passages or kept is None or kept != checksum.of_article(article):
        return None
    return article, kept, passages


def _restore_article(store: Store, number: int, source_id: int | None) -> int:
    """Moves one article back; gives how many passages it has, 0 where it isn't as it was removed."""
    found, write = _read(store, number), store.connection.execute
    if found is None:
        return 0
    a, kept, passages = found
    if not store.has_article(a.id):
        write(
            f"INSERT INTO articles({schema.ARTICLE}, number, source_id, checksum) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*schema.row(a), number, source_id, kept),
        )
        spans = [(start, end) for start, end, _ in passages]
        store.put_passages(number, a, spans, [vector for _, _, vector in passages])
        by_hand.lift(store, a)
    write("DELETE FROM removed WHERE number = ?", (number,))
    return len(passages)


def _passages(store: Store, number: int) -> Iterator[tuple[int, int, int, int, bytes]]:
    yield from store.connection.execute(
        'SELECT start, "end", checksum, vector_checksum, vector FROM removed_passages '
        "WHERE article = ? ORDER BY number",
        (number,),
    )


def purge_due(store: Store) -> None:
    """Purges in a transaction of its own, if there is something to purge."""
    oldest = store.connection.execute("SELECT 1 FROM removed WHERE removed_at < ? LIMIT 1", (_oldest(),))
    if oldest.fetchone() is not None:
        with store.transaction():
            purge(store)


def purge(store: Store) -> None:
    """Deletes for good what was removed more than thirty days ago."""
    store.connection.execute("DELETE FROM removed WHERE removed_at < ?", (_oldest(),))


def _oldest() -> str:
    return (_now() - KEPT).isoformat(timespec="seconds")


def _now() -> datetime:
    return datetime.now(UTC)
