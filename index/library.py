"""A library: articles in a folder or on a server, searchable. The public front, whose methods say what, not how.

Knows no SQL, no faiss, no file formats and no locks: a `Backend` says whose turn it is, `index.store` reads and writes,
`index.search` ranks. Whatever a library gives out was compared with its checksum: where a bit has flipped on the disk,
the question that meets it is refused and the mend named, so that neither altered words are shown nor the best article
is silently left out. Threads may share a Library.
"""

from __future__ import annotations

import shlex
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from index.access import Access, placed
from index.backend import Backend, Progress
from index.config import Config
from index.errors import BadQuestion, BadSetting, LibraryBusy, RemovalWithheld
from index.paths import absolute, hashed
from index.pictures import File, Pictures, is_there
from index.place import address, is_address
from index.search import versions
from index.search.duplicates import newest_first
from index.search.hits import distinct, lifted
from index.search.rerank import rerank
from index.search.scope import Scope
from index.store import by_hand, catalogue, copying, feeds, trash, watching, webpages
from index.store.ingest import Ingest
from index.store.reports import AddProgress, AddReport, Entry, Removed, RestoreReport, Status
from index.types import Article, Embedder, Hit, PagePicture, Reranker, Vectors

__all__ = ["AddProgress", "AddReport", "Entry", "Library", "Removed", "RestoreReport", "Status"]

DEPTH = 100
"""How many passages each ranking gives to the fusion, at least."""
QUERY_CHARACTERS = 4000
"""Only so much of a query is embedded; embedders read about a quarter of it."""

STORY = 20
"""Among so many best hits the newest report of a story is looked for."""


class Library:
    """Articles, searchable. Made by `Library.open`; use it in a `with` statement or close it.

    `where` is the folder or the address that it was opened at, `folder` where files that belong to it are kept on this
    machine.
    """

    def __init__(self, access: Backend) -> None:
        self.folder = access.folder
        self.where = access.where
        self.name = access.name
        self._access = access
        self._pictures = Pictures(access.config.read_seconds, access.config.read_megabytes)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        embedder: Embedder | None = None,
        create: bool = False,
        config: Config | None = None,
    ) -> Library:
        """The library in `folder`, or at an address (see `index.place`), made if `create` is given and none is there.

        Without an `embedder`, that of `config` is loaded once it is needed. Takes no lock unless an
        older version made the library.

        Raises LibraryMissing, LibraryDamaged, LibraryIncompatible (made by another embedder or a newer
        version), DiskFull. An index of words that an older version made is made anew, where the folder can be written.
        """
        config = config or Config()
        if is_address(folder):
            from index.postgres.access import ServerAccess

            return cls(ServerAccess(address(str(folder)), config, embedder, create=create))
        return cls(Access(placed(folder), config, embedder, create=create))

    def close(self) -> None:
        """Closes the database; doing it twice is fine."""
        self._access.close()

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def embedder(self) -> Embedder:
        """The embedder, loaded now if it wasn't. Raises ModelMissing, LibraryIncompatible."""
        return self._access.embedder

    # Writing

    def add(
        self,
        paths: Iterable[str | Path],
        *,
        progress: Progress | None = None,
        pages: Mapping[str, webpages.Origin] | None = None,
        lift: bool = True,
    ) -> AddReport:
        """Adds what is new or changed in the files at and below `paths`, and says what was done.

        Unchanged files cost a hash. A changed file is replaced in one transaction; one that is there under another
        name now is moved. What `progress` reports is stored for good, even if the process is killed the next moment.
        Files that can't be read are reported. With `lift`, articles that were removed from files named in `paths` come
        back. `pages` says where files in the folder of fetched pages are from, by their names.

        Raises LibraryBusy when another process is writing, LibraryIncompatible, ModelMissing, DiskFull.
        """
        with self._access.writing(progress) as ingest:
            if pages:
                with ingest.store.transaction():
                    for name, origin in pages.items():
                        webpages.note(ingest.store, name, origin)
            ingest.files(_list(paths), lift=lift)
        return ingest.report()

    def add_articles(self, articles: Iterable[Article], *, progress: Progress | None = None) -> AddReport:
        """Adds articles made by a program; the report counts articles. Adding one again changes nothing.

        An article whose id is in the library replaces that one. Raises as `add`, and BadDocument for
        text that isn't valid Unicode.
        """
        with self._access.writing(progress) as ingest:
            ingest.articles(articles)
        return ingest.report()

    def sync(
        self, paths: Iterable[str | Path], *, removing: bool = False, progress: Progress | None = None
    ) -> AddReport:
        """Adds as `add` does, and removes the articles of files at and below `paths` that are gone.

        What was removed can be brought back for thirty days, see `restore`. A folder that is missing itself is
        reported as failed and loses nothing: it may be a disk not mounted. For the same reason the articles of an
        empty folder, and those of five and more files that are over a tenth of all, are removed only with `removing`.

        Raises as `add`, and RemovalWithheld where articles weren't removed; all else is done then.
        """
        paths = _list(paths)
        with self._access.writing(progress) as ingest:
            ingest.sync(paths, removing)
        report = ingest.report()
        if report.withheld:
            again = shlex.join(["footnote", "sync", *map(str, paths), "--library", self.where, "--yes"])
            why = "; ".join(map(str, ingest.tally.doubts))
            raise RemovalWithheld(
                f"{why}: is a disk not mounted? Their articles stay; if they are to be removed, run {again}",
                report,
            )
        return report

    def watch(
        self, folder: str | Path, stop: threading.Event, *, progress: Progress | None = None
    ) -> Iterator[AddReport]:
        """Adds what is in the folder and below, then what comes and changes there; gives a report for each time.

        Ends when `stop` is set. What vanishes stays in the library, for `sync` to remove, and articles that were
        removed stay away. Where another process is writing, it is tried again. Raises BadDocument for what is no
        folder, and as `add`.
        """
        for paths in watching.changes(folder, stop):
            while True:
                try:
                    yield self.add(paths, progress=progress, lift=False)
                    break
                except LibraryBusy:
                    if stop.wait(watching.PATIENCE):
                        return

    def holds(self, path: str | Path) -> bool:
        """Whether the library has the file as it is now."""
        name = absolute(path)
        with self._access.reading() as (store, _):
            known = store.source_hash(name)
        with suppress(OSError):
            return known is not None and known == hashed(name)
        return False

    def going(self, paths: Iterable[str | Path]) -> list[tuple[str, int]]:
        """The files whose articles `sync` would remove if it may, and how many articles each has. Changes nothing."""
        with self._access.reading() as (store, _):
            return Ingest(store, lambda: self.embedder, 1).going(_list(paths))

    def remove(self, ids: Iterable[str]) -> list[Entry]:
        """Removes articles, also from files that stay; gives those removed. `restore` brings them back.

        They stay removed when their files are added or synced again, until a file is named to `add` itself.
        Raises as `add`, and KeyError for an id that there is none of, before anything is removed.
        """
        ids = list(dict.fromkeys(ids))
        with self._access.changing() as (store, _, _):
            listed = {entry.id: entry for entry in catalogue.entries(store, Scope(only=frozenset(ids)))}
            gone = [listed[id] for id in ids]
            with store.transaction():
                for id in ids:
                    trash.discard_article(store, id)
        return gone

    def edit(self, id: str, facts: Mapping[str, str | None]) -> Article:
        """Sets facts of an article by hand: "title", "publisher", "published"; gives the article as it is then.

        They stay when its file is read again, changed or not. Without any, its facts are those of its file again. A
        title is part of what is searched, so that another one makes vectors anew. Raises as `add`, KeyError for an
        id that there is none of, and BadSetting for a title that is empty or a date that can't be read.
        """
        facts = by_hand.checked(facts)
        with self._access.writing() as ingest:
            return ingest.edit(id, facts)

    def catalogue(
        self,
        scope: Scope | None = None,
        *,
        paths: Iterable[str | Path] = (),
        origin: str | None = None,
        kind: str = "",
        undated: bool = False,
        words: str = "",
        order: str | None = None,
    ) -> list[Entry]:
        """The articles inside `scope`, from files at and below `paths` if any are given, in the order they were added.

        With an `origin` or a `kind` (".pdf"), those alone that have it. With `undated`, those without a date of
        publication alone. With `words`, those in whose title, publisher or text a word begins with each of them. With
        an `order` (newest, oldest, title, or added: the last added first) in that one. Raises BadSetting for another
        order, and for `undated` in a `scope` of dates.
        """
        with self._access.reading() as (store, _):
            found = catalogue.entries(
                store, scope, paths=_list(paths), origin=origin, kind=kind, undated=undated, words=words
            )
        return catalogue.ordered(found, order) if order else found

    def sizes(self, ids: Iterable[str]) -> dict[str, int]:
        """How many passages the articles of these ids have; those that there are none of are left out."""
        with self._access.reading() as (store, _):
            return catalogue.sizes(store, ids)

    def export(self, to: Path) -> int:
        """Writes all articles to a JSONL file that `add` reads back; gives how many. See `index.store.catalogue`."""
        with self._access.reading() as (store, _):
            return catalogue.export(store, to)

    def copy_to(self, other: Library, *, report: copying.Report | None = None) -> copying.Copied:
        """Copies all of this library into `other`, which is new or a part of such a copy; see `take_in`."""
        return other.take_in([self], report=report)

    def take_in(
        self, parts: Iterable[Library], *, adding: bool = False, report: copying.Report | None = None
    ) -> copying.Copied:
        """Copies all of other libraries into this one, which is new or a part of such a copy.

        See `index.store.copying`. What several of them have is taken once. With `adding`, this library may be one in
        use, which keeps what it has. Vectors are copied, so that nothing is embedded. Raises as `add` and as
        `copied` there.
        """
        parts = list(parts)
        places = [self.where, *(part.where for part in parts)]
        if twice := next((place for place in places if places.count(place) > 1), None):
            raise BadSetting(
                f"{twice} is named twice: name each library once, and another place to copy them to"
            )
        with ExitStack() as opened:
            sources = [opened.enter_context(part._access.apart()) for part in parts]
            target, words, _ = opened.enter_context(self._access.changing())
            return copying.copied(sources, target, words, report, adding=adding)

    def followed(self) -> list[feeds.Followed]:
        """The feeds that the library follows, in the order they were added."""
        with self._access.reading() as (store, _):
            return feeds.listed(store)

    def follow(self, given: Iterable[tuple[str, str]]) -> int:
        """Follows feeds, each an address and a title; gives how many weren't followed yet. Raises as `add`."""
        with self._access.changing() as (store, _, _), store.transaction():
            return feeds.follow(store, given)

    def unfollow(self, url: str) -> bool:
        """Stops following a feed; gives whether it was followed. Its articles stay. Raises as `add`."""
        with self._access.changing() as (store, _, _), store.transaction():
            return feeds.unfollow(store, url)

    def note_feeds(self, notes: Iterable[tuple[str, str, str | None]]) -> None:
        """Notes that feeds were fetched now: address, title, and why that failed if it did. Raises as `add`."""
        with self._access.changing() as (store, _, _), store.transaction():
            for note in notes:
                feeds.note(store, *note)

    def addresses(self) -> dict[str, str]:
        """The addresses of all articles, and of all pages ever fetched with when that was last, else ""."""
        with self._access.reading() as (store, _):
            return webpages.known(store)

    def removed(self) -> list[Removed]:
        """The files whose articles can be brought back, what was removed last first."""
        with self._access.reading() as (store, _):
            return trash.listed(store)

    def restore(
        self,
        paths: Iterable[str | Path] | None = None,
        *,
        since: str | None = None,
        only: Iterable[Removed] | None = None,
    ) -> RestoreReport:
        """Brings back articles that were removed: those of files at and below `paths`, removed `since` a day.

        With `only`, what these entries of `removed` name. None is no limit. They come back as they were, ids and
        vectors included; nothing is embedded. `since` is an ISO 8601 date of this machine's calendar, as precise as
        wanted. Where a file was removed more than once, its last state comes back. Raises as `add`.
        """
        roots = None if paths is None else [absolute(path) for path in _list(paths)]
        with self._access.changing() as (store, _, _):
            return trash.restore_all(store, roots, since, only)

    def mending(self) -> AbstractContextManager[Ingest]:
        """The writer without progress, for `index/store/mend.py`."""
        return self._access.writing()

    # Reading

    def search(
        self,
        query: str,
        k: int = 10,
        by: str = "hybrid",
        *,
        scope: Scope | None = None,
        prefer: Scope | None = None,
        latest: bool = False,
        reranker: Reranker | None = None,
    ) -> list[Hit]:
        """The `k` passages that best answer `query`, best first; fewer where there are fewer.

        `by` is "dense" (nearest vectors), "bm25" (loads no embedder) or "hybrid": both, fused. Only articles in
        `scope` are searched; those in `prefer` are lifted, and with `latest` the newer ones, the newest report of a
        story before the others. A `reranker` scores the best again. A passage that repeats what a better one says is
        left out. `score` compares within one list only (see `index.search.fuse`).

        Raises BadQuestion for a query without characters, BadSetting for another `by`, and LibraryDamaged where what
        is found isn't as it was stored.
        """
        if by not in ("hybrid", "dense", "bm25"):
            raise BadSetting(f"can't search by {by!r}: choose hybrid, dense or bm25")
        query = query.encode("utf-8", "replace").decode()
        if not query.strip():
            raise BadQuestion("the question is empty: ask something, such as what happened to whom")
        with self._access.reading() as (store, _):
            if k < 1 or not store.meta("dimension"):
                return []
        depth = max(k, reranker.depth if reranker else 0, STORY if latest else 0)
        vector = None if by == "bm25" else self.embedder.encode_queries([query.strip()[:QUERY_CHARACTERS]])[0]
        hits = self._hits(query, vector, by, depth, scope, prefer, latest)
        best = rerank(query, hits, reranker, depth)
        return (newest_first(best) if latest else best)[:k]

    def _hits(
        self,
        query: str,
        vector: Vectors | None,
        by: str,
        depth: int,
        scope: Scope | None,
        prefer: Scope | None,
        latest: bool,
    ) -> list[Hit]:
        """The `depth` best passages before reranking, none of which repeats another. Raises LibraryDamaged."""
        with self._access.reading() as (store, generation):
            if vector is not None:
                store.check(self.embedder)
            ranked = self._access.indexes.ranked(
                store, generation, query, vector, by, max(DEPTH, 2 * depth), scope
            )
            hits = distinct(store, lifted(store, ranked, prefer, latest), depth)
            if scope is not None and not all(scope.holds(hit.article) for hit in hits):
                raise store.damaged("the list of dates and publishers")
        return hits

    def article(self, id: str) -> Article:
        """The article of that id. Raises KeyError when there is none, LibraryDamaged if it isn't as it was stored."""
        with self._access.reading() as (store, _):
            article = store.article(id)
        if article is None:
            raise KeyError(id)
        return article

    def article_from(self, source: str) -> Article | None:
        """The article that is read from `source` now, None where there is none. Raises LibraryDamaged as `article`."""
        with self._access.reading() as (store, _):
            ids = store.articles_of(source) or store.articles_of(source.rpartition("#")[0])
            return next((a for a in map(store.article, ids) if a and a.source == source), None)

    def shows_pages(self, id: str) -> bool:
        """Whether the article of that id is from a PDF that still lies where it was added from, as large as it was."""
        with self._access.reading() as (store, _):
            file = store.file_of(id)
        return is_there(file and File(*file))

    def page_picture(self, id: str, number: int, spans: Iterable[tuple[int, int]] = ()) -> PagePicture:
        """Page `number`, counted from 1, of the PDF that the article is from, drawn as a picture.

        The words of `spans`, each a start and an end in the article's text as a citation has them, are marked as far
        as they are on that page. Raises KeyError where there is no such article, BadDocument where it isn't from a
        PDF, or that has vanished, changed, is damaged, takes too much to draw, or has no such page.
        """
        with self._access.reading() as (store, _):
            article, file = store.article(id), store.file_of(id)
        if article is None:
            raise KeyError(id)
        return self._pictures.picture(article, File(*file) if file else None, number, spans)

    def articles(self) -> Iterator[Article]:
        """All articles as they are now, in the order they were added. Raises LibraryDamaged as `article` does."""
        with self._access.apart() as store:
            yield from store.articles()

    def current(self, scope: Scope | None) -> Scope | None:
        """The scope without the versions of pages that don't count (see `index.search.versions`)."""
        with self._access.reading() as (store, _):
            return versions.resolved(store.connection, scope)

    def versions(self, id: str) -> list[versions.Version]:
        """The versions of the page that the article of that id is one of, the oldest first, the present one last.

        None where there is no other: see `index.search.versions`.
        """
        with self._access.reading() as (store, _):
            return versions.of_article(store.connection, id)

    def publishers(self) -> tuple[str, ...]:
        """The publishers of the articles, those of most articles first. Raises LibraryDamaged."""
        return self._access.publishers()

    def headings(self, scope: Scope | None = None) -> list[Article]:
        """All articles inside `scope`, in the order they were added, without their text."""
        with self._access.reading() as (store, _):
            return store.headings(scope.articles(store.connection) if scope else None)

    def mentioning(self, words: str, scope: Scope | None = None) -> list[Article]:
        """The articles inside `scope` whose title or text holds `words` as whole words, whatever the case."""
        with self._access.reading() as (store, _):
            return store.mentioning(words, scope.articles(store.connection) if scope else None)

    def listed(
        self, offset: int, limit: int, *, scope: Scope | None = None, words: str = ""
    ) -> tuple[int, list[Article]]:
        """How many articles are inside `scope` and hold `words`, and those from `offset` on, at most `limit`.

        In the order they were added, without their text, as `headings` and `mentioning` give them.
        """
        with self._access.reading() as (store, _):
            numbers = scope.articles(store.connection) if scope else None
            if words.strip():
                found = store.mentioning(words, numbers)
                return len(found), [replace(a, text="") for a in found[offset : offset + limit]]
            if numbers is None:
                numbers = store.article_numbers()
            return len(numbers), store.headings(numbers[offset : offset + limit])

    def status(self) -> Status:
        """What is in the library, and what it was made with. Loads no model."""
        with self._access.reading() as (store, generation):
            articles, passages, newest, oldest = store.figures()
            index = self._access.indexes.facts(store)
            removed = trash.listed(store)
            return Status(
                folder=self.where,
                articles=articles,
                files=sum(map(bool, store.source_sizes().values())),
                passages=passages,
                embedder=store.meta("embedder"),
                weights_hash=store.meta("weights_hash"),
                dimension=store.meta("dimension"),
                index_kind=index.words,
                recall=index.recall,
                recall_questions=index.questions,
                index_bytes=index.bytes,
                bytes_on_disk=self._access.bytes_on_disk(store),
                generation=generation,
                newest=newest,
                oldest=oldest,
                removed=sum(file.articles for file in removed),
                kept_until=min((file.kept_until for file in removed), default=None),
            )


def _list(paths: Iterable[str | Path]) -> list[str | Path]:
    return [paths] if isinstance(paths, str | Path) else list(paths)
