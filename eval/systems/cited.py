"""What other systems cite, found in the library's own articles. Knows nothing of how they were asked.

They name articles by id, URL, file or path, and quote words, in many shapes. What can't be found exactly is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from eval.locate import find_quote, names
from index.types import Article, Hit, Passage
from qa.types import Evidence

if TYPE_CHECKING:
    from index.library import Library

_NAMES = ("id", "url", "source", "link", "file", "filepath", "path", "article", "article_id")
_QUOTES = ("quote", "text", "content", "snippet")
_NEAR = 5
"""How many articles are looked through for a quote of no named article."""


class Sources:
    """Finds the words that a citation means."""

    def __init__(self, library: Library | None) -> None:
        """Without a library nothing is ever found."""
        self._library = library
        self._ids: dict[str, list[str]] | None = None

    def find(self, item: Any) -> Evidence | None:
        """The words meant by a citation, or None where they can't be told.

        A mapping names the article (id, url, source, ... or `article`, itself a name or a mapping), gives a `quote`
        (or text, content, snippet), or both; `start` and `end` count if the quote stands there. A string is the
        name of an article, or a quote. An article named without a quote is meant as a whole, unless the name is that
        of several. A quote may differ in its spaces only.
        """
        if self._library is None or not isinstance(item, str | Mapping):
            return None
        if isinstance(item, str):
            return self._whole([item]) or self._quoted(item, self._holding(item))
        named, quote = list(_named(item)), _first(item, _QUOTES)
        if not quote:
            return self._whole(named)
        articles = self._articles(named) if named else self._holding(quote)
        start, end = item.get("start"), item.get("end")
        if isinstance(start, int) and isinstance(end, int):
            for article in articles:
                if 0 <= start < end and article.text[start:end] == quote:
                    return Evidence(article, start, end, 0.0)
        return self._quoted(quote, articles)

    def cited(self, items: Iterable[Any]) -> dict[int, Evidence]:
        """What was found, by number: a mapping's own `number`, else the place in the list, from 1."""
        found: dict[int, Evidence] = {}
        for place, item in enumerate(items, start=1):
            number = item.get("number") if isinstance(item, Mapping) else None
            if (evidence := self.find(item)) is not None:
                found[number if isinstance(number, int) else place] = evidence
        return found

    def hits(self, items: Iterable[Any]) -> tuple[Hit, ...]:
        """Retrieved passages in the order given, as far as they were found; `score` is theirs, if they have one."""
        hits: list[Hit] = []
        for item in items:
            if (e := self.find(item)) is None:
                continue
            told = item.get("score") if isinstance(item, Mapping) else None
            score = float(told) if isinstance(told, int | float) else 1 / (1 + len(hits))
            passage = Passage(len(hits), e.article.id, e.start, e.end)
            hits.append(Hit(passage, e.article, score, len(hits) + 1))
        return tuple(hits)

    def _whole(self, named: Iterable[str]) -> Evidence | None:
        articles = self._articles(named)
        return Evidence(articles[0], 0, len(articles[0].text), 0.0) if len(articles) == 1 else None

    @staticmethod
    def _quoted(quote: str, articles: Iterable[Article]) -> Evidence | None:
        for article in articles:
            for start, end in find_quote(article.text, quote):
                return Evidence(article, start, end, 0.0)
        return None

    def _articles(self, named: Iterable[str]) -> list[Article]:
        """The articles of the first name that is one."""
        assert self._library is not None
        if self._ids is None:
            known: dict[str, list[str]] = {}
            for article in self._library.articles():
                for name in names(article):
                    known.setdefault(name, []).append(article.id)
            self._ids = known  # only now: threads may share this
        for name in named:
            if ids := self._ids.get(name):
                return [self._library.article(id) for id in ids]
        return []

    def _holding(self, quote: str) -> list[Article]:
        """The articles that share most words with a quote."""
        assert self._library is not None
        if not quote.strip():
            return []
        hits = self._library.search(quote, k=_NEAR, by="bm25")
        return list({hit.article.id: hit.article for hit in hits}.values())


def _named(item: Mapping[str, Any]) -> Iterable[str]:
    """Whatever may name the citation's article, the article's own mapping first."""
    inner = item.get("article")
    if isinstance(inner, Mapping):
        yield from _named(inner)
    for key in _NAMES:
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            yield value.strip()


def _first(item: Mapping[str, Any], keys: Iterable[str]) -> str:
    return next((v for key in keys if isinstance(v := item.get(key), str) and v.strip()), "")
