"""What happens when a reader of the web page asks, stops or adds files. Knows nothing of Gradio or HTML.

The model and the library do their work in a thread of their own, so that the page can show progress and
"stopped" while a model is still thinking.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from copy import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import qa
from qa.conversations import Conversation, Conversations, is_kept, opened, settings_of
from qa.conversations import Exchange as KeptExchange
from qa.conversations.store import titled
from qa.followup import suggested
from qa.notes import Notes
from qa.offers import Offer, check, offers, ready
from qa.people import own_folder
from qa.took import Took
from qa.types import Answer, Citation, LanguageModel, Partial, Turn
from ui.http.record import PAGE
from ui.http.service import Service, explain
from ui.page import feedback
from ui.page.adding import Adding, added
from ui.page.background import in_background
from ui.page.choices import Choices
from ui.page.on_the_way import Asking, OnTheWay
from ui.page.view import Exchange

if TYPE_CHECKING:
    from index.config import Config
    from index.library import Library

STOPPED = "Stopped."
KEEPING = 1.0
"""The most seconds that an answer waits for being kept, where another process writes conversations."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One tab's conversation: what it shows, and what the next question may lean on.

    `id` is the one under which it is kept, once something of it is; a `private` one isn't kept. What is kept behind the
    exchange numbered `cut` gives way to the next answer that is kept.
    """

    exchanges: tuple[Exchange, ...] = ()
    turns: tuple[Turn, ...] = ()
    id: str | None = None
    private: bool = False
    cut: int | None = None

    def before(self, at: int) -> Talk:
        """The conversation up to the exchange at that place, which is to be asked anew."""
        left = self.exchanges[:at]
        turns = tuple(Turn.of(each.answer) for each in left if each.answer is not None)
        cut = max((each.number for each in left), default=0) if self.id else None
        return replace(self, exchanges=left, turns=turns, cut=cut)

    def cited(self, turn: int | None, number: int | None) -> Citation | None:
        """The source of that number of the answer at `turn`; None where there is none."""
        answer = self.exchanges[turn].answer if turn is not None and 0 <= turn < len(self.exchanges) else None
        return next((c for c in answer.citations if c.number == number), None) if answer else None

    def document(self) -> Conversation:
        """The conversation as one that is exported: what is private, too, is its reader's."""
        now, title = datetime.now(UTC).isoformat(timespec="seconds"), self.exchanges[0].question
        exchanges = [
            KeptExchange(n, now, each.question, each.answer, each.problem, notes=each.notes)
            for n, each in enumerate(self.exchanges, 1)
        ]
        return Conversation("", titled(title), now, now, tuple(exchanges))


class Desk(Service):
    """Serves all tabs of the page from one library and one model, and the programs beside it.

    `shared` says that others than this machine's user hold conversations here and read those that are kept. With
    `accounts` nothing is kept at the desk itself: `of` gives the desk of a person.
    """

    def __init__(
        self,
        library: Library,
        model: LanguageModel | str | None,
        config: Config,
        *,
        at_once: int = 1,
        shared: bool = False,
        accounts: bool = False,
        chooses: bool = True,
        name: str = "",
        beside: Service | None = None,
    ) -> None:
        super().__init__(library, model, config, at_once=at_once, name=name, beside=beside)
        self.accounts, self.keeps = accounts, is_kept(config, shared=shared and not accounts)
        self.took = Took(config.cache)
        """How long questions took here."""
        self.chooses = chooses and not (shared or accounts)
        """Whether whoever asks may choose the model: another one takes memory of this machine."""
        self.folder: Path | None = None
        """Where judgements are kept; None where nobody has signed in."""
        self.notebook: Conversations | None = None
        """Where conversations are kept; None where they aren't."""
        self.notes: Notes | None = None
        """Where quotes are kept with remarks; None where conversations aren't kept."""
        if not accounts:
            self._keep_in(library.folder)
        self._running: dict[str, threading.Event] = {}
        self._forgotten: set[str] = set()

    def of(self, person: str) -> Desk:
        """The desk with one person's conversations, notes and judgements; without accounts they are everybody's."""
        if not self.accounts or not person:
            return self
        theirs = copy(self)
        theirs._keep_in(own_folder(self.library.folder, person))
        return theirs

    def _keep_in(self, folder: Path) -> None:
        with suppress(OSError):  # whatever is kept there will say so
            # The names of people's folders say who comes here.
            folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, exist_ok=True)
        self.folder = folder
        self.notebook = Conversations(folder, KEEPING) if self.keeps else None
        self.notes = Notes(folder, KEEPING) if self.keeps else None

    def offers(self) -> list[Offer]:
        """The models to choose from; none where whoever asks may not."""
        return offers(self.config, self.took) if self.chooses else []

    @property
    def models(self) -> tuple[str, ...]:
        """The names of the models that can be asked at once, where one may be chosen."""
        return ready(self.config) if self.chooses else ()

    def ask(
        self,
        tab: str,
        question: str,
        talk: Talk,
        client: str = "",
        *,
        choices: Choices | None = None,
        at: int | None = None,
    ) -> Iterator[Asking | Talk]:
        """Shows an answer coming, and ends with the conversation that holds it, or what went wrong.

        Gives nothing when the same `tab` is still waiting for an answer, or the question is blank. `client` is
        whose tab it is: one with many tabs doesn't keep the others waiting. With `at` the question takes the place of
        the exchange there and of all behind it, once it is answered.
        """
        stop = threading.Event()
        if not question.strip() or self._running.setdefault(tab, stop) is not stop:
            return
        base = talk if at is None else talk.before(at)
        chosen = choices or Choices.of(self.config)
        # A conversation may be kept from when the model was its reader's to choose.
        chosen = chosen if self.chooses else replace(chosen, model="")
        asked = Exchange(question, problem=STOPPED, chosen=chosen)
        try:
            for step in self._asked(asked, base, stop, client or tab):
                if isinstance(step, Asking):
                    yield step
                    continue
                exchange, turns = step
                # Answers give way to an answer alone.
                spared = exchange.answer is None and any(
                    e.answer for e in talk.exchanges[len(base.exchanges) :]
                )
                left = talk if spared else replace(base, turns=turns)
                after = replace(left, exchanges=(*left.exchanges, exchange))
                yield Talk() if tab in self._forgotten else self._kept(after)
        finally:
            stop.set()
            del self._running[tab]
            self._forgotten.discard(tab)

    def _asked(
        self, asked: Exchange, talk: Talk, stop: threading.Event, client: str
    ) -> Iterator[Asking | tuple[Exchange, tuple[Turn, ...]]]:
        """Steps on the way, then the exchange and what a next question may lean on."""
        chosen, question = asked.chosen or Choices.of(self.config), asked.question
        config = chosen.config(self.config)
        other = config.model != self.config.model
        chat = qa.Chat(
            library=self.library,
            model=config.model if other else self.model,
            config=config,
            turns=talk.turns,
            since=chosen.since,
            until=chosen.until,
            publisher=chosen.publisher,
            as_of=chosen.as_of,
        )

        def work(emit: Callable[[int | str | Partial | Answer], None]) -> None:
            with (
                self.recorded(question, stop, PAGE) as record,
                self.line.turn(client, stop, person=True, ahead=emit) as mine,
            ):
                if mine:
                    record.starts()
                    emit("")
                    # Closing the stream is what stops the model.
                    with closing(chat.stream(question, stop)) as pieces:  # type: ignore[type-var]
                        for piece in pieces:
                            record.answer = piece if isinstance(piece, Answer) else None
                            emit(piece)

        yield Asking("", "Reading the articles…")
        exchange, on_the_way = asked, OnTheWay(partial(self.took.left, config.model, config.writing))
        try:
            if other:
                check(config.model, self.config)
            for item in in_background(work, stop):
                if isinstance(item, Answer):
                    exchange = replace(asked, answer=item, problem="")
                    self.took.note(config.model, item.kind, config.writing, item.timings.total)
                elif (step := on_the_way.after(item)) is not None:
                    yield step
        except Exception as error:
            exchange = replace(asked, problem=explain(error))
        known = on_the_way.known
        turns = tuple(chat.turns)
        if exchange.problem == STOPPED and known is not None and known.points:
            # What was shown already stays: only the lead above it was stopped.
            exchange, turns = replace(asked, answer=known, problem=""), (*turns, Turn.of(known))
        yield exchange, turns

    def _kept(self, talk: Talk) -> Talk:
        """The conversation, its answers kept that weren't yet; or with the line that says why they can't be."""
        if self.notebook is None or talk.private:
            return talk
        id, cut, exchanges = talk.id, talk.cut, list(talk.exchanges)
        for i, each in enumerate(exchanges):
            if each.answer is None or each.number:
                continue
            chosen = each.chosen or Choices.of(self.config)
            settings = settings_of(chosen.config(self.config), **chosen.limits)
            try:
                place = self.notebook.append(id, each.question, each.answer, settings, after=cut)
                id, cut, exchanges[i] = place.id, None, replace(each, number=place.number, unkept="")
            except Exception as error:
                exchanges[i] = replace(each, unkept=explain(error))
                break
        return replace(talk, id=id, cut=cut, exchanges=tuple(exchanges))

    def reopen(self, id: str) -> Talk:
        """A kept conversation, as it was. Raises KeyError where there is none, and what Conversations raise."""
        if self.notebook is None:
            raise KeyError(id)
        found = opened(self.notebook, id, self.library)
        exchanges = [
            Exchange(
                each.question,
                each.answer,
                each.problem,
                number=each.number,
                notes=each.notes,
                chosen=Choices.kept(each.settings, self.config),
            )
            for each in found.exchanges
        ]
        return Talk(tuple(exchanges), found.turns, id)

    def suggested(self, talk: Talk) -> list[str]:
        """Questions to ask next; at the beginning, and after a greeting, those that any library answers."""
        last = talk.exchanges[-1].answer if talk.exchanges else None
        if talk.exchanges and last is None:
            return []
        if last is None or last.kind == "courtesy":
            return suggested.of_library(self.library)
        return suggested.after(last, [each.question for each in talk.exchanges])

    def stop(self, tab: str, *, forget: bool = False) -> None:
        """Stops the answer that `tab` is waiting for, if any; with `forget` it ends with an empty Talk."""
        if running := self._running.get(tab):
            if forget:
                self._forgotten.add(tab)
            running.set()

    def add(
        self, files: Sequence[Path], over: Callable[[], None] = lambda: None, strange: Sequence[str] = ()
    ) -> Iterator[Adding]:
        """Copies files into the library's folder and adds them, as `ui.page.adding.added` does."""
        return added(self.library, files, over, strange)

    def judge(self, talk: Talk, turn: int | None, said: feedback.Judgement | None) -> Talk:
        """The conversation after a reader's judgement of the answer at `turn` was kept, or says why it wasn't."""
        if said is None or turn is None or not 0 <= turn < len(talk.exchanges):
            return talk
        exchange = talk.exchanges[turn]
        if exchange.answer is None or self.folder is None:
            return talk
        try:
            after = replace(exchange, judged=feedback.keep(exchange.answer, said, self.folder), judging="")
        except Exception as error:
            after = replace(exchange, judging=explain(error))
        return replace(talk, exchanges=(*talk.exchanges[:turn], after, *talk.exchanges[turn + 1 :]))
