"""Files and articles into a library's store: what changed is chunked, embedded and committed in batches.

Knows the store and the embedder's Protocol, but not locks, FAISS or faces. Vectors of passages whose words
stay the same are used again, also where their article moved or changed around them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from index.errors import BadDocument
from index.language.chunk import passages
from index.paths import absolute, hashed, named, on_disk, size
from index.read import check
from index.read.budget import MEGABYTES, SECONDS, Reader
from index.read.doubts import DOUBTFUL
from index.store import by_hand, trash, webpages
from index.store.arrivals import encodable, found_at
from index.store.by_hand import Decision
from index.store.contents import Store
from index.store.embedding import Embedding, Unit, embedded_text, key
from index.store.known import Known
from index.store.reports import AddProgress, AddReport
from index.store.tally import Tally
from index.store.vanished import vanished
from index.types import Article, Embedder

BATCH = 128
"""Passages gathered before they are embedded and committed: some seconds of work, which is what Ctrl-C costs."""
GOING = 100
"""Files whose articles are removed in one transaction."""


class Ingest:
    """One run of adding. Call `files`, `articles` or `sync`, then `report`."""

    def __init__(
        self,
        store: Store,
        embedder: Callable[[], Embedder],
        passage_tokens: int,
        progress: Callable[[AddProgress], None] | None = None,
        read_seconds: float = SECONDS,
        read_megabytes: int = MEGABYTES,
    ) -> None:
        self.store = store
        self.tally = Tally(progress)
        self._embedding = Embedding(store, embedder, self.tally)
        self._passage_tokens = passage_tokens
        self._budget = read_seconds, read_megabytes
        self._pending: list[Unit] = []
        self._waiting = 0
        """Passages of what is pending."""
        self._known: Known
        """What the library had before the run; each public method looks anew."""

    def files(self, paths: Iterable[str | Path], *, lift: bool = False) -> dict[str, None]:
        """Stores what is new or changed in the files at and below `paths`; gives all files found.

        With `lift`, articles that were removed from files named in `paths` come back.
        """
        paths = list(paths)
        found = found_at(paths, self.tally)
        lifted = {absolute(path) for path in paths} if lift else set()
        self.tally.total = len(found)
        self._known = Known(self.store)
        known = self._known.hashes
        expected = {path: size(path) for path in found if path not in known}
        self.tally.pace.total = sum(expected.values())
        with Reader(*self._budget, self._step) as reader:
            for path in found:
                began = self.tally.pace.clock()
                self.tally.pace.total -= expected.get(path, 0)
                unit = self._file(path, known.get(path), reader, path in lifted)
                if unit is not None:
                    self.tally.pace.total += unit.work
                    self.tally.pace.add(self.tally.pace.clock() - began)
                    self._take(unit)
        self._flush()
        return found

    def _step(self, file: Path, what: str) -> None:
        """Tells which part of a long file is being read."""
        self.tally.step(f"{absolute(file)} {what}", done=0)

    def articles(self, articles: Iterable[Article]) -> None:
        """Stores articles that a program made; one with the id of a stored one replaces it."""
        given = {article.id: encodable(article, self.store.nul) for article in articles}
        self.tally.total = len(given)
        self.tally.pace.total = sum(len(article.text) for article in given.values())
        self._known = Known(self.store)
        for article in given.values():
            decisions: list[Decision] = []
            if (place := by_hand.key_of(None, article)) in self._known.decided:
                (article,), decisions = by_hand.decided(by_hand.read(self.store, place), [article], lift=True)
            if self.store.is_stored(article):
                self.tally.pace.total -= len(article.text)
                self.tally.count("unchanged")
                self.tally.count("unchanged_articles")
                self.tally.step(article.title)
                continue
            with self.tally.pace.working():
                spans = [self._spans(article)]
            known = self.store.has_article(article.id)
            self._take(Unit(article.title, [article], spans, None, known, len(article.text), decisions))
        self._flush()

    def sync(self, paths: Iterable[str | Path], removing: bool) -> None:
        """Does what `files` does, and moves into the trash the articles of files that aren't there any more.

        Not those of which `index.store.vanished` doubts that they were deleted, unless `removing`.
        """
        paths = list(paths)
        found = self.files(paths)
        moved = {old for old, _ in self.tally.moved}
        known = [path for path in self._known.hashes if path not in moved]
        gone, doubts = vanished(known, [absolute(path) for path in paths], found)
        self.tally.doubts = [] if removing else doubts
        kept = {path for doubt in self.tally.doubts for path in doubt.gone}
        going = [path for path in gone if path not in kept]
        for at in range(0, len(going), GOING):
            with self.store.transaction():
                for path in going[at : at + GOING]:
                    trash.discard(self.store, path)
            self.tally.count("removed", len(going[at : at + GOING]))
            self.tally.count(
                "removed_articles", sum(self._known.articles.get(path, 0) for path in going[at : at + GOING])
            )
        self.tally.failed = [failure for failure in self.tally.failed if failure[0] not in gone]

    def going(self, paths: Iterable[str | Path]) -> list[tuple[str, int]]:
        """The files whose articles `sync` would remove if it may, and how many articles each has. Changes nothing.

        Those that are there under another name aren't among them.
        """
        paths = list(paths)
        found = found_at(paths, self.tally)
        self._known = Known(self.store)
        gone, _ = vanished(self._known.hashes, [absolute(path) for path in paths], found)
        there = set()
        for path in found if gone else ():
            if path not in self._known.hashes:
                with suppress(OSError):
                    there.add(hashed(path))
        return [
            (path, self._known.articles.get(path, 0))
            for path in gone
            if self._known.hashes[path] not in there
        ]

    def again(self, path: str) -> bool:
        """Stores what is in the file although it may be known; gives whether it could be read."""
        self._known = Known(self.store)
        with Reader(*self._budget) as reader:
            unit = self._file(path, None, reader)
        if unit is not None:
            self._take(unit)
            self._flush()
        return unit is not None

    def again_in_passages(self, number: int, article: Article) -> None:
        """Makes the passages of the stored article with that number anew; they get other ids."""
        spans = self._spans(article)
        vectors = self._embedding.vectors([Unit(article.title, [article], [spans])])
        with self.store.transaction():
            self._passages_anew(number, article, spans, vectors)

    def edit(self, id: str, facts: Mapping[str, str | None]) -> Article:
        """Sets facts of the stored article by hand, see `Library.edit`; another title makes its passages anew."""
        old = self.store.article(id)
        if old is None:
            raise KeyError(id)
        number, _ = self.store.origin_of(id)
        new = by_hand.after(self.store, old, facts)
        spans = [] if new.title == old.title else self._spans(new)
        vectors = self._embedding.vectors([Unit(new.title, [new], [spans])])
        with self.store.transaction():
            by_hand.change(self.store, old, facts)
            self.store.set_facts(new)
            if spans:
                self._passages_anew(number, new, spans, vectors)
        return new

    def _passages_anew(
        self, number: int, article: Article, spans: Sequence[tuple[int, int]], vectors: Mapping[bytes, bytes]
    ) -> None:
        self.store.remove_passages(number)
        blobs = [vectors[key(embedded_text(article, *span))] for span in spans]
        self.store.put_passages(number, article, spans, blobs)

    def report(self) -> AddReport:
        """What was done so far."""
        return self.tally.report()

    def _file(self, path: str, known: str | None, reader: Reader, lift: bool = False) -> Unit | None:
        """The file read and chunked, or None when it is unchanged or can't be read."""
        file = Path(on_disk(path))
        try:
            check(file)  # first, since a named pipe would never be hashed to its end
            state = os.stat(file)
            sha256 = hashed(path)
            decisions = by_hand.read(self.store, path) if path in self._known.decided else []
            lift = lift and any(decision.removed for decision in decisions)
            if sha256 == known and not lift:
                self.tally.count("unchanged")
                self.tally.count("unchanged_articles", self._known.articles.get(path, 0))
                self.tally.step(path)
                return None
            read, flaws = reader.read(file)
            address = webpages.address_of(self.store, path)
            found = (webpages.found_at(address, article) for article in read)
            articles = list({a.id: encodable(a, self.store.nul) for a in found}.values())
        except BadDocument as e:
            self.tally.fail(path, str(e))
            self.tally.step(path)
            return None
        except OSError as e:
            self.tally.fail(path, f"{path}: can't be read ({e.strerror or repr(e)})")
            self.tally.step(path)
            return None
        for flaw in flaws:
            if flaw.startswith(DOUBTFUL):
                self.tally.warnings.append(named(flaw))
            else:
                self.tally.fail(path, flaw)
        origin, moved = self._known.origin(path, sha256) if known != sha256 else (None, False)
        if moved and origin in self._known.decided:
            decisions = [*decisions, *by_hand.read(self.store, origin)]
        wanted, decisions = by_hand.decided(decisions, articles, lift=lift)
        self.tally.count("left_out", len(articles) - len(wanted))
        spans = [self._spans(article) for article in wanted]
        state_of = (sha256, state.st_size, state.st_mtime_ns)
        is_known = known is not None
        return Unit(path, wanted, spans, state_of, is_known, state.st_size, decisions, origin, moved)

    def _spans(self, article: Article) -> list[tuple[int, int]]:
        return passages(article, self._passage_tokens)

    def _take(self, unit: Unit) -> None:
        self._pending.append(unit)
        self._waiting += unit.size
        if self._waiting >= BATCH:
            self._flush()

    def _flush(self) -> None:
        """Embeds and stores what is pending, in one transaction."""
        if not self._pending:
            return
        units, store = self._pending, self.store
        with self.tally.pace.working():
            vectors = self._embedding.vectors(units)
            with store.transaction():
                put = [(unit, self._put(unit, vectors)) for unit in units]
                store.unstage()
        new = [spans for unit, passages in put for spans in passages if not unit.moved]
        self._pending, self._waiting = [], 0
        self.tally.stored(len(new), sum(map(len, new)), sum(unit.work for unit in units))
        for unit in units:
            if not unit.moved:
                self.tally.count("updated" if unit.known else "added")
            self.tally.step(unit.name)

    def _put(self, unit: Unit, vectors: dict[bytes, bytes]) -> list[list[tuple[int, int]]]:
        """Stores the unit; gives the passages of each article whose words are new."""
        source_id = None
        if unit.moved and unit.origin is not None:
            self.store.remove_source(unit.origin)
            by_hand.write(self.store, unit.origin, ())
            trash.rename(self.store, unit.origin, unit.name)
            self.tally.moved.append((unit.origin, unit.name))
        if unit.decisions or unit.name in self._known.decided:
            place = unit.name if unit.file else by_hand.key_of(None, unit.articles[0])
            by_hand.write(self.store, place, unit.decisions)
        if unit.file is not None:
            kept = {article.id for article in unit.articles}
            for id in self.store.articles_of(unit.name):
                if id not in kept:
                    self.store.remove_article(id)
            source_id = self.store.put_source(unit.name, *unit.file)
        new = []
        for article, spans in zip(unit.articles, unit.spans, strict=True):
            blobs = [vectors[key(embedded_text(article, *span))] for span in spans]
            if self.store.put_article(article, spans, blobs, source_id):
                new.append(spans)
        return new
