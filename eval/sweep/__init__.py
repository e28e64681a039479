"""Runs a gold set at every combination of some settings: one run a point, quality laid against seconds.

    OUT/k=5,threshold=0.2/   the run of a point (see `eval.run`)
    OUT/libraries/...        the articles cut up or embedded otherwise

An interrupted sweep goes on, and finished points cost nothing. Of several thresholds only the lowest is run in full:
what Footnote answers at a higher one follows from what it answered there (see `at_threshold`), but where its reader
would have left the question to the language model. Knows nothing of how answers are made.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from eval import formats, provenance, records
from eval.run import run
from eval.summary import Summary, quality_of
from eval.sweep.settings import SETTINGS, configured, folder_name, plain, shown, values_of
from eval.sweep.view import render, write_html
from eval.writing import locked
from index.config import Config, load
from index.errors import BadSetting
from qa.trust.refusal import ABSTENTION
from qa.types import LanguageModel

if TYPE_CHECKING:
    from index.library import Library

__all__ = ["SETTINGS", "Point", "Sweep", "at_threshold", "render", "sweep", "write_html"]

_INDEX = ("passage_tokens", "embedder")
"""Settings that need an index of their own."""

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with how many questions are finished, how many will be asked in all, and the point at work."""


@dataclass(frozen=True, slots=True)
class Point:
    """One combination of settings and what its run found.

    `quality` is the mean token F1 over all questions, a right refusal counting 1, a wrong one 0, or the nugget recall
    where all questions are open; `seconds` the median time of a question (infinite where none was answered).
    """

    settings: dict[str, int | float | str]
    summary: Summary
    folder: Path
    quality: float
    seconds: float

    @property
    def label(self) -> str:
        """The settings in a line, as "k=5 threshold=0.2"."""
        return " ".join(f"{name}={shown(value)}" for name, value in self.settings.items())


@dataclass(frozen=True, slots=True)
class Sweep:
    """The points of a sweep, in the order of the settings' values."""

    points: tuple[Point, ...]

    @property
    def pareto(self) -> tuple[Point, ...]:
        """The points that no other beats: none is both at least as good and as fast, and better in one of the two."""
        return tuple(
            p
            for p in self.points
            if not any(
                q.quality >= p.quality
                and q.seconds <= p.seconds
                and (q.quality, q.seconds) != (p.quality, p.seconds)
                for q in self.points
            )
        )


def sweep(
    gold: str | Path,
    *,
    out: str | Path,
    settings: Mapping[str, Sequence[Any]],
    library: Library | str | Path | None = None,
    model: LanguageModel | str | None = None,
    config: Config | None = None,
    format: str | None = None,
    limit: int | None = None,
    seed: int | None = None,
    jobs: int = 1,
    progress: Progress | None = None,
) -> Sweep:
    """The points of the cross product of `settings`, each a run of Footnote in a folder below `out`.

    `settings` has the values to try of some of SETTINGS, as numbers or as text; `model` and `embedder` take names, or
    the things themselves. The other arguments are those of `eval.run.run`. Another passage size or embedder has the
    library's articles indexed anew below `out`, once. Of points that differ in the threshold only, the lowest is run;
    the seconds of the others are the same, though with a higher threshold fewer sentences would be written. With the
    reader, what is less sure than a higher threshold is asked again there.

    Raises BadSetting for a setting that can't be swept or a value that it can't have, and what `run` raises.

    >>> sweep("gold.jsonl", out="runs", settings={"colour": ["red"]})
    Traceback (most recent call last):
    index.errors.BadSetting: can't sweep 'colour': choose k, evidence_tokens, max_tokens, passage_tokens, ...
    """
    tried = {name: values_of(name, values) for name, values in settings.items()}
    if not tried:
        raise BadSetting(f"a sweep needs a setting and its values: choose {', '.join(SETTINGS)}")
    config, out = config or load(), Path(out)
    thresholds = sorted(tried.get("threshold", [None]))
    combinations = [dict(zip(tried, values, strict=True)) for values in itertools.product(*tried.values())]
    lowest = [c for c in combinations if c.get("threshold") == thresholds[0]]
    points: dict[str, Point] = {}
    with locked(out, "sweep"), ExitStack() as stack:
        libraries = _Libraries(stack, out, gold, format, library, config)
        told = _Told(progress, len(lowest))
        for i, combination in enumerate(lowest):
            told.begin(i, folder_name(combination))
            searched = libraries.of(combination)
            for threshold in thresholds:
                chosen = combination if threshold is None else {**combination, "threshold": threshold}
                folder = out / folder_name(chosen)
                if threshold != thresholds[0]:
                    again = configured(config, chosen).reader != "none"
                    _derive(out / folder_name(combination), folder, threshold, again)
                summary = run(
                    gold,
                    out=folder,
                    library=searched,
                    model=chosen.get("model", model),
                    config=configured(config, chosen),
                    format=format,
                    limit=limit,
                    seed=seed,
                    jobs=jobs,
                    progress=told,
                )
                points[folder.name] = _point(chosen, summary, folder)
    return Sweep(tuple(points[folder_name(combination)] for combination in combinations))


def at_threshold(record: dict[str, Any], threshold: float, again: bool = False) -> dict[str, Any] | None:
    """What a record of a run would be at a higher threshold, its metrics left as they were.

    An answer of a lower confidence becomes a refusal that keeps it back; all else stays: errors, refusals, and what
    was retrieved. None when the confidence, recorded to four decimals, is too close to `threshold` to tell, and for
    lower ones with `again`: what the reader is not sure enough of is answered in another way.

    >>> answer = {"abstained": False, "confidence": 0.31, "short": "Ada", "text": "It was Ada."}
    >>> refused = at_threshold({"answer": answer, "withheld": "", "judged": []}, 0.4)
    >>> refused["answer"]["abstained"], refused["withheld"]
    (True, 'Ada')
    """
    answer = record["answer"]
    if answer is None or answer["abstained"]:
        return record
    if abs(answer["confidence"] - threshold) < 0.000051:
        return None
    if answer["confidence"] > threshold and answer.get("outcome") != "unsure":
        return record
    if again:
        return None
    refused = {
        **answer,
        "short": "",
        "text": ABSTENTION,
        "sentences": [],
        "citations": [],
        "abstained": True,
        "reason": f"Its confidence is below {threshold:g}.",
    }
    return {**record, "answer": refused, "withheld": answer["short"] or answer["text"], "judged": None}


def _derive(base: Path, folder: Path, threshold: float, again: bool) -> None:
    """Makes `folder` the run of `base` at a higher threshold, as far as its records tell; nothing if it was run itself.

    Questions left out are asked when the run goes on.
    """
    about, before = records.read_json(base / records.RUN), records.read_json(folder / records.RUN)
    if about is None or (before is not None and "derived_from" not in before):
        return
    asked = {record["id"]: record for record in records.read_records(folder / records.QUESTIONS)}
    found = [
        at_threshold(record, threshold, again) or asked.get(record["id"])
        for record in records.read_records(base / records.QUESTIONS)
    ]
    folder.mkdir(exist_ok=True)
    # run.json first: without it, records are taken for something else's.
    records.write_json(
        folder / records.RUN,
        {
            **about,
            "derived_from": base.name,
            "config": {**about["config"], "threshold": threshold},
            "fingerprint": {**about["fingerprint"], "config.threshold": threshold},
        },
    )
    records.write_records(folder / records.QUESTIONS, [record for record in found if record is not None])


def _point(combination: Mapping[str, Any], summary: Summary, folder: Path) -> Point:
    quality = quality_of(summary)
    seconds = summary.seconds.get("total", {}).get("p50", math.inf)
    return Point(plain(combination), summary, folder, quality.value if quality else 0.0, seconds)


class _Libraries:
    """The library of each combination: the given one, or one of the same articles made below `out`."""

    def __init__(
        self,
        stack: ExitStack,
        out: Path,
        gold: str | Path,
        format: str | None,
        library: Library | str | Path | None,
        config: Config,
    ) -> None:
        from index.library import Library

        self._stack, self._out, self._config = stack, out, config
        self._opened: dict[str, Library] = {}
        self._base: Library | None = None
        self._given = isinstance(library, Library)
        if isinstance(library, Library):
            self._base = library
        elif library is not None or formats.load(gold, format).articles is None:
            self._base = stack.enter_context(Library.open(library or config.library, config=config))

    def of(self, combination: Mapping[str, Any]) -> Library | None:
        """The library, made now if it wasn't; None where `run` makes one of the data set's own articles."""
        own = {name: value for name, value in combination.items() if name in _INDEX}
        if self._base is None or not own:
            return self._base
        name = f"{folder_name(own)}-{provenance.contents(self._base)[:12]}"
        if name not in self._opened:
            self._opened[name] = self._made(name, combination)
        return self._opened[name]

    def _made(self, name: str, combination: Mapping[str, Any]) -> Library:
        from index.library import Library

        assert self._base is not None
        # A library given open may have an embedder that no name stands for.
        embedder = combination.get("embedder") or (self._base.embedder if self._given else None)
        made = self._stack.enter_context(
            Library.open(
                self._out / "libraries" / name,
                embedder=None if isinstance(embedder, str) else embedder,
                create=True,
                config=configured(self._config, combination),
            )
        )
        if made.status().articles < self._base.status().articles:
            made.add_articles(self._base.articles())
        return made


class _Told:
    """Passes on the progress of one run after another as that of the sweep; each has as many questions."""

    def __init__(self, progress: Progress | None, runs: int) -> None:
        self._progress, self._runs = progress, runs
        self._before, self._name, self._each = 0, "", 1

    def begin(self, before: int, name: str) -> None:
        """A point begins: an index may have to be made first."""
        self._before, self._name = before, name
        self(0, self._each)

    def __call__(self, done: int, total: int) -> None:
        """`run` tells how far it has come."""
        self._each = total
        if self._progress is not None:
            self._progress(self._before * total + done, self._runs * total, self._name)
