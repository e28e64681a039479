"""A question to its way: read once, then answered by the way of its kind.

Opens the library where a name was given, and the language model only where a way needs it: what the library holds, a
greeting, and all that is composed of the articles' own sentences is answered without one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from index import cross_encoder
from index.config import Config
from index.library import Library
from index.rerank import Remembering
from index.scope import Scope
from qa.engines.metered import Meter, Stopped
from qa.evidence.weigh import Encoder
from qa.followup import rewrite
from qa.trust.refusal import LEANING
from qa.types import Answer, LanguageModel, Turn
from qa.understand import asked_again, understand
from qa.understand.asking import check, earlier
from qa.understand.kind import is_courtesy
from qa.ways import WAYS
from qa.ways.composing import Reading
from qa.ways.fact import Pipeline


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
) -> Generator[str | Answer, None, None]:
    """Pieces of a draft as they come, then the Answer, or none once `stop` was set.

    Raises what opening a library or a model raises.
    """
    question = check(question)
    started = time.perf_counter()
    meter = Meter(started + config.seconds, stop)
    opened, ours = _open_library(library, config)
    try:

        def lm() -> LanguageModel:
            named = model is None or isinstance(model, str)
            loaded = _shared(model or config.model, config) if named else model  # type: ignore[arg-type]
            return meter.watch(loaded)  # type: ignore[arg-type]

        embedder = Remembering(lambda: opened.embedder)
        turns = earlier(history)
        whole = rewrite.Standalone(question)
        if (asked := asked_again(question, turns, embedder)) is None:
            if not is_courtesy(question, embedder):
                whole = rewrite.standalone(question, turns, lm, seconds=config.seconds)
            asked = understand(question, whole, embedder)
        if way := WAYS.get(asked.kind):
            reading = Reading(
                opened,
                config,
                embedder,
                lambda: encoder or cross_encoder.load(cross_encoder.DEFAULT, config.cache),
                scope,
                today or date.today(),
                started,
            )
            answer = way(asked, reading)
            leaning = answer.abstained and whole.beside
            answer = replace(answer, prompt_tokens=meter.prompt_tokens)
            yield replace(answer, reason=f"{answer.reason} {LEANING}") if leaning else answer
        else:
            parts = Pipeline(opened, lm(), config, scope=scope, today=today)
            for item in parts.answers(question, whole, started):
                yield replace(item, kind=asked.kind) if isinstance(item, Answer) else item
    except Stopped:
        return
    finally:
        if ours:
            opened.close()


def _shared(name: str, config: Config) -> LanguageModel:
    from qa.models import shared_model

    return shared_model(name, config)


def _open_library(library: Library | str | Path | None, config: Config) -> tuple[Library, bool]:
    """An open library, and whether the caller must close it."""
    if isinstance(library, Library):
        return library, False
    return Library.open(Path(library) if library else config.library, config=config), True
