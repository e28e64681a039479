"""A question to its way: read once, then answered by the way of its kind.

Opens the library where a name was given, and the language model only where a way needs it: what the library holds, a
greeting, and all that is composed of the articles' own sentences is answered without one.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import qa.reader
from index.config import Config
from index.errors import ModelDamaged, ModelFailed, ModelMissing
from index.library import Library
from index.models import cross_encoder
from index.search.rerank import Remembering
from index.search.scope import Scope
from qa.dates.reader import unit_of
from qa.dates.resolve import read_published
from qa.engines.metered import Meter, Stopped
from qa.evidence.weigh import Encoder
from qa.followup import rewrite
from qa.followup.conversation import follow_up, same_kind
from qa.reader import Extracts
from qa.trust import confidence
from qa.trust.answer_type import asks_for_one
from qa.trust.refusal import LEANING
from qa.types import Answer, Kind, LanguageModel, Partial, Question, Turn
from qa.understand import understand
from qa.understand.articles_named import called
from qa.understand.asking import check, earlier
from qa.understand.kind import needs_no_conversation
from qa.ways import WAYS, lead
from qa.ways.composing import Reading
from qa.ways.extractive import Extracted, extracted, uncertain
from qa.ways.fact import Pipeline

LED: frozenset[Kind] = frozenset(("explain", "listing", "compare", "timeline", "summary"))
"""The kinds above whose points a lead is written. A yes or no has none: a small model says Yes to nearly everything,
and believes it."""
OUTRIGHT, WORTH_ASKING = 0.75, 0.1
"""The confidence of a phrase that was read out from which on no language model is asked about it, and below which it
isn't either. Of 424 questions of four sets 46 have a phrase of .75; the judgement left the outcome of all of them as it
was, at every level (docs/design/011-reader.md)."""
_log = logging.getLogger("footnote")


def answers(
    question: str,
    library: Library | str | Path | None,
    model: LanguageModel | str | None,
    config: Config,
    history: Sequence[Turn] = (),
    scope: Scope | None = None,
    today: date | None = None,
    encoder: Encoder | None = None,
    stop: threading.Event | None = None,
    partial: bool = True,
) -> Generator[str | Partial | Answer, None, None]:
    """What can be shown at once, pieces of a draft as they come, then the Answer, or none once `stop` was set.

    Raises what opening a library or a model raises. An open question is answered without its lead where the language
    model can't be used, and the log says so. Without `partial` the sentence that comes closest to a fact is not shown
    before its answer.
    """
    question = check(question)
    started = time.perf_counter()
    meter = Meter(started + config.seconds, stop)
    opened, ours = _open_library(library, config)
    lm = _watched(model, config, meter)
    try:
        embedder = Remembering(lambda: opened.embedder)
        scope = opened.current(scope)
        asked, whole = _understood(question, earlier(history), opened, embedder, lm, config)
        if asked.scope is not None:
            scope = (scope or Scope()).narrowed(asked.scope)
        reading = Reading(
            opened,
            config,
            embedder,
            lambda: encoder or cross_encoder.load(cross_encoder.DEFAULT, config.cache),
            scope,
            today or _day(scope) or date.today(),
            started,
            asked.shown,
            _reader(config, encoder),
        )
        if way := WAYS.get(asked.kind):
            answer = way(asked, reading)
            if answer.abstained and whole.beside:
                answer = replace(answer, reason=f"{answer.reason} {LEANING}")
            yield from _open(answer, asked, reading, lm, meter)
        else:
            yield from _closed(question, whole, asked, reading, lm, meter, partial)
    except Stopped:
        return
    finally:
        if ours:
            opened.close()


def _day(scope: Scope | None) -> date | None:
    """The day that is asked as of, of a month or a year the last; None where none is.

    >>> [str(_day(Scope.of(as_of=when))) for when in ("2022-10-02", "February 2024", "2022")]
    ['2022-10-02', '2024-02-29', '2022-12-31']
    """
    known = read_published(scope.as_of) if scope else None
    return unit_of(known.day, known.unit)[1] if known else None


def _watched(model: LanguageModel | str | None, config: Config, meter: Meter) -> Callable[[], LanguageModel]:
    """What gives the language model, loaded when it is first called; its tokens and time are the meter's."""

    def load() -> LanguageModel:
        if model is None or isinstance(model, str):
            from qa.models import shared_model

            return meter.watch(shared_model(model or config.model, config))
        return meter.watch(model)

    return load


def _understood(
    question: str,
    turns: Sequence[Turn],
    library: Library,
    embedder: Remembering,
    lm: Callable[[], LanguageModel],
    config: Config,
) -> tuple[Question, rewrite.Standalone]:
    """The question as it is understood after the turns before it, and how it reads without them."""
    whole = rewrite.Standalone(question)
    asked = follow_up(question, turns, embedder, lambda name: called(name, library))
    if asked is not None:
        return asked, whole
    if not needs_no_conversation(question, embedder):
        whole = rewrite.standalone(question, turns, lm, seconds=config.seconds)
    asked = understand(question, whole, embedder)
    if asked.kind == "fact" and whole == rewrite.Standalone(question) and rewrite.unnamed(question, turns):
        whole = replace(whole, beside=turns[-1].question)
        asked = replace(asked, searched=whole.searched())
    if whole.question != question and (kind := same_kind(whole.question, turns[-1])):
        asked = replace(asked, kind=kind)
    return asked, whole


def _closed(
    question: str,
    whole: rewrite.Standalone,
    asked: Question,
    reading: Reading,
    lm: Callable[[], LanguageModel],
    meter: Meter,
    partial: bool,
) -> Iterator[str | Partial | Answer]:
    """The answer to a question for a fact; where none is found, that of the kind that it may be of as well."""
    if asked.scope is not None:
        whole = rewrite.Standalone(asked.standalone)

    def in_full() -> Iterator[str | Answer]:
        scope, today = reading.scope, reading.today
        parts = Pipeline(
            reading.library, lm(), reading.config, scope=scope, today=today, embedder=reading.embedder
        )
        return parts.answers(question, whole, reading.started)

    for item in _fact(asked, reading, lm, in_full, partial):
        if isinstance(item, Answer):
            if item.outcome != "answered" and (fuller := _fuller(asked, reading)):
                yield from _open(fuller, asked, reading, lm, meter)
                return
            item = replace(
                item,
                kind=asked.kind,
                scope=asked.scope,
                prompt_tokens=meter.prompt_tokens,
                completion_tokens=meter.completion_tokens,
            )
        yield item


def _fuller(asked: Question, reading: Reading) -> Answer | None:
    """The Answer to a question that may want more than the fact that was not found; None where it has none."""
    if asked.fuller is None or asks_for_one(asked.standalone):
        return None
    answer = WAYS[asked.fuller](replace(asked, kind=asked.fuller), reading)
    return None if answer.abstained else answer


def _open(
    answer: Answer, asked: Question, reading: Reading, lm: Callable[[], LanguageModel], meter: Meter
) -> Generator[str | Partial | Answer, None, None]:
    """The answer to an open question, its points first where a lead is written above them."""
    answer = replace(answer, scope=asked.scope, prompt_tokens=meter.prompt_tokens)
    writing = reading.config.writing
    if answer.points and answer.kind in LED and writing != "quotes":
        yield Partial(answer)
        answer = yield from _with_lead(answer, lm, meter, reading.reader, full=writing == "full")
    yield answer


def _fact(
    asked: Question,
    reading: Reading,
    lm: Callable[[], LanguageModel],
    in_full: Callable[[], Iterator[str | Answer]],
    partial: bool,
) -> Iterator[str | Partial | Answer]:
    """A fact: what was read out is given, or offered as what may be meant; what it may not be is looked for `in_full`.

    What is answered in full no surer than what would be read out is offered, too. Where nothing is to be written,
    nothing is done in full. Of 171 questions (`docs/design/011-reader.md`) .78 come out right so, in a median of 2.6 s;
    where in full is done whatever is not sure, .71 in 6.5 s.
    """
    borders, quotes = confidence.borders(reading.config.threshold), reading.config.writing == "quotes"
    read = extracted(asked, reading) if reading.reader is not None else None
    if read and WORTH_ASKING <= read.sure < OUTRIGHT:
        if partial:
            yield Partial(read.nearest)
        read = _judged(read, lm, reading, quotes)
    if read and (quotes or read.sure >= borders.unsure):
        yield read.decided(asked, reading, borders)
        return
    for item in in_full():
        if isinstance(item, Answer) and read and not item.abstained and item.confidence < borders.answered:
            item = uncertain(item)
        yield item


def _judged(read: Extracted, lm: Callable[[], LanguageModel], reading: Reading, needless: bool) -> Extracted:
    """What was read out, as sure as a language model makes it; as it was where `needless` and none can be used."""
    try:
        return read.judged(lm(), reading.started)
    except (ModelMissing, ModelDamaged, ModelFailed) as error:
        if not needless:
            raise
        _log.warning("no language model was asked about the answer: %s", error)
        return read


def _reader(config: Config, encoder: Encoder | None) -> Callable[[], Extracts] | None:
    """What reads: nothing where it isn't wanted, or where the cross-encoder that goes before it isn't at hand."""
    if config.reader == "none" or not (encoder or cross_encoder.at_hand(cross_encoder.DEFAULT, config.cache)):
        return None
    return qa.reader.load


def _with_lead(
    answer: Answer,
    lm: Callable[[], LanguageModel],
    meter: Meter,
    reader: Callable[[], Extracts] | None,
    *,
    full: bool,
) -> Generator[str, None, Answer]:
    """The answer with a lead above its points; as it was where the model can't be used."""
    try:
        answer = yield from lead.above(answer, lm(), full=full, reader=reader)
    except (ModelMissing, ModelDamaged, ModelFailed) as error:
        _log.warning("the answer has no lead: %s", error)
    return replace(answer, prompt_tokens=meter.prompt_tokens, completion_tokens=meter.completion_tokens)


def _open_library(library: Library | str | Path | None, config: Config) -> tuple[Library, bool]:
    """An open library, and whether the caller must close it."""
    if isinstance(library, Library):
        return library, False
    return Library.open(library if library else config.library, config=config), True
