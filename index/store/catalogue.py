"""The articles of a library as a list: which there are, the one that a user names, and all of them as a file.

Knows the store; changes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

from index import whole
from index.errors import BadSetting, FootnoteError
from index.pages import as_it_was, page_file
from index.paths import absolute, is_at_or_below
from index.read.records import EXPORTED
from index.search.scope import Scope
from index.search.versions import as_they_were
from index.store import by_hand
from index.store.contents import Store
from index.store.explain import refused
from index.store.reports import Entry

ORDERS = ("newest", "oldest", "title", "added")
"""The orders of a list: by date of publication, by title, and what was added last first."""
SHORT = 4
"""The fewest characters of an id that name an article."""
_NAMED = 3


def entries(
    store: Store,
    scope: Scope | None = None,
    *,
    paths: Iterable[str | Path] = (),
    origin: str | None = None,
    kind: str = "",
    undated: bool = False,
    words: str = "",
) -> list[Entry]:
    """The articles inside `scope`, from files at and below `paths` if any are given, in the order they were added.

    With an `origin` or a `kind`, those alone that have it (see `Entry`); with `undated`, those without a date of
    publication; with `words`, those that `holding` gives. Raises BadSetting for `undated` in a `scope` of dates.
    """
    if undated and scope is not None and (scope.since or scope.until):
        raise BadSetting("What has no date lies in no span of dates: leave one of both out.")
    roots = [absolute(path) for path in paths]
    numbers = set(scope.articles(store.connection)) if scope else None
    if words.strip():
        found = holding(store, words)
        numbers = found if numbers is None else numbers & found
    by_place = by_hand.set_facts(store)
    within = "" if numbers is None else "WHERE a.number IN (SELECT value FROM json_each(?))"
    rows = store.connection.execute(
        "SELECT a.id, a.title, a.publisher, a.published, a.url, a.source, s.path "
        f"FROM articles a LEFT JOIN sources s ON s.id = a.source_id {within} ORDER BY a.number",
        () if numbers is None else (json.dumps(list(numbers)),),
    )
    listed = [
        Entry(*(*row, by_place.get(by_hand.place(row[6], row[5], row[0]), ())))
        for row in rows
        if not (undated and row[3])
        and (
            not roots
            or any(row[5].startswith(f"{root}#") or is_at_or_below(row[6] or row[5], root) for root in roots)
        )
    ]
    return [each for each in listed if origin in (None, each.origin) and kind in ("", each.kind)]


def ordered(listed: Iterable[Entry], order: str) -> list[Entry]:
    """The articles in one of ORDERS; those without a date come last where it goes by dates.

    `listed` are in the order they were added, as `entries` gives them. Raises BadSetting for another order.
    """
    if order == "newest" or order == "oldest":
        listed = list(listed)
        dated = [each for each in listed if each.published]
        dated.sort(key=lambda each: each.published or "", reverse=order == "newest")
        return dated + [each for each in listed if not each.published]
    if order == "title":
        return sorted(listed, key=lambda each: ((each.title or each.source).casefold(), each.id))
    if order == "added":
        return list(listed)[::-1]
    raise BadSetting(f"no order {order!r}: choose {', '.join(ORDERS)}")


def holding(store: Store, words: str) -> set[int]:
    """The numbers of the articles in whose title, publisher or text a word begins with each of `words`.

    Whatever the case, and in any order. Texts are compared as they stand in the database, which leaves out at once
    most of those that lack a word: it knows the case of ASCII's letters alone, so that others stand for anything there.
    """
    tests = [re.compile(rf"(?<!\w){re.escape(word)}", re.IGNORECASE) for word in words.split()]
    roughly = [
        re.sub(r"[^\0-\x7f]+", "%", re.sub(r"([!%_])", r"!\1", word.lower())) for word in words.split()
    ]
    held = " OR ".join(f"lower({column}) LIKE ? ESCAPE '!'" for column in ("title", "publisher", "text"))
    where = " AND ".join(f"({held})" for _ in roughly)
    rows = store.connection.execute(
        f"SELECT number, title, publisher, text FROM articles WHERE {where}",
        [f"%{word}%" for word in roughly for _ in range(3)],
    )
    return {
        number
        for number, *parts in rows
        if all(any(part and test.search(part) for part in parts) for test in tests)
    }


def sizes(store: Store, ids: Iterable[str]) -> dict[str, int]:
    """How many passages the articles of these ids have."""
    rows = store.connection.execute(
        "SELECT a.id, count(*) FROM articles a JOIN passages p ON p.article = a.number "
        "WHERE a.id IN (SELECT value FROM json_each(?)) GROUP BY a.id",
        (json.dumps(list(ids)),),
    )
    return dict(rows)


def find(listed: Iterable[Entry], which: str) -> list[Entry]:
    """The articles that `which` names: by id, or its beginning, file, place in a file, address or title exactly.

    Raises BadSetting where it names none, or where a beginning of an id or a title names several.
    """
    listed = list(listed)
    file = absolute(which)
    for named in (
        [each for each in listed if each.id == which],
        [each for each in listed if file in (each.file, each.source)],
        [each for each in listed if which in (each.source, each.url)],
    ):
        if named:
            return named
    named = [each for each in listed if each.title == which]
    if not named and len(which) >= SHORT:
        named = [each for each in listed if each.id.startswith(which)]
    if len(named) > 1:
        some = ", ".join(f"{each.id} ({each.source})" for each in named[:_NAMED])
        more = f" and {len(named) - _NAMED:,} more" if len(named) > _NAMED else ""
        raise BadSetting(f"{which[:60]!r} names {len(named):,} articles: name one of {some}{more}")
    if not named:
        raise BadSetting(
            f"no article is {which[:60]!r}: give its id, file, address or whole title; footnote list shows them"
        )
    return named


def export(store: Store, to: Path) -> int:
    """Writes all articles to a JSONL file, which `add` reads back as they are; gives how many.

    The file appears whole or not at all. Raises LibraryDamaged, FootnoteError where it can't be written.
    """
    if to.suffix.lower() not in (".jsonl", ".ndjson"):
        raise BadSetting(f"{to}: articles are written as .jsonl: name such a file")
    by_place, files, pages, count = by_hand.set_facts(store), _files(store), _pages(store), 0
    try:
        with whole.writing(to) as file:
            for a in store.articles():
                path, page = files.get(a.id), page_file(a.source)
                record = {
                    EXPORTED: 1,
                    "id": a.id,
                    "title": a.title,
                    "url": a.url,
                    "publisher": a.publisher,
                    "published": a.published,
                    "file": path,
                    "by_hand": by_place.get(by_hand.place(path, a.source, a.id), ()),
                    **({"version": page} if page in pages else {}),
                    **({"pages": a.pages} if a.pages else {}),
                    **({"ocr": True} if a.ocr else {}),
                    "text": a.text,
                }
                file.write(f"{json.dumps(record, ensure_ascii=False)}\n".encode())
                count += 1
    except OSError as e:
        raise refused(e, to) from None
    except UnicodeEncodeError as e:
        raise FootnoteError(f"{to}: an article holds letters that can't be written ({e.reason})") from None
    return count


def _pages(store: Store) -> set[str]:
    """The files of pages of which there are versions, and those of the versions."""
    return {
        name for page, day in as_they_were(store.connection).values() for name in (page, as_it_was(page, day))
    }


def _files(store: Store) -> dict[str, str]:
    """The file that each article is from, by id; none for those that a program made."""
    return dict(
        store.connection.execute("SELECT a.id, s.path FROM articles a JOIN sources s ON s.id = a.source_id")
    )
