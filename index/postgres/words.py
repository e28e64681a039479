"""The index of words in PostgreSQL: which passage holds which word where, written beside the passages themselves.

Words are those of `index.search.analysis`, as in the index of a local library. Knows no queries, which are `bm25.py`.
"""

from __future__ import annotations

import itertools
import struct
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from index.errors import LibraryIncompatible
from index.search import analysis, termfiles

if TYPE_CHECKING:
    from index.postgres.store import ServerStore

MOST_PLACES = 1000
"""Of one word in one passage no more places are kept: an entry of PostgreSQL's index has 2,700 bytes at most."""
BATCH = 5000
"""Passages whose words are in memory at once."""
_LAST = 0xFFFF
"""The last place that is told from the next."""


def anew(store: ServerStore) -> None:
    """Indexes the words of all passages anew, by this version's words; within a transaction of the one writer."""
    store.connection.script(
        "DELETE FROM postings; DELETE FROM words; UPDATE passages SET words = '{}', length = 0"
    )
    store.set_meta({"length": 0, "words": termfiles.ANALYSER})
    rows = store.texts_from(1)
    while batch := list(itertools.islice(rows, BATCH)):
        store.connection.executemany(
            "UPDATE passages SET words = ?, length = ? WHERE id = ?",
            [(*indexed, id) for id, indexed in put(store, batch).items()],
        )


def expect(store: ServerStore) -> None:
    """Raises LibraryIncompatible where the words were indexed by a version that makes others of the same text."""
    if store.meta("words") != termfiles.ANALYSER:
        raise LibraryIncompatible(
            f"the words of the library at {store.where} were indexed by another version of Footnote: run footnote "
            f"add PATH... --library {store.address.quoted} once with the newest one, and use that on all machines"
        )


def put(store: ServerStore, rows: list[tuple[int, str, str]]) -> dict[int, tuple[list[int], int]]:
    """Indexes the words of passages, (id, title, text) each; gives the words' numbers and how many there are, by id.

    Within a transaction of the one writer, who notes both in the passages' rows.
    """
    found: dict[int, dict[str, list[int]]] = {}
    lengths: dict[int, int] = {}
    for id, title, text in rows:
        found[id], lengths[id] = places(title, text)
    numbers = _numbered(store, Counter(word for words in found.values() for word in words))
    store.connection.copy(
        "postings",
        ("int4", "int8", "int4", "bytea"),
        (
            (numbers[word], id, coarse(lengths[id]), packed(at))
            for id, words in found.items()
            for word, at in words.items()
        ),
    )
    store.connection.run(
        "UPDATE meta SET value = (value::bigint + %s)::text WHERE key = 'length'", (sum(lengths.values()),)
    )
    return {id: ([numbers[word] for word in words], lengths[id]) for id, words in found.items()}


def _numbered(store: ServerStore, counts: Counter[str]) -> dict[str, int]:
    """The number of each word, of how many passages more hold it; new words get one."""
    run, values = store.connection.run, (list(counts), list(counts.values()))
    rows = run(
        "UPDATE words w SET passages = w.passages + more.many FROM unnest(%s::text[], %s::bigint[]) "
        "AS more(word, many) WHERE w.word = more.word RETURNING w.word, w.number",
        values,
    ).fetchall()
    known = dict(rows)
    new = {word: many for word, many in counts.items() if word not in known}
    rows = run(
        "INSERT INTO words(word, passages) SELECT * FROM unnest(%s::text[], %s::bigint[]) RETURNING word, number",
        (list(new), list(new.values())),
    ).fetchall()
    return {**known, **dict(rows)}


def places(title: str, text: str) -> tuple[dict[str, list[int]], int]:
    """Where each word of a passage stands, and how many words it has; the title's come first.

    There is a place between the title and the text, so that no phrase begins in one and ends in the other.

    >>> places("Cats", "The mills of cats.")
    ({'cat': [0, 5], 'the': [2], 'mill': [3], 'of': [4]}, 5)
    """
    found: dict[str, list[int]] = {}
    first = count = 0
    for words in analysis.words(title, text):
        for place, word in enumerate(words, first):
            found.setdefault(word, []).append(place)
        first += len(words) + 1 if words else 0
        count += len(words)
    return found, count


def packed(places: list[int]) -> bytes:
    """The places of a word as they are stored, two bytes each.

    >>> list(unpacked(packed([3, 70000])))
    [3, 65535]
    """
    kept = [min(place, _LAST) for place in places[:MOST_PLACES]]
    return struct.pack(f"<{len(kept)}H", *kept)


def unpacked(data: bytes) -> Iterator[int]:
    """The places that `packed` stored."""
    return (place for (place,) in struct.iter_unpack("<H", data))


def coarse(length: int) -> int:
    """A passage's length as tantivy counts it in BM25, which keeps four bits of what is over 24 words.

    >>> [coarse(n) for n in (39, 41, 57, 100)]
    [39, 40, 56, 96]
    """
    if length < 40:
        return length
    shift = (length - 24).bit_length() - 4
    return 24 + ((length - 24) >> shift << shift)
