"""What all callers share: one library and one model, asked in turns. Knows nothing of pages, routes or forms."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from typing import TYPE_CHECKING, NoReturn

import qa
from index.errors import FootnoteError
from index.search.scope import Scope
from index.store.explain import refused
from qa.retrieve import Found, look_up
from qa.types import Answer, LanguageModel, Partial, Turn
from qa.understand.asking import check
from ui.http.line import Line
from ui.http.record import Record, Recorder, recorded

if TYPE_CHECKING:
    from index.config import Config
    from index.library import Library
    from index.search.versions import Version
    from index.types import PagePicture

_log = logging.getLogger("footnote")


class Service:
    """Answers questions from one library with one model, `at_once` at a time; searches two at a time, draws one page.

    The others wait: a local model gains nothing from more. A `model` None is that of `config`, loaded when needed.
    The library is called `name`, as its folder if left out. Where the same model answers from another library as well,
    that one's service is `beside`, and the questions to both wait in one line.
    """

    def __init__(
        self,
        library: Library,
        model: LanguageModel | str | None,
        config: Config,
        *,
        at_once: int = 1,
        name: str = "",
        beside: Service | None = None,
    ) -> None:
        self.library, self.model, self.config = library, model, config
        self.name = name or library.name
        # Who waits among more who are served at a time doesn't wait longer.
        most = min(24 * at_once, 96)
        self.line: Line = beside.line if beside else Line(at_once, most=most, each=most // 2)
        self.searches: Line = beside.searches if beside else Line(2)
        # Whoever waits here holds one of the server's forty threads, and a page may take a minute to draw.
        self.drawing: Line = beside.drawing if beside else Line(1, most=6)
        self.recorders: list[Recorder] = beside.recorders if beside else []
        """What is called with the Record of each question."""

    def check(self, question: str, client: str = "", scope: Sequence[str | None] = ()) -> None:
        """Raises what can be said at once of a program's question: BadQuestion, BadSetting, Busy."""
        try:
            check(question)
            Scope.of(*scope)
        except FootnoteError as error:
            self._refuse(error, question)
        self.check_room(client, question)

    def check_room(self, client: str, question: str = "") -> None:
        """Raises Busy when no question of a program could wait now."""
        try:
            self.line.check(client, person=False)
        except FootnoteError as error:
            self._refuse(error, question)

    def _refuse(self, error: FootnoteError, question: str) -> NoReturn:
        with self.recorded(question, threading.Event()):
            raise error

    def recorded(
        self, question: str, stop: threading.Event, door: str = ""
    ) -> AbstractContextManager[Record]:
        """The Record of a question that is answered within."""
        return recorded(self.recorders, self.name, question, stop, door)

    def stream(
        self,
        question: str,
        client: str = "",
        stop: threading.Event | None = None,
        *,
        history: Sequence[Turn] = (),
        scope: Sequence[str | None] = (None, None, None, None),
        partial: bool = True,
    ) -> Iterator[str | Partial | Answer]:
        """Answers a program's question in its turn, as `qa.stream` does; ends early once `stop` is set.

        `scope` are the texts of since, until, publisher and as of. Raises Busy when too many wait, and what `qa.stream`
        raises.
        """
        stop = stop or threading.Event()
        since, until, publisher, as_of = scope
        with (
            self.recorded(question, stop) as record,
            self.line.turn(client, stop, person=False) as mine,
        ):
            if not mine:
                return
            record.starts()
            given = qa.stream(
                question,
                library=self.library,
                model=self.model,
                config=self.config,
                history=history,
                since=since,
                until=until,
                publisher=publisher,
                as_of=as_of,
                stop=stop,
                partial=partial,
            )
            with closing(given) as pieces:  # type: ignore[type-var]
                for piece in pieces:
                    if stop.is_set():
                        return
                    record.answer = piece if isinstance(piece, Answer) else None
                    yield piece

    def answer(self, question: str, client: str = "", stop: threading.Event | None = None) -> Answer | None:
        """The Answer to one question of a program outside any conversation; None once `stop` was set.

        Raises as `stream`.
        """
        with closing(self.stream(question, client, stop, partial=False)) as pieces:  # type: ignore[type-var]
            return next((piece for piece in pieces if isinstance(piece, Answer)), None)

    def search(
        self, question: str, k: int | None = None, client: str = "", scope: Sequence[str | None] = ()
    ) -> Found:
        """The passages that a question finds, in its turn. Raises Busy, and what `qa.retrieve.look_up` raises."""
        with self.searches.turn(client, threading.Event(), person=False):
            return look_up(self.library, question, self.config, k, Scope.of(*scope))

    def shows_pages(self, id: str) -> bool:
        """Whether there are pages of an article to draw; not where that can't be found out."""
        try:
            return self.library.shows_pages(id)
        except Exception as error:
            explain(error)
            return False

    def versions(self, id: str) -> list[Version]:
        """The versions of the page that an article is one of; none where that can't be found out."""
        try:
            return self.library.versions(id)
        except Exception as error:
            explain(error)
            return []

    def picture(
        self,
        id: str,
        number: int,
        spans: Iterable[tuple[int, int]] = (),
        client: str = "",
        *,
        person: bool = False,
    ) -> PagePicture:
        """A page of an article's PDF, drawn in its turn. Raises Busy, and what `Library.page_picture` raises."""
        with self.drawing.turn(client, threading.Event(), person=person):
            return self.library.page_picture(id, number, spans)


def explain(error: BaseException) -> str:
    """One line for whoever asked; what nobody foresaw goes to the log in full."""
    if isinstance(error, FootnoteError):
        return str(error)
    if isinstance(error, OSError):
        return str(refused(error, "a file"))
    _log.error("unexpected error in the server", exc_info=error)
    return f"Something went wrong ({type(error).__name__}). The terminal that runs Footnote says more."
