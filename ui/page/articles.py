"""The library's pages: all articles as a list that can be searched, the text of one, and what was removed lately.

They show and change nothing; `ui.page.mending` does what their forms ask for, `ui.page.incoming` adds articles.
Knows nothing of Gradio.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from index.errors import BadSetting, FootnoteError
from index.library import Entry, Removed
from index.pages import page, place
from index.search.scope import Scope
from index.store.catalogue import ordered
from ui.http.gate import introduce
from ui.page import pages, versions
from ui.page.choices import for_readers
from ui.page.pictured import address

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from index.library import Library
    from index.types import Article
    from ui.page.following import Boxes

PER_PAGE = 50
_MOST_FILES = 500
"""So many files can be chosen from."""
_ORDERS = {"newest": "Newest first", "oldest": "Oldest first", "title": "By title", "added": "Added last"}
_SAID = {
    "saved": "Saved.",
    "same": "Nothing was changed.",
    "as-read": "The facts are those of its file again.",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles somebody wants to see, in which order, and which fifty of them."""

    words: str = ""
    publisher: str = ""
    since: str = ""
    until: str = ""
    file: str = ""
    kind: str = ""
    undated: str = ""
    order: str = "newest"
    page: int = 1

    @classmethod
    def of(cls, said: Mapping[str, str]) -> Wanted:
        """What the fields of a form say; what makes no sense is left out."""
        texts: dict[str, Any] = {
            f.name: said[f.name].strip()[:200] for f in fields(cls) if f.type == "str" and f.name in said
        }
        number = said.get("page", "")
        page = int(number) if re.fullmatch(r"[0-9]{1,7}", number) else 1
        asked = replace(cls(**texts), page=max(1, page))
        return asked if asked.order in _ORDERS else replace(asked, order="newest")

    @classmethod
    def back(cls, query: str) -> Wanted:
        """What the end of an address says, as `query` makes it."""
        return cls.of(dict(parse_qsl(query.removeprefix("?"))))

    @property
    def narrowing(self) -> list[tuple[str, str]]:
        """What is asked for but for the page, as the fields of a form."""
        return parse_qsl(self.query(page=1).removeprefix("?"))

    def query(self, **changes: Any) -> str:
        """The same, with changes, as the end of an address; "" where nothing is asked for.

        >>> Wanted(words="a&b", page=2).query(page=3), Wanted().query()
        ('?words=a%26b&page=3', '')
        """
        plain = asdict(Wanted())
        values = {
            name: value for name, value in asdict(replace(self, **changes)).items() if value != plain[name]
        }
        return f"?{urlencode(values)}" if values else ""

    @property
    def narrow(self) -> bool:
        """Whether some articles may be left out."""
        return replace(self, order="newest", page=1) != Wanted()

    def found(self, library: Library, files: Iterable[str]) -> list[Entry]:
        """The articles, in order, of a library that has some of those `files`.

        Raises BadSetting for dates and names that can't be understood.
        """
        scope = _scope(self.since or None, self.until or None, self.publisher or None)
        file = next((each for each in files if key_of(each) == self.file), None)
        if self.file and file is None:
            return []
        return library.catalogue(
            scope,
            origin=file,
            kind=self.kind,
            undated=bool(self.undated),
            words=self.words,
            order=self.order,
        )


def _scope(since: str | None, until: str | None, publisher: str | None) -> Scope | None:
    """The scope, with errors in the words of the page."""
    try:
        return Scope.of(since, until, publisher)
    except BadSetting as error:
        raise BadSetting(for_readers(str(error))) from None


def key_of(*parts: str) -> str:
    """A short name for a file or something removed, which shows nobody where it lies.

    >>> key_of("/a/b.txt") == key_of("/a/b.txt") != key_of("/a", "b.txt")
    True
    """
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def removed_key(removed: Removed) -> str:
    """What something removed goes by in forms and addresses."""
    return key_of(removed.path, removed.removed_at)


class Named:
    """What files are called on the page: by their names below the folder that holds them all."""

    def __init__(self, files: Sequence[str]) -> None:
        folders = {os.path.dirname(file) for file in files}
        try:
            self.root = os.path.commonpath(folders) if folders else ""
        except ValueError:  # some are no absolute paths
            self.root = ""

    def __call__(self, file: str) -> str:
        """The name of one file.

        >>> Named(["/a/b/c.txt", "/a/d.txt"])("/a/b/c.txt"), Named(["/a/b/c.txt"])("/x/y.txt")
        ('b/c.txt', 'y.txt')
        """
        inside = self.root and file.startswith(os.path.join(self.root, ""))
        return file[len(os.path.join(self.root, "")) :] if inside else os.path.basename(file) or file


def guarded(handler: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """The handler, with what goes wrong in the library said on a page; a new browser gets its name by it."""

    @wraps(handler)
    def answered(request: Request) -> Response:
        try:
            response = handler(request)
        except FootnoteError as error:
            response = pages.message(409, "Library", str(error))
        return introduce(request, response)

    return answered


def gone() -> Response:
    """The page in place of an article that isn't there."""
    return pages.message(
        404,
        "No such article",
        "It isn’t in the library, or not any more. “Removed lately” has what was removed.",
    )


def routes(
    library: Library, *, local: bool = False, following: Callable[[Request], Boxes | None] = lambda _: None
) -> list[Route]:
    """The routes of the library's pages. With `local`, for this machine's user alone, files have their whole paths.

    `following` gives what is shown of watched folders and feeds, None for whoever isn't shown them.
    """
    from starlette.routing import Route

    @guarded
    def all_(request: Request) -> Response:
        return listed(library, request, following(request))

    @guarded
    def article(request: Request) -> Response:
        said = request.query_params
        return shown(library, said.get("id", ""), local, said.get("said", ""), back=said.get("back", ""))

    @guarded
    def removed(_request: Request) -> Response:
        files = library.removed()
        named = Named([file.path for file in files])
        rows = [(removed_key(file), file, named(file.path)) for file in files]
        return pages.page("removed", rows=rows)

    return [
        Route("/library", all_),
        Route("/library/article", article),
        Route("/library/removed", removed),
    ]


def listed(library: Library, request: Request, boxes: Boxes | None = None) -> Response:
    """The page of all articles, with watched folders and feeds beneath for whom they are."""
    asked, said = Wanted.of(request.query_params), request.query_params
    everything = library.catalogue()
    files = Counter(each.origin for each in everything)
    named, problem = Named(list(files)), ""
    try:
        found = asked.found(library, files) if asked.narrow else ordered(everything, asked.order)
    except BadSetting as error:
        found, problem = [], str(error)
    last = max(1, -(-len(found) // PER_PAGE))
    asked = replace(asked, page=min(asked.page, last))
    here = found[(asked.page - 1) * PER_PAGE : asked.page * PER_PAGE]
    passages = library.sizes(each.id for each in here)
    publishers = Counter(each.publisher for each in everything if each.publisher)
    undo = set(said.getlist("undo"))
    back = said.get("back", "")
    return pages.page(
        "articles",
        409 if boxes and boxes.problem else 200,
        boxes=boxes,
        asked=asked,
        orders=_ORDERS,
        problem=problem,
        rows=[(each, named(each.origin), passages.get(each.id, 0)) for each in here],
        total=len(everything),
        found=len(found),
        from_files=len(files),
        several=len(files) > 1,
        files=[(key_of(file), named(file)) for file, _ in files.most_common(_MOST_FILES)],
        kinds=sorted({each.kind for each in everything if each.kind}),
        publishers=[name for name, _ in publishers.most_common(_MOST_FILES)],
        last=last,
        first=(asked.page - 1) * PER_PAGE + 1,
        undone=[(removed_key(r), r) for r in library.removed() if removed_key(r) in undo] if undo else [],
        back=int(back) if re.fullmatch(r"[0-9]{1,7}", back) else 0,
    )


def shown(
    library: Library,
    id: str,
    local: bool,
    said: str = "",
    *,
    back: str = "",
    problem: str = "",
    wrong: str = "",
    given: Mapping[str, str] | None = None,
) -> Response:
    """The page of one article, which leads `back` to the list that a reader came from.

    `given` is what its form held when that couldn't be taken, with the `problem` and the name of the `wrong` field.
    """
    try:
        article = library.article(id)
    except KeyError:
        return gone()
    [entry] = library.catalogue(Scope(only=frozenset([id])))
    file = entry.origin
    values = given or {name: getattr(entry, name) or "" for name in ("title", "publisher", "published")}
    return pages.page(
        "article",
        409 if problem else 200,
        article=article,
        entry=entry,
        file=file if local else Path(file).name,
        passages=library.sizes([id]).get(id, 0),
        versions=versions.rows(library.versions(id), id, back),
        leaves=_leaves(article, pictures=library.shows_pages(id)),
        values=values,
        back=Wanted.back(back).query(),
        problem=problem,
        wrong=wrong,
        said=_SAID.get(said, ""),
    )


def _leaves(article: Article, *, pictures: bool) -> list[tuple[str, str, list[str]]]:
    """The text by pages of its file, each with its name and the address of its picture ("" for none), in paragraphs."""
    starts = [0, *(at for at in article.pages if at > 0)]
    ends = [*starts[1:], len(article.text)]
    return [
        (
            place(article, start, end),
            pages.at(address(article.id, page(article, start) or 1)) if pictures else "",
            re.split(r"\n{2,}", article.text[start:end].strip("\n")),
        )
        for start, end in zip(starts, ends, strict=True)
        if article.text[start:end].strip()
    ]
