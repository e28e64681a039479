"""The systems that a gold set can be run through, by name. Knows nothing of gold sets, scores or files.

    footnote               what `footnote ask` does
    hybrid, dense, bm25    the library's search alone: no language model, no answers

A system is a function from a question to an Answer, or to Hits where it only retrieves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from index.config import Config
from index.errors import BadSetting
from index.types import Hit
from qa.types import Answer, LanguageModel

if TYPE_CHECKING:
    from index.library import Library

System: TypeAlias = Callable[[str], Answer | Sequence[Hit]]

NAMES = ("footnote", "naive", "bm25", "dense", "hybrid")
"""The systems known by name; those in RETRIEVERS give Hits instead of an Answer."""
RETRIEVERS = ("bm25", "dense", "hybrid")
DEPTH = 20
"""How many hits a system that only retrieves gives: as many as the deepest recall@k looks at."""


@contextmanager
def open_system(
    name: str, *, library: Library | None, model: LanguageModel | str | None, config: Config
) -> Iterator[System]:
    """A system, usable within the `with`; a model that is loaded here is closed at its end.

    `library` is needed by all of NAMES. `model` is a LanguageModel, a name, or None for that of `config`.

    Raises BadSetting for a name that is none, or when the library is missing; what loading a model raises.
    """
    if name not in NAMES:
        raise BadSetting(f"no system {name!r}: choose {', '.join(NAMES)}")
    if library is None:
        raise BadSetting(f"the system {name} needs a library: name its folder with --library DIR")
    if name in RETRIEVERS:
        yield partial(library.search, k=DEPTH, by=name)
        return
    with _opened(model, config) as lm:
        if name == "footnote":
            import qa

            yield partial(qa.answer, library=library, model=lm, config=config)
        else:
            raise BadSetting("the system naive is not there yet: choose another")


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
