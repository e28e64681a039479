"""The systems that a gold set can be run through, by name. Knows nothing of gold sets, scores or files.

    footnote               what `footnote ask` does
    naive                  the textbook way with the same model, as a baseline (see `eval.systems.naive`)
    reranked               the passages that `footnote ask` chooses its evidence from: no language model, no answers
    hybrid, dense, bm25    the library's search alone
    module:function        a Python callable (see `from_function`)
    http://host/v1#model   a system behind an OpenAI-compatible chat endpoint (see `eval.systems.endpoint`)

A system is a function from a question to an Answer, or to Hits where it only retrieves. Footnote and its retrieval
read "last week" from the day on which a question is asked; the others are not told of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

from eval.systems.adapters import System, from_function, imported
from index.config import Config
from index.errors import BadSetting
from qa.types import LanguageModel

if TYPE_CHECKING:
    from index.library import Library
    from index.types import Hit

__all__ = ["DEPTH", "NAMES", "RETRIEVERS", "System", "from_function", "open_system"]

NAMES = ("footnote", "naive", "bm25", "dense", "hybrid", "reranked")
"""The systems known by name; those in RETRIEVERS give Hits instead of an Answer."""
RETRIEVERS = ("bm25", "dense", "hybrid", "reranked")
DEPTH = 20
"""How many hits a system that only retrieves gives: as many as the deepest recall@k looks at."""


@contextmanager
def open_system(
    name: str, *, library: Library | None, model: LanguageModel | str | None, config: Config
) -> Iterator[System]:
    """A system, usable within the `with`; a model that is loaded here is closed at its end.

    `name` is one of NAMES, all of which need a `library`; "module:function", a callable as `from_function` takes
    it, looked for in the current folder as well; or the address of an endpoint. For the latter two a `library`
    serves to look up what they cite. `model` is a LanguageModel, a name, or None for that of `config`.

    Raises BadSetting for a name that is none, or when the library is missing; ModelMissing when no server answers;
    and what loading a model raises.
    """
    if name.startswith(("http://", "https://")):
        from eval.systems.endpoint import opened

        with opened(name, library, config) as endpoint:
            yield endpoint
    elif ":" in name:
        with imported(name) as fn:
            yield from_function(fn, library=library)
    elif name not in NAMES:
        raise BadSetting(f"no system {name!r}: choose {', '.join(NAMES)}, module:function or http://host/v1")
    elif library is None:
        raise BadSetting(f"the system {name} needs a library: name its folder with --library DIR")
    elif name in RETRIEVERS:
        yield _searching(name, library, config)
    else:
        with _opened(model, config) as lm:
            yield _answering(name, library, lm, config)


def _searching(name: str, library: Library, config: Config) -> System:
    from index.search.rerank import Remembering, load_reranker
    from qa.retrieve import find

    def search(question: str, *, today: date | None = None) -> list[Hit]:
        if name != "reranked":
            return library.search(question, DEPTH, by=name)
        reranker = load_reranker(config, Remembering(lambda: library.embedder))
        return find(library, question, DEPTH, today=today, reranker=reranker)

    return search


def _answering(name: str, library: Library, lm: LanguageModel, config: Config) -> System:
    if name == "naive":
        from eval.systems.naive import Naive

        return Naive(library, lm, config)
    import qa

    return partial(qa.answer, library=library, model=lm, config=config)


@contextmanager
def _opened(model: LanguageModel | str | None, config: Config) -> Iterator[LanguageModel]:
    """The language model, loaded and closed here unless it is given whole."""
    if model is not None and not isinstance(model, str):
        yield model
        return
    from qa.models import load_model

    lm = load_model(model or config.model, config)
    try:
        yield lm
    finally:
        lm.close()
