"""Reads two runs and pairs their questions by id, each with the values that can be compared.

Only questions that both runs answered against the same gold are paired: a score that changed because the gold
answer did says nothing about the systems. Knows nothing of tests, nor of how a comparison is shown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from eval import records
from index.errors import BadGold, BadSetting

_NO_MATTER = {
    "config": {"library", "cache", "host", "port"},
    "library": {"folder", "bytes_on_disk", "generation"},
}
"""Settings that change no answer."""
_SETTINGS = ("gold", "system", "model", "model_hash", "version", "config", "library", "machine")
_IDS = 5
"""How many ids a warning names."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one run made of a question. `seconds` is None where no time is known or the caches were cold."""

    values: Mapping[str, float]
    stage: str
    said: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """A question that both runs finished, and the group that it is of."""

    id: str
    group: str
    question: str
    expected: str
    a: Side
    b: Side
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Setting:
    """Something that the two runs were made with differently; "" where a run doesn't say."""

    name: str
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Paired:
    """Two runs side by side. `answers` is False where either only retrieves."""

    pairs: tuple[Pair, ...]
    settings: tuple[Setting, ...]
    warnings: tuple[str, ...]
    answers: bool


@dataclass(frozen=True, slots=True)
class _Run:
    about: Mapping[str, Any]
    retrieves: bool
    records: Mapping[str, Mapping[str, Any]]
    sides: Mapping[str, Side]


def read_pairs(a: str | Path, b: str | Path) -> Paired:
    """The questions of the runs in folders `a` and `b`, paired, in the order of A.

    Raises BadSetting when a run is missing, damaged or without a finished question, or when no question is in
    both with the same text and gold.
    """
    in_a, in_b = _read(Path(a)), _read(Path(b))
    common = [name for name in in_a.records if name in in_b.records]
    same = [name for name in common if _asked(in_a.records[name]) == _asked(in_b.records[name])]
    if not same:
        raise BadSetting(
            f"{a} and {b} have no question in common{' with the same text and gold' if common else ''}: "
            "run both on the same gold set"
        )
    settings = _settings(in_a.about, in_b.about)
    return Paired(
        pairs=tuple(_pair(name, in_a, in_b) for name in same),
        settings=settings,
        warnings=(*_left_out(in_a, in_b, set(common) - set(same)), *_unlike(in_a, in_b, settings)),
        answers=not (in_a.retrieves or in_b.retrieves),
    )


def _read(folder: Path) -> _Run:
    try:
        about = records.read_json(folder / records.RUN)
        found = records.read_records(folder / records.QUESTIONS)
    except (BadGold, BadSetting) as e:
        raise BadSetting(f"can't compare the run in {folder}: {e}") from None
    if about is None:
        raise BadSetting(f"no run in {folder}: make one with footnote eval run GOLD --out {folder}")
    if not found:
        raise BadSetting(
            f"the run in {folder} has no finished question: go on with it, or choose another run"
        )
    retrieves = any(record["answer"] is None and not record.get("error") for record in found)
    by_id, sides = {}, {}
    for number, record in enumerate(found, start=1):
        try:
            _asked(record), _group(record)
            by_id[str(record["id"])] = record
            sides[str(record["id"])] = _side(record, retrieves)
        except (KeyError, TypeError, ValueError, AttributeError, IndexError) as e:
            raise BadSetting(
                f"{folder / records.QUESTIONS}, record {number} is damaged ({type(e).__name__}: {e}): "
                "score the run again, or remove the line"
            ) from None
    return _Run(about, retrieves, by_id, sides)


def _left_out(a: _Run, b: _Run, changed: set[str]) -> list[str]:
    return [
        *_named("{} in both runs, but with another text or gold, left out: {}", changed),
        *_named("{} only in A: {}", a.records.keys() - b.records.keys()),
        *_named("{} only in B: {}", b.records.keys() - a.records.keys()),
    ]


def _unlike(a: _Run, b: _Run, settings: Sequence[Setting]) -> list[str]:
    """Warnings of what else makes the two runs hard to compare."""
    found = [f"{name} is not finished" for name, run in (("A", a), ("B", b)) if not run.about.get("finished")]
    if any(setting.name == "version" for setting in settings):
        found.append("the versions differ, and may define metrics differently: score both runs again")
    if a.retrieves != b.retrieves:
        found.append("one of the runs only retrieves: nothing but retrieval is compared")
    return found


def _asked(record: Mapping[str, Any]) -> tuple[Any, ...]:
    """What a question is, and what counts as right; not where a library holds it."""
    gold = record["gold"]
    evidence = [(e["article"], e["quote"], e.get("relevance", 1)) for e in gold["evidence"]]
    return record["question"], record["answerable"], gold["answers"], evidence, gold.get("nuggets", [])


def _named(template: str, ids: set[str]) -> list[str]:
    if not ids:
        return []
    first = ", ".join(sorted(ids)[:_IDS]) + (", …" if len(ids) > _IDS else "")
    return [template.format(f"{len(ids)} question{'s' * (len(ids) > 1)}", first)]


def _group(record: Mapping[str, Any]) -> str:
    from eval.stages import group_of

    return group_of({**record, "group": record.get("group", "")})


def _pair(name: str, a: _Run, b: _Run) -> Pair:
    record = a.records[name]
    expected = [str(answer) for answer in record["gold"]["answers"]]
    if nuggets := record["gold"].get("nuggets"):
        expected = [str(wordings[0]) for wordings in nuggets]
    elif record["answerable"] and not expected:
        expected = [str(evidence["article"]) for evidence in record["gold"]["evidence"]]
    sides = [a.sides[name], b.sides[name]]
    if a.retrieves != b.retrieves:
        # To find the evidence is all that is asked of one, and only a beginning for the other.
        sides = [
            replace(side, values={key: value for key, value in side.values.items() if key != "right"})
            for side in sides
        ]
    return Pair(
        id=name,
        group=_group(record),
        question=str(record["question"]),
        expected=" | ".join(expected) or "(no answer)",
        a=sides[0],
        b=sides[1],
        answerable=bool(record["answerable"]),
    )


def _side(record: Mapping[str, Any], retrieves: bool) -> Side:
    stage = _stage(record)
    values = {name: _number(name, value) for name, value in record["metrics"].items()}
    # Refusing is right where there is no answer and wrong where there is one: two metrics, not one.
    abstained = values.pop("abstained", None)
    if abstained is not None and not retrieves:
        values["false_abstention" if record["answerable"] else "abstention_recall"] = abstained
    values = {"right": float(stage == "right"), **values}
    seconds = float(((record["answer"] or {}).get("timings") or {}).get("total") or 0)
    return Side(values, stage, _said(record), seconds if seconds > 0 and not record.get("cold") else None)


def _stage(record: Mapping[str, Any]) -> str:
    if record.get("stage"):
        return str(record["stage"])
    from eval.stages import stage

    # Older records don't say how many hits were used, nor what the model was given.
    return stage({"used": len(record["hits"]), "evidence": [], **record})


def _number(name: str, value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{name} is {number}")
    return number


def _said(record: Mapping[str, Any]) -> str:
    """What the system said, in a line."""
    if error := record.get("error"):
        return f"(error) {error['type']}: {error['message']}"
    answer = record["answer"]
    if answer is None:
        first: Mapping[str, Any] = next(iter(record["hits"]), {})
        return f"first hit: {first.get('title') or first.get('source') or 'none'}"
    if answer["abstained"]:
        withheld = record.get("withheld")
        return f"(refused; withheld: {withheld})" if withheld else "(refused)"
    return str(answer["short"] or answer["text"])


def _settings(a: Mapping[str, Any], b: Mapping[str, Any]) -> tuple[Setting, ...]:
    """The settings that differ, in the order in which run.json holds them."""
    flat_a, flat_b = _flat(a), _flat(b)
    return tuple(
        Setting(name, flat_a.get(name, ""), flat_b.get(name, ""))
        for name in dict.fromkeys([*flat_a, *flat_b])
        if flat_a.get(name, "") != flat_b.get(name, "")
    )


def _flat(about: Mapping[str, Any]) -> dict[str, str]:
    flat: dict[str, str] = {}
    for name in _SETTINGS:
        value = about.get(name)
        if isinstance(value, Mapping):
            left_out = _NO_MATTER.get(name, set())
            flat |= {f"{name}.{key}": _word(item) for key, item in value.items() if key not in left_out}
        elif value is not None:
            flat[name] = _word(value)
    return flat


def _word(value: Any) -> str:
    return "" if value is None else str(value)


def common_metrics(pairs: Sequence[Pair]) -> tuple[str, ...]:
    """The metrics that some question has in both runs, in the order in which records hold them."""
    from eval.score import BY_WORDS, by_words

    fullest = sorted(pairs, key=lambda pair: -len(pair.a.values))
    names = dict.fromkeys(name for pair in fullest for name in pair.a.values if name in pair.b.values)
    scored = [(pair.answerable, pair.a.values) for pair in pairs]
    return tuple(name for name in names if name not in BY_WORDS or by_words(scored))
