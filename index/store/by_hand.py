"""What the user decided about articles: facts set by hand, and articles removed from files that stay.

Such a decision outlives its article: when the file is read again, changed or not, it is applied to the article that it
was made for. Knows the table `by_hand`; writes within a transaction of the caller.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from index.errors import BadSetting
from index.read.clean import one_line
from index.read.dates import iso
from index.store.contents import Store
from index.types import Article

FACTS = ("title", "publisher", "published")
"""The facts that can be set by hand."""
PROGRAM = "id:"
"""Before the id of an article that a program made, in place of a file's path."""
_COLUMNS = "source, words, title, url, publisher, published, facts, removed"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the user decided about one article of a file, and the facts that the file itself gives for it."""

    source: str
    words: bytes
    title: str
    url: str | None
    publisher: str | None
    published: str | None
    facts: tuple[tuple[str, str | None], ...] = ()
    removed: bool = False

    @classmethod
    def about(cls, article: Article) -> Decision:
        """A decision about the article as it was read, with nothing decided yet."""
        a = article
        return cls(a.source, _hash(a.text), a.title, a.url, a.publisher, a.published)

    @property
    def empty(self) -> bool:
        """Whether nothing is decided."""
        return not self.facts and not self.removed

    def applied(self, article: Article) -> Article:
        """The article with the facts set by hand."""
        facts: dict[str, Any] = dict(self.facts)
        return replace(article, **facts)

    def undone(self, article: Article) -> Article:
        """The article with the facts as its file says them."""
        return replace(article, title=self.title, publisher=self.publisher, published=self.published)

    def with_facts(self, facts: Mapping[str, str | None]) -> Decision:
        """The decision with these facts besides, or with none where none are given."""
        return replace(self, facts=tuple({**dict(self.facts), **facts}.items()) if facts else ())

    def made_for(self, article: Article) -> Decision:
        """The same decision, about the article as it was read from the file now."""
        return replace(Decision.about(article), facts=self.facts, removed=self.removed)


def key_of(path: str | None, article: Article) -> str:
    """Under what a decision is kept: the article's file, or the id of an article that a program made."""
    return path or PROGRAM + article.id


def read(store: Store, key: str) -> list[Decision]:
    """The decisions about the articles of a file."""
    rows = store.connection.execute(f"SELECT {_COLUMNS} FROM by_hand WHERE path = ? ORDER BY number", (key,))
    return [Decision(*(*seen, _facts(facts), bool(removed))) for *seen, facts, removed in rows]


def write(store: Store, key: str, decisions: Iterable[Decision]) -> None:
    """Stores the decisions about the articles of a file in place of those before."""
    store.connection.execute("DELETE FROM by_hand WHERE path = ?", (key,))
    store.connection.executemany(
        f"INSERT INTO by_hand(path, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (key, d.source, d.words, d.title, d.url, d.publisher, d.published, json.dumps(d.facts), d.removed)
            for d in decisions
            if not d.empty
        ),
    )


def keys(store: Store) -> set[str]:
    """The files about whose articles something is decided."""
    return {row[0] for row in store.connection.execute("SELECT DISTINCT path FROM by_hand")}


def set_facts(store: Store) -> dict[str, tuple[str, ...]]:
    """Which facts were set by hand, by the article's `place`."""
    rows = store.connection.execute("SELECT path, source, facts FROM by_hand WHERE NOT removed")
    given = {
        path if path.startswith(PROGRAM) else source: {name for name, _ in _facts(facts)}
        for path, source, facts in rows
    }
    return {place: tuple(name for name in FACTS if name in names) for place, names in given.items()}


def place(path: str | None, source: str, id: str) -> str:
    """The key of an article in `set_facts`: its source, or the id of one that a program made."""
    return source if path else PROGRAM + id


def checked(facts: Mapping[str, str | None]) -> dict[str, str | None]:
    """The facts as they are stored. Raises BadSetting for a title that is empty or a date that can't be read."""
    given = dict(facts)
    if "title" in given and not one_line(given["title"] or ""):
        raise BadSetting("an article needs a title: give some words")
    if (said := given.get("published")) and iso(said) is None:
        raise BadSetting(
            f"{said[:40]!r} is no date that can be read: write it as 2017, 2017-05 or 2017-05-19"
        )
    if "published" in given:
        given["published"] = iso(given["published"])
    for name in ("title", "publisher"):
        if name in given:
            given[name] = one_line(given[name] or "") or None
    return given


def change(store: Store, article: Article, facts: Mapping[str, str | None]) -> None:
    """Stores facts set by hand for the article; without any, it has those of its file again.

    Changes the decision alone, not the article.
    """
    key, others, mine = _of(store, article)
    write(store, key, [*others, mine.with_facts(facts)])


def after(store: Store, article: Article, facts: Mapping[str, str | None]) -> Article:
    """The stored article as it is after `change`."""
    _, _, mine = _of(store, article)
    return mine.with_facts(facts).applied(mine.undone(article))


def remove(store: Store, article: Article) -> None:
    """Notes that the article stays removed when its file is added again; nothing for one that a program made.

    Changes the decision alone, not the article.
    """
    key, others, mine = _of(store, article)
    if not key.startswith(PROGRAM):
        write(store, key, [*others, replace(mine, removed=True)])


def _of(store: Store, article: Article) -> tuple[str, list[Decision], Decision]:
    """The key of the article's decisions, the decisions about others under that key, and the one about it."""
    _, path = store.origin_of(article.id)
    key = key_of(path, article)
    decisions = read(store, key)
    mine = next((d for d in decisions if (d.source, d.words) == (article.source, _hash(article.text))), None)
    return key, [d for d in decisions if d is not mine], mine or Decision.about(article)


def lift(store: Store, article: Article) -> None:
    """Notes that an article that was removed is there again."""
    where = "source = ? AND words = ? AND removed"
    values = article.source, _hash(article.text)
    store.connection.execute(f"UPDATE by_hand SET removed = FALSE WHERE {where}", values)


def decided(
    decisions: Sequence[Decision], articles: Sequence[Article], *, lift: bool = False
) -> tuple[list[Article], list[Decision]]:
    """The articles of a file as the user wants them, and the decisions as they are to be kept from now on.

    A decision is about the article with the same words, else the one with the same address, else the file's only
    one, else the one in the same place with the same title. One that fits none is kept for later. With `lift`,
    articles that were removed are there again.
    """
    if lift:
        decisions = [replace(decision, removed=False) for decision in decisions]
    found = _matched(decisions, articles)
    kept = [d if (a := found.get(at)) is None else d.made_for(articles[a]) for at, d in enumerate(decisions)]
    given = {a: decisions[at] for at, a in found.items()}
    wanted = [
        given[at].applied(article) if at in given else article
        for at, article in enumerate(articles)
        if at not in given or not given[at].removed
    ]
    return wanted, kept


def _matched(decisions: Sequence[Decision], articles: Sequence[Article]) -> dict[int, int]:
    """The place of the article that each decision is about, by the decision's place."""
    words = [_hash(article.text) for article in articles] if decisions else []
    alone = len(articles) == 1 and len(decisions) == 1
    tests: tuple[Callable[[Decision, int], bool], ...] = (
        lambda d, at: d.words == words[at] and d.source == articles[at].source,
        lambda d, at: d.words == words[at],
        lambda d, at: d.url is not None and d.url == articles[at].url,
        lambda d, at: alone,
        lambda d, at: d.source == articles[at].source and d.title == articles[at].title,
    )
    found: dict[int, int] = {}
    for fits in tests:
        for at, decision in enumerate(decisions):
            if at not in found:
                free = (a for a in range(len(articles)) if a not in found.values() and fits(decision, a))
                if (match := next(free, None)) is not None:
                    found[at] = match
    return found


def _facts(value: Any) -> tuple[tuple[str, str | None], ...]:
    """The facts as they were written; none of those that are damaged."""
    try:
        return tuple((name, fact) for name, fact in json.loads(value) if name in FACTS)
    except (TypeError, ValueError):
        return ()


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
