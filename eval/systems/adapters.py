"""Any callable as a system: what it gives becomes an Answer or Hits, what it raises an error of one question.

Knows nothing of the network; `eval.systems.endpoint` asks servers.
"""

from __future__ import annotations

import functools
import importlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from eval.systems.cited import Sources
from eval.systems.replies import answer_of
from index.errors import BadSetting, FootnoteError, ModelFailed
from index.types import Hit
from qa.trust.cite import marked
from qa.types import Answer, ModelInfo, Sentence, Timings

if TYPE_CHECKING:
    from index.library import Library


class System(Protocol):
    """From a question to an Answer, or to Hits where it only retrieves."""

    def __call__(self, question: str, *, today: date | None = None) -> Answer | Sequence[Hit]:
        """`today` is the day that "last week" counts from, for systems that can tell; None for the real one."""


_WANTED = "return a str, a dict with text or short, an Answer, or a list of Hits"
_NUMBER = (int, float)


def from_function(fn: Callable[[str], Any], *, library: Library | None = None) -> System:
    """`fn` as a system, under its own name.

    `fn` is given the question. It may return

    - a str: the answer's text, a refusal if it says that it doesn't know (see `eval.systems.replies`);
    - a mapping with the keys of `footnote ask --json`, all optional but `text` or `short`; further `hits`, passages
      best first, shaped as citations are. Citations and hits are looked up in `library` (see
      `eval.systems.cited`), without which they are left out;
    - an Answer, or a sequence of Hits, as they are.

    Anything else, and any exception, becomes ModelFailed, so that a run goes on and counts an error.

    >>> answer = from_function(lambda question: "It opened in 2011. Many came.")("When did it open?")
    >>> answer.short, answer.abstained
    ('It opened in 2011.', False)
    """
    name = getattr(fn, "__qualname__", type(fn).__qualname__)
    sources = Sources(library)

    def system(question: str, *, today: date | None = None) -> Answer | Sequence[Hit]:
        started = time.perf_counter()
        try:
            found = fn(question)
        except FootnoteError:
            raise
        except Exception as e:
            said = " ".join(str(e).split())[:200]
            raise ModelFailed(
                f"{name} raised {type(e).__name__}: {said or 'no message'}: mend the function"
            ) from e
        if isinstance(found, Answer):
            return found
        model, timings = ModelInfo(name, "function"), Timings(total=time.perf_counter() - started)
        if isinstance(found, str):
            return answer_of(question, found, {}, model=model, timings=timings)
        if isinstance(found, Mapping):
            return _from_mapping(question, found, sources, model, timings)
        if isinstance(found, Sequence) and all(isinstance(item, Hit) for item in found):
            return found
        raise ModelFailed(f"{name} gave a {type(found).__name__}: {_WANTED}")

    functools.update_wrapper(system, fn)
    system.__qualname__ = name  # an object that can be called has none of its own
    return system


def _from_mapping(
    question: str, found: Mapping[str, Any], sources: Sources, model: ModelInfo, timings: Timings
) -> Answer:
    """The Answer that a mapping tells; what it leaves out is worked out as for a bare text."""

    def get(key: str, kind: type | tuple[type, ...], default: Any = None) -> Any:
        value = found.get(key)
        if value is None:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ModelFailed(f"{model.name} gave a {type(value).__name__} as {key}: {_WANTED}")
        return value

    text, short = get("text", str), get("short", str)
    if text is None and short is None:
        raise ModelFailed(f"{model.name} gave neither text nor short: {_WANTED}")
    body = [s for s in get("sentences", (list, tuple), ()) if isinstance(s, Mapping)]
    confidence = get("confidence", _NUMBER)
    if confidence is not None and not 0 <= confidence <= 1:
        raise ModelFailed(f"{model.name} gave the confidence {confidence}: it must be from 0 to 1")
    about = get("model", Mapping, {})
    taken = get("timings", Mapping, {})
    known = {f.name: float(v) for f in fields(Timings) if isinstance(v := taken.get(f.name), _NUMBER)}
    answer = answer_of(
        question,
        _with_markers(body) or (short if text is None else text),
        sources.cited(get("citations", (list, tuple), ())),
        model=ModelInfo(str(about.get("name", model.name)), str(about.get("engine", model.engine))),
        timings=replace(timings, **known),
        confidence=confidence,
        abstained=get("abstained", bool),
        short=short,
        hits=sources.hits(get("hits", (list, tuple), ())),
        prompt_tokens=get("prompt_tokens", int, 0),
        completion_tokens=get("completion_tokens", int, 0),
    )
    return replace(
        answer,
        text=answer.text if text is None or not body else text,
        standalone=get("standalone", str, question),
        reason=get("reason", str, answer.reason) if answer.abstained else "",
        confidence=answer.confidence if confidence is None else float(confidence),
        withheld=get("withheld", str, "") if answer.abstained else "",
    )


def _with_markers(body: Sequence[Mapping[str, Any]]) -> str:
    """Sentences joined, each with the markers of its citations."""
    told = [(str(s.get("text") or ""), s.get("citations") or ()) for s in body]
    return " ".join(
        marked(Sentence(text, tuple(n for n in numbers if isinstance(n, int)), True))
        for text, numbers in told
    )


@contextmanager
def imported(name: str) -> Iterator[Callable[[str], Any]]:
    """The callable that "module:function" names, its module looked for in the current folder as well.

    Raises BadSetting when it isn't there or its module can't be imported.
    """
    module_name, _, attribute = name.partition(":")
    here = str(Path.cwd())
    sys.path.insert(0, here)  # until the end: a function may import more when it is first called
    try:
        try:
            importlib.invalidate_caches()
            found: Any = importlib.import_module(module_name)
        except Exception as e:
            if isinstance(e, ModuleNotFoundError) and e.name and f"{module_name}.".startswith(f"{e.name}."):
                hint = f"run the command in the folder that holds {module_name.replace('.', '/')}.py"
                raise BadSetting(f"no module {e.name!r} for --system {name}: {hint}") from None
            said = " ".join(str(e).split())[:200]
            raise BadSetting(
                f"importing {module_name} failed ({type(e).__name__}: {said}): mend it first"
            ) from e
        for part in attribute.split("."):
            found = getattr(found, part, None)
        if not callable(found):
            raise BadSetting(
                f"{module_name} has no function {attribute!r}: name one as --system module:function"
            )
        yield found
    finally:
        with suppress(ValueError):
            sys.path.remove(here)
