"""The page on which drafted gold questions are accepted, edited or rejected, one at a time.

Drafts are asked for by a name that leads to a known file, never by a path. Knows nothing of how they were made.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from index.errors import BadGold, FootnoteError
from ui.page import pages
from ui.page.feedback import GOLD

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from eval.drafting.drafts import Draft, Drafts, State
    from eval.gold import GoldEvidence
    from index.library import Library
    from index.types import Article

_ENDING = ".drafts.jsonl"
_AROUND = 320
"""So many characters of an article are shown before and after a quote."""
_LARGEST = 100_000


def gold_sets(drafts: Path | None, library: Path | None) -> dict[str, Path]:
    """The gold sets that have drafts beside them, by name.

    `drafts` is a gold set, its file of drafts, or a folder of such; `library` is the folder that holds what
    readers of the chat said of answers.
    """
    files: list[Path] = []
    if drafts is not None:
        files = sorted(drafts.glob(f"*{_ENDING}")) if drafts.is_dir() else [drafts]
    if library is not None and _beside(library / GOLD).exists():
        files.insert(0, library / GOLD)
    named: dict[str, Path] = {}
    for file in files:
        gold = file.with_name(f"{file.name.removesuffix(_ENDING).removesuffix('.jsonl')}.jsonl")
        named[gold.stem if gold.stem not in named else f"{gold.parent.name}/{gold.stem}"] = gold
    return named


def _beside(gold: Path) -> Path:
    return gold.with_name(gold.stem + _ENDING)


class Shelf:
    """Finds the words around a quote in the articles of libraries: of the first one that has an article of its name."""

    def __init__(self, libraries: Sequence[Library]) -> None:
        self.libraries = libraries
        self._ids: dict[Library, tuple[int, dict[str, str]]] = {}
        self._lock = threading.Lock()

    def article(self, name: str) -> Article | None:
        """The article that a gold set calls by this name, if a library holds it."""
        for library in self.libraries:
            with suppress(FootnoteError, KeyError), self._lock:
                return library.article(self._named(library)[name])
        return None

    def _named(self, library: Library) -> dict[str, str]:
        """The ids of a library's articles, by the names that gold sets call them by."""
        from eval.locate import names

        known, now = self._ids.get(library), library.status().generation
        if known is None or known[0] != now:
            ids = {called: article.id for article in library.articles() for called in names(article)}
            known = self._ids[library] = (now, ids)
        return known[1]

    def view(self, evidence: GoldEvidence) -> dict[str, Any]:
        """A quote with the words around it: {title, before, quote, after, found}."""
        from eval.locate import find_quote

        article = self.article(evidence.article)
        spans = find_quote(article.text, evidence.quote) if article else []
        alone = {
            "title": evidence.article,
            "before": "",
            "quote": evidence.quote,
            "after": "",
            "found": False,
        }
        if article is None or not spans:
            return alone
        (start, end), text = spans[0], article.text
        first, last = max(0, start - _AROUND), min(len(text), end + _AROUND)
        before = text[first:start] if first == 0 else "…" + text[first:start].partition(" ")[2]
        after = text[end:last] if last == len(text) else text[end:last].rpartition(" ")[0] + "…"
        found = {"before": before, "quote": text[start:end], "after": after, "found": True}
        return {**alone, **found, "title": article.title or evidence.article}


def routes(
    drafts: Path | None,
    library: Library | None,
    others: Sequence[Library] = (),
    own: Callable[[Request], Path | None] | None = None,
) -> list[Route]:
    """The routes of the review of `drafts`, and of what readers said of the answers from `library`.

    What `drafts` quote may stand in one of the `others`. `own` gives the folder of what the reader who asks said, where
    each has one; else it is the library's.
    """
    from starlette.concurrency import run_in_threadpool
    from starlette.routing import Route

    shelf = Shelf([library, *others] if library else [])

    def sets(request: Request) -> dict[str, Path]:
        return gold_sets(drafts, own(request) if own else None if library is None else library.folder)

    def show(request: Request) -> Response:
        try:
            return _shown(sets(request), request.query_params, shelf)
        except FootnoteError as error:
            return pages.message(409, "Drafts", str(error))

    def decided(request: Request, said: Mapping[str, str]) -> Response:
        try:
            return _decided(sets(request), said, shelf)
        except FootnoteError as error:
            return pages.message(409, "Drafts", str(error))

    async def decide(request: Request) -> Response:
        if (said := await pages.form(request, _LARGEST)) is None:
            return pages.message(413, "Too much", "A question and its answers take less than this.")
        return await run_in_threadpool(decided, request, dict(said))

    return [Route("/review", show), Route("/review", decide, methods=["POST"])]


def _shown(sets: Mapping[str, Path], asked: Mapping[str, str], shelf: Shelf) -> Response:
    """The draft that is asked for, else the first open one, else what became of all; or the list of sets."""
    from eval.drafting.drafts import Drafts

    name = asked.get("drafts") or (next(iter(sets)) if len(sets) == 1 else "")
    if not name:
        rows = [(each, gold, Drafts.load(gold).tally()) for each, gold in sets.items()]
        return pages.page("drafts", rows=rows)
    if name not in sets:
        return pages.message(404, "No such drafts", "The list of drafts has those that there are.")
    drafts = Drafts.load(sets[name])
    if "at" in asked:
        chosen = next((draft for draft in drafts if draft.id == asked["at"]), None)
    else:
        chosen = _next(drafts, asked.get("after", ""))
    if chosen is None:
        return pages.page(
            "reviewed", name=name, gold=str(drafts.gold), tally=drafts.tally(), last=_last(drafts)
        )
    return _card(name, drafts, chosen, shelf)


def _next(drafts: Drafts, after: str) -> Draft | None:
    """The first open draft behind the one with this id, or the first of all."""
    ids = [draft.id for draft in drafts]
    place = ids.index(after) + 1 if after in ids else 0
    every = list(drafts)
    return next((draft for draft in every[place:] + every[:place] if draft.state == "open"), None)


def _last(drafts: Drafts) -> str:
    return next((draft.id for draft in reversed(list(drafts))), "")


def _card(
    name: str,
    drafts: Drafts,
    draft: Draft,
    shelf: Shelf,
    said: Mapping[str, str] | None = None,
    problem: str = "",
) -> Response:
    """The page of one draft; `said` is what its form held when it couldn't be taken."""
    ids = [each.id for each in drafts]
    place = ids.index(draft.id)
    known = not draft.proposal.answerable or bool(draft.proposal.answers)
    return pages.page(
        "review",
        422 if problem else 200,
        name=name,
        draft=draft,
        known=known,
        question=(said or {}).get("question", draft.proposal.question),
        answers=(said or {}).get("answers", "\n".join(draft.proposal.answers)),
        evidence=[shelf.view(quote) for quote in draft.proposal.evidence],
        near=[shelf.view(quote) for quote in draft.proposal.near],
        looked=bool(shelf.libraries),
        place=place + 1,
        tally=drafts.tally(),
        before=ids[place - 1] if place else "",
        behind=ids[place + 1] if place + 1 < len(ids) else "",
        problem=problem,
    )


def _decided(sets: Mapping[str, Path], said: Mapping[str, str], shelf: Shelf) -> Response:
    """Notes a decision and leads to the next open draft."""
    from starlette.responses import RedirectResponse

    from eval.drafting.draftfile import alone
    from eval.drafting.drafts import Drafts

    name, id, what = (said.get(field, "") for field in ("drafts", "id", "do"))
    states: dict[str, State] = {
        "accept": "accepted",
        "edit": "accepted",
        "reject": "rejected",
        "reopen": "open",
    }
    if name not in sets or what not in states:
        return pages.message(404, "No such drafts", "The list of drafts has those that there are.")
    with alone(sets[name]):
        drafts = Drafts.load(sets[name])
        draft = next((draft for draft in drafts if draft.id == id), None)
        if draft is None:
            return pages.message(404, "No such draft", "It is gone from the file of drafts.")
        edit: dict[str, Any] = {}
        if what == "edit":
            edit = {"question": said.get("question", ""), "answers": said.get("answers", "").splitlines()}
        try:
            drafts.decide(id, states[what], seconds=_seconds(said), **edit)
        except BadGold as error:
            return _card(name, drafts, draft, shelf, said, str(error))
    return RedirectResponse(pages.at(f"/review?{urlencode({'drafts': name, 'after': id})}"), 303)


def _seconds(said: Mapping[str, str]) -> float:
    """The seconds that the page says a person spent on it; at most an hour, 0.0 for nonsense."""
    try:
        spent = float(said.get("seconds", "0"))
    except ValueError:
        return 0.0
    return min(spent, 3600.0) if spent > 0 else 0.0
