"""Files and articles into a library's store: what changed is chunked, embedded and committed in batches.

Knows the store and the embedder's Protocol, but not locks, FAISS or faces. Vectors of passages whose words
stay the same are used again, also where their article moved or changed around them.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import BadDocument
from index.language.chunk import passages
from index.pace import Pace
from index.paths import absolute, hashed, is_gone, named, on_disk, size
from index.read.budget import MEGABYTES, SECONDS, Reader
from index.store import by_hand, trash, webpages
from index.store.by_hand import Decision
from index.store.contents import Store
from index.store.explain import refused
from index.store.reports import AddProgress, AddReport
from index.store.vanished import Doubt, vanished
from index.types import Article, Embedder

BATCH = 128
"""Passages gathered before they are embedded and committed: some seconds of work, which is what Ctrl-C costs."""
PIECE = 256
"""A single file with more passages is embedded in pieces of this many, each kept in case of a crash."""
GOING = 100
"""Files whose articles are removed in one transaction."""
RECENT = 8192
"""Vectors kept in memory, so that a text met again is not embedded again."""


@dataclass(slots=True)
class _Unit:
    """What is stored in one transaction: a file with its articles, or one article of a program."""

    name: str
    articles: list[Article]
    spans: list[list[tuple[int, int]]]
    file: tuple[str, int, int] | None
    known: bool
    work: int
    """Bytes of the file, or characters of the article."""
    decisions: list[Decision] = field(default_factory=list)
    """What the user decided about the file's articles."""
    origin: str | None = None
    """A known file with the same content, whose vectors are used again."""
    moved: bool = False
    """Whether the file was there under that name before."""

    @property
    def size(self) -> int:
        return sum(map(len, self.spans))

    def texts(self) -> Iterator[str]:
        """What is embedded for each passage."""
        for article, spans in zip(self.articles, self.spans, strict=True):
            for span in spans:
                yield embedded_text(article, *span)


@dataclass(slots=True)
class Ingest:
    """One run of adding. Call `files`, `articles` or `sync`, then `report`."""

    store: Store
    embedder: Callable[[], Embedder]
    passage_tokens: int
    progress: Callable[[AddProgress], None] | None = None
    read_seconds: float = SECONDS
    read_megabytes: int = MEGABYTES
    failed: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    """Files of no known kind in folders, and why they aren't read."""
    doubts: list[Doubt] = field(default_factory=list)
    """Why files that are gone keep their articles."""
    moved: list[tuple[str, str]] = field(default_factory=list)
    """Files that have another name now: the old one and the new one."""
    _known: dict[str, str] = field(default_factory=dict)
    """The hash of each file in the library when the run began, and below, the files by hash."""
    _same: dict[str, list[str]] = field(default_factory=dict)
    _gone: dict[str, list[str]] = field(default_factory=dict)
    """The articles in the trash by the hash of their files, whose vectors are used again, too."""
    _sizes: dict[str, int] = field(default_factory=dict)
    """How many articles each file had then."""
    _decided: set[str] = field(default_factory=set)
    _counts: dict[str, int] = field(default_factory=dict)
    _pending: list[_Unit] = field(default_factory=list)
    _waiting: int = 0
    """Passages of what is pending."""
    _recent: dict[bytes, bytes] = field(default_factory=dict)
    _staged: dict[bytes, bytes] | None = None
    _pace: Pace = field(default_factory=Pace)
    _worked: int = 0
    """Bytes of files, or characters of articles, that are stored."""
    _done: int = 0
    _total: int = 0
    _began: float = field(default_factory=time.monotonic)

    def files(self, paths: Iterable[str | Path], *, lift: bool = False) -> dict[str, None]:
        """Stores what is new or changed in the files at and below `paths`; gives all files found.

        With `lift`, articles that were removed from files named in `paths` come back.
        """
        paths = list(paths)
        found = self._discover(paths)
        lifted = {absolute(path) for path in paths} if lift else set()
        self._total = len(found)
        self._look()
        known = self._known
        expected = {path: size(path) for path in found if path not in known}
        self._pace.total = sum(expected.values())
        with Reader(self.read_seconds, self.read_megabytes, self._step) as reader:
            for path in found:
                began = self._pace.clock()
                self._pace.total -= expected.get(path, 0)
                unit = self._file(path, known.get(path), reader, path in lifted)
                if unit is not None:
                    self._pace.total += unit.work
                    self._pace.add(self._pace.clock() - began)
                    self._take(unit)
        self._flush()
        return found

    def _step(self, file: Path, what: str) -> None:
        """Tells which part of a long file is being read."""
        self._tell(f"{absolute(file)} {what}", done=0)

    def articles(self, articles: Iterable[Article]) -> None:
        """Stores articles that a program made; one with the id of a stored one replaces it."""
        given = {article.id: _encodable(article) for article in articles}
        self._total = len(given)
        self._pace.total = sum(len(article.text) for article in given.values())
        self._look()
        for article in given.values():
            decisions: list[Decision] = []
            if (key := by_hand.key_of(None, article)) in self._decided:
                (article,), decisions = by_hand.decided(by_hand.read(self.store, key), [article], lift=True)
            if self.store.is_stored(article):
                self._pace.total -= len(article.text)
                self._count("unchanged")
                self._count("unchanged_articles")
                self._tell(article.title)
                continue
            with self._pace.working():
                spans = [self._spans(article)]
            known = self.store.has_article(article.id)
            self._take(_Unit(article.title, [article], spans, None, known, len(article.text), decisions))
        self._flush()

    def _look(self) -> None:
        """Notes what the library has before anything is added."""
        self._known = self.store.sources()
        self._same = {}
        for path, sha256 in self._known.items():
            self._same.setdefault(sha256, []).append(path)
        self._gone = trash.by_hash(self.store)
        self._sizes = self.store.source_sizes()
        self._decided = by_hand.keys(self.store)

    def sync(self, paths: Iterable[str | Path], removing: bool) -> None:
        """Does what `files` does, and moves into the trash the articles of files that aren't there any more.

        Not those of which `index.store.vanished` doubts that they were deleted, unless `removing`.
        """
        paths = list(paths)
        found = self.files(paths)
        moved = {old for old, _ in self.moved}
        known = [path for path in self._known if path not in moved]
        gone, doubts = vanished(known, [absolute(path) for path in paths], found)
        self.doubts = [] if removing else doubts
        kept = {path for doubt in self.doubts for path in doubt.gone}
        going = [path for path in gone if path not in kept]
        for at in range(0, len(going), GOING):
            with self.store.transaction():
                for path in going[at : at + GOING]:
                    trash.discard(self.store, path)
            self._count("removed", len(going[at : at + GOING]))
            self._count("removed_articles", sum(self._sizes.get(path, 0) for path in going[at : at + GOING]))
        self.failed = [failure for failure in self.failed if failure[0] not in gone]

    def going(self, paths: Iterable[str | Path]) -> list[tuple[str, int]]:
        """The files whose articles `sync` would remove if it may, and how many articles each has. Changes nothing.

        Those that are there under another name aren't among them.
        """
        paths = list(paths)
        found = self._discover(paths)
        self._look()
        gone, _ = vanished(self._known, [absolute(path) for path in paths], found)
        there = set()
        for path in found if gone else ():
            if path not in self._known:
                with suppress(OSError):
                    there.add(hashed(path))
        return [(path, self._sizes.get(path, 0)) for path in gone if self._known[path] not in there]

    def again(self, path: str) -> bool:
        """Stores what is in the file although it may be known; gives whether it could be read."""
        self._look()
        with Reader(self.read_seconds, self.read_megabytes) as reader:
            unit = self._file(path, None, reader)
        if unit is not None:
            self._take(unit)
            self._flush()
        return unit is not None

    def again_in_passages(self, number: int, article: Article) -> None:
        """Makes the passages of the stored article with that number anew; they get other ids."""
        spans = self._spans(article)
        vectors = self._vectors([_Unit(article.title, [article], [spans], None, True, 0)])
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
        vectors = self._vectors([_Unit(new.title, [new], [spans], None, True, 0)])
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
        for start, end in spans:
            vector = vectors[_key(embedded_text(article, start, end))]
            self.store.put_passage(number, article.id, start, end, vector)

    def report(self) -> AddReport:
        """What was done so far."""
        withheld = tuple(dict.fromkeys(path for doubt in self.doubts for path in doubt.gone))
        return AddReport(
            **self._counts,
            failed=tuple(self.failed),
            warnings=tuple(self.warnings),
            seconds=time.monotonic() - self._began,
            withheld=withheld,
            skipped=tuple(self.skipped.items()),
            moved=tuple(self.moved),
        )

    def _discover(self, paths: Iterable[str | Path]) -> dict[str, None]:
        from index.read import discover

        found: dict[str, None] = {}

        def unlisted(folder: Path, why: str) -> None:
            self._fail(absolute(folder), why)

        def skipped(file: Path, why: str) -> None:
            self.skipped[absolute(file)] = named(why)

        for path in paths:
            try:
                root = absolute(path)
                files = discover([Path(on_disk(root))], unlisted, skipped)
                found.update((absolute(file), None) for file in files)
            except BadDocument as e:
                self._fail(root, str(e))
            except OSError as e:
                self._fail(str(path), str(refused(e, path)))
        return found

    def _file(self, path: str, known: str | None, reader: Reader, lift: bool = False) -> _Unit | None:
        """The file read and chunked, or None when it is unchanged or can't be read."""
        from index.read import check

        file = Path(on_disk(path))
        try:
            check(file)  # first, since a named pipe would never be hashed to its end
            state = os.stat(file)
            sha256 = hashed(path)
            decisions = by_hand.read(self.store, path) if path in self._decided else []
            lift = lift and any(decision.removed for decision in decisions)
            if sha256 == known and not lift:
                self._count("unchanged")
                self._count("unchanged_articles", self._sizes.get(path, 0))
                self._tell(path)
                return None
            read, flaws = reader.read(file)
            address = webpages.address_of(self.store, path)
            articles = list({a.id: _encodable(webpages.found_at(address, a)) for a in read}.values())
        except BadDocument as e:
            self._fail(path, str(e))
            self._tell(path)
            return None
        except OSError as e:
            self._fail(path, f"{path}: can't be read ({e.strerror or repr(e)})")
            self._tell(path)
            return None
        for flaw in flaws:
            self._fail(path, flaw)
        origin, moved = self._origin(path, sha256) if known != sha256 else (None, False)
        if moved and origin in self._decided:
            decisions = [*decisions, *by_hand.read(self.store, origin)]
        wanted, decisions = by_hand.decided(decisions, articles, lift=lift)
        self._count("left_out", len(articles) - len(wanted))
        spans = [self._spans(article) for article in wanted]
        state_of = (sha256, state.st_size, state.st_mtime_ns)
        is_known = known is not None
        return _Unit(path, wanted, spans, state_of, is_known, state.st_size, decisions, origin, moved)

    def _origin(self, path: str, sha256: str) -> tuple[str | None, bool]:
        """A known file with the same content, and whether this one is that file under another name.

        It is where the other is gone, and this one was not in the library before.
        """
        alike = self._same.setdefault(sha256, [])
        same = [other for other in alike if other != path]
        gone = [] if path in self._known else [other for other in same if is_gone(other)]
        alike.append(path)
        if not gone:
            return next(iter(same), None), False
        origin = min(gone, key=lambda other: os.path.basename(other) != os.path.basename(path))
        alike.remove(origin)
        return origin, True

    def _fail(self, path: str, why: str) -> None:
        self.failed.append((path, named(why)))

    def _spans(self, article: Article) -> list[tuple[int, int]]:
        return passages(article, self.passage_tokens)

    def _take(self, unit: _Unit) -> None:
        self._pending.append(unit)
        self._waiting += unit.size
        if self._waiting >= BATCH:
            self._flush()

    def _flush(self) -> None:
        """Embeds and stores what is pending, in one transaction."""
        if not self._pending:
            return
        units, store = self._pending, self.store
        with self._pace.working():
            vectors = self._vectors(units)
            with store.transaction():
                put = [(unit, self._put(unit, vectors)) for unit in units]
                store.unstage()
        new = [spans for unit, passages in put for spans in passages if not unit.moved]
        self._pending, self._waiting = [], 0
        self._count("articles", len(new))
        self._count("passages", sum(map(len, new)))
        self._worked += sum(unit.work for unit in units)
        self._pace.mark(self._counts["passages"], self._worked)
        for unit in units:
            if not unit.moved:
                self._count("updated" if unit.known else "added")
            self._tell(unit.name)

    def _put(self, unit: _Unit, vectors: dict[bytes, bytes]) -> list[list[tuple[int, int]]]:
        """Stores the unit; gives the passages of each article whose words are new."""
        source_id = None
        if unit.moved and unit.origin is not None:
            self.store.remove_source(unit.origin)
            by_hand.write(self.store, unit.origin, ())
            trash.rename(self.store, unit.origin, unit.name)
            self.moved.append((unit.origin, unit.name))
        if unit.decisions or unit.name in self._decided:
            key = unit.name if unit.file else by_hand.key_of(None, unit.articles[0])
            by_hand.write(self.store, key, unit.decisions)
        if unit.file is not None:
            kept = {article.id for article in unit.articles}
            for id in self.store.articles_of(unit.name):
                if id not in kept:
                    self.store.remove_article(id)
            source_id = self.store.put_source(unit.name, *unit.file)
        new = []
        for article, spans in zip(unit.articles, unit.spans, strict=True):
            blobs = [vectors[_key(embedded_text(article, *span))] for span in spans]
            if self.store.put_article(article, spans, blobs, source_id):
                new.append(spans)
        return new

    def _vectors(self, units: Sequence[_Unit]) -> dict[bytes, bytes]:
        """The vector of every passage in `units`, by the key of its embedded text."""
        texts = {_key(text): text for unit in units for text in unit.texts()}
        vectors = self._at_hand(units, texts)
        missing = [(key, text) for key, text in texts.items() if key not in vectors]
        if not missing:
            return vectors
        with self._pace.resting():
            embedder = self.embedder()
        for at in range(0, len(missing), PIECE):
            piece = missing[at : at + PIECE]
            rows = embedder.encode_documents([text for _, text in piece]).astype("<f4")
            if rows.shape != (len(piece), embedder.dimension):
                raise ValueError(f"{embedder.name} gave vectors of shape {rows.shape} for {len(piece)} texts")
            new = {key: row.tobytes() for (key, _), row in zip(piece, rows, strict=True)}
            vectors.update(new)
            self._remember(new)
            if at + PIECE < len(missing):
                with self.store.transaction():
                    self.store.stage(new.items())
                done = at + len(piece)
                work = sum(unit.work for unit in units) * done / len(missing)
                self._pace.mark(self._counts.get("passages", 0) + done, self._worked + work)
                self._tell(units[-1].name, done=0, more=done)
        return vectors

    def _at_hand(self, units: Sequence[_Unit], keys: Iterable[bytes]) -> dict[bytes, bytes]:
        """Vectors there already: of an interrupted run, of texts met lately, of what units replace or bring back."""
        if self._staged is None:
            self._staged = self.store.staged()
        vectors = {key: held[key] for key in keys for held in (self._staged, self._recent) if key in held}
        for unit in units:
            ids = {article.id for article in unit.articles}
            for path in (unit.name, unit.origin) if unit.file else ():
                ids.update(self.store.articles_of(path) if path else ())
            ids.update(self._gone.get(unit.file[0], ()) if unit.file else ())
            for id in ids:
                for title, text, start, end, vector in self.store.embedded(id):
                    vectors[_key(embedded_text(Article(id, title, text), start, end))] = vector
        return vectors

    def _remember(self, vectors: dict[bytes, bytes]) -> None:
        self._recent.update(vectors)
        for key in list(self._recent)[: max(0, len(self._recent) - RECENT)]:
            del self._recent[key]

    def _count(self, what: str, by: int = 1) -> None:
        self._counts[what] = self._counts.get(what, 0) + by

    def _tell(self, current: str, done: int = 1, more: int = 0) -> None:
        self._done += done
        if self.progress is not None:
            passages, pace = self._counts.get("passages", 0) + more, self._pace
            self.progress(
                AddProgress(
                    self._done, self._total, passages, current, pace.passages_per_second, pace.seconds_left
                )
            )


def embedded_text(article: Article, start: int, end: int) -> str:
    """What is embedded for a passage: the article's title, a line break, and the passage.

    The title often names what the passage only calls "it" or "the company".

    >>> embedded_text(Article("1", "Floods", "It rained. They fled.", source=""), 11, 21)
    'Floods\\nThey fled.'
    """
    passage = article.text[start:end]
    return f"{article.title}\n{passage}" if article.title else passage


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _encodable(article: Article) -> Article:
    try:
        for value in (
            article.id,
            article.title,
            article.text,
            article.url,
            article.publisher,
            article.source,
        ):
            (value or "").encode()
    except UnicodeEncodeError:
        raise BadDocument(
            f"article {article.title[:60]!a} holds lone surrogates: make it with index.read.make_article"
        ) from None
    return article
