"""What happens when a reader of the web page asks, stops or adds files. Knows nothing of Gradio or HTML.

The model and the library do their work in a thread of their own, so that the page can show progress and
"stopped" while a model is still thinking.
"""

from __future__ import annotations

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import qa
from qa.conversations import Conversations, is_kept, opened, settings_of
from qa.types import Answer, LanguageModel, Partial, Turn
from ui.http.service import Service, explain
from ui.page import feedback
from ui.page.uploads import keep_all
from ui.page.view import Exchange

if TYPE_CHECKING:
    from index.config import Config
    from index.library import AddProgress, AddReport, Library

T = TypeVar("T")
UPLOADS = "uploads"
"""The folder in the library's folder where uploaded files are kept."""
STOPPED = "Stopped."
KEEPING = 1.0
"""The most seconds that an answer waits for being kept, where another process writes conversations."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One tab's conversation: what it shows, and what the next question may lean on.

    `id` is the one under which it is kept, once something of it is; a `private` one isn't kept.
    """

    exchanges: tuple[Exchange, ...] = ()
    turns: tuple[Turn, ...] = ()
    id: str | None = None
    private: bool = False


@dataclass(frozen=True, slots=True)
class Asking:
    """A question on its way: the draft so far, a note on what is going on, and what is known of the answer."""

    draft: str
    note: str
    known: Answer | None = None


@dataclass(frozen=True, slots=True)
class Adding:
    """Files on their way into the library; `lines` and `failed` are filled when it is over."""

    note: str = ""
    done: int = 0
    total: int = 0
    finished: bool = False
    lines: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


class _Stopped(Exception):
    pass


def in_background(
    work: Callable[[Callable[[T], None]], None], stop: threading.Event, every: float = 0.1
) -> Iterator[T | None]:
    """What `work` gives to the function it is passed, as it comes, and None `every` so many seconds without.

    `work` runs in its own thread; what it raises is raised here. Once `stop` is set this ends at once, and
    `work` meets an exception at its next piece. Closing the iterator sets `stop`.
    """
    items: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()

    def emit(item: T) -> None:
        if stop.is_set():
            raise _Stopped
        items.put(("item", item))

    def run() -> None:
        try:
            work(emit)
            items.put(("end", None))
        except _Stopped:
            items.put(("end", None))
        except BaseException as error:
            items.put(("error", error))

    threading.Thread(target=run, daemon=True, name="footnote-work").start()
    try:
        while not stop.is_set():
            try:
                kind, item = items.get(timeout=every)
            except queue.Empty:
                yield None
                continue
            if kind == "end":
                return
            if kind == "error":
                raise item
            yield item
    finally:
        stop.set()


class Desk(Service):
    """Serves all tabs of the page from one library and one model, and the programs beside it.

    `shared` says that others than this machine's user hold conversations here and read those that are kept.
    """

    def __init__(
        self,
        library: Library,
        model: LanguageModel | str | None,
        config: Config,
        *,
        at_once: int = 1,
        shared: bool = False,
    ) -> None:
        super().__init__(library, model, config, at_once=at_once)
        self.notebook = Conversations(library.folder, KEEPING) if is_kept(config, shared=shared) else None
        """Where conversations are kept; None where they aren't."""
        self._running: dict[str, threading.Event] = {}
        self._forgotten: set[str] = set()

    def ask(self, tab: str, question: str, talk: Talk, client: str = "") -> Iterator[Asking | Talk]:
        """Shows an answer coming, and ends with the conversation that holds it, or what went wrong.

        Gives nothing when the same `tab` is still waiting for an answer, or the question is blank. `client` is
        whose tab it is: one with many tabs doesn't keep the others waiting.
        """
        stop = threading.Event()
        if not question.strip() or self._running.setdefault(tab, stop) is not stop:
            return
        try:
            yield from self._asked(tab, question, talk, stop, client or tab)
        finally:
            stop.set()
            del self._running[tab]
            self._forgotten.discard(tab)

    def _asked(
        self, tab: str, question: str, talk: Talk, stop: threading.Event, client: str
    ) -> Iterator[Asking | Talk]:
        chat = qa.Chat(library=self.library, model=self.model, config=self.config, turns=talk.turns)
        draft, note = "", "Waiting for another question to be answered…"
        exchange = Exchange(question, problem=STOPPED)

        def work(emit: Callable[[str | Partial | Answer], None]) -> None:
            with self.line.turn(client, stop, person=True) as mine:
                if mine:
                    emit("")
                    # Closing the stream is what stops the model.
                    with closing(chat.stream(question, stop)) as pieces:  # type: ignore[type-var]
                        for piece in pieces:
                            emit(piece)

        yield Asking("", "Reading the articles…")
        began, shown = time.monotonic(), ("", False)
        known: Answer | None = None
        try:
            for item in in_background(work, stop):
                if isinstance(item, Answer):
                    exchange = Exchange(question, item)
                elif isinstance(item, Partial):
                    known, note = item.answer, "Writing…" if item.answer.points else "Reading…"
                elif item is not None:
                    # An empty piece says that the model is ours.
                    draft += item
                    note = "Draft, checking…" if draft else note if known else "Reading the articles…"
                now = f"{note} {time.monotonic() - began:.0f} s" if time.monotonic() - began >= 2 else note
                if (draft + now, known is not None) != shown:
                    shown = (draft + now, known is not None)
                    yield Asking(draft, now, known)
        except Exception as error:
            exchange = Exchange(question, problem=explain(error))
        turns = tuple(chat.turns)
        if exchange.problem == STOPPED and known is not None and known.points:
            # What was shown already stays: only the lead above it was stopped.
            exchange, turns = Exchange(question, known), (*turns, Turn.of(known))
        after = replace(talk, exchanges=(*talk.exchanges, exchange), turns=turns)
        yield Talk() if tab in self._forgotten else self._kept(after)

    def _kept(self, talk: Talk) -> Talk:
        """The conversation, its answers kept that weren't yet; or with the line that says why they can't be."""
        if self.notebook is None or talk.private:
            return talk
        id, exchanges = talk.id, list(talk.exchanges)
        for i, each in enumerate(exchanges):
            if each.answer is None or each.number:
                continue
            try:
                place = self.notebook.append(id, each.question, each.answer, settings_of(self.config))
                id, exchanges[i] = place.id, replace(each, number=place.number, unkept="")
            except Exception as error:
                exchanges[i] = replace(each, unkept=explain(error))
                break
        return replace(talk, id=id, exchanges=tuple(exchanges))

    def reopen(self, id: str) -> Talk:
        """A kept conversation, as it was. Raises KeyError where there is none, and what Conversations raise."""
        if self.notebook is None:
            raise KeyError(id)
        found = opened(self.notebook, id, self.library)
        exchanges = [
            Exchange(each.question, each.answer, each.problem, number=each.number, notes=each.notes)
            for each in found.exchanges
        ]
        return Talk(tuple(exchanges), found.turns, id)

    def stop(self, tab: str, *, forget: bool = False) -> None:
        """Stops the answer that `tab` is waiting for, if any; with `forget` it ends with an empty Talk."""
        if running := self._running.get(tab):
            if forget:
                self._forgotten.add(tab)
            running.set()

    def judge(self, talk: Talk, turn: int | None, said: feedback.Judgement | None) -> Talk:
        """The conversation after a reader's judgement of the answer at `turn` was kept, or says why it wasn't."""
        if said is None or turn is None or not 0 <= turn < len(talk.exchanges):
            return talk
        exchange = talk.exchanges[turn]
        if exchange.answer is None:
            return talk
        try:
            after = replace(
                exchange, judged=feedback.keep(exchange.answer, said, self.library.folder), judging=""
            )
        except Exception as error:
            after = replace(exchange, judging=explain(error))
        return replace(talk, exchanges=(*talk.exchanges[:turn], after, *talk.exchanges[turn + 1 :]))

    def add(
        self, files: Sequence[Path], over: Callable[[], None] = lambda: None, strange: Sequence[str] = ()
    ) -> Iterator[Adding]:
        """Copies files into the library's folder and adds them, showing how far it is.

        `over` is called once the files aren't needed any more. `strange` are names that were asked for but not
        uploaded: they are reported as failed.
        """
        yield Adding(f"Adding {_files(len(files))}…")

        def work(emit: Callable[[Adding], None]) -> None:
            try:
                self._add(
                    files, emit, [f"{name} wasn't uploaded from this page: add it again" for name in strange]
                )
            finally:
                over()

        try:
            # A closed tab must not stop an addition half way: hence no one else holds this event.
            for item in in_background(work, threading.Event()):
                if item is not None:
                    yield item
        except Exception as error:
            yield Adding(finished=True, failed=(explain(error),))

    def _add(self, files: Sequence[Path], emit: Callable[[Adding], None], failed: Sequence[str]) -> None:
        def show(state: AddProgress) -> None:
            with suppress(_Stopped):
                emit(Adding(f"Adding {_files(len(files))}…", state.done_files, state.total_files))

        report: AddReport | None = None

        def added(copies: list[Path]) -> list[str]:
            nonlocal report
            report = self.library.add(copies, progress=show)
            return [path for path, _ in report.failed]

        if files:
            keep_all(files, self.library.folder / UPLOADS, added)
        lines = (_summary(report),) if report else ()
        emit(Adding(finished=True, lines=lines, failed=(*failed, *(_failures(report) if report else ()))))


def _files(n: int) -> str:
    return f"{n} file{'' if n == 1 else 's'}"


def _summary(report: AddReport) -> str:
    counts = (
        *((report.added, "added"), (report.updated, "updated"), (len(report.moved), "moved")),
        (report.unchanged, "already there"),
    )
    return ", ".join(f"{_files(n)} {what}" for n, what in counts if n) or "Nothing was added."


def _failures(report: AddReport) -> tuple[str, ...]:
    """One line for each file that failed, without the folder, which the reader never chose."""
    lines = []
    for path, message in report.failed:
        name, line = Path(path).name, message.replace(str(Path(path).parent) + os.sep, "")
        lines.append(line if name in line else f"{name}: {line}")
    return tuple(lines)
