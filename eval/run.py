"""Runs a gold set through a system and scores it: one folder a run, which can be cut off and gone on with.

    run.json         what the run was made with; a run goes on only with the same
    questions.jsonl  a record a question, added as each finishes (see `eval.records`)
    summary.json     the metrics

Knows nothing of how answers are made: a system is a function from a question to an Answer. Footnote is the
default one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, is_dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from eval import records
from eval.gold import GoldQuestion, load_gold
from eval.locate import locate_all
from eval.score import cutoffs, score
from eval.summary import Summary, summarise
from index.config import Config, load
from index.errors import BadSetting, FootnoteError
from qa.types import Answer, LanguageModel

if TYPE_CHECKING:
    from index.library import Library

System: TypeAlias = Callable[[str], Answer]
Progress: TypeAlias = Callable[[int, int], None]
"""Called with how many questions are finished, and how many there are."""

_NO_MATTER = frozenset({"library", "cache", "host", "port", "model"})
"""Settings that don't change an answer, or that the fingerprint holds in another form."""


def run(
    gold_path: str | Path,
    *,
    out: str | Path,
    library: Library | str | Path | None = None,
    model: LanguageModel | str | None = None,
    config: Config | None = None,
    limit: int | None = None,
    only: str | Collection[str] | None = None,
    system: System | None = None,
    retry_errors: bool = False,
    progress: Progress | None = None,
) -> Summary:
    """The summary of all finished questions in `out`, after asking those that weren't finished yet.

    `library` is a folder or an open Library, `model` a name or a LanguageModel; None takes both from
    `config`, whose default is `index.config.load()`. Both are opened once. Given a `system`, that is asked
    instead and no model is loaded; a library is then only used to look gold quotes up, and None is none.
    `only` keeps the questions of these kinds or ids, `limit` the first so many of them. A question that
    raises a FootnoteError counts as wrong and isn't asked again unless `retry_errors`.

    Raises BadGold for a gold set that can't be read; BadSetting when `out` holds a run made with anything
    else, is in use or can't be written; and what opening a library or loading a model raises.
    """
    config = config or load()
    gold_path, out = Path(gold_path), Path(out)
    questions = load_gold(gold_path)
    chosen = _choose(questions, only, limit)
    with ExitStack() as stack:
        stack.enter_context(_locked(out))
        lib = _library(stack, library, config, needed=system is None)
        made_with = _fingerprint(gold_path, lib, model, config, system)
        done = _resume(out, made_with, retry_errors)
        todo = [(index, question) for index, question in chosen if question.id not in done]
        _start(out, gold_path, made_with, lib, config)
        known = locate_all(questions, lib.articles()) if lib is not None else None
        if todo and system is None:
            system = stack.enter_context(_footnote(lib, model, config))
        if progress:
            progress(len(chosen) - len(todo), len(chosen))
        for finished, (index, question) in enumerate(todo, start=len(chosen) - len(todo) + 1):
            assert system is not None
            record = records.make_record(index, question, _ask(system, question), known)
            record["metrics"] = score(record, cutoffs(config.k))
            records.append(out / records.QUESTIONS, record)
            if progress:
                progress(finished, len(chosen))
        _finish(out)
        return _rescore(out)


def rescore(out: str | Path) -> Summary:
    """The summary of a run's records, scored anew; needs neither model nor library.

    Rewrites the metrics in questions.jsonl, and summary.json. Raises BadSetting when `out` holds no run.

    >>> rescore("/no/such/run")
    Traceback (most recent call last):
    index.errors.BadSetting: no run in /no/such/run: make one with footnote eval run GOLD --out /no/such/run
    """
    out = Path(out)
    if not (out / records.RUN).is_file():
        raise BadSetting(f"no run in {out}: make one with footnote eval run GOLD --out {out}")
    with _locked(out):
        return _rescore(out)


def _rescore(out: Path) -> Summary:
    about = records.read_json(out / records.RUN) or {}
    try:
        ks = cutoffs(int(about["config"]["k"]))
    except (KeyError, TypeError, ValueError):
        raise BadSetting(f"{out / records.RUN} is damaged: choose another --out") from None
    finished = records.read_records(out / records.QUESTIONS)
    for record in finished:
        record["metrics"] = score(record, ks)
    records.write_records(out / records.QUESTIONS, finished)
    summary = summarise(finished, {name: value for name, value in about.items() if name != "fingerprint"})
    records.write_json(out / records.SUMMARY, summary.to_dict())
    return summary


def _choose(
    questions: list[GoldQuestion], only: str | Collection[str] | None, limit: int | None
) -> list[tuple[int, GoldQuestion]]:
    """The questions to ask, with their places in the gold set."""
    chosen = list(enumerate(questions))
    if only is not None:
        wanted = {only} if isinstance(only, str) else set(only)
        kinds = {question.kind for question in questions if question.kind}
        if unknown := wanted - kinds - {question.id for question in questions}:
            named = ", ".join(sorted(kinds)) or "none"
            raise BadSetting(f"the gold set has no kind or id {sorted(unknown)[0]!r}: its kinds are {named}")
        chosen = [(i, question) for i, question in chosen if wanted & {question.kind, question.id}]
    if limit is not None and limit < 1:
        raise BadSetting(f"--limit must be at least 1, not {limit}")
    return chosen[:limit]


@contextmanager
def _locked(out: Path) -> Iterator[None]:
    """Holds the run's folder, which is made if need be, against a second run."""
    from filelock import FileLock, Timeout

    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out / "run.lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise BadSetting(f"another run is writing to {out}: wait for it, or choose another --out") from None
    except OSError as e:
        raise records.cant_write(out, e) from None
    try:
        yield
    finally:
        lock.release()


def _library(
    stack: ExitStack, library: Library | str | Path | None, config: Config, needed: bool
) -> Library | None:
    """The library, opened here if it is a folder."""
    if library is None and needed:
        library = config.library
    if not isinstance(library, (str, Path)):
        return library
    from index.library import Library

    return stack.enter_context(Library.open(Path(library), config=config))


@contextmanager
def _footnote(library: Library | None, model: LanguageModel | str | None, config: Config) -> Iterator[System]:
    """Footnote as a system. A model that is loaded here is closed at the end."""
    import qa

    if model is not None and not isinstance(model, str):
        lm = model
        yield lambda question: qa.answer(question, library=library, model=lm, config=config)
        return
    from qa.models import load_model

    lm = load_model(model or config.model, config)
    try:
        yield lambda question: qa.answer(question, library=library, model=lm, config=config)
    finally:
        lm.close()


def _ask(system: System, question: GoldQuestion) -> Answer | FootnoteError:
    try:
        return system(question.question)
    except FootnoteError as e:
        return e


def _fingerprint(
    gold: Path, lib: Library | None, model: LanguageModel | str | None, config: Config, system: System | None
) -> dict[str, Any]:
    """What must be the same for a run to go on: anything here changes answers or scores."""
    name = "footnote" if system is None else getattr(system, "__qualname__", type(system).__qualname__)
    if isinstance(model, str) or model is None:
        model_name = model or (config.model if system is None else "")
    else:
        model_name = model.info.name
    settings = {f"config.{k}": v for k, v in _plain(config).items() if k not in _NO_MATTER}
    return {
        "gold set": hashlib.sha256(gold.read_bytes()).hexdigest(),
        "system": name,
        "model": model_name,
        "library": _contents(lib) if lib is not None else "",
        "version": _version(),
        **settings,
    }


def _contents(lib: Library) -> str:
    """A hash of what is searched: the articles with their facts, how they were cut up and embedded.

    Not the library's generation, which differs for the same articles added in another order.
    """
    status = lib.status()
    digest = hashlib.sha256(f"{status.weights_hash} {status.passages}\n".encode())
    for line in sorted(repr((a.id, a.title, a.url, a.publisher, a.published)) for a in lib.articles()):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def _resume(out: Path, made_with: dict[str, Any], retry_errors: bool) -> set[str]:
    """The ids of finished questions, after dropping a record that was cut off and errors to ask again."""
    questions = out / records.QUESTIONS
    about = records.read_json(out / records.RUN)
    if about is None:
        if questions.exists():
            raise BadSetting(f"{out} holds questions.jsonl but no run.json: choose another --out")
        return set()
    before = about.get("fingerprint", {})
    if differ := [_difference(k, before.get(k), v) for k, v in made_with.items() if before.get(k) != v]:
        raise BadSetting(f"{out} holds a run with another {'; '.join(differ)}: choose another --out")
    finished = records.read_records(questions)
    kept = [record for record in finished if not (retry_errors and record["error"])]
    if questions.exists():
        records.write_records(questions, kept)
    return {str(record["id"]) for record in kept}


def _difference(name: str, before: Any, now: Any) -> str:
    return name if name in ("gold set", "library") else f"{name} ({before!r}, now {now!r})"


def _start(out: Path, gold: Path, made_with: dict[str, Any], lib: Library | None, config: Config) -> None:
    """Writes run.json, unless the run goes on."""
    if (out / records.RUN).is_file():
        return
    about = {
        "gold": str(gold),
        "system": made_with["system"],
        "model": made_with["model"],
        "config": _plain(config),
        "library": {"contents": made_with["library"], **_plain(lib.status())} if lib is not None else None,
        "version": made_with["version"],
        "machine": {
            "cores": os.cpu_count(),
            "platform": platform.platform(),
            "processor": platform.machine(),
            "python": platform.python_version(),
        },
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "started": _now(),
        "finished": None,
        "fingerprint": made_with,
    }
    records.write_json(out / records.RUN, about)


def _finish(out: Path) -> None:
    about = records.read_json(out / records.RUN) or {}
    records.write_json(out / records.RUN, {**about, "finished": _now()})


def _plain(value: Any) -> dict[str, Any]:
    """A dataclass as JSON values; what JSON has no form for becomes a string."""
    import json

    fields = asdict(value) if is_dataclass(value) and not isinstance(value, type) else {"value": str(value)}
    plain: dict[str, Any] = json.loads(json.dumps(fields, default=str))
    return plain


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("footnote-qa")
    except PackageNotFoundError:
        return "not installed"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
