"""Questions into cited, verified answers.

>>> from qa import answer                                              # doctest: +SKIP
>>> print(answer("How many people did ICE arrest?", library="DIR"))    # doctest: +SKIP
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from qa.types import Answer, Citation, LanguageModel, Partial, Sentence, Turn

if TYPE_CHECKING:
    from index.config import Config
    from index.library import Library

__all__ = ["Answer", "Chat", "Citation", "LanguageModel", "Partial", "Sentence", "Turn", "answer", "stream"]


def stream(
    question: str,
    *,
    library: Library | str | Path | None = None,
    model: LanguageModel | str | None = None,
    config: Config | None = None,
    history: Sequence[Turn] = (),
    since: str | None = None,
    until: str | None = None,
    publisher: str | None = None,
    as_of: str | None = None,
    today: date | None = None,
    stop: threading.Event | None = None,
    partial: bool = True,
) -> Iterator[str | Partial | Answer]:
    """Yields what can be shown at once (Partial), then pieces of a draft (str) as they come, and ends with the Answer.

    A Partial holds the points of an open answer, which stay as they are, or the sentence that comes closest to a fact.
    The draft, of the lead above the points or of a fact's sentence, is unchecked: show it as such, and replace it by
    the Answer. Closing the iterator stops the model. Before and between pieces the model may be at work for seconds:
    once `stop` is set, from another thread, it stops at its next token, and the iterator ends without an Answer.
    Without `partial` nothing is worked out that is only shown until the Answer comes.
    `library` is a folder or an open Library, `model` a name or a LanguageModel; None takes both from `config`,
    whose default is `index.config.load()`. `history` makes a follow-up of the question. With `since`, `until` ("2017",
    "2017-05", "19 May 2017") or `publisher` ("NPR", "npr.org") only such articles are read, as `Scope.of` says;
    with `as_of`, a day like these, what was known then: nothing later, and a page that changed as it was.
    "Last week" counts from `today`, by default `as_of`, else the machine's.

    Raises BadQuestion, BadSetting, LibraryMissing, LibraryIncompatible, ModelMissing, ModelFailed.
    """
    from index.config import load
    from index.search.scope import Scope
    from qa.answering import answers

    scope = Scope.of(since, until, publisher, as_of)
    yield from answers(
        question, library, model, config or load(), history, scope, today, stop=stop, partial=partial
    )


def answer(
    question: str,
    *,
    library: Library | str | Path | None = None,
    model: LanguageModel | str | None = None,
    config: Config | None = None,
    history: Sequence[Turn] = (),
    since: str | None = None,
    until: str | None = None,
    publisher: str | None = None,
    as_of: str | None = None,
    today: date | None = None,
) -> Answer:
    """The Answer to a question; its `str()` reads well with its footnotes. Arguments and errors as for `stream`."""
    from index.config import load
    from index.search.scope import Scope
    from qa.answering import answers

    scope = Scope.of(since, until, publisher, as_of)
    *_, last = answers(question, library, model, config or load(), history, scope, today, partial=False)
    assert isinstance(last, Answer)
    return last


class Chat:
    """A conversation: each question may lean on the ones before it. Arguments as for `stream`.

    Raises BadSetting for a date or a publisher that can't be used.

    >>> chat = Chat(library="DIR")                     # doctest: +SKIP
    >>> print(chat.ask("How many were deported?"))     # doctest: +SKIP
    >>> print(chat.ask("And in 2016?"))                # doctest: +SKIP
    """

    def __init__(
        self,
        *,
        library: Library | str | Path | None = None,
        model: LanguageModel | str | None = None,
        config: Config | None = None,
        turns: Sequence[Turn] = (),
        since: str | None = None,
        until: str | None = None,
        publisher: str | None = None,
        as_of: str | None = None,
        today: date | None = None,
    ) -> None:
        from index.search.scope import Scope

        self._scope = Scope.of(since, until, publisher, as_of)
        self._library, self._model, self._config = library, model, config
        self._today = today
        self.turns: list[Turn] = list(turns)
        """The conversation so far, oldest first."""

    def stream(self, question: str, stop: threading.Event | None = None) -> Iterator[str | Partial | Answer]:
        """Like `qa.stream`, with this conversation as history; the finished turn is added to it."""
        yield from self._turn(question, stop, partial=True)

    def _turn(
        self, question: str, stop: threading.Event | None, *, partial: bool
    ) -> Iterator[str | Partial | Answer]:
        from index.config import load
        from qa.answering import answers

        config = self._config or load()
        for item in answers(
            question,
            self._library,
            self._model,
            config,
            self.turns,
            self._scope,
            self._today,
            stop=stop,
            partial=partial,
        ):
            if isinstance(item, Answer):
                self.turns.append(Turn.of(item))
            yield item

    def ask(self, question: str) -> Answer:
        """Like `qa.answer`, with this conversation as history; the finished turn is added to it."""
        *_, last = self._turn(question, None, partial=False)
        assert isinstance(last, Answer)
        return last
